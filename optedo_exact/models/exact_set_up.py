from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .guards import check_invoicing_right

# kind: method of the administration that leads to the place where it is done
STEPS = {
    "login": "action_connect",
    "administration": "action_choose_division",
    "journal": "action_show_journals",
    "tax": "action_show_taxes",
    "account": "action_show_ledger_accounts",
    "payment_term": "action_show_terms",
    "analytic": "action_show_analytic",
    "options": "action_show_options",
    "customers": "action_match_customers",
    "preview": "action_try_one",
}
# step: kinds of mappings
MAPPED = {
    "journal": ("journal",),
    "tax": ("tax",),
    "account": ("account",),
    "payment_term": ("payment_term",),
    "analytic": ("cost_center", "cost_unit"),
}


class ExactSetUpStep(models.Model):
    """One step of the set-up, each of which can be left and taken up again."""

    _name = "exact.set.up.step"
    _description = "Step of the Set-up of Exact Online"
    _order = "administration_id, id"
    _rec_name = "kind"

    administration_id = fields.Many2one(
        "exact.administration",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    kind = fields.Selection(
        [
            ("login", "Log in"),
            ("administration", "Administration"),
            ("journal", "Journals"),
            ("tax", "VAT codes"),
            ("account", "Ledger accounts"),
            ("payment_term", "Payment conditions"),
            ("analytic", "Cost centres"),
            ("options", "Options"),
            ("customers", "Customers"),
            ("preview", "Try one"),
        ],
        "Step",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [("done", "Done"), ("to_do", "To do"), ("later", "Later")],
        compute="_compute_state",
        compute_sudo=True,
    )
    text = fields.Char("Where it stands", compute="_compute_state", compute_sudo=True)

    _kind_uniq = models.Constraint("UNIQUE(administration_id, kind)")

    @api.depends_context("lang")
    def _compute_state(self):
        for administration in self.administration_id:
            found = administration._set_up_states()
            for step in self.filtered(lambda s, a=administration: s._is_of(a)):
                step.state, step.text = found[step.kind]

    def _is_of(self, administration) -> bool:
        return self.administration_id == administration

    def action_open(self):
        """Go to the place where this step is done."""
        self.ensure_one()
        self.administration_id._check_manager()
        return getattr(self.administration_id, STEPS[self.kind])()


class ExactAdministration(models.Model):
    """The set-up: what is done, what is missing, and the way to each place."""

    _inherit = "exact.administration"

    step_ids = fields.One2many("exact.set.up.step", "administration_id", readonly=True)
    is_set_up = fields.Boolean(compute="_compute_set_up", compute_sudo=True)
    options_looked_at = fields.Datetime(
        "Options looked through on", readonly=True, copy=False
    )
    previewed_at = fields.Datetime(
        "Booking seen on",
        readonly=True,
        copy=False,
        help="When the booking of an invoice was first seen without a problem.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        administrations = super().create(vals_list)
        self.env["exact.set.up.step"].sudo().create(
            [
                {"administration_id": administration.id, "kind": kind}
                for administration in administrations
                for kind in STEPS
            ]
        )
        return administrations

    def _compute_set_up(self):
        for administration in self:
            states = administration._set_up_states()
            administration.is_set_up = all(
                state == "done" for state, _text in states.values()
            )

    # --- where each step stands ----------------------------------------------

    def _set_up_states(self) -> dict[str, tuple[str, str]]:
        """State and sentence of every step, in one pass."""
        self.ensure_one()
        states = {
            "login": self._state_of_login(),
            "administration": self._state_of_administration(),
        }
        states |= {kind: self._state_of_mapping(kind) for kind in MAPPED}
        states |= {
            "options": self._state_of_options(),
            "customers": self._state_of_customers(),
            "preview": self._state_of_preview(),
        }
        return states

    def _state_of_login(self) -> tuple[str, str]:
        if self.connection_state == "connected":
            user = self.login_name or self.env._("a user of Exact")
            return "done", self.env._("%s is logged in.", user)
        if self.connection_state == "copied":
            return "to_do", self.env._("Say whether this database is a copy.")
        if self.connection_state == "expired":
            return "to_do", self.env._("The login has lapsed. Log in again.")
        connection = self.connection_id.sudo()
        if not connection.client_id or not connection.has_client_secret:
            return "to_do", self.env._(
                "Fill in the client id and the client secret of your app, then log in."
            )
        return "to_do", self.env._("Nobody is logged in.")

    def _state_of_administration(self) -> tuple[str, str]:
        if self.division:
            return "done", f"{self.division} {self.name}"
        state = "to_do" if self.connection_state == "connected" else "later"
        return state, self.env._(
            "Choose the administration that %s is booked in.",
            self.company_id.display_name,
        )

    def _state_of_mapping(self, step: str) -> tuple[str, str]:
        if not self.division:
            return "later", self.env._("After the administration is chosen.")
        kinds = set(MAPPED[step]) & set(self._needed_kinds())
        rows = self.mapping_ids.filtered(lambda row: row.kind in kinds)
        wrong = rows.filtered("problem")
        texts = []
        state = "to_do" if wrong else "done"
        if step == "account":
            default = self.default_gl_account_id
            problems = self._default_account_problems()
            state = "to_do" if problems else state
            texts += problems or [
                self.env._("%s where nothing else is chosen.", default.display_name)
            ]
        if wrong:
            texts.append(
                self.env._(
                    "%(wrong)s of %(all)s to look at.", wrong=len(wrong), all=len(rows)
                )
            )
        elif rows:
            texts.append(self.env._("All %s chosen.", len(rows)))
        elif not texts:
            texts.append(self.env._("None in use."))
        return state, " ".join(texts)

    def _state_of_options(self) -> tuple[str, str]:
        if not self._has_start():
            return "to_do", self.env._(
                "Say from which date on invoices are exported, or that all are."
            )
        if not self.options_looked_at:
            return "to_do", self.env._(
                "Look through the options, also where suppliers' electronic invoices "
                "arrive and who pays suppliers, and say so there."
            )
        if problems := self._payment_problems():
            return "to_do", problems[0]
        return "done", self.env._(
            "Looked through on %s.", format_date(self.env, self.options_looked_at)
        )

    def _state_of_customers(self) -> tuple[str, str]:
        if not self.division:
            return "later", self.env._("After the administration is chosen.")
        if self.customers_matched_at:
            return "done", self.env._(
                "Matched on %s.", format_date(self.env, self.customers_matched_at)
            )
        unlinked = len(self._unlinked_customers())
        if not unlinked:
            return "done", self.env._("Nobody with an invoice to book is unknown.")
        return "to_do", self.env._(
            "%s customers with an invoice to book are not linked to an account yet.",
            unlinked,
        )

    def _state_of_preview(self) -> tuple[str, str]:
        if not self.division:
            return "later", self.env._("After the administration is chosen.")
        if self.previewed_at:
            return "done", self.env._(
                "Seen without a problem on %s.",
                format_date(self.env, self.previewed_at),
            )
        return "to_do", self.env._(
            "See the booking of an invoice before the first one goes."
        )

    def _unlinked_customers(self):
        """Customers of invoices to book without an account in this administration."""
        customers = self.env["res.partner"].union(
            *(
                partner
                for [partner] in self.env["account.move"]._read_group(
                    self._to_book_domain(), ["commercial_partner_id"]
                )
            )
        )
        linked = self.env["exact.account"].search(
            [("administration_id", "=", self.id), ("guid", "!=", False)]
        )
        return customers - linked.partner_id

    # --- the way to each -----------------------------------------------------

    def _action_page(self, name: str) -> dict:
        """Show a page of the form that is open already."""
        return {
            "type": "ir.actions.client",
            "tag": "exact_open_page",
            "params": {"page": name},
        }

    def action_show_journals(self):
        return self._action_page("journals")

    def action_show_taxes(self):
        return self._action_page("taxes")

    def action_show_ledger_accounts(self):
        """The default ledger account first; it is one of the options."""
        missing = not self.default_gl_account_id
        return self._action_page("options" if missing else "accounts")

    def action_show_terms(self):
        return self._action_page("terms")

    def action_show_analytic(self):
        """Their codes where a plan is chosen, else the choice of the plans."""
        if self.cost_center_plan_id:
            return self._action_page("cost_centers")
        return self._action_page("cost_units" if self.cost_unit_plan_id else "options")

    def action_show_options(self):
        return self._action_page("options")

    def action_options_looked_at(self):
        """The options are as they should be; a start is among them (product B17).

        :raises UserError: it is not said from when on invoices are exported
        """
        self.ensure_one()
        self._check_manager()
        if not self._has_start():
            raise UserError(
                self.env._(
                    "Say from which date on invoices are exported: fill in 'Export "
                    "invoices dated from', or choose 'Export every invoice'."
                )
            )
        self.sudo().options_looked_at = fields.Datetime.now()
        return True

    def action_try_one(self):
        """Show the booking of the newest invoice that is not in Exact yet.

        :raises UserError: there is none
        """
        self.ensure_one()
        check_invoicing_right(self.env)
        move = self.env["account.move"].search(
            self._to_book_domain(), order="invoice_date desc, id desc", limit=1
        )
        if not move:
            raise UserError(
                self.env._(
                    "There is no confirmed invoice to book. Confirm one, then come "
                    "back."
                )
            )
        return move.action_exact_preview()

    def _note_previewed(self) -> None:
        """The booking of an invoice was seen without a problem."""
        if self and not self.previewed_at:
            self.sudo().previewed_at = fields.Datetime.now()
