from odoo import fields, models

from ..exact import periods as core
from ..exact import states
from ..exact.catalogue import PERIOD_CLOSED
from ..exact.periods import Period
from .guards import INVOICING


class AccountMove(models.Model):
    """In which period of Exact an invoice is booked (product F2, F7)."""

    _inherit = "account.move"

    def _exact_period_day(self):
        """The day whose period counts: that of the books, not of the paper.

        Under a lock date Odoo books an invoice later than it is dated, which it does
        when it is confirmed.
        """
        day = self.date or self.invoice_date or fields.Date.context_today(self)
        if self.state != "draft":
            return day
        taxed = self._affect_tax_report()
        locks = self._get_violated_lock_dates(day, taxed)
        return self._get_accounting_date(day, taxed, locks) if locks else day

    def _exact_period_status(self, administration) -> tuple[Period | None, str]:
        """The period that this invoice is booked in, and whether it takes bookings.

        Where nobody could read the periods yet, Exact itself has to say so.
        """
        entry, day = self.exact_entry_id.sudo(), self._exact_period_day()
        journal = self._exact_journal_code(administration)
        periods = self.env["exact.period"]._of_journal(administration, journal)
        if not periods:
            return None, core.OPEN
        if entry.period_number:
            chosen = core.numbered(periods, entry.period_year, entry.period_number)
            if chosen:
                return chosen, core.status_of(periods, chosen)
        return core.period_of(periods, day), core.status(periods, day)

    def _exact_period_name(self, period: Period | None) -> str:
        """A period as people write it; by the calendar where Exact has none."""
        return period.name if period else f"{self._exact_period_day():%Y-%m}"

    def _exact_first_open_period(self, administration) -> Period | None:
        """The first period behind that of this invoice that takes bookings."""
        journal = self._exact_journal_code(administration)
        periods = self.env["exact.period"]._of_journal(administration, journal)
        return core.first_open_after(periods, self._exact_period_day())

    def _exact_reporting_period(
        self, administration, journal: str
    ) -> tuple[int, int] | None:
        """Year and number to send along, ``None`` where the date says them."""
        period, _status = self._exact_period_status(administration)
        periods = self.env["exact.period"]._of_journal(administration, journal)
        if not period or period == core.period_of(periods, self.invoice_date):
            return None
        return period.year, period.number

    # --- a person decides ----------------------------------------------------

    def action_exact_choose_period(self):
        """Ask what becomes of invoices whose period is closed (product F7)."""
        self._exact_check_may_book()
        return self.env["exact.choose.period"]._open(self)

    def _exact_has_closed_period(self) -> bool:
        """Whether a person has to say in which period this invoice is booked.

        Also where Exact refused it for that reason, before the list here knew.
        """
        entry = self.exact_entry_id.sudo()
        return entry.state == states.CLOSED or (
            entry.state == states.REJECTED and entry.issue_code == PERIOD_CLOSED
        )

    # --- the way out ---------------------------------------------------------

    def _exact_way_out(self, entry) -> dict:
        # EXTENDS: a closed period asks for a decision.
        if self._exact_has_closed_period():
            return self._exact_offer(
                self.env._("Choose what to do"),
                self._exact_server_action("exact_choose_period_action"),
                INVOICING,
            )
        return super()._exact_way_out(entry)
