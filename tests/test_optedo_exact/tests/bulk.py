from odoo import fields

from .common import ExactCommon

ENTRIES = "salesentry/SalesEntries"
ACCOUNTS = "crm/Accounts"
LOGGER_BULK = "odoo.addons.optedo_exact.models.exact_administration_bulk"
POST_ENTRY = "POST /api/v1/1001/salesentry/SalesEntries"


class BulkCommon(ExactCommon):
    connected = True

    def setUp(self):
        self.sandbox.limits.minutely, self.sandbox.limits.daily = 0, 5000
        self.sandbox.clock.set(fields.Datetime.now())
        super().setUp()
        self.export(self.invoice())  # the customer is known from here on
        self.sandbox.calls.clear()

    def synchronise(self):
        """Press Synchronise and Start; returns the run."""
        with self.side_cursors() as env:
            administration = self.administration.with_env(env)
            page = env["exact.synchronise"].browse(
                administration.action_synchronise()["res_id"]
            )
            run_id = page.action_start()["res_id"]
        return self.env["exact.run"].browse(run_id)

    def select(self, moves):
        """Select invoices in the list and start; returns the page and the run."""
        with self.side_cursors() as env:
            action = moves.with_env(env).action_exact_synchronise()
            page = env["exact.synchronise"].browse(action["res_id"])
            run_id = page.action_start()["res_id"]
        return self.env["exact.run"].browse(run_id)

    def page(self, moves=None):
        """What the page before an export says."""
        pages = self.env["exact.synchronise"]
        if moves is None:
            return pages._make(self.administration, "all")
        return pages._make(self.administration, "selection", moves.ids)

    def posts(self):
        return self.calls().count(POST_ENTRY)

    def without_code(self):
        """An invoice with a tax that no code is chosen for."""
        named = [("name", "=", "other"), ("company_id", "=", self.company.id)]
        other = self.env["account.tax"].search(named)
        return self.invoice(tax=other or self.tax.copy({"name": "other"}))

    def refuse(self, count=1, skip=0):
        """Exact refuses bookings, in its own words."""
        self.sandbox.faults.add(
            "server_error",
            path=ENTRIES,
            method="POST",
            body="json",
            count=count,
            skip=skip,
        )
