from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact.errors import ExactError
from ..models import issues
from ..models.guards import check_not_readonly

SELECT = ["Code", "Hid", "Description", "Currency", "Country", "VATNumber", "Status"]


class ExactChooseDivision(models.TransientModel):
    """Choose the administration of Exact that a company is booked in (product A4)."""

    _name = "exact.choose.division"
    _description = "Choose the Administration of Exact Online"
    _inherit = ["exact.dialog.mixin"]

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
        except ExactError as error:
            raise connection._user_error(error) from error
        rows = connection._read_divisions(SELECT, client)
        self.sudo().line_ids = [
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
        return self._action_dialog(self.env._("Choose the administration"))


class ExactChooseDivisionLine(models.TransientModel):
    """What Exact answered; users choose one, they do not fill it in."""

    _name = "exact.choose.division.line"
    _description = "Administration of Exact Online to Choose"
    _inherit = ["exact.dialog.mixin"]
    _order = "division"

    wizard_id = fields.Many2one(
        "exact.choose.division", required=True, readonly=True, ondelete="cascade"
    )
    division = fields.Integer("Number", readonly=True, aggregator=False)
    name = fields.Char(readonly=True)
    country = fields.Char(readonly=True)
    currency = fields.Char(readonly=True)
    vat = fields.Char("VAT number", readonly=True)
    company_id = fields.Many2one(related="wizard_id.company_id")
    company_vat = fields.Char(related="company_id.vat", string="VAT number in Odoo")
    other_vat = fields.Boolean(compute="_compute_questions")
    other_country = fields.Boolean(compute="_compute_questions")
    company_country = fields.Char(compute="_compute_questions")
    is_another = fields.Boolean(compute="_compute_questions")
    before_name = fields.Char("Present administration", compute="_compute_questions")
    exported_count = fields.Integer(related="wizard_id.exported_count")
    codes_from_id = fields.Many2one(
        "exact.administration",
        "Codes of",
        compute="_compute_codes_from_id",
        help="The present administration; for a branch, that of the company above.",
    )
    copy_codes = fields.Boolean(
        "Take over the codes",
        default=True,
        help="Journals, VAT codes, ledger accounts and payment conditions that were "
        "chosen are chosen here too, where the same code means the same. You see first "
        "which these are.",
    )

    @api.depends("vat", "wizard_id.company_id.vat", "division")
    def _compute_questions(self):
        for line in self:
            here = _digits(line.wizard_id.company_id.vat)
            there = _digits(line.vat)
            before = line.wizard_id.administration_id
            line.other_vat = bool(here and there and here != there)
            company = line.wizard_id.company_id
            fiscal = company.account_fiscal_country_id or company.country_id
            line.company_country = fiscal.code
            line.other_country = bool(
                line.country and fiscal and line.country != fiscal.code
            )
            line.is_another = bool(before.division and before.division != line.division)
            line.before_name = f"{before.division} {before.name}"

    @api.depends("is_another")
    def _compute_codes_from_id(self):
        for line in self:
            administration = line.wizard_id.administration_id
            above = administration.company_id.parent_id.exact_administration_id
            known = administration if administration.division else above
            chosen = known._filtered_access("read").mapping_ids.filtered("reference_id")
            new = line.is_another or not administration.division
            line.codes_from_id = chosen.administration_id if new else False

    def write(self, vals):
        check_not_readonly(self, vals)
        return super().write(vals)

    def action_choose(self):
        """Tie the company to this administration, after a question where one is due.

        :raises UserError: it keeps its books in another currency
        """
        self.ensure_one()
        self._check_may_choose()
        if self.other_vat or self.other_country or self.codes_from_id:
            return self._action_dialog(self.env._("Is this the right administration?"))
        return self.action_choose_anyway()

    def _check_may_choose(self) -> None:
        administration = self.wizard_id.administration_id
        administration._check_manager()
        administration.connection_id._check_manager()
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

    def action_choose_anyway(self):
        """Tie the company to this administration and read its lists.

        :raises UserError: it keeps its books in another currency
        """
        self.ensure_one()
        self._check_may_choose()
        before = self.wizard_id.administration_id
        source = self.copy_codes and self.codes_from_id
        chosen = before.sudo()._set_division(self.division, self.name)
        # What follows calls Exact, and its limiter looks at the administration from
        # beside this transaction.
        self.env["ir.cron"]._commit_progress()
        chosen = chosen.with_env(self.env)
        chosen.action_read_references()
        if source:
            return chosen._action_look_at_codes(source)
        if chosen == before:
            return {"type": "ir.actions.act_window_close"}
        return chosen._action_form()


def _digits(vat: str | bool) -> str:
    """A VAT number without blanks, points and the country's prefix."""
    return "".join(c for c in vat or "" if c.isdigit())
