import uuid

from odoo import models
from odoo.fields import Domain

from ..exact import bills, matching, odata
from ..exact.numbers import vat_forms, vat_number
from . import issues
from .exact_match_read import ACCOUNTS as ALL_ACCOUNTS
from .exact_party import ACCOUNTS, SELECT, Blocked
from .exact_payment_read import batched

MANY = 300  # suppliers after which it is cheaper to read all accounts
NAME_ALONE = matching.SCORES[matching.NAME]


class ExactBillService(models.AbstractModel):
    """Who the supplier of an entry is in Odoo: found before created (product D1)."""

    _inherit = "exact.bill.service"

    def _read_suppliers(self, administration, rows, client) -> None:
        """Read the accounts that no partner is tied to yet, each once.

        Where they are many, as at the start, all accounts are read: a page of that list
        holds a thousand, and a question names sixty at most (exact-api 8).
        """
        tied = self._links(administration, rows.mapped("supplier_guid"))
        known = set(tied.mapped("guid"))
        missing = rows.filtered(lambda r: r.supplier_guid and not r.supplier_data)
        guids = set(missing.mapped("supplier_guid")) - known
        if not guids:
            return
        if len(guids) > MANY:
            found = self._pick(client.rows(ALL_ACCOUNTS, SELECT), guids)
        else:
            found = {}
            for batch in batched(sorted(guids), bills.BATCH):
                terms = [odata.eq("ID", uuid.UUID(guid)) for guid in batch]
                accounts = client.rows(ACCOUNTS, SELECT, odata.any_of(terms))
                found |= self._pick(accounts, guids)
        for row in missing:
            if row.supplier_guid in found:
                row.supplier_data = found[row.supplier_guid]

    @staticmethod
    def _pick(accounts, guids: set[str]) -> dict[str, dict]:
        """What is kept of these accounts, by guid."""
        return {
            account["ID"]: {name: account[name] for name in SELECT}
            for account in accounts
            if account["ID"] in guids
        }

    def _links(self, administration, guids: list[str]):
        return (
            self.env["exact.account"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", administration.id),
                    ("guid", "in", [guid for guid in guids if guid]),
                ]
            )
        )

    def _supplier(self, row):
        """The partner of an entry: tied, found by a number, or made.

        :raises Blocked: a person has to say who it is
        """
        administration, account = row.administration_id, row.supplier_data
        partner = self._known_supplier(row)
        if not partner:
            partner = self._create_supplier(administration, account)
        if row.partner_id or not self._links(administration, [row.supplier_guid]):
            self._link_supplier(administration, partner, account)
        return partner

    def _known_supplier(self, row):
        """The partner of an entry, none where one is to be made.

        :raises Blocked: a person has to say who it is
        """
        administration, account = row.administration_id, row.supplier_data
        if row.partner_id:
            return row.partner_id.sudo().commercial_partner_id
        link = self._links(administration, [row.supplier_guid])[:1]
        if link:
            return link.partner_id
        said = self._said_supplier(row)
        if said:
            return said
        if not account:
            raise Blocked(
                issues.make("bill_supplier_gone", supplier=row.supplier_name or "")
            )
        return self._find_supplier(administration, account)

    def _said_supplier(self, row):
        """Who a person said that this account is, on another entry of it."""
        said = self.env["exact.bill.import"].sudo()
        said = said.search(
            [
                ("administration_id", "=", row.administration_id.id),
                ("supplier_guid", "=", row.supplier_guid),
                ("partner_id", "!=", False),
                ("state", "=", "done"),
            ],
            order="id desc",
            limit=1,
        )
        return said.partner_id.commercial_partner_id

    def _is_supplier(self, row, partner) -> bool:
        """Whether a partner is who the entry is on, as far as anybody can tell."""
        said = row.partner_id.commercial_partner_id or self._said_supplier(row)
        if said:
            return partner == said
        links = self._links(row.administration_id, [row.supplier_guid])
        if links:
            return partner in links.partner_id
        account = row.supplier_data
        if not account or not partner:
            return True
        return bool(matching.match([_side(partner)], [_side_of_account(account)]))

    def _link_supplier(self, administration, partner, account: dict | None) -> None:
        """Tie the partner to the account, where it has none yet."""
        link = self.env["exact.party"]._link(partner, administration)
        if not link.guid and account and link.state != "creating":
            link._exact_set_linked(account)

    def _find_supplier(self, administration, account: dict):
        """The one partner that has its number, or its code and name.

        :raises Blocked: several may be it, or one by its name only
        """
        partners = self._possible_suppliers(administration, account)
        there = _side_of_account(account)
        found = matching.match([_side(partner) for partner in partners], [there])
        sure = [match for match in found if match.sure]
        if not sure and any(match.score >= NAME_ALONE for match in found):
            names = partners.browse([match.here for match in found])
            raise Blocked(
                issues.make(
                    "bill_supplier_perhaps",
                    supplier=account["Name"] or "",
                    partners=", ".join(names.mapped("display_name")),
                )
            )
        partner = partners.browse([match.here for match in sure])
        other = (
            self.env["exact.account"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", administration.id),
                    ("partner_id", "in", partner.ids),
                    ("guid", "not in", (False, account["ID"])),
                ],
                limit=1,
            )
        )
        if other:
            raise Blocked(
                issues.make(
                    "bill_supplier_twice",
                    supplier=f"{account['Code'] or ''} {account['Name'] or ''}".strip(),
                    partner=partner.display_name,
                    other=other.display_name,
                )
            )
        return partner

    def _possible_suppliers(self, administration, account: dict):
        forms = vat_forms(account["VATNumber"] or "", account["Country"] or "")
        evidence = [Domain("name", "=ilike", account["Name"] or "")]
        if forms:
            evidence.append(Domain("vat", "in", list(forms)))
        for field, name in (("company_registry", "ChamberOfCommerce"), ("ref", "Code")):
            if account[name]:
                evidence.append(Domain(field, "=", account[name]))
        own = Domain("company_id", "in", (False, administration.company_id.id))
        domain = own & Domain("parent_id", "=", False) & Domain.OR(evidence)
        return self.env["res.partner"].sudo().search(domain, limit=80)

    def _create_supplier(self, administration, account: dict):
        country = self.env["res.country"].search(
            [("code", "=", account["Country"] or "")], limit=1
        )
        values = {
            "name": account["Name"],
            "is_company": True,
            "company_id": administration.company_id.id,
            "street": account["AddressLine1"],
            "zip": account["Postcode"],
            "city": account["City"],
            "country_id": country.id,
            "email": account["Email"],
            "company_registry": account["ChamberOfCommerce"],
            "supplier_rank": 1,
        }
        if account["VATNumber"]:
            values["vat"] = account["VATNumber"]
        return self.env["res.partner"].sudo().create(values)


def _side_of_account(account: dict) -> matching.Side:
    return matching.Side(
        key=account["ID"],
        name=account["Name"] or "",
        vat_number=account["VATNumber"] or "",
        company_number=account["ChamberOfCommerce"] or "",
        code=account["Code"] or "",
        postcode=account["Postcode"] or "",
        country=account["Country"] or "",
    )


def _side(partner) -> matching.Side:
    return matching.Side(
        key=partner.id,
        name=partner.name or "",
        vat_number=vat_number(partner.vat),
        company_number=partner.company_registry or "",
        code=partner.ref or "",
        postcode=partner.zip or "",
        country=partner.country_id.code or "",
    )
