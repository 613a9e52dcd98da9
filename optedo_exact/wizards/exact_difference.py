from odoo import api, fields, models


class ExactDifference(models.TransientModel):
    """What was sent to Exact, beside what the invoice says now (product E3).

    Made by the link; it calls nobody and changes nothing.
    """

    _name = "exact.difference"
    _description = "Difference with Exact Online"
    _inherit = ["exact.dialog.mixin"]

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many("exact.difference.line", "wizard_id", readonly=True)

    @api.model
    def _action_for(self, move) -> dict:
        """The action of the alert."""
        return {
            "type": "ir.actions.server",
            "id": self.env.ref("optedo_exact.exact_difference_action").id,
            "context": {
                "active_model": "account.move",
                "active_id": move.id,
                "active_ids": move.ids,
            },
        }

    @api.model
    def _make(self, move):
        names = self._names(move.exact_entry_id.sudo().administration_id)
        return (
            self.sudo()
            .create(
                {
                    "move_id": move.id,
                    "line_ids": [
                        fields.Command.create(
                            {
                                "name": move._exact_label(difference),
                                "sent": names.get(difference.sent, difference.sent),
                                "now": names.get(difference.now, difference.now),
                            }
                        )
                        for difference in move._exact_differences()
                    ],
                }
            )
            .sudo(False)
        )

    @api.model
    def _names(self, administration) -> dict[str, str]:
        """What the guids of ledger accounts and customers stand for."""
        accounts = (
            self.env["exact.account"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", administration.id),
                    ("guid", "!=", False),
                ]
            )
        )
        return {ref.guid: ref.display_name for ref in administration.reference_ids} | {
            link.guid: f"{link.code or ''} {link.name or ''}".strip()
            for link in accounts
        }

    def _action_show(self) -> dict:
        return self._action_dialog(self.env._("What differs from Exact"))


class ExactDifferenceLine(models.TransientModel):
    _name = "exact.difference.line"
    _description = "Line of a Difference with Exact Online"

    wizard_id = fields.Many2one(
        "exact.difference", required=True, readonly=True, ondelete="cascade"
    )
    name = fields.Char("What", readonly=True)
    sent = fields.Char("In Exact", readonly=True)
    now = fields.Char("On the invoice", readonly=True)
