from odoo import api, fields, models
from odoo.fields import Command

from ..models.exact_mapping_copy import KEPT, REFUSED, TAKE


class ExactCopyCodes(models.TransientModel):
    """A look at the codes of another administration before they are taken over.

    The lines are shown only: what is taken over is decided anew when it is done.
    """

    _name = "exact.copy.codes"
    _description = "Take Over Codes of Another Administration"
    _inherit = ["exact.dialog.mixin"]

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    offered_ids = fields.Many2many(
        "exact.administration",
        compute="_compute_offered_ids",
        context={"active_test": False},
    )
    other_id = fields.Many2one(
        "exact.administration",
        "Codes of",
        required=True,
        domain="[('id', 'in', offered_ids)]",
        context={"active_test": False},
        ondelete="cascade",
    )
    line_ids = fields.One2many("exact.copy.codes.line", "wizard_id", readonly=True)
    take_count = fields.Integer(compute="_compute_counts")
    kept_count = fields.Integer(compute="_compute_counts")
    refused_count = fields.Integer(compute="_compute_counts")

    @api.depends("administration_id")
    def _compute_offered_ids(self):
        for wizard in self:
            wizard.offered_ids = wizard.administration_id._codes_offered()

    @api.depends("line_ids.result")
    def _compute_counts(self):
        for wizard in self:
            results = wizard.line_ids.mapped("result")
            wizard.take_count = results.count(TAKE)
            wizard.kept_count = results.count(KEPT)
            wizard.refused_count = results.count(REFUSED)

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            wizard.sudo().line_ids = wizard._lines()
        return wizards

    @api.onchange("other_id")
    def _onchange_other_id(self):
        self.line_ids = [Command.clear(), *self._lines()]

    def _lines(self) -> list:
        """What the user may see of it, as lines."""
        other = self.other_id.sudo(False)
        if not other or other not in self.offered_ids:
            return []
        plan = self.administration_id._plan_of_codes(other)
        order = [TAKE, REFUSED, KEPT]
        return [
            Command.create(
                {
                    "kind": item.kind,
                    "name": item.name,
                    "there": item.there.display_name,
                    "here": item.here.display_name,
                    "result": item.result,
                    "reason": item.reason,
                }
            )
            for item in sorted(plan, key=lambda item: order.index(item.result))
        ]

    def action_take(self):
        """Choose the codes that can be taken over."""
        self.ensure_one()
        administration = self.administration_id
        administration._check_manager()
        other = self.other_id.sudo(False)
        other.check_access("read")
        administration._take_codes_of(other)
        return administration._action_form()

    def action_leave(self):
        """Go on without."""
        self.ensure_one()
        return self.administration_id._action_form()

    def _action_open(self) -> dict:
        return self._action_dialog(self.env._("Take over codes"))


class ExactCopyCodesLine(models.TransientModel):
    _name = "exact.copy.codes.line"
    _description = "Code to Take Over"
    _order = "id"

    wizard_id = fields.Many2one(
        "exact.copy.codes", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("journal", "Journal"),
            ("tax", "VAT code"),
            ("account", "Ledger account"),
            ("payment_term", "Payment condition"),
            ("cost_center", "Cost centre"),
            ("cost_unit", "Cost unit"),
            ("default", "Option"),
        ],
        readonly=True,
    )
    name = fields.Char("In Odoo", readonly=True)
    there = fields.Char("Chosen there", readonly=True)
    here = fields.Char("Chosen here", readonly=True)
    result = fields.Selection(
        [
            (TAKE, "To take over"),
            (KEPT, "Stays"),
            (REFUSED, "Left to you"),
        ],
        readonly=True,
    )
    reason = fields.Char("Why", readonly=True)
