from exact_sandbox import Sandbox

from .common import ExactCommon

PLACES = ("sandbox", "base_url", "division", "vat_code", "gl_account")
BOOKED = (
    "company",
    "company_data",
    "administration",
    "connection",
    "customer",
    "tax",
)


class TestCountries(ExactCommon):
    """A Belgian and a Dutch company in one database: two sites of Exact, two logins."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.belgian = {name: getattr(cls, name) for name in PLACES + BOOKED}
        sandbox = Sandbox(language="nl")
        company = cls.env.ref("test_optedo_exact.company_nl")
        cls.env.user.company_ids += company
        company.sudo().external_accounting = "exact"
        administration = company.exact_administration_id
        data = cls.collect_company_accounting_data(company)
        cls.dutch = {
            "sandbox": sandbox,
            "base_url": cls.enterClassContext(sandbox.serve()),
            "division": 1002,
            "vat_code": "2",
            "gl_account": "8000",
            "company": company,
            "company_data": data,
            "administration": administration,
            "connection": administration.connection_id,
            "customer": cls.customer.copy(
                {
                    "name": "Boekhandel De Vries B.V.",
                    "country_id": cls.env.ref("base.nl").id,
                    "vat": "NL123456782B90",
                }
            ),
            "tax": data["default_tax_sale"],
        }
        administration.connection_id.write(
            {
                "site": "custom",
                "base_url": cls.dutch["base_url"],
                "client_id": sandbox.client_id,
                "client_secret": sandbox.client_secret,
            }
        )
        companies = (cls.company + company).ids
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": companies})

    def go_to(self, country):
        """What the helpers do from here on is done in this country."""
        for name, value in country.items():
            setattr(self, name, value)

    def invoice_in_each(self):
        """Connect both companies; returns an invoice of each, by country."""
        moves = {}
        for name, country in (("BE", self.belgian), ("NL", self.dutch)):
            self.go_to(country)
            self.sandbox.reset()
            self.connect()
            moves[name] = self.invoice(company_id=self.company.id)
        return moves

    def test_each_is_booked_at_its_own_site_with_its_own_login(self):
        moves = self.invoice_in_each()
        for name, country in (("BE", self.belgian), ("NL", self.dutch)):
            self.go_to(country)
            self.sandbox.calls.clear()
            entry = self.export(moves[name])
            self.assertEqual(entry.state, "exported", entry.issue_message)
            self.assertEqual(entry.administration_id, self.administration)
            self.assertIn(
                f"POST /api/v1/{self.division}/salesentry/SalesEntries", self.calls()
            )
            [booked] = [
                row
                for row in self.entries_in_exact()
                if row["YourRef"] == moves[name].name
            ]
            self.assertEqual(booked["EntryID"], entry.guid)
        connections = self.belgian["connection"] + self.dutch["connection"]
        tokens = self.env["exact.token"].sudo()
        tokens = tokens.search([("connection_id", "in", connections.ids)])
        self.assertEqual(len(tokens), 2, "a row for each login")

    def test_one_country_without_login_does_not_hold_up_the_other(self):
        moves = self.invoice_in_each()
        for move in moves.values():
            move.sudo()._exact_enqueue()
        with self.side_cursors() as env:
            self.belgian["connection"].with_env(env).action_disconnect()
        for country in (self.belgian, self.dutch):
            self.go_to(country)
            self.run_export_job()
        self.assertEqual(moves["BE"].exact_state, "queued")
        self.assertEqual(moves["NL"].exact_state, "exported")
