from datetime import timedelta
from uuid import uuid4

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.optedo_exact.exact import states

from .rights import FORGED, INVOICERS, KINDS, RightsCommon

MOVE, LINE = "account.move", "account.move.line"


class TestAtExact(RightsCommon):
    """What is, or may be, in Exact's ledger is changed by nobody over RPC (E3)."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice([100.0, 20.0])
        self.export(self.move)
        self.other = self.invoice()

    def attempts(self):
        """Model, method and arguments of everything that would change the booking."""
        move, line = self.move, self.move.invoice_line_ids[0]
        stranger = self.other.invoice_line_ids[0]
        due = self.move._exact_receivables()
        day = str(fields.Date.today() + timedelta(days=3))
        new = {"name": "More", "price_unit": 1, "account_id": line.account_id.id}
        yield from (
            (MOVE, "button_draft", [move.ids]),
            (MOVE, "button_cancel", [move.ids]),
            (MOVE, "button_draft", [(self.other + move).ids]),
            (MOVE, "unlink", [move.ids]),
            (MOVE, "web_save", [move.ids, {"ref": "PO 7"}, {"ref": {}}]),
            (LINE, "unlink", [line.ids]),
            (LINE, "unlink", [due.ids]),
            (LINE, "create", [[new | {"move_id": move.id}]]),
            (LINE, "create", [[new]], {"default_move_id": move.id}),
            (LINE, "web_save", [line.ids, {"price_unit": 1}, {"price_unit": {}}]),
            (LINE, "write", [stranger.ids, {"move_id": move.id}]),
            (LINE, "copy", [stranger.ids, {"move_id": move.id}]),
        )
        for vals in (
            {"name": "INV/2026/99999"},
            {"ref": "PO 7"},
            {"payment_reference": "+++000/0000/00000+++"},
            {"invoice_date": day},
            {"invoice_date_due": day},
            {"date": day},
            {"partner_id": self.company.partner_id.id},
            {"state": "draft"},
            {"state": "cancel"},
            {"move_type": "out_receipt"},
            {"currency_id": self.env.ref("base.USD").id},
            {"journal_id": self.company_data["default_journal_misc"].id},
            {"exact_party_name": "Somebody else"},
            # What the link keeps itself must not open the way for the rest.
            {"exact_state": "none", "line_ids": [Command.delete(line.id)]},
            {"exact_entry_id": False, "line_ids": [Command.delete(line.id)]},
            {"exact_party_frozen": False, "exact_party_name": "Somebody else"},
        ):
            yield MOVE, "write", [move.ids, vals]
        for name in ("line_ids", "invoice_line_ids", "journal_line_ids"):
            for command in (
                Command.update(line.id, {"price_unit": 1}),
                Command.update(line.id, {"name": "Cake"}),
                Command.update(line.id, {"tax_ids": [Command.clear()]}),
                Command.create(new),
                Command.delete(line.id),
                Command.unlink(line.id),
                Command.link(stranger.id),
                Command.clear(),
                Command.set([line.id]),
            ):
                yield MOVE, "write", [move.ids, {name: [command]}]
        for vals in (
            {"name": "Cake"},
            {"price_unit": 1},
            {"quantity": 3},
            {"discount": 50},
            {"tax_ids": [Command.clear()]},
            {"account_id": due.account_id.id},
            {"move_id": self.other.id},
            {"display_type": "line_note"},
        ):
            yield LINE, "write", [line.ids, vals]
        for vals in ({"debit": 1}, {"date_maturity": day}, {"name": "Cake"}):
            yield LINE, "write", [due.ids, vals]
        # By way of what points to it.
        nested = [Command.update(move.id, {"ref": "PO 7"})]
        yield "res.partner", "write", [self.customer.ids, {"invoice_ids": nested}]

    def refuse_all(self, kinds, context=None):
        before = self.rows(self.move, self.other)
        for kind in kinds:
            for model, method, args, *more in self.attempts():
                keys = (context or {}) | (more[0] if more else {})
                with (
                    self.subTest(kind=kind, method=method, args=args[1:], keys=keys),
                    self.undone(),
                    self.assertRaises(UserError),
                ):
                    self.call(kind, model, method, *args, context=keys)
        self.assertEqual(self.rows(self.move, self.other), before)

    def test_nobody_changes_what_is_booked(self):
        self.refuse_all(KINDS)

    def test_no_context_key_opens_the_way(self):
        self.refuse_all(["all"], FORGED)

    def test_the_same_holds_while_it_is_on_its_way_there_or_back(self):
        for state in states.AT_EXACT - {"exported"}:
            self.move.exact_entry_id.sudo().state = state
            with self.subTest(state=state):
                self.refuse_all(["all"])


# Who may call what. ``PAGE``: it only leads to one, whose model has its own rights.
PAGE = None
E1, E2, E3, E4, E5 = (
    frozenset({kind, "all"})
    for kind in ("manager", "undo", "editor", "keeper", "payer")
)
SENDERS = INVOICERS | E1
READERS = SENDERS | {"auditor"}
METHODS = {
    "account.move": {
        "action_exact_adopt": E4,
        "action_exact_ask_delivery": INVOICERS,
        "action_exact_ask_undo": INVOICERS,
        "action_exact_attach": INVOICERS,
        "action_exact_calls": PAGE,
        "action_exact_check_payments": INVOICERS,
        "action_exact_choose_code": INVOICERS,
        "action_exact_choose_period": INVOICERS,
        "action_exact_confirm_identity": INVOICERS,
        "action_exact_deliver": INVOICERS,
        "action_exact_deliver_again": INVOICERS,
        "action_exact_differences": INVOICERS | {"auditor"},
        "action_exact_export": INVOICERS,
        "action_exact_follow_payments": INVOICERS,
        "action_exact_leave_files": INVOICERS,
        "action_exact_let_go": E4,
        "action_exact_mark_exported": E4,
        "action_exact_payments": PAGE,
        "action_exact_preview": INVOICERS,
        "action_exact_set_paid_manually": E5,
        "action_exact_synchronise": INVOICERS,
        "action_exact_take_over_party": INVOICERS,
        "action_exact_undo": E2,
        "action_exact_undo_delivery": E2,
        "action_exact_unmark": E4,
        "action_exact_untie": E4,
        "action_exact_unset_paid": E5,
    },
    "account.payment": {"action_exact_take_back": INVOICERS},
    "exact.account": {
        "action_break": E1,
        "action_choose": E1,  # it is linked; else those who send
        "action_confirm_identity": SENDERS,
        "action_drop": E1,
        "action_send": SENDERS,
        "action_use_this": E1,
    },
    "exact.administration": {
        "action_accept_proposals": E1,
        "action_check_journals": E1,
        "action_check_payments": SENDERS,
        "action_choose_division": E1,
        "action_choose_login": E1,
        "action_confirm_change": E1,
        "action_connect": E1,
        "action_copy_codes": E1,
        "action_disconnect": E1,
        "action_import_bills": SENDERS,
        "action_is_moved": E1,
        "action_match_customers": E1,
        "action_open_accounts": PAGE,
        "action_open_bills": PAGE,
        "action_open_entries": PAGE,
        "action_open_delivered": PAGE,
        "action_open_last_run": READERS,
        "action_open_late_bills": PAGE,
        "action_open_missing": PAGE,
        "action_open_problems": PAGE,
        "action_open_readiness": E1,
        "action_open_run": READERS,
        "action_open_setup": PAGE,
        "action_open_waiting": PAGE,
        "action_options_looked_at": E1,
        "action_payments_go_on": E1,
        "action_read_references": E1,
        "action_renew_webhooks": E1,
        "action_show_analytic": PAGE,
        "action_show_journals": PAGE,
        "action_show_ledger_accounts": PAGE,
        "action_show_options": PAGE,
        "action_show_taxes": PAGE,
        "action_show_terms": PAGE,
        "action_start_bills": E1,
        "action_synchronise": E1,
        "action_test": E1,
        "action_test_postbox": E1,
        "action_try_one": INVOICERS,
        "action_way_out": READERS,
    },
    "exact.adopt": {"action_adopt": E4, "action_another": E4},
    "exact.bill.import": {
        "action_leave_out": INVOICERS,
        "action_make_new": INVOICERS,
        "action_mend": READERS,
        "action_open_move": READERS,
        "action_read_file_again": INVOICERS,
        "action_start": E1,
        "action_try_again": INVOICERS,
    },
    "exact.call": {"action_open_record": E1},
    "exact.choose.account": {"action_new": INVOICERS},
    "exact.choose.account.line": {"action_choose": INVOICERS},
    "exact.choose.code": {"action_choose": E1},
    "exact.choose.division.line": {"action_choose": E1, "action_choose_anyway": E1},
    "exact.choose.login": {"action_use": E1},
    "exact.choose.period": {
        "action_first_open": INVOICERS,
        "action_keep_out": E4,
        "action_wait": INVOICERS,
    },
    "exact.chosen.mixin": {"action_confirm_change": PAGE},  # abstract
    "exact.connection": {
        "action_connect": E1,
        "action_disconnect": E1,
        "action_is_moved": E1,
    },
    "exact.copy.codes": {"action_leave": E1, "action_take": E1},
    "exact.entry": {
        "action_mend": READERS,
        "action_open_move": READERS,
        "action_send_again": INVOICERS,
        "action_send_all_of_cause": INVOICERS,
    },
    "exact.mapping": {"action_accept_proposal": E1, "action_confirm_change": E1},
    "exact.mark": {
        "action_before_a_date": E4,
        "action_mark": E4,
    },
    "exact.match.accounts": {
        "action_accept_sure": E1,
        "action_done": E1,
        "action_open_alone": PAGE,
        "action_open_ask": PAGE,
        "action_open_done": PAGE,
        "action_open_sure": PAGE,
        "action_read": E1,
    },
    "exact.match.line": {
        "action_import": frozenset({"all"}),  # and who may make contacts
        "action_link": E1,
        "action_refuse": E1,
    },
    "exact.move.location": {"action_move": E1},
    "exact.preview": {"action_book": INVOICERS},
    "exact.readiness.line": {"action_open": E1},
    "exact.remove": {"action_credit_note": E2, "action_remove": E2},
    "exact.run": {
        "action_go_on": E1,
        "action_open_done": PAGE,
        "action_open_failed": PAGE,
        "action_open_payments": PAGE,
        "action_open_to_mend": PAGE,
        "action_open_waiting": PAGE,
        "action_stop": SENDERS,
        "action_undo_payments": E1,
        "read_progress": READERS,
    },
    "exact.set.paid": {"action_set_paid": E5},
    "exact.set.up.step": {"action_open": E1},
    "exact.synchronise": {"action_next": INVOICERS, "action_start": E1},
    "exact.synchronise.line": {"action_mend": SENDERS, "action_open": SENDERS},
    "exact.take.back": {"action_take_back": E2},
    "res.company": {
        "action_exact_above": E1,
        "action_exact_own": E1,
        "action_exact_set_up": PAGE,
    },
    "res.config.settings": {
        "action_exact_check_payments": PAGE,
        "action_exact_connect": PAGE,
        "action_exact_disconnect": PAGE,
        "action_exact_setup": PAGE,
        "action_exact_synchronise": PAGE,
        "action_exact_test": PAGE,
        "action_exact_test_postbox": PAGE,
    },
    "res.partner": {
        "action_exact_find": SENDERS,
        "action_exact_open_accounts": PAGE,
        "action_exact_send": SENDERS,
    },
}
# Who may write what of the link; all else is written by the link alone.
ALL_OF_E1 = {"create": E1, "write": E1, "unlink": E1}
WRITERS = {
    "exact.administration": {"write": E1},
    "exact.adopt": {"write": E4},
    "exact.adopt.line": {"write": E4},
    "exact.bill.import": {"write": INVOICERS},  # what a person says on it
    "exact.choose.code": {"write": E1},
    "exact.choose.division": ALL_OF_E1,
    "exact.choose.division.line": {"write": E1},
    "exact.choose.login": ALL_OF_E1,
    "exact.choose.period": {"create": INVOICERS, "write": INVOICERS},
    "exact.connection": {"write": E1},
    "exact.copy.codes": ALL_OF_E1,
    "exact.mapping": ALL_OF_E1,
    "exact.mark": {"create": E4, "write": E4},
    "exact.match.accounts": {"write": E1},
    "exact.match.line": {"write": E1},
    "exact.readiness.line": ALL_OF_E1,
    "exact.remove": {"create": E2, "write": E2},
    "exact.set.paid": {"create": E5, "write": E5},
    "exact.take.back": {"create": E2, "write": E2},
    "exact.test.connection": ALL_OF_E1,
    "exact.test.connection.line": ALL_OF_E1,
}
# Called on the model itself.
OF_MODEL = {("exact.mark", "action_before_a_date")}


class TestMethods(RightsCommon):
    """Whatever of the link can be called is refused to who may not (E1 to E5)."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice()
        self.export(self.move)
        self.link = self.customer.exact_account_ids

    def found(self):
        """What of the link a client can call, by model."""
        methods = {}
        for name, model in self.registry.items():
            ours, of_odoo = set(), set()
            for cls in model.__mro__:
                names = {n for n, v in vars(cls).items() if callable(v)}
                of_link = cls.__module__.startswith("odoo.addons.optedo_exact.")
                (ours if of_link else of_odoo).update(names)
            public = {n for n in ours - of_odoo if not n.startswith("_")}
            if public and not name.startswith("account.move.send"):
                methods[name] = public
        return methods

    def record(self, model, user):
        """A record that the method can be called on, of this user where it matters."""
        of = {"administration_id": self.administration.id}
        row = of | {"guid": "g", "entry_date": fields.Date.today()}
        rows = self.env["exact.bill.import"].sudo()
        match = self.administration.action_match_customers()["res_id"]
        vals = {
            "account.payment": {"amount": 1, "partner_id": self.customer.id},
            "exact.adopt": {
                "line_ids": [Command.create({"move_id": self.move.id, "guid": "g"})]
            },
            "exact.bill.import": row,
            "exact.call": of
            | {
                "method": "GET",
                "endpoint": "crm/Accounts",
                "record": f"exact.entry,{self.move.exact_entry_id.id}",
            },
            "exact.choose.account": {"move_id": self.move.id},
            "exact.choose.code": {
                "row_id": rows.create(row | {"guid": str(uuid4())}).id,
                "kind": "account",
                "reference_id": self.reference("gl_account", "612000").id,
            },
            "exact.choose.division": of,
            "exact.choose.login": of,
            "exact.choose.period": {"move_ids": [Command.set(self.move.ids)]},
            "exact.copy.codes": of | {"other_id": self.administration.id},
            "exact.mark": {"move_ids": [Command.set(self.move.ids)], "reason": "No"},
            "exact.match.line": {
                "match_id": match,
                "guid": "g",
                "kind": "alone",
                "name": "Slagerij Peeters",
            },
            "exact.move.location": {"company_id": self.company.id, "to": "own"},
            "exact.preview": {"move_id": self.move.id},
            "exact.readiness.line": of | {"link_model": "res.partner", "link_ids": [1]},
            "exact.remove": {"move_id": self.move.id, "reason": "Wrong"},
            "exact.run": of | {"origin": "all", "state": "stopped"},
            "exact.set.paid": {
                "move_ids": [Command.set(self.move.ids)],
                "reason": "Cash",
            },
            "exact.synchronise": of | {"origin": "all"},
            "exact.take.back": {"move_id": self.move.id, "reason": "Wrong"},
            "res.config.settings": {},
        }
        known = {
            "account.move": self.move,
            "exact.account": self.link,
            "exact.administration": self.administration,
            "exact.connection": self.connection,
            "exact.entry": self.move.exact_entry_id,
            "exact.mapping": self.administration.mapping_ids[:1],
            "exact.match.accounts": self.env["exact.match.accounts"].browse(match),
            "exact.set.up.step": self.administration.step_ids[:1],
            "res.company": self.company,
            "res.partner": self.customer,
        }
        if model in known:
            return known[model]
        make = self.env[model].with_user(user).sudo()
        if not model.endswith(".line") or model in vals:
            return make.create(vals[model])
        parent = self.record(model.removesuffix(".line"), user)
        [field] = {"wizard_id", "synchronise_id"} & set(make._fields)
        more = {"exact.synchronise.line": {"kind": "cause", "of": []}}
        return make.create({field: parent.id} | more.get(model, {}))

    def test_each_method_has_its_row(self):
        found, known = (
            {(model, method) for model, methods in of.items() for method in methods}
            for of in (self.found(), METHODS)
        )
        self.assertFalse(found - known, "say in METHODS who may call these")
        self.assertFalse(known - found, "there are no such methods any more")

    def test_each_method_is_for_those_with_the_right(self):
        for model, methods in METHODS.items():
            for method, allowed in methods.items():
                for kind in KINDS if allowed else ():
                    with (
                        self.subTest(model=model, method=method, kind=kind),
                        self.undone(),
                    ):
                        record = self.record(model, self.users[kind])
                        self.try_method(record, method, kind, kind in allowed)

    def try_method(self, record, method, kind, allowed):
        try:
            with_ids = (record.ids,) if (record._name, method) not in OF_MODEL else ()
            self.call(kind, record._name, method, *with_ids)
        except AccessError as error:
            self.assertFalse(allowed, f"may not, though the right is there: {error}")
        except UserError as error:
            # The right was looked at first: what else is wrong is nobody's business.
            self.assertTrue(allowed, f"refused for another reason only: {error}")
        else:
            self.assertTrue(allowed, "nothing was refused")


class TestEachRight(RightsCommon):
    """Each right suffices for what it is for, over RPC, and no other right does."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice()
        self.export(self.move)

    def only(self, allowed, model, method, *args):
        """Nobody but those may; returns what the first of them got."""
        for kind in KINDS:
            if kind not in allowed:
                with self.subTest(kind=kind), self.assertRaises(AccessError):
                    self.call(kind, model, method, *args)
        kind = next(kind for kind in KINDS if kind in allowed)
        result = self.call(kind, model, method, *args)
        self.env.invalidate_all()
        return result

    def test_an_invoice_is_booked_by_who_makes_invoices(self):
        move = self.invoice()
        self.only(INVOICERS, MOVE, "action_exact_export", move.ids)
        self.assertEqual(move.exact_state, "exported")

    def test_a_run_of_all_invoices_is_started_by_who_sets_up(self):
        move = self.invoice()
        page = self.call(
            "manager",
            "exact.administration",
            "action_synchronise",
            self.administration.ids,
        )
        self.assertEqual(page["res_model"], "exact.synchronise")
        run = self.call("manager", page["res_model"], "action_start", [page["res_id"]])
        run = self.env["exact.run"].browse(run["res_id"])
        self.run_export_job()
        self.assertEqual((move.exact_state, run.state), ("exported", "done"))

    def test_what_did_not_go_is_edited_with_e3(self):
        vals = {"narration": "Thank you", "invoice_user_id": self.users["clerk"].id}
        self.only(E3, MOVE, "write", self.move.ids, vals)
        self.assertIn("Thank you", self.move.narration)
        nested = {"invoice_line_ids": [Command.update(self.line.id, {"price_unit": 3})]}
        with self.assertRaises(UserError):
            self.call("editor", MOVE, "write", self.move.ids, vals | nested)

    @property
    def line(self):
        return self.move.invoice_line_ids[0]

    def test_an_import_changes_nothing_that_went(self):
        before = self.rows(self.move)
        for kind in ("clerk", "all"):
            for names, values in (
                ([".id", "ref"], [self.move.id, "PO 7"]),
                (
                    [".id", "invoice_line_ids/.id", "invoice_line_ids/price_unit"],
                    [self.move.id, self.line.id, "1"],
                ),
            ):
                result = self.call(
                    kind, MOVE, "load", names, [[str(value) for value in values]]
                )
                self.assertFalse(result["ids"], f"{kind} {names}")
                self.assertTrue(result["messages"])
        self.assertEqual(self.rows(self.move), before)

    def test_an_entry_is_removed_with_e2(self):
        vals = {"move_id": self.move.id, "reason": "Wrong customer"}
        wizard = self.only(E2, "exact.remove", "create", vals)
        self.only(E2, "exact.remove", "action_remove", [wizard])
        self.assertEqual(self.move.exact_state, "none")
        self.assertFalse(self.entries_in_exact())
        log = self.move.exact_log_ids.filtered("reason")
        self.assertEqual(
            (log.reason, log.user_id.login), ("Wrong customer", "rpc_undo")
        )
        self.call("clerk", MOVE, "button_draft", self.move.ids)
        self.assertEqual(self.move.state, "draft")

    def test_invoices_are_kept_out_and_brought_back_with_e4(self):
        move = self.invoice()
        vals = {"move_ids": [Command.set(move.ids)], "reason": "Booked by hand"}
        wizard = self.only(E4, "exact.mark", "create", vals)
        self.call("keeper", "exact.mark", "action_mark", [wizard])
        self.assertEqual(move.exact_state, "marked")
        self.only(E4, MOVE, "action_exact_unmark", move.ids)
        self.assertEqual(move.exact_state, "none")

    def test_invoices_are_set_to_paid_with_e5(self):
        vals = {"move_ids": [Command.set(self.move.ids)], "reason": "Cash"}
        wizard = self.only(E5, "exact.set.paid", "create", vals)
        self.call("payer", "exact.set.paid", "action_set_paid", [wizard])
        self.assertEqual(self.move.payment_state, "paid")
        self.only(E5, MOVE, "action_exact_unset_paid", self.move.ids)
        self.assertEqual(self.move.payment_state, "not_paid")

    def test_resequencing_is_refused_to_those_who_may_resequence(self):
        moves = (self.move + self.invoice()).ids
        for kind in ("accountant", "all"):
            wizard = self.call(
                kind,
                "account.resequence.wizard",
                "create",
                {"first_name": "INV/2026/00500"},
                context={"active_model": MOVE, "active_ids": moves},
            )
            with self.assertRaisesRegex(UserError, "went to Exact"):
                self.call(kind, "account.resequence.wizard", "resequence", [wizard])

    def merge(self, kind, twin):
        """Merge the customer; other e-mail addresses need Odoo's administrator."""
        users = self.users[kind].sudo()
        users.group_ids += self.env.ref("base.group_partner_manager")
        users.group_ids += self.env.ref("base.group_system")
        model = "base.partner.merge.automatic.wizard"
        values = {
            "partner_ids": [Command.set((self.customer + twin).ids)],
            "dst_partner_id": twin.id,
        }
        wizard = self.call(kind, model, "create", values, context=FORGED)
        self.call(kind, model, "action_merge", [wizard], context=FORGED)
        self.env.invalidate_all()

    def test_a_customer_is_not_merged_without_the_right_to_edit(self):
        twin = self.customer.copy({"name": "Bakkerij Janssens"})
        for kind in ("clerk", "accountant", "undo"):
            with self.assertRaisesRegex(AccessError, self.move.name):
                self.merge(kind, twin)
        self.assertEqual(self.move.partner_id, self.customer)

    def test_a_merged_customer_leaves_the_invoice_what_it_was(self):
        twin = self.customer.copy({"name": "Bakkerij Janssens"})
        before = self.move.exact_entry_id.fingerprint, self.move.exact_party_name
        self.merge("all", twin)
        after = self.move.exact_entry_id.fingerprint, self.move.exact_party_name
        self.assertEqual(self.move.partner_id, twin)
        self.assertEqual((after, self.move.exact_state), (before, "exported"))
        with self.assertRaises(UserError):
            self.call("all", MOVE, "write", self.move.ids, {"ref": "PO 7"})

    def test_a_copy_is_an_invoice_of_its_own(self):
        forged = {"default_exact_entry_id": self.move.exact_entry_id.id}
        copy = self.call("clerk", MOVE, "copy", self.move.ids, context=forged)
        copy = self.env[MOVE].browse(copy)
        self.assertFalse(copy.exact_entry_id)
        with self.assertRaises(AccessError):
            self.call(
                "clerk",
                MOVE,
                "copy",
                self.move.ids,
                {"exact_entry_id": self.move.exact_entry_id.id},
            )
        self.call("clerk", MOVE, "write", copy.ids, {"exact_party_name": "Janssens"})
        self.assertEqual(copy.exact_party_name, "Janssens", "a draft is free")

    def test_a_customer_in_the_portal_reads_nothing_of_the_link(self):
        self.move.exact_entry_id.sudo().write(
            {"issue_code": "code_taken", "issue_text": "Of somebody else"}
        )
        portal = self.users["portal"]
        self.assertTrue(self.move.with_user(portal).has_access("read"))
        [seen] = self.call("portal", MOVE, "read", self.move.ids, ["alerts"])
        self.assertFalse(seen["alerts"])
        [seen] = self.call("clerk", MOVE, "read", self.move.ids, ["alerts"])
        self.assertIn("Of somebody else", str(seen["alerts"]))

    def test_an_administration_to_choose_is_what_exact_answered(self):
        """Its currency decides whether it may be chosen (A4)."""
        action = self.call(
            "manager",
            "exact.administration",
            "action_choose_division",
            self.administration.ids,
        )
        wizard = self.env["exact.choose.division"].sudo().browse(action["res_id"])
        lines = wizard.line_ids
        line, model = lines[:1], lines._name
        for vals in ({"currency": "EUR"}, {"division": 4711}, {"vat": False}):
            with self.assertRaises(AccessError):
                self.call("manager", model, "write", line.ids, vals)
        with self.assertRaises(AccessError):
            self.call(
                "manager", model, "create", {"wizard_id": line.wizard_id.id} | vals
            )
        self.call("manager", model, "write", line.ids, {"copy_codes": False})
        self.call("manager", model, "action_choose", line.ids)


class TestWhatTheLinkSets(RightsCommon):
    """What only the link fills in is filled in by nobody else, whatever the way."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice()
        self.export(self.move)
        self.entry = self.move.exact_entry_id

    def fields_of_link(self, model):
        return [
            name
            for name, field in self.env[model]._fields.items()
            if name.startswith("exact_") and field.readonly
        ]

    def test_its_fields_are_not_written(self):
        draft = self.move.copy()
        payment = self.env["account.payment"].create(
            {"amount": 1, "partner_id": self.customer.id, "payment_type": "inbound"}
        )
        for kind in ("clerk", "all"):
            for record in (draft, payment):
                names = self.fields_of_link(record._name)
                self.assertTrue(names)
                for name in names:
                    for method, args in (
                        ("write", [record.ids, {name: False}]),
                        ("create", [{name: False}]),
                        ("web_save", [record.ids, {name: False}, {"id": {}}]),
                    ):
                        with (
                            self.subTest(kind=kind, method=method, field=name),
                            self.assertRaises(AccessError),
                        ):
                            self.call(kind, record._name, method, *args)

    def some(self, field):
        """A value of the type of a field."""
        if field.type == "selection":
            choices = field._description_selection(self.env)
            return choices[-1][0] if choices else False
        values = {
            "boolean": True,
            "many2one": 1,
            "one2many": [],
            "many2many": [Command.set([1])],
            "many2one_reference": 1,
            "date": "2020-01-01",
            "datetime": "2020-01-01 00:00:00",
            "json": {"forged": 1},
        }
        number = ("integer", "float", "monetary")
        return values.get(field.type, 77 if field.type in number else "forged")

    def test_no_default_of_a_client_reaches_them(self):
        user = self.users["all"]
        found = 0
        for name, model in self.registry.items():
            of_link = name.startswith("exact.")
            if model._abstract:
                continue
            for field in model._fields.values():
                if not (
                    field.readonly and (of_link or field.name.startswith("exact_"))
                ):
                    continue
                records = self.env[name].with_user(user)
                forged = {f"default_{field.name}": self.some(field)}
                for env in (records, records.sudo()):
                    found += 1
                    self.assertEqual(
                        env.with_context(**forged).default_get([field.name]),
                        env.default_get([field.name]),
                        field,
                    )
        self.assertGreater(found, 500)

    def keep_default(self, kind, model, name, value):
        """A default that a user keeps for himself, as Odoo lets everybody."""
        self.call(kind, "ir.default", "set", model, name, value, True)

    def test_a_code_is_not_chosen_by_a_default(self):
        """Rows that the link makes: also what a user with the right may choose."""
        tax = self.tax.copy({"name": "Other"})
        move = self.invoice(tax=tax)
        self.export(move)
        self.assertEqual(move.exact_entry_id.issue_code, "tax_unmapped")
        code = self.reference("vat_code", self.vat_code)
        self.keep_default("clerk", "exact.mapping", "reference_id", code.id)
        self.call("clerk", MOVE, "action_exact_choose_code", move.ids)
        row = self.env["exact.mapping"].search([("tax_id", "=", tax.id)])
        self.assertEqual(row.create_uid, self.users["clerk"])
        self.assertFalse(row.reference_id)

    def test_an_entry_to_link_to_is_what_exact_answered(self):
        move = self.invoice()
        guid = "00000000-0000-0000-0000-000000000001"
        for name, value in (
            ("guid", guid),
            ("chosen", True),
            ("answer", {"EntryID": guid, "EntryNumber": 1}),
        ):
            self.keep_default("keeper", "exact.adopt.line", name, value)
        action = self.call("keeper", MOVE, "action_exact_adopt", move.ids)
        line = self.env["exact.adopt"].sudo().browse(action["res_id"]).line_ids
        self.assertEqual(line.move_id, move)
        self.assertFalse(line.guid or line.answer or line.chosen)

    def test_an_invoice_is_not_passed_off_as_booked(self):
        vals = {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_date": str(fields.Date.today()),
        }
        default = {"default_exact_entry_id": self.entry.id}
        made = self.call("clerk", MOVE, "create", vals, context=default)
        self.assertFalse(self.env[MOVE].browse(made).exact_entry_id)
        self.keep_default("clerk", MOVE, "exact_entry_id", self.entry.id)
        made = self.call("clerk", MOVE, "create", vals)
        self.assertFalse(self.env[MOVE].browse(made).exact_entry_id)

    def test_the_administration_is_the_one_in_use(self):
        """Also where a client asks to see what was put away."""
        administration = self.administration.sudo()
        new = administration._set_division(1002, "Another")
        self.env.flush_all()
        self.assertNotEqual(new, administration)
        company = self.company.with_context(active_test=False)
        self.env.invalidate_all()
        self.assertEqual(company.exact_administration_id, new)

    # --- the models of the link ----------------------------------------------

    def test_its_models_are_written_by_those_with_the_right(self):
        for name, model in self.registry.items():
            if not name.startswith("exact.") or model._abstract:
                continue
            for operation in ("create", "write", "unlink"):
                allowed = WRITERS.get(name, {}).get(operation, ())
                found = {
                    kind
                    for kind, user in self.users.items()
                    if self.env[name].with_user(user).has_access(operation)
                }
                self.assertEqual(found, set(allowed), f"{operation} of {name}")

    def test_not_even_all_rights_together_write_the_others(self):
        for name, model in self.registry.items():
            if not name.startswith("exact.") or model._abstract or name in WRITERS:
                continue
            row = self.env[name].sudo().search([], limit=1)
            for method, args in (
                ("create", [{}]),
                ("write", [row.ids or [1], {}]),
                ("unlink", [row.ids or [1]]),
                ("web_save", [row.ids or [1], {}, {}]),
                *([("copy", [row.ids])] if row else []),
            ):
                with (
                    self.subTest(model=name, method=method),
                    self.assertRaises(AccessError),
                ):
                    self.call("all", name, method, *args)

    def test_secrets_are_read_by_nobody(self):
        connection = self.connection
        self.assertTrue(connection.sudo().client_secret_stored)
        for name in ("client_secret_stored", "webhook_secret_stored", "login_state"):
            for method, args in (
                ("read", [connection.ids, [name]]),
                ("search", [[(name, "=like", "s%")]]),
                ("search_read", [[], [name]]),
                ("web_search_read", [[], {name: {}}]),
                ("export_data", [connection.ids, [name]]),
                ("formatted_read_group", [[], [name], ["__count"]]),
                ("search", [[], 0, 1, f"{name} desc"]),
                ("mapped", [connection.ids, name]),
            ):
                with (
                    self.subTest(field=name, method=method),
                    self.assertRaises(AccessError),
                ):
                    self.call("all", "exact.connection", method, *args)
        [seen] = self.call("all", "exact.connection", "read", connection.ids)
        secret = connection.sudo().client_secret_stored
        self.assertNotIn(secret, str(seen))
        [seen] = self.call(
            "all", "exact.administration", "read", self.administration.ids
        )
        self.assertNotIn(secret, str(seen))
        with self.assertRaises(AccessError):
            self.call("all", "exact.token", "search_read", [])
        with self.assertRaises(AccessError):
            self.call(
                "clerk", "exact.connection", "read", connection.ids, ["client_id"]
            )
