from urllib.parse import urlencode, urlsplit

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import HttpCase

from odoo.addons.optedo_exact.models.exact_connection import CALLBACK_PATH

from .locations import BRUGES, GHENT, LocationsCommon

# Holds what only the administration's own company may see.
OF_THE_COMPANY = (
    "exact.call",
    "exact.quota",
    "exact.webhook",
    "exact.open.item",
    "exact.ledger.line",
    "exact.match.accounts",
    "exact.match.line",
    "exact.bill.import",
)
# Holds what a branch needs to export into the administration above it.
USED = (
    "exact.administration",
    "exact.connection",
    "exact.reference",
    "exact.mapping",
    "exact.account",
    "exact.account.log",
    "exact.bank.account",
    "exact.period",
    "exact.run",
    "exact.set.up.step",
)
OF_INVOICES = ("exact.entry", "exact.entry.log", "exact.attachment")
# Read by the link alone, whoever asks.
OF_THE_LINK = ("exact.token",)
# Where the search for such models begins.
TO_ADMINISTRATION = ("exact.administration", "exact.connection")


class TestLocationRights(LocationsCommon, HttpCase):
    """What users of a branch see and change, asked over RPC."""

    def setUp(self):
        super().setUp()
        self.connect()

    def rpc(self, model, method, *args, **kwargs):
        """What the web client gets; raises what the server answers."""
        answer = self.url_open(
            HttpCase.base_url() + f"/web/dataset/call_kw/{model}/{method}",
            json={
                "params": {
                    "model": model,
                    "method": method,
                    "args": list(args),
                    "kwargs": kwargs,
                }
            },
        ).json()
        if "error" in answer:
            name = answer["error"]["data"]["name"]
            if name == "odoo.exceptions.AccessError":
                raise AccessError(answer["error"]["data"]["message"])
            raise AssertionError(answer["error"]["data"])
        return answer.get("result")

    def log_in_as(self, user):
        self.env.flush_all()
        self.authenticate(user.login, user.login)

    @staticmethod
    def of(user, record):
        """The record as the user sees it, in their own companies."""
        companies = {"allowed_company_ids": user.company_ids.ids}
        return record.with_user(user).with_context(**companies)

    def rows_of(self, model, administration):
        """What there is, whoever asks."""
        records = self.env[model].sudo()
        if model == "exact.connection":
            return administration.sudo().connection_id
        if model == "exact.administration":
            return administration
        path = {
            "exact.account.log": "account_id.administration_id",
            "exact.bank.account": "account_id.administration_id",
            "exact.match.line": "match_id.administration_id",
            "exact.entry.log": "entry_id.administration_id",
            "exact.attachment": "entry_id.administration_id",
        }.get(model, "administration_id")
        return records.search([(path, "=", administration.id)])

    def models_of_administrations(self):
        """The models whose rows are of an administration, directly or by another."""
        kept = {
            name: model
            for name, model in self.registry.items()
            if name.startswith("exact.")
            and not (model._abstract or model._transient or not model._auto)
        }
        found = set(TO_ADMINISTRATION)
        while more := {
            name
            for name, model in kept.items()
            if name not in found
            and any(
                field.type == "many2one" and field.comodel_name in found
                for field in model._fields.values()
            )
        }:
            found |= more
        return found

    def doors_to(self, model, user):
        """The fields by which a user may search for rows of a model."""
        return [
            (name, field.name)
            for name, other in sorted(self.registry.items())
            if not (other._abstract or other._transient)
            for field in other._fields.values()
            if field.comodel_name == model
            and field._description_searchable
            and self.env[name].with_user(user).has_access("read")
            and self.env[name].with_user(user)._has_field_access(field, "read")
        ]

    def assert_out_of_reach(self, user, model, hidden):
        """Whatever the way of reading, it does not lead to these rows."""
        among = [("id", "in", hidden.ids)]
        names = ["display_name"]
        found = self.rpc(model, "search_read", among, names)
        self.assertFalse(found, f"{model}.search_read")
        found = self.rpc(model, "name_search", "", among)
        self.assertFalse(found, f"{model}.name_search")
        [group] = self.rpc(model, "formatted_read_group", among, [], ["__count"])
        self.assertFalse(group["__count"], f"{model}.formatted_read_group")
        for method, arguments in (
            ("read", [names]),
            ("export_data", [names]),
            ("web_read", [dict.fromkeys(names, {})]),
        ):
            with self.assertRaises(AccessError, msg=f"{model}.{method}"):
                self.rpc(model, method, hidden.ids, *arguments)
        for name, field in self.doors_to(model, user):
            found = self.rpc(name, "search", [(field, "any", among)], limit=1)
            self.assertFalse(found, f"{name}.{field} leads to {model}")
        about = [("model", "=", model), ("res_id", "in", hidden.ids)]
        self.assertFalse(self.rpc("mail.message", "search", about), model)

    def test_no_model_is_forgotten(self):
        known = {*USED, *OF_THE_COMPANY, *OF_INVOICES, *OF_THE_LINK}
        found = self.models_of_administrations()
        self.assertFalse(found - known, "say above who may see these")
        self.assertFalse(known - found, "these are of no administration")
        rules = self.env["ir.rule"].sudo()
        for name in found - set(OF_THE_LINK):
            of_all = rules.search(
                [("model_id.model", "=", name), ("groups", "=", False)]
            )
            companies = [rule for rule in of_all if "company_ids" in rule.domain_force]
            self.assertTrue(companies, f"{name} has no rule for its company")

    def test_branches_with_administrations_of_their_own_see_nothing_of_each_other(self):
        in_ghent = self.separate(self.ghent, GHENT)
        for company in (self.company, self.ghent):
            self.export(self.invoice(company_id=company.id))
        with self.side_cursors() as env:
            for administration in (self.administration, in_ghent):
                own = administration.with_env(env)
                self.invoice(company_id=own.company_id.id)
                env["exact.bulk"]._start(own, "all", env.cr.commit)
        seen = {
            self.administration: self.manager_of(self.bruges),
            in_ghent: self.manager_of(self.ghent),
        }
        for user in seen.values():
            user.group_ids += self.env.ref("base.group_allow_export")
        filled = set()
        for administration, user in seen.items():
            [other] = [a for a in seen if a != administration]
            self.log_in_as(user)
            for model in (*USED, *OF_THE_COMPANY, *OF_INVOICES):
                if not self.env[model].with_user(user).has_access("read"):
                    continue
                found = set(self.rpc(model, "search", []))
                hidden = self.rows_of(model, other)
                if model == "exact.connection":
                    continue  # one login for both
                self.assertFalse(found & set(hidden.ids), f"{model} of {other}")
                if model in USED:
                    own = self.rows_of(model, administration)
                    self.assertEqual(found, set(own.ids), model)
                if hidden:
                    filled.add(model)
                    self.assert_out_of_reach(user, model, hidden)
        # Else the test says nothing.
        self.assertGreater(
            filled,
            {
                "exact.administration",
                "exact.reference",
                "exact.mapping",
                "exact.account",
                "exact.period",
                "exact.run",
                "exact.call",
                "exact.quota",
                "exact.entry",
            },
        )

    def test_a_branch_reads_what_it_is_booked_in_and_changes_nothing_there(self):
        self.export(self.invoice())
        self.log_in_as(self.manager_of(self.bruges))
        for model in USED:
            wanted = self.rows_of(model, self.administration)
            self.assertEqual(set(self.rpc(model, "search", [])), set(wanted.ids), model)
        for model in (*OF_THE_COMPANY, *OF_INVOICES):
            if self.env[model].has_access("read"):
                self.assertFalse(self.rpc(model, "search", []), model)
        administration = self.administration
        mapping = administration.sudo().mapping_ids[0]
        for model, record, values in (
            ("exact.administration", administration, {"import_payments": True}),
            ("exact.administration", administration, {"client_id": "mine"}),
            ("exact.connection", administration.connection_id, {"client_id": "mine"}),
            ("exact.mapping", mapping, {"reference_id": False}),
        ):
            with self.assertRaises(AccessError, msg=f"{model} {values}"):
                self.rpc(model, "write", record.ids, values)
        with self.assertRaises(AccessError):
            self.rpc("exact.mapping", "unlink", mapping.ids)
        with self.assertRaises(AccessError):
            values = {
                "administration_id": administration.id,
                "kind": "account",
                "account_id": self.company_data["default_account_revenue"].id,
            }
            self.rpc("exact.mapping", "create", [values])
        for action in (
            "action_connect",
            "action_disconnect",
            "action_choose_division",
            "action_read_references",
            "action_synchronise",
            "action_match_customers",
            "action_options_looked_at",
            "action_test",
        ):
            with self.assertRaises(AccessError, msg=action):
                self.rpc("exact.administration", action, administration.ids)
        for action in ("action_connect", "action_disconnect", "action_is_moved"):
            with self.assertRaises(AccessError, msg=action):
                self.rpc("exact.connection", action, administration.connection_id.ids)
        self.assertEqual(self.connection.state, "connected")

    def test_a_run_with_invoices_of_others_is_steered_by_who_is_of_the_company(self):
        mine = self.invoice(company_id=self.bruges.id)
        clerk = self.user_of(self.bruges)
        with self.side_cursors() as env:
            bulk = env["exact.bulk"]
            run = bulk._start(self.administration.with_env(env), "all", env.cr.commit)
        run = self.env["exact.run"].browse(run.id)
        self.assertIn(mine.exact_entry_id, run.entry_ids)
        self.log_in_as(clerk)
        [seen] = self.rpc("exact.run", "read", run.ids, ["state", "total"])
        self.assertEqual((seen["state"], seen["total"]), ("waiting", 1))
        for action in ("action_stop", "action_go_on"):
            with self.assertRaisesRegex(AccessError, "not one of yours", msg=action):
                self.rpc("exact.run", action, run.ids)
        run.sudo().user_id = clerk  # their own, they may
        self.rpc("exact.run", "action_stop", run.ids)
        self.assertEqual(
            self.rpc("exact.run", "read", run.ids, ["state"])[0]["state"], "stopped"
        )

    def test_a_clerk_of_a_branch_books_in_the_administration_above_it(self):
        clerk = self.user_of(self.bruges)
        move = self.invoice(company_id=self.bruges.id)
        other = self.invoice(company_id=self.ghent.id)
        self.export(other)
        with self.side_cursors() as env:
            self.of(clerk, move.with_env(env)).action_exact_export()
            env.cr.commit()
        self.assertEqual(move.exact_state, "exported")
        self.log_in_as(clerk)
        form = self.env.ref("account.view_move_form")
        views = self.rpc("account.move", "get_views", [[form.id, "form"]])
        arch = etree.fromstring(views["views"]["form"]["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        fields = {name: {} for name in names if name.startswith("exact_")}
        fields["exact_administration_id"] = {"fields": {"display_name": {}}}
        [shown] = self.rpc("account.move", "web_read", move.ids, specification=fields)
        self.assertEqual(
            shown["exact_administration_id"]["display_name"], "1001 Optedo Demo"
        )
        self.assertTrue(shown["exact_entry_number"])
        with self.assertRaises(AccessError):
            self.rpc("exact.entry", "read", other.exact_entry_id.ids, ["number"])

    def test_a_branch_with_its_own_still_works_with_what_it_booked_before(self):
        booked = self.invoice(company_id=self.ghent.id)
        self.export(booked)
        self.separate(self.ghent, GHENT)
        clerk = self.user_of(
            self.ghent,
            groups="account.group_account_invoice,optedo_exact.group_exact_undo",
        )
        self.log_in_as(clerk)
        former = self.administration
        self.assertIn(former.id, self.rpc("exact.administration", "search", []))
        self.assertFalse(
            self.rpc("exact.mapping", "search", [["administration_id", "=", former.id]])
        )
        [shown] = self.rpc(
            "account.move",
            "read",
            booked.ids,
            ["exact_administration_id", "exact_status_text", "exact_can_undo"],
        )
        self.assertEqual(shown["exact_administration_id"][0], former.id)
        self.assertTrue(shown["exact_can_undo"])
        with self.side_cursors() as env:
            own = self.of(clerk, booked.with_env(env))
            own.action_exact_preview()
            own._exact_undo("Booked in the wrong administration")
            env.cr.commit()
        self.assertEqual(booked.exact_state, "none")
        self.assertFalse(self.entries_in_exact())

    def test_a_branch_with_its_own_reads_no_figures_of_the_one_it_left(self):
        self.administration.import_payments = True
        self.export(self.invoice(company_id=self.ghent.id))
        self.invoice().sudo()._exact_enqueue()
        in_ghent = self.separate(self.ghent, GHENT)
        in_ghent.sudo()._use_login(self.env["exact.connection"])
        former, figures = self.administration, ["waiting_count", "calls_left"]
        figures += ["limits_text", "calls_left_today"]
        head = "exact.administration"
        shown = {"connection_id": {"fields": {"display_name": {}}}}

        def read(user):
            self.log_in_as(user)
            [seen] = self.rpc(head, "read", former.ids, figures)
            return [seen[name] for name in figures]

        self.assertTrue(all(read(self.user_of(self.company))))
        self.assertFalse(any(read(self.user_of(self.ghent))))
        self.assertEqual(
            self.rpc("exact.connection", "search", []), in_ghent.connection_id.ids
        )
        self.rpc(head, "web_read", former.ids, shown)
        with self.assertRaisesRegex(AccessError, "not booked in this"):
            self.rpc(head, "action_check_payments", former.ids)

    def test_after_a_login_the_page_is_that_on_which_it_began(self):
        in_ghent = self.separate(self.ghent, GHENT)
        self.log_in_as(self.manager_of(self.company, self.ghent))
        chosen = {"allowed_company_ids": [self.company.id, self.ghent.id]}
        for administration in (in_ghent, self.administration):
            action = self.rpc(
                "exact.administration",
                "action_connect",
                administration.ids,
                context=chosen,
            )
            back = self.answer_login_page(action["url"])
            answer = self.url_open(
                f"{HttpCase.base_url()}{CALLBACK_PATH}?{urlencode(back)}",
                allow_redirects=False,
            )
            page = f"/odoo/exact-administrations/{administration.id}"
            self.assertEqual(urlsplit(answer.headers["Location"]).path, page)

    def test_a_login_is_changed_by_who_is_of_all_companies_that_use_it(self):
        in_ghent = self.separate(self.ghent, GHENT)
        self.log_in_as(self.manager_of(self.ghent))
        # The branch sets its own options and codes, under the login of the company.
        self.rpc(
            "exact.administration", "write", in_ghent.ids, {"ask_after_confirm": False}
        )
        mapping = in_ghent.mapping_ids[0]
        self.rpc("exact.mapping", "write", mapping.ids, {"reference_id": False})
        for action in ("action_connect", "action_disconnect", "action_choose_division"):
            with self.assertRaisesRegex(AccessError, "not one of yours", msg=action):
                self.rpc("exact.administration", action, in_ghent.ids)
        with self.assertRaises(AccessError):
            self.rpc("exact.administration", "write", in_ghent.ids, {"client_id": "x"})
        # Who is of the company above is of its branches too.
        self.log_in_as(self.manager_of(self.company))
        self.rpc("exact.connection", "action_disconnect", self.connection.ids)
        self.assertEqual(self.connection.state, "disconnected")

    def test_what_a_dialog_shows_is_of_who_opened_it(self):
        rules = self.env["ir.rule"].sudo()
        dialogs = {
            name
            for name, model in self.registry.items()
            if name.startswith("exact.") and model._transient and not model._abstract
        }
        kept = {
            rule.model_id.model
            for rule in rules.search([("groups", "=", False)])
            if rule.domain_force == "[('create_uid', '=', user.id)]"
        }
        self.assertFalse(dialogs - kept)
        in_ghent = self.separate(self.ghent, GHENT)
        self.assertTrue(in_ghent.action_copy_codes()["res_id"])
        self.log_in_as(self.manager_of(self.ghent))
        for model in ("exact.copy.codes", "exact.copy.codes.line"):
            self.assertFalse(self.rpc(model, "search", []), model)

    def test_the_dialog_of_a_branch_tells_nothing_of_another(self):
        self.separate(self.ghent, GHENT)
        self.log_in_as(self.manager_of(self.bruges))
        model = "exact.move.location"
        own = self.rpc("res.company", "action_exact_own", self.bruges.ids)["res_id"]
        values = {"company_id": self.ghent.id, "to": "above"}
        for method, *arguments in (
            ("create", values),
            ("write", [own], values),
            ("onchange", [], values, ["company_id"], {"from_name": {}}),
            ("onchange", [own], values, ["company_id"], {"from_name": {}}),
        ):
            with self.assertRaises(AccessError, msg=method):
                self.rpc(model, method, *arguments)
        [seen] = self.rpc(model, "read", [own], ["from_name"])
        self.assertEqual(seen["from_name"], self.administration.display_name)

    def test_the_warning_of_the_switch_tells_a_branch_nothing_of_another(self):
        self.separate(self.bruges, BRUGES)
        in_ghent = self.separate(self.ghent, GHENT)
        values = {"separate_per_location": False}
        arguments = [in_ghent.ids, values, ["separate_per_location"]]
        arguments.append({"separate_per_location": {}})
        model = "exact.administration"
        self.log_in_as(self.manager_of(self.ghent))
        answer = self.rpc(model, "onchange", *arguments)
        self.assertNotIn("warning", answer)
        self.assertNotIn(str(BRUGES), str(answer))
        manager = self.manager_of(self.company, self.ghent, self.bruges)
        self.log_in_as(manager)
        chosen = {"allowed_company_ids": manager.company_ids.ids}
        answer = self.rpc(model, "onchange", *arguments, context=chosen)
        self.assertIn(str(BRUGES), answer["warning"]["message"])

    def test_the_name_of_a_login_names_companies_of_the_reader_alone(self):
        in_ghent = self.separate(self.ghent, GHENT)
        self.separate(self.bruges, BRUGES)
        shown = {"connection_id": {"fields": {"display_name": {}}}}

        def name_for(user):
            self.log_in_as(user)
            companies = {"allowed_company_ids": user.company_ids.ids}
            arguments = "exact.administration", "web_read", in_ghent.ids, shown
            [seen] = self.rpc(*arguments, context=companies)
            return seen["connection_id"]["display_name"]

        name = name_for(self.manager_of(self.ghent))
        self.assertIn("for Ghent", name)
        self.assertNotIn(self.bruges.name, name)
        self.assertNotIn(self.company.name, name)
        self.assertIn("Ghent, Bruges", name_for(self.user_of(self.ghent, self.bruges)))

    def test_an_administrator_of_odoo_sets_up_branches_too(self):
        """As he may anyway, by writing on the companies."""
        user = self.user_of(
            self.company,
            self.ghent,
            groups="base.group_system,account.group_account_manager",
            login="administrator",
        )
        self.assertFalse(user.has_group("optedo_exact.group_exact_manager"))
        self.log_in_as(user)
        chosen = {"context": {"allowed_company_ids": user.company_ids.ids}}
        here = self.administration.ids
        values = {"separate_per_location": True}
        self.rpc("exact.administration", "write", here, values, **chosen)
        page = self.rpc("res.company", "action_exact_own", self.ghent.ids, **chosen)
        [shown] = self.rpc(
            page["res_model"], "read", [page["res_id"]], ["to_name"], **chosen
        )
        self.assertIn("of its own", shown["to_name"])
        own = self.rpc(page["res_model"], "action_move", [page["res_id"]], **chosen)
        self.assertTrue(self.ghent.exact_has_own)
        page = self.rpc(
            own["res_model"], "action_choose_login", [own["res_id"]], **chosen
        )
        self.rpc(page["res_model"], "action_use", [page["res_id"]], **chosen)
        in_ghent = self.ghent.exact_administration_id
        self.assertNotEqual(in_ghent.connection_id, self.connection)
        [card] = self.rpc(
            "exact.administration", "read", in_ghent.ids, ["way_out"], **chosen
        )
        self.assertEqual(card["way_out"], "Log in to Exact")
