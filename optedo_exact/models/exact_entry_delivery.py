from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..exact import states
from . import issues
from .account_move import BILLS

# A mail arrives within minutes; for so long nobody needs to look for it.
MAIL_PATIENCE = timedelta(hours=2)
# What is over once Exact shows one document of a bill; anything else stays to be read.
NOT_SEEN = ("delivery_not_arrived", "delivery_gone", "delivered_twice")


class ExactEntry(models.Model):
    """The delivery of a bill: how, when, and whether Exact shows it."""

    _inherit = "exact.entry"

    delivery_way = fields.Selection(
        [("mailbox", "By mail"), ("document", "As a document")],
        "Delivered",
        readonly=True,
    )
    delivered_at = fields.Datetime("Delivered on", readonly=True)
    delivery_key = fields.Char(
        readonly=True,
        index="btree_not_null",
        help="What stands for this bill in the name of its document and file. It stays "
        "where a delivery was taken back: its mail may arrive all the same.",
    )
    seen_at = fields.Datetime(
        "Seen in Exact on",
        readonly=True,
        help="When Exact showed the document of this bill first.",
    )
    is_late = fields.Boolean(
        "Not booked for long",
        compute="_compute_is_late",
        search="_search_is_late",
        help="Delivered longer ago than the days that the administration allows.",
    )
    move_type = fields.Selection(related="move_id.move_type")

    # --- computes ------------------------------------------------------------

    @api.depends("state", "delivered_at", "administration_id.bill_patience_days")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for entry in self:
            days = timedelta(days=entry.administration_id.bill_patience_days)
            entry.is_late = (
                entry.state == states.DELIVERED
                and bool(entry.delivered_at)
                and entry.delivered_at < now - days
            )

    @api.model
    def _search_is_late(self, operator, value):
        if operator != "in":
            return NotImplemented
        now = fields.Datetime.now()
        late = Domain.FALSE
        for administration in self.env["exact.administration"].search(
            [("company_id", "in", self.env.companies.ids)]
        ):
            days = timedelta(days=administration.bill_patience_days)
            late |= Domain("administration_id", "=", administration.id) & Domain(
                "delivered_at", "<", now - days
            )
        return Domain("state", "=", states.DELIVERED) & late

    @api.depends("delivered_at", "seen_at", "move_id.move_type")
    @api.depends_context("lang")
    def _compute_status_text(self):
        # EXTENDS: a bill is delivered, not booked.
        result = super()._compute_status_text()
        words = {
            states.NONE: self.env._("Not delivered yet"),
            states.SENDING: self.env._("Being delivered"),
            states.UNKNOWN: self.env._("Not certain that it was delivered"),
            states.UNDOING: self.env._("Delivery being taken back"),
        }
        for entry in self:
            if entry.sudo()._exact_is_bill() and entry.state in words:
                entry.status_text = words[entry.state]
            elif entry.state == states.IMPORTED and entry.number:
                entry.status_text = self.env._(
                    "Came from Exact (entry %s)", entry.number
                )
        return result

    def _exact_is_bill(self) -> bool:
        """Whether it goes as a file, instead of being booked."""
        return self.move_id.move_type in BILLS

    def _exact_delivery_sentence(self) -> str:
        """When and how, and whether it arrived, in the words of who reads it."""
        when = format_datetime(self.env, self.delivered_at, dt_format="short")
        if self.delivery_way == "mailbox":
            text = self.env._("Mailed on %s.", when)
        else:
            text = self.env._("Delivered as a document on %s.", when)
        if not self.seen_at:
            return text + " " + self.env._("Not seen in Exact yet.")
        seen = format_datetime(self.env, self.seen_at, dt_format="short")
        return text + " " + self.env._("Seen in Exact on %s.", seen)

    # --- the only writers of a state -----------------------------------------

    def _exact_set_delivered(self, document: str = "") -> None:
        """It was handed over.

        :param document: the guid of its document, where Exact gave it
        """
        now = fields.Datetime.now()
        values = {"delivered_at": now, "seen_at": False, **issues.NONE}
        if document:
            values |= {"document_guid": document, "seen_at": now}
        self._exact_move_to("delivered", **values)

    def _exact_note_seen(self, rows: list[dict]) -> None:
        """Take over what Exact shows of it.

        :param rows: its documents in Exact, none where there is none yet
        """
        self.ensure_one()
        if self.state not in (states.DELIVERED, states.UNKNOWN):
            return
        if not rows:
            self._exact_note_not_seen()
            return
        booked = [row for row in rows if row["FinancialTransactionEntryID"]]
        first = (booked or rows)[0]
        values = {
            "document_guid": first["ID"],
            "seen_at": self.seen_at or fields.Datetime.now(),
            "sent": (self.sent or {}) | {"documents": [row["ID"] for row in rows]},
        }
        issue = issues.NONE
        if len(rows) > 1 and not booked:
            issue = issues.make(
                "delivered_twice", count=len(rows), name=(self.sent or {}).get("name")
            )
        if self.state == states.UNKNOWN:
            values["delivered_at"] = self.sending_at
            self._exact_move_to("delivered", **values, **issue)
            return
        if not self.seen_at:
            self._exact_log("seen")
        told = self.issue_code in NOT_SEEN or issue["issue_code"]
        self.sudo().write(values | (issue if told else {}))

    def _exact_note_document_gone(self) -> None:
        """Its document was seen in Exact, and is not there any more."""
        name = (self.sent or {}).get("name")
        if self.state == states.DELIVERED and self.issue_code != "delivery_gone":
            self._exact_set_issue(issues.make("delivery_gone", name=name))

    def _exact_note_not_seen(self) -> None:
        """Exact shows no document of it: in the end a person has to look there."""
        asked = self.asked_count + 1
        self.sudo().asked_count = asked
        since = self.unknown_since or self.delivered_at or self.sending_at
        if asked < 2 or fields.Datetime.now() < since + MAIL_PATIENCE:
            return
        code = "delivery_not_seen"
        if self.state == states.DELIVERED:
            code = "delivery_not_arrived"
        if self.issue_code != code:
            administration = self.administration_id
            self._exact_set_issue(
                issues.make(
                    code,
                    name=(self.sent or {}).get("name"),
                    sender=administration.postbox_from,
                    postbox=administration.postbox_email,
                )
            )

    def _exact_set_delivery_unknown(self) -> None:
        """The connection broke; nobody knows whether it arrived."""
        mailed = self.delivery_way == "mailbox"
        self._exact_move_to(
            "no_answer",
            unknown_since=fields.Datetime.now(),
            **issues.make("mail_unknown" if mailed else "delivery_unknown"),
        )

    def _exact_set_not_delivered(self, event: str, reason: str = "") -> None:
        """The delivery was taken back: the bill is as if it had never gone."""
        self.attachment_ids.filtered(lambda row: row.entry_guid == self._key()).unlink()
        self._exact_move_to(
            event,
            reason,
            sent=False,
            fingerprint=False,
            document_guid=False,
            delivery_way=False,
            delivered_at=False,
            seen_at=False,
            unknown_since=False,
            **issues.NONE,
        )

    def _key(self) -> str:
        return self.move_id._exact_delivery_key()
