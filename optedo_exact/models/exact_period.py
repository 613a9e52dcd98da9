from datetime import timedelta

from odoo import fields, models

from ..exact import odata
from ..exact.periods import Period

PERIODS = "financial/FinancialPeriods"
STATUSES = "read/financial/JournalStatusList"
CLOSED = 1
# How long a list counts as fresh.
FRESH = timedelta(hours=1)
# Years that are read beside the current one; older ones count as closed.
YEARS_BACK = 1


class ExactPeriod(models.Model):
    """A financial period of Exact, with the journals that are closed in it."""

    _name = "exact.period"
    _description = "Exact Online Period"
    _order = "administration_id, year desc, number desc"

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="administration_id.company_id", store=True)
    year = fields.Integer(required=True, readonly=True, aggregator=False)
    number = fields.Integer("Period", required=True, readonly=True, aggregator=False)
    start_date = fields.Date("From", required=True, readonly=True)
    end_date = fields.Date("To", required=True, readonly=True)
    closed_journals = fields.Json(
        readonly=True, help="Codes of the journals that take no bookings in it."
    )

    _period_uniq = models.Constraint("UNIQUE(administration_id, year, number)")

    # --- asked by others -----------------------------------------------------

    def _of_journal(self, administration, journal: str) -> list[Period]:
        """The periods of an administration as one of its journals has them."""
        return [
            Period(
                row.year,
                row.number,
                row.start_date,
                row.end_date,
                journal in (row.closed_journals or []),
            )
            for row in administration.sudo().period_ids
        ]

    def _refresh(self, administration, client, fresh: timedelta = FRESH) -> None:
        """Read the lists of Exact where they are older than an hour.

        :param fresh: how long a list still counts, where that is another time
        :raises ExactError: they could not be read; the former ones stay
        """
        read_at = administration.sudo().periods_read_at
        if read_at and read_at > fields.Datetime.now() - fresh:
            return
        year = fields.Date.context_today(self).year - YEARS_BACK
        periods = list(
            client.rows(
                PERIODS,
                ["FinYear", "FinPeriod", "StartDate", "EndDate"],
                f"FinYear ge {year}",
            )
        )
        statuses = client.rows(
            STATUSES, ["Journal", "Year", "Period", "Status"], f"Year ge {year}"
        )
        closed: dict[tuple, list[str]] = {}
        for row in statuses:
            if row["Status"] == CLOSED:
                closed.setdefault((row["Year"], row["Period"]), []).append(
                    row["Journal"]
                )
        # Written first: who reads them at the same time then fails here and looks
        # again, and no period is made twice.
        administration.sudo().periods_read_at = fields.Datetime.now()
        administration.flush_recordset(["periods_read_at"])
        self.sudo()._take_over(administration, periods, closed)

    def _take_over(self, administration, periods: list[dict], closed: dict) -> None:
        known = {
            (period.year, period.number): period
            for period in self.search([("administration_id", "=", administration.id)])
        }
        new = []
        for row in periods:
            key = (row["FinYear"], row["FinPeriod"])
            values = {
                "start_date": odata.to_date(row["StartDate"]),
                "end_date": odata.to_date(row["EndDate"]),
                "closed_journals": sorted(closed.get(key, [])),
            }
            if period := known.pop(key, None):
                if any(period[name] != value for name, value in values.items()):
                    period.write(values)
            else:
                year, number = key
                new.append(
                    values
                    | {
                        "administration_id": administration.id,
                        "year": year,
                        "number": number,
                    }
                )
        self.create(new)
        self.union(*known.values()).unlink()


class ExactAdministration(models.Model):
    _inherit = "exact.administration"

    period_ids = fields.One2many("exact.period", "administration_id")
    periods_read_at = fields.Datetime("Periods read on", readonly=True, copy=False)
