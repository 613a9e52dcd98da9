from odoo import fields, models

from ..exact import odata
from ..exact.settlement import Source
from .exact_open_item import CASH_FLOW
from .exact_payment_import import REFUSED

SURPLUS = "surplus"


class ExactAdministration(models.Model):
    _inherit = "exact.administration"

    keep_surplus = fields.Boolean(
        "Keep what was paid too much as credit",
        tracking=True,
        help="On: what a customer paid beyond an invoice, and is not matched in Exact "
        "yet, stands in Odoo as a payment of that customer that can be matched with "
        "another invoice; it goes away when Exact matches it or pays it back. Off: it "
        "is only shown on the customer and its invoices.",
    )
    surplus_due = fields.Boolean(
        readonly=True,
        copy=False,
        help="Something changed that what was paid too much does not follow yet.",
    )

    def write(self, vals):
        if "keep_surplus" in vals:
            self.sudo().surplus_due = True
        return super().write(vals)


class ExactPaymentImport(models.AbstractModel):
    """Keeps what was paid too much as credit of the customer, by choice (product G2).

    Too much is what is open of a bank entry that also settled an invoice of the link.
    """

    _inherit = "exact.payment.import"

    def _settle_besides(self, administration, run) -> tuple:
        run, changed = super()._settle_besides(administration, run)
        if not administration.surplus_due:
            return run, changed
        outdated, parts = self._surplus_changes(administration)
        run, more, refused = self._settle_surplus(outdated, parts, administration, run)
        administration.surplus_due = bool(refused)
        return run, changed | more

    def _settle_surplus(self, outdated, parts, administration, run) -> tuple:
        """Take back and register together; where Odoo refuses something, each
        invoice's alone.

        :return: the run, the entries that changed, and those that Odoo refused
        """
        entries = outdated.exact_entry_id
        for entry, _source in parts:
            entries |= entry
        try:
            run = self._change_surplus(outdated, parts, administration, run)
            return run, set(entries.ids), set()
        except REFUSED:
            self.env.invalidate_all(flush=False)
        refused = set()
        for entry in entries:
            try:
                run = self._change_surplus(
                    outdated.filtered(lambda p, e=entry: p.exact_entry_id == e),
                    [part for part in parts if part[0] == entry],
                    administration,
                    run,
                )
            except REFUSED as error:
                self._note_refused(entry, error)
                # The next check takes the note away, where it is over.
                entry.settle = True
                refused.add(entry.id)
        return run, set(entries.ids) - refused, refused

    def _change_surplus(self, outdated, parts, administration, run):
        """All of it or nothing; returns the run."""
        with self.env.cr.savepoint():
            if not run and (outdated or parts):
                run = run._exact_start_payments(administration)
            outdated._exact_withdraw(run)
            outdated._exact_register(parts, run, match=False)
        return run

    def _surplus_changes(self, administration) -> tuple:
        """What of the payments of surplus is not what is open of it in Exact.

        :return: the payments that have to go, and what has to come: entry and part
        """
        wanted = self._surplus(administration) if administration.keep_surplus else {}
        payments = self.env["account.payment"].sudo()
        standing = payments.search(
            [
                ("exact_entry_id.administration_id", "=", administration.id),
                ("exact_kind", "=", SURPLUS),
                ("state", "in", ("in_process", "paid")),
                ("exact_counter_id", "=", False),
            ]
        )
        outdated = payments
        for payment in standing:
            entry = payment.exact_entry_id
            if entry.payment_paused or entry.payment_manual:
                continue  # the link no longer touches it
            due = wanted.get(payment.exact_source_guid)
            if due and due[1].amount == odata.to_decimal(payment.amount):
                del wanted[payment.exact_source_guid]
            elif payment._exact_is_free():
                outdated |= payment
            else:  # somebody matched it with another invoice: that is theirs
                wanted.pop(payment.exact_source_guid, None)
        entries = self.env["exact.entry"].sudo()
        return outdated, [
            (entries.browse(entry_id), source) for entry_id, source in wanted.values()
        ]

    def _surplus(self, administration) -> dict[str, tuple[int, Source]]:
        """What is open of bank entries that settled invoices, by ledger line.

        A receipt in another currency than the invoice's is left to people, and so is
        what went the other way than what settled the invoice.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT item.line_guid, min(paid.entry_id), sum(item.amount),
                   min(item.entry_date), min(item.journal_code), min(item.entry_number)
              FROM exact_open_item item
              JOIN exact_ledger_line own
                ON own.administration_id = item.administration_id
               AND own.line_guid = item.line_guid
              JOIN LATERAL (
                    SELECT entry.id AS entry_id
                      FROM exact_ledger_line line
                      JOIN account_payment payment
                        ON payment.exact_source_guid = line.line_guid
                      JOIN exact_entry entry ON entry.id = payment.exact_entry_id
                      JOIN account_move move ON move.id = entry.move_id
                     WHERE line.administration_id = item.administration_id
                       AND line.entry_guid = item.entry_guid
                       AND line.account_guid = item.account_guid
                       AND sign(line.amount) = sign(own.amount)
                       AND entry.administration_id = item.administration_id
                       AND payment.state IN ('in_process', 'paid')
                       AND payment.exact_kind = 'money'
                       AND entry.payment_paused IS NOT TRUE
                       AND entry.payment_manual IS NOT TRUE
                       AND move.currency_id = item.currency_id
                  ORDER BY entry.id
                     LIMIT 1) paid ON TRUE
             WHERE item.administration_id = %s AND item.transaction_type = %s
               AND item.amount > 0
               AND item.status != 50 AND NOT item.fully_paid
          GROUP BY item.line_guid
            """,
            (administration.id, CASH_FLOW),
        )
        return {
            guid: (
                entry_id,
                Source(
                    guid,
                    SURPLUS,
                    odata.to_decimal(amount),
                    day,
                    f"{journal or ''} {number or ''}".strip(),
                ),
            )
            for guid, entry_id, amount, day, journal, number in self.env.cr.fetchall()
        }


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _exact_is_free(self) -> bool:
        """Whether nobody matched it with anything."""
        lines = self._exact_matched_lines()
        return not (lines.matched_debit_ids or lines.matched_credit_ids)
