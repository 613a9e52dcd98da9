import logging

from odoo import models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..exact import catalogue
from .guards import MANAGERS, check_invoicing_right

_logger = logging.getLogger(__name__)

# Where our own issues are mended: the kinds of a mapping.
KINDS = {
    "journal_unmapped": catalogue.JOURNAL,
    "journal_gone": catalogue.JOURNAL,
    "currency_not_in_journal": catalogue.JOURNAL,
    "tax_unmapped": catalogue.TAX,
    "no_tax_unmapped": catalogue.TAX,
    "several_taxes": catalogue.TAX,
    "tax_no_rate": catalogue.TAX,
    "vat_code_direction": catalogue.TAX,
    "vat_code_nature": catalogue.TAX,
    "vat_code_rate": catalogue.TAX,
    "account_unmapped": catalogue.ACCOUNT,
    "gl_account_type": catalogue.ACCOUNT,
    "payment_term_unmapped": catalogue.PAYMENT_TERM,
    "instalments": catalogue.PAYMENT_TERM,
    "cost_center_unmapped": catalogue.COST_CENTER,
    "cost_center_missing": catalogue.COST_CENTER,
    "cost_unit_unmapped": catalogue.COST_UNIT,
    "cost_unit_missing": catalogue.COST_UNIT,
}


class AccountMove(models.Model):
    """Leads from a problem to the place where it is mended (product F6)."""

    _inherit = "account.move"

    def action_exact_export(self):
        # EXTENDS: the last one of a cause closes its activity.
        result = super().action_exact_export()
        self._exact_close_solved()
        return result

    def _exact_close_solved(self) -> None:
        """Close the activities of causes that are gone now, where nobody else does.

        It must not fail: the request would start again after Exact has booked.
        """
        try:
            with self.env.cr.savepoint():
                self.exact_entry_id.sudo().administration_id._close_solved()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _logger.info("The job closes the activities of %s", self)

    def _exact_way_out(self, entry) -> dict:
        # EXTENDS: the rows of a mapping, and where a refusal of Exact is mended.
        place = self._exact_place(entry)
        if place in KINDS.values():
            return self._exact_offer(
                self._exact_mapping_text(place),
                self._exact_server_action("exact_choose_code_action"),
                *MANAGERS,
            )
        if place == catalogue.CUSTOMER:
            return self._exact_offer_customer(self.sudo()._exact_party())
        if place == catalogue.SETUP:
            return self._exact_offer_set_up(entry.administration_id)
        return super()._exact_way_out(entry)

    def _exact_place(self, entry) -> str | None:
        """Where the issue of an entry is mended, as the catalogue names places."""
        code = entry.issue_code
        cause = code in catalogue.CODES and catalogue.find(entry.issue_text)
        return cause.place if cause else KINDS.get(code)

    def _exact_mapping_text(self, kind: str) -> str:
        return {
            catalogue.JOURNAL: self.env._("Choose the journal"),
            catalogue.TAX: self.env._("Choose the VAT code"),
            catalogue.ACCOUNT: self.env._("Choose the ledger account"),
            catalogue.PAYMENT_TERM: self.env._("Choose the payment condition"),
            catalogue.COST_CENTER: self.env._("Choose the cost centre"),
            catalogue.COST_UNIT: self.env._("Choose the cost unit"),
        }[kind]

    def action_exact_choose_code(self):
        """The rows where the code that this invoice misses is chosen.

        What came into use since the lists were read gets its row first.
        """
        self.ensure_one()
        check_invoicing_right(self.env, "optedo_exact.group_exact_manager")
        self.check_access("read")
        entry = self.exact_entry_id.sudo()
        kind, administration = self._exact_place(entry), entry.administration_id
        if kind not in KINDS.values() or not administration:
            raise UserError(self.env._("Nothing is to be chosen here any more."))
        self.env["exact.mapping"].sudo()._list_used(administration)
        # Where a chosen one does not fit, it is among all of them.
        lacks_one = entry.issue_code.endswith("_unmapped")
        return {
            "type": "ir.actions.act_window",
            "name": self._exact_mapping_text(kind),
            "res_model": "exact.mapping",
            "view_mode": "list",
            "views": [(False, "list")],
            "domain": [
                ("administration_id", "=", administration.id),
                ("kind", "=", kind),
            ],
            "context": {"one_kind": True, "search_default_problems": lacks_one},
        }
