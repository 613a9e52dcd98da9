import logging

from odoo import models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..exact import catalogue

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
        code = entry.issue_code
        cause = code in catalogue.CODES and catalogue.find(entry.issue_text)
        place = cause.place if cause else KINDS.get(code)
        if place in KINDS.values():
            return self._exact_way_to_mapping(entry.administration_id, place)
        if place == catalogue.CUSTOMER:
            return {
                "action_text": self.env._("Open the customer"),
                "action": self.sudo()._exact_party().sudo(False)._get_records_action(),
            }
        if place == catalogue.SETUP:
            administration = entry.administration_id.with_env(self.env)
            return {
                "action_text": self.env._("Open the set-up of Exact Online"),
                "action": administration._action_form(),
            }
        return super()._exact_way_out(entry)

    def _exact_way_to_mapping(self, administration, kind: str) -> dict:
        """The rows where the codes of one kind are chosen."""
        texts = {
            catalogue.JOURNAL: self.env._("Choose the journal"),
            catalogue.TAX: self.env._("Choose the VAT code"),
            catalogue.ACCOUNT: self.env._("Choose the ledger account"),
            catalogue.PAYMENT_TERM: self.env._("Choose the payment condition"),
            catalogue.COST_CENTER: self.env._("Choose the cost centre"),
            catalogue.COST_UNIT: self.env._("Choose the cost unit"),
        }
        return {
            "action_text": texts[kind],
            "action": {
                "type": "ir.actions.act_window",
                "name": texts[kind],
                "res_model": "exact.mapping",
                "view_mode": "list",
                "views": [(False, "list")],
                "domain": [
                    ("administration_id", "=", administration.id),
                    ("kind", "=", kind),
                ],
            },
        }
