from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError

from ..exact import states
from . import issues


class ExactAdministration(models.Model):
    """The companies that are booked in an administration (product B1).

    Its own company, and the branches below it that have none of their own. Which those
    are follows from the companies; only those that were booked here before is kept.
    """

    _inherit = "exact.administration"

    location_ids = fields.Many2many(
        "res.company",
        string="Companies booked here",
        compute="_compute_location_ids",
        search="_search_location_ids",
        compute_sudo=True,
    )
    former_location_ids = fields.Many2many(
        "res.company",
        string="Companies booked here before",
        readonly=True,
        copy=False,
        help="Invoices of theirs stand in it, and payments of those are followed; new "
        "ones go elsewhere.",
    )
    branch_ids = fields.Many2many(
        "res.company", string="Branches", compute="_compute_branch_ids"
    )
    is_of_main_company = fields.Boolean(compute="_compute_is_of_main_company")
    separate_per_location = fields.Boolean(
        "Separate administration per location",
        compute="_compute_separate_per_location",
        inverse="_inverse_separate_per_location",
        compute_sudo=True,
        help="Of the main company. On: a branch may have an administration of its own "
        "in Exact Online with options of its own; a branch without one is booked in "
        "that of the nearest company above it. Off: all branches are booked in the "
        "administration of the main company. What stands in Exact stays where it is.",
    )
    may_change = fields.Boolean(compute="_compute_may_change")

    # Stored for the index: a number is of one site, whichever login leads there.
    site_address = fields.Char(related="connection_id.site_address", store=True)

    # Of two who choose at once, neither sees the other (_claim).
    _claim_uniq = models.UniqueIndex(
        "(site_address, division) WHERE active AND division > 0",
        "Another company is booked in this administration already. Choose another.",
    )

    def _compute_location_ids(self):
        for administration in self:
            administration.location_ids = administration._locations()

    def _search_location_ids(self, operator, value):
        """Which administrations the companies are booked in now.

        Asked of the companies at each search, so that a rule on it is never out of
        date.
        """
        if operator != "in":
            return NotImplemented
        companies = self.env["res.company"].sudo().browse(value).exists()
        return [("id", "in", companies.exact_administration_id.ids)]

    @api.depends("name", "division")
    def _compute_display_name(self):
        for administration in self:
            administration.display_name = (
                f"{administration.division} {administration.name}"
                if administration.division
                else f"{administration.name} ({administration.company_id.sudo().name})"
            )

    def _locations(self):
        """The companies whose invoices are booked here now, archived ones left out."""
        companies = self.env["res.company"].sudo()
        below = companies.search([("id", "child_of", self.company_id.ids)])
        return below.filtered(lambda c: c.exact_administration_id in self)

    def _of_reader(self):
        """Those that a company of the reader is booked in, or that are of one.

        Who was booked in one before reads its head alone, and no figures of it, which
        are of others. For fields that are computed with superuser rights.
        """
        if self.env.uid == SUPERUSER_ID:
            return self
        mine = self.env.companies.sudo()
        used = mine.exact_administration_id
        return self.filtered(lambda a: a in used or a.sudo().company_id in mine)

    def _in_use(self):
        """Those that their own company is booked in now."""
        return self.filtered(lambda a: a.sudo().company_id.exact_administration_id == a)

    def _compute_branch_ids(self):
        companies = self.env["res.company"]
        for administration in self:
            here = administration.company_id
            below = companies.search([("id", "child_of", here.ids)]) if here else here
            administration.branch_ids = below - here

    def _compute_is_of_main_company(self):
        for administration in self:
            administration.is_of_main_company = not administration.company_id.parent_id

    def _compute_separate_per_location(self):
        for administration in self:
            root = administration.company_id.root_id
            administration.separate_per_location = root.exact_separate_per_location

    def _inverse_separate_per_location(self):
        for administration in self:
            root = administration.company_id.root_id
            root._exact_set_separate(administration.separate_per_location)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_may_change(self):
        may = self._filtered_access("write")
        for administration in self:
            administration.may_change = administration in may

    @api.onchange("separate_per_location")
    def _onchange_separate_per_location(self):
        """Say what becomes of what stands in the branches' administrations."""
        root = self._origin.company_id.root_id
        return root._exact_warn_of_switch(self.separate_per_location)

    # --- from one administration to another ----------------------------------

    def _take_over(self, companies, former) -> None:
        """What is not in Exact yet goes here from now on, wherever it waited.

        What stands in another administration stays there: its payments are followed and
        it can be removed there.

        :param companies: those that are booked here now
        :param former: where they were booked until now
        :raises UserError: of an invoice it is not known whether it was booked
        """
        self.ensure_one()
        entries = self.env["exact.entry"].sudo()
        elsewhere = [
            ("company_id", "in", companies.ids),
            ("administration_id", "!=", False),
            ("administration_id", "!=", self.id),
        ]
        going = entries.search([*elsewhere, ("state", "not in", states.STAYS)])
        going._exact_check_none_pending()
        former |= going.administration_id
        going.write({"administration_id": self.id, "run_id": False})
        for administration, concerned in entries._read_group(
            [*elsewhere, ("state", "in", states.STAYS)],
            ["administration_id"],
            ["company_id:recordset"],
        ):
            administration._note_former(concerned)
        for administration in former:
            self._end_run_of(administration)
        if former:
            self._trigger_export()  # what came along can go

    def _end_run_of(self, former) -> None:
        """End what is under way where nothing is booked any more; else let the job see
        that some of it is gone."""
        if former._in_use():
            former._trigger_export()
        elif run := self.env["exact.run"]._active(former):
            run._exact_stop(issues.make("run_other_administration"))

    def _forget_what_led_nowhere(self) -> None:
        """Delete the links of customers, the runs and the entries of Exact that were
        left out, which say nothing once no invoice stands in it."""
        for name in ("exact.account", "exact.run", "exact.bill.import"):
            rows = self.env[name].sudo()
            rows.search([("administration_id", "in", self.ids)]).unlink()

    def _note_former(self, companies) -> None:
        """Keep whose invoices stand here."""
        self.former_location_ids |= companies - self.company_id

    def _set_division(self, division: int, name: str):
        # EXTENDS: the branches look up what was booked in the former one.
        self._claim(division)
        new = super()._set_division(division, name)
        if new != self:
            entries = self.env["exact.entry"].sudo()
            groups = entries._read_group(
                [("administration_id", "=", self.id)], ["company_id"]
            )
            companies = self.env["res.company"].union(*(c for [c] in groups))
            self.sudo()._note_former(companies)
        return new

    def _claim(self, division: int) -> None:
        """No two companies keep their books in one administration of Exact.

        Their numbers would clash, and each would take the payments of the other's
        invoices for its own. Branches share one by having none of their own.

        Where nobody is booked in it any more, as a branch is booked above again or was
        archived, a company of the user lets it go: that record is archived, as if it
        had chosen another administration.

        :raises UserError: another company is booked in it
        """
        others = self.sudo().search(
            [
                ("site_address", "=", self.sudo().site_address),
                ("division", "=", division),
                ("id", "!=", self.id),
                ("active", "=", True),
            ]
        )
        for other in others:
            if not other._locations() and other._is_of_user():
                other._let_go_to(self)
            elif other.company_id <= self.env.user.company_ids:
                raise UserError(
                    self.env._(
                        "%(company)s is booked in this administration already. Choose "
                        "another; branches that belong together in one administration "
                        "use that of the company above them.",
                        company=other.company_id.display_name,
                    )
                )
            else:
                raise UserError(
                    self.env._(
                        "A company that is not one of yours is booked in this "
                        "administration already. Choose another."
                    )
                )

    def _is_of_user(self) -> bool:
        """Whether its company is one of the user's, or a branch of one."""
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        mine = self.env.user.with_context(active_test=False).company_ids
        below = [("id", "child_of", mine.ids), ("id", "=", self.company_id.id)]
        return bool(companies.search_count(below, limit=1))

    def _let_go_to(self, following) -> None:
        """Archive it, since another company is booked in Exact's administration.

        :raises UserError: of an invoice it is not known whether it was booked
        """
        self._put_away()
        following._end_run_of(self)
        self.message_post(
            body=self.env._(
                "%s is booked here now. What was booked before stays, and its payments "
                "are followed.",
                following.company_id.display_name,
            )
        )
