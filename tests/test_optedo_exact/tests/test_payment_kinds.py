"""Not every settled item is money: what settled an invoice in Exact (product G7)."""

from ast import literal_eval
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo import Command, fields

from .common import ExactCommon


class PaymentCase(ExactCommon):
    connected = True

    def setUp(self):
        super().setUp()
        self.administration.import_payments = True
        self.day = fields.Date.today() - timedelta(days=1)

    def exported(self, *args, **kwargs):
        move = self.invoice(*args, **kwargs)
        self.assertEqual(self.export(move).state, "exported")
        return move

    def own(self, move):
        return self.env["exact.payment.import"]._own_payments(move.exact_entry_id)

    def kinds(self, move):
        return {p.exact_kind: p.amount for p in self.own(move)}

    def difference_account(self):
        account = self.company_data["default_account_expense"]
        self.administration.write_off_account_id = account
        return account

    def alerts(self, move):
        move.invalidate_recordset()
        return move._get_alerts()

    def that_differ(self):
        """The list of payments that differ from Exact."""
        action = self.env.ref("optedo_exact.exact_entry_payments_action")
        return self.env["exact.entry"].search(literal_eval(action.domain))

    def match_elsewhere(self, payment, other):
        """As a user does: undo the matching, and match with another invoice."""
        lines = payment._exact_matched_lines()
        (lines.matched_debit_ids + lines.matched_credit_ids).unlink()
        (lines + other._exact_receivables()).reconcile()

    def booked(self, amounts, currency=None):
        """Invoices, and credit notes below zero, as if the link had booked them."""
        currency = currency or self.company.currency_id
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice" if amount > 0 else "out_refund",
                    "partner_id": self.customer.id,
                    "invoice_date": fields.Date.today(),
                    "invoice_payment_term_id": False,
                    "currency_id": currency.id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Bread",
                                "price_unit": abs(amount),
                                "tax_ids": self.tax.ids,
                            }
                        )
                    ],
                }
                for amount in amounts
            ]
        )
        moves.action_post()
        account = self.books.accounts.one("Code", "2")["ID"]
        revenue = self.books.coded("gl_accounts", "700000")["ID"]
        for move, amount in zip(moves, amounts, strict=True):
            booked = self.books.book_sale(
                {
                    "Customer": account,
                    "Journal": "70",
                    "YourRef": move.name,
                    "Currency": currency.name,
                    "Rate": 1 / Decimal(str(move.invoice_currency_rate)),
                },
                [
                    {
                        "GLAccount": revenue,
                        "AmountFC": amount,
                        "VATCode": self.vat_code,
                    }
                ],
            )
            move.exact_entry_id.sudo().write(
                {
                    "administration_id": self.administration.id,
                    "state": "exported",
                    "guid": booked["EntryID"],
                    "number": str(booked["EntryNumber"]),
                    "settle": True,
                }
            )
            there = abs(self.books.balance(booked["EntryID"]))
            self.assertEqual(float(there), move.amount_total)
        return moves

    def booked_bill(self, amount=72.6, state="exported"):
        """A vendor bill that was booked in Exact, tied to its entry there, or a credit
        note below zero."""
        net = Decimal(str(round(amount / 1.21, 2)))
        amount = abs(amount)
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice" if net > 0 else "in_refund",
                "partner_id": self.customer.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Flour",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        bill.action_post()
        bill._exact_make_entries()
        supplier = self.books.accounts.one("Code", "3")["ID"]
        document = self.books.insert(
            "documents", Type=20, Subject="Bill", DocumentDate=None, Account=supplier
        )
        cost = self.books.coded("gl_accounts", "604000")["ID"]
        booked = self.books.book_purchase(
            document["ID"],
            supplier=supplier,
            lines=[{"GLAccount": cost, "AmountFC": net}],
        )
        total = self.books.balance(booked["EntryID"])
        self.assertAlmostEqual(float(abs(total)), amount)
        bill.exact_entry_id.sudo().write(
            {
                "administration_id": self.administration.id,
                "state": state,
                "guid": booked["EntryID"],
                "number": str(booked["EntryNumber"]),
                "settle": True,
            }
        )
        return bill


class TestPaymentKinds(PaymentCase):
    def test_money_keeps_date_and_source(self):
        move = self.exported()
        match = self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        [payment] = self.own(move)
        bank = self.books.bank_entries.get(match["BankEntry"])
        self.assertEqual(payment.exact_kind, "money")
        self.assertEqual(payment.exact_source, f"20 {bank['EntryNumber']}")
        self.assertIn(payment.exact_source, payment.memo)
        self.assertEqual(payment.date, self.day)
        self.assertEqual(payment.exact_run_id.kind, "payments")
        self.assertEqual(payment.exact_run_id.total, 1)

    def test_two_payments_between_two_checks_are_two(self):
        move = self.exported()
        self.books.pay(move.exact_entry_guid, 50, date=self.day - timedelta(days=3))
        self.books.pay(move.exact_entry_guid, 71, date=self.day)
        self.check_payments()
        own = self.own(move)
        self.assertEqual(own.mapped("amount"), [50.0, 71.0])
        self.assertEqual(own.mapped("date"), [self.day - timedelta(3), self.day])

    def test_a_write_off_stands_on_the_account_for_differences(self):
        account = self.difference_account()
        move = self.exported()
        self.books.pay(move.exact_entry_guid, 120, date=self.day)
        self.books.write_off(move.exact_entry_guid, date=self.day)
        self.check_payments()
        self.assertEqual(self.kinds(move), {"money": 120.0, "write_off": 1.0})
        self.assertEqual(move.payment_state, "paid")
        written_off = self.own(move).filtered(lambda p: p.exact_kind == "write_off")
        self.assertEqual(written_off.state, "paid")
        line = written_off.move_id.line_ids.filtered(
            lambda li: li.account_id == account
        )
        self.assertEqual(line.balance, 1.0)

    def test_a_bad_debt_of_any_size_is_a_write_off(self):
        account = self.difference_account()
        move = self.exported()
        self.books.write_off(move.exact_entry_guid, date=self.day)
        self.check_payments()
        self.assertEqual(self.kinds(move), {"write_off": 121.0})
        self.assertIn(account, self.own(move).move_id.line_ids.account_id)

    def test_a_debt_that_was_set_off_by_hand_is_no_loss(self):
        self.difference_account()
        move, small = self.exported(), self.exported([4.0])
        payables = self.books.coded("gl_accounts", "440000")["ID"]
        for one in (move, small):
            match = self.books.write_off(one.exact_entry_guid, date=self.day)
            [_party, counter] = self.books.postings(match["GeneralEntry"])
            self.books.update("transaction_lines", counter, GLAccount=payables)
        self.check_payments()
        self.assertEqual(self.kinds(small), {"write_off": 4.84})
        self.assertEqual(self.kinds(move), {"settled": 121.0})
        [payment] = self.own(move)
        self.assertEqual(payment.date, self.day)
        self.assertTrue(payment.exact_source)
        self.assertIn(payment.exact_source, payment.memo)
        clearing = self.administration.payment_journal_id.default_account_id
        self.assertIn(clearing, payment.move_id.line_ids.account_id)

    def test_a_write_off_on_a_credit_note_is_a_gain(self):
        account = self.difference_account()
        move = self.exported(move_type="out_refund")
        self.books.pay(move.exact_entry_guid, 120, date=self.day)
        self.books.write_off(move.exact_entry_guid, reason="difference")
        self.check_payments()
        self.assertEqual(self.kinds(move), {"money": 120.0, "difference": 1.0})
        difference = self.own(move).filtered(lambda p: p.exact_kind == "difference")
        lines = difference.move_id.line_ids
        line = lines.filtered(lambda line: line.account_id == account)
        self.assertEqual(line.balance, -1.0)

    def test_a_difference_in_our_favour_has_an_account_of_its_own(self):
        loss = self.difference_account()
        gain = self.company_data["default_account_revenue"]
        self.administration.write_off_gain_account_id = gain
        self.administration.payment_tolerance = 500
        move, bill = self.exported(), self.booked_bill()
        credit = self.exported(move_type="out_refund")
        for one in (move, bill, credit):
            self.books.pay(one.exact_entry_guid, one.amount_total - 2, date=self.day)
        self.check_payments()
        for one, account in ((move, loss), (bill, gain), (credit, gain)):
            self.assertEqual(one.payment_state, "paid")
            rest = self.own(one).filtered(lambda p: p.exact_kind == "tolerance")
            line = rest.move_id.line_ids.filtered(
                lambda li, a=account: li.account_id == a
            )
            self.assertEqual(line.balance, 2 if account == loss else -2)

    def test_a_discount_for_prompt_payment_has_odoos_own_lines(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        self.map("payment_term", term, "30")
        move = self.exported([100.0], invoice_payment_term_id=term.id)
        self.books.pay(move.exact_entry_guid, 118.58)
        self.books.write_off(move.exact_entry_guid, reason="discount")
        self.check_payments()
        self.assertEqual(self.kinds(move), {"money": 118.58, "discount": 2.42})
        self.assertEqual(move.payment_state, "paid")
        discount = self.own(move).filtered(lambda p: p.exact_kind == "discount")
        lines = discount.move_id.line_ids
        loss = self.company.account_journal_early_pay_discount_loss_account_id
        self.assertEqual(
            lines.filtered(lambda line: line.account_id == loss).balance, 2.0
        )
        self.assertEqual(lines.filtered("tax_repartition_line_id").balance, 0.42)

    def test_a_credit_note_is_matched_with_its_invoice(self):
        move = self.exported()
        credit = self.exported([40.0], move_type="out_refund")
        self.books.match_entries(move.exact_entry_guid, credit.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.amount_residual, 121 - 48.4)
        self.assertEqual(credit.amount_residual, 0)
        self.assertFalse(self.own(move) | self.own(credit))
        lines = move._exact_receivables()
        self.assertEqual(lines.matched_credit_ids.credit_move_id.move_id, credit)
        self.assertTrue(lines.matched_credit_ids.exact_made)
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.amount_residual, 121)
        self.assertEqual(credit.amount_residual, 48.4)

    def test_a_credit_note_and_money_at_once(self):
        move = self.exported()
        credit = self.exported([40.0], move_type="out_refund")
        self.books.match_entries(move.exact_entry_guid, credit.exact_entry_guid)
        self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(credit.amount_residual, 0)
        self.assertEqual(self.kinds(move), {"money": 72.6})

    def test_a_credit_note_on_many_invoices_holds_up_no_other(self):
        *moves, credit = self.booked([10] * 7 + [-60])
        *credited, paid = moves
        for move in credited:
            self.books.match_entries(move.exact_entry_guid, credit.exact_entry_guid)
        self.books.pay(paid.exact_entry_guid, date=self.day)
        self.check_payments()
        self.assertEqual(self.kinds(paid), {"money": 12.1})
        for move in (*moves, credit):
            self.assertEqual(move.amount_residual, 0)
            self.assertFalse(move.exact_entry_id.settle)
        self.assertFalse(self.own(credited[0]) | self.own(credit))

    def test_what_is_left_undone_is_looked_at_again(self):
        rounds = "odoo.addons.optedo_exact.models.exact_payment_import.ROUNDS"
        move = self.exported()
        self.books.pay(move.exact_entry_guid, date=self.day)
        with patch(rounds, 0):
            self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    def test_a_credit_note_that_odoo_does_not_know(self):
        move = self.exported()
        account = self.books.entry(move.exact_entry_guid)["Customer"]
        credit = self.books.book_sale(
            {"Customer": account, "Journal": "70", "YourRef": "by hand"},
            [
                {
                    "GLAccount": self.books.coded("gl_accounts", "700000")["ID"],
                    "AmountFC": -40,
                    "VATCode": "3",
                }
            ],
        )
        self.books.match_entries(move.exact_entry_guid, credit["EntryID"])
        self.check_payments()
        self.assertEqual(self.kinds(move), {"credit": 48.4})
        self.assertEqual(move.amount_residual, 72.6)

    def test_matched_in_odoo_only_is_shown_and_left_alone(self):
        move = self.exported()
        credit = self.exported([40.0], move_type="out_refund")
        (move + credit)._exact_receivables().reconcile()
        self.check_payments()
        self.assertEqual(move.amount_residual, 72.6)
        self.assertEqual(move.exact_entry_id.overlap, 48.4)
        self.assertEqual(move.exact_outstanding, 121)
        self.assertIn("exact_overlap", self.alerts(move))
        self.books.match_entries(move.exact_entry_guid, credit.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.exact_entry_id.overlap, 0)
        self.assertFalse(self.own(move) | self.own(credit))
        self.assertEqual(move.exact_outstanding, 72.6)

    def test_in_transit_leaves_the_invoice_open_and_says_so(self):
        move = self.exported()
        self.books.select(move.exact_entry_guid)
        self.books.process_selected(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertEqual(move.exact_entry_id.in_transit, 121)
        self.assertIn("bank", self.alerts(move)["exact_in_transit"]["message"])
        self.books.release(move.exact_entry_guid)
        self.check_payments()
        self.assertNotIn("exact_in_transit", self.alerts(move))

    def test_received_and_not_matched_is_said_on_customer_and_invoice(self):
        move = self.exported()
        account = self.books.entry(move.exact_entry_guid)["Customer"]
        receipt = self.books.receive(account, 121)
        self.check_payments()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertIn("121.00", self.alerts(move)["exact_received"]["message"])
        self.assertIn("121.00", self.customer.exact_unmatched_text)
        self.books.match_receipt(move.exact_entry_guid, receipt["EntryID"])
        self.check_payments()
        self.assertEqual(self.kinds(move), {"money": 121.0})
        self.assertNotIn("exact_received", self.alerts(move))

    def test_money_that_was_paid_out_was_not_received(self):
        self.administration.keep_surplus = True
        move, credit = self.exported(), self.exported([40.0], move_type="out_refund")
        self.books.pay(credit.exact_entry_guid)
        self.check_payments()
        self.books.take_back(credit.exact_entry_guid, keep_receipt=True)
        self.check_payments()
        self.assertEqual(credit.payment_state, "not_paid")
        self.assertNotIn("exact_received", self.alerts(move))
        self.assertNotIn("exact_received", self.alerts(credit))
        self.assertFalse(self.customer.exact_unmatched_text)
        self.assertFalse(self.env["account.payment"].search([("state", "=", "paid")]))

    def test_the_other_way_than_what_settled_is_no_credit(self):
        self.administration.keep_surplus = True
        move, credit = self.exported(), self.exported([40.0], move_type="out_refund")
        [paid] = [self.books.pay(move.exact_entry_guid)]
        out = self.books.pay(credit.exact_entry_guid)
        # One bank statement with both: the money in is matched, the money out is not.
        for table in ("transaction_lines", "terms"):
            name = "EntryID" if table == "transaction_lines" else "TransactionEntryID"
            for row in list(self.books.tables[table].by(name, out["BankEntry"])):
                self.books.update(table, row, **{name: paid["BankEntry"]})
        self.books.take_back(credit.exact_entry_guid, keep_receipt=True)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")
        surplus = [("exact_kind", "=", "surplus")]
        self.assertFalse(self.env["account.payment"].search(surplus))

    def test_paid_too_much_pays_the_invoice_and_shows_the_rest(self):
        move = self.exported()
        other = self.exported([10.0])
        self.books.pay(move.exact_entry_guid, 130)
        self.check_payments()
        self.assertEqual(self.kinds(move), {"money": 121.0})
        self.assertIn("9.00", self.alerts(other)["exact_received"]["message"])
        self.assertIn("9.00", self.alerts(move)["exact_rest"]["message"])
        # It is no concern of what was paid by another entry.
        later = self.exported([30.0])
        self.books.pay(later.exact_entry_guid)
        self.check_payments()
        self.assertEqual(later.payment_state, "paid")
        self.assertNotIn("exact_rest", self.alerts(later))
        [paid] = self.books.matches(move.exact_entry_guid)
        self.books.match_receipt(other.exact_entry_guid, paid["BankEntry"])
        self.check_payments()
        self.assertEqual(other.amount_residual, 3.1)
        self.assertNotIn("exact_rest", self.alerts(move))

    def test_where_exact_does_not_tell_it_is_settled_in_exact(self):
        self.sandbox.switches.change(offset_to_settlement=False)
        self.addCleanup(self.sandbox.switches.change, offset_to_settlement=True)
        move = self.exported()
        account = self.books.entry(move.exact_entry_guid)["Customer"]
        receipt = self.books.receive(account, 121)
        self.books.match_receipt(move.exact_entry_guid, receipt["EntryID"], self.day)
        self.check_payments()
        self.assertEqual(self.kinds(move), {"settled": 121.0})
        self.assertEqual(self.own(move).date, self.day)

    def blind(self, move):
        """A check that is told of a payment, and not by what."""
        self.administration.sudo().ledger_behind = True
        self.books.pay(move.exact_entry_guid, 70, date=self.day - timedelta(days=3))
        self.books.pay(move.exact_entry_guid, 50, date=self.day)
        self.books.write_off(move.exact_entry_guid, date=self.day)
        self.check_payments()
        self.assertEqual(self.kinds(move), {"settled": 121.0})
        self.administration.sudo().ledger_behind = False

    def test_several_that_came_as_one_become_what_they_are(self):
        account = self.difference_account()
        move = self.exported()
        self.blind(move)
        self.administration.sudo().ledger_read_at = False
        self.check_payments()
        own = self.own(move)
        self.assertEqual(
            sorted(zip(own.mapped("exact_kind"), own.mapped("amount"), strict=True)),
            [("money", 50), ("money", 70), ("write_off", 1)],
        )
        self.assertEqual(own.mapped("date"), [self.day - timedelta(3)] + [self.day] * 2)
        self.assertIn(account, own.move_id.line_ids.account_id)
        self.assertEqual(move.payment_state, "paid")
        self.check_payments()
        self.assertEqual(self.own(move), own)

    def test_what_came_as_one_stays_in_a_locked_period(self):
        move = self.exported()
        self.blind(move)
        [payment] = self.own(move)
        self.company.sudo().fiscalyear_lock_date = fields.Date.today()
        self.administration.sudo().ledger_read_at = False
        self.check_payments()
        self.assertEqual(self.own(move), payment)
        self.assertFalse(payment.exact_counter_id)
        self.assertEqual(move.payment_state, "paid")

    def test_what_settled_it_is_said_when_the_ledger_was_caught_up_with(self):
        move = self.exported()
        self.administration.sudo().ledger_behind = True
        self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        [payment] = self.own(move)
        self.assertEqual(payment.exact_kind, "settled")
        with self.enter_registry_test_mode():
            job = self.administration.payment_cron_id.sudo()
            self.assertIs(job.method_direct_trigger(), True)
        payment.invalidate_recordset()
        self.assertEqual(self.own(move), payment)
        self.assertEqual(payment.exact_kind, "money")
        self.assertTrue(payment.exact_source)

    def test_an_exchange_difference_is_odoos_own(self):
        currency = self.setup_other_currency("USD", rates=[("2020-01-01", 1.25)])
        self.env["res.currency.rate"].create(
            {"currency_id": currency.id, "name": self.day, "rate": 1.6}
        )
        before = self.day - timedelta(days=1)
        move = self.exported([100.0], currency_id=currency.id, invoice_date=before)
        self.books.pay(move.exact_entry_guid, date=self.day, rate=0.5)
        self.check_payments()
        self.assertEqual(self.kinds(move), {"money": 121.0})
        self.assertEqual(move.payment_state, "paid")
        # 121 were 96.80 when invoiced, and are 75.63 by Odoo's rate when paid.
        exchange = move._exact_receivables().matched_credit_ids.exchange_move_id
        line = exchange.line_ids.filtered(
            lambda line: line.account_id == move._exact_receivables().account_id
        )
        self.assertEqual(line.balance, -21.17)
        self.assertEqual(move._exact_receivables().amount_residual, 0)
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.amount_residual, 121.0)
        self.assertEqual(move._exact_receivables().amount_residual, 96.8)

    def test_what_the_bank_reconciliation_matched_is_left_alone(self):
        move = self.exported()
        journal = self.company_data["default_journal_bank"]
        statement = self.env["account.bank.statement.line"].create(
            {
                "journal_id": journal.id,
                "date": self.day,
                "payment_ref": move.name,
                "partner_id": self.customer.id,
                "amount": 100,
            }
        )
        _bank, suspense, _other = statement._seek_for_lines()
        suspense.account_id = move._exact_receivables().account_id
        (suspense + move._exact_receivables()).reconcile()
        self.check_payments()
        self.assertFalse(self.own(move))
        self.assertEqual(move.exact_entry_id.overlap, 100)
        self.books.pay(move.exact_entry_guid, date=self.day)
        self.check_payments()
        self.assertEqual(self.kinds(move), {"money": 21.0})
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(move.exact_entry_id.overlap, 0)
        self.books.take_back(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.amount_residual, 21)
        self.assertTrue(suspense.reconciled)

    def test_instalments(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now, half later",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )
        self.map("payment_term", term, "3T")
        self.env["exact.mapping"]._get(
            self.administration, "payment_term", term
        ).has_instalments = True
        move = self.exported([100.0], invoice_payment_term_id=term.id)
        self.assertEqual(len(self.books.open_items(move.exact_entry_guid)), 3)
        self.books.pay(move.exact_entry_guid, 70)
        self.check_payments()
        self.assertEqual(move.amount_residual, 51)
        residuals = move._exact_receivables().sorted("date_maturity")
        self.assertEqual(residuals.mapped("amount_residual"), [0, 51])
        self.books.pay(move.exact_entry_guid)
        self.check_payments()
        self.assertEqual(move.payment_state, "paid")

    def test_a_bill_that_stands_in_exact(self):
        self.follow_bill(self.booked_bill())

    def test_a_bill_that_came_from_exact(self):
        bill = self.booked_bill(state="imported")
        self.follow_bill(bill)
        self.books.take_back(bill.exact_entry_guid)
        self.check_payments()
        self.assertEqual(bill.amount_residual, 47.6)
        self.books.select(bill.exact_entry_guid)
        self.check_payments()
        self.assertIn("exact_in_transit", self.alerts(bill))
        self.assertIn(bill.exact_entry_id, self.that_differ())

    def test_a_bill_that_came_from_exact_is_checked_now(self):
        bill = self.booked_bill(state="imported")
        self.books.pay(bill.exact_entry_guid)
        self.assertTrue(bill.exact_follows_payments)
        with self.side_cursors() as env:
            bill.with_env(env).action_exact_check_payments()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(bill.payment_state, "paid")

    def test_a_bill_is_set_to_paid_by_hand_and_follows_again(self):
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_set_paid")
        # Nobody is paid by it, so it is no matter who pays suppliers.
        self.administration.supplier_payer = "exact"
        for state in ("exported", "imported"):
            bill = self.booked_bill(state=state)
            self.assertTrue(bill.exact_can_set_paid)
            bill._exact_set_paid("paid in cash", self.day)
            self.assertEqual(bill.payment_state, "paid")
            payment = self.env["account.payment"].search(
                [
                    ("exact_entry_id", "=", bill.exact_entry_id.id),
                    ("exact_kind", "=", "manual"),
                ]
            )
            self.assertEqual(payment.payment_type, "outbound")
            self.books.pay(bill.exact_entry_guid, 20, date=self.day)
            self.check_payments()
            self.assertEqual(bill.payment_state, "paid")
            bill.action_exact_unset_paid()
            self.check_payments()
            self.assertEqual(bill.amount_residual, 52.6)

    def follow_bill(self, bill):
        self.books.pay(bill.exact_entry_guid, 25, date=self.day)
        self.check_payments()
        self.assertEqual(bill.amount_residual, 47.6)
        [payment] = self.own(bill)
        self.assertEqual(payment.payment_type, "outbound")
        self.assertEqual(payment.partner_type, "supplier")
        self.assertEqual(payment.exact_kind, "money")
        self.assertEqual(payment.date, self.day)
        self.books.pay(bill.exact_entry_guid)
        self.check_payments()
        self.assertEqual(bill.payment_state, "paid")

    def test_a_credit_that_a_person_took_back_does_not_come_again(self):
        self.administration.keep_surplus = True
        move = self.exported()
        self.books.pay(move.exact_entry_guid, 130)
        self.check_payments()
        surplus = [("exact_kind", "=", "surplus")]
        credit = self.env["account.payment"].search(surplus)
        credit.action_exact_take_back()
        other = self.exported([5.0])
        self.books.pay(other.exact_entry_guid)
        self.administration.sudo().payment_cursor = "1"
        self.check_payments()
        self.assertEqual(self.env["account.payment"].search(surplus), credit)
        self.assertEqual(credit.state, "canceled")
        self.assertEqual(other.payment_state, "paid")

    def test_what_was_paid_too_much_is_kept_as_credit_by_choice(self):
        self.administration.keep_surplus = True
        move, other = self.exported(), self.exported([5.0])
        self.books.pay(move.exact_entry_guid, 130)
        self.check_payments()
        credit = self.env["account.payment"].search([("exact_kind", "=", "surplus")])
        self.assertEqual(credit.amount, 9)
        self.assertTrue(credit._exact_is_free())
        self.check_payments()
        self.assertEqual(credit.state, "paid")
        # Matched in Exact: the credit goes, the invoice gets its payment.
        bank = self.books.matches(move.exact_entry_guid)[0]["BankEntry"]
        self.books.match_receipt(other.exact_entry_guid, bank)
        self.check_payments()
        self.assertEqual(other.payment_state, "paid")
        credits = self.env["account.payment"].search(
            [("exact_kind", "=", "surplus"), ("state", "=", "paid")]
        )
        self.assertAlmostEqual(sum(credits.mapped("amount")), 9 - 6.05)
        self.administration.keep_surplus = False
        self.check_payments()
        credits.invalidate_recordset()
        self.assertEqual(credits.state, "canceled")
        self.assertEqual(move.payment_state, "paid")
