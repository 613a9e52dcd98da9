"""The poll itself: bad input, the guard, what is undone, tolerance, taking back."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.optedo_exact.exact import odata
from odoo.addons.optedo_exact.exact.errors import LimitReached, NoAnswer

from exact_sandbox.entities import REGISTRY

from .test_payment_kinds import PaymentCase


class TestPaymentEngine(PaymentCase):
    def job(self):
        with self.enter_registry_test_mode():
            job = self.administration.payment_cron_id.sudo()
            self.assertIs(job.method_direct_trigger(), True)
        self.env.invalidate_all()

    # --- tolerance -----------------------------------------------------------

    def test_a_rest_within_the_tolerance_is_written_off(self):
        account = self.difference_account()
        self.administration.payment_tolerance = 5
        move = self.exported()
        self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")
        self.books.pay(move.exact_entry_guid, 120.95, date=self.day)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self.kinds(move), {"money": 120.95, "tolerance": 0.05})
        rest = self.own(move).filtered(lambda p: p.exact_kind == "tolerance")
        self.assertIn(account, rest.move_id.line_ids.account_id)
        # Paid after all: the write-off goes, the money comes.
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(self.own(move).mapped("amount"), [120.95, 0.05])
        self.assertEqual(self.kinds(move), {"money": 0.05})
        self.assertEqual(move.payment_state, "paid")

    def test_the_tolerance_works_for_credit_notes(self):
        account = self.difference_account()
        self.administration.payment_tolerance = 500
        move = self.exported(move_type="out_refund")
        self.books.pay(move.exact_entry_guid, 116, date=self.day)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        rest = self.own(move).filtered(lambda p: p.exact_kind == "tolerance")
        line = rest.move_id.line_ids.filtered(lambda li: li.account_id == account)
        self.assertEqual(line.balance, -5)

    def test_a_cent_more_than_the_tolerance_stays_open(self):
        self.difference_account()
        self.administration.payment_tolerance = 5
        move = self.exported()
        self.books.pay(move.exact_entry_guid, 120.94)
        self.check_payments()
        self.assertEqual(move.amount_residual, 0.06)

    def test_the_tolerance_needs_an_account_and_a_bound(self):
        with self.assertRaises(ValidationError):
            self.administration.payment_tolerance = 5
        self.difference_account()
        with self.assertRaises(ValidationError):
            self.administration.payment_tolerance = 501

    # --- taken back ----------------------------------------------------------

    def test_taken_back_in_a_locked_period(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        [payment] = self.own(move)
        self.company.sudo().fiscalyear_lock_date = fields.Date.today()
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.amount_residual, 121)
        self.assertEqual(payment.state, "paid")
        counter = payment.exact_counter_id
        self.assertEqual(counter.exact_kind, "counter")
        self.assertGreater(counter.move_id.date, fields.Date.today())
        self.assertFalse(self.own(move))
        self.assertTrue(payment._exact_matched_lines().reconciled)
        self.check_payments()
        self.assertEqual(move.amount_residual, 121)

    def test_taken_back_from_a_journal_with_a_hash(self):
        move = self.exported()
        # The link refuses this; a localisation or an older version may have set it.
        self.env.cr.execute(
            "UPDATE account_journal SET restrict_mode_hash_table = true WHERE id = %s",
            [self.administration.payment_journal_id.id],
        )
        self.env["account.journal"].invalidate_model()
        self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        [payment] = self.own(move)
        self.assertTrue(payment.move_id.inalterable_hash)
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.amount_residual, 121)
        self.assertTrue(payment.exact_counter_id)

    def test_a_locked_period_gets_the_date_of_exact_and_says_so(self):
        move = self.exported()
        self.company.sudo().fiscalyear_lock_date = self.day
        self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        [payment] = self.own(move)
        self.assertEqual(payment.date, self.day)
        self.assertGreater(payment.move_id.date, self.day)
        self.assertIn("locked", self.alerts(move)["exact_locked"]["message"])

    def test_one_of_two_payments_is_taken_back(self):
        move = self.exported()
        first = self.books.pay(move.exact_entry_guid, 50, date=self.day)
        self.books.pay(move.exact_entry_guid, 71)
        self.check_payments()
        self.books.take_back(move.exact_entry_guid, first["ID"])
        self.check_payments()
        # The one whose bank entry is gone, though it is the older.
        self.assertEqual(self.kinds(move), {"money": 71.0})
        self.assertEqual(move.amount_residual, 50)

    def test_another_payment_instead_of_the_first(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid, date=self.day - timedelta(9))
        self.check_payments()
        self.books.take_back(move.exact_entry_guid)
        self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        self.assertEqual(self.own(move).date, self.day)
        self.assertEqual(move.payment_state, "paid")

    def test_an_entry_that_was_deleted_in_exact(self):
        move, other = self.exported(), self.exported([20.0])
        for one in (move, other):
            self.books.pay(one.exact_entry_guid)
        self.check_payments()
        number = move.exact_entry_number
        self.books.take_back(move.exact_entry_guid)
        self.books.delete_entry(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertFalse(self.own(move))
        self.assertEqual(move.exact_outstanding, 0)
        self.assertEqual(move.exact_entry_id.issue_code, "entry_deleted")
        self.assertIn(number, self.alerts(move)["exact_issue"]["message"])
        self.assertIn(move.exact_entry_id, self.that_differ())
        self.assertNotIn(other.exact_entry_id, self.that_differ())
        self.assertFalse(move.exact_entry_id.settle)
        self.assertEqual(other.payment_state, "paid")
        self.assertFalse(other.exact_entry_id.issue_code)
        # Let go of here, it can be booked again, and follows.
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_undo")
        with self.side_cursors() as env:
            move.with_env(env)._exact_undo("deleted there")
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(move.exact_state, "none")
        self.assertFalse(move.exact_entry_id.issue_code)
        self.assertEqual(self.export(move).state, "exported")
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    # --- by hand -------------------------------------------------------------

    def test_an_entry_that_was_deleted_before_it_was_ever_seen(self):
        move, other = self.exported(), self.exported([20.0])
        self.books.delete_entry(move.exact_entry_guid)
        self.sandbox.calls.clear()
        self.check_payments()
        self.assertEqual(len(self.calls()), 4)
        self.assertEqual(move.exact_entry_id.issue_code, "entry_deleted")
        self.assertEqual(move.exact_outstanding, 0)
        self.assertFalse(move.exact_entry_id.settle)
        self.assertEqual(move.payment_state, "not_paid")
        self.assertFalse(other.exact_entry_id.issue_code)
        self.sandbox.calls.clear()
        self.check_payments()
        self.assertEqual(len(self.calls()), 2)

    def test_a_check_asks_of_sales_first_and_the_day_of_purchases_too(self):
        entries = (self.exported() | self.booked_bill()).exact_entry_id
        for entry in entries:
            self.books.delete_entry(entry.guid)
        self.sandbox.calls.clear()
        self.check_payments()
        self.assertEqual(len(self.calls()), 4)
        self.env.invalidate_all()
        self.assertEqual(entries.mapped("deleted"), [True, False])
        self.job()
        self.assertEqual(entries.mapped("deleted"), [True, True])

    def test_what_was_deleted_unseen_is_found_though_the_feed_lost_that_too(self):
        move, there = self.exported(), self.exported([20.0])
        bill = self.booked_bill()
        self.books.delete_entry(move.exact_entry_guid)
        for term in list(self.books.terms):
            self.books.delete("terms", term["ID"])
        self.administration.sudo().deleted_cursor = "999999"
        self.check_payments()
        self.assertFalse(move.exact_entry_id.issue_code)
        self.job()
        self.assertEqual(move.exact_entry_id.issue_code, "entry_deleted")
        # Those have no terms either, and stand in Exact all the same.
        for one in (there, bill):
            self.assertFalse(one.exact_entry_id.deleted)
            self.assertFalse(one.exact_entry_id.issue_code)

    def test_what_a_person_steers_says_at_once_that_its_entry_is_gone(self):
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_set_paid")
        paused, by_hand = self.exported(), self.exported([20.0])
        self.books.pay(paused.exact_entry_guid, 50)
        self.check_payments()
        self.own(paused).sudo(False).action_exact_take_back()
        by_hand._exact_set_paid("cash", self.day)
        self.books.take_back(paused.exact_entry_guid)
        rows = {}
        for move in (paused, by_hand):
            rows[move] = [
                dict(term) for term in self.books.open_items(move.exact_entry_guid)
            ]
            self.books.delete_entry(move.exact_entry_guid)
        self.check_payments()
        for move in (paused, by_hand):
            self.assertIn("was deleted", self.alerts(move)["exact_issue"]["message"])
            self.assertEqual(move.exact_outstanding, 0)
        self.assertEqual(paused.payment_state, "not_paid")
        self.assertIn(by_hand.payment_state, ("paid", "in_payment"))
        # Their terms come after all: it stands there.
        for move in (paused, by_hand):
            for row in rows[move]:
                self.books.insert("terms", **row)
        self.check_payments()
        for move in (paused, by_hand):
            self.assertNotIn("exact_issue", self.alerts(move))
            self.assertFalse(move.exact_entry_id.deleted)

    def test_an_entry_without_terms_is_asked_for_once_a_week(self):
        move = self.exported()
        for term in list(self.books.terms):
            self.books.delete("terms", term["ID"])
        self.administration.sudo().deleted_cursor = "999999"

        def questions():
            self.administration.sudo().payments_compared_at = False
            self.sandbox.calls.clear()
            self.job()
            return [call for call in self.calls() if "SalesEntries" in call]

        self.assertEqual(len(questions()), 1)
        self.assertEqual(len(questions()), 0)
        entry = move.exact_entry_id.sudo()
        entry.looked_for_at = fields.Datetime.now() - timedelta(days=8)
        self.assertEqual(len(questions()), 1)
        # A deletion that nobody can place asks at once.
        other = self.exported([20.0])
        self.administration.sudo().deleted_cursor = False
        self.books.delete_entry(other.exact_entry_guid)
        self.books.delete_entry(move.exact_entry_guid)
        self.check_payments()
        self.assertTrue(entry.deleted)
        self.assertTrue(other.exact_entry_id.deleted)

    def test_that_exact_cannot_be_asked_for_it_does_not_hold_up_payments(self):
        move, other = self.exported(), self.exported([20.0])
        self.books.delete_entry(move.exact_entry_guid)
        self.books.pay(other.exact_entry_guid)
        self.sandbox.faults.add("server_error", path="SalesEntries", status=503)
        self.job()
        self.assertEqual(other.payment_state, "paid")
        self.assertFalse(move.exact_entry_id.issue_code)
        self.job()
        self.assertEqual(move.exact_entry_id.issue_code, "entry_deleted")

    def test_a_person_takes_a_payment_back_and_lets_it_follow_again(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid, 50)
        self.check_payments()
        self.own(move).sudo(False).action_exact_take_back()
        self.assertEqual(move.amount_residual, 121)
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.amount_residual, 121)
        self.assertIn("exact_paused", self.alerts(move))
        move.action_exact_follow_payments()
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    def test_taking_back_needs_the_invoicing_right(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        user = new_test_user(
            self.env,
            "auditor",
            groups="account.group_account_readonly",
            company_id=self.company.id,
        )
        with self.assertRaises(AccessError):
            self.own(move).with_user(user).action_exact_take_back()
        [payment] = self.own(move)
        payment.sudo(False).action_exact_take_back()
        with self.assertRaises(UserError):
            payment.sudo(False).action_exact_take_back()

    def test_a_whole_check_is_undone_as_one(self):
        moves = [self.exported([amount]) for amount in (10.0, 20.0, 30.0)]
        credit = self.exported([5.0], move_type="out_refund")
        self.books.pay(moves[0].exact_entry_guid)
        self.check_payments()
        self.books.take_back(moves[0].exact_entry_guid)
        self.books.pay(moves[1].exact_entry_guid)
        self.books.match_entries(moves[2].exact_entry_guid, credit.exact_entry_guid)
        self.check_payments()
        run = self.own(moves[1]).exact_run_id
        self.assertEqual(run.total, 4)
        run.sudo(False).action_undo_payments()
        self.assertEqual(moves[0].payment_state, "paid")
        self.assertEqual(moves[1].payment_state, "not_paid")
        self.assertEqual(moves[2].amount_residual, 36.3)
        self.assertEqual(credit.amount_residual, 6.05)
        with self.assertRaises(UserError):
            run.sudo(False).action_undo_payments()
        self.check_payments()
        self.assertEqual(moves[1].payment_state, "not_paid")

    # --- others in Odoo ------------------------------------------------------

    def test_a_users_payment_after_that_of_the_link(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid, 50)
        self.check_payments()
        theirs = self._register_payment(move)
        self.check_payments()
        # Settled otherwise 71, in Exact 50: nothing of it is the link's.
        self.assertFalse(self.own(move))
        self.assertEqual(move.exact_entry_id.overlap, 21)
        self.assertIn(theirs.state, ("paid", "in_process"))
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(sum(self.own(move).mapped("amount")), 50)
        self.assertEqual(move.amount_residual, 0)

    def test_a_reversal_in_odoo(self):
        move = self.exported()
        move._reverse_moves(cancel=True)
        self.assertEqual(move.payment_state, "reversed")
        self.check_payments()
        self.assertEqual(move.exact_entry_id.overlap, 121)
        self.assertFalse(self.own(move))

    def test_an_invoice_that_a_person_steers_is_left_alone(self):
        move = self.exported()
        move.exact_entry_id.sudo().payment_manual = True
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertEqual(move.exact_outstanding, 0)

    # --- bad input -----------------------------------------------------------

    def test_items_that_odoo_does_not_know_and_items_without_entry(self):
        account = self.books.entry(self.exported().exact_entry_guid)["Customer"]
        self.books.receive(account, 50)
        for term in list(self.books.terms):
            if term["TransactionType"] == 40:
                self.books.update("terms", term, TransactionEntryID=None)
        self.check_payments()
        item = self.env["exact.open.item"].search([("entry_guid", "=", False)])
        self.assertEqual(item.amount, 50)
        self.check_payments()

    def test_items_of_another_currency_pay_nothing_and_are_said(self):
        self.setup_other_currency("USD", rates=[("2020-01-01", 1.25)])
        move = self.exported()
        for term in self.books.open_items(move.exact_entry_guid):
            self.books.update("terms", term, Currency="USD")
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertEqual(move.exact_entry_id.issue_code, "payment_currency")
        for term in list(self.books.terms):
            self.books.update("terms", term, Currency="EUR")
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        self.assertFalse(move.exact_entry_id.issue_code)

    def test_the_same_row_twice_and_an_older_one_after_a_newer(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        items = self.env["exact.open.item"].sudo()
        item = items.search([("entry_guid", "=", move.exact_entry_guid)])
        row = {
            "ID": item.term_guid,
            "TransactionEntryID": item.entry_guid,
            "LineType": 20,
            "AmountFC": 121,
            "Currency": "EUR",
            "Status": 20,
            "Timestamp": str(int(item.timestamp) - 1),
        }
        self.assertFalse(items._exact_store(self.administration, [row, row]))
        self.assertEqual(item.status, 50)
        again = row | {"Timestamp": str(int(item.timestamp) + 1)}
        older = row | {"Status": 50}
        items._exact_store(self.administration, [again, older])
        self.assertEqual(item.status, 20)

    def test_terms_that_do_not_add_up_are_said_once_that_lasts(self):
        move = self.exported()
        entry = move.exact_entry_id
        [term] = self.books.open_items(entry.guid)
        self.books.update("terms", term, DebitFC=100)
        self.books.pay(entry.guid, 40)
        self.check_payments()
        self.assertFalse(entry.issue_code)  # it may be half of a change
        entry.sudo().unbalanced_since -= timedelta(minutes=10)
        self.check_payments()
        self.assertEqual(entry.issue_code, "payment_terms_differ")
        self.assertIn("100.00", entry.issue_message)
        self.assertIn("121.00", entry.issue_message)
        self.assertIn(entry, self.that_differ())
        self.assertEqual(move.payment_state, "not_paid")
        [rest] = [t for t in self.books.open_items(entry.guid) if t["Status"] != 50]
        self.books.update("terms", rest, DebitFC=81)
        self.check_payments()
        self.assertEqual(move.amount_residual, 81)
        self.assertFalse(entry.issue_code)
        self.assertFalse(entry.unbalanced_since)

    def test_payments_follow_an_entry_that_was_changed_in_exact(self):
        move = self.exported()
        entry = move.exact_entry_id
        [line] = self.books.tables["sales_lines"].by("EntryID", entry.guid)
        for net, differs in ((50, "60.5"), (200, "242"), (100, False)):
            with self.subTest(net=net):
                self.books.change_line(line["ID"], AmountFC=net)
                self.check_payments()
                self.assertEqual(move.amount_residual, 121)
                self.assertEqual(entry.issue_code, differs and "amount_differs")
                self.assertIn(differs or "", entry.issue_message or "")
        self.books.change_line(line["ID"], AmountFC=50)
        self.books.pay(entry.guid)
        self.check_payments()
        self.assertEqual(move.amount_residual, 60.5)
        self.assertEqual(entry.issue_code, "amount_differs")
        self.assertFalse(entry.unbalanced_since)

    def test_another_total_in_exact_is_known_after_odoo_refused_a_payment(self):
        move = self.exported()
        entry = move.exact_entry_id
        [term] = self.books.open_items(entry.guid)
        self.books.update("terms", term, DebitFC=100)
        row = {"EntryID": entry.guid, "EntryNumber": 1, "AmountFC": 100}
        entry.sudo().write(entry._difference(row))
        self.assertEqual(entry.issue_code, "amount_differs")
        self.books.pay(entry.guid, 40)
        with self.refuse("money"):
            self.check_payments()
        self.assertIn("not this one", entry.issue_message)
        self.check_payments()
        self.assertEqual(move.amount_residual, 81)
        self.assertEqual(entry.issue_code, "amount_differs")
        self.assertIn("100", entry.issue_message)

    def test_an_invoice_that_was_reset_to_draft_waits(self):
        move = self.exported()
        self.env.cr.execute(
            "UPDATE account_move SET state = 'draft' WHERE id = %s", (move.id,)
        )
        move.invalidate_recordset()
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertFalse(self.own(move))
        self.env.cr.execute(
            "UPDATE account_move SET state = 'posted' WHERE id = %s", (move.id,)
        )
        move.invalidate_recordset()
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    def test_what_odoo_refuses_is_named_and_the_others_go(self):
        moves = [self.exported([amount]) for amount in (10.0, 20.0)]
        for move in moves:
            self.books.pay(move.exact_entry_guid)
        payments = type(self.env["account.payment"])
        create = payments.create

        def refuse(model, vals_list):
            if any(vals["amount"] == 12.1 for vals in vals_list):
                raise UserError(self.env._("not this one"))
            return create(model, vals_list)

        with patch.object(payments, "create", refuse):
            self.check_payments()
        self.assertEqual(moves[0].payment_state, "not_paid")
        self.assertIn("not this one", moves[0].exact_entry_id.issue_message)
        self.assertEqual(moves[1].payment_state, "paid")
        self.check_payments()
        self.assertEqual(moves[0].payment_state, "paid")
        self.assertFalse(moves[0].exact_entry_id.issue_code)

    def refuse(self, kind):
        """Have Odoo refuse payments of a kind, as a constraint of somebody would."""
        payments = type(self.env["account.payment"])
        create = payments.create

        def refusing(model, vals_list):
            if any(vals.get("exact_kind") == kind for vals in vals_list):
                raise UserError(self.env._("not this one"))
            return create(model, vals_list)

        return patch.object(payments, "create", refusing)

    def test_a_credit_that_odoo_refuses_does_not_stop_the_check(self):
        self.administration.keep_surplus = True
        move, other = self.exported(), self.exported([20.0])
        self.books.pay(move.exact_entry_guid, 130)
        self.books.pay(other.exact_entry_guid)
        with self.refuse("surplus"):
            self.job()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(other.payment_state, "paid")
        self.assertFalse(self.administration.issue_code)
        self.assertTrue(self.administration.payments_compared_at)
        self.assertIn("not this one", move.exact_entry_id.issue_message)
        # It is tried again, though nothing changes in Exact any more.
        with self.refuse("surplus"):
            self.job()
        self.assertIn("not this one", move.exact_entry_id.issue_message)
        self.job()
        credit = self.env["account.payment"].search([("exact_kind", "=", "surplus")])
        self.assertEqual(credit.amount, 9)
        self.assertFalse(move.exact_entry_id.issue_code)

    # --- broken reads --------------------------------------------------------

    def small_pages(self, path, size=1):
        """Have Exact answer with pages of so many rows."""
        entity_set = REGISTRY[path]
        small = replace(entity_set.type, page_size=size)
        self.patch(entity_set, "type", small)

    def test_a_second_page_that_breaks_moves_no_cursor_and_pays_nothing(self):
        moves = [self.exported([amount]) for amount in (10.0, 20.0)]
        self.job()
        for move in moves:
            self.books.pay(move.exact_entry_guid)
        before = self.administration.payment_cursor
        self.small_pages("sync/Cashflow/PaymentTerms")
        self.sandbox.faults.add("truncate", path="PaymentTerms", skip=1)
        self.job()
        self.assertIn(self.administration.issue_code, ("answer_broken", "no_answer"))
        self.assertEqual(self.administration.payment_cursor, before)
        self.assertFalse(self.own(moves[0]) | self.own(moves[1]))
        self.job()
        self.assertFalse(self.administration.issue_code)
        for move in moves:
            self.assertEqual(move.payment_state, "paid")

    def test_deletions_that_break_move_no_cursor_and_take_nothing_back(self):
        move, other = self.exported(), self.exported([20.0])
        self.books.pay(move.exact_entry_guid, 50)
        self.job()
        self.books.take_back(move.exact_entry_guid)
        self.books.pay(other.exact_entry_guid)
        names = ["deleted_cursor", "payment_cursor", "ledger_cursor"]
        [before] = self.administration.read(names)
        self.sandbox.faults.add("truncate", path="sync/Deleted")
        self.job()
        self.assertEqual(self.administration.read(names), [before])
        self.assertEqual(self.kinds(move), {"money": 50.0})
        self.assertEqual(other.payment_state, "not_paid")
        self.job()
        self.assertFalse(self.own(move))
        self.assertEqual(other.payment_state, "paid")
        self.assertGreater(
            int(self.administration.deleted_cursor), int(before["deleted_cursor"])
        )

    def test_a_list_of_the_comparison_that_breaks_settles_nothing(self):
        moves = [self.exported([amount]) for amount in (10.0, 20.0)]
        self.job()
        for move in moves:
            self.books.pay(move.exact_entry_guid)
        self.administration.sudo().payment_cursor = "999999"
        for path in ("bulk/Cashflow/Receivables", "bulk/Cashflow/Payments"):
            self.administration.sudo().payments_compared_at -= timedelta(days=1)
            before = self.administration.payments_compared_at
            self.sandbox.faults.add("truncate", path=path)
            self.job()
            self.assertIn(
                self.administration.issue_code, ("answer_broken", "no_answer")
            )
            self.assertEqual(self.administration.payments_compared_at, before)
            self.assertFalse(self.own(moves[0]) | self.own(moves[1]))
        self.job()
        self.assertFalse(self.administration.issue_code)
        self.assertEqual({move.payment_state for move in moves}, {"paid"})

    def test_a_page_of_the_ledger_that_breaks_keeps_what_came_before_it(self):
        moves = [self.exported([amount]) for amount in (10.0, 20.0)]
        self.job()
        for move in moves:
            self.books.pay(move.exact_entry_guid, date=self.day)
        self.small_pages("sync/Financial/TransactionLines", 2)
        self.sandbox.faults.add("truncate", path="TransactionLines", skip=1)
        before = int(self.administration.ledger_cursor)
        page = "odoo.addons.optedo_exact.models.exact_ledger_feed.PAGE"
        with patch(page, 2):
            self.job()
        self.assertIn(self.administration.issue_code, ("answer_broken", "no_answer"))
        newest = max(line["Timestamp"] for line in self.books.transaction_lines)
        cursor = int(self.administration.ledger_cursor)
        self.assertTrue(before < cursor < int(newest), (before, cursor, newest))
        self.assertEqual({move.payment_state for move in moves}, {"paid"})
        self.job()
        self.assertEqual(int(self.administration.ledger_cursor), int(newest))
        self.assertEqual(self.kinds(moves[1]), {"money": 24.2})

    def test_feeds_that_run_backwards_move_no_cursor(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid, 50)
        self.job()
        self.books.take_back(move.exact_entry_guid)
        self.books.pay(move.exact_entry_guid, date=self.day)
        names = ("deleted_cursor", "payment_cursor", "ledger_cursor")
        ahead = dict.fromkeys(names, "999999")
        self.administration.sudo().write(ahead)
        after = odata.after
        with patch.object(odata, "after", lambda _cursor: after("1")):
            self.job()
        self.assertEqual({name: self.administration[name] for name in names}, ahead)
        self.assertEqual(move.payment_state, "paid")

    # --- the guard -----------------------------------------------------------

    def test_an_unusual_share_asks_first(self):
        few = "odoo.addons.optedo_exact.models.exact_payment_import.FEW"
        moves = [self.exported([amount]) for amount in (10.0, 20.0, 30.0)]
        self.books.pay(moves[0].exact_entry_guid)
        self.books.pay(moves[1].exact_entry_guid)
        with patch(few, 1):
            self.job()
            self.assertEqual(self.administration.issue_code, "payments_share")
            self.assertIn("2 of 3", self.administration.issue_message)
            self.assertFalse(self.own(moves[0]))
            self.job()
            self.assertFalse(self.own(moves[0]))
            with self.side_cursors() as env:
                administration = self.administration.with_env(env)
                administration.action_payments_go_on()
                env.cr.commit()
            self.env.invalidate_all()
            self.assertEqual(moves[0].payment_state, "paid")
            self.assertEqual(moves[1].payment_state, "paid")
            self.assertFalse(self.administration.issue_code)
            self.assertFalse(self.administration.payment_share_seen)

    def test_what_a_person_steers_is_no_part_of_the_share(self):
        few = "odoo.addons.optedo_exact.models.exact_payment_import.FEW"
        moves = [self.exported([amount]) for amount in (10, 20, 30, 40, 50, 60, 70)]
        for move in moves[:4]:
            self.books.pay(move.exact_entry_guid)
            move.exact_entry_id.sudo().payment_paused = True
        for move in moves[4:]:
            self.books.pay(move.exact_entry_guid, 5)
        with patch(few, 1):
            self.job()  # nobody is asked about what is not settled
        self.assertFalse(self.administration.issue_code)
        self.assertEqual(moves[4].payment_state, "partial")
        for move in moves[4:6]:
            self.books.pay(move.exact_entry_guid)
        with patch(few, 1):
            self.job()
        self.assertIn("2 of 3", self.administration.issue_message)

    def test_only_who_may_configure_lets_it_go_on(self):
        user = new_test_user(
            self.env,
            "clerk",
            groups="account.group_account_invoice",
            company_id=self.company.id,
        )
        with self.assertRaises(AccessError):
            self.administration.with_user(user).action_payments_go_on()

    def test_share_of_none_or_more_than_all_is_refused(self):
        for share in (0, 101):
            with self.assertRaises(ValidationError):
                self.administration.payment_share = share

    # --- once a day ----------------------------------------------------------

    def test_what_a_feed_lost_is_found_by_the_comparison(self):
        move = self.exported()
        gone = self.exported([20.0])
        self.job()
        self.books.pay(move.exact_entry_guid)
        self.administration.sudo().payment_cursor = "999999"
        self.job()
        self.assertEqual(move.payment_state, "not_paid")
        self.administration.sudo().payments_compared_at -= timedelta(days=1)
        self.job()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(gone.payment_state, "not_paid")

    def test_the_comparison_keeps_what_the_list_of_payables_does_not_tell(self):
        bill = self.booked_bill()
        self.books.pay(bill.exact_entry_guid, date=self.day)
        for term in list(self.books.terms):
            if term["TransactionEntryID"] == bill.exact_entry_guid:
                # Fully paid, while the run that paid it is still being processed.
                self.books.update("terms", term, Status=40)
        self.job()
        self.assertEqual(bill.payment_state, "paid")
        [payment] = self.own(bill)
        self.administration.sudo().payments_compared_at -= timedelta(days=1)
        self.job()
        self.assertEqual(self.own(bill), payment)
        self.assertEqual((bill.payment_state, payment.date), ("paid", self.day))

    def test_a_bill_that_is_open_again_though_the_feed_lost_it(self):
        bill = self.booked_bill()
        self.books.pay(bill.exact_entry_guid)
        self.job()
        self.assertEqual(bill.payment_state, "paid")
        self.books.take_back(bill.exact_entry_guid)
        self.administration.sudo().payment_cursor = "999999"
        self.administration.sudo().deleted_cursor = "999999"
        self.administration.sudo().payments_compared_at -= timedelta(days=1)
        self.job()
        self.assertEqual(bill.payment_state, "not_paid")

    def test_an_empty_list_pays_nothing(self):
        move = self.exported()
        self.job()
        for term in list(self.books.terms):
            self.books.delete("terms", term["ID"])
        self.administration.sudo().payments_compared_at -= timedelta(days=1)
        self.job()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertFalse(self.own(move))

    def test_a_moved_administration_starts_afresh(self):
        move = self.exported()
        other = self.exported([20.0])
        self.books.pay(other.exact_entry_guid)
        self.job()
        self.books.pay(move.exact_entry_guid)
        self.sandbox.clock.advance(30)
        self.books.move()
        self.administration.sudo().payments_compared_at -= timedelta(days=1)
        self.job()
        self.assertFalse(self.administration.issue_message)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(other.payment_state, "paid")
        self.assertEqual(len(self.own(other)), 1)

    def test_a_start_afresh_that_was_interrupted_is_finished(self):
        move = self.exported()
        self.exported([20.0])
        self.books.pay(move.exact_entry_guid)
        self.job()
        # Gone in Exact before the move: no list of deletions tells of it any more.
        for table in ("terms", "transaction_lines"):
            name = "EntryID" if table == "transaction_lines" else "TransactionEntryID"
            for row in list(self.books.tables[table].by(name, move.exact_entry_guid)):
                self.books.delete(table, row["ID"])
        self.sandbox.clock.advance(30)
        self.books.move()
        self.administration.sudo().payments_compared_at -= timedelta(days=1)
        service = type(self.env["exact.payment.import"])
        with patch.object(service, "_sweep", side_effect=NoAnswer()):
            self.job()
        self.assertEqual(self.administration.issue_code, "no_answer")
        items = self.env["exact.open.item"].sudo()
        stale = [("entry_guid", "=", move.exact_entry_guid)]
        self.assertTrue(items.search_count(stale))
        self.job()
        self.assertFalse(self.administration.issue_code)
        self.assertFalse(items.search_count(stale))
        self.assertTrue(items.search_count([("entry_guid", "!=", False)]))
        cursor = self.administration.payment_cursor
        self.administration.sudo().payments_compared_at -= timedelta(days=1)
        self.sandbox.calls.clear()
        self.job()
        self.assertEqual(self.administration.payment_cursor, cursor)
        self.assertEqual(len([c for c in self.calls() if "PaymentTerms" in c]), 1)

    # --- the ledger ----------------------------------------------------------

    def test_a_ledger_far_behind_is_caught_up_with_by_the_job(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid)
        page = "odoo.addons.optedo_exact.models.exact_ledger_feed.PAGE"
        with (
            patch(page, 2),
            patch.object(
                type(self.env["exact.ledger.feed"])._read, "__defaults__", (1,)
            ),
        ):
            self.check_payments()
            self.assertTrue(self.administration.ledger_behind)
            self.assertEqual(move.payment_state, "paid")
        self.job()
        self.assertFalse(self.administration.ledger_behind)
        self.assertEqual(self.kinds(move), {"money": 121.0})

    def test_a_ledger_that_cannot_be_read_holds_up_no_payment(self):
        move, other = self.exported(), self.exported([20.0])
        self.books.pay(move.exact_entry_guid, date=self.day)
        before = self.administration.ledger_cursor
        self.sandbox.faults.add("truncate", path="TransactionLines")
        self.job()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self.kinds(move), {"settled": 121.0})
        self.assertIn(self.administration.issue_code, ("answer_broken", "no_answer"))
        self.assertEqual(self.administration.ledger_cursor, before)
        self.job()  # though nothing changed meanwhile
        self.assertFalse(self.administration.issue_code)
        self.assertEqual(self.kinds(move), {"money": 121.0})
        # The same where it has to be caught up with, and a pause was made there.
        self.administration.sudo().ledger_behind = True
        self.books.pay(other.exact_entry_guid, date=self.day)
        error = LimitReached(None, "limit_errors", endpoint="TransactionLines")
        with patch.object(type(self.env["exact.ledger.feed"]), "_read") as mocked:
            mocked.side_effect = error
            self.job()
        self.assertEqual(mocked.call_count, 1)
        self.assertEqual(self.kinds(other), {"settled": 24.2})
        self.assertEqual(self.administration.issue_code, "limit_errors")

    def test_a_payment_on_an_invoice_of_a_branch(self):
        self.company.sudo().child_ids = [Command.create({"name": "Branch"})]
        branch = self.company.child_ids
        self.env.user.company_ids += branch
        self.cr.precommit.run()  # load the chart of accounts of the branch
        self.administration.keep_surplus = True
        move = self.exported(company_id=branch.id)
        self.assertEqual(move.company_id, branch)
        self.books.pay(move.exact_entry_guid, 60, date=self.day)
        self.check_payments()
        self.assertEqual(move.amount_residual, 61)
        self.books.pay(move.exact_entry_guid, 70)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        payments = self.env["account.payment"].search(
            [("exact_entry_id", "=", move.exact_entry_id.id)]
        )
        self.assertEqual(sorted(payments.mapped("amount")), [9, 60, 61])
        self.assertEqual(payments.company_id, branch)
        self.assertEqual(payments.journal_id, self.administration.payment_journal_id)
        for _match in range(2):
            self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")

    def test_a_thousand_changes_at_once(self):
        """More than a page of a feed, and than a batch; most are not of Odoo."""
        self.job()  # of today: no comparison is due
        moves = self.booked([100] * 60)
        theirs = self.books.entry(moves[0].exact_entry_guid)
        line = {
            "GLAccount": self.books.coded("gl_accounts", "700000")["ID"],
            "AmountFC": 50,
            "VATCode": self.vat_code,
        }
        for number in range(1000):
            by_hand = {"Customer": theirs["Customer"], "Journal": "70"}
            booked = self.books.book_sale(by_hand | {"YourRef": str(number)}, [line])
            self.books.pay(booked["EntryID"], date=self.day)
        for move in moves:
            self.books.pay(move.exact_entry_guid, date=self.day)
        self.administration.payment_share = 100
        self.sandbox.calls.clear()
        self.job()
        self.assertFalse(self.administration.issue_message)
        self.assertEqual(set(moves.mapped("payment_state")), {"paid"})
        payments = self.own(moves[0]) + self.own(moves[-1])
        self.assertEqual(payments.mapped("date"), [self.day] * 2)
        run = payments.exact_run_id
        self.assertEqual((len(run), run.total, run.payment_count), (1, 60, 60))
        # Each page of terms once, and of ledger lines no more than a check reads.
        paths = [call.rsplit("/", 1)[-1] for call in self.calls()]
        pages = -(-len(self.books.terms) // 1000)
        expected = {"Deleted": 1, "PaymentTerms": pages, "TransactionLines": 2}
        self.assertEqual(Counter(paths), expected)
        while self.administration.ledger_behind:
            self.job()
        of_these = [("exact_entry_id", "in", moves.exact_entry_id.ids)]
        self.assertEqual(self.env["account.payment"].search_count(of_these), 60)
        self.assertEqual(self.kinds(moves[0]), {"money": 121.0})

    def test_four_calls_however_many_changed(self):
        moves = [self.exported([amount]) for amount in (10.0, 20.0, 30.0)]
        self.check_payments()
        for move in moves:
            self.books.pay(move.exact_entry_guid)
        self.sandbox.calls.clear()
        self.check_payments()
        self.assertEqual(len(self.calls()), 3)
