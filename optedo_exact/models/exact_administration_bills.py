import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize

from ..exact import states
from ..exact.errors import ExactError
from . import issues
from .account_move import BILLS
from .exact_readiness import TO_BOOK

_logger = logging.getLogger(__name__)

# How often the job may ask Exact for the documents of what was mailed, and how long
# after a mail it does.
LOOK_EVERY = timedelta(minutes=8)
LOOK_AFTER = timedelta(minutes=10)
# How often it asks which of the delivered bills were booked: a job of every hour meets
# the same hour again.
LOOK_WHETHER_BOOKED = timedelta(hours=23)


class ExactAdministration(models.Model):
    """Vendor bills to Exact: how they go, and what became of them (product B10, H1)."""

    _inherit = "exact.administration"

    export_bills = fields.Selection(
        [
            ("no", "No"),
            ("mailbox", "By mail to the digital postbox"),
            ("document", "As a document (archive only, is not scanned)"),
        ],
        "Deliver vendor bills",
        default="no",
        required=True,
        tracking=True,
        help="By mail: the file of a bill goes to the digital postbox of the "
        "administration, where Exact scans it and proposes the booking. As a document: "
        "the file stands in Exact with supplier, date and amount, for who books it by "
        "hand; Exact does not scan it. No: bills stay in Odoo.",
    )
    postbox_email = fields.Char(
        "Digital postbox",
        tracking=True,
        copy=False,
        help="The address that Exact made for purchase invoices. You find it in Exact "
        "under My account data, My digital postboxes.",
    )
    postbox_from = fields.Char(
        "Mailed from",
        tracking=True,
        copy=False,
        help="The sender of these mails. It has to stand on the list of allowed "
        "senders of the digital postbox in Exact, otherwise Exact blocks the mails; "
        "and an outgoing mail server of Odoo has to send as this address.",
    )
    deliver_draft_bills = fields.Boolean(
        "Deliver bills in draft too",
        tracking=True,
        help="On: a bill with a file goes to Exact before it is confirmed, and Exact "
        "does the typing; it stays a draft that can be changed. Only by mail. Off: a "
        "bill goes once it is confirmed.",
    )
    bill_patience_days = fields.Integer(
        "Remind of bills not booked after (days)",
        default=14,
        tracking=True,
        help="A bill that was delivered and not booked in Exact for so long stands in "
        "the list 'Delivered, not booked'.",
    )
    late_bill_count = fields.Integer(compute="_compute_late_bill_count")
    deliveries_asked_at = fields.Datetime(readonly=True, copy=False)
    bookings_asked_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When Exact was asked which of the delivered bills it has booked.",
    )
    mail_paused_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="The mail server could not be reached; bills are tried again then.",
    )

    def _compute_late_bill_count(self):
        late = [("administration_id", "in", self.ids), ("is_late", "=", True)]
        counts = dict(
            self.env["exact.entry"]._read_group(
                late, ["administration_id"], ["__count"]
            )
        )
        for administration in self:
            administration.late_bill_count = counts.get(administration, 0)

    # --- constraints ---------------------------------------------------------

    @api.constrains("postbox_email", "postbox_from")
    def _check_postbox(self):
        for administration in self:
            for address in (administration.postbox_email, administration.postbox_from):
                if address and not email_normalize(address):
                    raise ValidationError(
                        self.env._("'%s' is no mail address.", address)
                    )

    @api.constrains("bill_patience_days")
    def _check_bill_patience(self):
        for administration in self:
            if not 1 <= administration.bill_patience_days <= 365:
                raise ValidationError(
                    self.env._("Remind of bills after 1 to 365 days.")
                )

    def write(self, vals):
        result = super().write(vals)
        if {"postbox_email", "postbox_from"} & set(vals):
            self.sudo().mail_paused_until = False
        return result

    # --- which bills ---------------------------------------------------------

    def _to_deliver_domain(self) -> Domain:
        """The bills of the company that are to be delivered."""
        self.ensure_one()
        if self.export_bills == "no":
            return Domain.FALSE
        state = Domain("state", "=", "posted")
        if self.export_bills == "mailbox" and self.deliver_draft_bills:
            # A draft that somebody types in has no file yet, and no hurry.
            state |= Domain("state", "=", "draft") & Domain(
                "attachment_ids", "!=", False
            )
        domain = (
            Domain("company_id", "in", self._locations().ids)
            & Domain("move_type", "in", BILLS)
            & state
            & (
                Domain("exact_entry_id", "=", False)
                | Domain("exact_entry_id.state", "in", TO_BOOK)
            )
        )
        if self.export_from:
            started = Domain("invoice_date", ">=", self.export_from)
            undated = Domain("invoice_date", "=", False)
            domain &= started | (undated & Domain("date", ">=", self.export_from))
        return domain

    # --- jobs ----------------------------------------------------------------

    def _cron_exact_export(self):
        # EXTENDS: see whether what was delivered has arrived in Exact.
        result = super()._cron_exact_export()
        self._look_for_deliveries()
        return result

    def _look_for_deliveries(self) -> None:
        """Ask for the documents of bills, now and then; never raises."""
        commit = self.env["ir.cron"]._commit_progress
        now = fields.Datetime.now()
        for administration in self._connected():
            delivery = self.env["exact.delivery"]
            arrived, booked = (
                administration.deliveries_asked_at,
                administration.bookings_asked_at,
            )
            try:
                if not arrived or arrived + LOOK_EVERY <= now:
                    delivery._exact_confirm_deliveries(administration, None, commit)
                if not booked or booked + LOOK_WHETHER_BOOKED <= now:
                    delivery._look_whether_booked(administration, None, commit)
            except ExactError as error:
                # What Exact says of it stands where it stops a booking.
                self.env.cr.rollback()
                _logger.info("Bills of %s: %s", administration.name, error)

    def _trigger_look(self) -> None:
        """Have the job look for what was just mailed, once for many of them."""
        at = fields.Datetime.now() + LOOK_AFTER
        if not self._export_is_planned(at - timedelta(minutes=3), at):
            self._trigger_export(at)

    # --- actions -------------------------------------------------------------

    def action_test_postbox(self):
        """Mail a small test file to the digital postbox."""
        self.ensure_one()
        self._check_manager()
        issue = self.env["exact.postbox"].sudo()._send_test(self.sudo())
        if issue:
            raise UserError(issues.words(self.env, issue))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "sticky": True,
                "message": self.env._(
                    "A test was mailed to %(postbox)s. In some minutes it stands in "
                    "Exact as a document called 'Test of Odoo'. If it does not, look "
                    "at the blocked mails of the digital postbox and allow the sender "
                    "%(sender)s there. Remove the document afterwards.",
                    postbox=self.postbox_email,
                    sender=self.postbox_from,
                ),
            },
        }

    def action_open_late_bills(self):
        """The bills that were delivered and not booked for long."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "optedo_exact.exact_delivered_action"
        )
        action["domain"] = [
            ("administration_id", "=", self.id),
            ("state", "=", states.DELIVERED),
        ]
        action["context"] = {"search_default_late": 1}
        return action
