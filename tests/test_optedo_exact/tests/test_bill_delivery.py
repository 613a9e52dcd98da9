import smtplib
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from exact_sandbox import postbox

from .bills import SENDER, UBL, BillCommon, pdf


@tagged("post_install", "-at_install")
class TestBillByMail(BillCommon):
    def test_the_file_of_a_bill_arrives_once_under_its_name(self):
        content = pdf("The bill")
        bill = self.bill(("bill.pdf", content))
        entry = self.deliver(bill)
        self.assertEqual(entry.state, "delivered", entry.issue_message)
        self.assertEqual(entry.delivery_way, "mailbox")
        self.assertTrue(entry.delivered_at)
        [document] = self.documents()
        self.assertIn("F-2026-0815 Telecom NV OX", document["Subject"])
        self.assertEqual(self.files(document)[0][1], content)
        self.assertIn("Not seen in Exact yet", bill.exact_delivery_text)
        self.deliver_again_is_refused(bill)
        self.assertEqual(len(self.mails()), 1)

    def deliver_again_is_refused(self, bill):
        with self.assertRaisesRegex(UserError, "not delivered again"):
            self.deliver(bill)

    def test_seen_in_exact_with_one_call_for_all(self):
        bills = [self.bill(ref=f"F{number}") for number in range(3)]
        for bill in bills:
            self.deliver(bill)
        before = len(self.sandbox.calls)
        self.ask(bills[0])
        self.assertEqual(len(self.sandbox.calls), before + 1)
        for bill in bills:
            entry = bill.exact_entry_id
            self.assertEqual(entry.state, "delivered")
            self.assertTrue(entry.seen_at)
            self.assertIn(entry.document_guid, [row["ID"] for row in self.documents()])
        self.assertEqual(len({b.exact_entry_id.document_guid for b in bills}), 3)
        before = len(self.sandbox.calls)
        self.ask(bills[0])
        self.assertEqual(len(self.sandbox.calls), before + 1, "whether it was booked")

    def test_the_name_is_found_where_exact_takes_that_of_the_file(self):
        self.sandbox.switches.change(postbox_subject="file")
        bill = self.bill()
        self.deliver(bill)
        self.assertTrue(self.ask(bill).seen_at)

    def test_the_job_looks_by_itself(self):
        bill = self.bill()
        self.deliver(bill)
        self.run_export_job()
        self.assertTrue(bill.exact_entry_id.seen_at)

    def test_an_e_invoice_goes_before_the_pdf_unless_another_is_chosen(self):
        bill = self.bill(("bill.pdf", pdf()), ("bill.xml", UBL))
        self.assertEqual(bill.exact_file_id.name, "bill.xml")
        self.assertEqual(len(bill.exact_file_option_ids), 2)
        entry = self.deliver(bill)
        [document] = self.documents()
        [(name, content)] = self.files(document)
        self.assertEqual(content, UBL)
        self.assertTrue(name.endswith(".xml"))
        self.assertEqual(name, f"{entry.sent['name']}.xml")

        other = self.bill(("a.pdf", pdf("a")), ("b.pdf", pdf("b")), ref="F2")
        chosen = other.exact_file_option_ids[1]
        other.exact_file_id = chosen
        self.assertEqual(other.exact_file_id, chosen)
        self.deliver(other)
        [second] = [each for each in self.documents() if each["ID"] != document["ID"]]
        self.assertEqual(self.files(second)[0][1], chosen.raw)
        with self.assertRaisesRegex(UserError, "went to Exact"):
            other.exact_file_id = other.exact_file_option_ids[0]

    def test_a_file_of_another_record_is_not_chosen(self):
        foreign = self.attach(self.bill(), "other.pdf", pdf())
        with self.assertRaisesRegex(UserError, "no PDF or XML file"):
            self.bill(ref="F2").exact_file_id = foreign

    def test_a_credit_note_goes_too(self):
        bill = self.bill(move_type="in_refund")
        self.assertEqual(self.deliver(bill).state, "delivered")

    # --- what cannot go ------------------------------------------------------

    def refused(self, code, *files):
        calls = len(self.sandbox.calls)
        bill = self.bill(*files)
        entry = self.deliver(bill)
        self.assertEqual((entry.state, entry.issue_code), ("blocked", code))
        self.assertIn(bill.name, entry.issue_message)
        self.assertEqual(self.mails(), [])
        self.assertEqual(len(self.sandbox.calls), calls, "no call for a bad file")
        return bill

    def test_a_bill_without_file(self):
        bill = self.refused("bill_file_missing", ("note.txt", b"hello"))
        self.attach(bill, "bill.pdf", pdf())
        self.assertEqual(self.deliver(bill).state, "delivered")

    def test_a_pdf_that_asks_for_a_password(self):
        self.refused("bill_file_encrypted", ("bill.pdf", pdf(password="secret")))

    def test_a_pdf_that_is_protected_but_opens(self):
        bill = self.bill(("bill.pdf", pdf(password="")))
        self.assertEqual(self.deliver(bill).state, "delivered")

    def test_a_pdf_that_is_damaged(self):
        self.refused("bill_file_broken", ("bill.pdf", b"%PDF-1.7\nnothing here"))

    def test_a_file_of_another_kind(self):
        bill = self.refused("bill_file_missing", ("bill.xml", b"<note>hello</note>"))
        bill.exact_file_id = bill.exact_file_option_ids
        self.assertEqual(self.deliver(bill).issue_code, "bill_file_unfit")

    def test_a_file_of_more_than_25_megabytes(self):
        big = pdf() + b"\n" * (26 * 1024 * 1024)
        self.refused("bill_file_large", ("bill.pdf", big))

    def test_a_mail_server_with_a_smaller_limit(self):
        self.mail_server.max_email_size = 1
        self.refused("mail_too_large", ("bill.pdf", pdf() + b"\n" * 1024 * 1024))

    def test_a_sender_that_odoo_would_replace(self):
        self.env.company.alias_domain_id = self.env["mail.alias.domain"].create(
            {"name": "other.example", "default_from": "odoo"}
        )
        self.mail_server.from_filter = "other.example"
        bill = self.bill()
        entry = self.deliver(bill)
        self.assertEqual(entry.issue_code, "postbox_sender_replaced")
        self.assertIn(SENDER, entry.issue_message)
        self.mail_server.from_filter = False
        self.assertEqual(self.deliver(bill).state, "delivered")
        self.assertEqual(self.mails()[0]["Sender"], SENDER)

    def test_a_mail_server_that_is_away_holds_up_nothing(self):
        self.mail_server.smtp_port = 1
        bill = self.bill()
        entry = self.deliver(bill)
        self.assertEqual(entry.state, "queued")
        self.assertEqual(entry.issue_code, "mail_server_unreachable")
        sale = self.invoice()
        with self.side_cursors() as env:
            (sale + self.bill(ref="F2")).with_env(env)._exact_enqueue()
            env.cr.commit()
        self.run_export_job()
        self.assertEqual(sale.exact_state, "exported")
        self.mail_server.smtp_port = self.smtp.port
        self.administration.sudo().mail_paused_until = False
        self.run_export_job()
        self.assertEqual(entry.state, "delivered")
        self.assertEqual(len(self.mails()), 2)

    def test_an_address_that_the_server_does_not_know(self):
        self.administration.postbox_email = "nobody@postbox.exact.example"
        entry = self.deliver(self.bill())
        self.assertEqual(
            (entry.state, entry.issue_code), ("rejected", "postbox_unknown")
        )
        self.assertIn("No such postbox", entry.issue_message)

    # --- lost, twice, blocked ------------------------------------------------

    def lose_the_answer(self):
        """The server takes the mail, and the connection breaks before it says so."""
        send = smtplib.SMTP.send_message

        def lost(session, *args, **kwargs):
            send(session, *args, **kwargs)
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

        return patch.object(smtplib.SMTP, "send_message", lost)

    def break_before(self):
        return patch.object(
            smtplib.SMTP,
            "send_message",
            side_effect=smtplib.SMTPServerDisconnected("closed"),
        )

    def test_a_lost_answer_is_found_in_exact(self):
        bill = self.bill()
        with self.lose_the_answer():
            entry = self.deliver(bill)
        self.assertEqual((entry.state, entry.issue_code), ("unknown", "mail_unknown"))
        self.run_export_job()
        self.assertEqual(entry.state, "delivered")
        self.assertTrue(entry.document_guid)
        self.assertFalse(entry.issue_code)
        self.assertEqual(len(self.mails()), 1)

    def test_what_was_perhaps_sent_waits_for_a_person(self):
        bill = self.bill()
        with self.break_before():
            entry = self.deliver(bill)
        self.assertEqual(entry.state, "unknown")
        with self.assertRaises(UserError):
            bill.action_exact_deliver_again()
        for _time in range(3):
            self.ask(bill)
        self.assertEqual(entry.issue_code, "mail_unknown", "a mail may be slow")
        self.later(hours=3)
        self.ask(bill)
        self.assertEqual(
            (entry.state, entry.issue_code), ("unknown", "delivery_not_seen")
        )
        self.assertIn(entry.sent["name"], entry.issue_message)
        self.run_export_job()
        self.assertEqual(self.mails(), [], "never sent again by itself")
        with self.side_cursors() as env:
            bill.with_env(env).action_exact_deliver_again()
            env.cr.commit()
        self.assertEqual(entry.state, "delivered")
        self.assertEqual(len(self.mails()), 1)

    def test_a_process_that_died_after_the_intent(self):
        bill = self.bill()
        with patch.object(
            type(self.env["exact.delivery"]), "_hand_over", lambda *args: None
        ):
            entry = self.deliver(bill)
        self.assertEqual(entry.state, "sending")
        self.run_export_job()
        self.assertEqual(entry.state, "unknown")
        self.assertEqual(self.mails(), [])

    def test_a_blocked_mail_is_said(self):
        postbox.forbid(self.books, SENDER)
        bill = self.bill()
        entry = self.deliver(bill)
        self.assertEqual(entry.state, "delivered")
        self.ask(bill)
        entry.sudo().delivered_at = fields.Datetime.now() - timedelta(hours=3)
        self.ask(bill)
        self.assertEqual(entry.issue_code, "delivery_not_arrived")
        self.assertIn(SENDER, entry.issue_message)
        postbox.release(self.sandbox, self.books, self.mails()[0]["ID"])
        self.ask(bill)
        self.assertTrue(entry.seen_at)
        self.assertFalse(entry.issue_code)

    def test_two_documents_of_one_bill_are_said(self):
        bill = self.bill()
        self.deliver(bill)
        postbox.deliver(self.sandbox, self.books, SENDER, self.mails()[0]["Data"])
        entry = self.ask(bill)
        self.assertEqual(entry.issue_code, "delivered_twice")
        self.assertIn("2 documents", entry.issue_message)

    def test_a_second_process_leaves_alone_what_is_under_way(self):
        bill = self.bill()
        delivering = type(self.env["exact.delivery"])
        hand_over = delivering._hand_over

        def twice(service, entry, letter):
            other = service.env["exact.entry"].browse(entry.id)
            service._recover(other, None, service.env["ir.cron"]._commit_progress)
            hand_over(service, entry, letter)

        with patch.object(delivering, "_hand_over", twice):
            entry = self.deliver(bill)
        self.assertEqual(entry.state, "delivered")
        self.assertEqual(len(self.mails()), 1)

    # --- drafts --------------------------------------------------------------

    def test_a_draft_goes_by_choice_and_stays_editable(self):
        bill = self.bill(post=False)
        with self.assertRaisesRegex(UserError, "not confirmed"):
            self.deliver(bill)
        self.administration.deliver_draft_bills = True
        self.assertEqual(self.deliver(bill).state, "delivered")
        bill.ref = "F/2026/0816"
        bill.invoice_line_ids.price_unit = 50
        self.assertEqual(len(bill.invoice_line_ids), 1)
        with self.assertRaises(UserError):  # rolls back what it deleted so far
            bill.unlink()
        bill.action_post()
        self.assertEqual(bill.exact_state, "delivered")
        with self.assertRaisesRegex(UserError, "went to Exact"):
            bill.ref = "F/2026/0817"
        with self.assertRaisesRegex(UserError, "Take the delivery back"):
            bill.button_draft()

    # --- rights --------------------------------------------------------------

    def test_it_needs_the_invoicing_right(self):
        bill = self.bill()
        reader = new_test_user(
            self.env,
            "auditor",
            "account.group_account_readonly",
            company_id=self.company.id,
        )
        for method in (
            "action_exact_deliver",
            "action_exact_ask_delivery",
            "action_exact_deliver_again",
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                getattr(bill.with_user(reader), method)()
        with self.assertRaises(AccessError):
            bill.with_user(reader)._exact_choose_file(bill.exact_file_id)
        self.assertEqual(bill.with_user(reader).exact_status_text, "Not delivered yet")

    def test_what_the_link_keeps_is_not_written_from_outside(self):
        bill = self.bill()
        with self.assertRaises(AccessError):
            bill.exact_chosen_file_id = bill.exact_file_id
        with self.assertRaises(AccessError):
            self.administration.mail_paused_until = fields.Datetime.now()

    def test_a_delivered_bill_is_changed_only_where_nothing_went(self):
        bill = self.bill()
        self.deliver(bill)
        with self.assertRaisesRegex(UserError, "went to Exact"):
            bill.invoice_line_ids.name = "Other"
        with self.assertRaises(AccessError):
            bill.narration = "A remark"
        self.env.user.group_ids += self.env.ref(
            "optedo_exact.group_exact_edit_after_export"
        )
        bill.narration = "A remark"
        self.assertIn("edit", bill.exact_log_ids.mapped("event"))

    # --- test mail -----------------------------------------------------------

    def test_a_test_mail_makes_a_document_and_needs_the_right(self):
        self.administration.action_test_postbox()
        [document] = self.documents()
        self.assertEqual(document["Subject"], "Test of Odoo")
        self.assertTrue(self.files(document))
        self.mail_server.smtp_port = 1
        with self.assertRaisesRegex(UserError, "cannot be reached"):
            self.administration.action_test_postbox()
        self.mail_server.smtp_port = self.smtp.port
        self.connection.sudo().write({"state": "copied", "issue_code": "copied"})
        with self.assertRaisesRegex(UserError, "is a copy or was moved"):
            self.administration.action_test_postbox()
        self.assertEqual(len(self.documents()), 1)
        clerk = self.simple_accountman
        with self.assertRaises(AccessError):
            self.administration.with_user(clerk).action_test_postbox()
