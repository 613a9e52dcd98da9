from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .locations import BRUGES, GHENT, LocationsCommon


class TestCopyCodes(LocationsCommon):
    """Codes of another administration, taken over after a look (product A5)."""

    def setUp(self):
        super().setUp()
        self.connect()
        self.in_ghent = self.separate(self.ghent, GHENT)
        self.in_ghent.mapping_ids.reference_id = False
        self.in_ghent.default_gl_account_id = False

    def look(self, administration=None, user=None):
        administration = administration or self.in_ghent
        user = user or self.env.user
        companies = {"allowed_company_ids": user.company_ids.ids}
        page = administration.with_user(user).with_context(**companies)
        action = page.action_copy_codes()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        return wizard.with_user(user).with_context(**companies)

    @staticmethod
    def line(wizard, name, kind="tax"):
        [line] = wizard.line_ids.filtered(
            lambda line: (line.name, line.kind) == (name, kind)
        )
        return line

    def row(self, kind, record, administration=None):
        return self.env["exact.mapping"]._get(
            administration or self.in_ghent, kind, record
        )

    def there(self, kind, code):
        """A code of the list of Ghent."""
        return self.in_ghent.reference_ids.filtered(
            lambda r: (r.kind, r.code) == (kind, code)
        )

    def test_it_shows_what_would_be_chosen_and_changes_nothing_by_that(self):
        wizard = self.look()
        self.assertEqual(wizard.other_id, self.administration)
        tax = self.line(wizard, self.tax.display_name)
        code = self.there("vat_code", self.vat_code)
        self.assertEqual((tax.result, tax.here), ("take", code.display_name))
        self.assertFalse(self.in_ghent.mapping_ids.reference_id)
        self.assertGreater(wizard.take_count, 1)
        wizard.action_take()
        self.assertEqual(self.row("tax", self.tax).reference_id, code)
        self.assertEqual(self.in_ghent.default_gl_account_id.code, self.gl_account)
        again = self.look()
        self.assertEqual((again.take_count, again.refused_count), (0, 0))
        self.assertEqual(again.kept_count, wizard.take_count)

    def test_what_is_not_the_same_is_left_to_a_person_with_the_reason(self):
        code = self.there("vat_code", self.vat_code).sudo()
        name = self.tax.display_name
        was = dict(code.attributes)
        other_rate = was | {"Rates": [["0.99", None, None]], "Charged": True}
        for change, reason in (
            ({"attributes": other_rate}, "another one here: rate, reverse charge"),
            ({"attributes": was, "blocked": True}, "blocked here"),
            ({"blocked": False, "gone": True}, "no longer in Exact here"),
            ({"gone": False, "code": "X9"}, f"no {self.vat_code} here"),
        ):
            code.write(change)
            wizard = self.look()
            line = self.line(wizard, name)
            self.assertEqual(line.result, "refused", reason)
            self.assertIn(reason, line.reason)
            wizard.action_take()
            self.assertFalse(self.row("tax", self.tax).reference_id, reason)

    def test_what_was_chosen_here_stays(self):
        mine = self.there("vat_code", "N")
        self.row("tax", self.tax).reference_id = mine
        wizard = self.look()
        line = self.line(wizard, self.tax.display_name)
        self.assertEqual((line.result, line.here), ("kept", mine.display_name))
        wizard.action_take()
        self.assertEqual(self.row("tax", self.tax).reference_id, mine)

    def test_vat_codes_of_another_country_are_left_to_a_person(self):
        self.ghent.sudo().account_fiscal_country_id = self.env.ref("base.nl")
        wizard = self.look()
        taxes = wizard.line_ids.filtered(lambda line: line.kind == "tax")
        self.assertEqual(set(taxes.mapped("result")), {"refused"})
        self.assertIn("Belgium", taxes[0].reason)
        journal = wizard.line_ids.filtered(lambda line: line.kind == "journal")
        self.assertEqual(set(journal.mapped("result")), {"take"})

    def test_a_journal_of_a_sister_is_found_by_its_likeness(self):
        in_bruges = self.separate(self.bruges, BRUGES)
        journals = self.env["account.journal"].sudo()
        values = {"name": "Shop", "code": "SHOP", "type": "sale"}
        of_bruges, of_ghent, lone = journals.create(
            [
                values | {"company_id": self.bruges.id},
                values | {"company_id": self.ghent.id},
                values | {"company_id": self.bruges.id, "code": "LONE", "name": "L"},
            ]
        )
        sales = in_bruges.reference_ids.filtered(
            lambda r: (r.kind, r.code) == ("journal", "70")
        )
        for journal in (of_bruges, lone):
            self.env["exact.mapping"].create(
                {
                    "administration_id": in_bruges.id,
                    "kind": "journal",
                    "journal_id": journal.id,
                    "reference_id": sales.id,
                }
            )
        wizard = self.look()
        form = Form(wizard)
        form.other_id = in_bruges
        form.save()
        found = wizard._lines()
        refused = [v for _c, _i, v in found if v["reason"].startswith("Ghent has no")]
        self.assertEqual([v["name"] for v in refused], [lone.display_name])
        wizard.action_take()
        self.assertEqual(self.row("journal", of_ghent).reference_id.code, "70")
        self.assertFalse(self.row("journal", lone))

    def test_only_codes_that_the_user_may_see_are_offered(self):
        in_bruges = self.separate(self.bruges, BRUGES)
        manager = self.manager_of(self.ghent)
        with self.assertRaisesRegex(UserError, "No other administration"):
            self.look(user=manager)
        page = self.in_ghent.with_user(manager)
        self.assertFalse(page.may_copy_codes)
        # Nor by the id of one that is not offered.
        wizard = self.env["exact.copy.codes"].with_user(manager)
        with self.assertRaises(AccessError):
            wizard.create(
                {"administration_id": self.in_ghent.id, "other_id": in_bruges.id}
            ).action_take()
        self.assertFalse(self.in_ghent.mapping_ids.reference_id)
        both = self.manager_of(self.bruges, self.ghent)
        self.assertEqual(self.look(user=both).offered_ids, in_bruges)
        clerk = self.user_of(self.ghent, self.bruges)
        with self.assertRaises(AccessError):
            self.look(user=clerk)

    def test_codes_that_bills_come_in_from_go_along_each_to_one_place(self):
        journals = self.env["account.journal"].sudo()
        values = {"type": "purchase", "company_id": self.company.id}
        purchases, other = journals.create(
            [
                values | {"name": "P1", "code": "P1"},
                values | {"name": "P2", "code": "P2"},
            ]
        )
        mappings = self.env["exact.mapping"]
        own = self.administration.reference_ids
        code = own.filtered(lambda r: (r.kind, r.type) == ("journal", "22"))[:1]
        mappings.create(
            {
                "administration_id": self.administration.id,
                "kind": "journal",
                "journal_id": purchases.id,
                "bill_reference_ids": code.ids,
            }
        )
        here = self.there("journal", code.code)
        elsewhere = mappings.create(
            {
                "administration_id": self.in_ghent.id,
                "kind": "journal",
                "journal_id": other.id,
                "bill_reference_ids": here.ids,
            }
        )
        name = f"{purchases.display_name}, bills that come in"
        line = self.line(self.look(), name, "journal")
        self.assertEqual(line.result, "refused")
        self.assertIn(other.display_name, line.reason)
        elsewhere.unlink()
        self.look().action_take()
        self.assertEqual(self.row("journal", purchases).bill_reference_ids, here)
        self.assertEqual(self.line(self.look(), name, "journal").result, "kept")

    def test_codes_of_bills_go_along_where_the_company_gets_a_new_administration(self):
        old, chart = self.administration, self.env["account.chart.template"]
        charged = chart.with_company(self.company).ref("attn_VAT-IN-V81-21-CC")
        cost = self.company_data["default_account_expense"]
        coming = {
            self.map("account", cost, "612000"): ("604000", "610000"),
            self.map("tax", charged, "AMC"): ("AIM",),
        }
        for mapping, codes in coming.items():
            mapping.bill_reference_ids = old.reference_ids.filtered(
                lambda r, m=mapping, c=codes: r.kind == m.reference_kind and r.code in c
            )
            self.assertEqual(len(mapping.bill_reference_ids), len(codes))
        with self.side_cursors() as env:
            new = old.with_env(env).sudo()._set_division(BRUGES, "New books")
            env.cr.commit()
            new = new.with_env(env)
            new.action_read_references()
            action = new._action_look_at_codes(old.with_env(env))
            env[action["res_model"]].browse(action["res_id"]).action_take()
            env.cr.commit()
        self.env.invalidate_all()
        new = self.company.exact_administration_id
        self.assertNotEqual(new, old)
        for mapping, codes in coming.items():
            mine = self.row(mapping.kind, mapping._source(), new)
            self.assertEqual(mine.reference_id.code, mapping.reference_id.code)
            self.assertEqual(set(mine.bill_reference_ids.mapped("code")), set(codes))
            self.assertEqual(mine.bill_reference_ids.administration_id, new)
