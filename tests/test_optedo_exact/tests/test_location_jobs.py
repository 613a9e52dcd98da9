from datetime import timedelta
from time import monotonic

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import ConcurrencyError, UserError

from odoo.addons.optedo_exact.exact.errors import NotProcessed
from odoo.addons.optedo_exact.models import exact_export_run, exact_run_progress
from odoo.addons.optedo_exact.models.exact_token import TokenStore

from .common import DIVISION
from .locations import BRUGES, GHENT, LocationsCommon

SLOT = 5  # seconds for which who waits may keep its place
YEAR = fields.Date.today().year


class TestLocationJobs(LocationsCommon):
    """Administrations that wait do not hold up each other (design 8)."""

    def setUp(self):
        self.sandbox.limits.minutely, self.sandbox.limits.daily = 0, 5000
        self.sandbox.switches.change(lost_divisions="")
        self.sandbox.clock.set(fields.Datetime.now())
        super().setUp()
        self.connect()
        self.in_ghent = self.separate(self.ghent, GHENT)
        # The customer is known to both from here on.
        for company in (self.company, self.ghent):
            self.export(self.invoice(company_id=company.id))
        self.head = self.invoice()
        self.branch = self.invoice(company_id=self.ghent.id)
        self.sandbox.calls.clear()

    def start(self, administration):
        with self.side_cursors() as env:
            mine = administration.sudo().company_id.ids
            own = administration.with_env(env).with_context(allowed_company_ids=mine)
            run = own.env["exact.bulk"]._start(own, "all", env.cr.commit)
        return self.env["exact.run"].browse(run.id)

    def run_job(self, administration, name="export_cron_id"):
        """Run a job; returns for how many seconds it kept its place."""
        begun = monotonic()
        with self.enter_registry_test_mode():
            administration[name].sudo().method_direct_trigger()
        return monotonic() - begun

    def triggered_at(self, administration):
        cron = administration.export_cron_id
        triggers = self.env["ir.cron.trigger"].sudo()
        return triggers.search([("cron_id", "=", cron.id)]).mapped("call_at")

    def assert_head_is_not_held_up(self):
        run = self.start(self.administration)
        self.run_job(self.administration)
        self.assertEqual((run.state, run.done), ("done", 1), run.issue_message)
        self.assertEqual(self.head.exact_state, "exported")

    # --- waiting -------------------------------------------------------------

    def test_each_has_jobs_of_its_own(self):
        mine, its = self.administration, self.in_ghent
        for name in ("export_cron_id", "payment_cron_id", "reference_cron_id"):
            self.assertTrue(mine[name] and its[name])
            self.assertNotEqual(mine[name], its[name])
            self.assertIn(self.ghent.name, its[name].name)

    def use_up(self, window):
        """Ghent has no calls left, as Odoo learnt from the last answer."""
        quota = self.env["exact.quota"].sudo()
        row = quota.search([("administration_id", "=", self.in_ghent.id)])
        now = fields.Datetime.now()
        left = {"minute": timedelta(seconds=40), "day": timedelta(hours=9)}
        ends = now + left[window]
        data = dict(row.data)
        data[window] = {
            "limit": 60 if window == "minute" else 5000,
            "remaining": 0,
            "reset": (ends - fields.Datetime.to_datetime("1970-01-01")).total_seconds(),
        }
        row.data = data
        row.flush_recordset()
        return ends

    def test_who_waits_for_its_minute_or_day_gives_its_place_back(self):
        slept = []
        for module in (exact_run_progress, exact_export_run):
            self.patch(module, "sleep", slept.append)
        for window in ("day", "minute"):
            with self.subTest(window=window):
                self.env["exact.quota"].sudo().search([]).data = {
                    "minute": {"limit": 60, "remaining": 60, "reset": 0},
                    "day": {"limit": 5000, "remaining": 5000, "reset": 0},
                    "errors": {},
                }
                ends = self.use_up(window)
                run = self.start(self.in_ghent)
                self.assertLess(self.run_job(self.in_ghent), SLOT)
                self.assertLess(sum(slept), SLOT)
                self.assertEqual(
                    (run.state, run.issue_code), ("waiting", f"limit_{window}")
                )
                self.assertAlmostEqual(run.until, ends, delta=timedelta(seconds=2))
                self.assertIn(run.until, self.triggered_at(self.in_ghent))
        self.assert_head_is_not_held_up()
        self.assertEqual(self.branch.exact_state, "queued")

    def test_who_waits_for_its_period_holds_up_nobody(self):
        late = self.invoice(company_id=self.ghent.id, invoice_date=f"{YEAR + 4}-01-10")
        self.start(self.in_ghent)
        self.assertLess(self.run_job(self.in_ghent), SLOT)
        self.assertEqual(late.exact_state, "waiting")
        self.assertEqual(self.branch.exact_state, "exported")
        self.assert_head_is_not_held_up()

    def own_login(self):
        """Let Ghent log in for itself."""
        with self.side_cursors() as env:
            administration = self.in_ghent.with_env(env)
            wizard = env["exact.choose.login"].browse(
                administration.action_choose_login()["res_id"]
            )
            wizard.action_use()
            env.cr.commit()
        connection = self.in_ghent.connection_id
        self.assertNotEqual(connection, self.connection)
        self.assertEqual(connection.state, "disconnected")
        with self.side_cursors() as env:
            login = connection.with_env(env)
            back = self.answer_login_page(login.action_connect()["url"])
            login._finish_login(back["state"], back["code"], "")
        self.assertEqual(connection.state, "connected")
        return connection

    def test_who_waits_for_a_login_gives_its_place_back(self):
        """As another worker renews it, which may take as long as Exact answers."""
        waits = []

        def busy(store, _cr):
            waits.append(store._patience)
            raise NotProcessed("login_busy")

        self.patch(TokenStore, "_locked", busy)
        run = self.start(self.in_ghent)
        self.env["ir.cron.trigger"].sudo().search([]).unlink()
        before = fields.Datetime.now()
        self.run_job(self.in_ghent)
        self.assertEqual((run.state, run.issue_code), ("waiting", "login_busy"))
        minute = timedelta(minutes=1)
        self.assertTrue(
            any(
                abs(at - before - minute) < timedelta(seconds=20)
                for at in self.triggered_at(self.in_ghent)
            )
        )
        cron = self.in_ghent.reference_cron_id
        self.in_ghent.sudo().references_read_at = False
        with self.side_cursors() as env:
            administration = self.in_ghent.with_env(env).sudo()
            administration.with_context(cron_id=cron.id)._cron_exact_references()
        triggers = self.env["ir.cron.trigger"].sudo()
        self.assertTrue(triggers.search([("cron_id", "=", cron.id)]))
        self.assertLess(max(waits), SLOT)
        # Who looks on waits for it.
        self.assertGreater(self.in_ghent._client(urgent=True)._login._patience, SLOT)

    def test_a_login_that_lapses_stops_its_own_administrations_alone(self):
        connection = self.own_login()
        tokens = self.env["exact.token"].sudo()
        self.assertEqual(
            tokens.search_count(
                [("connection_id", "in", [connection.id, self.connection.id])]
            ),
            2,
        )
        run = self.start(self.in_ghent)
        with self.side_cursors() as env:
            connection.with_env(env).action_disconnect()
        self.assertLess(self.run_job(self.in_ghent), SLOT)
        self.assertEqual(run.state, "waiting")
        self.assert_head_is_not_held_up()
        self.assertEqual(self.connection.state, "connected")

    # --- at once -------------------------------------------------------------

    def test_a_job_begins_again_where_another_wrote_on_the_administration(self):
        self.begin_again_after(SerializationFailure)

    def test_a_job_begins_again_where_another_read_the_list(self):
        self.begin_again_after(ConcurrencyError)

    def begin_again_after(self, error):
        reference = self.env["exact.reference"]
        read_all, attempts = type(reference)._read_all, []

        def collide_once(model, administration, *args, **kwargs):
            attempts.append(administration)
            if len(attempts) == 1:
                raise error
            return read_all(model, administration, *args, **kwargs)

        self.patch(type(reference), "_read_all", collide_once)
        self.administration.sudo().references_read_at = False
        with self.enter_registry_test_mode():
            cron = self.administration.reference_cron_id.sudo()
            self.assertIs(cron.method_direct_trigger(), True)
        self.assertEqual(len(attempts), 2)
        self.env.invalidate_all()
        self.assertTrue(self.administration.references_read_at)

    # --- bad input -----------------------------------------------------------

    def test_an_administration_that_the_login_lost_stops_alone_and_says_so(self):
        later = self.invoice(company_id=self.ghent.id)
        self.sandbox.switches.change(lost_divisions=str(GHENT))
        run = self.start(self.in_ghent)
        self.run_job(self.in_ghent)
        self.assertEqual(run.state, "stopped")
        self.assertIn("may no longer enter this administration", run.issue_message)
        states = [self.branch.exact_state, later.exact_state]
        self.assertEqual(states, ["rejected", "queued"], "one call, not one for each")
        self.assert_head_is_not_held_up()
        self.assertEqual(self.connection.state, "connected")
        # Given back, it goes on when somebody says so.
        self.sandbox.switches.change(lost_divisions="")
        with self.side_cursors() as env:
            run.with_env(env).action_go_on()
        self.run_job(self.in_ghent)
        self.assertEqual(later.exact_state, "exported")
        self.assertEqual(self.export(self.branch).state, "exported")

    def choose_login(self, administration, connection):
        with self.side_cursors() as env:
            action = administration.with_env(env).action_choose_login()
            wizard = env["exact.choose.login"].browse(action["res_id"])
            login = connection.with_env(env)
            self.assertIn(login, wizard.offered_ids)
            wizard.connection_id = login
            wizard.action_use()
            env.cr.commit()

    def test_a_login_that_may_not_enter_the_administration_is_refused(self):
        connection = self.own_login()
        self.sandbox.switches.change(lost_divisions=str(GHENT))
        with self.assertRaisesRegex(UserError, "may not enter 1003"):
            self.choose_login(self.in_ghent, self.connection)
        self.assertEqual(self.in_ghent.connection_id, connection)
        self.sandbox.switches.change(lost_divisions="")
        self.choose_login(self.in_ghent, self.connection)
        self.assertEqual(self.in_ghent.connection_id, self.connection)
        self.assertFalse(connection.exists(), "nobody uses it any more")

    def test_an_administration_that_was_left_goes_along_under_another_login(self):
        """Its payments would stop with the login that is forgotten."""
        self.own_login()
        with self.side_cursors() as env:
            self.in_ghent.with_env(env).sudo()._set_division(BRUGES, "Another")
            env.cr.commit()
        self.env.invalidate_all()
        new = self.ghent.exact_administration_id
        self.assertNotEqual(new, self.in_ghent)
        former = self.in_ghent.connection_id
        self.choose_login(new, self.connection)
        self.assertEqual(new.connection_id, self.connection)
        self.assertEqual(self.in_ghent.connection_id, self.connection)
        self.assertFalse(former.exists(), "nobody uses it any more")

    def test_one_that_the_other_login_may_not_enter_stays(self):
        connection = self.own_login()
        with self.side_cursors() as env:
            self.in_ghent.with_env(env).sudo()._set_division(BRUGES, "Another")
            env.cr.commit()
        self.env.invalidate_all()
        self.sandbox.switches.change(lost_divisions=str(GHENT))
        self.choose_login(self.ghent.exact_administration_id, self.connection)
        self.assertEqual(self.in_ghent.connection_id, connection)
        self.assertTrue(connection._responsible(), "somebody is asked to log in again")

    def test_a_login_of_another_site_is_refused(self):
        self.own_login()
        self.connection.sudo().write({"site": "nl"})
        with self.assertRaisesRegex(UserError, "another site"):
            self.choose_login(self.in_ghent, self.connection)

    def test_an_administration_of_another_country_is_asked_about(self):
        with self.side_cursors() as env:
            action = self.in_ghent.with_env(env).action_choose_division()
            wizard = env["exact.choose.division"].browse(action["res_id"])
            dutch = wizard.line_ids.filtered(lambda line: line.division == 1002)
            self.assertTrue(dutch.other_country)
            self.assertEqual(dutch.action_choose()["res_model"], dutch._name)
            same = wizard.line_ids.filtered(lambda line: line.division == BRUGES)
            self.assertFalse(same.other_country)
            taken = wizard.line_ids.filtered(lambda line: line.division == DIVISION)
            with self.assertRaisesRegex(UserError, self.company.name):
                taken.action_choose_anyway()

    def test_a_branch_that_is_archived_rests_and_goes_on_afterwards(self):
        run = self.start(self.in_ghent)
        self.ghent.sudo().active = False
        self.sandbox.calls.clear()
        for name in ("export_cron_id", "payment_cron_id", "reference_cron_id"):
            self.run_job(self.in_ghent, name)
        self.assertFalse(self.calls())
        self.assertEqual((run.state, run.issue_code), ("waiting", "company_archived"))
        self.assert_head_is_not_held_up()
        self.ghent.sudo().active = True
        self.run_job(self.in_ghent)
        self.assertEqual(self.branch.exact_state, "exported")

    def test_an_archived_branch_that_shares_the_administration_above_rests(self):
        move = self.invoice(company_id=self.bruges.id)
        run = self.start(self.administration)
        self.assertEqual(run.total, 2)
        self.bruges.sudo().active = False
        self.run_job(self.administration)
        states = self.head.exact_state, move.exact_state
        self.assertEqual(states, ("exported", "queued"))
        self.assertEqual(run.state, "done", run.issue_message)
        of_main = {"allowed_company_ids": self.company.ids}
        with self.assertRaisesRegex(UserError, "Bruges is archived"):
            move.sudo().with_context(**of_main)._exact_enqueue()
        self.env["ir.cron.trigger"].sudo().search([]).unlink()
        self.bruges.sudo().active = True
        self.assertTrue(self.triggered_at(self.administration))
        self.run_job(self.administration)
        self.assertEqual(move.exact_state, "exported")

    def test_a_branch_is_removed_only_while_nothing_of_it_is_in_exact(self):
        with self.assertRaisesRegex(UserError, "Ghent"):
            self.ghent.sudo().unlink()
        new = (
            self.env["res.company"]
            .sudo()
            .create(
                {
                    "name": "Never used",
                    "parent_id": self.company.id,
                    "external_accounting": "exact",
                }
            )
        )
        administration = new.exact_administration_id
        self.assertEqual(administration.connection_id, self.connection)
        administration._use_login(self.env["exact.connection"])
        connection, cron = administration.connection_id, administration.export_cron_id
        self.assertNotEqual(connection, self.connection)
        new.unlink()
        self.assertFalse(administration.exists())
        self.assertFalse(connection.exists())
        self.assertFalse(cron.exists())
        self.assertTrue(self.connection.exists())

    def test_a_branch_that_booked_nothing_is_removed_with_what_it_did(self):
        """It linked a customer, ran an export and left a bill out; nothing stands."""
        in_bruges = self.separate(self.bruges, BRUGES)
        self.sandbox.webhooks.secret = "webhook-secret"
        self.sandbox.webhooks.send = lambda address, body: 200
        in_bruges.write(
            {
                "import_payments": True,
                "use_webhooks": True,
                "webhook_secret": "webhook-secret",
            }
        )
        with self.side_cursors() as env:
            in_bruges.with_env(env).action_renew_webhooks()
            env.cr.commit()
        here = {"administration_id": in_bruges.id}
        made = [
            self.env[name].sudo().create(here | values)
            for name, values in (
                ("exact.account", {"partner_id": self.customer.id, "guid": "g"}),
                ("exact.run", {"origin": "all", "state": "done"}),
                ("exact.bill.import", {"guid": "g", "state": "left_out"}),
            )
        ]
        self.env.flush_all()
        with self.side_cursors() as env:
            self.bruges.with_env(env).sudo().unlink()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertFalse(self.bruges.exists() or in_bruges.exists())
        for row in made:
            self.assertFalse(row.exists(), row)
        self.assertFalse(self.sandbox.administrations[BRUGES].subscriptions)

    def test_a_branch_booked_above_again_still_hears_of_its_payments(self):
        self.sandbox.webhooks.secret = "webhook-secret"
        self.sandbox.webhooks.send = lambda address, body: 200
        self.in_ghent.write(
            {
                "import_payments": True,
                "use_webhooks": True,
                "webhook_secret": "webhook-secret",
            }
        )
        with self.side_cursors() as env:
            self.in_ghent.with_env(env).action_renew_webhooks()
            env.cr.commit()
        books = self.sandbox.administrations[GHENT]
        topics = [row["Topic"] for row in books.subscriptions]
        self.assertTrue(topics)

        def choose(company, value):
            with self.side_cursors() as env:
                company.with_env(env)._exact_set_external_accounting(value)
                env.cr.commit()
            self.env.invalidate_all()

        choose(self.ghent, "none")
        self.assertFalse(self.ghent.exact_has_own)
        self.assertEqual([row["Topic"] for row in books.subscriptions], topics)
        self.env["ir.cron.trigger"].sudo().search([]).unlink()
        self.assertTrue(self.in_ghent._check_payments_soon())
        choose(self.company, "none")
        self.assertFalse(books.subscriptions, "nobody follows its payments")

    def test_a_branch_does_not_move_under_another_company(self):
        """Odoo itself refuses it; were that to change, nothing here would follow."""
        with self.assertRaisesRegex(UserError, "hierarchy"):
            self.ghent.sudo().parent_id = self.bruges

    # --- one customer in several ---------------------------------------------

    def test_a_customer_has_an_account_in_each_administration(self):
        links = self.customer.exact_account_ids.filtered("guid")
        self.assertEqual(links.administration_id, self.administration + self.in_ghent)
        self.assertEqual(len(set(links.mapped("guid"))), 2)
        for division in (DIVISION, GHENT):
            accounts = self.sandbox.administrations[division].accounts
            names = [row["Name"] for row in accounts]
            self.assertEqual(names.count(self.customer.name), 1)
