from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import LockError, UserError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from .common import ExactCommon

LOGGER = "odoo.addons.optedo_exact.models.account_move_send"


class TestSendDialog(ExactCommon):
    """The tick in Odoo's window to send an invoice only queues (product F1)."""

    connected = True

    def setUp(self):
        super().setUp()
        self.customer.email = "boekhouding@janssens.example.com"
        self.sandbox.calls.clear()

    def wizard(self, move, user=None):
        env = move.env(user=user) if user else move.env
        model = env["account.move.send.wizard"]
        return model.with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})

    def tick(self, wizard):
        return (wizard.extra_edi_checkboxes or {}).get("exact_online")

    def send(self, move, checked=None):
        wizard = self.wizard(move).with_env(move.env)
        if checked is not None:
            boxes = dict(wizard.extra_edi_checkboxes)
            boxes["exact_online"] = boxes["exact_online"] | {"checked": checked}
            wizard.extra_edi_checkboxes = boxes
        wizard.action_send_and_print()

    # --- the tick ------------------------------------------------------------

    def test_it_is_ticked_where_booking_is_asked_for_after_confirming(self):
        tick = self.tick(self.wizard(self.invoice()))
        self.assertEqual((tick["checked"], tick["label"]), (True, "Exact Online"))
        self.administration.ask_after_confirm = False
        tick = self.tick(self.wizard(self.invoice()))
        self.assertIs(tick["checked"], False)

    def test_it_is_not_there_for_what_cannot_be_booked(self):
        old = self.invoice()
        self.administration.export_from = fields.Date.add(old.invoice_date, days=1)
        self.assertFalse(self.tick(self.wizard(old)))
        self.administration.export_from = False
        booked = self.invoice()
        self.export(booked)
        self.assertFalse(self.tick(self.wizard(booked)))
        self.company._exact_set_external_accounting("none")
        self.assertFalse(self.tick(self.wizard(self.invoice())))

    def test_the_form_keeps_the_tick_that_a_user_made(self):
        self.administration.ask_after_confirm = False
        wizard = self.wizard(self.invoice())
        with Form(wizard) as form:
            boxes = dict(form.extra_edi_checkboxes)
            boxes["exact_online"] = boxes["exact_online"] | {"checked": True}
            form.extra_edi_checkboxes = boxes
        self.assertIn("exact_online", wizard.extra_edis)

    # --- sending -------------------------------------------------------------

    def test_sending_queues_without_a_call_and_the_job_books(self):
        move = self.invoice()
        self.send(move)
        self.assertTrue(move.is_move_sent)
        self.assertEqual(move.exact_state, "queued")
        self.assertFalse(self.calls(), "Exact is not called inside Odoo's sending")
        self.run_export_job()
        self.assertEqual(move.exact_state, "exported")

    def test_the_job_is_woken_at_once(self):
        cron = self.administration.export_cron_id.sudo()
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self.send(self.invoice())
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)

    def test_sending_from_code_queues_nothing(self):
        """A webshop, a subscription, a program: nobody saw a window with a tick."""
        move, late = self.invoice(), self.invoice()
        self.env["account.move.send"]._generate_and_send_invoices(move)
        late.sending_data = {
            "author_user_id": self.env.user.id,
            "author_partner_id": self.env.user.partner_id.id,
        }
        with self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()
        self.assertEqual((move + late).mapped("is_move_sent"), [True, True])
        self.assertEqual((move + late).mapped("exact_state"), ["none", "none"])

    def test_a_collision_at_the_queue_is_made_good_beside(self):
        move = self.invoice()
        whole = type(move)._exact_enqueue
        failures = [SerializationFailure()]

        def collides(self, run=None):
            if failures:
                raise failures.pop()
            return whole(self, run)

        with self.side_cursors() as env:
            self.patch(type(move), "_exact_enqueue", collides)
            self.send(move.with_env(env))
            env.cr.postcommit.run()  # a test's commit forgets what is to follow
            env.cr.commit()
        self.env.invalidate_all()
        self.assertFalse(failures)
        self.assertTrue(move.is_move_sent)
        self.assertEqual(move.exact_state, "queued")

    def test_where_it_never_gets_into_the_queue_the_invoice_says_so(self):
        move = self.invoice()
        with (
            self.side_cursors() as env,
            mute_logger(LOGGER),
            patch.object(type(move), "_exact_enqueue", side_effect=LockError("busy")),
        ):
            self.send(move.with_env(env))
            env.cr.postcommit.run()
            env.cr.commit()
        self.env.invalidate_all()
        self.assertTrue(move.is_move_sent)
        self.assertIn("could not be put in the queue", move.message_ids[0].body)

    def test_without_the_tick_it_is_only_sent(self):
        move = self.invoice()
        self.send(move, checked=False)
        self.assertTrue(move.is_move_sent)
        self.assertEqual(move.exact_state, "none")

    def test_it_commits_nothing(self):
        move = self.invoice()
        with patch.object(
            type(self.env.cr), "commit", side_effect=AssertionError("a commit")
        ):
            self.send(move)
        self.assertEqual(move.exact_state, "queued")

    def test_what_hinders_the_queue_never_stops_the_sending(self):
        for error in (UserError("Not now"), ValueError("a fault of ours")):
            move = self.invoice()
            with (
                patch.object(type(move), "_exact_enqueue", side_effect=error),
                mute_logger(LOGGER),
            ):
                self.send(move)
            self.assertTrue(move.is_move_sent)
            self.assertEqual(move.exact_state, "none")

    def test_a_forged_tick_queues_nothing_that_is_too_old(self):
        move = self.invoice()
        self.administration.export_from = fields.Date.add(move.invoice_date, days=1)
        move._generate_and_send(extra_edis=["exact_online"])
        self.assertEqual(move.exact_state, "none")

    def test_a_user_without_the_invoicing_right_has_no_tick(self):
        move = self.invoice()
        auditor = new_test_user(
            self.env,
            "auditor",
            "account.group_account_readonly,base.group_user",
            company_ids=[(6, 0, self.company.ids)],
            company_id=self.company.id,
        )
        send = self.env["account.move.send"].with_user(auditor)
        self.assertFalse(send._exact_is_applicable(move.with_user(auditor)))

    # --- many ----------------------------------------------------------------

    def wizard_of_many(self, moves):
        return self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [(6, 0, moves.ids)]}
        )

    def send_by_odoo_s_job(self, wizard):
        wizard.action_send_and_print()
        with self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()

    def test_many_at_once_without_the_tick_are_only_sent(self):
        moves = self.invoice() + self.invoice()
        with Form(self.wizard_of_many(moves)) as form:
            self.assertEqual((form.exact_count, form.exact_is_ticked), (2, True))
            form.exact_is_ticked = False
            # Odoo shows the summary as it was when the window opened.
            self.assertNotIn("exact_online", form.summary_data)
        forged = form.record.with_context(exact_asked=True)
        forged.action_send_and_print(force_synchronous=True)
        self.assertEqual(moves.mapped("is_move_sent"), [True, True])
        self.assertEqual(set(moves.mapped("exact_state")), {"none"})
        late = self.invoice() + self.invoice()
        wizard = self.wizard_of_many(late)
        wizard.exact_is_ticked = False
        self.send_by_odoo_s_job(wizard)
        self.assertEqual(late.mapped("is_move_sent"), [True, True])
        self.assertEqual(set(late.mapped("exact_state")), {"none"})

    def test_many_at_once_with_the_tick_queue_whatever_is_asked_after_confirming(self):
        self.administration.ask_after_confirm = False
        moves = self.invoice() + self.invoice() + self.invoice()
        self.export(moves[2])
        self.sandbox.calls.clear()
        with Form(self.wizard_of_many(moves)) as form:
            self.assertFalse(form.exact_is_ticked)
            form.exact_is_ticked = True
            self.assertEqual(form.exact_count, 2)
        self.send_by_odoo_s_job(form.record)
        self.assertEqual(moves.mapped("exact_state"), ["queued", "queued", "exported"])
        more = self.invoice() + self.invoice()
        wizard = self.wizard_of_many(more)
        wizard.exact_is_ticked = True
        commit = patch.object(
            type(self.env.cr), "commit", side_effect=AssertionError("a commit")
        )
        with commit:
            wizard.action_send_and_print(force_synchronous=True)
        self.assertEqual(more.mapped("exact_state"), ["queued", "queued"])
        self.assertFalse(self.calls(), "Exact is not called inside Odoo's sending")

    def test_many_at_once_have_no_tick_where_none_can_be_booked(self):
        booked = self.invoice() + self.invoice()
        for move in booked:
            self.export(move)
        wizard = self.wizard_of_many(booked)
        self.assertFalse(wizard.exact_count or wizard.exact_is_ticked)

    def test_many_at_once_are_counted_and_queued_by_odoo_s_own_job(self):
        moves = self.invoice() + self.invoice() + self.invoice()
        self.export(moves[2])
        self.sandbox.calls.clear()
        wizard = self.wizard_of_many(moves)
        self.assertEqual((wizard.exact_count, wizard.exact_is_ticked), (2, True))
        wizard.action_send_and_print()
        with self.enter_registry_test_mode():
            self.env.ref("account.ir_cron_account_move_send").method_direct_trigger()
        self.assertEqual(moves.mapped("exact_state"), ["queued", "queued", "exported"])
        self.assertFalse(self.calls())

    def test_many_at_once_and_at_once(self):
        moves = self.invoice() + self.invoice()
        wizard = self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [(6, 0, moves.ids)]}
        )
        wizard.action_send_and_print(force_synchronous=True)
        self.assertEqual(moves.mapped("exact_state"), ["queued", "queued"])

    def test_many_at_once_are_only_sent_where_nobody_asked_for_it(self):
        self.administration.ask_after_confirm = False
        moves = self.invoice() + self.invoice()
        wizard = self.env["account.move.send.batch.wizard"].create(
            {"move_ids": [(6, 0, moves.ids)]}
        )
        self.assertFalse(wizard.exact_is_ticked)
        wizard.action_send_and_print(force_synchronous=True)
        self.assertEqual(set(moves.mapped("exact_state")), {"none"})
