from odoo import Command
from odoo.tools import SQL

from odoo.addons.optedo_exact.models.exact_export import Booking

from .bulk import BulkCommon


class BatchCommon(BulkCommon):
    """What happens between the reading of an invoice and its turn."""

    def setUp(self):
        super().setUp()
        self.prepared = {}

    def run_with(self, meanwhile):
        """Run the job; ``meanwhile(env)`` happens once the batch was read."""
        batch = type(self.env["exact.export"])._prepare_batch
        once = [meanwhile]

        def prepare(export, entries, administration, client):
            self.prepared = batch(export, entries, administration, client)
            while once:
                once.pop()(export.env)
                export.env.flush_all()
            return dict(self.prepared)

        self.patch(type(self.env["exact.export"]), "_prepare_batch", prepare)
        run = self.synchronise()
        self.run_export_job()
        return run

    def booked(self, move):
        [entry] = self.books.entries(your_ref=move.name)
        return entry


class TestBatch(BatchCommon):
    """A run reads its invoices in batches, and sends each as it is at its turn."""

    def setUp(self):
        super().setUp()
        self.first, self.second = self.invoice(), self.invoice([50.0, 30.0])

    def test_both_are_read_at_once_and_go(self):
        run = self.run_with(lambda _env: None)
        entries = (self.first + self.second).exact_entry_id
        self.assertEqual(sorted(self.prepared), sorted(entries.ids))
        self.assertEqual((run.state, run.done, self.posts()), ("done", 2, 2))

    def test_a_run_leaves_what_the_button_leaves(self):
        """It writes by statements of its own, which must not fall behind."""
        moves = self.first + self.second
        moves.sudo()._exact_enqueue()
        moves.exact_entry_id.sudo().write(
            {
                "held_since": "2026-01-01",
                "asked_count": 1,
                "issue_code": "edited",
                "issue_params": {"any": 1},
                "issue_text": "words",
            }
        )
        self.export(self.first)
        self.run_with(lambda _env: None)
        self.assertEqual(list(self.prepared), self.second.exact_entry_id.ids)
        by_button, in_run = map(self.rows, moves)
        self.assertEqual(by_button, in_run)

    def rows(self, move):
        """The rows of an entry and its log; of what is its own, whether it is set."""
        entry = move.exact_entry_id
        self.env.flush_all()
        own = {
            *("id", "entry_id", "move_id", "guid", "number", "fingerprint"),
            *("sent", "payload", "sending_at", "exported_at"),
            *("user_id", "create_uid", "create_date", "write_uid", "write_date"),
        }
        rows = []
        for table, column in (("exact_entry", "id"), ("exact_entry_log", "entry_id")):
            self.env.cr.execute(
                SQL(
                    "SELECT * FROM %s WHERE %s = %s ORDER BY id",
                    *map(SQL.identifier, (table, column)),
                    entry.id,
                )
            )
            for row in self.env.cr.dictfetchall():
                row.pop("run_id", None)
                rows.append(
                    {
                        name: bool(value) if name in own else value or None
                        for name, value in row.items()
                    }
                )
        return rows

    def test_another_amount_in_exact_is_said_in_a_run_too(self):
        call = Booking.call
        self.patch(Booking, "call", lambda *args: call(*args) | {"AmountFC": 1.0})
        self.run_with(lambda _env: None)
        for move in self.first + self.second:
            entry = move.exact_entry_id
            self.assertEqual(
                (entry.state, entry.issue_code), ("exported", "amount_differs")
            )

    def test_an_invoice_that_was_edited_meanwhile_goes_as_it_is_now(self):
        def edit(env):
            self.second.with_env(env).ref = "PO4711"

        self.run_with(edit)
        self.assertIn("PO4711", self.booked(self.second)["Description"])
        self.assertNotIn("PO4711", self.booked(self.first)["Description"])
        self.assertEqual(self.posts(), 2)

    def test_an_invoice_that_was_taken_back_meanwhile_does_not_go(self):
        def take_back(env):
            self.second.with_env(env).button_draft()

        run = self.run_with(take_back)
        self.assertFalse(self.books.entries(your_ref=self.second.name))
        self.assertEqual(self.second.exact_state, "none")
        self.assertEqual((run.state, run.done, self.posts()), ("done", 1, 1))

    def test_another_amount_meanwhile_is_what_is_booked(self):
        def again(env):
            move = self.second.with_env(env)
            move.button_draft()
            move.invoice_line_ids[0].price_unit = 70
            move.action_post()
            move.sudo()._exact_enqueue()

        self.run_with(again)
        self.run_export_job()
        self.assertEqual(self.booked(self.second)["AmountFC"], 121)
        self.assertEqual(self.second.amount_total, 121)

    def test_an_option_that_was_changed_meanwhile_is_obeyed(self):
        def change(env):
            administration = self.administration.with_env(env).sudo()
            administration.group_lines_by_vat = True

        self.second.button_draft()
        self.second.invoice_line_ids = [
            Command.update(line.id, {"name": f"Bread {line.price_unit}"})
            for line in self.second.invoice_line_ids
        ]
        self.second.action_post()
        self.run_with(change)
        self.assertEqual(self.posts(), 2)
        payload = self.second.exact_entry_id.payload
        self.assertEqual(len(payload["SalesEntryLines"]), 1)

    def test_what_differs_from_what_the_customer_has_is_kept_back_in_a_run_too(self):
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_undo")
        self.run_with(lambda _env: None)
        self.second.is_move_sent = True
        with self.side_cursors() as env:
            action = self.second.with_env(env).action_exact_undo()
            wizard = env[action["res_model"]].browse(action["res_id"])
            wizard.reason = "Wrong ledger account"
            wizard.action_remove()
            env.cr.commit()
        self.second.button_draft()
        self.second.invoice_line_ids[0].price_unit = 51
        self.second.action_post()
        self.synchronise()
        self.run_export_job()
        entry = self.second.exact_entry_id
        self.assertEqual((entry.state, entry.issue_code), ("blocked", "sent_changed"))
