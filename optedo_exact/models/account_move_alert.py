from odoo import api, models

from ..exact import states
from .guards import INVOICING, MANAGER, MANAGERS

DANGER = (states.BLOCKED, states.REJECTED, states.CLOSED)
WARNING = (
    states.UNKNOWN,
    states.WAITING,
    states.QUEUED,
    states.EXPORTED,
    states.DELIVERED,
    states.IMPORTED,
)
# Issues that are mended on the set-up page of the administration.
SETUP_ISSUES = frozenset(
    {
        "account_unmapped",
        "bills_off",
        "client_missing",
        "client_unknown",
        "copied",
        "default_gl_account_missing",
        "journal_gone",
        "journal_unmapped",
        "login_lapsed",
        "no_administration",
        "number_taken",
        "number_too_large",
        "number_without_digits",
        "no_tax_unmapped",
        "cost_center_missing",
        "cost_center_unmapped",
        "cost_unit_missing",
        "cost_unit_unmapped",
        "currency_not_in_journal",
        "currency_unknown",
        "gl_account_type",
        "instalments",
        "several_taxes",
        "tax_no_rate",
        "vat_code_direction",
        "vat_code_nature",
        "vat_code_rate",
        "not_connected",
        "payment_term_unmapped",
        "postbox_missing",
        "postbox_sender_refused",
        "postbox_sender_replaced",
        "postbox_unknown",
        "reference_gone",
        "tax_unmapped",
        "unreachable",
    }
)


class AccountMove(models.Model):
    """The alert on the invoice's form: what is wrong, and the button to the cause."""

    _inherit = "account.move"

    @api.depends(
        "exact_entry_id.state",
        "exact_entry_id.issue_code",
        "exact_party_name",
        "exact_party_country_id",
    )
    @api.depends_context("uid")
    def _compute_alerts(self):
        # EXTENDS account: more makes them change. A customer in the portal may read
        # its invoice, but not what is between the company and its accountant.
        result = super()._compute_alerts()
        if not self.env.su and not self.env.user._is_internal():
            for move in self:
                move.alerts = {
                    name: alert
                    for name, alert in (move.alerts or {}).items()
                    if not name.startswith("exact_")
                }
        return result

    def _get_alerts(self):
        # EXTENDS account
        alerts = super()._get_alerts()
        alerts |= self._exact_alert_of_name() | self._exact_alert_of_country()
        alerts |= self._exact_alert_of_accounts()
        entry = self.exact_entry_id.sudo()
        if not entry.issue_code:
            return alerts
        level = "info"
        if entry.state in DANGER:
            level = "danger"
        elif entry.state in WARNING:
            level = "warning"
        head = self.env._(
            "%(invoice)s - %(state)s", invoice=self.name, state=entry.status_text
        )
        way_out = self._exact_way_out(entry)
        message = entry.with_env(self.env).sudo().issue_message
        lines = [head, message, way_out.pop("ask", "")]
        alerts["exact_issue"] = {
            "level": level,
            "message": "\n".join(line for line in lines if line),
        } | way_out
        return alerts

    def _exact_alert_of_name(self) -> dict:
        """The invoice names somebody else than Exact will book it on (product D4)."""
        move = self.sudo()
        administration = move.exact_administration_id
        if not self._exact_is_to_book():
            return {}
        names = {
            "addressed": move.exact_party_name or move._exact_party_source().name,
            "party": move._exact_customer().name,
        }
        if not names["addressed"] or names["addressed"] == names["party"]:
            return {}
        message = self.env._(
            "The invoice is addressed to %(addressed)s, and Exact books it on "
            "%(party)s.",
            **names,
        )
        if administration.update_customer_on_export:
            message += " " + self.env._(
                "Customer %(party)s gets the name %(addressed)s in Exact.", **names
            )
        if not administration.use_billing_account:
            message += " " + self.env._(
                "If Exact must see %(addressed)s as customer, use billing accounts "
                "(Invoicing, Settings, External accounting).",
                **names,
            )
        return {"exact_other_name": {"level": "warning", "message": message}}

    def _exact_alert_of_country(self) -> dict:
        """Taxes that were chosen for another country than the billed one (D4)."""
        move = self.sudo()
        if not self._exact_is_to_book():
            return {}
        billed = move._exact_party_data()["country_id"]
        # Odoo chooses the taxes by where it delivers.
        delivered = (move.partner_shipping_id or move.partner_id).country_id
        if not billed or not delivered or billed == delivered:
            return {}
        message = self.env._(
            "The taxes were chosen for %(delivered)s, and Exact books the invoice on a "
            "customer in %(billed)s. Check that the VAT is right.",
            delivered=delivered.name,
            billed=billed.name,
        )
        return {"exact_other_country": {"level": "warning", "message": message}}

    def _exact_alert_of_accounts(self) -> dict:
        """Lines on other accounts than income, all booked on the default (B11)."""
        administration = self.sudo().exact_administration_id
        if not self._exact_is_to_book() or administration.use_line_gl_account:
            return {}
        accounts = self.line_ids.filtered(
            lambda line: line.display_type == "product"
        ).account_id.filtered(lambda a: a.internal_group != "income")
        if not accounts:
            return {}
        message = self.env._(
            "%(accounts)s is no income, and Exact books every line on ledger account "
            "%(default)s. Use ledger accounts on invoice lines if it must stand "
            "elsewhere (Invoicing, Settings, External accounting).",
            accounts=", ".join(accounts.mapped("display_name")),
            default=administration.default_gl_account_id.display_name or "…",
        )
        return {"exact_other_account": {"level": "warning", "message": message}}

    def _exact_server_action(self, name: str) -> dict:
        """A server action of this addon on this invoice, as an alert offers it."""
        return {
            "type": "ir.actions.server",
            "id": self.env.ref(f"optedo_exact.{name}").id,
            "context": {
                "active_model": self._name,
                "active_id": self.id,
                "active_ids": self.ids,
            },
        }

    def _exact_way_out(self, entry) -> dict:
        """The button of the alert: the place where the cause is mended.

        ``ask`` instead, where this user can do nothing there: whom to ask.
        """
        code, administration = entry.issue_code, entry.administration_id
        if code in ("accounts_found", "account_gone"):
            return self._exact_offer(
                self.env._("Choose the account"),
                self._exact_server_action("exact_choose_account_action"),
                INVOICING,
                MANAGER,
            )
        if code in ("party_identity_changed", "party_named_otherwise"):
            return self._exact_offer(
                self.env._("It is the same customer"),
                self._exact_server_action("exact_confirm_identity_action"),
                INVOICING,
            )
        if code.startswith("party_"):
            partner_id = (entry.issue_params or {}).get("partner_id")
            return self._exact_offer_customer(
                self.env["res.partner"].browse(
                    partner_id or self.sudo()._exact_party().id
                )
            )
        if code in SETUP_ISSUES:
            return self._exact_offer_set_up(administration)
        return {}

    def _exact_offer_set_up(self, administration) -> dict:
        """The set-up page, for who may change it."""
        return self._exact_offer(
            self.env._("Open the set-up of Exact Online"),
            administration.with_env(self.env)._action_form(),
            *MANAGERS,
        )
