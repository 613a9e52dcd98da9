from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..exact import states
from .guards import MANAGERS, check_manager

# A change of these may lead the invoices of a company to another administration.
LEADS_ELSEWHERE = {"external_accounting", "exact_separate_per_location"}


class ResCompany(models.Model):
    _inherit = "res.company"

    external_accounting = fields.Selection(
        [("none", "None"), ("exact", "Exact Online")],
        "External accounting",
        default="none",
        required=True,
        help="The accounting package that keeps the books. Odoo is then a sub-ledger.",
    )
    exact_separate_per_location = fields.Boolean(
        "Separate administration per location",
        help="On: a branch may have an administration of its own in Exact Online, with "
        "options of its own, on its own form; a branch without one is booked in that "
        "of the nearest company above it. Off: all branches are booked in the "
        "administration of the main company. What stands in Exact stays where it is.",
    )
    exact_administration_id = fields.Many2one(
        "exact.administration",
        "Exact Online administration",
        compute="_compute_exact_administration_id",
        compute_sudo=True,
    )

    @api.depends("external_accounting", "exact_separate_per_location", "parent_path")
    def _compute_exact_administration_id(self):
        """The administration of the company or of its nearest ancestor (product B1).

        Never one that was put away, also where a client asks to see those.
        """
        administrations = self.env["exact.administration"].search(
            [("company_id", "parent_of", self.ids), ("active", "=", True)]
        )
        by_company = {a.company_id.id: a for a in administrations}
        for company in self:
            separate = company.root_id.exact_separate_per_location
            line = company.parent_ids if separate else company.root_id
            company.exact_administration_id = next(
                (
                    by_company[ancestor.id]
                    for ancestor in reversed(line)
                    if ancestor.id in by_company
                    and ancestor.external_accounting == "exact"
                ),
                self.env["exact.administration"],
            )

    exact_has_own = fields.Boolean(
        compute="_compute_exact_has_own",
        compute_sudo=True,
        help="It is booked in an administration of its own.",
    )
    exact_may_have_own = fields.Boolean(
        compute="_compute_exact_has_own", compute_sudo=True
    )

    @api.depends("external_accounting", "exact_separate_per_location", "parent_path")
    def _compute_exact_has_own(self):
        for company in self:
            company.exact_has_own = (
                company.exact_administration_id.company_id == company
            )
            company.exact_may_have_own = (
                not company.parent_id or company.root_id.exact_separate_per_location
            )

    # --- CRUD ----------------------------------------------------------------

    def write(self, vals):
        before = self._exact_used() if LEADS_ELSEWHERE & set(vals) else {}
        if vals.get("external_accounting") == "none":
            self._exact_followed_no_more()._end_webhooks()
        result = super().write(vals)
        if vals.get("external_accounting") == "exact":
            self._exact_make_administration()
        if before:
            self._exact_follow(before)
        if "active" in vals:
            self._exact_rest_or_wake()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies.filtered(
            lambda company: company.external_accounting == "exact"
        )._exact_make_administration()
        return companies

    def unlink(self):
        """An administration that nothing stands in goes along."""
        self._exact_check_nothing_stays()
        administrations = self.env["exact.administration"].sudo()
        own = administrations.with_context(active_test=False).search(
            [("company_id", "in", self.ids)]
        )
        own._end_webhooks()
        own._forget_what_led_nowhere()
        journals = own.payment_journal_id.filtered(lambda j: j.company_id in self)
        own.unlink()
        moves = self.env["account.move"].sudo()
        journals.filtered(
            lambda j: not moves.search_count([("journal_id", "=", j.id)], limit=1)
        ).unlink()
        return super().unlink()

    def _exact_check_nothing_stays(self) -> None:
        """Refuse to delete companies that are in Exact.

        :raises UserError: invoices of a company stand there
        """
        entries = self.env["exact.entry"].sudo()
        here = [("company_id", "in", self.ids), ("state", "in", states.STAYS)]
        if entry := entries.search(here, limit=1):
            raise UserError(
                self.env._(
                    "Invoices of %s stand in Exact Online. Archive it instead: nothing "
                    "of it goes to Exact then.",
                    entry.company_id.display_name,
                )
            )

    def _exact_make_administration(self) -> None:
        """Give the companies an administration, which holds the options.

        :raises UserError: a branch has none while the main company says so
        """
        for company in self.filtered("parent_id"):
            if not company.root_id.sudo().exact_separate_per_location:
                raise UserError(
                    self.env._(
                        "%(branch)s is booked in the administration of %(root)s. "
                        "Switch on 'Separate administration per location' of %(root)s "
                        "first.",
                        branch=company.display_name,
                        root=company.root_id.sudo().display_name,
                    )
                )
        administrations = self.env["exact.administration"].sudo()
        known = administrations.search(
            [("company_id", "in", self.ids), ("active", "=", True)]
        ).company_id
        administrations.create([{"company_id": c.id} for c in self - known])
        self.invalidate_model(["exact_administration_id"])

    # --- from one administration to another ----------------------------------

    def _exact_used(self) -> dict:
        """Where these companies and all below them are booked now."""
        companies = self.sudo().with_context(active_test=False)
        below = companies.search([("id", "child_of", self.ids)])
        return {company: company.exact_administration_id for company in below}

    def _exact_followed_no_more(self):
        """Whose payments nobody follows once these companies have no administration.

        A branch that is then booked in one above it goes on with what stands in its
        own, so that one is not among them.
        """
        nowhere = self.browse(
            company.id
            for company in self._exact_used()
            if company.parent_ids.exact_administration_id.company_id <= self.sudo()
        )
        administrations = self.env["exact.administration"].sudo()
        return administrations.with_context(active_test=False).search(
            [("company_id", "in", nowhere.ids)]
        )

    def _exact_follow(self, before: dict) -> None:
        """Let what is not booked yet go where its company is booked now.

        Wherever it waits: a company that was booked nowhere for a while may come back
        to another administration than it left.

        :param before: where the companies were booked
        :raises UserError: of an invoice it is not known whether it was booked
        """
        self.invalidate_model(["exact_administration_id"])
        booked = self.sudo().union(*before).filtered("exact_administration_id")
        for following, companies in booked.grouped("exact_administration_id").items():
            former = following.union(*(before[company] for company in companies))
            following._take_over(companies, former - following)

    def _exact_rest_or_wake(self) -> None:
        """What is queued rests while its company is archived, and goes on after.

        A run that other companies share goes on without it.
        """
        working = self.sudo().filtered("active")
        own = self.env["exact.administration"].sudo()
        own = own.search([("company_id", "in", working.ids)])
        (own + working.exact_administration_id)._wake_crons()
        shared = [
            ("company_id", "in", (self - working).ids),
            ("state", "=", states.QUEUED),
            ("run_id", "!=", False),
            ("administration_id.company_id.active", "=", True),
        ]
        self.env["exact.entry"].sudo().search(shared).run_id = False

    # --- the choice, for who may set up the link -----------------------------

    def _exact_check_may_choose(self) -> None:
        """The right E1, for companies of the user.

        Odoo lets only its administrator write on companies, so the right of the link
        is checked here and the choice written with superuser rights.

        :raises AccessError: without the right
        """
        check_manager(self.env)
        if self - self.env.companies:
            raise AccessError(self.env._("This company is not one of yours."))

    def _exact_set_external_accounting(self, value: str) -> None:
        """Choose the accounting package, for who may set up the link.

        :param value: ``none`` or ``exact``
        :raises AccessError: without the right
        """
        self._exact_check_may_choose()
        self.sudo().external_accounting = value

    def _exact_set_separate(self, value: bool) -> None:
        """Let branches have administrations of their own, or not (product B1).

        :raises AccessError: without the right
        """
        self._exact_check_may_choose()
        self.sudo().exact_separate_per_location = value

    @api.onchange("exact_separate_per_location")
    def _onchange_exact_separate_per_location(self):
        company = self._origin
        return company._exact_warn_of_switch(self.exact_separate_per_location)

    def _exact_warn_of_switch(self, separate: bool) -> dict | None:
        """The warning before branches are booked elsewhere by the switch (product B1).

        It counts with superuser rights, in administrations of all branches.

        :return: what an onchange returns; nothing where no branch is, nor to who may
            not switch
        """
        mine = self <= self.env.companies and self.env.user.has_groups(
            ",".join(MANAGERS)
        )
        if not self or not (mine or self.has_access("write")):
            return None
        if separate == self.sudo().exact_separate_per_location:
            return None
        return self._exact_warn_of_many() if separate else self._exact_warn_of_one()

    def _exact_warn_of_one(self) -> dict | None:
        """That all branches are booked in one administration again."""
        used = self._exact_used()
        own = [a for c, a in used.items() if c.parent_id and a.company_id == c]
        if not own:
            return None
        here = [("administration_id", "in", [a.id for a in own])]
        title = self.env._("All branches in one administration")
        message = self.env._(
            "No longer used: %(names)s. %(booked)s invoices and %(linked)s customers "
            "stand there: they stay, and payments are followed. %(waiting)s that are "
            "not booked yet go to the administration of %(root)s, with its codes and "
            "its customers. Options and codes of the branches are kept, should you "
            "switch this on again.",
            **self._exact_figures(own, here),
        )
        return {"warning": {"title": title, "message": message}}

    def _exact_warn_of_many(self) -> dict | None:
        """That branches are booked again in the administrations they had before."""
        administrations = self.env["exact.administration"].sudo()
        below = [("company_id", "child_of", self.ids), ("company_id", "!=", self.id)]
        kept = administrations.search([*below, ("active", "=", True)]).filtered(
            lambda a: a.company_id.external_accounting == "exact"
        )
        if not kept:
            return None
        here = [("company_id", "child_of", kept.company_id.ids)]
        here += [("administration_id", "not in", kept.ids)]
        title = self.env._("Branches in administrations of their own")
        message = self.env._(
            "Used again: %(names)s, with the options, the codes and the %(linked)s "
            "customers there. %(waiting)s invoices that are not booked yet go there. "
            "%(booked)s that are booked in the administration of %(root)s stay, and "
            "their payments are followed.",
            **self._exact_figures(kept, here),
        )
        return {"warning": {"title": title, "message": message}}

    def _exact_figures(self, administrations, here: list) -> dict:
        """What the warnings say.

        :param administrations: those whose use changes
        :param here: domain of the invoices that are concerned
        """
        ids = [administration.id for administration in administrations]
        linked = [("administration_id", "in", ids), ("guid", "!=", False)]
        entries = self.env["exact.entry"].sudo()
        return {
            "names": ", ".join(a.display_name for a in administrations),
            "root": self.sudo().display_name,
            "linked": self.env["exact.account"].sudo().search_count(linked),
            "booked": entries.search_count([*here, ("state", "in", states.STAYS)]),
            "waiting": entries.search_count(
                [*here, ("state", "in", states.GOES_ALONG)]
            ),
        }

    def _exact_count(self, administrations, domain: list) -> int:
        """How many invoices there are in administrations, of whoever they are."""
        ids = [administration.id for administration in administrations]
        here = [("administration_id", "in", ids), *domain]
        return self.env["exact.entry"].sudo().search_count(here)

    # --- buttons -------------------------------------------------------------

    def action_exact_own(self):
        """Ask before a branch gets an administration of its own."""
        return self._exact_ask_to_move("own")

    def action_exact_above(self):
        """Ask before a branch is booked where the company above it is."""
        return self._exact_ask_to_move("above")

    def _exact_ask_to_move(self, to: str) -> dict:
        self.ensure_one()
        self._exact_check_may_choose()
        wizards = self.env["exact.move.location"].sudo()
        wizard = wizards.create({"company_id": self.id, "to": to})
        return wizard.sudo(False)._action_open()

    def action_exact_set_up(self):
        """The set-up page with the options of this company."""
        self.ensure_one()
        return self.exact_administration_id._action_form()
