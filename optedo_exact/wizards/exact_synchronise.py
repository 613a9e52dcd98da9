from odoo import api, fields, models
from odoo.fields import Domain

from ..models import issues
from ..models.account_move import BILLS, SALES
from .exact_mark import SHOWN


class ExactSynchronise(models.TransientModel):
    """What an export of many invoices would do, before anything is sent (F3).

    Made by the link; it calls nobody. All of it is an estimate by the codes chosen:
    each invoice is checked in full when it goes. A page rather than a dialog: whoever
    looks at the invoices that cannot go comes back to it.
    """

    _name = "exact.synchronise"
    _description = "Export to Exact Online"

    administration_id = fields.Many2one("exact.administration", readonly=True)
    currency_id = fields.Many2one(related="administration_id.currency_id")
    origin = fields.Selection(
        [("all", "Synchronise"), ("selection", "Selected invoices")],
        required=True,
        readonly=True,
    )
    move_ids = fields.Json(readonly=True)
    other_ids = fields.Many2many(
        "exact.administration",
        string="Others of the selection",
        compute="_compute_other_ids",
        help="Administrations that other selected invoices are of; each has a page "
        "of its own.",
    )
    go_count = fields.Integer("Will go", readonly=True)
    go_ids = fields.Many2many("account.move", string="First to go", readonly=True)
    shown_text = fields.Char(compute="_compute_shown_text")
    left_count = fields.Integer("Cannot go", readonly=True)
    calls = fields.Integer("Calls to Exact, about", readonly=True)
    calls_left_today = fields.Integer("Calls left today", readonly=True)
    expected_end = fields.Datetime("Done about", readonly=True)
    on_error = fields.Selection(related="administration_id.on_error")
    has_sales = fields.Boolean(readonly=True)
    customer_update_text = fields.Char(related="administration_id.customer_update_text")
    is_under_way = fields.Boolean(readonly=True)
    problem = fields.Text(readonly=True)
    cause_line_ids = fields.One2many(
        "exact.synchronise.line",
        "synchronise_id",
        domain=[("kind", "=", "cause")],
        readonly=True,
    )
    journal_line_ids = fields.One2many(
        "exact.synchronise.line",
        "synchronise_id",
        domain=[("kind", "=", "journal")],
        readonly=True,
    )
    vat_line_ids = fields.One2many(
        "exact.synchronise.line",
        "synchronise_id",
        domain=[("kind", "=", "vat")],
        readonly=True,
    )

    @api.depends_context("lang")
    def _compute_display_name(self):
        for page in self:
            page.display_name = self.env._("Export to Exact")

    @api.depends("go_count")
    @api.depends_context("lang")
    def _compute_shown_text(self):
        for page in self:
            page.shown_text = page.go_count > SHOWN and self.env._(
                "The first %s of them:", SHOWN
            )

    @api.depends("move_ids", "administration_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_other_ids(self):
        for page in self:
            page.other_ids = page._selected() - page.administration_id

    def _selected(self):
        """The administrations of the invoices that a user selected."""
        moves = self.env["account.move"].browse(self.move_ids or []).exists()
        return moves._filtered_access("read").company_id.exact_administration_id

    @api.model
    def _make(self, administration, origin: str, move_ids: list | None = None):
        """The page for all invoices, or for those that a user selected."""
        bulk = self.env["exact.bulk"].sudo()
        administration = administration.sudo()
        goes, causes = bulk._split(administration, move_ids)
        count = bulk.env["account.move"].search_count(goes)
        total = bulk.env["account.move"].search_count(
            bulk._candidates(administration, move_ids)
        )
        left = total - count
        if move_ids is not None:
            refused = bulk._not_offered(administration, move_ids)
            left += sum(number for _issue, _domain, number in refused)
            causes = causes + refused
        calls = bulk._calls(administration, goes, count) if count else 0
        first = bulk.env["account.move"].search(
            goes, order="invoice_date, id", limit=SHOWN
        )
        values = {
            "administration_id": administration.id,
            "origin": origin,
            "move_ids": move_ids,
            "go_count": count,
            "go_ids": [fields.Command.set(first.ids)],
            "has_sales": bool(
                bulk.env["account.move"].search_count(
                    goes & Domain("move_type", "in", SALES), limit=1
                )
            ),
            "left_count": left,
            "calls": calls,
            "calls_left_today": administration._calls_left_today(),
            "expected_end": count and bulk._expected_end(administration, calls),
            "is_under_way": bool(self.env["exact.run"]._active(administration)),
            "problem": self._problem(administration),
        }
        page = self.sudo().create(values)
        page._make_lines(bulk, goes, causes)
        return page.sudo(False)

    def _problem(self, administration):
        """Why nothing goes now, though it may be started."""
        if administration._ready():
            return False
        issue = administration._why_not_ready()
        return issues.sentence(
            self.env, issue["issue_code"], issue["issue_params"], issue["issue_text"]
        )

    def _make_lines(self, bulk, goes, causes) -> None:
        rows = [
            {
                "kind": "cause",
                "name": issues.sentence(
                    self.env, issue["issue_code"], issue["issue_params"]
                ),
                "count": count,
                "issue_code": issue["issue_code"],
                "of": list(domain),
            }
            for issue, domain, count in causes
        ]
        rows += [row | {"kind": "journal"} for row in bulk._totals_per_journal(goes)]
        rows += [
            row | {"kind": "vat"}
            for row in bulk._totals_per_vat_code(self.administration_id, goes)
        ]
        self.env["exact.synchronise.line"].sudo().create(
            [row | {"synchronise_id": self.id} for row in rows]
        )

    def _action_show(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export to Exact"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def action_next(self):
        """The page of the next administration of what was selected."""
        self.ensure_one()
        self.env["account.move"].browse(self.move_ids or [])._exact_check_may_book()
        others = self.other_ids.sorted("id")
        later = others.filtered(lambda a: a.id > self.administration_id.id)
        following = (later or others)[:1]
        if not following:
            return self._action_show()
        return self._make(following, self.origin, self.move_ids)._action_show()

    def action_start(self):
        """Queue what goes, and show how far it is."""
        self.ensure_one()
        administration = self.administration_id
        if self.origin == "all":
            administration._check_manager()
        else:
            self.env["account.move"].browse(self.move_ids)._exact_check_may_book()
        run = self.env["exact.bulk"]._start(
            administration,
            self.origin,
            self.env["ir.cron"]._commit_progress,
            self.move_ids if self.origin == "selection" else None,
        )
        return run._action_form()


class ExactSynchroniseLine(models.TransientModel):
    _name = "exact.synchronise.line"
    _description = "Line of an Export to Exact Online"
    _order = "id"

    synchronise_id = fields.Many2one(
        "exact.synchronise", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="synchronise_id.currency_id")
    kind = fields.Selection(
        [("cause", "Cause"), ("journal", "Journal"), ("vat", "VAT code")],
        required=True,
        readonly=True,
    )
    name = fields.Text(readonly=True)
    count = fields.Integer("Invoices", readonly=True, aggregator=False)
    untaxed = fields.Monetary("Without VAT", readonly=True)
    vat = fields.Monetary("VAT", readonly=True)
    total = fields.Monetary(readonly=True)
    issue_code = fields.Char(readonly=True)
    of = fields.Json(readonly=True, help="Which invoices, as a domain.")

    def action_open(self):
        """The invoices that cannot go for this cause."""
        self.ensure_one()
        page = self.synchronise_id
        bulk = self.env["exact.bulk"].sudo()
        domain = Domain(self.of)
        if page.origin == "selection":
            domain &= Domain("id", "in", page.move_ids)
        else:
            domain &= bulk._candidates(page.administration_id.sudo())
        moves = bulk.env["account.move"].search(domain)
        bills = moves and all(move.move_type in BILLS for move in moves)
        tree = "view_in_invoice_tree" if bills else "view_out_invoice_tree"
        # Odoo's lists show partner and date by this.
        kind = "in_invoice" if bills else "out_invoice"
        return moves.with_env(self.env)._get_records_action(
            name=self.env._("Invoices that cannot go"),
            domain=[("id", "in", moves.ids)],  # of a single one it has none by itself
            context={"default_move_type": kind, "create": False},
            views=[
                (self.env.ref(f"account.{tree}").id, "list"),
                (False, "form"),
            ],
        )

    def action_mend(self):
        """The place where the cause is mended."""
        self.ensure_one()
        return self.synchronise_id.administration_id._action_form()
