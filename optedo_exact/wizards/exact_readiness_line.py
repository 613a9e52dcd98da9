from odoo import api, fields, models

from ..models import issues


class ExactReadinessLine(models.TransientModel):
    """What is missing or should be looked at before invoices go, with a link (C2).

    Made when the page is opened, for who opens it.
    """

    _name = "exact.readiness.line"
    _description = "What Is Missing for Exact Online"
    _order = "id"

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    subject = fields.Char("What", readonly=True)
    text = fields.Char("Why", readonly=True)
    holds_back = fields.Boolean(
        "Keeps invoices back",
        readonly=True,
        help="Invoices that need it are not booked before it is mended.",
    )
    invoice_count = fields.Integer("Invoices to book", readonly=True)
    link_model = fields.Char(readonly=True)
    link_ids = fields.Json(readonly=True)

    @api.model
    def _action_list(self, administration):
        """The page, made anew."""
        mine = [
            ("administration_id", "=", administration.id),
            ("create_uid", "=", self.env.uid),
        ]
        self.search(mine).unlink()
        # Who sets up need not have a right in accounting.
        seen = administration.sudo()
        rows = [
            *self._start_rows(seen),
            *self._mapping_rows(seen),
            *self._default_account_rows(seen),
            *self._number_rows(seen),
            *self._journal_rows(seen),
            *self._payment_rows(seen),
        ]
        self.create([{"administration_id": administration.id} | row for row in rows])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What is missing"),
            "res_model": self._name,
            "view_mode": "list",
            "views": [(False, "list")],
            "domain": mine,
            "help": self.env._("Nothing is missing: invoices can be booked."),
        }

    @api.model
    def _mapping_rows(self, administration) -> list[dict]:
        kinds = dict(
            self.env["exact.mapping"]._fields["kind"]._description_selection(self.env)
        )
        return [
            {
                "subject": f"{kinds[row.kind]}: {row.source_name}",
                "text": row._problem_text(),
                "holds_back": row.problem != "changed",
                "invoice_count": row.invoice_count,
                "link_model": row._name,
                "link_ids": row.ids,
            }
            for row in administration._missing_mappings()
        ]

    @api.model
    def _start_rows(self, administration) -> list[dict]:
        if administration._has_start():
            return []
        return [
            {
                "subject": self.env._("Start of the export"),
                "text": issues.sentence(self.env, "start_missing"),
                "holds_back": True,
                "invoice_count": self._count_to_book(administration),
                "link_model": administration._name,
                "link_ids": administration.ids,
            }
        ]

    @api.model
    def _count_to_book(self, administration) -> int:
        domain = administration._to_book_domain()
        return administration.env["account.move"].search_count(domain)

    @api.model
    def _default_account_rows(self, administration) -> list[dict]:
        return [
            {
                "subject": self.env._("Default ledger account"),
                "text": text,
                "holds_back": not administration.default_gl_account_id._usable(),
                "invoice_count": self._count_to_book(administration),
                "link_model": administration._name,
                "link_ids": administration.ids,
            }
            for text in administration._default_account_problems()
        ]

    @api.model
    def _number_rows(self, administration) -> list[dict]:
        return [
            {
                "subject": self.env._("Entry number"),
                "text": text,
                "holds_back": True,
                "invoice_count": len(move_ids),
                "link_model": "account.move",
                "link_ids": move_ids,
            }
            for text, move_ids in administration._number_problems()
        ]

    @api.model
    def _journal_rows(self, administration) -> list[dict]:
        rows = administration.journal_mapping_ids.filtered("journal_warning")
        return [
            {
                "subject": row.source_name,
                "text": row.journal_warning,
                "invoice_count": row.invoice_count,
                "link_model": row._name,
                "link_ids": row.ids,
            }
            for row in rows
        ]

    @api.model
    def _payment_rows(self, administration) -> list[dict]:
        return [
            {
                "subject": self.env._("Payments"),
                "text": text,
                "link_model": administration._name,
                "link_ids": administration.ids,
            }
            for text in administration._payment_problems()
        ]

    def action_open(self):
        """The place where this is mended."""
        self.ensure_one()
        records = self.env[self.link_model].browse(self.link_ids).exists()
        if records._name == "exact.mapping":
            return {
                "type": "ir.actions.act_window",
                "name": self.env._("Codes to choose"),
                "res_model": records._name,
                "view_mode": "list",
                "domain": [("id", "in", records.ids)],
            }
        return records._get_records_action(name=self.subject)
