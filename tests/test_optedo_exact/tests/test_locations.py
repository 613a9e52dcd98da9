from odoo.exceptions import AccessError, UserError

from .common import DIVISION
from .locations import BRUGES, GHENT, LocationsCommon


class TestLocations(LocationsCommon):
    """A separate administration for each branch, or one for all (product B1)."""

    def setUp(self):
        super().setUp()
        self.connect()

    def invoices(self):
        """One of the company and of each branch."""
        companies = self.company + self.ghent + self.bruges
        return [self.invoice(company_id=company.id) for company in companies]

    def test_all_are_booked_in_the_administration_of_the_main_company(self):
        with self.assertRaisesRegex(UserError, "Separate administration per location"):
            self.ghent.sudo().external_accounting = "exact"
        for move in self.invoices():
            self.assertEqual(move.exact_administration_id, self.administration)
            self.assertEqual(self.export(move).state, "exported")
        self.assertEqual(len(self.numbers_in(DIVISION)), 3)

    def test_each_branch_is_booked_in_its_own_or_in_that_above_it(self):
        in_ghent = self.separate(self.ghent, GHENT)
        below = self.ghent.sudo().create(
            {"name": "Below Ghent", "parent_id": self.ghent.id}
        )
        self.assertEqual(below.exact_administration_id, in_ghent)
        self.assertEqual(self.bruges.exact_administration_id, self.administration)
        head, ghent, bruges = self.invoices()
        for move in (head, ghent, bruges):
            self.assertEqual(self.export(move).state, "exported")
        self.assertEqual(self.numbers_in(GHENT), [ghent.name])
        self.assertEqual(self.numbers_in(DIVISION), [head.name, bruges.name])
        self.assertEqual(ghent.exact_administration_id, in_ghent)

    def test_an_export_of_many_takes_those_of_its_own_administration(self):
        in_ghent = self.separate(self.ghent, GHENT)
        head, ghent, bruges = self.invoices()
        with self.side_cursors() as env:
            bulk = env["exact.bulk"]
            run = bulk._start(self.administration.with_env(env), "all", env.cr.commit)
            self.assertEqual(run.total, 2)
            own = in_ghent.with_env(env)
            self.assertEqual(bulk._start(own, "all", env.cr.commit).total, 1)
        self.run_export_job()
        self.assertEqual(ghent.exact_state, "queued", "it is of another job")
        with self.enter_registry_test_mode():
            in_ghent.export_cron_id.sudo().method_direct_trigger()
        states = [move.exact_state for move in (head, ghent, bruges)]
        self.assertEqual(states, ["exported"] * 3)
        self.assertEqual(self.numbers_in(GHENT), [ghent.name])

    def test_a_selection_of_several_leads_from_one_administration_to_the_next(self):
        in_ghent = self.separate(self.ghent, GHENT)
        in_bruges = self.separate(self.bruges, BRUGES)
        moves = self.env["account.move"].union(*self.invoices())
        seen = []
        with self.side_cursors() as env:
            action = moves.with_env(env).action_exact_synchronise()
            for _administration in range(3):
                page = env[action["res_model"]].browse(action["res_id"])
                self.assertEqual((page.go_count, len(page.other_ids)), (1, 2))
                seen.append(page.administration_id.id)
                page.action_start()
                env.cr.commit()
                action = page.action_next()
        everywhere = self.administration + in_ghent + in_bruges
        self.assertEqual(sorted(seen), sorted(everywhere.ids))
        self.env.invalidate_all()
        self.assertEqual(set(moves.mapped("exact_state")), {"queued"})

    def test_what_is_booked_stays_and_what_waits_goes_along(self):
        self.administration.import_payments = True
        booked = self.invoice(company_id=self.ghent.id)
        self.export(booked)
        self.map("tax", self.tax, False)
        waiting = self.invoice(company_id=self.ghent.id)
        other = self.invoice(company_id=self.bruges.id)
        for move in (waiting, other):
            self.assertEqual(self.export(move).state, "blocked")
        in_ghent = self.separate(self.ghent, GHENT)
        self.assertEqual(booked.exact_administration_id, self.administration)
        self.assertEqual(waiting.exact_entry_id.administration_id, in_ghent)
        self.assertEqual(other.exact_entry_id.administration_id, self.administration)
        self.assertEqual(self.export(waiting).state, "exported")
        self.assertEqual(self.numbers_in(GHENT), [waiting.name])
        # Payments of what stands in the former one are still followed there.
        self.books.pay(booked.exact_entry_guid)
        self.check_payments()
        self.assertEqual(booked.payment_state, "paid")

    def test_back_to_one_and_to_many_again_keeps_options_and_bookings(self):
        in_ghent = self.separate(self.ghent, GHENT)
        in_ghent.import_payments = True
        booked = self.invoice(company_id=self.ghent.id)
        self.export(booked)
        waiting = self.invoice(company_id=self.ghent.id)
        waiting.sudo()._exact_enqueue()
        self.company.sudo().exact_separate_per_location = False
        self.assertEqual(self.ghent.exact_administration_id, self.administration)
        self.assertEqual(booked.exact_administration_id, in_ghent)
        self.assertEqual(waiting.exact_administration_id, self.administration)
        self.run_export_job()
        self.assertEqual(self.numbers_in(DIVISION), [waiting.name])
        # What stands there is paid there, and can be removed there.
        self.sandbox.administrations[GHENT].pay(booked.exact_entry_guid)
        with self.enter_registry_test_mode():
            in_ghent.payment_cron_id.sudo().method_direct_trigger()
        self.assertEqual(booked.payment_state, "paid")
        self.company.sudo().exact_separate_per_location = True
        self.assertEqual(self.ghent.exact_administration_id, in_ghent)
        self.assertTrue(in_ghent.import_payments)

    def test_what_waits_finds_its_way_over_a_time_without_exact(self):
        """Booked nowhere in between, it goes where its branch is booked then."""
        booked = self.invoice(company_id=self.bruges.id)
        self.export(booked)
        removed = self.invoice(company_id=self.bruges.id)
        self.export(removed)
        removed.exact_entry_id._exact_move_to("undo")
        waiting = self.invoice(company_id=self.bruges.id)
        waiting.sudo()._exact_enqueue()
        self.company.sudo().external_accounting = "none"
        in_bruges = self.separate(self.bruges, BRUGES)
        self.assertEqual(waiting.exact_entry_id.administration_id, in_bruges)
        for move in (booked, removed):
            self.assertEqual(move.exact_entry_id.administration_id, self.administration)
        self.assertIn(self.bruges, self.administration.former_location_ids)
        self.company.sudo().external_accounting = "exact"
        self.run_export_job()
        self.assertEqual(waiting.exact_state, "queued", "it is of another job")
        self.assertEqual(self.export(waiting).state, "exported")
        self.assertEqual(self.numbers_in(BRUGES), [waiting.name])

    def test_what_waited_in_a_branch_finds_its_way_once_the_main_company_chooses(self):
        in_ghent = self.separate(self.ghent, GHENT)
        waiting = self.invoice(company_id=self.ghent.id)
        waiting.sudo()._exact_enqueue()
        self.company.sudo().external_accounting = "none"
        self.ghent.sudo().external_accounting = "none"
        self.assertEqual(waiting.exact_entry_id.administration_id, in_ghent)
        self.company.sudo().external_accounting = "exact"
        entry = waiting.exact_entry_id
        self.assertEqual(entry.administration_id, self.administration)
        self.run_export_job()
        self.assertEqual(self.numbers_in(DIVISION), [waiting.name])

    def test_what_is_queued_again_goes_where_its_company_is_booked_now(self):
        waiting = self.invoice(company_id=self.ghent.id)
        waiting.sudo()._exact_enqueue()
        in_ghent = self.separate(self.ghent, GHENT)
        entry = waiting.exact_entry_id
        values = {"administration_id": in_ghent.id, "origin": "all"}
        for run in (None, self.env["exact.run"].sudo().create(values)):
            entry.sudo().administration_id = self.administration
            entry._exact_set_queued(in_ghent, run)
            self.assertEqual(entry.administration_id, in_ghent)

    def test_no_change_while_it_is_not_known_whether_an_invoice_was_booked(self):
        self.export(self.invoice())  # the customer is known from here on
        self.sandbox.faults.add("lose_request", path="SalesEntries", method="POST")
        move = self.invoice(company_id=self.ghent.id)
        self.assertEqual(self.export(move).state, "unknown")
        self.company.sudo().exact_separate_per_location = True
        with self.assertRaisesRegex(UserError, move.name):
            self.ghent.sudo().external_accounting = "exact"
        # That of another branch does not hold it up.
        self.bruges.sudo().external_accounting = "exact"

    def test_a_run_of_the_former_administration_ends(self):
        in_ghent = self.separate(self.ghent, GHENT)
        move = self.invoice(company_id=self.ghent.id)
        with self.side_cursors() as env:
            bulk = env["exact.bulk"]
            run = bulk._start(in_ghent.with_env(env), "all", env.cr.commit)
        run = self.env["exact.run"].browse(run.id)
        self.ghent.sudo().external_accounting = "none"
        self.assertEqual(run.state, "stopped")
        self.assertIn("Another administration", run.issue_message)
        self.run_export_job()
        self.assertEqual(self.numbers_in(DIVISION), [move.name])

    def test_two_companies_do_not_share_an_administration(self):
        self.company.sudo().exact_separate_per_location = True
        self.ghent.sudo().external_accounting = "exact"
        in_ghent = self.ghent.exact_administration_id
        in_ghent.sudo().connection_id = self.connection
        with self.assertRaisesRegex(UserError, self.company.name):
            in_ghent.sudo()._set_division(DIVISION, "The same")
        # Who may not see the other company is not told its name.
        manager = self.manager_of(self.ghent)
        with self.assertRaises(UserError) as caught:
            in_ghent.with_user(manager).sudo()._set_division(DIVISION, "The same")
        self.assertNotIn(self.company.name, str(caught.exception))
        # On another site the number means another company.
        in_ghent.sudo().connection_id = self.connection.sudo().copy({"site": "nl"})
        in_ghent.sudo()._set_division(DIVISION, "Another")
        self.assertEqual(in_ghent.division, DIVISION)

    def test_what_a_branch_left_may_be_chosen_by_another(self):
        """Two branches that were set up the wrong way round change places."""
        in_ghent = self.separate(self.ghent, GHENT)
        in_bruges = self.separate(self.bruges, BRUGES)
        booked = self.invoice(company_id=self.ghent.id)
        self.export(booked)
        with self.assertRaisesRegex(UserError, "Ghent is booked in this"):
            in_bruges.sudo()._set_division(GHENT, "Of Bruges now")
        self.ghent.sudo().external_accounting = "none"
        manager = self.manager_of(self.bruges)
        with self.assertRaisesRegex(UserError, "not one of yours"):
            in_bruges.with_user(manager).sudo()._set_division(GHENT, "Mine")
        new = in_bruges.sudo()._set_division(GHENT, "Of Bruges now")
        self.assertEqual(self.bruges.exact_administration_id, new)
        self.assertFalse(in_ghent.active or in_bruges.active)
        self.assertEqual(booked.exact_administration_id, in_ghent)
        self.ghent.sudo().external_accounting = "exact"
        following = self.ghent.exact_administration_id
        following.sudo().connection_id = self.connection
        self.assertEqual(following.sudo()._set_division(BRUGES, "Swapped"), following)

    def test_the_administration_of_an_archived_branch_may_be_chosen(self):
        in_ghent = self.separate(self.ghent, GHENT)
        in_bruges = self.separate(self.bruges, BRUGES)
        self.ghent.sudo().active = False
        new = in_bruges.sudo()._set_division(GHENT, "Of Bruges now")
        self.assertEqual((new.division, in_ghent.active), (GHENT, False))

    def test_a_branch_begins_with_the_login_and_the_codes_of_the_company_above(self):
        self.company.sudo().exact_separate_per_location = True
        self.ghent.sudo().external_accounting = "exact"
        in_ghent = self.ghent.exact_administration_id
        self.assertEqual(in_ghent.connection_id, self.connection)
        with self.side_cursors() as env:
            action = in_ghent.with_env(env).action_choose_division()
            wizard = env["exact.choose.division"].browse(action["res_id"])
            line = wizard.line_ids.filtered(lambda line: line.division == GHENT)
            self.assertEqual(line.action_choose()["res_model"], line._name, "it asks")
            self.assertEqual(line.codes_from_id.id, self.administration.id)
            action = line.action_choose_anyway()
            look = env["exact.copy.codes"].browse(action["res_id"])
            self.assertEqual(look.other_id.id, self.administration.id)
            self.assertFalse(look.administration_id.mapping_ids.reference_id)
            look.action_take()
            env.cr.commit()
        self.env.invalidate_all()
        chosen = in_ghent.mapping_ids.filtered("reference_id")
        self.assertEqual(chosen.reference_id.administration_id, in_ghent)
        self.assertLessEqual(
            {("journal", "70"), ("tax", self.vat_code)},
            {(row.kind, row.reference_id.code) for row in chosen},
        )
        self.assertEqual(in_ghent.default_gl_account_id.code, self.gl_account)
        self.assertTrue(in_ghent.active and self.administration.active)
        move = self.invoice(company_id=self.ghent.id)
        self.assertEqual(self.export(move).state, "exported")

    def test_who_may_not_use_the_login_above_begins_with_one_of_its_own(self):
        self.company.sudo().exact_separate_per_location = True
        manager = self.manager_of(self.ghent)
        companies = {"allowed_company_ids": self.ghent.ids}
        branch = self.ghent.with_user(manager).with_context(**companies)
        branch._exact_set_external_accounting("exact")
        in_ghent = self.ghent.exact_administration_id
        self.assertNotEqual(in_ghent.connection_id, self.connection)

    # --- who sets it up ------------------------------------------------------

    def test_who_may_set_up_the_link_needs_not_be_administrator(self):
        manager = self.manager_of(self.company, self.ghent, self.bruges)
        companies = {"allowed_company_ids": manager.company_ids.ids}
        page = self.administration.with_user(manager).with_context(**companies)
        self.assertEqual(page.branch_ids, self.ghent + self.bruges)
        self.assertFalse(page.separate_per_location)
        ghent = page.branch_ids & self.ghent
        with self.assertRaisesRegex(UserError, "Separate administration"):
            ghent._exact_set_external_accounting("exact")
        page.separate_per_location = True
        self.assertTrue(self.company.exact_separate_per_location)
        booked = self.invoice(company_id=self.ghent.id)
        self.export(booked)
        waiting = self.invoice(company_id=self.ghent.id)
        waiting.sudo()._exact_enqueue()
        wizard = self.env["exact.move.location"].with_user(manager)
        wizard = wizard.browse(ghent.action_exact_own()["res_id"])
        self.assertEqual((wizard.staying_count, wizard.going_count), (1, 1))
        self.assertEqual(wizard.from_name, self.administration.display_name)
        action = wizard.with_context(**companies).action_move()
        in_ghent = self.ghent.exact_administration_id
        self.assertEqual(
            (action["res_model"], action["res_id"]),
            ("exact.administration", in_ghent.id),
        )
        self.assertTrue(self.ghent.exact_has_own)
        self.assertEqual(waiting.exact_administration_id, in_ghent)
        # The switch says what becomes of it, and back it goes.
        form = page.new({"separate_per_location": False}, origin=page)
        warning = form._onchange_separate_per_location()["warning"]["message"]
        self.assertIn("1 that are not booked", warning)
        wizard = wizard.browse(ghent.action_exact_above()["res_id"])
        wizard.with_context(**companies).action_move()
        self.assertFalse(self.ghent.exact_has_own)
        self.assertEqual(waiting.exact_administration_id, self.administration)

    def test_a_branch_manager_moves_nothing_but_the_branch(self):
        manager = self.manager_of(self.ghent)
        companies = {"allowed_company_ids": self.ghent.ids}
        page = self.administration.with_user(manager).with_context(**companies)
        self.assertFalse(page.may_change)
        with self.assertRaises(AccessError):
            page.separate_per_location = True
        with self.assertRaises(AccessError):
            self.company.with_user(manager).with_context(
                **companies
            )._exact_set_separate(True)
        with self.assertRaises(AccessError):
            self.bruges.with_user(manager).with_context(**companies).action_exact_own()
        clerk = self.user_of(self.company, self.ghent)
        with self.assertRaises(AccessError):
            self.ghent.with_user(clerk).action_exact_own()

    def test_settings_lead_to_the_branch_where_options_stand_there(self):
        settings = self.env["res.config.settings"].sudo()
        main = settings.with_company(self.company).create({})
        self.assertTrue(main.exact_has_branches)
        self.assertFalse(main.exact_is_branch)
        main.exact_separate_per_location = True
        self.assertTrue(self.company.exact_separate_per_location)
        in_ghent = self.separate(self.ghent, GHENT)
        branch = settings.with_company(self.ghent).create({})
        self.assertTrue(branch.exact_is_branch)
        self.assertEqual(branch.action_exact_setup()["res_id"], in_ghent.id)
        form = main.new({"exact_separate_per_location": False}, origin=main)
        warning = form._onchange_exact_separate_per_location()["warning"]
        self.assertIn(str(GHENT), warning["message"])

    def test_the_switch_on_the_companys_own_form_says_what_becomes_of_it(self):
        self.separate(self.ghent, GHENT)
        for company in (self.company, self.ghent):
            self.export(self.invoice(company_id=company.id))
        waiting = self.invoice(company_id=self.ghent.id)
        waiting.sudo()._exact_enqueue()

        def switch(value):
            form = self.company.new(
                {"exact_separate_per_location": value}, origin=self.company
            )
            return form._onchange_exact_separate_per_location()

        self.assertFalse(switch(True), "it is on")
        message = switch(False)["warning"]["message"]
        self.assertIn(f"No longer used: {GHENT}", message)
        self.assertIn("1 invoices and 1 customers stand there", message)
        self.assertIn("1 that are not booked", message)
        self.company.sudo().exact_separate_per_location = False
        self.assertFalse(switch(False), "it is off")
        message = switch(True)["warning"]["message"]
        self.assertIn(f"Used again: {GHENT}", message)
        self.assertIn("1 customers there. 1 invoices that are not booked", message)
        self.assertIn("0 that are booked in the administration of", message)

    def test_after_the_entry_is_removed_it_goes_where_the_branch_is_booked_now(self):
        move = self.invoice(company_id=self.bruges.id)
        self.export(move)
        in_bruges = self.separate(self.bruges, BRUGES)
        self.env.user.group_ids += self.env.ref("optedo_exact.group_exact_undo")
        with self.side_cursors() as env:
            move.with_env(env)._exact_undo("Booked in the wrong administration")
            env.cr.commit()
        self.assertEqual(move.exact_administration_id, in_bruges)
        self.assertEqual(self.export(move).state, "exported")
        self.assertEqual(self.numbers_in(BRUGES), [move.name])
        self.assertFalse(self.numbers_in(DIVISION))
