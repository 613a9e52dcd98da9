from odoo import Command
from odoo.tests import new_test_user

from .common import ExactCommon

GHENT, BRUGES = 1003, 1004  # administrations of their own, beside the head office's


class LocationsCommon(ExactCommon):
    """A company with two branches, each of which may have its own administration."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ghent, cls.bruges = (
            cls.env["res.company"]
            .sudo()
            .create(
                [
                    {
                        "name": name,
                        "parent_id": cls.company.id,
                        "country_id": cls.company.country_id.id,
                    }
                    for name in ("Ghent", "Bruges")
                ]
            )
            .sudo(False)
        )
        cls.env.user.company_ids += cls.ghent + cls.bruges
        cls.env.cr.precommit.run()  # load the chart of accounts of the branches
        cls.env = cls.env(
            context=cls.env.context
            | {
                "allowed_company_ids": [
                    cls.company.id,
                    cls.ghent.id,
                    cls.bruges.id,
                ]
            }
        )

    def setUp(self):
        super().setUp()
        for division in (GHENT, BRUGES):
            self.sandbox.found(division, "BE")

    def user_of(self, *companies, groups="account.group_account_invoice", login=None):
        """A user of these companies only; a clerk, unless said otherwise."""
        return new_test_user(
            self.env,
            login or f"user_{companies[0].name}_{len(groups)}",
            groups,
            company_id=companies[0].id,
            company_ids=[Command.set([company.id for company in companies])],
        )

    def manager_of(self, *companies):
        """Keeps books and may set up the link, of these companies only."""
        return self.user_of(
            *companies,
            groups="account.group_account_manager,optedo_exact.group_exact_manager",
            login=f"manager_{companies[0].name}",
        )

    def separate(self, branch, division):
        """Give a branch an administration of its own, under the same login."""
        self.company.sudo().exact_separate_per_location = True
        branch.sudo().external_accounting = "exact"
        administration = branch.exact_administration_id
        self.assertEqual(administration.company_id, branch)
        administration.sudo().connection_id = self.connection
        with self.side_cursors() as env:
            own = administration.with_env(env)
            own.sudo()._set_division(division, branch.name)
            env.cr.commit()
            own.action_read_references()
            env["exact.period"]._refresh_where_allowed(own, own._client())
        self.env.invalidate_all()
        self.map_in(administration)
        return administration

    def map_in(self, administration):
        """Choose the codes that the invoices of the tests need."""
        former, self.administration = self.administration, administration
        self.map("journal", self.company_data["default_journal_sale"], "70")
        self.map("tax", self.tax, self.vat_code)
        administration.default_gl_account_id = self.reference(
            "gl_account", self.gl_account
        )
        administration.export_every_invoice = True
        self.administration = former

    def numbers_in(self, division):
        """The numbers of Odoo's invoices that stand in an administration."""
        entries = self.sandbox.administrations[division].entries()
        return [entry["YourRef"] for entry in entries]
