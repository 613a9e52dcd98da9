from collections import defaultdict

from odoo import Command, api, fields, models

from ..exact.settlement import Source
from .guards import check_not_readonly

# Booked on the account for differences, not on the journal's own.
WRITE_OFFS = ("discount", "difference", "write_off", "tolerance")


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

    exact_source = fields.Char(
        "Entry in Exact",
        readonly=True,
        copy=False,
        help="Journal and number of the entry in Exact that it was settled by.",
    )
    exact_source_guid = fields.Char(readonly=True, copy=False, index="btree_not_null")
    exact_counter_id = fields.Many2one(
        "account.payment",
        "Taken back by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The payment that takes it back, where it could not be cancelled itself.",
    )
    exact_back_run_id = fields.Many2one(
        "exact.run",
        "Taken back in",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_not_readonly(self, vals, "exact_")
        return super().create(vals_list)

    def write(self, vals):
        check_not_readonly(self, vals, "exact_")
        return super().write(vals)

    # --- register ------------------------------------------------------------

    def _exact_register(
        self, parts: list[tuple[models.Model, Source]], run=None, match: bool = True
    ):
        """Register what Exact settled, and match it with its invoice.

        Created, posted and matched all together (design 6).

        :param parts: entry, and the part of it that was settled
        :param run: the check that found it
        :param match: not what is credit of the customer
        """
        payments = self.browse()
        if not parts:
            return payments
        payments = self.create(
            [self._exact_payment_values(entry, part, run) for entry, part in parts]
        )
        payments._exact_write_off()
        payments.action_post()
        # What does not go over the journal's own account has no bank to wait for.
        waiting = payments.filtered(lambda payment: payment.state != "paid")
        waiting.state = "paid"
        if match:
            payments._exact_reconcile()
        return payments

    def _exact_write_off(self) -> None:
        """Differences stand on their own account instead of the journal's.

        Odoo computes that account when a payment is made, so it is set afterwards.
        """
        for (administration, direction), payments in (
            self.filtered(
                lambda payment: payment.exact_kind in WRITE_OFFS and not payment.move_id
            )
            .grouped(
                lambda payment: (
                    payment.exact_entry_id.administration_id,
                    payment.payment_type,
                )
            )
            .items()
        ):
            account = administration._write_off_account(gain=direction == "outbound")
            if account:
                payments.outstanding_account_id = account

    def _exact_reconcile(self) -> None:
        """Match payments with the invoices of their entries, one set an invoice."""
        sets = defaultdict(lambda: self.browse())
        for payment in self:
            sets[payment.exact_entry_id] |= payment
        plan = []
        for entry, payments in sets.items():
            accounts = payments.destination_account_id
            lines = payments.move_id.line_ids + entry.move_id._exact_receivables()
            for account in accounts:
                ours = lines.filtered(
                    lambda line, account=account: (
                        line.account_id == account and not line.reconciled
                    )
                )
                plan.append(ours)
        self.env["account.move.line"]._reconcile_plan(plan)

    def _exact_payment_values(self, entry, part: Source, run=None) -> dict:
        """The values of a payment that stands for a part of what Exact settled."""
        move = entry.move_id
        journal = entry.administration_id.payment_journal_id
        inbound = move.is_inbound()
        methods = (
            journal.inbound_payment_method_line_ids
            if inbound
            else journal.outbound_payment_method_line_ids
        )
        values = {
            "payment_type": "inbound" if inbound else "outbound",
            "partner_type": "customer" if move.is_sale_document() else "supplier",
            "partner_id": move.commercial_partner_id.id,
            "amount": float(part.amount),
            "currency_id": move.currency_id.id,
            "date": part.paid_on or fields.Date.context_today(self),
            "journal_id": journal.id,
            "company_id": move.company_id.id,
            "payment_method_line_id": methods[:1].id,
            "destination_account_id": move._exact_receivables().account_id[:1].id,
            "memo": self._exact_memo(entry, part),
            "exact_entry_id": entry.id,
            "exact_kind": part.kind,
            "exact_source": part.reference,
            "exact_source_guid": part.guid or False,
            "exact_run_id": run.id if run else False,
        }
        if part.kind == "discount":
            values |= self._exact_discount_values(move, values)
        return values

    def _exact_memo(self, entry, part: Source) -> str:
        memo = self.env._(
            "%(invoice)s, Exact entry %(number)s",
            invoice=entry.move_id.name,
            number=entry.number,
        )
        return f"{memo} ({part.reference})" if part.reference else memo

    def _exact_discount_values(self, move, values: dict) -> dict:
        """The lines that Odoo itself makes for a discount for prompt payment."""
        company, currency = move.company_id, move.currency_id
        day = values["date"]
        sign = 1 if values["payment_type"] == "inbound" else -1
        amount = sign * values["amount"]
        balance = currency._convert(amount, company.currency_id, company, day)
        lines = move._exact_receivables()
        made = move._get_invoice_counterpart_amls_for_early_payment_discount(
            [
                {
                    "aml": line,
                    "amount_currency": -line.amount_currency,
                    "balance": -line.balance,
                }
                for line in lines
            ],
            balance,
        )
        # What a receivable is credited with is the other side of the discount.
        discount_lines = [vals for group in made.values() for vals in group]
        total = sum(vals["amount_currency"] for vals in discount_lines)
        if not discount_lines or currency.compare_amounts(total, amount):
            return {}
        account = lines.account_id[:1]
        receivable = {
            "name": values["memo"],
            "account_id": account.id,
            "partner_id": values["partner_id"],
            "currency_id": currency.id,
            "amount_currency": -amount,
            "balance": -sum(vals["balance"] for vals in discount_lines),
            "date_maturity": day,
        }
        lines = (receivable, *discount_lines)
        return {"line_ids": [Command.create(values) for values in lines]}

    def _exact_part(self) -> Source:
        """What it stands for, to be registered once more."""
        return Source(
            self.exact_source_guid or "",
            self.exact_kind,
            self.exact_entry_id.move_id._exact_decimal(self.amount),
            self.date,
            self.exact_source or "",
        )

    def _exact_name(self, source: Source) -> None:
        """Say what settled it; Exact told that later than that it was settled."""
        self.write(
            {
                "exact_kind": source.kind,
                "exact_source": source.reference,
                "exact_source_guid": source.guid,
                "memo": self._exact_memo(self.exact_entry_id, source),
            }
        )
