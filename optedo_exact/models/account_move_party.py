from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ..exact import states
from ..exact.numbers import NO_NUMBER, vat_number
from ..exact.payloads import Party

# What Exact gets to know of the customer, and where it comes from on a partner.
PARTY_FIELDS = {
    "exact_party_name": "name",
    "exact_party_street": "street",
    "exact_party_street2": "street2",
    "exact_party_zip": "zip",
    "exact_party_city": "city",
    "exact_party_country_id": "country_id",
    "exact_party_vat": "vat",
    "exact_party_company_registry": "company_registry",
    "exact_party_email": "email",
    "exact_party_lang": "lang",
}
ADDRESS = ("street", "street2", "zip", "city")
DEMANDED = ("exact_party_name", "exact_party_country_id")
EMPTY = (False, None, "", NO_NUMBER)
# Numbers belong to the company, not to one of its addresses.
OF_COMPANY = ("vat", "company_registry")


# Editable until somebody outside has seen them.
TAKEN_OVER = {
    "compute": "_compute_exact_party",
    "store": True,
    "readonly": False,
    "precompute": True,
    "copy": False,
}


class AccountMove(models.Model):
    """The billing data of an invoice: what Exact gets to know of the party (D3).

    Taken over when the partner is chosen; later changes of the partner do not leak into
    them. Invoices from before the link have none until they are queued.
    """

    _inherit = "account.move"

    exact_party_name = fields.Char("Name for Exact", **TAKEN_OVER)
    exact_party_street = fields.Char("Street", **TAKEN_OVER)
    exact_party_street2 = fields.Char("Street 2", **TAKEN_OVER)
    exact_party_zip = fields.Char("Postcode", **TAKEN_OVER)
    exact_party_city = fields.Char("City", **TAKEN_OVER)
    exact_party_country_id = fields.Many2one("res.country", "Country", **TAKEN_OVER)
    exact_party_vat = fields.Char("VAT number", **TAKEN_OVER)
    exact_party_company_registry = fields.Char("Company number", **TAKEN_OVER)
    exact_party_email = fields.Char("Email for Exact", **TAKEN_OVER)
    exact_party_lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        "Language for Exact",
        **TAKEN_OVER,
    )
    exact_party_partner_id = fields.Many2one(
        "res.partner",
        "Account for Exact",
        compute="_compute_exact_party_partner_id",
        store=True,
        precompute=True,
        copy=False,
        ondelete="set null",
        help="Whose account Exact books it on; empty where the billing data were not "
        "taken over yet.",
    )
    exact_party_frozen = fields.Boolean(compute="_compute_exact_party_frozen")
    exact_party_at_exact = fields.Boolean(compute="_compute_exact_party_frozen")
    exact_party_differs = fields.Boolean(
        compute="_compute_exact_party_differs",
        help="The customer has other data now than this invoice.",
    )

    def _auto_init(self):
        # Computing them for every invoice there is would take an installation hours,
        # and those from before the link mostly never go to Exact.
        cr = self.env.cr
        for name in (*PARTY_FIELDS, "exact_party_partner_id"):
            if not column_exists(cr, "account_move", name):
                field = self._fields[name]
                create_column(cr, "account_move", name, field.column_type[1])
        return super()._auto_init()

    # --- computes ------------------------------------------------------------

    @api.depends("partner_id")
    def _compute_exact_party(self):
        for move in self:
            # Whatever changes the partner: what somebody outside has seen stays.
            kept = move._origin if move._origin._exact_is_party_frozen() else None
            values = move._exact_party_values() if move._exact_has_party() else {}
            for name in PARTY_FIELDS:
                move[name] = kept[name] if kept else values.get(name, False)

    @api.depends("partner_id")
    def _compute_exact_party_partner_id(self):
        for move in self:
            if move._origin._exact_is_party_frozen():
                move.exact_party_partner_id = move._origin.exact_party_partner_id
            else:
                has_party = move._exact_has_party()
                move.exact_party_partner_id = has_party and move._exact_customer_now()

    def _exact_has_party(self) -> bool:
        """Whether Exact will ever want to know of its party."""
        return bool(
            self.partner_id
            and self.is_invoice(include_receipts=True)
            and self.company_id.sudo().exact_administration_id
        )

    @api.depends("state", "is_move_sent", "exact_entry_id.state")
    def _compute_exact_party_frozen(self):
        for move in self:
            move.exact_party_frozen = move._exact_is_party_frozen()
            move.exact_party_at_exact = (
                move.sudo().exact_entry_id.state in states.AT_EXACT
            )

    @api.depends(*PARTY_FIELDS, *(f"partner_id.{n}" for n in PARTY_FIELDS.values()))
    def _compute_exact_party_differs(self):
        for move in self:
            values = move._exact_party_values()
            move.exact_party_differs = bool(move.exact_party_partner_id) and any(
                (move[name] or False) != (value or False)
                for name, value in values.items()
            )

    def _exact_is_party_frozen(self) -> bool:
        """Whether somebody outside has seen the billing data (product D3)."""
        if not self or self.state == "draft" or not self.exact_party_partner_id:
            return False
        at_exact = self.sudo().exact_entry_id.state in states.AT_EXACT
        return self.state != "posted" or self.is_move_sent or at_exact

    # --- where they come from ------------------------------------------------

    def _exact_party_source(self):
        """The partner whose data the invoice takes over.

        The customer, also where it is booked on the account for all consumers; but an
        address for invoices that is booked on its own company gives its own name and
        address.
        """
        party, address = self._exact_customer(), self.partner_id
        if address.type == "invoice" and party == address.commercial_partner_id:
            return address
        return party

    def _exact_party_values(self) -> dict:
        """The billing data as the partner has them now, by field of the invoice."""
        source = self._exact_party_source()
        company = source.commercial_partner_id
        whole_address = any(source[name] for name in ADDRESS)
        values = {}
        for field, name in PARTY_FIELDS.items():
            of_company = name in OF_COMPANY or (name in ADDRESS and not whole_address)
            own = False if of_company else source[name]
            values[field] = own or (
                False if name in ADDRESS and whole_address else company[name]
            )
        return values

    def _exact_party_data(self) -> dict:
        """The billing data that Exact gets, by name of the partner's field.

        Exact demands a name and a country, so empty ones follow the customer.
        """
        values = self._exact_party_values()
        if self.exact_party_partner_id:
            values = {
                name: self[name] or (name in DEMANDED and values[name])
                for name in PARTY_FIELDS
            }
        return {PARTY_FIELDS[field]: value for field, value in values.items()}

    def _exact_prepare_party(self, administration) -> Party:
        """The customer as this invoice names it; other addons may extend it.

        The account for all consumers never becomes one of them.
        """
        partner = self._exact_party()
        party = partner._exact_prepare_party(administration)
        if partner != self._exact_customer():
            return party
        data = self._exact_party_data()
        return replace(
            party,
            name=data["name"] or "",
            street=data["street"] or "",
            street2=data["street2"] or "",
            postcode=data["zip"] or "",
            city=data["city"] or "",
            country=data["country_id"].code or "",
            vat_number=vat_number(data["vat"]),
            company_number=(data["company_registry"] or "").replace(" ", ""),
            email=data["email"] or "",
            language=(data["lang"] or "")[:2].upper(),
        )

    # --- keeping them --------------------------------------------------------

    def write(self, vals):
        if not self.env.su:
            self._exact_check_party_kept(vals)
        return super().write(vals)

    def _exact_check_party_kept(self, vals: dict) -> None:
        """Billing data that somebody outside has seen stay as they are (product D3).

        What was left empty can be filled in until Exact has the invoice: without it the
        invoice might never get there.

        :raises UserError: they would change
        """
        touching = (*PARTY_FIELDS, "partner_id", "is_move_sent")
        if not any(name in vals for name in touching):
            return
        kept = self.filtered(
            lambda move: (
                move.exact_party_frozen
                and any(move._exact_party_changes(name, vals) for name in touching)
            )
        )
        if kept:
            raise UserError(
                self.env._(
                    "The billing data of %s stay as they are: it was sent to the "
                    "customer or handed to Exact. Reset it to draft where that is "
                    "possible, or make a credit note and a new invoice.",
                    ", ".join(kept.mapped("display_name")),
                )
            )

    def _exact_party_changes(self, name: str, vals: dict) -> bool:
        """Whether a value would change what somebody has seen."""
        if name not in vals:
            return False
        before = self._fields[name].convert_to_write(self[name], self)
        if name == "is_move_sent":
            return before and not vals[name]
        if (vals[name] or False) == (before or False):
            return False
        return before not in EMPTY or self.exact_party_at_exact

    def action_exact_take_over_party(self):
        """Take over the billing data that the customer has now.

        Where the invoice was sent already, only those that it left empty.
        """
        self.ensure_one()
        self.check_access("write")
        values = self._exact_party_values_to_write()
        if self.exact_party_at_exact:
            raise UserError(self.env._("Exact has this invoice already."))
        if self.exact_party_frozen:
            values = {
                name: value
                for name, value in values.items()
                if self._fields[name].convert_to_write(self[name], self) in EMPTY
            }
        else:
            self.sudo().exact_party_partner_id = self._exact_customer_now()
        self.write(values)
        return True

    def _exact_party_values_to_write(self) -> dict:
        values = self._exact_party_values()
        country = values["exact_party_country_id"]
        return values | {"exact_party_country_id": country.id}

    def _post(self, soft=True):
        # EXTENDS account: a draft from before the link gets its billing data.
        posted = super()._post(soft)
        posted.filtered(lambda move: move._exact_has_party())._exact_keep_party()
        return posted

    def _exact_keep_party(self) -> None:
        """Keep the billing data of invoices from before the link, once they go there.

        In SQL, as everything that an export writes on a posted invoice.
        """
        missing = self.filtered(lambda move: not move.exact_party_partner_id)
        if not missing:
            return
        names = [*PARTY_FIELDS, "exact_party_partner_id"]
        columns = [SQL.identifier(name) for name in names]
        rows = [
            SQL("(%s, %s)", move.id, SQL(", ").join(move._exact_party_row(names)))
            for move in missing
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_move move
                   SET %s
                  FROM (VALUES %s) AS party (move_id, %s)
                 WHERE move.id = party.move_id
                """,
                SQL(", ").join(
                    SQL("%s = party.%s", column, column) for column in columns
                ),
                SQL(", ").join(rows),
                SQL(", ").join(columns),
            )
        )
        missing.invalidate_recordset(names, flush=False)

    def _exact_party_row(self, names: list[str]) -> list[SQL]:
        """The billing data as values of a row, in the order of ``names``."""
        values = self._exact_party_values_to_write()
        values["exact_party_partner_id"] = self._exact_customer_now().id
        return [
            SQL("%s::%s", values[name] or None, SQL(self._fields[name].column_type[0]))
            for name in names
        ]

    def _reverse_moves(self, default_values_list=None, cancel=False):
        # EXTENDS account: a credit note goes to whom the invoice went.
        values_list = default_values_list or [{} for _move in self]
        for move, values in zip(self, values_list, strict=True):
            if move.exact_party_partner_id:
                values |= {
                    name: self._fields[name].convert_to_write(move[name], move)
                    for name in PARTY_FIELDS
                }
        reverse_moves = super()._reverse_moves(values_list, cancel)
        for move, reverse_move in zip(self, reverse_moves, strict=True):
            if move.exact_party_partner_id:
                party = move.exact_party_partner_id
                reverse_move.sudo().exact_party_partner_id = party
        return reverse_moves
