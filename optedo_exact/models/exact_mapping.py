from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from .guards import check_not_readonly

# kind: (field with the record of Odoo, kind of reference)
KINDS = {
    "journal": ("journal_id", "journal"),
    "tax": ("tax_id", "vat_code"),
    "account": ("account_id", "gl_account"),
    "payment_term": ("payment_term_id", "payment_condition"),
    "cost_center": ("analytic_account_id", "cost_center"),
    "cost_unit": ("analytic_account_id", "cost_unit"),
}
SOURCES = tuple(dict.fromkeys(field for field, _kind in KINDS.values()))
# Kinds in which an empty record has a meaning: lines without tax, without analytics.
MAY_BE_EMPTY = ("tax", "cost_center", "cost_unit")
OPTIONAL = ("cost_center", "cost_unit")


class ExactMapping(models.Model):
    """Which code of Exact stands for a journal, tax, account or term of Odoo."""

    _name = "exact.mapping"
    _description = "Exact Online Mapping"
    _inherit = ["exact.chosen.mixin"]
    _order = "administration_id, kind, id"

    administration_id = fields.Many2one(
        "exact.administration", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="administration_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("journal", "Journal"),
            ("tax", "Tax"),
            ("account", "Account"),
            ("payment_term", "Payment term"),
            ("cost_center", "Cost centre"),
            ("cost_unit", "Cost unit"),
        ],
        required=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        ondelete="cascade",
        domain="[('type', 'in', ('sale', 'purchase')),"
        " ('company_id', 'parent_of', company_id)]",
    )
    tax_id = fields.Many2one(
        "account.tax",
        ondelete="cascade",
        domain="[('type_tax_use', 'in', ('sale', 'purchase')),"
        " ('company_id', 'parent_of', company_id)]",
        help="Empty: lines without tax.",
    )
    account_id = fields.Many2one(
        "account.account",
        ondelete="cascade",
        domain="[('company_ids', 'parent_of', company_id)]",
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        ondelete="cascade",
        domain="['|', ('company_id', '=', False),"
        " ('company_id', 'parent_of', company_id)]",
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        ondelete="cascade",
        domain="['|', ('company_id', '=', False),"
        " ('company_id', 'parent_of', company_id)]",
        help="Empty: lines without one, where the ledger account demands it.",
    )
    reference_kind = fields.Char(compute="_compute_reference_kind")
    reference_id = fields.Many2one(
        "exact.reference",
        "In Exact",
        ondelete="set null",
        domain="[('administration_id', '=', administration_id),"
        " ('kind', '=', reference_kind), ('gone', '=', False),"
        " ('blocked', '=', False)]",
    )
    credit_note_reference_id = fields.Many2one(
        "exact.reference",
        "Credit notes in Exact",
        ondelete="set null",
        domain="[('administration_id', '=', administration_id),"
        " ('kind', '=', 'journal'), ('type', '=', '20'), ('gone', '=', False),"
        " ('blocked', '=', False)]",
        help="Only where credit notes go to a journal of their own.",
    )
    gl_account_id = fields.Many2one(
        "exact.reference",
        "No VAT, but a line on",
        ondelete="set null",
        domain="[('administration_id', '=', administration_id),"
        " ('kind', '=', 'gl_account'), ('gone', '=', False), ('blocked', '=', False)]",
        help="For a tax that is no VAT, such as a recycling contribution: its amount "
        "becomes a line of its own on this ledger account.",
    )
    has_instalments = fields.Boolean(
        "Has instalments",
        help="The payment condition in Exact has the same instalments as the term in "
        "Odoo. Exact then computes the due dates itself; it cannot be read from there.",
    )
    source_name = fields.Char(
        "In Odoo", compute="_compute_source_name", compute_sudo=True
    )
    problem = fields.Selection(
        [
            ("missing", "No code chosen"),
            ("gone", "No longer in Exact"),
            ("blocked", "Blocked in Exact"),
            ("changed", "Changed in Exact"),
        ],
        compute="_compute_problem",
        search="_search_problem",
    )

    _journal_uniq = models.UniqueIndex(
        "(administration_id, journal_id) WHERE kind = 'journal'",
        "This journal is already in the list.",
    )
    _tax_uniq = models.UniqueIndex(
        "(administration_id, COALESCE(tax_id, 0)) WHERE kind = 'tax'",
        "This tax is already in the list.",
    )
    _account_uniq = models.UniqueIndex(
        "(administration_id, account_id) WHERE kind = 'account'",
        "This account is already in the list.",
    )
    _payment_term_uniq = models.UniqueIndex(
        "(administration_id, payment_term_id) WHERE kind = 'payment_term'",
        "This payment term is already in the list.",
    )
    _analytic_account_uniq = models.UniqueIndex(
        "(administration_id, kind, COALESCE(analytic_account_id, 0))"
        " WHERE kind IN ('cost_center', 'cost_unit')",
        "This analytic account is already in the list.",
    )

    @api.depends("kind")
    def _compute_reference_kind(self):
        for mapping in self:
            mapping.reference_kind = KINDS.get(mapping.kind, ("", ""))[1]

    @api.depends("kind", *SOURCES)
    @api.depends_context("lang")
    def _compute_source_name(self):
        for mapping in self:
            record = mapping._source()
            mapping.source_name = record.display_name or (
                self.env._("Lines without tax")
                if mapping.kind == "tax"
                else self.env._("Lines without one")
            )

    @api.model
    def _chosen_fields(self):
        # EXTENDS exact.chosen.mixin
        return ("reference_id", "credit_note_reference_id", "gl_account_id")

    @api.depends(
        "reference_id.gone",
        "reference_id.blocked",
        "credit_note_reference_id.gone",
        "credit_note_reference_id.blocked",
        "gl_account_id.gone",
        "gl_account_id.blocked",
        "change_text",
    )
    def _compute_problem(self):
        for mapping in self:
            references = mapping._references_in_use()
            if references:
                mapping.problem = (
                    (any(references.mapped("gone")) and "gone")
                    or (any(references.mapped("blocked")) and "blocked")
                    or (bool(mapping.change_text) and "changed")
                )
            else:
                mapping.problem = not mapping._is_optional() and "missing"

    def _references_in_use(self):
        """The codes that invoices get: a ledger account takes the VAT code's place."""
        if self.gl_account_id or not self.reference_id:
            return self.gl_account_id
        return self.reference_id + self.credit_note_reference_id

    @api.model
    def _search_problem(self, operator, value):
        if operator != "in":
            return NotImplemented
        none = Domain("reference_id", "=", False) & Domain("gl_account_id", "=", False)
        none &= Domain("kind", "not in", OPTIONAL) | Domain(
            "analytic_account_id", "!=", False
        )
        # What was chosen is compared here; there are as many rows as codes in use.
        chosen = self.search([("chosen", "!=", False)])
        changed = chosen.filtered(lambda row: row.problem == "changed")
        domains = {
            "missing": none,
            "gone": self._domain_of_code("gone"),
            "blocked": self._domain_of_code("blocked"),
            "changed": Domain("id", "in", changed.ids),
        }
        found = Domain.OR(domains[name] for name in value if name in domains)
        return found | ~Domain.OR(domains.values()) if False in value else found

    @api.model
    def _domain_of_code(self, flag: str) -> Domain:
        """Rows with a code in use that is gone or blocked."""
        vat = Domain("reference_id", "!=", False) & Domain("gl_account_id", "=", False)
        vat &= Domain(f"reference_id.{flag}", "=", True) | Domain(
            f"credit_note_reference_id.{flag}", "=", True
        )
        return vat | Domain(f"gl_account_id.{flag}", "=", True)

    @api.depends("source_name", "reference_id")
    def _compute_display_name(self):
        for mapping in self:
            code = mapping.reference_id.code or "…"
            mapping.display_name = f"{mapping.source_name} → {code}"

    @api.constrains("kind", *SOURCES)
    def _check_source(self):
        for mapping in self:
            if not mapping._source() and mapping.kind not in MAY_BE_EMPTY:
                raise ValidationError(
                    self.env._("Choose what it is in Odoo on each row.")
                )

    @api.constrains(
        "reference_id",
        "credit_note_reference_id",
        "gl_account_id",
        "administration_id",
    )
    def _check_reference(self):
        for mapping in self:
            account = mapping.gl_account_id
            if account and (
                account.administration_id != mapping.administration_id
                or account.kind != "gl_account"
            ):
                raise ValidationError(
                    self.env._("Choose a ledger account of this administration.")
                )
            references = mapping.reference_id + mapping.credit_note_reference_id
            for reference in references:
                fits = (
                    reference.administration_id == mapping.administration_id
                    and reference.kind == mapping.reference_kind
                )
                if not fits:
                    raise ValidationError(
                        self.env._(
                            "%(code)s is not a code of this administration for "
                            "%(record)s.",
                            code=reference.display_name,
                            record=mapping.source_name,
                        )
                    )
            purchase = mapping.journal_id.type == "purchase"
            wanted = "22" if purchase else "20"
            if mapping.kind == "journal" and any(r.type != wanted for r in references):
                sentence = (
                    self.env._("Choose a purchase journal (type 22) of Exact for %s.")
                    if purchase
                    else self.env._("Choose a sales journal (type 20) of Exact for %s.")
                )
                raise ValidationError(sentence % mapping.source_name)

    def write(self, vals):
        check_not_readonly(self, vals)
        if "administration_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("A row stays with its administration; add another there.")
            )
        return super().write(vals)

    def _journal_for(self, move):
        """The journal of Exact that an invoice goes to (product B2)."""
        reference = self.reference_id
        if move.move_type == "out_refund":
            reference = self.credit_note_reference_id or reference
        return reference

    def _is_optional(self) -> bool:
        """Whether the row needs no code: the default for lines without analytics."""
        return self.kind in OPTIONAL and not self.analytic_account_id

    def _source(self):
        """The record of Odoo that this row is about, empty for "no tax"."""
        self.ensure_one()
        return self[KINDS[self.kind][0]] if self.kind else self.browse()

    @api.model
    def _get(self, administration, kind: str, record):
        """The row for a record of Odoo (an empty one for "no tax")."""
        return administration.mapping_ids.filtered(
            lambda m: m.kind == kind and m._source() == record
        )[:1]

    @api.model
    def _index(self, administration) -> dict:
        """The rows by kind and id of their record, which is ``False`` for none."""
        return {(row.kind, row._source().id): row for row in administration.mapping_ids}
