from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.optedo_exact.wizards import exact_mark

from .common import ExactCommon

ENTRIES = "salesentry/SalesEntries"


class TestMarks(ExactCommon):
    """Invoices are kept out, brought back, and linked to what stands in Exact."""

    connected = True

    def setUp(self):
        super().setUp()
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_keep_out")
        self.customer.name = self.account_in_exact()["Name"]

    def account_in_exact(self):
        return next(row for row in self.books.accounts if row.get("Status") == "C")

    def mark(self, moves, reason="Stands in the former bookkeeping"):
        action = moves.action_exact_mark_exported()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.reason = reason
        wizard.action_mark()
        return wizard

    def adopt(self, moves):
        """Open the dialog, which asks Exact."""
        with self.side_cursors() as env:
            action = moves.with_env(env).action_exact_adopt()
            env.cr.commit()
        return self.env[action["res_model"]].browse(action["res_id"])

    def by_hand(self, move, **values):
        """The accountant books an invoice by hand in Exact, with its number."""
        entry = {
            "Journal": "70",
            "Customer": self.account_in_exact()["ID"],
            "YourRef": move.name,
            "EntryDate": fields.Datetime.to_datetime(move.invoice_date),
        } | values.pop("header", {})
        line = {
            "GLAccount": self.books.coded("gl_accounts", "700000")["ID"],
            "AmountFC": values.pop("amount", 100),
            "VATCode": "3",
        }
        return self.books.book_sale(entry, [line])

    # --- keep out ------------------------------------------------------------

    def test_a_marked_invoice_is_passed_over_and_nothing_is_asked_for_it(self):
        move = self.invoice()
        move._exact_enqueue()
        self.mark(move)
        self.assertEqual(move.exact_state, "marked")
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertEqual(self.calls(), [])
        self.administration.import_payments = True
        self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")
        with self.assertRaises(UserError):
            move.action_exact_export()
        [log] = move.exact_entry_id.log_ids.filtered(lambda line: line.event == "mark")
        self.assertEqual(log.reason, "Stands in the former bookkeeping")
        self.assertEqual(log.user_id, self.env.user)

    def test_an_unmarked_invoice_can_be_booked(self):
        move = self.invoice()
        self.mark(move)
        move.action_exact_unmark()
        self.assertEqual(move.exact_state, "none")
        self.export(move)
        self.assertEqual(move.exact_state, "exported")

    def test_a_selection_leaves_drafts_and_what_is_in_exact(self):
        booked, waiting, draft = self.invoice(), self.invoice(), self.invoice()
        self.export(booked)
        draft.button_draft()
        wizard = self.mark(booked + waiting + draft)
        self.assertEqual(waiting.exact_state, "marked")
        self.assertEqual(booked.exact_state, "exported")
        self.assertEqual(draft.exact_state or "none", "none")
        self.assertEqual((wizard.left_count, wizard.reason[:6]), (3, "Stands"))

    def test_all_before_a_day_are_counted_looked_at_and_marked(self):
        today = fields.Date.today()
        old = self.invoice(invoice_date=today - timedelta(days=40))
        older = self.invoice(invoice_date=today - timedelta(days=60))
        new = self.invoice()
        action = self.env["exact.mark"].action_before_a_date()
        wizard = self.env["exact.mark"].browse(action["res_id"])
        self.assertEqual(wizard.count, 0, "without a day nothing is marked")
        wizard.before = today - timedelta(days=30)
        self.assertEqual(wizard.shown_ids, old + older)
        self.assertFalse(wizard.shown_text, "all of them are shown")
        with patch.object(exact_mark, "SHOWN", 1):
            wizard.invalidate_recordset()
            self.assertEqual(wizard.shown_ids, old, "the newest of them")
            self.assertEqual(wizard.shown_text, "The newest 1 of them:")
        wizard.invalidate_recordset()
        self.assertEqual((wizard.count, wizard.amount), (2, 242.0))
        with self.assertRaisesRegex(UserError, "why"):
            wizard.action_mark()
        wizard.reason = "Former bookkeeping"
        wizard.action_mark()
        self.assertEqual((old + older).mapped("exact_state"), ["marked"] * 2)
        self.assertEqual(new.exact_state, "none")

    def test_an_unknown_one_is_kept_out_by_a_person(self):
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="POST")
        move = self.invoice()
        self.assertEqual(self.export(move).state, "unknown")
        self.mark(move)
        self.later(minutes=10)
        self.run_export_job()
        self.assertEqual(move.exact_state, "marked")
        self.assertFalse(self.entries_in_exact())

    def test_only_who_has_the_right_keeps_out_and_brings_back(self):
        move, marked = self.invoice(), self.invoice()
        self.mark(marked)
        for groups in (
            "account.group_account_invoice",
            "account.group_account_manager,optedo_exact.group_exact_manager,"
            "optedo_exact.group_exact_undo",
            "account.group_account_readonly,optedo_exact.group_exact_keep_out",
        ):
            user = new_test_user(
                self.env,
                groups,
                groups,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            for forbidden in (
                move.with_user(user).action_exact_mark_exported,
                marked.with_user(user).action_exact_unmark,
                marked.with_user(user).action_exact_adopt,
                marked.with_user(user).action_exact_let_go,
                marked.with_user(user).action_exact_untie,
            ):
                with self.assertRaises(AccessError, msg=groups):
                    forbidden()
            with self.assertRaises(AccessError, msg=groups):
                self.env["exact.mark"].with_user(user).create(
                    {"move_ids": [Command.set(move.ids)], "reason": "Because"}
                ).action_mark()
        self.assertEqual((move.exact_state, marked.exact_state), ("none", "marked"))

    # --- adopt ---------------------------------------------------------------

    def test_an_invoice_that_stands_there_is_linked_and_its_payment_follows(self):
        move = self.invoice()
        there = self.by_hand(move)
        self.mark(move)
        wizard = self.adopt(move)
        [line] = wizard.line_ids
        self.assertTrue(line.chosen)
        self.assertEqual(line.number, str(there["EntryNumber"]))
        wizard.action_adopt()
        entry = move.exact_entry_id
        self.assertEqual((entry.state, entry.guid), ("exported", there["EntryID"]))
        self.administration.import_payments = True
        self.books.pay(there["EntryID"])
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(len(self.entries_in_exact()), 1)

    def test_payments_that_were_read_before_the_link_follow_too(self):
        self.administration.import_payments = True
        move = self.invoice()
        there = self.by_hand(move)
        self.books.pay(there["EntryID"])
        self.check_payments()
        self.adopt(move).action_adopt()
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    def test_what_was_numbered_by_hand_is_found_by_its_digits(self):
        move = self.invoice()
        number = int("".join(c for c in move.name if c.isdigit()))
        there = self.by_hand(move, header={"YourRef": "", "EntryNumber": number})
        [line] = self.adopt(move).line_ids
        self.assertEqual(line.guid, there["EntryID"])
        self.assertTrue(line.chosen)

    def test_what_speaks_against_it_is_said_and_not_ticked(self):
        amount, date, twice, none = (self.invoice() for _number in range(4))
        self.by_hand(amount, amount=90)
        day = fields.Datetime.to_datetime(date.invoice_date) - timedelta(days=1)
        self.by_hand(date, header={"EntryDate": day})
        self.by_hand(twice)
        self.by_hand(twice)
        wizard = self.adopt(amount + date + twice + none)
        self.assertEqual((wizard.found_count, wizard.missing_count), (3, 1))
        self.assertFalse(any(wizard.line_ids.mapped("chosen")))
        remarks = {line.move_id: line.remark for line in wizard.line_ids}
        self.assertIn("amount", remarks[amount])
        self.assertIn("date", remarks[date])
        self.assertIn("Several", remarks[twice])
        self.assertIn("Not found", remarks[none])
        with self.assertRaisesRegex(UserError, "Tick"):
            wizard.action_adopt()
        lines = wizard.line_ids.filtered(lambda line: line.move_id == twice)
        lines.chosen = True
        with self.assertRaisesRegex(UserError, "one entry"):
            wizard.action_adopt()
        lines[0].chosen = False
        wizard.action_adopt()
        self.assertEqual(twice.exact_entry_guid, lines[1].guid)

    def test_an_entry_of_another_customer_is_not_ticked(self):
        move = self.invoice()
        self.by_hand(move)
        move.exact_party_name = self.customer.name = "Somebody Else BV"
        [line] = self.adopt(move).line_ids
        self.assertIn("another name", line.remark)
        self.assertFalse(line.chosen)

    def test_an_entry_is_one_invoice_only(self):
        move, other = self.invoice(), self.invoice()
        self.by_hand(move, header={"YourRef": other.name})
        self.adopt(other).action_adopt()
        wizard = self.adopt(move + self.invoice())
        self.assertFalse(any(wizard.line_ids.mapped("guid")))
        there = self.entries_in_exact()[0]
        with self.assertRaisesRegex(UserError, "already"):
            move._exact_adopt(there, "")

    def test_an_entry_that_another_user_linked_a_moment_ago_is_refused(self):
        first, second = self.invoice(), self.invoice()
        row = {
            "EntryID": "0b5d6a4e-0000-4000-8000-000000000001",
            "EntryNumber": 26700009,
            "YourRef": first.name,
            "Journal": "70",
            "Customer": "0b5d6a4e-0000-4000-8000-000000000002",
            "AmountFC": "121.00",
        }
        first._exact_adopt(row, "")
        lookup = type(self.env["exact.lookup"])
        with (
            patch.object(lookup, "_linked", return_value={}),  # as it was seen before
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(UserError, "linked to another invoice"),
        ):
            second._exact_adopt(row, "")
        self.assertEqual((first + second).mapped("exact_state"), ["exported", "none"])
        first.action_exact_let_go()
        second._exact_adopt(row, "")
        self.assertEqual(second.exact_entry_id.guid, row["EntryID"])

    def test_many_are_asked_about_in_few_calls(self):
        moves = self.env["account.move"].union(*(self.invoice() for _n in range(30)))
        for move in moves[::3]:
            self.by_hand(move)
        self.sandbox.calls.clear()
        wizard = self.adopt(moves)
        self.assertLessEqual(len(self.calls()), 2)
        self.assertEqual((wizard.found_count, wizard.missing_count), (10, 20))

    def test_rows_of_the_dialog_are_not_forged(self):
        move = self.invoice()
        there = self.by_hand(move, amount=90)
        clerk = new_test_user(
            self.env,
            "keeper",
            "account.group_account_invoice,optedo_exact.group_exact_keep_out",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        wizard = self.adopt(move).with_user(clerk)
        with self.assertRaises(AccessError):
            wizard.line_ids.read(["guid"])  # of somebody else
        with self.side_cursors() as env:
            action = move.with_env(env(user=clerk)).action_exact_adopt()
            env.cr.commit()
        line = (
            self.env["exact.adopt"].with_user(clerk).browse(action["res_id"]).line_ids
        )
        with self.assertRaises(AccessError):
            line.answer = {"EntryID": there["EntryID"]}
        with self.assertRaises(AccessError):
            line.create({"wizard_id": line.wizard_id.id, "move_id": move.id})
        line.chosen = True
        line.wizard_id.action_adopt()
        entry = move.exact_entry_id
        self.assertEqual(
            (entry.issue_code, entry.booked_total), ("amount_differs", 108.9)
        )

    def test_an_adopted_entry_is_not_removed_but_let_go(self):
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_undo")
        self.administration.import_payments = True
        move = self.invoice()
        there = self.by_hand(move)
        self.adopt(move).action_adopt()
        self.books.pay(there["EntryID"])
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        with self.assertRaises(UserError):
            move.action_exact_undo()
        move.action_exact_let_go()
        self.assertEqual((move.exact_state, move.payment_state), ("none", "not_paid"))
        self.assertEqual(len(self.entries_in_exact()), 1)

    # --- before something goes (F12) -----------------------------------------

    def old(self, **values):
        day = fields.Date.today() - timedelta(days=3)
        return self.invoice(invoice_date=day, **values)

    def test_an_old_invoice_that_stands_there_is_not_booked_again(self):
        move = self.old()
        self.by_hand(move)
        entry = self.export(move)
        self.assertEqual((entry.state, entry.issue_code), ("blocked", "stands_there"))
        self.assertEqual(len(self.entries_in_exact()), 1)
        alert = move.alerts["exact_issue"]
        self.assertIn(move.name, alert["message"])
        self.assertIn("already", move.exact_status_text)
        self.assertTrue(alert["action"])
        self.adopt(move).action_adopt()
        self.assertEqual((entry.state, entry.issue_code), ("exported", False))

    def test_a_new_invoice_costs_no_question(self):
        self.export(self.invoice())
        move = self.invoice()
        self.sandbox.calls.clear()
        self.export(move)
        self.assertEqual(self.calls(), ["POST /api/v1/1001/salesentry/SalesEntries"])

    def test_what_was_refused_is_asked_about_before_it_goes_again(self):
        move = self.invoice()
        today = fields.Date.today()
        self.books.close_period(today.year, today.month, journal="70")
        self.assertEqual(self.export(move).state, "rejected")
        self.books.open_period(today.year, today.month, journal="70")
        self.by_hand(move)
        self.assertEqual(self.export(move).issue_code, "stands_there")

    def test_a_run_asks_for_many_at_once(self):
        self.export(self.invoice())
        moves = [self.old() for _number in range(6)]
        self.by_hand(moves[2])
        for move in moves:
            move._exact_enqueue()
        self.sandbox.calls.clear()
        self.run_export_job()
        gets = [call for call in self.calls() if call.startswith("GET")]
        self.assertEqual(len(gets), 1)
        self.assertEqual(
            [move.exact_state for move in moves],
            ["exported"] * 2 + ["blocked"] + ["exported"] * 3,
        )

    def test_another_one_with_its_number_is_said_and_then_it_goes(self):
        move = self.old()
        self.by_hand(move, amount=55)
        entry = self.export(move)
        self.assertEqual(entry.state, "blocked")
        wizard = self.adopt(move)
        with self.side_cursors() as env:
            wizard.with_env(env).action_another()
            env.cr.commit()
        self.assertEqual(entry.state, "exported")
        self.assertEqual(len(self.entries_in_exact()), 2)

    def test_another_one_does_not_hide_a_booking_whose_answer_was_lost(self):
        move = self.old()
        other = self.by_hand(move, amount=55)
        entry = self.export(move)
        wizard = self.adopt(move)
        self.sandbox.faults.add("lose_answer", path=ENTRIES, method="POST")
        with self.side_cursors() as env:
            wizard.with_env(env).action_another()
            env.cr.commit()
        self.assertEqual(entry.state, "exported")
        self.assertNotEqual(entry.guid, other["EntryID"])
        self.assertEqual(len(self.entries_in_exact()), 2)

    def test_an_entry_of_another_journal_or_invoice_does_not_count(self):
        first = self.old()
        self.by_hand(first, header={"Journal": "71"})
        self.assertEqual(self.export(first).state, "exported")

    def test_an_unknown_one_that_a_person_has_to_decide_is_linked(self):
        move = self.invoice()
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="POST")
        self.by_hand(move, amount=90)
        entry = self.export(move)
        self.assertEqual((entry.state, entry.issue_code), ("unknown", "found_other"))
        self.assertTrue(move.alerts["exact_issue"]["action"])
        wizard = self.adopt(move)
        wizard.line_ids.chosen = True
        wizard.action_adopt()
        self.assertEqual(
            (entry.state, entry.issue_code), ("exported", "amount_differs")
        )
