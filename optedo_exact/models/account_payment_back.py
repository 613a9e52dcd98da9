from odoo import Command, fields, models
from odoo.exceptions import UserError

from .guards import check_invoicing_right


class AccountPayment(models.Model):
    """Taking payments of the link back, by the link or by a person (product G2, G6)."""

    _inherit = "account.payment"

    def action_exact_take_back(self):
        """Take back what the link registered; it registers nothing there again by
        itself until somebody lets the invoice follow Exact again.

        :raises UserError: it is not a payment of the link that stands
        """
        check_invoicing_right(self.env)
        self.check_access("write")
        for payment in self.sudo():
            if (
                not payment.exact_entry_id
                or payment.exact_kind in (False, "manual", "counter")
                or payment.state not in ("in_process", "paid")
                or payment.exact_counter_id
            ):
                raise UserError(
                    self.env._(
                        "%s is not a payment from Exact Online that stands.",
                        payment.display_name,
                    )
                )
        self.sudo()._exact_withdraw()
        self.sudo().exact_entry_id._exact_pause_payments()
        return True

    def _exact_withdraw(self, run=None) -> None:
        """Take these payments back; where a lock date or a hash forbids it, by a
        payment in the open period that is matched with each.

        :param run: the check that found them taken back in Exact
        :raises UserError: somebody matched one of them with something else
        """
        if not self:
            return
        self._exact_check_not_held()
        if run:
            self.write({"exact_back_run_id": run.id})
        try:
            with self.env.cr.savepoint():
                self._exact_cancel()
        except UserError:
            self.env.invalidate_all(flush=False)
            for payment in self:
                payment._exact_withdraw_single(run)

    def _exact_elsewhere(self):
        """What somebody matched this payment with, beside the invoice it settles."""
        self.ensure_one()
        lines = self._exact_matched_lines()
        # An exchange difference, which Odoo makes, has no amount in the currency.
        partials = (lines.matched_debit_ids + lines.matched_credit_ids).filtered(
            lambda partial: (
                partial.debit_amount_currency or partial.credit_amount_currency
            )
        )
        others = (partials.debit_move_id + partials.credit_move_id - lines).move_id
        if self.exact_kind == "surplus":
            return others
        return others - self.exact_entry_id.move_id

    def _exact_check_not_held(self) -> None:
        """A matching that somebody made is not undone (product G2).

        :raises UserError: and with what it was matched
        """
        for payment in self:
            if others := payment._exact_elsewhere():
                raise UserError(
                    self.env._(
                        "%(payment)s was matched with %(others)s in Odoo. Undo that "
                        "matching first.",
                        payment=payment.display_name,
                        others=", ".join(others.mapped("display_name")),
                    )
                )

    def _exact_withdraw_single(self, run) -> None:
        try:
            with self.env.cr.savepoint():
                self._exact_cancel()
        except UserError:
            self.env.invalidate_all(flush=False)
            self._exact_counter(run)
        if run:
            self.write({"exact_back_run_id": run.id})

    def _exact_cancel(self) -> None:
        # Not by way of a draft: Odoo would then delete its entry, which it refuses to
        # some where that leaves a gap in the sequence.
        self.action_cancel()

    def _exact_counter(self, run) -> None:
        """Undo its matching, and post the opposite in the open period."""
        lines = self._exact_matched_lines()
        (lines.matched_debit_ids + lines.matched_credit_ids).unlink()
        counter = self.create(self._exact_counter_values(run))
        counter.action_post()
        counter.state = "paid"
        (lines + counter._exact_matched_lines()).reconcile()
        self.write({"exact_counter_id": counter.id})

    def _exact_matched_lines(self):
        """The line on the customer's or supplier's account."""
        return self.move_id.line_ids.filtered(
            lambda line: line.account_id == self.destination_account_id
        )

    def _exact_counter_values(self, run) -> dict:
        inbound = self.payment_type == "inbound"
        journal = self.journal_id
        methods = (
            journal.outbound_payment_method_line_ids
            if inbound
            else journal.inbound_payment_method_line_ids
        )
        memo = self.env._("Taken back: %s", self.memo or self.name)
        return {
            "payment_type": "outbound" if inbound else "inbound",
            "partner_type": self.partner_type,
            "partner_id": self.partner_id.id,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "date": fields.Date.context_today(self),
            "journal_id": journal.id,
            "company_id": self.company_id.id,
            "payment_method_line_id": methods[:1].id,
            "destination_account_id": self.destination_account_id.id,
            "memo": memo,
            "exact_entry_id": self.exact_entry_id.id,
            "exact_kind": "counter",
            "exact_source": self.exact_source,
            "exact_run_id": run.id if run else False,
            "line_ids": [
                Command.create(
                    {
                        "name": memo,
                        "account_id": line.account_id.id,
                        "partner_id": line.partner_id.id,
                        "currency_id": line.currency_id.id,
                        "amount_currency": -line.amount_currency,
                        "balance": -line.balance,
                    }
                )
                for line in self.move_id.line_ids
            ],
        }
