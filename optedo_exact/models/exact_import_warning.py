from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

RECENT = relativedelta(months=3)


class ExactAdministration(models.Model):
    """Payments from Exact beside bank statements in Odoo count twice (product B4)."""

    _inherit = "exact.administration"

    @api.onchange("import_payments")
    def _onchange_import_payments(self):
        if self.import_payments and not self._origin.import_payments:
            return self._origin._statement_warning()
        return None

    def _statement_warning(self) -> dict | None:
        """The warning that names bank journals with recent statement lines.

        :return: what an onchange returns; nothing where there are none
        """
        since = fields.Date.context_today(self) - RECENT
        groups = (
            self.env["account.bank.statement.line"]
            .sudo()
            ._read_group(
                [
                    ("company_id", "in", self._origin._locations().ids),
                    ("date", ">=", since),
                    ("journal_id", "!=", self.payment_journal_id.id),
                ],
                ["journal_id"],
            )
        )
        if not groups:
            return None
        return {
            "warning": {
                "title": self.env._("The bank is reconciled in Odoo too"),
                "message": self.env._(
                    "%s: bank statements of the last three months stand in Odoo. Who "
                    "pays would be seen twice, once by the statement and once by the "
                    "payment that comes from Exact. Let the bank be booked in one "
                    "place: stop the statements in Odoo, or leave this off.",
                    ", ".join(journal.display_name for [journal] in groups),
                ),
            }
        }
