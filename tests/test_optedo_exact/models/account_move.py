from odoo import fields, models

# As other addons add them: what people fill in, and what such an addon keeps itself
# about the life of an invoice.


class AccountMove(models.Model):
    _inherit = "account.move"

    test_note_to_carrier = fields.Char()
    test_reminded_on = fields.Date(copy=False)
    test_deferred_move_ids = fields.Many2many(
        "account.move", "test_deferred_move_rel", "move_id", "deferred_id", copy=False
    )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    test_serial_number = fields.Char()
    test_asset_ids = fields.Many2many("res.partner", copy=False)
    test_budget = fields.Monetary(
        compute="_compute_test_budget", inverse="_inverse_test_budget"
    )

    def _compute_test_budget(self):
        self.test_budget = 0

    def _inverse_test_budget(self):
        """Kept elsewhere."""
