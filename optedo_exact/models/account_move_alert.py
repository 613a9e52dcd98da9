from odoo import models

from ..exact import states

DANGER = (states.BLOCKED, states.REJECTED, states.CLOSED)
WARNING = (states.UNKNOWN, states.WAITING, states.QUEUED, states.EXPORTED)
# Issues that are mended on the set-up page of the administration.
SETUP_ISSUES = frozenset(
    {
        "account_unmapped",
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
        "not_connected",
        "payment_term_unmapped",
        "reference_gone",
        "tax_unmapped",
        "unreachable",
    }
)


class AccountMove(models.Model):
    """The alert on the invoice's form: what is wrong, and the button to the cause."""

    _inherit = "account.move"

    def _get_alerts(self):
        # EXTENDS account
        alerts = super()._get_alerts() | self._exact_alert_of_name()
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
        alerts["exact_issue"] = {
            "level": level,
            "message": f"{head}\n{entry.with_env(self.env).sudo().issue_message}",
        } | self._exact_way_out(entry)
        return alerts

    def _exact_alert_of_name(self) -> dict:
        """The invoice names somebody else than Exact will book it on (product D4)."""
        move = self.sudo()
        administration, address = move.exact_administration_id, move.partner_id
        party, addressed = move._exact_party(), address.name
        concerned = (
            administration
            and not administration.use_billing_account
            and address.type == "invoice"
            and self.is_sale_document(include_receipts=True)
            and self.exact_state not in states.AT_EXACT
        )
        if not concerned or not addressed or addressed == party.name:
            return {}
        message = self.env._(
            "The invoice is addressed to %(addressed)s, and Exact books it on "
            "%(party)s. If Exact must see %(addressed)s as customer, use billing "
            "accounts (Invoicing, Settings, External accounting).",
            addressed=addressed,
            party=party.name,
        )
        return {"exact_other_name": {"level": "warning", "message": message}}

    def _exact_way_out(self, entry) -> dict:
        """The button of the alert: the place where the cause is mended."""
        code, administration = entry.issue_code, entry.administration_id
        if code == "accounts_found":
            return {
                "action_text": self.env._("Choose the account"),
                "action": self.env["exact.choose.account"]._action_for(self),
            }
        if code.startswith("party_"):
            partner_id = (entry.issue_params or {}).get("partner_id")
            partner = self.env["res.partner"].browse(
                partner_id or self.sudo()._exact_party().id
            )
            return {
                "action_text": self.env._("Open the customer"),
                "action": partner._get_records_action(),
            }
        if code in SETUP_ISSUES:
            return {
                "action_text": self.env._("Open the set-up of Exact Online"),
                "action": administration.with_env(self.env)._action_form(),
            }
        return {}
