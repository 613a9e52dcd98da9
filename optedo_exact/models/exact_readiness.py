from markupsafe import Markup

from odoo import api, fields, models

from ..exact import states
from .account_move import SALES
from .exact_mapping import OPTIONAL

TO_BOOK = (states.NONE, states.QUEUED, states.BLOCKED, states.REJECTED)


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


class ExactAdministration(models.Model):
    """What is done and what is missing before an invoice can be booked."""

    _inherit = "exact.administration"

    set_up_html = fields.Html(
        compute="_compute_set_up", compute_sudo=True, sanitize=False
    )
    missing_count = fields.Integer(compute="_compute_set_up", compute_sudo=True)
    proposal_count = fields.Integer(compute="_compute_set_up", compute_sudo=True)

    def _to_book_domain(self) -> list:
        """Confirmed sales invoices of the company that are to be booked."""
        self.ensure_one()
        domain = [
            ("company_id", "child_of", self.company_id.id),
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
        "division",
        "connection_state",
        "default_gl_account_id",
        "use_line_gl_account",
        "require_line_gl_account",
        "mapping_ids.reference_id",
    )
    @api.depends_context("lang")
    def _compute_set_up(self):
        for administration in self:
            steps = administration._set_up_steps()
            administration.missing_count = sum(missing for _label, missing in steps)
            administration.proposal_count = len(
                administration.mapping_ids.filtered("proposal_id")
            )
            administration.set_up_html = Markup(
                "<ul class='list-inline mb-2'>%s</ul>"
            ) % (
                Markup("").join(self._step(label, missing) for label, missing in steps)
            )

    def _set_up_steps(self) -> list[tuple[str, int]]:
        """Each step of the set-up with how much of it is missing."""
        needed = self._needed_kinds()
        rows = self.mapping_ids.filtered(lambda row: row.problem)
        missing = {
            kind: len(rows.filtered(lambda row, kind=kind: row.kind == kind))
            for kind in needed
        }
        steps = [
            (self.env._("Log in"), int(self.connection_state != "connected")),
            (self.env._("Administration"), int(not self.division)),
            (self.env._("Journals"), missing["journal"]),
            (self.env._("VAT codes"), missing["tax"]),
            (
                self.env._("Ledger accounts"),
                missing.get("account", 0) + int(not self.default_gl_account_id),
            ),
            (self.env._("Payment conditions"), missing["payment_term"]),
        ]
        return steps

    @staticmethod
    def _step(label: str, missing: int) -> Markup:
        icon = "fa-circle-o text-warning" if missing else "fa-check-circle text-success"
        number = Markup(" <span class='badge text-bg-warning'>%s</span>") % missing
        return Markup(
            "<li class='list-inline-item me-3'><i class='fa %s' role='presentation'/> "
            "%s%s</li>"
        ) % (icon, label, number if missing else "")

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
            "name": self.env._("What is missing"),
            "res_model": "exact.mapping",
            "view_mode": "list",
            "domain": [
                ("administration_id", "=", self.id),
                ("kind", "in", self._needed_kinds()),
                ("problem", "in", ("missing", "gone", "blocked")),
            ],
        }
