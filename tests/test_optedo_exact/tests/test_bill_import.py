from datetime import datetime, timedelta
from decimal import Decimal

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.optedo_exact.exact.errors import NoAnswer

from exact_sandbox.books import documents, entries
from exact_sandbox.books.kinds import PURCHASE

from .common import ExactCommon


class BillCommon(ExactCommon):
    """Vendor bills are imported from the sandbox's Belgian administration."""

    connected = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cost = cls.company_data["default_account_expense"]
        cls.purchase_tax = cls.company_data["default_tax_purchase"]
        cls.purchase_tax.amount = 21

    def setUp(self):
        super().setUp()
        self.today = fields.Date.today()
        self.administration.write(
            {
                "import_bills": "posted",
                "import_bills_from": self.today - timedelta(days=30),
            }
        )
        self.administration.sudo().bills_started = True
        self.map("account", self.cost, "612000")
        self.map("tax", self.purchase_tax, "A21")
        self.supplier_in_exact = self.books.coded("accounts", "3")["ID"]

    def box(self, name):
        """The tag of a box of the Belgian return."""
        return self.env["account.account.tag"].search(
            [
                ("name", "in", (name, f"+{name}")),
                ("country_id.code", "=", "BE"),
                ("applicability", "=", "taxes"),
            ],
            limit=1,
        )

    def gl(self, code):
        return self.books.coded("gl_accounts", code)["ID"]

    def line(self, amount=100, code="A21", gl="612000", **values):
        return {
            "GLAccount": self.gl(gl),
            "AmountFC": self.books_amount(amount),
            "VATCode": code,
            **values,
        }

    @staticmethod
    def books_amount(amount):
        return Decimal(str(amount))

    def book(self, *lines, **values):
        """The accountant books a purchase entry by hand."""
        with self.books.atomic():
            return entries.create(
                self.books,
                PURCHASE,
                {
                    "Supplier": self.supplier_in_exact,
                    "Journal": "60",
                    "YourRef": "F-1",
                    **values,
                },
                list(lines) or [self.line()],
            )

    def receive(self, name="bill.pdf", content=b"%PDF-1.4 bill"):
        """A document with a file arrives in Exact; returns its id."""
        with self.books.atomic():
            document = documents.create(self.books, Subject=name, Type=20)
            documents.attach(self.books, document["ID"], name, content)
        return document["ID"]

    def import_bills(self):
        with self.side_cursors() as env:
            self.administration.with_env(env).action_import_bills()
            env.cr.commit()
        self.env.invalidate_all()

    def rows(self):
        return self.env["exact.bill.import"].search(
            [("administration_id", "=", self.administration.id)], order="id"
        )

    def imported(self):
        """The one row of the import list, after an import."""
        self.import_bills()
        row = self.rows()
        self.assertEqual(len(row), 1)
        return row

    def bill(self):
        row = self.imported()
        self.assertEqual(row.state, "done", row.issue_message)
        return row.move_id

    def choose(self, row):
        action = row.action_mend()
        return self.env[action["res_model"]].browse(action["res_id"])

    def press(self, wizard):
        with self.side_cursors() as env:
            wizard.with_env(env).action_choose()
            env.cr.commit()
        self.env.invalidate_all()

    def vendor(self, **values):
        return self.env["res.partner"].create(
            {"name": "Drukkerij Peeters", "vat": "BE0428759497"} | values
        )

    def odoo_bill(self, partner, ref="F-1", amount=100.0, **values):
        move = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": partner.id,
                "ref": ref,
                "invoice_date": self.today,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Paper",
                            "price_unit": amount,
                            "account_id": self.cost.id,
                            "tax_ids": [Command.set(self.purchase_tax.ids)],
                        }
                    )
                ],
            }
            | values
        )
        move.action_post()
        return move


class TestBillImport(BillCommon):
    """A purchase entry of Exact becomes a vendor bill, to the cent."""

    def test_entry_becomes_a_confirmed_bill(self):
        entry = self.book(
            self.line(100), self.line(50.05, Description="Pens"), DueDate=None
        )
        move = self.bill()
        self.assertEqual(move.move_type, "in_invoice")
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.ref, "F-1")
        self.assertEqual(move.partner_id.name, "Drukkerij Peeters NV")
        self.assertEqual(move.partner_id.vat, "BE0428759497")
        self.assertAlmostEqual(move.amount_total, float(entry["AmountFC"]), 2)
        self.assertEqual(move.invoice_line_ids.mapped("price_unit"), [100, 50.05])
        self.assertEqual(move.invoice_line_ids.account_id, self.cost)
        self.assertEqual(move.exact_state, "imported")
        self.assertEqual(move.exact_entry_number, str(entry["EntryNumber"]))
        self.assertEqual(move.exact_entry_guid, entry["EntryID"])

    def test_as_a_draft(self):
        self.administration.import_bills = "draft"
        self.book()
        self.assertEqual(self.bill().state, "draft")

    def test_credit_note(self):
        self.book(self.line(-40))
        move = self.bill()
        self.assertEqual(move.move_type, "in_refund")
        self.assertEqual(move.amount_total, 48.4)

    def test_vat_that_the_accountant_corrected_by_cents(self):
        self.book(self.line(100, VATAmountFC=self.books_amount("21.02")))
        move = self.bill()
        self.assertEqual(move.amount_tax, 21.02)
        self.assertEqual(move.amount_total, 121.02)
        self.assertEqual(len(move.invoice_line_ids), 1)

    def test_a_tax_that_is_part_of_the_price(self):
        self.purchase_tax.price_include_override = "tax_included"
        entry = self.book(self.line(100, VATAmountFC=self.books_amount("21.02")))
        move = self.bill()
        self.assertEqual((move.amount_untaxed, move.amount_tax), (100, 21.02))
        self.assertAlmostEqual(move.amount_total, float(entry["AmountFC"]), 2)

    def test_rounding_on_the_header_is_a_line_of_its_own(self):
        entry = self.book(self.line(100), VATAmountFC=self.books_amount("21.01"))
        move = self.bill()
        self.assertAlmostEqual(move.amount_total, float(entry["AmountFC"]), 2)
        self.assertEqual(move.invoice_line_ids[-1].price_unit, 0.01)

    def test_foreign_currency_takes_the_rate_of_exact(self):
        self.setup_other_currency("USD", rates=[("2020-01-01", 1.1)])
        entry = self.book(Currency="USD", Rate=self.books_amount("0.8"))
        move = self.bill()
        self.assertEqual(move.currency_id.name, "USD")
        self.assertEqual(move.amount_total, 121)
        self.assertAlmostEqual(move.amount_total_signed, -96.8, 2)
        self.assertAlmostEqual(float(entry["AmountDC"]), 96.8, 2)

    def test_reverse_charge_is_booked_twice_and_not_paid(self):
        tax = self.purchase_tax.copy({"name": "21 % co-contractor"})
        account = self.company_data["default_account_tax_purchase"].id
        lines = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "document_type": kind,
                        "repartition_type": "tax" if factor else "base",
                        "factor_percent": factor or 100,
                        "account_id": account if factor else False,
                    }
                )
                for kind in ("invoice", "refund")
                for factor in (0, 100, -100)
            ),
        ]
        tax.repartition_line_ids = lines
        self.map("tax", tax, "AMC")
        self.book(self.line(100, code="AMC"))
        move = self.bill()
        self.assertEqual(move.amount_total, 100)
        taxes = move.line_ids.filtered("tax_line_id")
        self.assertEqual(sorted(taxes.mapped("balance")), [-21, 21])

    def test_file_of_the_document_is_attached(self):
        document = self.receive()
        self.books.book_purchase(
            document, supplier=self.supplier_in_exact, lines=[self.line()]
        )
        move = self.bill()
        [file] = self.files_of(move)
        self.assertEqual(file.name, "bill.pdf")
        self.assertEqual(file.raw, b"%PDF-1.4 bill")
        self.assertEqual(move.message_main_attachment_id, file)

    def test_a_page_of_maintenance_is_no_file(self):
        document = self.receive()
        self.books.book_purchase(
            document, supplier=self.supplier_in_exact, lines=[self.line()]
        )
        self.sandbox.faults.add("maintenance", path="SysAttachment")
        self.run_job()
        self.assertEqual(self.administration.issue_code, "maintenance")
        row = self.rows()
        self.assertEqual((row.state, row.files_wanted), ("done", True))
        self.assertFalse(self.files_of(row.move_id))
        self.run_job()
        [file] = self.files_of(row.move_id)
        self.assertEqual(file.raw, b"%PDF-1.4 bill")

    def test_a_file_that_comes_later_is_read(self):
        entry = self.book()
        move = self.bill()
        self.assertFalse(self.files_of(move))
        self.books.change_entry(entry["EntryID"], Document=self.receive())
        self.import_bills()
        self.assertEqual(self.files_of(move).name, "bill.pdf")
        self.assertFalse(self.rows().file_issue)

    def test_a_file_that_is_mended_is_read_again(self):
        """A file that comes to a document changes no entry: a person asks."""
        with self.books.atomic():
            document = documents.create(self.books, Subject="bill", Type=20)
        self.books.book_purchase(
            document["ID"], supplier=self.supplier_in_exact, lines=[self.line()]
        )
        move = self.bill()
        row = self.rows()
        self.assertIn("read the file again", row.file_issue)
        with self.books.atomic():
            documents.attach(self.books, document["ID"], "late.pdf", b"%PDF-1.4")
        with self.side_cursors() as env:
            row.with_env(env).action_read_file_again()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(self.files_of(move).name, "late.pdf")
        self.assertFalse(row.file_issue)

    def test_a_bill_without_file_takes_that_of_its_entry(self):
        move = self.odoo_bill(self.vendor())
        self.books.book_purchase(
            self.receive(),
            supplier=self.supplier_in_exact,
            lines=[self.line()],
            YourRef="F-1",
        )
        self.assertEqual(self.bill(), move)
        self.assertEqual(self.files_of(move).name, "bill.pdf")

    def test_one_bad_file_keeps_no_other_back(self):
        for number in range(3):
            self.books.book_purchase(
                self.receive(f"bill-{number}.pdf"),
                supplier=self.supplier_in_exact,
                lines=[self.line()],
                YourRef=f"F-{number}",
            )
        client = type(self.administration.sudo()._client())
        download = client.download
        bad = {"bill-0.pdf"}

        def breaks(this, url, endpoint, name, record=""):
            if name in bad:
                raise NoAnswer()
            return download(this, url, endpoint, name, record)

        self.patch(client, "download", breaks)
        listing = type(self.env["exact.bill.service"])._list_files

        def without_url(this, rows, client):
            listing(this, rows, client)
            for row in rows.filtered(lambda r: r.reference == "F-1"):
                row.listing = {"files": [row.listing["files"][0] | {"Url": None}]}

        self.patch(type(self.env["exact.bill.service"]), "_list_files", without_url)
        self.import_bills()
        rows = self.rows().sorted("reference")
        self.assertEqual(
            rows.mapped("file_issue_code"),
            ["bill_file_no_answer", "bill_file_refused", False],
        )
        self.assertTrue(self.files_of(rows[2].move_id))
        self.import_bills()
        self.assertEqual(rows[0].file_issue_code, "bill_file_refused", "not for ever")
        bad.clear()
        with self.side_cursors() as env:
            rows[0].with_env(env).action_read_file_again()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(self.files_of(rows[0].move_id).name, "bill-0.pdf")

    def test_files_of_one_name_are_both_attached_and_one_file_once(self):
        document = self.receive()
        with self.books.atomic():
            documents.attach(self.books, document, "bill.pdf", b"%PDF-1.4 terms")
            documents.attach(self.books, document, "copy.pdf", b"%PDF-1.4 bill")
        self.books.book_purchase(
            document, supplier=self.supplier_in_exact, lines=[self.line()]
        )
        files = self.files_of(self.bill())
        self.assertEqual(
            {file.raw for file in files}, {b"%PDF-1.4 bill", b"%PDF-1.4 terms"}
        )
        self.assertEqual(len(files), 2)

    def test_two_entries_of_one_document_both_have_its_file(self):
        document = self.receive()
        for number in range(2):
            self.book(YourRef=f"F-{number}", Document=document)
        self.import_bills()
        for row in self.rows():
            self.assertEqual(self.files_of(row.move_id).name, "bill.pdf")

    def files_of(self, move):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        )

    def run_job(self):
        with self.enter_registry_test_mode():
            self.administration.bill_cron_id.sudo().method_direct_trigger()
        self.env.invalidate_all()

    def test_document_without_file_is_said(self):
        self.book()
        row = self.imported()
        self.assertEqual(row.state, "done")
        self.assertIn("no file", row.file_issue)

    def test_read_again_nothing_comes_twice(self):
        self.book()
        move = self.bill()
        self.administration.sudo().bill_cursor = "1"
        self.assertEqual(self.bill(), move)

    def test_nothing_changed_costs_two_calls(self):
        self.book()
        self.import_bills()
        self.sandbox.calls.clear()
        self.import_bills()
        self.assertEqual(
            self.calls(),
            [
                "GET /api/v1/1001/sync/Deleted",
                "GET /api/v1/1001/sync/Financial/TransactionLines",
            ],
        )

    def a_day_later(self):
        self.administration.sudo().bills_move_asked_at = False

    def test_a_move_of_the_administration_is_noticed(self):
        """Its feeds start again, so an old cursor would pass over all that is new."""
        for number in range(5):
            self.book(YourRef=f"OLD-{number}")
        self.import_bills()
        before = self.rows()
        self.books.move()
        self.book(YourRef="NEW")
        self.import_bills()
        self.assertEqual(self.rows(), before, "asked once a day")
        self.a_day_later()
        self.import_bills()
        self.assertEqual((self.rows() - before).mapped("reference"), ["NEW"])
        self.assertEqual(set(self.rows().mapped("state")), {"done"})
        self.assertEqual(len(self.rows().move_id), 6)

    def test_what_was_deleted_before_a_move_is_seen(self):
        entry = self.book()
        move = self.bill()
        self.books.delete_entry(entry["EntryID"])
        self.books.move()
        self.a_day_later()
        self.import_bills()
        self.assertEqual(move.exact_entry_id.issue_code, "bill_deleted")

    def test_no_move_reads_nothing_anew(self):
        self.book()
        self.import_bills()
        self.a_day_later()
        self.sandbox.calls.clear()
        self.import_bills()
        self.assertEqual(len(self.calls()), 3)
        self.assertIn("Divisions", self.calls()[0])

    def test_older_entries_stay_in_exact(self):
        self.book(EntryDate=self.books_date(-60))
        self.import_bills()
        self.assertFalse(self.rows())

    def test_an_earlier_day_brings_what_was_passed_over(self):
        self.book(EntryDate=self.books_date(-60))
        self.import_bills()
        self.administration.import_bills_from = self.today - timedelta(days=90)
        self.assertEqual(self.imported().state, "ready", "it is looked at first")
        with self.side_cursors() as env:
            self.administration.with_env(env).action_start_bills()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(self.rows().state, "done")
        with self.assertRaisesRegex(UserError, "from a day on"):
            self.administration.import_bills_from = False

    def test_another_day_during_the_look_sorts_what_was_looked_at(self):
        self.administration.sudo().bills_started = False
        self.book(EntryDate=self.books_date(-20))
        self.book(EntryDate=self.books_date(-5), YourRef="F-2")
        self.import_bills()
        self.administration.import_bills_from = self.today - timedelta(days=10)
        early, late = self.rows().sorted("entry_date")
        self.assertEqual(
            (early.state, early.issue_code), ("left_out", "bill_too_early")
        )
        self.assertEqual(late.state, "ready")
        self.administration.import_bills_from = self.today - timedelta(days=25)
        self.assertEqual((early.state, early.issue_code), ("ready", False))

    def test_moved_before_the_first_day_in_exact_it_stays_there(self):
        self.administration.sudo().bills_started = False
        entry = self.book()
        row = self.imported()
        self.books.change_entry(entry["EntryID"], EntryDate=self.books_date(-60))
        with self.side_cursors() as env:
            self.administration.with_env(env).action_start_bills()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual((row.state, row.issue_code), ("left_out", "bill_too_early"))

    def books_date(self, days):
        day = self.today + timedelta(days=days)
        return datetime(day.year, day.month, day.day)

    def test_before_the_start_it_only_shows_what_would_come(self):
        self.administration.sudo().bills_started = False
        self.book()
        row = self.imported()
        self.assertEqual((row.state, row.amount), ("ready", 121.0))
        self.assertFalse(row.move_id)
        # It is started from what was looked at, without a way back.
        look = self.administration.action_open_bills()
        self.assertIn("would come", look["name"])
        view = self.env["exact.bill.import"].get_view(look["views"][0][0])
        self.assertIn('name="action_start"', view["arch"])
        with self.side_cursors() as env:
            rows = env["exact.bill.import"].with_context(**look["context"])
            action = rows.action_start()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertTrue(row.move_id)
        self.assertNotIn("would come", action["name"])
        view = self.env["exact.bill.import"].get_view()
        self.assertNotIn('name="action_start"', view["arch"])

    def test_what_would_come_says_what_would_become_of_each(self):
        self.administration.sudo().bills_started = False
        known = self.odoo_bill(self.vendor(), ref="OLD")
        self.book(YourRef="OLD")
        self.book(YourRef="NEW")
        self.book(self.line(gl="610000"), YourRef="RENT")
        counts = [self.env[m].search_count([]) for m in ("account.move", "res.partner")]
        self.import_bills()
        rows = {row.reference: row for row in self.rows()}
        self.assertEqual({row.state for row in self.rows()}, {"ready"})
        self.assertEqual(rows["OLD"].foreseen_move_id, known)
        self.assertFalse(rows["NEW"].foreseen_move_id or rows["NEW"].issue_code)
        self.assertEqual(rows["RENT"].issue_code, "bill_account_unmapped")
        # It is mended before anything comes, and still nothing has come.
        wizard = self.choose(rows["RENT"])
        wizard.account_id = self.cost
        self.press(wizard)
        self.assertNotEqual(rows["RENT"].issue_code, "bill_account_unmapped")
        other = self.odoo_bill(known.partner_id, ref="SAME", amount=90.0)
        counts[0] += 1
        self.book(YourRef="SAME")
        self.import_bills()
        asks = self.rows()[-1]
        self.assertEqual(
            (asks.issue_code, asks.candidate_ids), ("bill_candidates", other)
        )
        asks.chosen_move_id = other
        with self.side_cursors() as env:
            asks.with_env(env).action_try_again()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual((asks.issue_code, asks.foreseen_move_id), (False, other))
        self.assertEqual({row.state for row in self.rows()}, {"ready"})
        self.assertEqual(
            [self.env[m].search_count([]) for m in ("account.move", "res.partner")],
            counts,
        )
        with self.side_cursors() as env:
            self.administration.with_env(env).action_start_bills()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual((rows["OLD"].state, rows["OLD"].move_id), ("done", known))
        self.assertEqual((asks.state, asks.move_id), ("done", other))
        self.assertEqual((rows["NEW"].state, rows["NEW"].met), ("done", False))

    def test_bills_that_arrive_in_exact_and_are_delivered_there_are_warned_of(self):
        self.assertFalse(self.administration.bill_flow_warning)
        self.administration.peppol_receiver = "exact"
        self.assertFalse(self.administration.bill_flow_warning)
        self.administration.export_bills = "document"
        self.assertIn("twice", self.administration.bill_flow_warning)

    def test_what_came_is_never_sent(self):
        self.book()
        move = self.bill()
        with self.assertRaises(UserError):
            move._exact_enqueue()
        self.assertFalse(move.exact_can_export)

    def test_import_stands_in_the_history(self):
        self.book(YourRef="F-1")
        self.book(self.line(code="A6"), YourRef="F-2")
        self.import_bills()
        run = self.env["exact.run"].search([("kind", "=", "bills")])
        self.assertEqual((run.total, run.done, run.failed), (2, 1, 1))
        self.assertIn("A6", run.problems_html)
        self.assertEqual(run.entry_ids.move_id, self.rows().move_id)

    def test_who_may_not_invoice_may_not_import(self):
        reader = self.env["res.users"].create(
            {
                "name": "Reader",
                "login": "bill.reader",
                "group_ids": [
                    Command.set(self.env.ref("account.group_account_readonly").ids)
                ],
            }
        )
        with self.assertRaises(AccessError):
            self.administration.with_user(reader).action_import_bills()
        self.book(self.line(code="A6"))
        row = self.imported().with_user(reader)
        for button in ("action_try_again", "action_leave_out", "action_make_new"):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(row, button)()

    def test_job_imports_by_itself(self):
        self.book()
        self.run_job()
        self.assertEqual(self.rows().state, "done")


class TestBillProblems(BillCommon):
    """What cannot come says why; the others go on, and nothing is half-made."""

    def problem(self, code):
        row = self.imported()
        self.assertEqual((row.state, row.issue_code), ("problem", code))
        self.assertFalse(row.move_id)
        self.assertTrue(row.issue_message)
        return row

    def try_again(self, row):
        with self.side_cursors() as env:
            row.with_env(env).action_try_again()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(row.state, "done", row.issue_message)

    def test_unknown_ledger_account_then_mended(self):
        self.book(self.line(gl="610000"))
        row = self.problem("bill_account_unmapped")
        self.assertIn("610000", row.issue_message)
        rent = self.cost.copy({"code": "610001"})
        self.map("account", rent, "610000")
        # Rent is a service in Exact, box 82, and the tax of Odoo is for goods, box 81.
        with self.side_cursors() as env:
            row.with_env(env).action_try_again()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(row.issue_code, "bill_tax_box")
        service = self.purchase_tax.copy({"name": "21 % services"})
        for line in service.repartition_line_ids.filtered(
            lambda line: line.repartition_type == "base"
        ):
            line.tag_ids = self.box("82")
        self.map("tax", service, "A21")
        self.try_again(row)
        self.assertEqual(row.move_id.invoice_line_ids.tax_ids, service)
        self.assertEqual(row.move_id.invoice_line_ids.account_id, rent)

    def test_the_code_is_chosen_once_for_all_that_wait(self):
        """From the row, with what has the same code in Odoo proposed."""
        self.map("tax", self.purchase_tax, "A0")
        for number in range(2):
            self.book(self.line(code="A21", gl="610000"), YourRef=f"R-{number}")
        self.import_bills()
        rent = self.env["account.account"].search(
            [("company_ids", "in", self.company.id), ("code", "=", "610000")]
        )
        row, other = self.rows()
        wizard = self.choose(row)
        self.assertEqual((wizard.kind, wizard.account_id), ("account", rent))
        self.assertEqual(wizard.waiting_count, 2)
        self.assertIn("610000", row.lines_html)
        self.press(wizard)
        self.assertEqual(row.issue_code, "bill_tax_unmapped")
        wizard = self.choose(row)
        service = self.purchase_tax.copy({"name": "21 % services"})
        for line in service.repartition_line_ids:
            if line.repartition_type == "base":
                line.tag_ids = self.box("82")
        wizard.tax_id = service
        self.press(wizard)
        self.assertEqual((row + other).mapped("state"), ["done", "done"])
        self.assertEqual((row + other).move_id.invoice_line_ids.account_id, rent)

    def test_who_may_not_configure_chooses_no_code(self):
        self.book(self.line(code="A6"))
        row = self.problem("bill_tax_unmapped")
        wizard = self.choose(row)
        clerk = new_test_user(
            self.env,
            "bill.clerk",
            "account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        for record, button in ((row, "action_mend"), (wizard, "action_choose")):
            with self.subTest(button), self.assertRaises(AccessError):
                getattr(record.with_user(clerk), button)()

    def test_a_line_without_description_is_called_after_its_account(self):
        self.book(self.line(Description=None), Description=None)
        [name] = self.bill().invoice_line_ids.mapped("name")
        self.assertEqual(name, self.reference("gl_account", "612000").name)

    def test_unknown_vat_code(self):
        self.book(self.line(code="A6"))
        self.problem("bill_tax_unmapped")

    def test_several_taxes_take_the_default_of_the_account_else_ask(self):
        other = self.purchase_tax.copy({"name": "21 % other"})
        self.map("tax", other, "A21")
        self.cost.tax_ids = False
        self.book()
        row = self.problem("bill_tax_several")
        self.cost.tax_ids = other
        self.try_again(row)
        self.assertEqual(row.move_id.invoice_line_ids.tax_ids, other)

    def test_non_deductible_share_without_such_a_tax(self):
        self.map("account", self.cost, "615000")
        self.book(self.line(gl="615000"))
        row = self.problem("bill_tax_share")
        self.assertIn("50 %", row.issue_message)

    def test_half_deductible_car(self):
        car = self.purchase_tax.copy({"name": "21 % car"})
        account = self.company_data["default_account_tax_purchase"].id
        car.repartition_line_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "document_type": kind,
                        "repartition_type": "tax" if share else "base",
                        "factor_percent": share or 100,
                        "account_id": account if claim else False,
                    }
                )
                for kind in ("invoice", "refund")
                for share, claim in ((0, False), (50, True), (50, False))
            ),
        ]
        self.map("tax", car, "A21")
        self.map("account", self.cost, "615000")
        self.book(self.line(99.99, gl="615000"))
        move = self.bill()
        self.assertEqual(move.invoice_line_ids.tax_ids, car)
        self.assertEqual(move.amount_total, 120.99)

    def test_an_entry_without_lines_says_so(self):
        self.book(self.line(code="A6"))
        row = self.problem("bill_tax_unmapped")
        data = row.data | {"AmountFC": "0.50", "PurchaseEntryLines": []}
        row.sudo().write({"data": data, "state": "ready"})
        self.env["exact.bill.service"]._make_single(row.sudo())
        self.assertEqual(row.issue_code, "bill_lines_missing")

    def test_a_vat_that_is_no_claim_at_all(self):
        """A tax none of which has an account; one beside it is a claim."""
        account = self.company_data["default_account_tax_purchase"]
        claim = self.purchase_tax
        lines = claim.invoice_repartition_line_ids + claim.refund_repartition_line_ids
        lines.filtered(lambda r: r.repartition_type == "tax").account_id = account
        nothing = claim.copy({"name": "21 % no claim"})
        lines = nothing.invoice_repartition_line_ids
        lines += nothing.refund_repartition_line_ids
        lines.account_id = False
        self.map("tax", nothing, "A21")
        share = self.books_amount("1")
        entry = self.book(self.line(VATNonDeductiblePercentage=share))
        row = self.imported()
        self.assertEqual(row.state, "done", row.issue_message)
        self.assertEqual(row.move_id.invoice_line_ids.tax_ids, nothing)
        self.assertAlmostEqual(row.move_id.amount_total, float(entry["AmountFC"]), 2)
        self.book(YourRef="F-2")
        self.import_bills()
        self.assertEqual(self.rows()[-1].move_id.invoice_line_ids.tax_ids, claim)

    def test_unknown_currency(self):
        self.env.ref("base.USD").active = False
        self.book(Currency="USD", Rate=self.books_amount("0.8"))
        self.problem("bill_currency")

    def test_locked_period_keeps_only_that_entry_back(self):
        self.book(EntryDate=None, YourRef="F-2")
        self.company.sudo().purchase_lock_date = self.today
        row = self.problem("bill_period_locked")
        self.company.sudo().purchase_lock_date = False
        self.try_again(row)

    def test_one_that_fails_keeps_no_other_back(self):
        self.book(self.line(code="A6"), YourRef="F-1")
        self.book(YourRef="F-2")
        self.import_bills()
        self.assertEqual(self.rows().mapped("state"), ["problem", "done"])

    def test_a_fault_of_our_own_keeps_no_other_back(self):
        self.book(YourRef="F-1")
        self.book(YourRef="F-2")
        service = type(self.env["exact.bill.service"])
        bring = service._bring

        def fails_once(this, row):
            if row.reference == "F-1":
                raise KeyError("something")
            return bring(this, row)

        self.patch(service, "_bring", fails_once)
        with mute_logger("odoo.addons.optedo_exact.models.exact_bill_service"):
            self.import_bills()
        rows = self.rows().sorted("reference")
        self.assertEqual(rows.mapped("state"), ["problem", "done"])
        self.assertEqual(rows[0].issue_code, "unexpected")

    def test_another_supplier_in_exact_forgets_who_was_found(self):
        vendor = self.vendor()
        entry = self.book(self.line(code="A6"))
        row = self.problem("bill_tax_unmapped")
        row.sudo().write({"partner_id": vendor.id, "make_new": True})
        other = self.books.coded("accounts", "2")["ID"]
        data = row.data | {"EntryID": entry["EntryID"], "Supplier": other}
        self.env["exact.bill.service"]._keep(row.sudo(), data)
        self.assertEqual((row.supplier_guid, row.make_new), (other, False))
        self.assertFalse(row.partner_id or row.supplier_data)

    def test_supplier_that_only_has_the_name_asks(self):
        vendor = self.vendor(name="Drukkerij Peeters NV", vat=False)
        self.book()
        row = self.problem("bill_supplier_perhaps")
        row.partner_id = vendor
        self.try_again(row)
        self.assertEqual(row.move_id.partner_id, vendor)

    def test_supplier_twice_asks(self):
        vendor = self.vendor()
        self.book()
        self.env["exact.account"].sudo().create(
            {
                "administration_id": self.administration.id,
                "partner_id": vendor.id,
                "state": "linked",
                "guid": self.books.coded("accounts", "2")["ID"],
                "name": "Jurimmo BV",
            }
        )
        row = self.problem("bill_supplier_twice")
        row.partner_id = vendor
        self.try_again(row)
        self.book(YourRef="F-2")
        self.import_bills()
        other = self.rows()[-1]
        self.assertEqual(other.state, "done", "it was said once")
        self.assertEqual(other.move_id.partner_id, vendor)

    def test_a_bill_that_was_deleted_in_odoo_comes_again_where_a_person_says_so(self):
        self.administration.import_bills = "draft"
        self.book()
        row = self.imported()
        row.move_id.unlink()
        self.assertEqual((row.state, row.issue_code), ("left_out", "bill_deleted_here"))
        self.import_bills()
        self.assertFalse(row.move_id, "not by itself")
        self.try_again(row)
        self.assertTrue(row.move_id)

    def test_left_out(self):
        self.book(self.line(code="A6"))
        row = self.problem("bill_tax_unmapped")
        row.action_leave_out()
        self.import_bills()
        self.assertEqual(row.state, "left_out")

    def test_deleted_before_it_came(self):
        entry = self.book(self.line(code="A6"))
        row = self.problem("bill_tax_unmapped")
        self.books.delete_entry(entry["EntryID"])
        self.import_bills()
        self.assertEqual((row.state, row.gone), ("left_out", True))

    def test_rejected_in_exact_it_comes_once_it_is_accepted(self):
        """Whatever became of it before: it waited for a person, or for the start."""
        self.administration.sudo().bills_started = False
        entry = self.book()
        row = self.imported()
        for before in ("ready", "problem"):
            with self.subTest(before):
                row.sudo().state = before
                self.books.change_entry(entry["EntryID"], Status=5)
                self.import_bills()
                self.assertEqual(
                    (row.state, row.issue_code), ("left_out", "bill_rejected")
                )
                self.books.change_entry(entry["EntryID"], Status=20)
                self.import_bills()
                self.assertEqual((row.state, row.issue_code), ("ready", False))

    def test_a_bill_whose_entry_is_rejected_says_so(self):
        entry = self.book()
        move = self.bill()
        self.books.change_entry(entry["EntryID"], Status=5)
        self.import_bills()
        self.assertEqual(move.exact_entry_id.issue_code, "bill_rejected_there")
        self.books.change_entry(entry["EntryID"], Status=20)
        self.import_bills()
        self.assertFalse(move.exact_entry_id.issue_code)


class TestBillMeets(BillCommon):
    """An entry that is a bill of Odoo already completes it, and is no second bill."""

    def test_same_supplier_reference_and_amount(self):
        move = self.odoo_bill(self.vendor())
        self.book()
        self.assertEqual(self.bill(), move)
        self.assertEqual(move.exact_state, "exported")
        self.assertFalse(move.exact_entry_id.issue_code)

    def test_a_bill_that_met_another_entry_is_untied_and_does_not_go_again(self):
        """The entry becomes a bill of its own then, or meets the one that it is."""
        self.keep_out()
        vendor = self.vendor()
        move = self.odoo_bill(vendor)
        self.book()
        self.assertEqual(self.bill(), move)
        self.assertFalse(move.exact_can_let_go)
        for button in ("button_draft", "button_cancel"):
            with self.assertRaisesRegex(UserError, "It is another bill"):
                getattr(move, button)()
        twin = self.odoo_bill(vendor)
        self.assertTrue(move.exact_can_untie)
        move.action_exact_untie()
        row = self.rows()
        self.assertEqual((row.state, row.issue_code), ("problem", "bill_another"))
        self.assertEqual((row.candidate_ids, row.move_id), (twin, row.move_id.browse()))
        self.assertEqual((move.exact_state, move.exact_can_deliver), ("marked", False))
        self.choose_bill(row, twin)
        self.assertEqual((row.state, row.move_id), ("done", twin))
        twin.action_exact_untie()
        self.choose_bill(row, self.env["account.move"])
        self.assertEqual(row.state, "done", row.issue_message)
        self.assertNotIn(row.move_id, move + twin)
        self.assertEqual(row.move_id.exact_state, "imported")

    def keep_out(self):
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_keep_out")

    def test_what_was_paid_of_another_entry_is_taken_back(self):
        self.keep_out()
        self.administration.write({"import_payments": True, "payment_share": 100})
        move = self.odoo_bill(self.vendor())
        entry = self.book()
        self.bill()
        self.books.pay(entry["EntryID"], date=self.today - timedelta(days=1))
        self.check_payments()
        self.env.invalidate_all()
        self.assertEqual(move.payment_state, "paid")
        move.action_exact_untie()
        self.assertEqual(move.payment_state, "not_paid")
        move.button_cancel()
        self.assertEqual(move.state, "cancel")

    def test_a_bill_whose_entry_was_deleted_is_cancelled_or_typed_in_anew(self):
        entry, move = self.book(), self.odoo_bill(self.vendor())
        self.assertEqual(self.bill(), move)
        self.assertFalse(move.show_reset_to_draft_button)
        self.books.delete_entry(entry["EntryID"])
        self.import_bills()
        self.assertTrue(move.show_reset_to_draft_button)
        move.button_draft()
        move.action_post()
        move.button_cancel()
        self.assertEqual(move.state, "cancel")
        self.assertFalse(move.exact_entry_id.issue_code or self.rows().issue_code)
        move.button_draft()
        move.unlink()
        self.assertFalse(self.rows().move_id)

    def test_a_reference_with_a_percent_sign_meets_no_other(self):
        self.odoo_bill(self.vendor(), ref="F-1")
        self.book(YourRef="F-%")
        self.assertNotEqual(self.bill().ref, "F-1")

    def test_a_reference_that_is_written_otherwise_asks(self):
        move = self.odoo_bill(self.vendor(), ref="F-2026/0815")
        self.book(YourRef="f2026 0815")
        self.assert_asks(move)

    def test_a_bill_or_an_entry_without_reference_asks_by_amount_and_day(self):
        vendor = self.vendor()
        for number, (here, there) in enumerate(((False, "F-1"), ("F-2", None))):
            with self.subTest(here=here, there=there):
                move = self.odoo_bill(vendor, ref=here, amount=50 + number)
                self.book(self.line(50 + number), YourRef=there)
                self.assert_asks(move)

    def test_without_reference_another_amount_or_day_is_another_bill(self):
        vendor = self.vendor()
        month_ago = self.today - timedelta(days=31)
        others = self.odoo_bill(vendor, ref=False, amount=90.0)
        others += self.odoo_bill(vendor, ref=False, invoice_date=month_ago)
        self.book(YourRef=None)
        self.assertNotIn(self.bill(), others)
        self.assertFalse(self.rows().met)

    def assert_asks(self, move):
        """It waits for a person, who says that it is this bill."""
        self.import_bills()
        row = self.rows()[-1]
        self.assertEqual((row.state, row.issue_code), ("problem", "bill_alike"))
        self.assertIn(move.display_name, row.issue_message)
        row.chosen_move_id = move
        with self.side_cursors() as env:
            row.with_env(env).action_try_again()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual((row.state, row.move_id), ("done", move))

    def test_a_rounding_or_a_reverse_charge_is_no_difference(self):
        """As in Exact, where the header has what the lines have not."""
        charged = self.env["account.chart.template"].ref("attn_VAT-IN-V81-21-CC")
        self.map("tax", charged, "AMC")
        entries = [
            self.book(
                self.line(100), YourRef="F-1", VATAmountFC=self.books_amount("21.01")
            ),
            self.book(self.line(100, code="AMC"), YourRef="F-2"),
        ]
        self.import_bills()
        for entry in entries:
            self.books.change_entry(entry["EntryID"], Description="Changed")
        self.import_bills()
        for row in self.rows():
            self.assertEqual((row.state, row.issue_message), ("done", False))

    def test_booked_on_another_account_shows_on_the_bill(self):
        """Of the same total, so that nothing else tells it."""
        move = self.odoo_bill(self.vendor())
        other = self.cost.copy({"code": "612999"})
        self.map("account", other, "604000")
        self.book(self.line(60), self.line(40, gl="604000"))
        self.assertEqual(self.bill(), move)
        message = move.exact_entry_id.issue_message
        self.assertIn(f"{self.cost.code} {self.purchase_tax.name} 100.00", message)
        self.assertIn(f"612999 {self.purchase_tax.name} 40.00", message)

    def test_what_is_said_of_its_payments_stays(self):
        entry = self.book()
        move = self.bill()
        said = move.exact_entry_id.sudo()
        said.issue_code = "payments_many"
        self.books.change_entry(entry["EntryID"], Description="Changed")
        self.import_bills()
        self.assertEqual(said.issue_code, "payments_many")

    def test_another_amount_asks_and_shows_both_values(self):
        move = self.odoo_bill(self.vendor(), amount=90.0)
        self.book()
        row = self.imported()
        self.assertEqual((row.state, row.issue_code), ("problem", "bill_candidates"))
        self.assertEqual(row.candidate_ids, move)
        row.chosen_move_id = move
        with self.side_cursors() as env:
            row.with_env(env).action_try_again()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(row.move_id, move)
        message = move.exact_entry_id.issue_message
        self.assertIn("total 108.90 ≠ 121.00", message)

    def test_two_bills_ask_and_it_may_be_none(self):
        vendor = self.vendor()
        both = self.odoo_bill(vendor) + self.odoo_bill(vendor)
        self.book()
        row = self.imported()
        self.assertEqual(row.candidate_ids, both)
        with self.side_cursors() as env:
            row.with_env(env).action_make_new()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(row.state, "done")
        self.assertNotIn(row.move_id, both)

    def delivered(self, move, document, **values):
        """A bill whose file became this document in Exact."""
        move._exact_make_entries()
        move.exact_entry_id.sudo().write(
            {
                "state": "delivered",
                "document_guid": document,
                "administration_id": self.administration.id,
            }
            | values
        )

    def test_a_purchase_receipt_is_met(self):
        move = self.odoo_bill(self.vendor(), move_type="in_receipt")
        self.book()
        self.assertEqual(self.bill(), move)
        self.assertEqual(move.move_type, "in_receipt")
        self.assertFalse(move.exact_entry_id.issue_code)

    def test_a_receipt_of_a_file_alone_never_becomes_a_credit_note(self):
        vendor, drafts = self.vendor(), self.env["account.move"]
        for number, amount in enumerate((100, -100)):
            document = self.receive(name=f"receipt {number}")
            move = self.env["account.move"].create(
                {"move_type": "in_receipt", "partner_id": vendor.id}
            )
            self.delivered(move, document)
            self.books.book_purchase(
                document, supplier=self.supplier_in_exact, lines=[self.line(amount)]
            )
            drafts += move
        self.import_bills()
        self.assertEqual(self.rows().move_id, drafts)
        self.assertEqual(set(drafts.mapped("move_type")), {"in_receipt"})
        self.assertEqual(drafts.mapped("amount_total"), [121, 0])
        self.assertIn("credit note", drafts[1].exact_entry_id.issue_message)

    def test_one_of_two_that_were_delivered_is_chosen(self):
        document, vendor = self.receive(), self.vendor()
        both = self.odoo_bill(vendor, ref="A") + self.odoo_bill(vendor, ref="B")
        for number, move in enumerate(both):
            self.delivered(move, document, delivery_key=f"key-{number}")
        self.books.book_purchase(
            document, supplier=self.supplier_in_exact, lines=[self.line()]
        )
        row = self.imported()
        self.assertEqual((row.issue_code, row.candidate_ids), ("bill_candidates", both))
        self.choose_bill(row, both[1])
        self.assertEqual((row.state, row.move_id), ("done", both[1]))
        self.assertEqual(both.mapped("exact_state"), ["delivered", "exported"])

    def choose_bill(self, row, move):
        row.chosen_move_id = move
        with self.side_cursors() as env:
            row.with_env(env).action_try_again()
            env.cr.commit()
        self.env.invalidate_all()

    def test_booked_on_a_document_that_was_delivered(self):
        move = self.odoo_bill(self.vendor(), ref="OURS")
        document = self.receive()
        self.delivered(move, document)
        self.books.book_purchase(
            document,
            supplier=self.supplier_in_exact,
            lines=[self.line()],
            YourRef="F-9",
        )
        self.assertEqual(self.bill(), move)
        self.assertEqual(move.exact_state, "exported")
        self.assertIn("reference OURS ≠ F-9", move.exact_entry_id.issue_message)

    def test_one_of_before_the_start_that_was_delivered_is_followed(self):
        """Nothing of then comes in, but its changes and its deletion are seen."""
        move = self.odoo_bill(self.vendor(), ref="OURS")
        document = self.receive(name="OLD")
        self.delivered(
            move,
            document,
            seen_at=fields.Datetime.now(),
            sending_at=fields.Datetime.now(),
        )
        month_ago = self.today - timedelta(days=60)
        entry = self.books.book_purchase(
            document,
            supplier=self.supplier_in_exact,
            lines=[self.line()],
            YourRef="F-9",
            EntryDate=datetime(month_ago.year, month_ago.month, month_ago.day),
        )
        self.import_bills()
        self.assertFalse(self.rows())
        with self.side_cursors() as env:
            move.with_env(env).action_exact_ask_delivery()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertEqual(move.exact_entry_guid, entry["EntryID"])
        self.books.change_entry(entry["EntryID"], YourRef="F-9B")
        self.import_bills()
        self.assertIn("OURS ≠ F-9B", move.exact_entry_id.issue_message)
        self.rows().sudo().header_guid = False  # it passed before it was noted
        self.books.delete_entry(entry["EntryID"])
        self.import_bills()
        self.assertEqual(move.exact_entry_id.issue_code, "bill_deleted")

    def test_later_change_in_exact_shows_on_the_bill(self):
        entry = self.book()
        move = self.bill()
        self.books.change_entry(entry["EntryID"], YourRef="F-1B")
        self.import_bills()
        self.assertEqual(move.ref, "F-1")
        self.assertIn("F-1 ≠ F-1B", move.exact_entry_id.issue_message)

    def test_one_that_is_paid_and_locked_is_flagged_and_not_touched(self):
        entry = self.book()
        move = self.bill()
        payable = move.line_ids.filtered(
            lambda line: line.account_type == "liability_payable"
        )
        paid = self.env["account.move"].create(
            {
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": move.partner_id.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in (
                        (payable.account_id, move.amount_total),
                        (self.cost, -move.amount_total),
                    )
                ]
            }
        )
        paid.action_post()
        lines = payable + paid.line_ids
        lines.filtered(lambda line: line.account_id == payable.account_id).reconcile()
        self.company.sudo().fiscalyear_lock_date = move.date

        def content():
            self.env.invalidate_all()
            return move.read(
                ["state", "payment_state", "ref", "amount_total", "date"]
            ) + move.line_ids.read(["balance", "account_id", "matching_number"])

        before = content()
        self.assertEqual(move.payment_state, "paid")
        self.books.change_entry(entry["EntryID"], YourRef="F-1B")
        self.import_bills()
        self.assertEqual(content(), before)
        self.assertIn("F-1 ≠ F-1B", move.exact_entry_id.issue_message)
        self.books.delete_entry(entry["EntryID"])
        self.import_bills()
        self.assertEqual(content(), before)
        self.assertEqual(move.exact_entry_id.issue_code, "bill_deleted")

    def test_deletion_in_exact_shows_on_the_bill(self):
        entry = self.book()
        move = self.bill()
        self.books.delete_entry(entry["EntryID"])
        self.import_bills()
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.exact_entry_id.issue_code, "bill_deleted")

    def test_delivered_by_hand_it_is_not_paid_in_odoo_either(self):
        self.keep_out()
        self.administration.write(
            {"supplier_payer": "exact", "export_bills": "mailbox"}
        )
        move = self.odoo_bill(self.vendor())
        move._exact_mark("Carried there")
        with self.assertRaisesRegex(UserError, "by hand, where suppliers are paid"):
            move.action_register_payment()
        move.action_exact_unmark()
        self.assertTrue(move.action_register_payment())

    def test_not_paid_in_odoo_where_exact_pays(self):
        self.book()
        move = self.bill()
        self.administration.supplier_payer = "exact"
        with self.assertRaisesRegex(UserError, "suppliers are paid there"):
            move.action_register_payment()
        with self.assertRaisesRegex(UserError, "suppliers are paid there"):
            self._register_payment(move)
        self.administration.supplier_payer = "odoo"
        self._register_payment(move)
        self.assertIn(move.payment_state, ("paid", "in_payment"))
