from odoo import fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain

from ..exact import matching, numbers, payloads
from ..exact.errors import ExactError
from ..exact.matching import Side

ACCOUNTS = "bulk/CRM/Accounts"  # 1,000 a page (exact-api 4.9)
# property of Exact: field of a line
READ = {
    "ID": "guid",
    "Code": "code",
    "Name": "name",
    "VATNumber": "vat",
    "ChamberOfCommerce": "company_number",
    "AddressLine1": "street",
    "Postcode": "postcode",
    "City": "city",
    "Country": "country_code",
    "Email": "email",
    "Phone": "phone",
    "Language": "language",
    "Status": "status",
    "IsSupplier": "is_supplier",
}
PARTNER_FIELDS = (
    "name",
    "vat",
    "company_registry",
    "ref",
    "zip",
    "country_id",
    "email",
)
BATCH = 1000


class ExactMatchAccounts(models.Model):
    """Reads the accounts of Exact and compares them with the partners."""

    _inherit = "exact.match.accounts"

    def _read_and_compare(self) -> None:
        """Make the open rows of the list anew; what was decided stays decided.

        :raises UserError: Exact could not be read, or somebody else is at it
        """
        administration = self.administration_id
        try:
            client = administration._client(urgent=True)
            rows = list(client.rows(ACCOUNTS, list(READ)))
        except ExactError as error:
            raise administration.connection_id._user_error(error) from error
        # See what became linked during the calls.
        self.env["ir.cron"]._commit_progress()
        try:
            self.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._("Somebody else is reading the accounts right now.")
            ) from error
        gone = self._note_gone({row["ID"] for row in rows})
        linked = self._linked()
        accounts = {row["ID"]: row for row in rows if row["ID"] not in linked["guid"]}
        partners = self._partners(linked["partner_id"])
        pairs = matching.match(partners, map(self._account_side, accounts.values()))
        self._replace_lines(accounts, pairs)
        self.write(
            {
                "read_at": fields.Datetime.now(),
                "account_count": len(rows),
                "partner_count": len(partners),
                "gone_count": gone,
            }
        )

    def _note_gone(self, there: set) -> int:
        """Links whose account is not in Exact any more; returns how many there are.

        An empty list, or one that lacks most of them, is not believed: another
        administration was restored, or the login may not see everything.
        """
        links = self.env["exact.account"].search(
            [
                ("administration_id", "=", self.administration_id.id),
                ("state", "=", "linked"),
            ]
        )
        missing = links.filtered(lambda link: link.guid not in there)
        if not there or len(missing) > max(10, len(links) / 2):
            return len(missing)
        missing._exact_set_gone()
        return self.env["exact.account"].search_count(
            [
                ("administration_id", "=", self.administration_id.id),
                ("state", "=", "gone"),
            ]
        )

    def _linked(self) -> dict:
        """The partners and accounts that are settled: nothing is proposed for them."""
        self.env["exact.account"].flush_model()
        self.env.cr.execute(
            """
            SELECT partner_id, guid
              FROM exact_account
             WHERE administration_id = %s
               AND state IN ('linked', 'creating')
            """,
            (self.administration_id.id,),
        )
        rows = self.env.cr.fetchall()
        return {
            "partner_id": {row[0] for row in rows},
            "guid": {row[1] for row in rows if row[1]},
        }

    # --- both sides ----------------------------------------------------------

    def _partner_domain(self) -> Domain:
        administration = self.administration_id
        companies = administration.company_id._accessible_branches()
        companies &= administration._locations() | administration.company_id
        ours = Domain("company_id", "in", [False, *companies.ids])
        # What is a commercial partner (odoo/addons/base/models/res_partner.py).
        whole = Domain("parent_id", "=", False) | Domain("is_company", "=", True)
        used = Domain("customer_rank", ">", 0) | Domain("supplier_rank", ">", 0)
        if self.scope == "companies":
            used |= Domain("is_company", "=", True)
        return ours & whole & used

    def _partners(self, linked: set) -> list[Side]:
        """The partners that matter, in batches so that the cache stays small."""
        partners = self.env["res.partner"].search(self._partner_domain(), order="id")
        sides = []
        ids = [partner_id for partner_id in partners.ids if partner_id not in linked]
        for start in range(0, len(ids), BATCH):
            batch = partners.browse(ids[start : start + BATCH])
            batch.fetch(PARTNER_FIELDS)
            sides += map(self._partner_side, batch)
            batch.invalidate_recordset(flush=False)
        return sides

    def _partner_side(self, partner) -> Side:
        return Side(
            partner.id,
            name=partner.name or "",
            vat_number=numbers.vat_number(partner.vat),
            company_number=partner.company_registry or "",
            code=payloads.digits(partner.ref or ""),
            postcode=partner.zip or "",
            country=partner.country_id.code or "",
            email=partner.email or "",
        )

    @staticmethod
    def _account_side(row: dict) -> Side:
        return Side(
            row["ID"],
            name=row["Name"] or "",
            vat_number=row["VATNumber"] or "",
            company_number=row["ChamberOfCommerce"] or "",
            code=row["Code"] or "",
            postcode=row["Postcode"] or "",
            country=row["Country"] or "",
            email=row["Email"] or "",
        )

    # --- the list ------------------------------------------------------------

    def _replace_lines(self, accounts: dict, pairs: list) -> None:
        lines = self.env["exact.match.line"]
        mine = [("match_id", "=", self.id)]
        lines.search([*mine, ("state", "=", "open")]).unlink()
        refused = {
            (line.partner_id.id, line.guid)
            for line in lines.search([*mine, ("state", "=", "refused")])
        }
        pairs = [pair for pair in pairs if (pair.here, pair.there) not in refused]
        values = []
        for pair in pairs:
            kind = "sure" if pair.sure else "several" if pair.several else "likely"
            more = {"partner_id": pair.here, "score": pair.score, "reason": pair.reason}
            values.append(self._line(accounts[pair.there]) | more | {"kind": kind})
        paired = {pair.there for pair in pairs}
        values += [
            self._line(row) | {"kind": "alone"}
            for guid, row in accounts.items()
            if guid not in paired
        ]
        for start in range(0, len(values), BATCH):
            batch = lines.create(values[start : start + BATCH])
            batch.flush_recordset()
            batch.invalidate_recordset(flush=False)

    def _line(self, row: dict) -> dict:
        return {"match_id": self.id} | {
            field: row[name] for name, field in READ.items()
        }
