from odoo import api, fields, models

from ..exact import states


class ExactMoveLocation(models.TransientModel):
    """Says what becomes of its invoices before a branch is booked elsewhere (B1).

    Made by the link for a company of the user; it reads with superuser rights, and
    would say how any other is booked else.
    """

    _name = "exact.move.location"
    _description = "Book a Branch in Another Administration"
    _inherit = ["exact.dialog.mixin"]

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    to = fields.Selection(
        [
            ("own", "An administration of its own"),
            ("above", "That of the company above it"),
        ],
        "Booked in",
        required=True,
        readonly=True,
    )
    from_name = fields.Char("Until now in", compute="_compute_what")
    to_name = fields.Char("From now on in", compute="_compute_what")
    staying_count = fields.Integer(compute="_compute_what")
    going_count = fields.Integer(compute="_compute_what")

    @api.depends("company_id", "to")
    def _compute_what(self):
        for wizard in self:
            company = wizard.company_id.sudo()
            administration = company.exact_administration_id
            above = company.parent_id.exact_administration_id
            own = self.env._("an administration of its own, still to be set up")
            kept = wizard._own()
            wizard.from_name = administration.display_name or self.env._("none")
            wizard.to_name = (
                (kept.display_name or own)
                if wizard.to == "own"
                else above.display_name or self.env._("none")
            )
            below = company.search([("id", "child_of", company.id)])
            companies = below.filtered(
                lambda c, a=administration: c.exact_administration_id == a
            )
            here = [("company_id", "in", companies.ids)]
            count = company._exact_count
            wizard.staying_count = count(
                administration, [*here, ("state", "in", states.STAYS)]
            )
            wizard.going_count = count(
                administration, [*here, ("state", "in", states.GOES_ALONG)]
            )

    def _own(self):
        """The administration that the branch had before, if any."""
        administrations = self.env["exact.administration"].sudo()
        here = [("company_id", "=", self.company_id.id), ("active", "=", True)]
        return administrations.search(here)

    def action_move(self):
        """Book the branch elsewhere from now on.

        :raises UserError: of an invoice it is not known whether it was booked
        """
        self.ensure_one()
        value = "exact" if self.to == "own" else "none"
        self.company_id._exact_set_external_accounting(value)
        if self.to == "own":
            return self.company_id.action_exact_set_up()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _action_open(self) -> dict:
        return self._action_dialog(self.company_id.display_name)
