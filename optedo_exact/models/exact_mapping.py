from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from .account_move import SALES

# kind: (field with the record of Odoo, kind of reference)
KINDS = {
    "journal": ("journal_id", "journal"),
    "tax": ("tax_id", "vat_code"),
    "account": ("account_id", "gl_account"),
    "payment_term": ("payment_term_id", "payment_condition"),
}
# Kinds in which an empty record has a meaning: lines without tax.
MAY_BE_EMPTY = ("tax",)


class ExactMapping(models.Model):
    """Which code of Exact stands for a journal, tax, account or term of Odoo."""

    _name = "exact.mapping"
    _description = "Exact Online Mapping"
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
        ],
        required=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        ondelete="cascade",
        domain="[('type', '=', 'sale'), ('company_id', 'parent_of', company_id)]",
    )
    tax_id = fields.Many2one(
        "account.tax",
        ondelete="cascade",
        domain="[('type_tax_use', '=', 'sale'),"
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
    source_name = fields.Char(
        "In Odoo", compute="_compute_source_name", compute_sudo=True
    )
    problem = fields.Selection(
        [
            ("missing", "No code chosen"),
            ("gone", "No longer in Exact"),
            ("blocked", "Blocked in Exact"),
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

    @api.depends("kind")
    def _compute_reference_kind(self):
        for mapping in self:
            mapping.reference_kind = KINDS.get(mapping.kind, ("", ""))[1]

    @api.depends("kind", "journal_id", "tax_id", "account_id", "payment_term_id")
    @api.depends_context("lang")
    def _compute_source_name(self):
        for mapping in self:
            record = mapping._source()
            mapping.source_name = record.display_name or self.env._("Lines without tax")

    @api.depends("reference_id.gone", "reference_id.blocked")
    def _compute_problem(self):
        for mapping in self:
            reference = mapping.reference_id
            if not reference:
                mapping.problem = "missing"
            else:
                mapping.problem = (reference.gone and "gone") or (
                    reference.blocked and "blocked"
                )

    @api.model
    def _search_problem(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = {
            "missing": Domain("reference_id", "=", False),
            "gone": Domain("reference_id.gone", "=", True),
            "blocked": Domain("reference_id.blocked", "=", True),
        }
        found = Domain.OR(domains[name] for name in value if name in domains)
        return found | ~Domain.OR(domains.values()) if False in value else found

    @api.depends("source_name", "reference_id")
    def _compute_display_name(self):
        for mapping in self:
            code = mapping.reference_id.code or "…"
            mapping.display_name = f"{mapping.source_name} → {code}"

    @api.constrains("kind", *(field for field, _kind in KINDS.values()))
    def _check_source(self):
        for mapping in self:
            if not mapping._source() and mapping.kind not in MAY_BE_EMPTY:
                raise ValidationError(
                    self.env._("Choose what it is in Odoo on each row.")
                )

    @api.constrains("reference_id", "credit_note_reference_id", "administration_id")
    def _check_reference(self):
        for mapping in self:
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
                            "%(source)s.",
                            code=reference.display_name,
                            source=mapping.source_name,
                        )
                    )
            if mapping.kind == "journal" and any(r.type != "20" for r in references):
                raise ValidationError(
                    self.env._(
                        "Choose a sales journal (type 20) of Exact for %s.",
                        mapping.source_name,
                    )
                )

    def write(self, vals):
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
    def _list_used(self, administration) -> None:
        """Add a row, still without a code, for everything in use."""
        for kind, records in self._used(administration).items():
            field = KINDS[kind][0]
            rows = self.search(
                [("administration_id", "=", administration.id), ("kind", "=", kind)]
            )
            self.create(
                [
                    {
                        "administration_id": administration.id,
                        "kind": kind,
                        field: record.id,
                    }
                    for record in records - rows[field]
                ]
            )
            if kind in MAY_BE_EMPTY and all(row[field] for row in rows):
                self.create({"administration_id": administration.id, "kind": kind})

    @api.model
    def _used(self, administration) -> dict:
        """What the sales of the company use, per kind."""
        company = administration.company_id
        lines = self.env["account.move.line"]
        sales = [
            ("company_id", "child_of", company.id),
            ("move_type", "in", SALES),
            ("display_type", "=", "product"),
        ]

        def used(field):
            return self.env[lines._fields[field].comodel_name].union(
                *(value for [value] in lines._read_group(sales, [field]))
            )

        journals = self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(company),
                ("type", "=", "sale"),
            ]
        )
        taxes = used("tax_ids") | company.account_sale_tax_id
        terms = self.env["account.move"]._read_group(
            [
                ("company_id", "child_of", company.id),
                ("move_type", "in", SALES),
                ("invoice_payment_term_id", "!=", False),
            ],
            ["invoice_payment_term_id"],
        )
        return {
            "journal": journals,
            "tax": taxes.flatten_taxes_hierarchy(),
            "account": used("account_id"),
            "payment_term": self.env["account.payment.term"].union(
                *(term for [term] in terms)
            ),
        }
