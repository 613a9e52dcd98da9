from odoo import api, fields, models
from odoo.tools import format_date

from ..exact.settlement import MATCHED
from .exact_open_item import CASH_FLOW, RECEIVABLE
from .guards import check_invoicing_right


class AccountMove(models.Model):
    """What Exact says of the payments of an invoice (product G)."""

    _inherit = "account.move"

    exact_outstanding = fields.Monetary(
        "Open in Exact",
        compute="_compute_exact_outstanding",
        help="What of it is still open in Exact, as of the last check of payments.",
    )

    @api.depends("exact_entry_id.outstanding", "exact_entry_id.state")
    def _compute_exact_outstanding(self):
        for move in self:
            move.exact_outstanding = move.exact_entry_id.sudo().outstanding

    def action_exact_follow_payments(self):
        """Let the payments follow Exact again, after they were taken back by hand."""
        check_invoicing_right(self.env)
        self.check_access("write")
        entries = self.sudo().exact_entry_id.filtered("payment_paused")
        entries._exact_follow_again({"payment_paused": False})
        entries._exact_log("follow_payments")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _exact_is_discount(self, amount, day) -> bool:
        """Whether a difference is the discount for prompt payment that was promised."""
        if not self.invoice_payment_term_id.early_discount or len(self) != 1:
            return False
        lines = self._exact_receivables()
        until = lines[:1].discount_date
        discounted = sum(lines.mapped("discount_amount_currency"))
        promised = abs(sum(lines.mapped("amount_currency"))) - abs(discounted)
        return (
            len(lines) == 1
            and (not day or not until or day <= until)
            and self.currency_id.compare_amounts(float(amount), promised) == 0
        )

    # --- what the form says --------------------------------------------------

    @api.depends(
        "exact_entry_id.overlap",
        "exact_entry_id.surplus",
        "exact_entry_id.astray",
        "exact_entry_id.in_transit",
        "exact_entry_id.payment_paused",
    )
    def _compute_alerts(self):
        # EXTENDS optedo_exact: more makes them change
        return super()._compute_alerts()

    def _get_alerts(self):
        # EXTENDS optedo_exact
        return super()._get_alerts() | self._exact_alerts_of_payments()

    def _exact_alerts_of_payments(self) -> dict:
        """What Exact and Odoo do not have alike, each with its amount."""
        entry = self.exact_entry_id.sudo()
        if not entry.guid:
            return {}
        found = {}
        if entry.payment_paused:
            found["exact_paused"] = {
                "level": "warning",
                "message": self.env._(
                    "Payments of this invoice were taken back by hand. It no longer "
                    "follows Exact."
                ),
                "action_text": self.env._("Follow Exact again"),
                "action": self._exact_server_action("exact_follow_payments_action"),
            }
        amounts = {
            "overlap": self.env._(
                "%s were matched in Odoo and are still open in Exact. Match them there "
                "too."
            ),
            "surplus": self.env._(
                "%s more were settled in Exact than are open in Odoo."
            ),
            "in_transit": self.env._("%s are being processed by the bank."),
        }
        for name, words in amounts.items():
            amount = entry[name]
            if amount:
                found[f"exact_{name}"] = {
                    "level": "info",
                    "message": words % self.currency_id.format(amount),
                }
        return (
            found
            | self._exact_alert_of_astray()
            | self._exact_alert_of_receipts()
            | self._exact_alert_of_dates()
        )

    def _exact_alert_of_astray(self) -> dict:
        """Payments of the link that somebody matched with something else (G2)."""
        entry = self.exact_entry_id.sudo()
        if not entry.astray:
            return {}
        others = self.browse()
        for payment in self.env["exact.payment.import"]._own_payments(entry):
            others |= payment._exact_elsewhere().sudo(False)
        words = self.env._(
            "%(amount)s of the payments from Exact were matched in Odoo with something "
            "else: %(others)s. Undo that matching, and they follow Exact again.",
            amount=self.currency_id.format(entry.astray),
            others=", ".join(others._filtered_access("read").mapped("display_name")),
        )
        return {"exact_astray": {"level": "warning", "message": words}}

    def _exact_alert_of_receipts(self) -> dict:
        """Money that Exact received from the customer and did not match (G8)."""
        if self.payment_state in ("paid", "in_payment", "reversed"):
            return self._exact_alert_of_rest()
        customer = self._exact_customer()
        amount = customer._exact_unmatched(
            self.exact_administration_id, self.currency_id
        )
        if not amount:
            return {}
        words = self.env._(
            "%(amount)s of %(partner)s were received in Exact and not matched with an "
            "invoice yet.",
            amount=self.currency_id.format(amount),
            partner=customer.display_name,
        )
        return {"exact_received": {"level": "warning", "message": words}}

    def _exact_alert_of_rest(self) -> dict:
        """What was received with the payment of this invoice, and beyond it (G2)."""
        administration = self.exact_administration_id
        guids = (
            self.env["exact.payment.import"]
            ._own_payments(self.exact_entry_id.sudo())
            .mapped("exact_source_guid")
        )
        lines = (
            self.env["exact.ledger.line"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", administration.id),
                    ("line_guid", "in", guids),
                ]
            )
        )
        amount = self._exact_customer()._exact_unmatched(
            administration, self.currency_id, lines.mapped("entry_guid")
        )
        if not amount:
            return {}
        words = self.env._(
            "%s more were received in Exact with the payment of this invoice, and not "
            "matched with another one yet.",
            self.currency_id.format(amount),
        )
        return {"exact_rest": {"level": "info", "message": words}}

    def _exact_alert_of_dates(self) -> dict:
        """Payments whose entry Odoo moved out of a locked period."""
        payments = self.env["exact.payment.import"]._own_payments(
            self.exact_entry_id.sudo()
        )
        moved = payments.filtered(lambda p: p.move_id.date != p.date)
        if not moved:
            return {}
        words = self.env._(
            "Paid on %(dates)s in Exact; that period is locked in Odoo, where it is "
            "booked on %(booked)s.",
            dates=", ".join(format_date(self.env, p.date) for p in moved),
            booked=", ".join(format_date(self.env, p.move_id.date) for p in moved),
        )
        return {"exact_locked": {"level": "info", "message": words}}


class ResPartner(models.Model):
    _inherit = "res.partner"

    exact_unmatched_text = fields.Char(
        "Received in Exact, not matched yet", compute="_compute_exact_unmatched_text"
    )

    @api.depends_context("company", "lang")
    def _compute_exact_unmatched_text(self):
        administration = self.env.company.sudo().exact_administration_id
        for partner in self:
            amounts = partner.commercial_partner_id._exact_unmatched_amounts(
                administration
            )
            partner.exact_unmatched_text = ", ".join(
                currency.format(amount) for currency, amount in amounts.items()
            )

    def _exact_unmatched(self, administration, currency, entries=None) -> float:
        """What Exact received of this customer and did not match, in a currency.

        :param entries: only what was received in these entries
        """
        amounts = self._exact_unmatched_amounts(administration, entries)
        return amounts.get(currency, 0.0)

    def _exact_unmatched_amounts(self, administration, entries=None) -> dict:
        """By currency; customers only, what was paid to suppliers is not theirs.

        Terms have no sign: their ledger lines tell what was received from what was paid
        back. Where there is none, nothing is said.
        """
        accounts = self.env["exact.account"].sudo()
        guids = accounts.search(
            [
                ("administration_id", "=", administration.id),
                ("partner_id", "in", self.ids),
                ("guid", "!=", False),
            ]
        ).mapped("guid")
        if not guids or entries == []:
            return {}
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT item.currency_id, sum(item.amount)
              FROM exact_open_item item
              JOIN exact_ledger_line line
                ON line.administration_id = item.administration_id
               AND line.line_guid = item.line_guid AND line.amount < 0
             WHERE item.administration_id = %(administration)s
               AND item.account_guid = ANY(%(accounts)s)
               AND item.transaction_type = %(money)s
               AND item.line_type = %(receivable)s
               AND item.status != %(matched)s AND item.fully_paid IS NOT TRUE
               AND item.currency_id IS NOT NULL
               AND (%(entries)s::varchar[] IS NULL
                    OR item.entry_guid = ANY(%(entries)s::varchar[]))
          GROUP BY item.currency_id
            """,
            {
                "administration": administration.id,
                "accounts": guids,
                "money": CASH_FLOW,
                "receivable": RECEIVABLE,
                "matched": MATCHED,
                "entries": entries,
            },
        )
        currencies = self.env["res.currency"]
        rows = self.env.cr.fetchall()
        return {currencies.browse(key): float(amount) for key, amount in rows}


class ExactEntry(models.Model):
    _inherit = "exact.entry"

    def _exact_follow_again(self, values: dict) -> None:
        """The next check looks at all that Exact settled, also beyond the invoices."""
        self.write(values | {"settle": True})
        keeping = self.administration_id.filtered("keep_surplus")
        keeping.surplus_due = True

    def _exact_pause_payments(self) -> None:
        """A person took payments back: nothing is registered again by itself."""
        entries = self.filtered(lambda entry: not entry.payment_paused)
        entries.sudo().payment_paused = True
        entries._exact_log("pause_payments")
