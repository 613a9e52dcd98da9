from odoo import api, fields, models

from .exact_administration_options import HARD_TO_CHANGE
from .guards import changed_fields, secret_last

# What is only right together.
TOGETHER = (
    "payment_tolerance",
    "write_off_account_id",
    "export_scheduled",
    "export_from",
    "export_every_invoice",
)


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    external_accounting = fields.Selection(
        related="company_id.external_accounting", readonly=False, required=True
    )
    exact_administration_id = fields.Many2one(
        related="company_id.exact_administration_id"
    )
    exact_separate_per_location = fields.Boolean(
        related="company_id.exact_separate_per_location", readonly=False
    )
    exact_is_branch = fields.Boolean(compute="_compute_exact_place")
    exact_has_branches = fields.Boolean(compute="_compute_exact_place")
    exact_company_id = fields.Many2one(
        related="exact_administration_id.company_id", string="Exact Online set up on"
    )
    exact_connection_state = fields.Selection(
        related="exact_administration_id.connection_id.state"
    )
    exact_issue_message = fields.Text(
        related="exact_administration_id.connection_id.issue_message"
    )
    exact_site = fields.Selection(
        related="exact_administration_id.connection_id.site", readonly=False
    )
    exact_base_url = fields.Char(
        related="exact_administration_id.connection_id.base_url", readonly=False
    )
    exact_client_id = fields.Char(
        related="exact_administration_id.connection_id.client_id", readonly=False
    )
    exact_client_secret = fields.Char(
        related="exact_administration_id.connection_id.client_secret", readonly=False
    )
    exact_has_client_secret = fields.Boolean(
        related="exact_administration_id.connection_id.has_client_secret"
    )
    exact_redirect_uri = fields.Char(
        related="exact_administration_id.connection_id.redirect_uri"
    )
    exact_login_name = fields.Char(
        related="exact_administration_id.connection_id.login_name"
    )
    exact_name = fields.Char(related="exact_administration_id.name")
    exact_division = fields.Integer(related="exact_administration_id.division")
    exact_import_payments = fields.Boolean(
        related="exact_administration_id.import_payments", readonly=False
    )
    exact_payment_interval = fields.Integer(
        related="exact_administration_id.payment_interval", readonly=False
    )
    exact_payments_read_at = fields.Datetime(
        related="exact_administration_id.payments_read_at"
    )
    exact_next_payment_check_at = fields.Datetime(
        related="exact_administration_id.next_payment_check_at"
    )
    exact_payment_journal_id = fields.Many2one(
        related="exact_administration_id.payment_journal_id"
    )
    exact_payment_tolerance = fields.Integer(
        related="exact_administration_id.payment_tolerance", readonly=False
    )
    exact_write_off_account_id = fields.Many2one(
        related="exact_administration_id.write_off_account_id", readonly=False
    )
    exact_write_off_gain_account_id = fields.Many2one(
        related="exact_administration_id.write_off_gain_account_id", readonly=False
    )
    exact_keep_surplus = fields.Boolean(
        related="exact_administration_id.keep_surplus", readonly=False
    )
    exact_payment_share = fields.Integer(
        related="exact_administration_id.payment_share", readonly=False
    )
    exact_use_webhooks = fields.Boolean(
        related="exact_administration_id.use_webhooks", readonly=False
    )
    exact_webhook_secret = fields.Char(
        related="exact_administration_id.connection_id.webhook_secret", readonly=False
    )
    exact_has_webhook_secret = fields.Boolean(
        related="exact_administration_id.connection_id.has_webhook_secret"
    )
    exact_webhook_url = fields.Char(
        related="exact_administration_id.connection_id.webhook_url"
    )
    exact_import_bills = fields.Selection(
        related="exact_administration_id.import_bills", readonly=False
    )
    exact_import_bills_from = fields.Date(
        related="exact_administration_id.import_bills_from", readonly=False
    )
    exact_bills_started = fields.Boolean(
        related="exact_administration_id.bills_started"
    )
    exact_peppol_receiver = fields.Selection(
        related="exact_administration_id.peppol_receiver", readonly=False
    )
    exact_supplier_payer = fields.Selection(
        related="exact_administration_id.supplier_payer", readonly=False
    )
    exact_bill_flow_text = fields.Char(related="exact_administration_id.bill_flow_text")
    exact_bill_flow_warning = fields.Char(
        related="exact_administration_id.bill_flow_warning"
    )
    exact_export_from = fields.Date(
        related="exact_administration_id.export_from", readonly=False
    )
    exact_export_every_invoice = fields.Boolean(
        related="exact_administration_id.export_every_invoice", readonly=False
    )
    exact_default_gl_account_eu_id = fields.Many2one(
        related="exact_administration_id.default_gl_account_eu_id", readonly=False
    )
    exact_default_gl_account_export_id = fields.Many2one(
        related="exact_administration_id.default_gl_account_export_id", readonly=False
    )
    exact_login_warning = fields.Text(related="exact_administration_id.login_warning")
    exact_waiting_count = fields.Integer(
        related="exact_administration_id.waiting_count", string="Waiting invoices"
    )
    exact_responsible_id = fields.Many2one(
        related="exact_administration_id.responsible_id", readonly=False
    )
    exact_call_log_days = fields.Integer(
        related="exact_administration_id.call_log_days", readonly=False
    )
    exact_ask_after_confirm = fields.Boolean(
        related="exact_administration_id.ask_after_confirm", readonly=False
    )
    exact_use_exact_entry_number = fields.Boolean(
        related="exact_administration_id.use_exact_entry_number", readonly=False
    )
    exact_use_exact_customer_code = fields.Boolean(
        related="exact_administration_id.use_exact_customer_code", readonly=False
    )
    exact_update_customer_on_export = fields.Boolean(
        related="exact_administration_id.update_customer_on_export", readonly=False
    )
    exact_update_all_customers_on_bulk = fields.Boolean(
        related="exact_administration_id.update_all_customers_on_bulk", readonly=False
    )
    exact_customer_update_text = fields.Char(
        related="exact_administration_id.customer_update_text"
    )
    exact_on_error = fields.Selection(
        related="exact_administration_id.on_error", readonly=False
    )
    exact_export_scheduled = fields.Boolean(
        related="exact_administration_id.export_scheduled", readonly=False
    )
    exact_export_weekday_ids = fields.Many2many(
        related="exact_administration_id.export_weekday_ids", readonly=False
    )
    exact_export_hour = fields.Float(
        related="exact_administration_id.export_hour", readonly=False
    )
    exact_next_export_at = fields.Datetime(
        related="exact_administration_id.next_export_at"
    )
    exact_use_billing_account = fields.Boolean(
        related="exact_administration_id.use_billing_account", readonly=False
    )
    exact_collective_partner_id = fields.Many2one(
        related="exact_administration_id.collective_partner_id", readonly=False
    )
    exact_group_lines_by_vat = fields.Boolean(
        related="exact_administration_id.group_lines_by_vat", readonly=False
    )
    exact_export_bills = fields.Selection(
        related="exact_administration_id.export_bills", readonly=False
    )
    exact_postbox_email = fields.Char(
        related="exact_administration_id.postbox_email", readonly=False
    )
    exact_postbox_from = fields.Char(
        related="exact_administration_id.postbox_from", readonly=False
    )
    exact_deliver_draft_bills = fields.Boolean(
        related="exact_administration_id.deliver_draft_bills", readonly=False
    )
    exact_bill_patience_days = fields.Integer(
        related="exact_administration_id.bill_patience_days", readonly=False
    )
    exact_attach_pdf = fields.Boolean(
        related="exact_administration_id.attach_pdf", readonly=False
    )
    exact_loosen_edit_after_export = fields.Boolean(
        related="exact_administration_id.loosen_edit_after_export", readonly=False
    )
    exact_require_line_gl_account = fields.Boolean(
        related="exact_administration_id.require_line_gl_account", readonly=False
    )
    exact_block_confirm_without_gl_account = fields.Boolean(
        related="exact_administration_id.block_confirm_without_gl_account",
        readonly=False,
    )
    exact_default_gl_account_eu_id = fields.Many2one(
        related="exact_administration_id.default_gl_account_eu_id", readonly=False
    )
    exact_default_gl_account_export_id = fields.Many2one(
        related="exact_administration_id.default_gl_account_export_id", readonly=False
    )
    exact_cost_center_plan_id = fields.Many2one(
        related="exact_administration_id.cost_center_plan_id", readonly=False
    )
    exact_cost_unit_plan_id = fields.Many2one(
        related="exact_administration_id.cost_unit_plan_id", readonly=False
    )
    exact_use_line_gl_account = fields.Boolean(
        related="exact_administration_id.use_line_gl_account", readonly=False
    )
    exact_default_gl_account_id = fields.Many2one(
        related="exact_administration_id.default_gl_account_id", readonly=False
    )

    @api.depends("company_id")
    def _compute_exact_place(self):
        for settings in self:
            company = settings.company_id
            settings.exact_is_branch = bool(company.parent_id)
            settings.exact_has_branches = bool(
                not company.parent_id and company.sudo().child_ids
            )

    @api.onchange("exact_separate_per_location")
    def _onchange_exact_separate_per_location(self):
        company = self.company_id._origin or self.company_id
        return company._exact_warn_of_switch(self.exact_separate_per_location)

    @api.model_create_multi
    def create(self, vals_list):
        # The form sends empty options along with the choice that makes their place.
        for vals in vals_list:
            company = self.env["res.company"].browse(
                vals.get("company_id") or self.env.company.id
            )
            if not company.exact_administration_id:
                for name in [name for name in vals if name.startswith("exact_")]:
                    del vals[name]
            self._write_together(company.exact_administration_id, vals)
        return super().create(
            [secret_last(vals, "exact_client_secret") for vals in vals_list]
        )

    @staticmethod
    def _write_together(administration, vals: dict) -> None:
        """Write what is only right together, and take it out of ``vals``.

        Related fields are written one by one, so each would be checked alone.
        """
        together = {
            name: vals.pop(f"exact_{name}")
            for name in TOGETHER
            if f"exact_{name}" in vals
        }
        changes = changed_fields(administration, together) if together else ()
        if changes:
            administration.write({name: together[name] for name in changes})

    @api.onchange(*(f"exact_{name}" for name in HARD_TO_CHANGE))
    def _onchange_exact_hard_to_change(self):
        administration = self.exact_administration_id
        return administration._warn_of_change(
            [
                name
                for name in HARD_TO_CHANGE
                if administration and self[f"exact_{name}"] != administration[name]
            ]
        )

    @api.onchange("exact_import_payments")
    def _onchange_exact_import_payments(self):
        administration = self.exact_administration_id
        if self.exact_import_payments and not administration.import_payments:
            return administration._statement_warning()
        return None

    @api.onchange("exact_export_from")
    def _onchange_exact_export_from(self):
        if self.exact_export_from:
            self.exact_export_every_invoice = False

    def action_exact_connect(self):
        return self.exact_administration_id.action_connect()

    def action_exact_disconnect(self):
        return self.exact_administration_id.action_disconnect()

    def action_exact_test(self):
        return self.exact_administration_id.action_test()

    def action_exact_check_payments(self):
        return self.exact_administration_id.action_check_payments()

    def action_exact_setup(self):
        return self.exact_administration_id._action_form()

    def action_exact_test_postbox(self):
        return self.exact_administration_id.action_test_postbox()

    def action_exact_synchronise(self):
        return self.exact_administration_id.action_synchronise()
