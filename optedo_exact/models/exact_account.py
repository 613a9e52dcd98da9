from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact import payloads
from .guards import check_invoicing_right


class ExactAccount(models.Model):
    """A partner of Odoo as account (customer, supplier) of an administration of Exact.

    One partner has one of them in an administration. Where contacts are merged that
    both had one, the second is kept beside the first until a person says which counts.
    """

    _name = "exact.account"
    _description = "Exact Online Account"
    _order = "administration_id, partner_id, id"
    _rec_names_search = ["code", "name", "partner_id"]

    administration_id = fields.Many2one(
        "exact.administration",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="administration_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        "In Odoo",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    # new ─create→ creating ─ok→ linked
    # creating ─not processed, refused→ new │ no answer→ creating, resolved by asking
    # new, creating, gone ─found, chosen→ linked
    # linked ─broken by a person→ new │ not in Exact any more→ gone
    # gone ─a person says that it is a new one→ new
    state = fields.Selection(
        [
            ("new", "Not in Exact yet"),
            ("creating", "Being created"),
            ("linked", "Linked"),
            ("gone", "No longer in Exact"),
        ],
        default="new",
        required=True,
        readonly=True,
        index=True,
    )
    guid = fields.Char(readonly=True, index="btree_not_null")
    code = fields.Char(
        "Code in Exact", readonly=True, help="The code of the account in Exact."
    )
    name = fields.Char("Name in Exact", readonly=True)
    is_customer = fields.Boolean(
        "Customer in Exact",
        readonly=True,
        help="Exact takes sales entries on it. It is made a customer before the first.",
    )
    is_supplier = fields.Boolean("Supplier in Exact", readonly=True)
    created_here = fields.Boolean(
        "Created by the link",
        readonly=True,
        help="The account was not there before; its first bank account may be the main "
        "one.",
    )
    updated_at = fields.Datetime(
        "Last update",
        readonly=True,
        help="When data of the customer were last sent to Exact.",
    )
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
    duplicate_of_id = fields.Many2one(
        "exact.account",
        "Kept beside",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Contacts were merged that both had an account. Invoices are booked on "
        "that one; say which of the two counts.",
    )
    duplicate_ids = fields.One2many("exact.account", "duplicate_of_id")
    log_ids = fields.One2many("exact.account.log", "account_id")
    shortened = fields.Char(
        "Shortened in Exact", compute="_compute_shortened", compute_sudo=True
    )

    _main_uniq = models.UniqueIndex(
        "(administration_id, partner_id) WHERE duplicate_of_id IS NULL",
        "This partner is in the list already.",
    )

    @api.depends("code", "name", "partner_id.display_name")
    def _compute_display_name(self):
        for account in self:
            name = account.name or account.partner_id.display_name or ""
            account.display_name = f"{account.code or ''} {name}".strip()

    @api.depends("partner_id.name")
    def _compute_shortened(self):
        for account in self:
            account.shortened = ", ".join(
                text
                for _name, text in payloads.shortened(
                    account.partner_id._exact_prepare_party(account.administration_id)
                )
            )

    # --- written by the link -------------------------------------------------

    def _exact_set_linked(
        self, row: dict, fingerprint: str = "", created: bool = False
    ) -> None:
        """Tie the partner to an account of Exact.

        :param row: of crm/Accounts, with ID, Code, Name, Status and IsSupplier
        :param fingerprint: of what Exact holds, empty where that was not sent by us
        :param created: it was made by the link, with the data of Odoo
        """
        link = self.sudo()
        former = link.display_name if link.guid else ""
        link._log("created" if created else "linked", former, _shown(row))
        if link.guid != row["ID"]:
            link.bank_ids.unlink()  # they were those of another account
        values = {
            "state": "linked",
            "guid": row["ID"],
            "code": row.get("Code"),
            "name": row.get("Name"),
            "is_customer": row.get("Status") == "C",
            "is_supplier": bool(row.get("IsSupplier")),
            "created_here": created,
            "fingerprint": fingerprint,
            "sending_at": False,
            "sent": False,
        }
        if created:
            values["updated_at"] = fields.Datetime.now()
        link.write(values)

    def _exact_set_updated(self, body: dict, newest_invoice: str = "") -> None:
        """The account in Exact has the data of Odoo now.

        :param body: what was sent of them
        :param newest_invoice: date and number of the one that they came from, if any
        """
        link = self.sudo()
        link._log("updated", self.name, body["Name"])
        link.write(
            {
                "name": body["Name"],
                "fingerprint": payloads.fingerprint(body),
                "newest_invoice": newest_invoice or link.newest_invoice,
                "updated_at": fields.Datetime.now(),
            }
        )

    def _exact_set_roles(self, roles: dict) -> None:
        """It is a customer or a supplier in Exact now (``payloads.roles``)."""
        link = self.sudo()
        link._log("promoted", "", ", ".join(roles))
        if roles.get("Status") == "C":
            link.is_customer = True
        if roles.get("IsSupplier"):
            link.is_supplier = True

    def _exact_set_gone(self) -> None:
        """The account is not in Exact any more: removed there, or merged.

        Code and name stay, since an account that was merged is often found by them.
        """
        for link in self.sudo():
            link._log("gone", link.display_name, "")
            link._exact_forget("gone")

    def _exact_forget(self, state: str) -> None:
        self.write(
            {
                "state": state,
                "guid": False,
                "is_customer": False,
                "is_supplier": False,
                "created_here": False,
                "fingerprint": False,
                "newest_invoice": False,
                "confirmed_new": False,
                "vat_number": False,
                "country": False,
                "confirmed_identities": False,
            }
        )
        # They were bank accounts of that account.
        self.bank_ids.unlink()

    def _log(self, event: str, old: str, new: str) -> None:
        self.env["exact.account.log"].sudo().create(
            [
                {"account_id": link.id, "event": event, "old": old, "new": new}
                for link in self
            ]
        )

    # --- merging contacts ----------------------------------------------------

    @api.model
    def _exact_merge(self, sources, target) -> None:
        """Contacts are being merged into ``target``: keep every account (product D2).

        Odoo would delete the rows that clash by raw SQL
        (odoo/addons/base/wizard/base_partner_merge.py).
        """
        links = self.sudo().search(
            [
                ("partner_id", "in", (sources + target).ids),
                ("duplicate_of_id", "=", False),
            ]
        )
        for rows in links.grouped("administration_id").values():
            first, *others = rows.sorted(
                lambda link: (
                    not link.guid,
                    link.state != "creating",
                    link.state != "gone",
                    link.partner_id != target,
                )
            )
            for other in others:
                first._log("merged", other.display_name, first.display_name)
                other.duplicate_ids.duplicate_of_id = first
                same = other.guid and other.guid == first.guid
                if same or other.state in ("new", "gone"):
                    other.log_ids.account_id = first
                    other.unlink()
                else:
                    other.duplicate_of_id = first
        self.env.flush_all()

    # --- buttons -------------------------------------------------------------

    def action_send(self):
        """Send the data of the partner to its account in Exact."""
        self.ensure_one()
        return self.partner_id._exact_send(self.administration_id)

    def action_choose(self):
        """Say which account of Exact it is, also where it is tied to one (E1)."""
        self.ensure_one()
        return self.env["exact.choose.account"]._open_link(self)

    def action_break(self):
        """Untie the partner from its account; nothing changes in Exact (E1)."""
        for link in self:
            link.administration_id._check_manager()
            if link.state == "creating":
                raise UserError(
                    self.env._(
                        "%s is being created in Exact. Wait until that is certain.",
                        link.partner_id.display_name,
                    )
                )
            link.sudo()._log("broken", link.display_name, "")
            link.sudo()._exact_forget("new")
        return True

    def action_use_this(self):
        """Of two accounts of one partner it is this one that counts (E1)."""
        self.ensure_one()
        self.administration_id._check_manager()
        link, former = self.sudo(), self.sudo().duplicate_of_id
        if not former or not link.guid:
            raise UserError(self.env._("It is the account that counts already."))
        others = former.duplicate_ids - link
        link._log("merged", former.display_name, link.display_name)
        # At no moment two that count, and none that is kept beside itself.
        former.duplicate_of_id = link
        self.env.flush_all()
        link.duplicate_of_id = False
        others.duplicate_of_id = link
        return True

    def action_drop(self):
        """Forget the account that does not count; it stays in Exact as it is (E1)."""
        for link in self:
            link.administration_id._check_manager()
            former = link.sudo().duplicate_of_id
            if not former:
                raise UserError(
                    self.env._("This account counts; break the link instead.")
                )
            if link.state == "creating":
                raise UserError(
                    self.env._("It is not certain yet whether Exact created it.")
                )
            former._log("dropped", link.display_name, "")
            link.sudo().unlink()
        return True

    def _exact_action_form(self) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    @api.model
    def _check_may_send(self, administration) -> None:
        """Odoo's invoicing right or E1, in a company of the user."""
        administration.check_access("read")
        check_invoicing_right(self.env, "optedo_exact.group_exact_manager")


def _shown(row: dict) -> str:
    return f"{row.get('Code') or ''} {row.get('Name') or ''}".strip()
