from odoo import models

NAMES = 3  # how many users are named


class AccountMove(models.Model):
    """Offers a way out to who may go it, and says to the others whom to ask."""

    _inherit = "account.move"

    def _exact_offer(self, text: str, action: dict, *groups: str) -> dict:
        """A way out, as an alert shows it.

        :param groups: one of them suffices to do something there; who has the first
            is who is named to the others
        """
        if self.env.user.has_groups(",".join(groups)):
            return {"action_text": text, "action": action}
        return {"ask": self._exact_whom_to_ask(groups[0])}

    def _exact_offer_customer(self, partner) -> dict:
        """The form of the customer, for who may change it."""
        partner = partner.sudo(False)
        if partner.has_access("write"):
            return {
                "action_text": self.env._("Open the customer"),
                "action": partner._get_records_action(),
            }
        return {"ask": self._exact_whom_to_ask("base.group_partner_manager")}

    def _exact_whom_to_ask(self, group: str) -> str:
        """Who has a right, the responsible first; else which right it takes."""
        group = self.env.ref(group).sudo()
        responsible = self.sudo().exact_administration_id.responsible_id
        companies = self.company_id.sudo().parent_ids  # itself among them
        users = group.all_user_ids.filtered(
            lambda user: user.active and user.company_ids & companies
        ).sorted(lambda user: (user != responsible, user.name, user.id))
        if not users:
            return self.env._(
                "Nobody may mend this yet: ask an administrator of Odoo to give "
                "somebody the right '%s'.",
                group.full_name,
            )
        names = ", ".join(users[:NAMES].mapped("name"))
        return self.env._("Ask who may mend this: %s.", names)
