from datetime import date
from decimal import Decimal

from odoo import api, fields, models

from .guards import check_not_readonly


class AccountPayment(models.Model):
    _inherit = "account.payment"

    exact_entry_id = fields.Many2one(
        "exact.entry",
        "From Exact Online",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The booking in Exact whose settlement this payment follows.",
    )
    exact_kind = fields.Selection(
        [
            ("money", "Received or paid"),
            ("credit", "Credit note in Exact"),
            ("discount", "Discount for prompt payment"),
            ("difference", "Payment difference"),
            ("write_off", "Written off in Exact"),
            ("settled", "Settled in Exact"),
            ("tolerance", "Within the tolerance"),
            ("surplus", "Received too much"),
            ("manual", "Set to paid by hand"),
            ("counter", "Takes a payment back"),
        ],
        "Settled in Exact by",
        readonly=True,
        copy=False,
        help="What settled it in Exact; 'Settled in Exact' where that is not known.",
    )
    exact_run_id = fields.Many2one(
        "exact.run",
        "Check of payments",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The check that registered it; all of one check can be undone at once.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_not_readonly(self, vals, "exact_")
        return super().create(vals_list)

    def write(self, vals):
        check_not_readonly(self, vals, "exact_")
        return super().write(vals)

    def _exact_register(
        self, settled: list[tuple[models.Model, Decimal, date | None]]
    ) -> None:
        """Register payments that Exact received, and match each with its invoice.

        :param settled: entry, amount in the invoice's currency, date in Exact; all
            payments are created, posted and matched together
        """
        if not settled:
            return
        payments = self.create(
            [self._exact_payment_values(*payment) for payment in settled]
        )
        payments.action_post()
        plan = []
        for payment, (entry, _amount, _date) in zip(payments, settled, strict=True):
            invoice_lines = entry.move_id._exact_receivables()
            lines = payment.move_id.line_ids + invoice_lines
            plan.append(
                lines.filtered(
                    lambda line, account=payment.destination_account_id: (
                        line.account_id == account and not line.reconciled
                    )
                )
            )
        self.env["account.move.line"]._reconcile_plan(plan)

    def _exact_register_by_hand(self, entries, paid_on: date) -> None:
        """Register what is left of invoices as paid by a person (product G3)."""
        payments = self.create(
            [
                self._exact_payment_values(
                    entry, abs(entry.move_id.amount_residual), paid_on
                )
                | {
                    "exact_kind": "manual",
                    "memo": self.env._("%s, set to paid by hand", entry.move_id.name),
                }
                for entry in entries
            ]
        )
        payments.action_post()
        self.env["account.move.line"]._reconcile_plan(
            [
                (
                    payment.move_id.line_ids
                    + payment.exact_entry_id.move_id._exact_receivables()
                ).filtered(
                    lambda line, account=payment.destination_account_id: (
                        line.account_id == account and not line.reconciled
                    )
                )
                for payment in payments
            ]
        )

    def _exact_payment_values(self, entry, amount: Decimal, paid_on) -> dict:
        move = entry.move_id
        journal = entry.administration_id.payment_journal_id
        inbound = move.is_inbound()
        methods = (
            journal.inbound_payment_method_line_ids
            if inbound
            else journal.outbound_payment_method_line_ids
        )
        return {
            "payment_type": "inbound" if inbound else "outbound",
            "partner_type": "customer",
            "partner_id": move.commercial_partner_id.id,
            "amount": float(amount),
            "currency_id": move.currency_id.id,
            "date": paid_on or fields.Date.context_today(self),
            "journal_id": journal.id,
            "company_id": move.company_id.id,
            "payment_method_line_id": methods[:1].id,
            "destination_account_id": move._exact_receivables().account_id[:1].id,
            "memo": self.env._(
                "%(invoice)s, Exact entry %(number)s",
                invoice=move.name,
                number=entry.number,
            ),
            "exact_entry_id": entry.id,
        }

    def _exact_take_back(self, entry, amount: Decimal, paid_on) -> None:
        """Withdraw ``amount`` of the link's own payments, newest first.

        A payment is withdrawn whole; what was withdrawn too much is registered again.
        """
        own = self.env["exact.payment.import"]._own_payments(entry)
        taken = Decimal(0)
        for payment in reversed(own):
            if taken >= amount:
                break
            taken += entry.move_id._exact_decimal(payment.amount)
            payment.action_draft()
            payment.action_cancel()
        if taken > amount:
            self._exact_register([(entry, taken - amount, paid_on)])
