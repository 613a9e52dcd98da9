from odoo import api, fields, models


class ExactChooseLogin(models.TransientModel):
    """Lets an administration use the login of another, or one of its own (B1)."""

    _name = "exact.choose.login"
    _description = "Choose the Login to Exact Online"
    _inherit = ["exact.dialog.mixin"]

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    offered_ids = fields.Many2many("exact.connection", compute="_compute_offered_ids")
    connection_id = fields.Many2one(
        "exact.connection",
        "Login of",
        domain="[('id', 'in', offered_ids)]",
        ondelete="cascade",
        help="Empty: a login of its own, with the same app; log in afterwards.",
    )

    @api.depends("administration_id")
    def _compute_offered_ids(self):
        """Only those that the user may change: a login enters all that it may see."""
        administrations = self.env["exact.administration"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        logins = administrations.connection_id._filtered_access("write")
        for wizard in self:
            wizard.offered_ids = logins - wizard.administration_id.connection_id

    def action_use(self):
        """Use the chosen login from now on.

        :raises UserError: it does not know the administration
        """
        self.ensure_one()
        administration = self.administration_id
        administration._check_may_change_login()
        if self.connection_id:
            self.connection_id._check_manager()
        administration._use_login(self.connection_id)
        return administration._action_form()

    def _action_open(self) -> dict:
        return self._action_dialog(self.env._("Use another login"))
