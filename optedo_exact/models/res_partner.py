from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..exact import numbers, payloads
from ..exact.errors import ExactError
from ..exact.payloads import Party
from . import exact_party_partner as outcomes
from . import issues
from .exact_party import Blocked, Later

READERS = (
    "account.group_account_invoice,account.group_account_readonly,"
    "optedo_exact.group_exact_manager"
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    exact_account_ids = fields.One2many(
        "exact.account",
        "partner_id",
        "Exact Online accounts",
        domain=[("duplicate_of_id", "=", False)],
        groups=READERS,
    )
    exact_second_account_ids = fields.One2many(
        "exact.account",
        "partner_id",
        "Second accounts in Exact Online",
        domain=[("duplicate_of_id", "!=", False)],
        groups=READERS,
    )
    exact_is_used = fields.Boolean(compute="_compute_exact_is_used", groups=READERS)
    exact_billing_partner_id = fields.Many2one(
        "res.partner",
        "Billing account in Exact",
        domain="[('parent_id', '=', False)]",
        check_company=True,
        ondelete="restrict",
        help="The customer that Exact must see when an invoice is addressed here.",
    )
    exact_use_billing_account = fields.Boolean(
        compute="_compute_exact_use_billing_account"
    )

    @api.depends_context("allowed_company_ids")
    def _compute_exact_use_billing_account(self):
        """Whether a company of the user works with billing accounts."""
        administrations = self.env.companies.sudo().exact_administration_id
        self.exact_use_billing_account = any(
            administrations.mapped("use_billing_account")
        )

    @api.depends("is_company", "parent_id")
    @api.depends_context("allowed_company_ids")
    def _compute_exact_is_used(self):
        """Whether it may be an account of Exact in a company of the user."""
        administrations = self.env.companies.sudo().exact_administration_id
        used = any(administrations.mapped("division"))
        for partner in self:
            partner.exact_is_used = used and partner.commercial_partner_id == partner

    @api.constrains("exact_billing_partner_id")
    def _check_exact_billing_partner(self):
        for partner in self:
            account = partner.exact_billing_partner_id
            if account and account.commercial_partner_id != account:
                raise ValidationError(
                    self.env._(
                        "%s is an address of another customer. Choose the customer "
                        "itself as billing account.",
                        account.display_name,
                    )
                )

    # --- in the core's words -------------------------------------------------

    def _exact_prepare_party(self, administration) -> Party:
        """The partner in the core's words; other addons may extend it."""
        self.ensure_one()
        own_code = not administration.use_exact_customer_code
        condition = partial(self._exact_payment_condition, administration)
        return Party(
            code=payloads.digits(self.ref or "") if own_code else "",
            name=self.name or "",
            street=self.street or "",
            street2=self.street2 or "",
            postcode=self.zip or "",
            city=self.city or "",
            country=self.country_id.code or "",
            vat_number=numbers.vat_number(self.vat),
            company_number=(self.company_registry or "").replace(" ", ""),
            email=self.email or "",
            language=(self.lang or "")[:2].upper(),
            payment_condition=condition("property_payment_term_id"),
            purchase_condition=condition("property_supplier_payment_term_id"),
            customer=self.customer_rank > 0 or self.supplier_rank <= 0,
            supplier=self.supplier_rank > 0,
        )

    def _exact_payment_condition(self, administration, name: str) -> str:
        """The code of Exact for a payment term of the partner; none where none is
        chosen.

        An invoice names its own term and is kept back without a code; the account of a
        customer does not wait for one.
        """
        term = self.with_company(administration.company_id)[name]
        if not term:
            return ""
        mappings = self.env["exact.mapping"].sudo()
        reference = mappings._get(administration, "payment_term", term).reference_id
        return reference.code if reference and reference._usable() else ""

    def _exact_is_consumer(self) -> bool:
        """A person without VAT number, or nobody at all, as on a sales receipt (D1)."""
        return not self.is_company and not numbers.vat_number(self.vat)

    # --- what forbids to send it ---------------------------------------------

    def _exact_check_numbers(self, party: Party) -> dict | None:
        """A number that cannot be right; it is never mended or shortened (D7).

        :return: the fields of the issue
        """
        of = {"partner": self.display_name, "partner_id": self.id}
        number = party.vat_number
        if number and not numbers.is_vat_number(number, party.country):
            return issues.make("party_vat_malformed", number=number, **of)
        number = party.company_number
        if number and not numbers.is_company_number(number, party.country):
            return issues.make("party_company_number_malformed", number=number, **of)
        return None

    def _exact_check_code(self, administration) -> dict | None:
        """Odoo's code of a customer has digits, and is of nobody else (product B6).

        :return: the fields of the issue
        """
        if administration.use_exact_customer_code:
            return None
        links = self.env["exact.account"].sudo()
        here = [("administration_id", "=", administration.id)]
        mine = [*here, ("partner_id", "=", self.id), ("guid", "!=", False)]
        if links.search_count(mine, limit=1):
            return None  # it keeps the code that it has in Exact
        of = {"partner": self.display_name, "partner_id": self.id}
        code = payloads.digits(self.ref or "")
        if not code:
            return issues.make("party_code_missing", reference=self.ref or "", **of)
        length = numbers.CODE_LENGTH
        if len(code) > length:
            return issues.make("party_code_too_long", code=code, length=length, **of)
        same = [*here, ("code", "=", code), ("guid", "!=", False)]
        other = links.search([*same, ("partner_id", "!=", self.id)], limit=1)
        if other:
            name = other.partner_id.display_name
            return issues.make("party_code_twice", code=code, other=name, **of)
        return None

    def _exact_check(self, administration) -> dict | None:
        """What forbids to send this partner, before any call."""
        of = {"partner": self.display_name, "partner_id": self.id}
        if not self.name:
            return issues.make("party_name_missing", **of)
        if not self.country_id:
            return issues.make("party_country_missing", **of)
        party = self._exact_prepare_party(administration)
        return self._exact_check_numbers(party) or self._exact_check_code(
            administration
        )

    # --- buttons -------------------------------------------------------------

    def action_exact_send(self):
        """Find the partner in Exact, create it there, or send its changed data."""
        return self._exact_send(self.env.company.exact_administration_id)

    def action_exact_find(self):
        """Look the partner up in Exact; nothing is created or changed there."""
        return self._exact_send(self.env.company.exact_administration_id, create=False)

    def action_exact_open_accounts(self):
        """All accounts of the partner, to say which of them counts."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%s in Exact", self.display_name),
            "res_model": "exact.account",
            "view_mode": "list,form",
            "domain": [("partner_id", "=", self.id)],
        }

    def _exact_send(self, administration, create: bool = True):
        """Send or look up one partner for a user who waits for it.

        :raises UserError: what Exact or the check says, with the way out
        """
        self.ensure_one()
        self.check_access("read")
        if not administration.sudo()._ready():
            raise UserError(
                self.env._(
                    "%s is not connected to an administration of Exact Online. Log in "
                    "and choose one under Invoicing, Configuration, Exact Online, "
                    "Set-up.",
                    self.env.company.display_name,
                )
            )
        accounts = self.env["exact.account"]
        accounts._check_may_send(administration)
        administration = administration.sudo()
        partner = self.sudo().commercial_partner_id
        if issue := partner._exact_check(administration):
            raise UserError(self._exact_sentence(issue))
        commit = self.env["ir.cron"]._commit_progress
        try:
            outcome = self.env["exact.party"]._send_partner(
                partner, administration, administration._client(True), commit, create
            )
        except ExactError as error:
            raise administration.connection_id._user_error(error) from error
        except Later as later:
            raise UserError(self._exact_sentence(later.issue)) from later
        except Blocked as blocked:
            link = self.env["exact.party"]._link(partner, administration)
            code = blocked.issue["issue_code"]
            if code == "party_identity_changed":
                return link._exact_action_form()  # where it is asked
            if code not in ("accounts_found", "account_gone"):
                raise UserError(self._exact_sentence(blocked.issue)) from blocked
            return self.env["exact.choose.account"]._open_link(link)
        return partner.with_env(self.env)._exact_say(administration, outcome)

    def _exact_sentence(self, issue: dict) -> str:
        return issues.sentence(
            self.env, issue["issue_code"], issue["issue_params"], issue["issue_text"]
        )

    def _exact_say(self, administration, outcome: str) -> dict:
        """The notice of what became of it."""
        link = self.env["exact.party"]._link(self, administration)
        name = link.display_name
        words = {
            outcomes.NONE: self.env._(
                "Exact has no account for %s. Send it to create one.", self.display_name
            ),
            outcomes.FOUND: self.env._(
                "Found in Exact and linked: %s. Its data there were left as they are; "
                "send it once more to write those of Odoo over them.",
                name,
            ),
            outcomes.CREATED: self.env._("Created in Exact: %s.", name),
            outcomes.UPDATED: self.env._(
                "The data of Odoo were sent to %s in Exact.", name
            ),
            outcomes.UNCHANGED: self.env._("%s has these data in Exact already.", name),
        }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if outcome == outcomes.NONE else "success",
                "message": words[outcome],
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
