import random
from datetime import timedelta

from odoo import Command, fields
from odoo.tests import tagged

from .bills import SEED, BillCommon, pdf

DOCUMENTS = "documents/Documents"
ATTACHMENTS = "documents/DocumentAttachments"


@tagged("post_install", "-at_install")
class TestBillAsDocument(BillCommon):
    def setUp(self):
        super().setUp()
        self.deliver_by("document")

    def posts(self, path):
        return self.calls().count(f"POST /api/v1/1001/{path}")

    def some_minutes_later(self):
        past = fields.Datetime.now() - timedelta(minutes=6)
        rows = self.env["exact.attachment"].sudo().search([("state", "=", "unknown")])
        rows.write({"unknown_since": past})

    def assert_delivered_once(self, entry):
        self.assertEqual(entry.state, "delivered", entry.issue_message)
        documents = [
            row for row in self.documents() if entry.sent["key"] in row["Subject"]
        ]
        [document] = documents
        self.assertEqual(len(self.files(document)), 1)
        self.assertEqual(entry.document_guid, document["ID"])
        self.assertTrue(entry.seen_at)
        return document

    def test_a_document_with_supplier_date_reference_amount_and_file(self):
        content = pdf("The bill")
        bill = self.bill(("bill.pdf", content))
        document = self.assert_delivered_once(self.deliver(bill))
        supplier = self.books.accounts.get(document["Account"])
        self.assertEqual(supplier["Name"], "Télécom NV")
        self.assertTrue(supplier["IsSupplier"])
        self.assertNotEqual(supplier["Status"], "C", "no customer of it")
        self.assertEqual(document["DocumentDate"].isoformat()[:10], str(bill.date))
        self.assertEqual(document["Body"], "F/2026/0815")
        self.assertEqual(float(document["AmountFC"]), bill.amount_total)
        [(name, there)] = self.files(document)
        self.assertEqual(there, content)
        self.assertEqual(name, f"{document['Subject']}.pdf")
        self.assertEqual(self.mails(), [])

    def test_random_bills_have_equal_totals(self):
        dice = random.Random(SEED)
        taxes = [[], self.company_data["default_tax_purchase"].ids]
        for number in range(15):
            kind = dice.choice(["in_invoice", "in_invoice", "in_refund"])
            lines = [
                {
                    "name": "Line",
                    "quantity": dice.randint(1, 9),
                    "price_unit": dice.randint(1, 99_999) / 100,
                    "discount": dice.choice([0, 0, 2.5, 33.33]),
                    "tax_ids": [Command.set(dice.choice(taxes))],
                }
                for _line in range(dice.randint(1, 5))
            ]
            bill = self.bill(
                move_type=kind,
                ref=f"R-{number}",
                invoice_line_ids=[Command.create(line) for line in lines],
            )
            with self.subTest(seed=SEED, number=number):
                entry = self.deliver(bill)
                self.assertEqual(entry.state, "delivered")
                document = self.books.documents.get(entry.document_guid)
                there = float(document["AmountFC"])
                sign = -1 if kind == "in_refund" else 1
                self.assertAlmostEqual(there, sign * bill.amount_total, 2)

    def test_a_known_supplier_costs_no_call(self):
        self.deliver(self.bill())
        self.sandbox.calls.clear()
        self.deliver(self.bill(ref="F2"))
        self.assertEqual(
            self.calls(),
            [f"POST /api/v1/1001/{DOCUMENTS}", f"POST /api/v1/1001/{ATTACHMENTS}"],
        )

    def test_a_credit_note_in_a_foreign_currency(self):
        usd = self.setup_other_currency("USD", rounding=0.01)
        bill = self.bill(move_type="in_refund", currency_id=usd.id)
        document = self.assert_delivered_once(self.deliver(bill))
        self.assertEqual(float(document["AmountFC"]), -bill.amount_total)
        self.assertEqual(document["Currency"], "USD")

    def test_lost_answers_are_asked_about_and_nothing_is_made_twice(self):
        for number, path in enumerate((DOCUMENTS, ATTACHMENTS)):
            with self.subTest(path):
                self.sandbox.faults.add("lose_answer", path=path, method="POST")
                entry = self.deliver(self.bill(ref=f"F{number}"))
                self.assert_delivered_once(entry)

    def test_what_never_arrived_goes_again_after_some_minutes(self):
        for number, path in enumerate((DOCUMENTS, ATTACHMENTS)):
            with self.subTest(path):
                self.sandbox.faults.add("lose_request", path=path, method="POST")
                entry = self.deliver(self.bill(ref=f"F{number}"))
                self.assertEqual(entry.state, "unknown")
                self.run_export_job()
                self.assertEqual(entry.state, "unknown", "too early to say")
                self.some_minutes_later()
                self.run_export_job()
                self.assert_delivered_once(entry)

    def test_a_process_that_died_in_the_middle(self):
        entry = self.deliver(self.bill())
        document, file = entry.attachment_ids.sudo()
        # As it stood in the middle of the call for the file.
        file.write({"state": "sending", "guid": False})
        entry.sudo().write({"state": "sending", "seen_at": False})
        self.run_export_job()
        self.assert_delivered_once(entry)
        # As it stood before the first call.
        self.books.delete("attachments", self.files_guid(), 4)
        self.books.delete("documents", document.guid, 6)
        (document + file).write({"state": "new", "guid": False})
        entry.sudo().write({"state": "sending", "document_guid": False})
        self.run_export_job()
        self.assert_delivered_once(entry)

    def files_guid(self):
        [row] = self.books.attachments
        return row["ID"]

    def test_a_right_that_is_lacking_waits_and_goes_once_it_is_there(self):
        self.sandbox.switches.change(missing_scopes="organization.documents")
        entry = self.deliver(self.bill())
        self.assertEqual(entry.state, "queued")
        self.assertEqual(entry.issue_code, "attachments_forbidden")
        self.sandbox.switches.change(missing_scopes="")
        self.run_export_job()
        self.assert_delivered_once(entry)

    def test_another_file_takes_the_place_of_a_refused_one(self):
        self.sandbox.faults.add(
            "server_error", path=ATTACHMENTS, method="POST", status=500
        )
        bill = self.bill(("a.pdf", pdf("a")), ("b.pdf", pdf("b")))
        entry = self.deliver(bill)
        self.assertEqual(entry.state, "rejected")
        bill.exact_file_id = bill.exact_file_option_ids[1]
        document = self.assert_delivered_once(self.deliver(bill))
        self.assertEqual(self.files(document)[0][1], bill.exact_file_id.raw)

    def test_without_supplier_or_scan_of_a_draft(self):
        self.administration.deliver_draft_bills = True
        draft = self.bill(post=False)
        self.assertFalse(draft.exact_can_deliver, "an archive takes no drafts")

    def test_it_is_taken_back_and_delivered_again(self):
        bill = self.bill()
        entry = self.deliver(bill)
        self.assertFalse(self.take_back(bill))
        self.assertEqual((entry.state, self.documents()), ("none", []))
        self.assertFalse(entry.attachment_ids)
        self.assert_delivered_once(self.deliver(bill))

    def test_removed_by_hand_in_exact_it_can_be_taken_back(self):
        bill = self.bill()
        entry = self.deliver(bill)
        from_exact = self.documents()[0]["ID"]
        self.books.delete("documents", from_exact, 6)
        self.assertFalse(self.take_back(bill))
        self.assertEqual(entry.state, "none")
