from odoo import api, models
from odoo.tools import SQL

from .account_move import SALES
from .exact_mapping import KINDS, MAY_BE_EMPTY


class ExactMapping(models.Model):
    """What the sales of a company use, so that nothing is missed in the lists (C2)."""

    _inherit = "exact.mapping"

    @api.model
    def _list_used(self, administration) -> None:
        """Add a row, still without a code, for everything in use."""
        purchases = self._used_purchases(administration)
        for kind, records in self._used(administration).items():
            records |= purchases.get(kind, records.browse())
            field = KINDS[kind][0]
            rows = self.search(
                [("administration_id", "=", administration.id), ("kind", "=", kind)]
            )
            self.create(
                [
                    {
                        "administration_id": administration.id,
                        "kind": kind,
                        field: record.id,
                    }
                    for record in records - rows[field]
                ]
            )
            if kind in MAY_BE_EMPTY and all(row[field] for row in rows):
                self.create({"administration_id": administration.id, "kind": kind})

    @api.model
    def _used(self, administration) -> dict:
        """What the sales of the company use, per kind."""
        company, locations = administration.company_id, administration._locations()
        lines = self.env["account.move.line"]
        sales = [
            ("company_id", "in", locations.ids),
            ("move_type", "in", SALES),
            ("display_type", "=", "product"),
        ]

        def used(field):
            return self.env[lines._fields[field].comodel_name].union(
                *(value for [value] in lines._read_group(sales, [field]))
            )

        journals = self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(company | locations),
                ("type", "=", "sale"),
            ]
        )
        taxes = used("tax_ids") | self._default_tax(company, "account_sale_tax_id")
        terms = self.env["account.move"]._read_group(
            [
                ("company_id", "in", locations.ids),
                ("move_type", "in", SALES),
                ("invoice_payment_term_id", "!=", False),
            ],
            ["invoice_payment_term_id"],
        )
        return {
            "journal": journals,
            "tax": taxes.flatten_taxes_hierarchy(),
            "account": used("account_id"),
            "payment_term": self.env["account.payment.term"].union(
                *(term for [term] in terms)
            ),
            **self._used_analytic(administration, sales),
        }

    @api.model
    def _default_tax(self, company, name: str):
        """The tax that new products get; a branch has that of the main company
        (odoo/addons/account/models/product.py)."""
        return company[name] or company.root_id.sudo()[name]

    @api.model
    def _used_purchases(self, administration) -> dict:
        """What vendor bills of the company use, where they come from Exact."""
        company = administration.company_id
        if administration.import_bills == "no":
            return {}
        journals = self.env["account.journal"]
        return {
            "journal": journals.search(
                [*journals._check_company_domain(company), ("type", "=", "purchase")]
            ),
            "tax": self._default_tax(company, "account_purchase_tax_id"),
        }

    @api.model
    def _used_analytic(self, administration, sales: list) -> dict:
        """The analytic accounts in use of the plans that are chosen, per kind."""
        plans = {
            "cost_center": administration.cost_center_plan_id,
            "cost_unit": administration.cost_unit_plan_id,
        }
        accounts = self.env["account.analytic.account"]
        if any(plans.values()):
            accounts = accounts.browse(self._count_analytic(sales)).exists()
        return {
            kind: accounts.filtered(lambda a, plan=plan: a.root_plan_id == plan)
            for kind, plan in plans.items()
            if administration.reference_ids.filtered(lambda r, k=kind: r.kind == k)
        }

    @api.model
    def _count_analytic(self, domain: list) -> dict[int, int]:
        """Invoices per analytic account, over the journal items of a domain.

        In SQL: a distribution is JSON whose keys are accounts, joined by commas
        (odoo/addons/analytic/models/analytic_mixin.py).
        """
        self.env["account.move.line"].flush_model(["analytic_distribution"])
        lines = self.env["account.move.line"]._search(domain).subselect()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account::int, COUNT(DISTINCT line.move_id)
                  FROM account_move_line line,
                       jsonb_object_keys(line.analytic_distribution) AS accounts,
                       regexp_split_to_table(accounts, ',') AS account
                 WHERE line.id IN %s
                   AND jsonb_typeof(line.analytic_distribution) = 'object'
                 GROUP BY account
                """,
                lines,
            )
        )
        return dict(rows)
