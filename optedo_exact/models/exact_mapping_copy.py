from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from .exact_administration_options import DEFAULT_GL_ACCOUNTS
from .exact_mapping import KINDS
from .exact_mapping_bills import EXCLUSIVE

TAKE, KEPT, REFUSED = "take", "kept", "refused"
VAT = "tax"
# What makes a record of another company the same thing in this one.
ALIKE = {
    "account.journal": ("code", "type"),
    "account.tax": ("name", "type_tax_use", "amount_type", "amount"),
    "account.payment.term": ("name",),
    "account.analytic.account": ("code", "name"),
}


class Copied(NamedTuple):
    """A code of another administration, and what becomes of it here."""

    kind: str  # of the mapping; "default" for a default ledger account
    source: models.BaseModel  # what it stands for in Odoo, here
    name: str  # the same in words
    field: str  # that it is chosen in
    there: models.BaseModel  # the code
    here: models.BaseModel  # the code that is chosen, or was
    result: str  # TAKE, KEPT or REFUSED
    reason: str  # why it is not taken over
    row: models.BaseModel  # the mapping there


class ExactAdministration(models.Model):
    """Takes over the codes of another administration, after a look (product A5)."""

    _inherit = "exact.administration"

    may_copy_codes = fields.Boolean(compute="_compute_may_copy_codes")

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_may_copy_codes(self):
        for administration in self:
            administration.may_copy_codes = bool(
                administration.may_change
                and administration.references_read_at
                and administration._codes_offered()
            )

    def action_copy_codes(self):
        """Show what would be taken over from another administration."""
        self.ensure_one()
        self._check_manager()
        offered = self._codes_offered()
        if not offered:
            raise UserError(
                self.env._("No other administration that you may see has codes chosen.")
            )
        return self._action_look_at_codes(offered[0])

    def _action_look_at_codes(self, other) -> dict:
        wizard = self.env["exact.copy.codes"].create(
            {"administration_id": self.id, "other_id": other.id}
        )
        return wizard._action_open()

    def _codes_offered(self):
        """Administrations whose codes the user may see: that of the company above
        first, then those with the most codes."""
        self.ensure_one()
        mappings = self.env["exact.mapping"]
        groups = mappings._read_group(
            [
                ("reference_id", "!=", False),
                ("administration_id", "not in", self._origin.ids),
            ],
            ["administration_id"],
            ["__count"],
        )
        above = self.company_id.sudo().parent_id.exact_administration_id
        ordered = sorted(groups, key=lambda found: (found[0].id != above.id, -found[1]))
        found = self.browse([administration.id for administration, _n in ordered])
        return found._filtered_access("read")

    # --- what becomes of each ------------------------------------------------

    def _plan_of_codes(self, other) -> list[Copied]:
        """What of the codes of another administration is chosen here, and what not.

        The same code is only taken over where it means the same; the rest is left to a
        person. What is chosen here already stays.
        """
        self.ensure_one()
        plan = []
        for row in other.mapping_ids:
            # The right to set up the link suffices; journals are Odoo's own.
            source = self._alike(row._source().sudo(), other.company_id)
            mine = self.env["exact.mapping"]._get(self, row.kind, source)
            lost = bool(row._source() and not source)
            for field in (name for name in row._chosen_fields() if row[name]):
                chosen = mine[field] if mine and not lost else row[field].browse()
                problem = self._why_no_such_record(row) if lost else ""
                plan.append(self._copied(row, source, field, chosen, problem))
            for there in row.bill_reference_ids:
                problem = self._why_no_such_record(row) if lost else ""
                plan.append(self._copied_for_bills(row, source, there, problem))
        fields_get = self.fields_get(DEFAULT_GL_ACCOUNTS, ["string"])
        for field in (name for name in DEFAULT_GL_ACCOUNTS if other[name]):
            words = fields_get[field]["string"]
            plan.append(self._copied_default(other, field, words))
        return plan

    def _copied(self, row, source, field, chosen, problem) -> Copied:
        there = row[field]
        same, differs = self._counterpart(there)
        here = chosen or same
        if not problem and not chosen:
            problem = self._why_not(row) or differs
        result = REFUSED if problem else KEPT if chosen else TAKE
        reason = self.env._("Chosen already") if chosen else problem
        name = row.source_name
        if field == "credit_note_reference_id":
            name = self.env._("%s, credit notes", name)
        return Copied(row.kind, source, name, field, there, here, result, reason, row)

    def _copied_for_bills(self, row, source, there, problem) -> Copied:
        here, differs = self._counterpart(there)
        mappings = self.env["exact.mapping"]
        mine = mappings if problem else mappings._get(self, row.kind, source)
        kept = bool(here and here in mine.bill_reference_ids)
        others = mappings._coming_in(self, row.kind, here) - mine
        if not problem and not kept:
            problem = self._why_not(row) or differs
            if not problem and row.kind in EXCLUSIVE and others:
                problem = self.env._(
                    "Its bills come in on %s here", others[:1].source_name
                )
        return Copied(
            row.kind,
            source,
            self.env._("%s, bills that come in", row.source_name),
            "bill_reference_ids",
            there,
            here,
            KEPT if kept else REFUSED if problem else TAKE,
            self.env._("Chosen already") if kept else problem,
            row,
        )

    def _copied_default(self, other, field: str, words: str) -> Copied:
        there, chosen = other[field], self[field]
        same, differs = self._counterpart(there)
        problem = "" if chosen else differs
        return Copied(
            "default",
            self,
            words,
            field,
            there,
            chosen or same,
            KEPT if chosen else REFUSED if problem else TAKE,
            self.env._("Chosen already") if chosen else problem,
            self.env["exact.mapping"],
        )

    def _why_not(self, row) -> str:
        """Why a code is left to a person, whichever it is; else empty."""
        mine, other = (
            company.account_fiscal_country_id
            for company in (self.company_id.sudo(), row.company_id.sudo())
        )
        if row.kind == VAT and mine and other and mine != other:
            return self.env._(
                "VAT codes of %(there)s mean nothing in %(here)s",
                there=other.name,
                here=mine.name,
            )
        return ""

    def _counterpart(self, there) -> tuple:
        """The code of this administration that is the same as one of another.

        :return: the code, and why there is none
        """
        same = self.env["exact.reference"].search(
            [
                ("administration_id", "=", self.id),
                ("kind", "=", there.kind),
                ("code", "=", there.code),
            ],
            order="gone",
            limit=1,
        )
        differs = self._why_differs(same, there)
        return same.browse() if differs else same, differs

    def _why_differs(self, same, there) -> str:
        """Why the element with the same code is not the same; empty where it is."""
        if not same:
            return self.env._("There is no %s here", there.code)
        if same.gone:
            return self.env._("%s is no longer in Exact here", there.code)
        if same.blocked:
            return self.env._("%s is blocked here", there.code)
        if differing := same._differing_traits(there):
            return self.env._(
                "%(code)s is another one here: %(differing)s",
                code=there.code,
                differing=", ".join(differing),
            )
        return ""

    def _why_no_such_record(self, row) -> str:
        return self.env._(
            "%(company)s has no such %(kind)s",
            company=self.company_id.sudo().name,
            kind=dict(row._fields["kind"]._description_selection(self.env))[
                row.kind
            ].lower(),
        )

    def _alike(self, record, company):
        """What of this administration's company is a record of another company's.

        :param company: the other one
        :return: the record itself where both use it, else one that is alike
        """
        mine = self.company_id.sudo()
        if not record:
            return record
        if record.filtered_domain(record._check_company_domain(mine)):
            return record
        own = record.with_company(mine)
        if record._name == "account.account":
            alike = [("code", "=", record.with_company(company.sudo()).code)]
        else:
            alike = [(name, "=", record[name]) for name in ALIKE[record._name]]
        return own.search([*record._check_company_domain(mine), *alike], limit=1)

    # --- done ----------------------------------------------------------------

    def _take_codes_of(self, other) -> int:
        """Choose what can be taken over; returns how many codes that are."""
        mappings = self.env["exact.mapping"]
        taken = [item for item in self._plan_of_codes(other) if item.result == TAKE]
        for item in taken:
            if item.kind == "default":
                self[item.field] = item.here
                continue
            mine = mappings._get(self, item.kind, item.source)
            if not mine:
                mine = mappings.create(
                    {
                        "administration_id": self.id,
                        "kind": item.kind,
                        KINDS[item.kind][0]: item.source.id,
                    }
                )
            mine[item.field] |= item.here  # bills may come from several
            if item.row.has_instalments:
                mine.has_instalments = True
        return len(taken)
