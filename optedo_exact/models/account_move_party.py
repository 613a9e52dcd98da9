from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ..exact import states
from ..exact.numbers import vat_number
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
# Numbers belong to the company, not to one of its addresses.
OF_COMPANY = ("vat", "company_registry")


class AccountMove(models.Model):
    """The billing data of an invoice: what Exact gets to know of the party (D3).

    Taken over when the partner is chosen; later changes of the partner do not leak into
    them. Invoices from before the link have none until they are queued.
    """

    _inherit = "account.move"

    exact_party_name = fields.Char(
        "Name for Exact",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_street = fields.Char(
        "Street",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_street2 = fields.Char(
        "Street 2",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_zip = fields.Char(
        "Postcode",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_city = fields.Char(
        "City",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_country_id = fields.Many2one(
        "res.country",
        "Country",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_vat = fields.Char(
        "VAT number",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_company_registry = fields.Char(
        "Company number",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_email = fields.Char(
        "Email for Exact",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_lang = fields.Selection(
        lambda self: self.env["res.lang"].get_installed(),
        "Language for Exact",
        compute="_compute_exact_party",
        store=True,
        readonly=False,
        precompute=True,
        copy=False,
    )
    exact_party_frozen = fields.Boolean(compute="_compute_exact_party_frozen")
    exact_party_differs = fields.Boolean(
        compute="_compute_exact_party_differs",
        help="The customer has other data now than this invoice.",
    )

    def _auto_init(self):
        # Computing them for every invoice there is would take an installation hours,
        # and those from before the link mostly never go to Exact.
        cr = self.env.cr
        for name in PARTY_FIELDS:
            if not column_exists(cr, "account_move", name):
                field = self._fields[name]
                create_column(cr, "account_move", name, field.column_type[1])
        return super()._auto_init()

    # --- computes ------------------------------------------------------------

    @api.depends("partner_id")
    def _compute_exact_party(self):
        for move in self:
            concerned = (
                move.is_invoice(include_receipts=True)
                and move.company_id.sudo().exact_administration_id
            )
            values = move._exact_party_values() if concerned else {}
            for name in PARTY_FIELDS:
                move[name] = values.get(name, False)

    @api.depends("state", "is_move_sent", "exact_entry_id.state")
    def _compute_exact_party_frozen(self):
        for move in self:
            move.exact_party_frozen = move._exact_is_party_frozen()

    @api.depends(*PARTY_FIELDS, *(f"partner_id.{n}" for n in PARTY_FIELDS.values()))
    def _compute_exact_party_differs(self):
        for move in self:
            values = move._exact_party_values()
            move.exact_party_differs = bool(move.exact_party_name) and any(
                (move[name] or False) != (value or False)
                for name, value in values.items()
            )

    def _exact_is_party_frozen(self) -> bool:
        """Whether somebody outside has seen the billing data (product D3)."""
        if self.state == "draft":
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

        Without a country no VAT can be told, so an empty one follows the customer.
        """
        values = self._exact_party_values()
        if self.exact_party_name:
            country = self.exact_party_country_id or values["exact_party_country_id"]
            values = {name: self[name] for name in PARTY_FIELDS}
            values["exact_party_country_id"] = country
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
        names = [name for name in vals if name in PARTY_FIELDS]
        frozen = self.filtered("exact_party_frozen") if names else self.browse()
        if frozen:
            raise UserError(
                self.env._(
                    "The billing data of %s stay as they are: it was sent to the "
                    "customer or handed to Exact. Make a credit note and a new "
                    "invoice.",
                    ", ".join(frozen.mapped("display_name")),
                )
            )
        return super().write(vals)

    def action_exact_take_over_party(self):
        """Take over the billing data that the customer has now."""
        self.ensure_one()
        self.check_access("write")
        self.write(self._exact_party_values_to_write())
        return True

    def _exact_party_values_to_write(self) -> dict:
        values = self._exact_party_values()
        country = values["exact_party_country_id"]
        return values | {"exact_party_country_id": country.id}

    def _exact_keep_party(self) -> None:
        """Keep the billing data of invoices from before the link, once they go there.

        In SQL, as everything that an export writes on a posted invoice.
        """
        for move in self.filtered(lambda move: not move.exact_party_name):
            values = move._exact_party_values_to_write()
            assignments = SQL(", ").join(
                SQL("%s = %s", SQL.identifier(name), value or None)
                for name, value in values.items()
            )
            self.env.cr.execute(
                SQL("UPDATE account_move SET %s WHERE id = %s", assignments, move.id)
            )
            move.invalidate_recordset(list(PARTY_FIELDS), flush=False)
