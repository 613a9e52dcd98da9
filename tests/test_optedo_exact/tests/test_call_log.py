import json
import logging
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user
from odoo.tools.safe_eval import safe_eval

from odoo.addons.optedo_exact.exact.client import Call
from odoo.addons.optedo_exact.exact.transport import Response
from odoo.addons.optedo_exact.models.exact_quota import Gate

from .common import ExactCommon


class TestCallLog(ExactCommon):
    """Every call is in the log, and nothing secret or personal (product I2)."""

    def setUp(self):
        super().setUp()
        self.customer.write(
            {
                "street": "Geheimstraat 17",
                "email": "boekhouding@janssens.example.com",
                "phone": "+32 50 11 22 33",
            }
        )
        self.env["res.partner.bank"].create(
            {"acc_number": "BE71096123456769", "partner_id": self.customer.id}
        )
        self.connect()

    def failed(self):
        """An invoice whose customer is looked up and created, and that is refused."""
        self.books.close_period(
            fields.Date.today().year, fields.Date.today().month, journal="70"
        )
        move = self.invoice()
        self.export(move)
        self.assertEqual(move.exact_state, "rejected")
        return move

    def rows(self):
        self.env.cr.execute("SELECT * FROM exact_call")
        return self.env.cr.dictfetchall()

    def test_each_call_has_method_path_status_duration_and_record(self):
        move = self.failed()
        call = self.env["exact.call"].search(
            [("endpoint", "=", "salesentry/SalesEntries"), ("method", "=", "POST")]
        )
        self.assertEqual((len(call), call.status), (1, 500))
        self.assertGreaterEqual(call.duration, 0)
        self.assertEqual(call.issue_code, "exact_period_closed")
        self.assertEqual(call.record, f"exact.entry,{move.exact_entry_id.id}")
        self.assertEqual(call.record_name, move.name)
        self.assertEqual(call.action_open_record()["res_id"], move.id)

    def test_two_clients_take_from_the_same_minute(self):
        with self.side_cursors() as env:
            administration = self.administration.with_env(env)
            gates = [Gate(administration, urgent=True) for _client in range(2)]
            call = Call("GET", "crm/Accounts", self.division)

            def left():
                env.cr.execute("SELECT data->'minute'->'remaining' FROM exact_quota")
                return env.cr.fetchone()[0]

            before = left()
            for gate in (*gates, *gates, gates[0]):
                ticket = gate.before(call)
            self.assertEqual(left(), before - 5)
            answer = Response(500, {"X-RateLimit-Minutely-Limit": "100"}, b"")
            gates[1].after(ticket, answer, None)
            gates[0].before(call)
            # The other learnt that the minute has 40 more; and that was one error.
            self.assertEqual(left(), before - 6 + 40)
            env.cr.execute("SELECT data->'errors'->'crm/Accounts' FROM exact_quota")
            self.assertEqual(len(env.cr.fetchone()[0]), 1)
            # What it thinks is used up may have been given back.
            env.cr.execute("SELECT data FROM exact_quota")
            [data] = env.cr.fetchone()
            data["minute"]["remaining"] = 0
            gates[0]._seen = json.dumps(data)
            gates[0].before(call)
            self.assertEqual(left(), before - 7 + 40)

    def test_calls_about_a_customer_lead_to_the_customer(self):
        self.failed()
        calls = self.env["exact.call"].search([("endpoint", "=", "crm/Accounts")])
        self.assertEqual(set(calls.mapped("method")), {"GET", "POST"})
        self.assertEqual(set(calls.mapped("record_name")), {self.customer.display_name})
        action = calls[0].action_open_record()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("res.partner", self.customer.id)
        )

    def test_it_has_as_many_rows_as_exact_saw_calls(self):
        before = len(self.rows()), len(self.sandbox.calls)
        self.failed()
        after = len(self.rows()), len(self.sandbox.calls)
        self.assertEqual(after[0] - before[0], after[1] - before[1])
        self.assertGreater(after[0], before[0])

    def test_nothing_secret_or_personal_gets_in(self):
        with self.assertLogs("odoo.addons.optedo_exact", logging.DEBUG) as logs:
            logging.getLogger("odoo.addons.optedo_exact.models").debug("begin")
            self.failed()
        self.env.cr.execute("SELECT * FROM exact_token")
        tokens = [
            value
            for row in self.env.cr.dictfetchall()
            for name, value in row.items()
            if name in ("access_token", "refresh_token") and value
        ]
        self.assertEqual(len(tokens), 2)
        never = [
            *tokens,
            self.sandbox.client_secret,
            "Janssens",
            "Geheimstraat",
            "boekhouding",
            "0477472701",
            "477.472.701",
            "BE71096123456769",
            "11 22 33",
        ]
        log = " ".join(str(value) for row in self.rows() for value in row.values())
        self.assertIn("crm/Accounts", log)
        for text in never:
            self.assertNotIn(text, log)
        program = " ".join(logs.output)
        for text in [*tokens, self.sandbox.client_secret]:
            self.assertNotIn(text, program)

    def test_the_filters_find_errors_slow_calls_and_those_of_today(self):
        self.failed()
        calls = self.env["exact.call"]
        old, slow = calls.sudo().search([], order="id", limit=2)
        old.called_at = fields.Datetime.now() - timedelta(days=2)
        slow.duration = 2500
        arch = etree.fromstring(calls.get_view(view_type="search")["arch"])
        found = {
            node.get("name"): calls.search(safe_eval(node.get("domain")))
            for node in arch.iter("filter")
            if node.get("domain")
        }
        self.assertEqual(found["failed"].mapped("status"), [500])
        self.assertEqual(found["slow"], slow)
        self.assertEqual(calls.search([]) - found["today"], old)
        self.assertFalse(found["unanswered"])

    def test_the_invoice_leads_to_its_calls_for_who_may_set_up(self):
        move = self.failed()
        self.assertEqual(move.exact_call_count, 1)
        action = move.action_exact_calls()
        calls = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(set(calls.mapped("record_name")), {move.name})
        clerk = new_test_user(
            self.env,
            "clerk",
            "account.group_account_invoice,base.group_user",
            company_ids=[(6, 0, self.company.ids)],
            company_id=self.company.id,
        )
        with self.assertRaises(AccessError):
            move.with_user(clerk).exact_call_count  # noqa: B018
        with self.assertRaises(AccessError):
            calls.with_user(clerk).read(["endpoint"])

    def test_an_old_call_is_forgotten_after_the_days_that_were_chosen(self):
        self.assertEqual(self.administration.call_log_days, 60)
        calls = self.env["exact.call"].sudo().search([], order="id", limit=3)
        now = fields.Datetime.now()
        for call, days in zip(calls, (61, 59, 31), strict=True):
            call.called_at = now - timedelta(days=days)
        count = len(self.rows())
        self.env["exact.call"]._gc_calls()
        self.assertEqual(len(self.rows()), count - 1)
        self.assertFalse(calls[0].exists())
        self.administration.call_log_days = 30
        self.env["exact.call"]._gc_calls()
        self.assertFalse(calls.exists())
        with self.assertRaises(ValidationError):
            self.administration.call_log_days = 0

    def test_the_log_of_who_did_what_stays_with_the_invoice(self):
        move = self.failed()
        self.env["exact.call"].sudo().search([]).called_at = "2020-01-01"
        self.env["exact.call"]._gc_calls()
        self.assertFalse(self.rows())
        self.assertIn("refused", move.exact_entry_id.log_ids.mapped("event"))
