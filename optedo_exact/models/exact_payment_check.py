from time import monotonic

from odoo import models
from odoo.exceptions import AccessError, UserError

from ..exact.errors import ExactError
from .guards import check_invoicing_right

PATIENCE = 20  # seconds that a user waits; the job does the rest


class TimeIsUp(Exception):
    """The user has waited long enough; all that was done is committed."""


class ExactAdministration(models.Model):
    """Asks Exact for payments at once, for a user who looks on (product B16)."""

    _inherit = "exact.administration"

    def action_check_payments(self):
        """Ask Exact for payments now.

        :raises AccessError: without the right, or for one that the user's companies
            were only booked in before, where each of their invoices is asked for
        """
        self.ensure_one()
        self.check_access("read")
        if not self._of_reader():
            raise AccessError(
                self.env._("Your company is not booked in this administration.")
            )
        check_invoicing_right(self.env, "optedo_exact.group_exact_manager")
        return self._check_payments_and_tell(
            [("exact_entry_id.administration_id", "=", self.id)]
        )

    def action_payments_go_on(self):
        """Somebody looked: let the next check settle as many as it finds."""
        self.ensure_one()
        self._check_manager()
        self.sudo().payment_share_seen = True
        result = self.action_check_payments()
        self._clear_issue()
        return result

    def _check_payments_and_tell(self, concerned: list) -> dict:
        """Check the payments of these administrations, and say what came.

        :param concerned: domain of the payments that the user asks about
        :return: a notification
        """
        before = self._count_payments(concerned)
        pending = [a for a in self if not a._check_payments_shortly()]
        after = self._count_payments(concerned)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info" if pending else "success",
                "message": self._check_text(before, after, bool(pending)),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _check_payments_shortly(self) -> bool:
        """Read and register what changed, for as long as a user waits.

        :return: whether all of it was done; else the job goes on with it
        :raises UserError: Exact could not be asked, and why
        """
        if not self.import_payments:
            raise UserError(
                self.env._(
                    "Switch on 'Import payments from Exact' for %s first.",
                    self.company_id.display_name,
                )
            )
        commit_progress = self.env["ir.cron"]._commit_progress
        end = monotonic() + PATIENCE

        def commit(*args, **kwargs):
            left = commit_progress(*args, **kwargs)
            if monotonic() > end:
                raise TimeIsUp
            return left

        try:
            self.env["exact.payment.import"]._poll(self.sudo(), commit, urgent=True)
        except ExactError as error:
            raise self.connection_id._user_error(error) from error
        except TimeIsUp:
            self.sudo().payment_cron_id._trigger()
            return False
        return True

    def _count_payments(self, concerned: list) -> tuple[int, int]:
        """How many the link ever registered, and how many were taken back."""
        payments = self.env["account.payment"].sudo()
        registered = [("exact_kind", "not in", ("counter", "manual"))]
        taken_back = ["|", ("exact_kind", "=", "counter"), ("state", "=", "canceled")]
        return (
            payments.search_count([*concerned, *registered]),
            payments.search_count([*concerned, *taken_back]),
        )

    def _check_text(
        self, before: tuple[int, int], after: tuple[int, int], pending: bool
    ) -> str:
        """What a check brought, in a sentence or two."""
        registered, taken_back = (b - a for a, b in zip(before, after, strict=True))
        texts = []
        if registered > 0:
            texts.append(self.env._("Payments registered: %s.", registered))
        if taken_back > 0:
            texts.append(self.env._("Payments taken back: %s.", taken_back))
        if pending:
            texts.append(
                self.env._("There is more to read; it goes on in the background.")
            )
        return " ".join(texts) or self.env._("Nothing changed since the last check.")
