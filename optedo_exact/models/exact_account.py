from odoo import fields, models


class ExactAccount(models.Model):
    """A partner of Odoo as account (customer) of an administration of Exact."""

    _name = "exact.account"
    _description = "Exact Online Account"
    _rec_name = "code"

    administration_id = fields.Many2one(
        "exact.administration",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="administration_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", required=True, readonly=True, ondelete="restrict", index=True
    )
    # new ─create→ creating ─ok→ linked
    # creating ─not processed, refused→ new │ no answer→ creating, resolved by asking
    state = fields.Selection(
        [
            ("new", "Not in Exact yet"),
            ("creating", "Being created"),
            ("linked", "Linked"),
        ],
        default="new",
        required=True,
        readonly=True,
    )
    guid = fields.Char(readonly=True, index="btree_not_null")
    code = fields.Char(readonly=True, help="The code of the account in Exact.")
    name = fields.Char("Name in Exact", readonly=True)
    confirmed_new = fields.Boolean(
        readonly=True, help="A user said that none of the accounts found is this one."
    )
    sending_at = fields.Datetime(readonly=True)
    sent = fields.Json(
        readonly=True, help="What is being created: by it a lost one is found again."
    )
    fingerprint = fields.Char(readonly=True)
    newest_invoice = fields.Char(
        readonly=True,
        help="Date and number of the newest invoice whose data were sent: an older one "
        "does not overwrite them.",
    )

    _partner_uniq = models.Constraint("UNIQUE(administration_id, partner_id)")

    def _exact_set_linked(self, row: dict, fingerprint: str = "") -> None:
        """Tie the partner to an account of Exact.

        :param row: of crm/Accounts, with ID, Code and Name
        :param fingerprint: of what Exact holds, empty where that was not sent by us
        """
        self.sudo().write(
            {
                "state": "linked",
                "guid": row["ID"],
                "code": row.get("Code"),
                "name": row.get("Name"),
                "fingerprint": fingerprint,
                "sending_at": False,
                "sent": False,
            }
        )
