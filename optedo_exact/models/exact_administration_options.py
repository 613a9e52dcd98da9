from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Numbers and codes that stand in Exact do not follow a later choice.
HARD_TO_CHANGE = (
    "use_exact_entry_number",
    "use_exact_customer_code",
    "use_billing_account",
)
DEFAULT_GL_ACCOUNTS = (
    "default_gl_account_id",
    "default_gl_account_eu_id",
    "default_gl_account_export_id",
)


class ExactAdministration(models.Model):
    """The options of an administration (product B), and what a change of them means."""

    _inherit = "exact.administration"

    import_payments = fields.Boolean(
        "Import payments from Exact",
        tracking=True,
        help="Payments that are booked on an exported invoice in Exact are registered "
        "on it in Odoo, on a journal of their own.",
    )
    payment_journal_id = fields.Many2one(
        "account.journal",
        readonly=True,
        ondelete="restrict",
        help="The clearing journal of the payments that come from Exact. It has no "
        "bank account and no statements.",
    )
    payment_tolerance = fields.Integer(
        "Tolerance for payments (cents)",
        tracking=True,
        help="Once something was received on an invoice, a rest of at most this amount "
        "is written off in Odoo and the invoice is paid; the same for what is paid on "
        "credit notes and bills. Exact is not changed. 0: nothing is written off.",
    )
    write_off_account_id = fields.Many2one(
        "account.account",
        "Account for differences",
        domain="[('account_type', 'in', ('income', 'income_other', 'expense',"
        " 'expense_direct_cost')), ('active', '=', True)]",
        check_company=True,
        tracking=True,
        help="Where Odoo books a rest within the tolerance, and the payment "
        "differences and write-offs that were booked in Exact. Empty: these stand on "
        "the clearing journal like money.",
    )
    write_off_gain_account_id = fields.Many2one(
        "account.account",
        "Account for differences in our favour",
        domain="[('account_type', 'in', ('income', 'income_other', 'expense',"
        " 'expense_direct_cost')), ('active', '=', True)]",
        check_company=True,
        tracking=True,
        help="Where Odoo books the differences that are a gain, such as a rest of a "
        "vendor bill or of a credit note. Empty: on the account for differences too.",
    )
    payment_share = fields.Integer(
        "Ask before a check settles more than (%)",
        default=30,
        tracking=True,
        help="Where one check would settle more than this share of the open invoices, "
        "and more than 20, it stops and asks: the list that Exact sent may be broken. "
        "100: it never asks.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False)]",
        tracking=True,
        help="Gets one task per cause where invoices cannot be booked, and where an "
        "automatic run failed; it goes away by itself when the cause is gone. Empty: "
        "who logged in to Exact.",
    )
    call_log_days = fields.Integer(
        "Keep the call log for (days)",
        default=60,
        tracking=True,
        help="How long the calls to Exact stay in the log. Who booked, removed or "
        "marked an invoice is kept as long as the invoice.",
    )
    export_from = fields.Date(
        "Export invoices dated from",
        tracking=True,
        help="Older invoices are never offered for booking: they stand in the former "
        "bookkeeping. One of them can still be booked from its own form, after a "
        "question.",
    )
    export_every_invoice = fields.Boolean(
        "Export every invoice",
        tracking=True,
        help="There is no start date: every confirmed invoice that is not in Exact yet "
        "is offered for booking, however old.",
    )
    ask_after_confirm = fields.Boolean(
        "Ask to book after confirming",
        default=True,
        tracking=True,
        help="Right after an invoice is confirmed, Odoo asks whether to book it in "
        "Exact. Off: invoices are booked by hand.",
    )
    use_exact_entry_number = fields.Boolean(
        "Use Exact's entry numbers",
        default=True,
        tracking=True,
        help="On: Exact gives each booking its next entry number. Off: Odoo's number "
        "goes along, digits only (FAC-2020-0001 becomes 20200001). Odoo's own number "
        "stays as it is, and can be found in Exact under Your reference.",
    )
    use_exact_customer_code = fields.Boolean(
        "Use Exact's customer codes",
        default=True,
        tracking=True,
        help="On: Exact gives a new customer its next code. Off: the customer's "
        "reference in Odoo goes along, digits only (KLANT-00001 becomes 00001), and an "
        "account in Exact with that code is the customer where its name or number "
        "agrees.",
    )
    update_customer_on_export = fields.Boolean(
        "Update the customer when an invoice is booked",
        tracking=True,
        help="On: name, address, numbers and e-mail of the customer in Exact become "
        "those of Odoo whenever they changed. An older invoice never overwrites what a "
        "newer one brought. Off: an existing customer stays as it is in Exact.",
    )
    use_billing_account = fields.Boolean(
        "Use billing accounts",
        tracking=True,
        help="On: a billing address of a customer names the account that Exact must "
        "see as customer, and an invoice to that address is booked on it; the customer "
        "itself stays untouched in Exact. Off: every invoice of a customer is booked "
        "on the customer.",
    )
    attach_pdf = fields.Boolean(
        "Attach what was sent to the customer",
        tracking=True,
        help="On: the PDF of a booked invoice, and its structured file (such as UBL) "
        "where there is one, are attached to the entry in Exact. They go once the "
        "invoice was sent or printed; invoices booked before this was switched on get "
        "none by themselves. It costs a call to Exact a file and one more. Off: the "
        "entry in Exact has no files.",
    )
    collective_partner_id = fields.Many2one(
        "res.partner",
        "Account for consumers",
        domain="[('parent_id', '=', False), ('company_id', 'in', (False, company_id))]",
        ondelete="restrict",
        copy=False,
        tracking=True,
        help="Invoices of persons without a VAT number are booked on this customer "
        "in Exact, so that not every consumer becomes an account there. The invoice's "
        "number and name stand in the description. Empty: each of them has an account.",
    )
    loosen_edit_after_export = fields.Boolean(
        "Everything can be changed after booking",
        tracking=True,
        help="On: who has the right 'Editing after booking in Exact Online' may also "
        "change what went to Exact; the entry in Exact stays as it is, and the invoice "
        "shows what differs. Off: what went to Exact is changed by nobody while it "
        "stands there.",
    )
    group_lines_by_vat = fields.Boolean(
        "Group invoice lines per VAT code",
        tracking=True,
        help="On: the booking in Exact has one line with totals per VAT code and "
        "ledger account. Off: every invoice line is a line in Exact.",
    )
    use_line_gl_account = fields.Boolean(
        "Use ledger accounts on invoice lines",
        tracking=True,
        help="On: a line is booked on the Exact ledger account chosen for its account "
        "in Odoo, and on the default where none is chosen. Off: every line is booked "
        "on the default ledger account.",
    )
    require_line_gl_account = fields.Boolean(
        "Ledger account is mandatory on lines",
        tracking=True,
        help="On: an invoice with a line whose account has no ledger account in Exact "
        "is not booked, and the lines are named. Off: such a line is booked on the "
        "default ledger account.",
    )
    default_gl_account_eu_id = fields.Many2one(
        "exact.reference",
        "Default ledger account, EU",
        domain="[('administration_id', '=', id), ('kind', '=', 'gl_account'),"
        " ('gone', '=', False)]",
        copy=False,
        tracking=True,
        help="For customers in another country of the European Union; empty: the "
        "default.",
    )
    default_gl_account_export_id = fields.Many2one(
        "exact.reference",
        "Default ledger account, export",
        domain="[('administration_id', '=', id), ('kind', '=', 'gl_account'),"
        " ('gone', '=', False)]",
        copy=False,
        tracking=True,
        help="For customers outside the European Union; empty: the default.",
    )
    block_confirm_without_gl_account = fields.Boolean(
        "Refuse to confirm without ledger account",
        tracking=True,
        help="On: an invoice with a line whose account has no ledger account in Exact "
        "cannot even be confirmed in Odoo. Off: it is confirmed, and waits for the "
        "ledger account before it goes to Exact.",
    )
    cost_center_plan_id = fields.Many2one(
        "account.analytic.plan",
        "Cost centres from plan",
        domain="[('parent_id', '=', False)]",
        tracking=True,
        help="The analytic accounts of this plan on invoice lines become cost centres "
        "in Exact, as chosen under Cost centres; a line over several is split. Empty: "
        "no cost centre goes along, but for the one for lines without.",
    )
    cost_unit_plan_id = fields.Many2one(
        "account.analytic.plan",
        "Cost units from plan",
        domain="[('parent_id', '=', False)]",
        tracking=True,
        help="The analytic accounts of this plan on invoice lines become cost units in "
        "Exact, as chosen under Cost units.",
    )
    default_gl_account_id = fields.Many2one(
        "exact.reference",
        "Default ledger account",
        domain="[('administration_id', '=', id), ('kind', '=', 'gl_account'),"
        " ('gone', '=', False)]",
        copy=False,
        tracking=True,
        help="The ledger account in Exact for lines without one of their own.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        administrations = super().create(vals_list)
        administrations.filtered("import_payments").sudo()._create_payment_journal()
        return administrations

    def write(self, vals):
        result = super().write(vals)
        if vals.get("import_payments"):
            self.sudo()._create_payment_journal()
        return result

    @api.constrains(*DEFAULT_GL_ACCOUNTS)
    def _check_default_gl_account(self):
        for administration in self:
            references = self.env["exact.reference"].union(
                *(administration[name] for name in DEFAULT_GL_ACCOUNTS)
            )
            if any(
                reference.administration_id != administration
                or reference.kind != "gl_account"
                for reference in references
            ):
                raise ValidationError(
                    self.env._("Choose a ledger account of this administration.")
                )

    @api.constrains("payment_tolerance", "write_off_account_id")
    def _check_payment_tolerance(self):
        for administration in self:
            if not 0 <= administration.payment_tolerance <= 500:
                raise ValidationError(
                    self.env._("The tolerance for payments is 0 to 500 cents.")
                )
            if (
                administration.payment_tolerance
                and not administration.write_off_account_id
            ):
                raise ValidationError(
                    self.env._(
                        "Choose the account for differences first: what is within the "
                        "tolerance is written off there."
                    )
                )

    @api.constrains("payment_share")
    def _check_payment_share(self):
        for administration in self:
            if not 1 <= administration.payment_share <= 100:
                raise ValidationError(
                    self.env._("The share of open invoices is 1 to 100 %.")
                )

    @api.constrains("call_log_days")
    def _check_call_log_days(self):
        for administration in self:
            if not 1 <= administration.call_log_days <= 3650:
                raise ValidationError(
                    self.env._("Keep the call log for 1 to 3,650 days.")
                )

    @api.constrains("cost_center_plan_id", "cost_unit_plan_id")
    def _check_plans(self):
        for administration in self:
            plan = administration.cost_center_plan_id
            if plan and plan == administration.cost_unit_plan_id:
                raise ValidationError(
                    self.env._("Cost centres and cost units need a plan each.")
                )

    @api.constrains("collective_partner_id")
    def _check_collective_partner(self):
        for administration in self:
            partner = administration.collective_partner_id.sudo()
            foreign = partner.company_id - administration.company_id
            if foreign or partner.commercial_partner_id != partner:
                raise ValidationError(
                    self.env._(
                        "%s is an address, or a contact of another company. Choose a "
                        "customer of its own for all consumers.",
                        partner.display_name,
                    )
                )

    def _has_start(self) -> bool:
        """Whether it was said from when on invoices are exported (product B17)."""
        return bool(self.export_from or self.export_every_invoice)

    @api.onchange("export_from")
    def _onchange_export_from(self):
        if self.export_from:
            self.export_every_invoice = False

    @api.onchange("export_every_invoice")
    def _onchange_export_every_invoice(self):
        if self.export_every_invoice:
            self.export_from = False

    @api.onchange(*HARD_TO_CHANGE)
    def _onchange_hard_to_change(self):
        """Say what a change of these touches, before it is saved."""
        return self._origin._warn_of_change(
            [name for name in HARD_TO_CHANGE if self[name] != self._origin[name]]
        )

    def _warn_of_change(self, names: list[str]) -> dict | None:
        """The warning for a change of options that is hard to take back.

        :param names: of the fields that change
        :return: what an onchange returns; nothing before the first booking
        """
        labels = self.fields_get(names, ["string"])
        return self._change_warning([labels[name]["string"] for name in names])

    def _change_warning(self, labels: list[str]) -> dict | None:
        """The warning for a change of what is called so, as ``_warn_of_change``."""
        booked = (
            self.env["exact.entry"]
            .sudo()
            .search_count([("administration_id", "=", self.id), ("guid", "!=", False)])
        )
        linked = (
            self.env["exact.account"]
            .sudo()
            .search_count([("administration_id", "=", self.id), ("guid", "!=", False)])
        )
        if not labels or not booked:
            return None
        return {
            "warning": {
                "title": self.env._("This is hard to take back"),
                "message": self.env._(
                    "%(options)s: %(booked)s invoices and %(linked)s customers stand "
                    "in Exact already. They keep the numbers and codes that they "
                    "have; only what is booked from now on follows the new choice. "
                    "Discard the change if that is not what you want.",
                    options=", ".join(labels),
                    booked=booked,
                    linked=linked,
                ),
            }
        }

    def _create_payment_journal(self) -> None:
        """A clearing journal whose payments are paid at once.

        A payment counts as paid when its method line books on the journal's own account
        (odoo/addons/account/models/account_payment.py, ``is_matched``).
        """
        for administration in self.filtered(lambda a: not a.payment_journal_id):
            journal = self.env["account.journal"]._exact_clearing_journal(
                administration.company_id
            )
            lines = (
                journal.inbound_payment_method_line_ids
                + journal.outbound_payment_method_line_ids
            )
            lines.payment_account_id = journal.default_account_id
            administration.payment_journal_id = journal
            if not administration.write_off_account_id:
                administration.write(administration._rounding_difference_accounts())

    def _rounding_difference_accounts(self) -> dict:
        """The Dutch chart has one for each direction; elsewhere a person chooses."""
        company = self.company_id.root_id
        names = {
            "write_off_account_id": "l10n_nl_rounding_difference_loss_account_id",
            "write_off_gain_account_id": (
                "l10n_nl_rounding_difference_profit_account_id"
            ),
        }
        return {
            ours: company[theirs].id
            for ours, theirs in names.items()
            if theirs in company._fields
        }
