from odoo import api, models
from odoo.fields import Domain

from . import issues
from .account_move import BILL_FILE_FIELDS, BILL_FILE_TYPES, BILLS, SALES
from .exact_bulk import BY_ITSELF

IS_BILL = Domain("move_type", "in", BILLS)
IS_SALE = Domain("move_type", "in", SALES)


class ExactBulk(models.AbstractModel):
    """Bills in an export of many: they need a file, and none of the codes of sales."""

    _inherit = "exact.bulk"

    @api.model
    def _obstacles(self, administration, candidates: Domain, by_itself: bool) -> list:
        # EXTENDS: what keeps a sale back says nothing of a bill, but for the start.
        if not administration._has_start():
            return super()._obstacles(administration, candidates, by_itself)
        found = [
            (issue, list(Domain(domain) & IS_SALE))
            for issue, domain in super()._obstacles(
                administration, candidates & IS_SALE, by_itself
            )
        ]
        if administration.export_bills == "no":
            return found
        found += [
            (issue, list(Domain(domain) & IS_BILL))
            for issue, domain in self._obstacles_of_bills(administration, by_itself)
        ]
        return found

    def _obstacles_of_bills(self, administration, by_itself: bool):
        if administration.export_bills == "mailbox":
            issue = self.env["exact.postbox"]._check(administration)
            if issue:
                yield issue, [("id", "!=", False)]
        files = self.env["ir.attachment"]._search(
            [
                ("res_model", "=", "account.move"),
                ("res_field", "in", BILL_FILE_FIELDS),
                ("res_id", "!=", False),  # one of no record would match every bill
                # Odoo takes an XML file for plain text now and then.
                "|",
                "|",
                ("mimetype", "in", BILL_FILE_TYPES),
                ("name", "=ilike", "%.pdf"),
                ("name", "=ilike", "%.xml"),
            ]
        )
        yield (
            issues.make("bulk_bill_file_missing"),
            [("id", "not in", files.subselect("res_id"))],
        )
        if by_itself:
            yield (
                issues.make("bulk_refused"),
                [("exact_entry_id", "any", [("state", "not in", BY_ITSELF)])],
            )

    @api.model
    def _not_offered(self, administration, move_ids: list) -> list:
        # EXTENDS: why a bill that was selected cannot go.
        moves = self.env["account.move"]
        bills = moves.search(Domain("id", "in", move_ids) & IS_BILL)
        others = [move_id for move_id in move_ids if move_id not in bills._ids]
        found = super()._not_offered(administration, others) if others else []
        candidates = self._candidates(administration, bills.ids)
        rest = bills - moves.search(candidates)
        here = rest.filtered_domain(
            [("company_id", "in", administration._locations().ids)]
        )
        off = here if administration.export_bills == "no" else moves
        early = (here - off).filtered(lambda move: move.exact_is_before_start)
        drafts = (here - off - early).filtered(
            lambda move: move.state != "posted" and not move._exact_is_with_exact()
        )
        kinds = [
            ("bulk_other_company", rest - here),
            ("bills_off", off),
            ("bulk_too_old", early),
            ("bulk_draft", drafts),
            ("bulk_bill_there", here - off - early - drafts),
        ]
        return found + [
            (issues.make(code), [("id", "in", of.ids)], len(of))
            for code, of in kinds
            if of
        ]

    @api.model
    def _totals_per_vat_code(self, administration, goes: Domain) -> list[dict]:
        # EXTENDS: Exact decides on the VAT of a bill.
        return super()._totals_per_vat_code(administration, goes & IS_SALE)

    @api.model
    def _calls(self, administration, goes: Domain, count: int) -> int:
        # EXTENDS: a mail is no call to Exact, a document with its file is two.
        bills = self.env["account.move"].search_count(goes & IS_BILL)
        calls = super()._calls(administration, goes & IS_SALE, count - bills)
        if administration.export_bills == "document":
            calls += 2 * bills + 2 * self._new_suppliers(administration, goes & IS_BILL)
        return calls

    def _new_suppliers(self, administration, bills: Domain) -> int:
        """How many suppliers Exact does not know yet."""
        known = [("administration_id", "=", administration.id), ("guid", "!=", False)]
        unknown = bills & Domain(
            "commercial_partner_id", "not any", [("exact_account_ids", "any", known)]
        )
        [[new]] = self.env["account.move"]._read_group(
            unknown, [], ["commercial_partner_id:count_distinct"]
        )
        return new
