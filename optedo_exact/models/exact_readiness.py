from odoo import api, fields, models

from ..exact import states
from .account_move import SALES
from .exact_administration_options import DEFAULT_GL_ACCOUNTS
from .exact_mapping import OPTIONAL

TO_BOOK = (states.NONE, states.QUEUED, states.BLOCKED, states.REJECTED)
PROBLEMS = ("missing", "gone", "blocked", "unfit", "changed")


class ExactMapping(models.Model):
    """How many invoices wait for a code (product C2)."""

    _inherit = "exact.mapping"

    invoice_count = fields.Integer(
        "Invoices to book",
        compute="_compute_invoice_count",
        compute_sudo=True,
        help="Confirmed invoices that are not in Exact yet and use this.",
    )

    def _compute_invoice_count(self):
        counts: dict = {}
        for administration in self.administration_id:
            for kind in set(self.mapped("kind")):
                counts |= self._count_used(administration, kind)
        for mapping in self:
            key = (mapping.administration_id.id, mapping.kind, mapping._source().id)
            mapping.invoice_count = counts.get(key, 0)

    @api.model
    def _count_used(self, administration, kind: str) -> dict:
        """Invoices to book per record of a kind, in one query."""
        to_book = administration._to_book_domain()
        if kind in OPTIONAL:
            lines = [("move_id", "any", to_book), ("display_type", "=", "product")]
            counts = self._count_analytic(lines)
            return {(administration.id, kind, key): n for key, n in counts.items()}
        if kind in ("journal", "payment_term"):
            field = {"journal": "journal_id", "payment_term": "invoice_payment_term_id"}
            groups = self.env["account.move"]._read_group(
                to_book, [field[kind]], ["__count"]
            )
        else:
            lines = [("move_id", "any", to_book), ("display_type", "=", "product")]
            field = {"tax": "tax_ids", "account": "account_id"}
            groups = self.env["account.move.line"]._read_group(
                lines, [field[kind]], ["move_id:count_distinct"]
            )
        return {(administration.id, kind, record.id): n for record, n in groups}

    def _problem_text(self) -> str:
        """What is wrong with this row, with what changed."""
        label = dict(self._fields["problem"]._description_selection(self.env))
        details = {"changed": self.change_text, "unfit": self.misfit_message}
        return ": ".join(filter(None, (label[self.problem], details.get(self.problem))))


class ExactAdministration(models.Model):
    """What is missing before invoices can be booked (product C2)."""

    _inherit = "exact.administration"

    missing_count = fields.Integer(compute="_compute_missing", compute_sudo=True)
    proposal_count = fields.Integer(compute="_compute_missing", compute_sudo=True)

    has_remarks = fields.Boolean(compute="_compute_missing", compute_sudo=True)

    def _to_book_domain(self) -> list:
        """Confirmed sales invoices of the company that are to be booked."""
        self.ensure_one()
        domain = [
            ("company_id", "in", self._locations().ids),
            ("state", "=", "posted"),
            ("move_type", "in", SALES),
            "|",
            ("exact_entry_id", "=", False),
            ("exact_entry_id.state", "in", TO_BOOK),
        ]
        if self.export_from:
            domain = [("invoice_date", ">=", self.export_from), *domain]
        return domain

    def _needed_kinds(self) -> tuple[str, ...]:
        """The lists of which nothing may be missing."""
        needed = ["journal", "tax", "payment_term"]
        if self.use_line_gl_account and self.require_line_gl_account:
            needed.append("account")
        if self.cost_center_plan_id:
            needed.append("cost_center")
        if self.cost_unit_plan_id:
            needed.append("cost_unit")
        return tuple(needed)

    @api.depends(
        "default_gl_account_id",
        "use_line_gl_account",
        "require_line_gl_account",
        "mapping_ids.problem",
        "mapping_ids.proposal_id",
        "mapping_ids.remark",
        "change_text",
    )
    def _compute_missing(self):
        for administration in self:
            rows = administration._missing_mappings()
            defaults = administration._default_account_problems()
            administration.missing_count = len(rows) + len(defaults)
            administration.proposal_count = len(
                administration.mapping_ids.filtered("proposal_id")
            )
            administration.has_remarks = any(
                administration.mapping_ids.mapped("remark")
            )

    def _missing_mappings(self):
        needed = self._needed_kinds()
        return self.mapping_ids.filtered(lambda row: row.problem and row.kind in needed)

    @api.model
    def _chosen_fields(self):
        # EXTENDS exact.chosen.mixin
        return DEFAULT_GL_ACCOUNTS

    def _default_account_problems(self) -> list[str]:
        """Sentences on the default ledger accounts: missing, gone, blocked, changed."""
        if not self.default_gl_account_id:
            return [self.env._("Choose the default ledger account.")]
        changes = self._change_texts()
        texts = []
        for name in DEFAULT_GL_ACCOUNTS:
            reference = self[name]
            label = self._fields[name]._description_string(self.env)
            if reference and not reference._usable():
                texts.append(f"{label}: {reference.display_name}.")
            elif name in changes:
                texts.append(
                    self.env._(
                        "%(label)s changed in Exact: %(change)s.",
                        label=label,
                        change=changes[name],
                    )
                )
        return texts

    def action_accept_proposals(self):
        """Take over every proposal, after a look at them."""
        self.ensure_one()
        self._check_manager()
        self.mapping_ids.action_accept_proposal()
        return True

    def action_open_missing(self):
        """The rows without a usable code, editable in place."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Codes to choose"),
            "res_model": "exact.mapping",
            "view_mode": "list",
            "domain": [
                ("administration_id", "=", self.id),
                ("kind", "in", self._needed_kinds()),
                ("problem", "in", PROBLEMS),
            ],
        }

    def action_open_readiness(self):
        """Everything that keeps invoices back or should be looked at, with links."""
        self.ensure_one()
        self._check_manager()
        return self.env["exact.readiness.line"]._action_list(self)
