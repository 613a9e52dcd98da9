from odoo import api, models
from odoo.exceptions import ValidationError

CODES = ("EXACT", *(f"EXAC{number}" for number in range(2, 10)))


class AccountJournal(models.Model):
    """Keeps the clearing journal one: no bank, no statements, no hash (product G1).

    With statements, who paid would be seen twice; with a hash, a payment that was taken
    back in Exact could not be cancelled.
    """

    _inherit = "account.journal"

    @api.constrains(
        "type",
        "bank_account_id",
        "restrict_mode_hash_table",
        "active",
        "default_account_id",
    )
    def _check_exact_clearing(self):
        used = (
            self.env["exact.administration"]
            .sudo()
            .search([("payment_journal_id", "in", self.ids)])
        )
        for journal in used.payment_journal_id & self:
            if not journal._exact_may_clear():
                raise ValidationError(
                    self.env._(
                        "%s takes the payments that come from Exact Online: it stays a "
                        "bank journal on an account of its own, without bank account "
                        "and hash.",
                        journal.display_name,
                    )
                )

    @api.model
    def _exact_clearing_journal(self, company):
        """The clearing journal of a company: the one there was, else a new one.

        Another addon or person may have a journal of that code for something else.
        """
        ours = self.search([("code", "=like", "EXA%"), ("company_id", "=", company.id)])
        for journal in ours.filtered(lambda journal: journal.code in CODES):
            if journal._exact_may_clear() and not journal._exact_is_a_bank():
                return journal
        return self.create(
            {
                "name": self.env._("Exact Online payments"),
                "code": next(code for code in CODES if code not in ours.mapped("code")),
                "type": "bank",
                "company_id": company.id,
                "show_on_dashboard": False,
            }
        )

    def _exact_is_a_bank(self) -> bool:
        """Whether statements were booked on it."""
        lines = self.env["account.bank.statement.line"]
        return bool(lines.search_count([("journal_id", "=", self.id)], limit=1))

    def _exact_may_clear(self) -> bool:
        """Whether payments from Exact may be booked on it."""
        return (
            self.active
            and self.type == "bank"
            and not self.bank_account_id
            and not self.restrict_mode_hash_table
            and self.default_account_id.account_type == "asset_cash"
        )


class AccountBankStatementLine(models.Model):
    _inherit = "account.bank.statement.line"

    @api.constrains("journal_id")
    def _check_not_on_exact_clearing(self):
        used = (
            self.env["exact.administration"]
            .sudo()
            .search([("payment_journal_id", "in", self.journal_id.ids)], limit=1)
        )
        if used:
            raise ValidationError(
                self.env._(
                    "%s takes the payments that come from Exact Online, and no bank "
                    "statements. Choose the journal of the bank.",
                    used.payment_journal_id.display_name,
                )
            )
