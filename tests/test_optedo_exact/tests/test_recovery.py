from odoo import fields

from odoo.addons.optedo_exact.models import issues

from .common import ExactCommon

ENTRIES = "salesentry/SalesEntries"
ACCOUNTS = "crm/Accounts"


class TestRecovery(ExactCommon):
    """An invoice is booked exactly once, whatever happens to the answer."""

    connected = True

    def setUp(self):
        super().setUp()
        self.export(self.invoice())  # the customer is known from here on

    def test_lost_answer_is_found_in_exact_and_not_sent_again(self):
        self.sandbox.faults.add("lose_answer", path=ENTRIES, method="POST")
        move = self.invoice([75.0])
        entry = self.export(move)
        self.assertEqual(entry.state, "exported")
        [booked] = self.books.entries(your_ref=move.name)
        self.assertEqual(entry.guid, booked["EntryID"])
        self.assertIn("found", entry.log_ids.mapped("event"))

    def test_lost_request_is_asked_about_twice_before_it_goes_again(self):
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="POST")
        move = self.invoice([75.0])
        entry = self.export(move)
        self.assertEqual((entry.state, entry.asked_count), ("unknown", 1))
        self.run_export_job()
        self.assertEqual(entry.state, "unknown", "five minutes have not passed")
        self.later(minutes=6)
        self.run_export_job()
        self.assertEqual(entry.state, "exported")
        self.assertEqual(entry.log_ids.mapped("event").count("not_there"), 1)
        self.assertEqual(len(self.books.entries(your_ref=move.name)), 1)

    def test_exact_is_not_asked_again_before_its_answer_counts(self):
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="POST")
        entry = self.export(self.invoice([75.0]))
        self.assertEqual((entry.state, entry.asked_count), ("unknown", 1))
        self.sandbox.calls.clear()
        for _slot in range(3):
            self.run_export_job()
        self.assertFalse(self.calls())
        self.later(minutes=6)
        self.run_export_job()
        self.assertEqual(entry.state, "exported")
        self.assertEqual(self.calls()[0], "GET /api/v1/1001/salesentry/SalesEntries")

    def test_what_a_person_has_to_look_at_is_not_asked_about_by_a_job(self):
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="POST")
        entry = self.export(self.invoice([75.0])).sudo()
        for code in issues.FOR_A_PERSON:
            entry.issue_code = code
            self.later(minutes=6)
            self.sandbox.calls.clear()
            self.run_export_job()
            self.assertFalse(self.calls(), code)
        self.assertEqual(entry.state, "unknown")

    def test_late_booking_is_adopted(self):
        self.sandbox.faults.add("book_late", path=ENTRIES, method="POST", seconds=120)
        move = self.invoice([75.0])
        entry = self.export(move)
        self.assertEqual(entry.state, "unknown")
        self.assertFalse(self.books.entries(your_ref=move.name))
        self.sandbox.clock.advance(seconds=121)
        self.later(minutes=6)
        self.run_export_job()
        self.assertEqual(entry.state, "exported")
        self.assertEqual(len(self.books.entries(your_ref=move.name)), 1)

    def test_nothing_can_be_done_with_an_invoice_of_unknown_outcome_but_ask(self):
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="POST")
        move = self.invoice([75.0])
        self.export(move)
        self.assertIn(move.name, move.alerts["exact_issue"]["message"])
        self.sandbox.calls.clear()
        self.export(move)
        self.assertEqual(self.calls(), ["GET /api/v1/1001/salesentry/SalesEntries"])

    def test_a_process_that_died_while_sending_is_asked_about(self):
        move = self.invoice([75.0])
        entry = move.exact_entry_id.sudo()
        entry._exact_set_queued(self.administration)
        entry._exact_set_sending(
            {"journal": "70", "number": move.name, "customer": "x", "total": "90.75"},
            "fingerprint",
        )
        self.run_export_job()
        self.assertEqual((entry.state, entry.asked_count), ("unknown", 1))

    def test_an_entry_with_our_number_and_another_amount_is_left_to_a_person(self):
        self.sandbox.faults.add("lose_request", path=ENTRIES, method="POST")
        move = self.invoice([75.0])
        entry = self.export(move)
        entry.sudo().sent = entry.sent | {
            "number": self.entries_in_exact()[0]["YourRef"]
        }
        self.later(minutes=6)
        self.run_export_job()
        self.assertEqual((entry.state, entry.issue_code), ("unknown", "found_other"))

    def test_a_500_without_words_of_exact_is_an_unknown_outcome(self):
        self.sandbox.faults.add(
            "server_error", path=ENTRIES, method="POST", body="html"
        )
        self.assertEqual(self.export(self.invoice()).state, "unknown")

    def test_a_page_of_maintenance_books_nothing_twice(self):
        self.sandbox.faults.add("maintenance", path=ENTRIES, count=2)
        move = self.invoice()
        entry = self.export(move)
        self.assertEqual(entry.state, "unknown")
        for _ask in range(3):
            self.later(minutes=6)
            self.run_export_job()
        self.assertEqual(entry.state, "exported")
        self.assertEqual(len(self.books.entries(your_ref=move.name)), 1)

    def test_an_answer_that_comes_after_it_was_taken_for_lost_counts(self):
        entry = self.invoice().exact_entry_id.sudo()
        entry._exact_set_queued(self.administration)
        entry._exact_set_sending({"total": "121.00"}, "fingerprint")
        entry._exact_set_unknown()
        row = {"EntryID": "a-guid", "EntryNumber": 7, "AmountFC": 121}
        entry._exact_set_exported(row)
        self.assertEqual((entry.state, entry.number), ("exported", "7"))

    def test_an_entry_that_exact_booked_for_another_amount_is_said(self):
        move = self.invoice()
        entry = move.exact_entry_id.sudo()
        entry._exact_set_queued(self.administration)
        entry._exact_set_sending({"total": "121.00"}, "fingerprint")
        row = {"EntryID": "a-guid", "EntryNumber": 7, "AmountFC": 121.01}
        entry._exact_set_exported(row)
        self.assertIn("121.01", move.alerts["exact_issue"]["message"])

    # --- a run ---------------------------------------------------------------

    def queue(self, move):
        move.sudo()._exact_enqueue()
        return move.exact_entry_id

    def test_an_invoice_with_a_problem_of_its_own_does_not_stop_the_others(self):
        known = self.customer
        self.new_customer()
        self.sandbox.faults.add("server_error", path=ACCOUNTS, body="json")
        bad = self.queue(self.invoice())
        self.customer = known
        good = self.queue(self.invoice())
        self.run_export_job()
        self.assertEqual((bad.state, bad.issue_code), ("blocked", "account_refused"))
        self.assertTrue(bad.issue_text, "the words of Exact")
        self.assertEqual(good.state, "exported")

    def test_no_answer_at_all_stops_the_job_and_is_said_on_the_administration(self):
        self.sandbox.faults.add("lose_request", path=ENTRIES, count=2)
        first, second = self.queue(self.invoice()), self.queue(self.invoice())
        self.run_export_job()
        self.assertEqual((first.state, second.state), ("unknown", "queued"))
        self.assertEqual(self.administration.issue_code, "no_answer")
        self.later(minutes=6)
        for _run in range(3):
            self.run_export_job()
        self.assertEqual((first.state, second.state), ("exported", "exported"))
        self.assertFalse(self.administration.issue_code)

    def test_too_many_requests_waits_and_goes_by_itself(self):
        self.sandbox.faults.add("too_many_requests", path=ENTRIES, method="POST")
        move = self.invoice()
        entry = self.export(move)
        self.assertEqual((entry.state, entry.issue_code), ("queued", "limit_minute"))
        trigger = (
            self.env["ir.cron.trigger"]
            .sudo()
            .search([("cron_id", "=", self.administration.export_cron_id.id)])
        )
        self.assertTrue(any(t.call_at > fields.Datetime.now() for t in trigger))
        quota = self.env["exact.quota"].sudo().search([])
        quota.data = False  # the minute has passed
        self.run_export_job()
        self.assertEqual(entry.state, "exported")

    # --- the customer --------------------------------------------------------

    def new_customer(self):
        self.customer = self.env["res.partner"].create(
            {
                "name": "Nieuw BV",
                "is_company": True,
                "street": "Kerkstraat 3",
                "zip": "9000",
                "city": "Gent",
                "country_id": self.env.ref("base.be").id,
                "vat": "BE0432176570",
            }
        )

    def accounts(self):
        return [a for a in self.books.accounts if a["Name"] == "Nieuw BV"]

    def test_customer_whose_answer_was_lost_is_found_not_created_again(self):
        self.new_customer()
        self.sandbox.faults.add("lose_answer", path=ACCOUNTS, method="POST")
        self.assertEqual(self.export(self.invoice()).state, "exported")
        self.assertEqual(len(self.accounts()), 1)

    def test_customer_that_appears_late_is_not_created_again(self):
        self.new_customer()
        self.sandbox.faults.add("book_late", path=ACCOUNTS, method="POST", seconds=120)
        entry = self.export(self.invoice())
        self.assertEqual((entry.state, entry.issue_code), ("queued", "account_unknown"))
        self.sandbox.clock.advance(seconds=121)
        self.run_export_job()
        self.assertEqual(entry.state, "exported")
        self.assertEqual(len(self.accounts()), 1)

    def test_customer_that_never_arrived_is_created_after_some_minutes(self):
        self.new_customer()
        self.sandbox.faults.add("lose_request", path=ACCOUNTS, method="POST")
        entry = self.export(self.invoice())
        self.run_export_job()
        self.assertEqual(entry.state, "queued")
        link = self.customer.exact_account_ids.sudo()
        link.sending_at = fields.Datetime.subtract(link.sending_at, minutes=8)
        self.run_export_job()
        self.assertEqual(entry.state, "exported")
        self.assertEqual(len(self.accounts()), 1)

    def test_customer_that_was_corrected_meanwhile_is_not_created_again(self):
        self.new_customer()
        self.sandbox.faults.add("lose_answer", path=ACCOUNTS, method="POST")
        self.sandbox.faults.add("server_error", path=ACCOUNTS, method="GET", skip=1)
        entry = self.export(self.invoice())
        self.assertNotEqual(entry.state, "exported")
        self.customer.write({"street": "Kerkstraat 33", "name": "Nieuw & Co BV"})
        link = self.customer.exact_account_ids.sudo()
        link.sending_at = fields.Datetime.subtract(link.sending_at, minutes=8)
        self.export(entry.move_id)
        self.assertEqual(entry.state, "exported")
        self.assertEqual(len(self.accounts()), 1)
        same = [a for a in self.books.accounts if a["Name"] == "Nieuw & Co BV"]
        self.assertFalse(same)
