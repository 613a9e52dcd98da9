from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.exact_mapping import KINDS
from ..models.guards import check_not_readonly

# The field of the dialog for each kind of mapping that a bill may need.
FIELDS = {kind: KINDS[kind][0] for kind in ("journal", "tax", "account")}


class ExactChooseCode(models.TransientModel):
    """Say what a code of Exact is in Odoo, for vendor bills that wait for it (H2).

    Made by the link for one row of the import list; the others that wait for the same
    code come along.
    """

    _name = "exact.choose.code"
    _description = "Choose What a Code of Exact Online Is"
    _inherit = ["exact.dialog.mixin"]

    row_id = fields.Many2one(
        "exact.bill.import", required=True, readonly=True, ondelete="cascade"
    )
    administration_id = fields.Many2one(related="row_id.administration_id")
    company_id = fields.Many2one(related="row_id.company_id")
    bills_started = fields.Boolean(related="administration_id.bills_started")
    kind = fields.Selection(
        [("journal", "Journal"), ("tax", "VAT code"), ("account", "Ledger account")],
        required=True,
        readonly=True,
    )
    reference_id = fields.Many2one("exact.reference", required=True, readonly=True)
    reason = fields.Text(related="row_id.issue_message")
    waiting_count = fields.Integer(compute="_compute_waiting_count")
    effect = fields.Text("What this means", compute="_compute_effect")
    journal_id = fields.Many2one(
        "account.journal",
        domain="[('type', '=', 'purchase'), ('company_id', 'parent_of', company_id)]",
    )
    tax_id = fields.Many2one(
        "account.tax",
        domain="[('type_tax_use', '=', 'purchase'),"
        " ('company_id', 'parent_of', company_id)]",
    )
    account_id = fields.Many2one(
        "account.account", domain="[('company_ids', 'parent_of', company_id)]"
    )

    @api.depends("row_id", "reference_id")
    def _compute_waiting_count(self):
        for wizard in self:
            wizard.waiting_count = len(wizard._waiting())

    def write(self, vals):
        check_not_readonly(self, vals)
        return super().write(vals)

    @api.model
    def _open(self, row, kind: str, reference):
        """Ask for it; what has the same code in Odoo is proposed.

        :param row: of the import list
        :param reference: the code of Exact
        """
        row.administration_id._check_manager()
        values = {"row_id": row.id, "kind": kind, "reference_id": reference.id}
        model = self.env[self._fields[FIELDS[kind]].comodel_name]
        if kind in ("account", "journal"):
            same = model.search(
                [
                    *model._check_company_domain(row.company_id),
                    ("code", "=", reference.code),
                ]
            )
            # One that stands for another code already is no proposal.
            if len(same) == 1 and not self._other_code(row, kind, same, reference):
                values[FIELDS[kind]] = same.id
        return (
            self.sudo().create(values)._action_dialog(self.env._("What is it in Odoo?"))
        )

    @api.model
    def _other_code(self, row, kind: str, record, reference):
        """The code that a record of Odoo stands for already, where it is another."""
        mappings = self.env["exact.mapping"].sudo()
        mapping = mappings._get(row.administration_id.sudo(), kind, record)
        return mapping.reference_id - reference

    def _chosen(self):
        """What was chosen in Odoo, of whichever kind it is."""
        self.ensure_one()
        return self[FIELDS[self.kind]]

    @api.depends("kind", "reference_id", "journal_id", "tax_id", "account_id")
    @api.depends_context("lang")
    def _compute_effect(self):
        """What the choice means for what Odoo books itself."""
        for wizard in self:
            record = wizard._chosen()
            other = record and wizard._other_code(
                wizard.row_id, wizard.kind, record._origin, wizard.reference_id
            )
            if other:
                wizard.effect = self.env._(
                    "What Odoo books on %(record)s still goes to %(other)s; bills "
                    "from %(code)s come in here too.",
                    record=record.display_name,
                    other=other.display_name,
                    code=wizard.reference_id.display_name,
                )
            else:
                wizard.effect = self.env._(
                    "It stands under Codes from now on, and what Odoo books goes to "
                    "the same code."
                )

    def _waiting(self):
        """The rows that wait for the same code."""
        row = self.row_id.sudo()
        rows = row.search(
            [
                ("administration_id", "=", row.administration_id.id),
                ("state", "in", ("ready", "problem")),
                ("issue_code", "=", row.issue_code),
            ]
        )
        return rows.filtered(
            lambda r: (r.issue_params or {}).get("reference_id") == self.reference_id.id
        )

    def action_choose(self):
        """Keep it in the list of codes, and bring in what waited for it.

        A record that stands for a code already keeps it, and takes in this one too.

        :raises UserError: nothing was chosen
        """
        self.ensure_one()
        administration = self.administration_id
        administration._check_manager()
        record = self._chosen()
        if not record:
            raise UserError(self.env._("Choose what it is in Odoo."))
        mappings = self.env["exact.mapping"]
        mapping = mappings._get(administration, self.kind, record)
        if mapping.reference_id:
            mapping.bill_reference_ids += self.reference_id
        elif mapping:
            mapping.reference_id = self.reference_id
        else:
            mappings.create(
                {
                    "administration_id": administration.id,
                    "kind": self.kind,
                    FIELDS[self.kind]: record.id,
                    "reference_id": self.reference_id.id,
                }
            )
        return self._waiting()._exact_try_again()
