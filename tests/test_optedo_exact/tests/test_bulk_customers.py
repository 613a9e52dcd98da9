from datetime import timedelta

from odoo import fields

from .bulk import ACCOUNTS, POST_ENTRY, BulkCommon


class TestCustomers(BulkCommon):
    """B7 and B8: which customers an export changes in Exact, and when."""

    def setUp(self):
        super().setUp()
        self.other = self.customer.copy(
            {"name": "Other BV", "vat": False, "company_registry": False}
        )
        self.export(self.invoice(partner_id=self.other.id))
        for customer in self.customer + self.other:
            customer.street = "Nieuwstraat 9"
        # The newest invoice of the other one names its new street too.
        other = self.invoice(partner_id=self.other.id)
        other.exact_entry_id.sudo()._exact_move_to("mark")
        self.sandbox.calls.clear()

    def street(self, customer):
        account = customer.exact_account_ids.sudo()
        [row] = [a for a in self.books.accounts if a["ID"] == account.guid]
        return row["AddressLine1"]

    def set_options(self, at_once, all_customers):
        self.administration.write(
            {
                "update_customer_on_export": at_once,
                "update_all_customers_on_bulk": all_customers,
            }
        )

    def test_table_of_the_combinations(self):
        """After one invoice, and after an export of many: who is new in Exact."""
        new, old = "Nieuwstraat 9", "Markt 1"
        table = [
            # B7, B8, after one: the customer; after many: the customer, the other
            (False, False, old, new, old),
            (False, True, old, new, new),
            (True, False, new, new, old),
            (True, True, new, new, new),
        ]
        for at_once, all_customers, single, customer, other in table:
            with (
                self.subTest(B7=at_once, B8=all_customers),
                self.cr.savepoint() as point,
            ):
                self.sandbox_streets("Markt 1")
                self.set_options(at_once, all_customers)
                self.export(self.invoice())
                self.assertEqual(self.street(self.customer), single)
                self.assertEqual(self.street(self.other), old)
                self.invoice()
                run = self.synchronise()
                self.run_export_job()
                self.assertEqual(run.state, "done")
                self.assertEqual(self.street(self.customer), customer)
                self.assertEqual(self.street(self.other), other)
                point.rollback()

    def sandbox_streets(self, street):
        for account in self.books.accounts:
            if account["Name"] in (self.customer.name, self.other.name):
                account["AddressLine1"] = street

    def test_each_combination_has_a_sentence_of_its_own(self):
        sentences = set()
        for at_once in (False, True):
            for all_customers in (False, True):
                self.set_options(at_once, all_customers)
                sentences.add(self.administration.customer_update_text)
        self.assertEqual(len(sentences), 4)

    def test_unchanged_customers_cost_no_call(self):
        self.set_options(at_once=False, all_customers=True)
        self.invoice()
        self.synchronise()
        self.run_export_job()
        self.invoice()
        run = self.synchronise()
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertEqual(self.calls(), [POST_ENTRY])
        self.assertEqual((run.customers_total, run.customers_done), (2, 2))

    def test_invoices_of_more_than_a_year_ago_do_not_count(self):
        self.set_options(at_once=False, all_customers=True)
        self.env.cr.execute(
            "UPDATE account_move SET invoice_date = %s WHERE partner_id = %s",
            (fields.Date.today() - timedelta(days=400), self.other.id),
        )
        self.invoice()
        self.synchronise()
        self.run_export_job()
        self.assertEqual(self.street(self.other), "Markt 1")

    def test_a_customer_that_exact_refuses_is_named_and_the_others_go(self):
        self.set_options(at_once=False, all_customers=True)
        self.invoice()
        run = self.synchronise()
        self.sandbox.faults.add(
            "server_error", path=ACCOUNTS, method="PUT", body="json"
        )
        self.run_export_job()
        self.assertEqual((run.state, run.customers_failed), ("done", 1))
        self.assertIn(self.customer.name, run.problems_html)
        self.assertEqual(self.street(self.other), "Nieuwstraat 9")

    def test_a_fault_at_one_customer_is_kept_and_the_others_go(self):
        parties = type(self.env["exact.party"])
        whole = parties._is_outdated

        def broken(party, link, move):
            if link.partner_id == self.customer:
                raise ValueError("a fault of ours")
            return whole(party, link, move)

        self.patch(parties, "_is_outdated", broken)
        self.set_options(at_once=False, all_customers=True)
        self.invoice()
        run = self.synchronise()
        with self.assertLogs("odoo.addons.optedo_exact.models.exact_party_bulk"):
            self.run_export_job()
        self.assertEqual((run.state, run.customers_failed), ("done", 1))
        self.assertIn(self.customer.name, run.problems_html)
        self.assertEqual(self.street(self.customer), "Markt 1")
        self.assertEqual(self.street(self.other), "Nieuwstraat 9")

    def test_customers_go_on_where_a_job_stopped(self):
        self.set_options(at_once=False, all_customers=True)
        self.invoice()
        run = self.synchronise()
        self.sandbox.faults.add(
            "too_many_requests", path=ACCOUNTS, method="PUT", skip=1, daily=True
        )
        self.run_export_job()
        self.assertEqual((run.state, run.customers_done), ("waiting", 1))
        self.assertEqual(run.done, 1)
        self.env["exact.quota"].sudo().search([]).data = False
        self.sandbox.calls.clear()
        self.run_export_job()
        self.assertEqual((run.state, run.customers_done), ("done", 2))
        self.assertEqual(len(self.calls()), 1)
