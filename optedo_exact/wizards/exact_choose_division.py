from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact.errors import ExactError
from ..models import issues

SELECT = ["Code", "Hid", "Description", "Currency", "Country", "VATNumber", "Status"]


class ExactChooseDivision(models.TransientModel):
    """Choose the administration of Exact that a company is booked in (product A4)."""

    _name = "exact.choose.division"
    _description = "Choose the Administration of Exact Online"

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="administration_id.company_id")
    line_ids = fields.One2many("exact.choose.division.line", "wizard_id")
    exported_count = fields.Integer(compute="_compute_exported_count")

    @api.depends("administration_id")
    def _compute_exported_count(self):
        for wizard in self:
            wizard.exported_count = self.env["exact.entry"].search_count(
                [
                    ("administration_id", "=", wizard.administration_id.id),
                    ("guid", "!=", False),
                ]
            )

    def _action_open(self):
        """Ask Exact which administrations the login may use, and show them."""
        self.ensure_one()
        connection = self.administration_id.connection_id
        try:
            client = self.administration_id._client(urgent=True)
            # Any division gives access to the list; the user's own is always there.
            client.division = client.me()["CurrentDivision"]
            rows = list(client.rows("system/Divisions", SELECT))
        except ExactError as error:
            raise connection._user_error(error) from error
        self.line_ids = [
            fields.Command.create(
                {
                    "division": row["Code"],
                    "name": row["Description"],
                    "country": row.get("Country"),
                    "currency": row.get("Currency"),
                    "vat": row.get("VATNumber"),
                }
            )
            for row in rows
        ]
        return self._action_show()

    def _action_show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose the administration"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }


class ExactChooseDivisionLine(models.TransientModel):
    _name = "exact.choose.division.line"
    _description = "Administration of Exact Online to Choose"
    _order = "division"

    wizard_id = fields.Many2one(
        "exact.choose.division", required=True, ondelete="cascade"
    )
    division = fields.Integer("Number", aggregator=False)
    name = fields.Char()
    country = fields.Char()
    currency = fields.Char()
    vat = fields.Char("VAT number")
    other_vat = fields.Boolean(compute="_compute_other_vat")

    @api.depends("vat", "wizard_id.company_id.vat")
    def _compute_other_vat(self):
        for line in self:
            here = _digits(line.wizard_id.company_id.vat)
            there = _digits(line.vat)
            line.other_vat = bool(here and there and here != there)

    def action_choose(self):
        """Tie the company to this administration and read its lists.

        :raises UserError: it keeps its books in another currency
        """
        self.ensure_one()
        administration = self.wizard_id.administration_id
        administration._check_manager()
        company = administration.company_id
        if self.currency and self.currency != company.currency_id.name:
            raise UserError(
                issues.sentence(
                    self.env,
                    "currency_differs",
                    {
                        "name": f"{self.division} {self.name}",
                        "there": self.currency,
                        "company": company.display_name,
                        "here": company.currency_id.name,
                    },
                )
            )
        chosen = administration.sudo()._set_division(self.division, self.name)
        # What follows calls Exact, and its limiter looks at the administration from
        # beside this transaction.
        self.env["ir.cron"]._commit_progress()
        chosen = chosen.with_env(self.env)
        chosen.action_read_references()
        if chosen == administration:
            return {"type": "ir.actions.act_window_close"}
        return chosen._action_form()


def _digits(vat: str | bool) -> str:
    """A VAT number without blanks, points and the country's prefix."""
    return "".join(c for c in vat or "" if c.isdigit())
