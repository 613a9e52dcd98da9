from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.service.model import dispatch
from odoo.tests import Form, new_test_user

from odoo.addons.optedo_exact.exact import payloads
from odoo.addons.optedo_exact.models.account_move_edit import is_sent

from .common import ExactCommon

CLERK = "account.group_account_invoice"
ACCOUNTANT = "account.group_account_manager,optedo_exact.group_exact_manager"
EDIT = "optedo_exact.group_exact_edit_after_export"
MERGE = "base.group_partner_manager,base.group_erp_manager"  # Odoo's own rights
# What any client may send along.
FORGED = {
    "skip_readonly_check": True,
    "check_move_validity": False,
    "dynamic_unlink": True,
    "force_delete": True,
    "skip_account_move_synchronization": True,
    "skip_is_manually_modified": True,
    "bypass_lock_check": True,
    "su": True,
}


class EditCommon(ExactCommon):
    connected = True

    def setUp(self):
        super().setUp()
        self.move = self.invoice([100.0, 20.0])
        self.export(self.move)

    def user_with(self, groups):
        login = groups.replace("optedo_exact.", "").replace("account.", "")
        return new_test_user(
            self.env,
            login,
            groups,
            password=login,
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def as_user(self, groups):
        return self.move.with_user(self.user_with(groups))


class TestEditAfterExport(EditCommon):
    """What stands in Exact is not changed in Odoo behind its back."""

    def test_what_was_sent_is_changed_by_nobody(self):
        day = fields.Date.today() + timedelta(days=3)
        other = self.company_data["default_account_revenue"].copy({"code": "700999"})
        for groups in (CLERK, ACCOUNTANT, f"{ACCOUNTANT},{EDIT}"):
            move = self.as_user(groups)
            line = move.invoice_line_ids[0]
            for model, vals in (
                (move, {"name": "INV/2026/99999"}),
                (move, {"invoice_date_due": day}),
                (move, {"ref": "PO 7"}),
                (move, {"payment_reference": "+++000/0000/00000+++"}),
                (move, {"invoice_date": day}),
                (move, {"partner_id": self.customer.copy().id}),
                (move, {"state": "draft"}),
                (move, {"line_ids": [Command.update(line.id, {"price_unit": 1})]}),
                (move, {"line_ids": [Command.delete(line.id)]}),
                (line, {"name": "Cake"}),
                (line, {"price_unit": 1}),
                (line, {"account_id": other.id}),
                (line, {"tax_ids": [Command.clear()]}),
                (line, {"move_id": self.invoice().id}),
            ):
                for context in ({}, FORGED):
                    with self.assertRaises(UserError, msg=f"{groups} {vals}"):
                        model.with_context(**context).write(dict(vals))
        self.assertFalse(self.move._exact_differences())

    def test_lines_are_neither_added_nor_taken_away(self):
        draft = self.invoice()
        draft.button_draft()
        for groups in (CLERK, f"{ACCOUNTANT},{EDIT}"):
            move = self.as_user(groups)
            for context in ({}, FORGED):
                lines = self.env["account.move.line"].with_user(move.env.user)
                with self.assertRaises(UserError):
                    lines.with_context(**context).create(
                        {"move_id": move.id, "name": "More", "price_unit": 1}
                    )
                with self.assertRaises(UserError):
                    lines.with_context(default_move_id=move.id, **context).create(
                        {"name": "More", "price_unit": 1}
                    )
                with self.assertRaises(UserError):
                    move.invoice_line_ids[0].with_context(**context).unlink()
                stranger = draft.invoice_line_ids.with_user(move.env.user)
                with self.assertRaises(UserError):
                    stranger.with_context(**context).write({"move_id": move.id})
        self.assertEqual(len(self.move.invoice_line_ids), 2)

    def test_what_did_not_go_to_exact_needs_the_right(self):
        other = self.user_with("base.group_user,account.group_account_invoice")
        for groups in (CLERK, ACCOUNTANT):
            move = self.as_user(groups)
            for vals in ({"narration": "Thank you"}, {"invoice_user_id": other.id}):
                with self.assertRaisesRegex(AccessError, "cannot be changed"):
                    move.write(dict(vals))
        editor = self.as_user(f"{CLERK},{EDIT}")
        editor.write({"narration": "Thank you", "invoice_user_id": other.id})
        self.assertIn("Thank you", self.move.narration)
        log = self.move.exact_entry_id.log_ids[0]
        self.assertEqual((log.event, log.user_id), ("edit", editor.env.user))
        self.assertIn("Salesperson", log.reason)

    def test_the_same_value_is_no_change(self):
        move = self.as_user(CLERK)
        move.write(
            {
                "narration": move.narration,
                "ref": move.ref,
                "name": move.name,
                "invoice_date_due": str(move.invoice_date_due),
            }
        )
        line = move.invoice_line_ids[0]
        line.write({"price_unit": 100, "tax_ids": [Command.set(line.tax_ids.ids)]})

    def test_resetting_cancelling_and_deleting_are_refused_for_everybody(self):
        for groups in (CLERK, f"{ACCOUNTANT},{EDIT},optedo_exact.group_exact_undo"):
            move = self.as_user(groups).with_context(**FORGED)
            for forbidden in (move.button_draft, move.button_cancel, move.unlink):
                with self.assertRaises(UserError):
                    forbidden()
        with self.assertRaises(UserError):
            self.move.sudo().with_context(**FORGED).unlink()
        self.assertEqual(self.move.state, "posted")

    def test_the_same_holds_while_the_outcome_is_open(self):
        self.administration.loosen_edit_after_export = True
        move = self.as_user(f"{ACCOUNTANT},{EDIT}")
        for state in ("sending", "unknown", "undoing"):
            self.move.exact_entry_id.sudo().state = state
            with self.assertRaises(UserError, msg=state):
                move.write({"ref": "PO 7"})
            with self.assertRaises(UserError, msg=state):
                move.invoice_line_ids[0].write({"price_unit": 1})
            with self.assertRaises(UserError, msg=state):
                move.button_draft()

    def test_resequencing_is_refused(self):
        other = self.invoice()
        moves = (self.move + other).with_user(self.user_with(f"{ACCOUNTANT},{EDIT}"))
        wizard = Form(
            self.env["account.resequence.wizard"]
            .with_user(moves.env.user)
            .with_context(active_ids=moves.ids, active_model="account.move")
        )
        wizard.first_name = "INV/2026/00500"
        with self.assertRaisesRegex(UserError, "Exact"):
            wizard.save().resequence()
        self.env.invalidate_all()
        self.assertNotIn("00500", self.move.name)

    def test_merging_the_customer_goes_on_and_the_invoice_stays_what_it_was(self):
        twin = self.customer.copy({"name": "Bakkerij Janssens"})
        merge = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        merge._merge((self.customer + twin).ids, twin)
        self.env.invalidate_all()
        self.assertEqual(self.move.partner_id, twin)
        self.assertEqual(self.move.exact_state, "exported")

    def merge_as(self, groups):
        twin = self.customer.copy({"name": "Bakkerij Janssens"})
        user = self.user_with(f"{groups},{MERGE}")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        both = (self.customer + twin).with_user(user)
        wizard.create({})._merge(both.ids, twin.with_user(user), extra_checks=False)
        self.env.invalidate_all()
        return twin

    def test_merging_the_customer_takes_the_right_to_edit_after_booking(self):
        editor = self.user_with(f"{CLERK},{EDIT}")
        with self.assertRaisesRegex(AccessError, self.move.name) as refused:
            self.merge_as(ACCOUNTANT)
        self.assertIn(editor.name, str(refused.exception))
        self.assertTrue(self.customer.exists())
        self.assertEqual(self.move.partner_id, self.customer)

    def test_merging_an_address_of_the_invoice_takes_it_too(self):
        shop = self.customer.create({"name": "Shop", "parent_id": self.customer.id})
        self.export(self.invoice(partner_id=shop.id))
        other = shop.copy({"name": "Shop of before"})
        user = self.user_with(f"{ACCOUNTANT},{MERGE}")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        with self.assertRaises(AccessError):
            wizard.create({})._merge((shop + other).ids, other, extra_checks=False)

    def test_with_the_right_a_merge_goes_on_and_is_noted(self):
        link = self.customer.exact_account_ids
        twin = self.merge_as(f"{CLERK},{EDIT}")
        self.assertEqual(self.move.partner_id, twin)
        self.assertEqual(twin.exact_account_ids, link)
        log = self.move.exact_entry_id.log_ids.filtered(lambda row: row.event == "edit")
        self.assertIn("merged into Bakkerij Janssens", log.reason)
        self.assertNotEqual(log.user_id, self.env.user)

    def test_merging_is_free_where_nothing_stands_in_exact(self):
        free = self.customer.copy({"name": "Never booked"})
        self.invoice(partner_id=free.id)
        twin = free.copy({"name": "Never booked either"})
        user = self.user_with(f"{CLERK},{MERGE}")
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(user)
        wizard.create({})._merge((free + twin).ids, twin, extra_checks=False)
        self.assertFalse(free.exists())

    def test_a_draft_and_a_marked_invoice_are_free(self):
        free = self.invoice()
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_keep_out")
        free._exact_mark("Elsewhere")
        free = free.with_user(self.user_with(CLERK))
        free.ref = "PO 7"
        free.button_draft()
        free.invoice_line_ids[0].price_unit = 7
        self.assertEqual(free.amount_untaxed, 7)

    # --- what Odoo itself writes ---------------------------------------------

    def test_a_clerk_pays_sends_credits_and_talks(self):
        move = self.as_user(CLERK)
        move.message_post(body="Hello")
        move.activity_schedule("mail.mail_activity_data_todo", user_id=move.env.uid)
        move.message_subscribe(partner_ids=self.customer.ids)
        self.env["account.move.send.wizard"].with_user(move.env.user).create(
            {"move_id": move.id, "sending_methods": []}
        ).action_send_and_print()
        self.assertTrue(move.is_move_sent)
        payment = (
            self.env["account.payment.register"]
            .with_user(move.env.user)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": 45.2})
        )
        payment._create_payments()
        self.assertEqual(move.amount_residual, 100)
        reversal = (
            self.env["account.move.reversal"]
            .with_user(move.env.user)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id})
        )
        credit_note = self.env["account.move"].browse(reversal.refund_moves()["res_id"])
        credit_note.with_user(move.env.user).action_post()
        self.assertIn(move.payment_state, ("paid", "in_payment", "reversed"))
        partial = move.line_ids.matched_credit_ids[:1]
        move.js_remove_outstanding_partial(partial.id)
        self.assertNotEqual(move.amount_residual, 0)
        move.action_toggle_block_payment()
        self.assertEqual(move.payment_state, "blocked")

    def test_an_accountant_matches_reviews_and_locks(self):
        move = self.as_user(ACCOUNTANT)
        move.set_moves_checked()
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.customer.id,
                            "debit": debit,
                            "credit": credit,
                        }
                    )
                    for account, debit, credit in (
                        (self.company_data["default_account_receivable"], 0, 145.2),
                        (self.company_data["default_account_revenue"], 145.2, 0),
                    )
                ],
            }
        )
        entry.action_post()
        lines = (move + entry).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.with_user(move.env.user).reconcile()
        self.assertTrue(all(lines.mapped("reconciled")))
        lines.with_user(move.env.user).remove_move_reconcile()
        self.assertFalse(any(lines.mapped("reconciled")))
        move.button_hash()
        self.assertTrue(move.inalterable_hash)

    def test_what_another_addon_keeps_about_an_invoice_is_no_content(self):
        """Its assets, deferrals and reminders go on; what people fill in does not."""
        other = self.invoice()
        bookkeeping = {
            "test_reminded_on": fields.Date.today(),
            "test_deferred_move_ids": [Command.set(other.ids)],
        }
        of_line = {"test_asset_ids": [Command.set(self.customer.ids)], "test_budget": 7}
        for groups in (CLERK, ACCOUNTANT):
            move = self.as_user(groups)
            move.write(dict(bookkeeping))
            move.invoice_line_ids[0].write(dict(of_line))
            for record, vals in (
                (move, {"test_note_to_carrier": "Ring twice"}),
                (move, bookkeeping | {"test_note_to_carrier": "Ring twice"}),
                (move.invoice_line_ids[0], {"test_serial_number": "S1"}),
            ):
                with self.assertRaisesRegex(AccessError, "cannot be changed"):
                    record.write(dict(vals))
        self.assertEqual(self.move.test_deferred_move_ids, other)
        editor = self.as_user(f"{CLERK},{EDIT}")
        editor.write({"test_note_to_carrier": "Ring twice"})
        editor.invoice_line_ids[0].test_serial_number = "S1"

    # --- loosened ------------------------------------------------------------

    def test_loosened_who_has_the_right_changes_all_and_the_difference_shows(self):
        self.administration.loosen_edit_after_export = True
        with self.assertRaises(UserError):
            self.as_user(CLERK).write({"ref": "PO 7"})
        move = self.as_user(f"{CLERK},{EDIT}")
        move.write({"ref": "PO 7", "invoice_date_due": "2030-01-31"})
        alert = move.alerts["exact_differences"]
        self.assertIn("Due date", alert["message"])
        action = move.action_exact_differences()
        shown = self.env["exact.difference"].browse(action["res_id"]).line_ids
        self.assertEqual(set(shown.mapped("name")), {"Description", "Due date"})
        self.assertIn("2030-01-31", shown.mapped("now"))
        for forbidden in (
            move.button_draft,
            move.unlink,
            lambda: move.write({"state": "draft"}),
        ):
            with self.assertRaises(UserError):
                forbidden()

    def test_a_line_that_changed_is_shown_with_its_place(self):
        self.administration.loosen_edit_after_export = True
        line = self.as_user(f"{ACCOUNTANT},{EDIT}").invoice_line_ids[1]
        line.write({"name": "Cake"})
        action = self.move.action_exact_differences()
        [shown] = self.env["exact.difference"].browse(action["res_id"]).line_ids
        self.assertEqual(
            (shown.name, shown.sent, shown.now),
            ("Line 2: Description", "Bread", "Cake"),
        )

    # --- the list of what was sent -------------------------------------------

    def test_every_field_that_changes_the_booking_is_protected(self):
        """Derived: change each field in turn, and see whether the booking changes."""
        analytic = self.analytic()
        copy = self.invoice([100.0, 20.0], ref="PO 1")
        copy.invoice_line_ids.analytic_distribution = {analytic[0].id: 100}
        administration = self.administration
        found = {"account.move": set(), "account.move.line": set()}
        for _state in ("posted", "draft"):
            before = self.booking(copy)
            for record in (copy, copy.invoice_line_ids[0], copy._exact_receivables()):
                for name, field in record._fields.items():
                    if not field.store or field.type in ("one2many", "binary"):
                        continue
                    if name in found[record._name]:
                        continue  # known already, which saves time
                    if self.changes_booking(copy, record, name, before):
                        found[record._name].add(name)
            if copy.state == "posted":
                copy.button_draft()
        for model, names in found.items():
            free = {n for n in names if not is_sent(self.env[model], n, administration)}
            self.assertFalse(free, f"{model}: sent, but anybody may change it")
        # It is able to find what is known to be sent.
        self.assertLessEqual(
            {"name", "ref", "invoice_date", "invoice_date_due", "partner_id"},
            found["account.move"],
        )
        self.assertLessEqual(
            {"name", "price_unit", "tax_ids", "discount", "analytic_distribution"},
            found["account.move.line"],
        )

    def analytic(self):
        """Two analytic accounts that are cost centres in Exact."""
        plan = self.env["account.analytic.plan"].sudo().create({"name": "Places"})
        accounts = plan.account_ids.create(
            [{"name": name, "plan_id": plan.id} for name in ("Antwerp", "Ghent")]
        )
        self.administration.cost_center_plan_id = plan
        for account, code in zip(accounts, ("ANT", "GEN"), strict=True):
            self.map("cost_center", account, code)
        return accounts

    def changes_booking(self, move, record, name, before):
        """Whether another value of a field changes what would be sent.

        Not where Odoo itself lets no other value in.

        :param before: the booking as it is
        """
        changed = False
        savepoint = self.env.cr.savepoint()
        try:
            value = self.another_value(record, name)
            record.with_context(
                skip_readonly_check=True, check_move_validity=False
            ).sudo().write({name: value})
            self.env.flush_all()
            self.env.invalidate_all()
            changed = self.booking(move) != before
        except Exception:  # of whatever kind: it cannot be written
            changed = False
        finally:
            savepoint.close(rollback=True)
        self.env.invalidate_all()
        return changed

    def booking(self, move):
        invoice, issue = move.sudo()._exact_prepare_entry(self.administration, "guid")
        if not invoice:
            return issue["issue_code"]
        return payloads.fingerprint(payloads.sales_entry(invoice))

    def another_value(self, record, name):
        field, value = record._fields[name], record[name]
        if field.type in ("many2one", "many2many"):
            domain = [("id", "not in", value.ids)]
            if "company_id" in value._fields:
                domain.append(("company_id", "in", [False, self.company.id]))
            if field.comodel_name == "account.tax":
                domain.append(("type_tax_use", "=", "sale"))
            if field.comodel_name == "account.account":
                domain.append(("account_type", "=", "income"))
            other = value.sudo().search(Domain(domain), limit=1)
            if field.type == "many2many":
                return [Command.set(other.ids)]
            return other.id
        if field.type == "selection":
            choices = [key for key, _label in field._description_selection(self.env)]
            return next(choice for choice in choices if choice != value)
        if field.type in ("date", "datetime"):
            return (value or fields.Date.today()) + timedelta(days=3)
        if field.type == "boolean":
            return not value
        if field.type in ("integer", "float", "monetary"):
            return (value or 0) + 3
        if field.type == "json":
            return {self.env["account.analytic.account"].search([])[-1].id: 100}
        return f"{value or ''}9"


class TestEditOverRpc(EditCommon):
    """The same over RPC, as any program with a password may try."""

    def execute(self, user, model, method, *args, **kwargs):
        with self.enter_registry_test_mode():
            params = self.env.cr.dbname, user.id, user.login, model, method
            return dispatch("execute_kw", [*params, args, kwargs])

    def test_over_rpc(self):
        move, line = self.move, self.move.invoice_line_ids[0]
        editor = self.user_with(f"{ACCOUNTANT},{EDIT}")
        for user in (self.user_with(CLERK), self.user_with(ACCOUNTANT), editor):
            for model, method, args in (
                ("account.move", "write", ([move.id], {"ref": "PO 7"})),
                ("account.move", "write", ([move.id], {"state": "draft"})),
                ("account.move", "button_draft", ([move.id],)),
                ("account.move", "button_cancel", ([move.id],)),
                ("account.move", "unlink", ([move.id],)),
                ("account.move.line", "write", ([line.id], {"price_unit": 1})),
                ("account.move.line", "unlink", ([line.id],)),
                ("account.move", "action_exact_undo", ([move.id],)),
                ("account.move", "action_exact_mark_exported", ([move.id],)),
                ("account.move", "action_exact_let_go", ([move.id],)),
                ("account.move", "write", ([move.id], {"exact_entry_id": False})),
                ("exact.entry", "write", (move.exact_entry_id.ids, {"state": "none"})),
                ("account.move", "_exact_undo", ([move.id], "Because")),
                ("account.move", "_exact_mark", ([move.id], "Because")),
            ):
                with self.assertRaises(UserError, msg=f"{user.login} {method} {args}"):
                    self.execute(user, model, method, *args, context=FORGED)
        self.env.invalidate_all()
        self.assertEqual((move.state, move.exact_state), ("posted", "exported"))
        self.assertFalse(move.ref)
        self.execute(editor, "account.move", "write", [move.id], {"narration": "Hi"})
        self.env.invalidate_all()
        self.assertIn("Hi", move.narration)
