from odoo import fields, models


class ExactAccountLog(models.Model):
    """Who did what to the account of a partner, and when (product D5)."""

    _name = "exact.account.log"
    _description = "Exact Online Account Log"
    _order = "id desc"
    _rec_name = "event"

    account_id = fields.Many2one(
        "exact.account", required=True, readonly=True, ondelete="cascade", index=True
    )
    create_uid = fields.Many2one("res.users", "Who", readonly=True)
    create_date = fields.Datetime("When", readonly=True)
    event = fields.Selection(
        [
            ("created", "Created in Exact"),
            ("linked", "Linked"),
            ("updated", "Data sent"),
            ("promoted", "Made customer or supplier"),
            ("bank", "Bank account added in Exact"),
            ("broken", "Link broken"),
            ("gone", "No longer in Exact"),
            ("merged", "Contacts merged"),
            ("dropped", "Second account forgotten"),
        ],
        required=True,
        readonly=True,
    )
    old = fields.Char("Before", readonly=True)
    new = fields.Char("After", readonly=True)
