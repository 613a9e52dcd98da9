from datetime import timedelta
from decimal import Decimal

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..exact import intent, odata, payloads, states
from . import issues
from .guards import check_internal


def same_amount(there, here) -> bool:
    """Whether an amount of Exact, a double, is the one that was sent."""
    return abs(odata.to_decimal(there) - odata.to_decimal(here)) < Decimal("0.0005")


class ExactEntry(models.Model):
    """The booking of one invoice in Exact: its state, what was sent, what came back.

    A row of its own, since a column on a posted ``account.move`` would re-read the move
    and touch all its lines at every step of an export.
    """

    _name = "exact.entry"
    _description = "Exact Online Entry"
    _inherit = ["exact.issue.mixin"]
    _order = "id desc"
    _rec_name = "move_id"

    # How long after a lost request a booking may still appear in Exact.
    LATE_MINUTES = intent.LATE_MINUTES

    move_id = fields.Many2one(
        "account.move", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="move_id.company_id", store=True)
    administration_id = fields.Many2one(
        "exact.administration", readonly=True, ondelete="restrict", index=True
    )
    # The arrows of exact/states.py; a test compares the two.
    #
    # none ─queue→ queued
    # queued ─send→ sending
    # sending, unknown ─ok→ exported
    # queued ─check_fails→ blocked
    # blocked ─queue→ queued
    # sending, unknown ─refused→ rejected
    # rejected ─queue→ queued
    # sending, unknown ─not_processed→ queued
    # sending, unknown ─no_answer→ unknown
    # unknown ─found→ exported
    # unknown ─not_there→ queued
    # queued ─stands_there→ blocked
    # queued ─period_not_open→ waiting
    # waiting ─period_opens→ queued
    # waiting ─queue→ queued
    # queued ─period_closed→ closed
    # closed ─queue→ queued
    # closed ─keep_out→ marked
    # none, queued, blocked, rejected, waiting, closed, unknown ─mark→ marked
    # marked ─unmark→ none
    # none, queued, blocked, rejected, waiting, closed, unknown, marked ─adopt→ exported
    # exported ─let_go→ none
    # exported ─untie→ marked
    # queued, blocked, rejected, waiting, closed ─take_back→ none
    # exported ─undo→ undoing
    # undoing ─gone→ none
    # undoing ─still_there→ exported
    # sending, unknown ─delivered→ delivered
    # delivered ─booked→ exported
    # delivered ─undo→ none
    # delivered ─remove→ undoing
    # undoing ─kept→ delivered
    # none ─import→ imported
    state = fields.Selection(
        [
            ("none", "Not booked yet"),
            ("queued", "Ready for Exact"),
            ("blocked", "Not ready: data missing"),
            ("sending", "Being booked"),
            ("exported", "Booked in Exact"),
            ("rejected", "Refused by Exact"),
            ("unknown", "Not certain that Exact booked it"),
            ("waiting", "Waiting for a period"),
            ("closed", "Period is closed"),
            ("marked", "Kept out of the link"),
            ("undoing", "Being removed"),
            ("delivered", "Delivered, not booked yet"),
            ("imported", "Came from Exact"),
        ],
        default="none",
        required=True,
        readonly=True,
        index=True,
    )
    guid = fields.Char(readonly=True, index="btree_not_null")
    number = fields.Char("Entry number", readonly=True)
    exported_at = fields.Datetime("Booked on", readonly=True)
    fingerprint = fields.Char(readonly=True)
    sent = fields.Json(
        readonly=True,
        help="Journal, number, customer and total of what was sent: the key by which a "
        "lost booking is found again.",
    )
    payload = fields.Json(
        readonly=True,
        help="The whole booking as it was sent, to say what differs from it later.",
    )
    adopted = fields.Boolean(
        readonly=True,
        help="It stood in Exact already and was linked by a person; the link did not "
        "book it, and does not remove it.",
    )
    other_guids = fields.Json(
        readonly=True,
        help="Entries with its number in Exact that are something else, as a person "
        "said.",
    )
    customer_fingerprint = fields.Char(
        readonly=True,
        help="What the customer had been sent when the entry was removed in Exact; "
        "only the same may be booked again.",
    )
    sending_at = fields.Datetime(readonly=True)
    unknown_since = fields.Datetime(
        readonly=True, help="When the request ended without an answer."
    )
    asked_count = fields.Integer(
        readonly=True, help="How often Exact said that it is not there."
    )
    settle = fields.Boolean(
        readonly=True,
        help="Something changed in Exact that its payments in Odoo do not follow yet.",
    )
    deleted = fields.Boolean(
        "Deleted in Exact", readonly=True, help="Exact said that the entry is gone."
    )
    looked_for_at = fields.Datetime(
        readonly=True,
        help="When Exact was asked whether the entry stands there, for want of terms.",
    )
    payment_manual = fields.Boolean(
        "Set to paid by hand",
        readonly=True,
        help="Payments from Exact no longer touch the invoice.",
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    booked_total = fields.Monetary(
        "Total in Exact",
        readonly=True,
        help="What its open items add up to; empty where that is the invoice's total.",
    )
    unbalanced_since = fields.Datetime(
        readonly=True,
        help="When its open items were first seen to add up to something else.",
    )
    outstanding = fields.Monetary(
        "Open in Exact",
        readonly=True,
        help="What of it is still open in Exact, as of the last check of payments.",
    )
    in_transit = fields.Monetary(
        "Being processed by the bank",
        readonly=True,
        help="In a collection or payment run of Exact, and not settled yet.",
    )
    overlap = fields.Monetary(
        "Matched in Odoo, still open in Exact",
        readonly=True,
        help="Others settled more of it in Odoo than Exact has settled.",
    )
    surplus = fields.Monetary(
        "Settled in Exact beyond what is open in Odoo", readonly=True
    )
    astray = fields.Monetary(
        "Payments matched with something else",
        readonly=True,
        help="Somebody matched payments of Exact with something other than the invoice "
        "that they settle there.",
    )
    payment_paused = fields.Boolean(
        "Payments taken back by hand",
        readonly=True,
        help="What the link registered was taken back by a person; it registers "
        "nothing more until somebody lets it follow Exact again.",
    )
    issue_code = fields.Selection(
        selection="_selection_issue_code",
        string="Cause",
        readonly=True,
        index="btree_not_null",
    )
    status_text = fields.Char("Exact Online", compute="_compute_status_text")
    run_id = fields.Many2one(
        "exact.run", readonly=True, ondelete="set null", index="btree_not_null"
    )
    failed_before = fields.Boolean(
        readonly=True, help="It goes after those that were never tried."
    )
    log_ids = fields.One2many("exact.entry.log", "entry_id", readonly=True)

    move_name = fields.Char(related="move_id.name", string="Invoice")
    partner_id = fields.Many2one(related="move_id.partner_id")
    invoice_date = fields.Date(related="move_id.invoice_date")

    _move_uniq = models.Constraint("UNIQUE(move_id)")
    # Where an entry was removed or let go, its guid is gone too.
    _guid_uniq = models.UniqueIndex(
        "(administration_id, guid) WHERE guid IS NOT NULL",
        "Another invoice stands for this entry in Exact already.",
    )
    _settle_index = models.Index("(administration_id) WHERE settle")

    @api.model
    def _selection_issue_code(self):
        return issues.selection(self.env)

    @api.depends("state", "number", "issue_code")
    @api.depends_context("lang")
    def _compute_status_text(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for entry in self:
            entry.status_text = labels[entry.state]
            if entry.state == states.EXPORTED and entry.number:
                entry.status_text = self.env._(
                    "Booked in Exact (entry %s)", entry.number
                )
            elif entry.state == states.BLOCKED and entry.issue_code == "stands_there":
                entry.status_text = self.env._("May stand in Exact already")

    def _exact_booked_total(self) -> Decimal | None:
        """What Exact booked, where that was said or may be another amount."""
        return self.move_id._exact_decimal(self.booked_total) or None

    def _exact_issue_of_amount(self) -> dict:
        """The issue of what Exact booked otherwise, when one of payments is over."""
        if not self.move_id.is_sale_document(include_receipts=True):
            return self._exact_issue_of_bill()
        sent = (self.sent or {}).get("total")  # nothing, where it was linked
        total = odata.to_decimal(sent or self.move_id._exact_total())
        there = (self._exact_booked_total() or abs(total)).copy_sign(total)
        if same_amount(there, total):
            return issues.NONE
        return issues.make("amount_differs", there=str(there), here=str(total))

    def _exact_issue_of_bill(self) -> dict:
        """What its import says of a bill that differs from its entry."""
        rows = self.env["exact.bill.import"].sudo()
        row = rows.search(
            [("move_id", "=", self.move_id.id), ("guid", "=", self.guid)], limit=1
        )
        differs = row.issue_code == "bill_differs"
        return issues.of_record(row) if differs else issues.NONE

    # --- the only writers of a state -----------------------------------------

    def _exact_move_to(self, event: str, reason: str = "", **values) -> None:
        """Follow the arrow ``event``, keep ``values``, and log who did it.

        :param reason: the user's own words, kept in the log
        :raises InvalidTransition: the state does not take the event
        """
        for state, entries in self.sudo().grouped("state").items():
            entries.write(values | {"state": states.target(state, event)})
        self._exact_log(event, reason)

    def _exact_log(self, event: str, reason: str = "") -> None:
        """Note who did something, and when."""
        self.env["exact.entry.log"].sudo().create(
            [
                {
                    "entry_id": entry.id,
                    "event": event,
                    "reason": reason,
                    "user_id": self.env.uid,
                    "fingerprint": entry.fingerprint,
                    "issue_code": entry.issue_code,
                }
                for entry in self.sudo()
            ]
        )

    def _exact_set_queued(self, administration, run=None) -> None:
        """Put entries in the queue, and leave alone those whose state forbids it.

        In SQL, for as many as there are; what is queued already joins the run, and
        goes where its company is booked now.

        :param run: the export of many that they are part of
        """
        entries = self.sudo()
        if not entries:
            return
        entries.flush_recordset()
        here = {
            "ids": tuple(entries.ids),
            "administration": administration.id,
            "run": run.id if run else None,
            "user": self.env.uid,
            "from": tuple(states.sources("queue")),
        }
        self.env.cr.execute(
            """
            SELECT DISTINCT run.id
              FROM exact_entry entry
              JOIN exact_run run ON run.id = entry.run_id
             WHERE entry.id IN %(ids)s AND entry.state IN ('queued', 'waiting')
               AND run.state IN ('stopped', 'done')
               AND run.id IS DISTINCT FROM %(run)s
            """,
            here,
        )
        ids = [run_id for (run_id,) in self.env.cr.fetchall()]
        left = self.env["exact.run"].sudo().browse(ids)
        self.env.cr.execute(
            """
            WITH queued AS (
                UPDATE exact_entry
                   SET failed_before = state != 'none',
                       state = 'queued', administration_id = %(administration)s,
                       run_id = %(run)s, issue_code = NULL, issue_params = NULL,
                       issue_text = NULL, write_uid = %(user)s,
                       write_date = now() AT TIME ZONE 'UTC'
                 WHERE id IN %(ids)s AND state IN %(from)s
             RETURNING id, fingerprint
            )
            INSERT INTO exact_entry_log
                        (entry_id, event, user_id, fingerprint, create_uid, create_date)
                 SELECT id, 'queue', %(user)s, fingerprint, %(user)s,
                        now() AT TIME ZONE 'UTC'
                   FROM queued
            """,
            here,
        )
        if run:
            query = """
                UPDATE exact_entry
                   SET run_id = %(run)s, administration_id = %(administration)s
                 WHERE id IN %(ids)s AND state = 'queued'
                   AND (run_id, administration_id)
                       IS DISTINCT FROM (%(run)s, %(administration)s)
            """
        else:  # what is sent by hand does not wait for a run that was stopped
            query = """
                UPDATE exact_entry entry
                   SET run_id = NULL, administration_id = %(administration)s
                 WHERE entry.id IN %(ids)s AND entry.state = 'queued'
                   AND (entry.administration_id
                            IS DISTINCT FROM %(administration)s
                        OR EXISTS (SELECT 1
                                     FROM exact_run run
                                    WHERE run.id = entry.run_id
                                      AND run.state = 'stopped'))
            """
        self.env.cr.execute(query, here)
        entries.invalidate_recordset()
        # What the invoices show of them was read before.
        entries.modified(["state", "administration_id", "issue_code"])
        left._exact_recount_waiting()

    def _exact_set_blocked(self, issue: dict) -> None:
        """Something is missing; nothing was sent."""
        self._exact_move_to("check_fails", **issue)

    def _exact_set_sending(
        self, sent: dict, fingerprint: str, payload: dict | None = None
    ) -> None:
        """The intent, to be committed before the call."""
        self._exact_move_to(
            "send",
            sent=sent,
            fingerprint=fingerprint,
            payload=payload,
            sending_at=fields.Datetime.now(),
            unknown_since=False,
            asked_count=0,
            **issues.NONE,
        )

    def _exact_set_sending_as_read(
        self, sent: dict, fingerprint: str, payload: dict
    ) -> None:
        """The intent of one entry in a single statement, for exports of many.

        The caller holds the row, and has read nothing of it into Odoo's cache.
        """
        self._exact_move_in_sql(
            "send",
            sent=Json(sent),
            payload=Json(payloads.plain(payload)),
            fingerprint=fingerprint,
            sending_at=fields.Datetime.now(),
            unknown_since=None,
            asked_count=0,
            attach_state=None,
        )

    def _exact_set_exported_as_sent(self, row: dict) -> None:
        """Exact booked one entry with the amount that was sent: in a single statement,
        for exports of many."""
        self._exact_move_in_sql(
            "ok",
            guid=row["EntryID"],
            number=str(row.get("EntryNumber") or "") or None,
            exported_at=fields.Datetime.now(),
            settle=True,
            booked_total=None,
            held_since=None,
        )

    def _exact_move_in_sql(self, event: str, **values) -> None:
        """Follow an arrow as ``_exact_move_to`` does, and end an issue, in a single
        statement: as fields, the row and its log would be six.

        :param event: one that leads to the same state from wherever it starts
        :param values: by column
        """
        self.ensure_one()
        [state] = {states.target(source, event) for source in states.sources(event)}
        now = fields.Datetime.now()
        values |= {"state": state, "write_uid": self.env.uid, "write_date": now}
        values |= dict.fromkeys(issues.NONE)
        self.env.cr.execute(
            SQL(
                """
                WITH moved AS (
                    UPDATE exact_entry
                       SET %(values)s
                     WHERE id = %(id)s AND state IN %(from)s
                 RETURNING id, fingerprint
                )
                INSERT INTO exact_entry_log
                            (entry_id, event, user_id, fingerprint,
                             create_uid, create_date, write_uid, write_date)
                     SELECT id, %(event)s, %(user)s, fingerprint,
                            %(user)s, %(now)s, %(user)s, %(now)s
                       FROM moved
                """,
                values=SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(column), value)
                    for column, value in values.items()
                ),
                id=self.id,
                event=event,
                user=self.env.uid,
                now=now,
                **{"from": tuple(states.sources(event))},
            )
        )
        if not self.env.cr.rowcount:
            raise states.InvalidTransition(f"entry {self.id} does not take {event}")
        self.invalidate_recordset(flush=False)

    def _exact_set_exported(
        self, row: dict, event: str = "ok", reason: str = ""
    ) -> None:
        """Exact booked it.

        :param row: of salesentry/SalesEntries, with EntryID and EntryNumber
        """
        self._exact_move_to(
            event,
            reason,
            guid=row["EntryID"],
            number=str(row.get("EntryNumber") or ""),
            exported_at=fields.Datetime.now(),
            settle=True,  # a payment may have come before the tie
            **self._difference(row),
        )

    def _difference(self, row: dict) -> dict:
        """The issue where Exact booked another amount than was sent, else none; and
        that amount, which its payments add up to."""
        total = (self.sent or {}).get("total")
        there = row.get("AmountFC")
        if not total or there is None or same_amount(there, total):
            return issues.NONE | {"booked_total": False}
        issue = issues.make("amount_differs", there=str(there), here=total)
        return issue | {"booked_total": float(abs(odata.to_decimal(there)))}

    def _exact_set_rejected(self, issue: dict) -> None:
        self._exact_move_to("refused", **issue)

    def _exact_set_unprocessed(self, issue: dict) -> None:
        """Nothing happened in Exact; it goes again later."""
        self._exact_move_to("not_processed", **issue)

    def _exact_set_unknown(self) -> None:
        self._exact_move_to(
            "no_answer",
            unknown_since=fields.Datetime.now(),
            **issues.make("outcome_unknown"),
        )

    def _exact_set_not_there(self) -> None:
        """Exact says that it is not there: once more later, then it may be sent again.

        A booking can still appear minutes after its request was lost, so a single early
        "no" is not enough (design 5.6).
        """
        self.ensure_one()
        asked = self.asked_count + 1
        if intent.is_final(asked, self.unknown_since, fields.Datetime.now()):
            self._exact_move_to("not_there", asked_count=asked, **issues.NONE)
        else:
            self.sudo().asked_count = asked

    @api.model
    def _exact_worth_asking(self) -> Domain:
        """Those of an open call of which Exact can say something new.

        Not what it said before the time is over within which the work may still appear,
        nor what a person has to look at there.
        """
        over = fields.Datetime.now() - timedelta(minutes=self.LATE_MINUTES)
        return Domain("issue_code", "not in", issues.FOR_A_PERSON) & (
            Domain("asked_count", "=", 0)
            | Domain("unknown_since", "=", False)
            | Domain("unknown_since", "<=", over)
        )

    def _exact_check_none_pending(self) -> None:
        """They cannot go to another administration while a call is open.

        :raises UserError: of some it is not known whether they were booked
        """
        pending = self.filtered(lambda entry: entry.state in states.PENDING)
        if pending:
            raise UserError(
                self.env._(
                    "Of %s it is not known yet whether they were booked. Exact is "
                    "asked; choose another administration afterwards.",
                    ", ".join(pending.mapped("move_name")),
                )
            )

    def _exact_set_issue(self, issue: dict) -> None:
        """Keep an issue without a change of state."""
        self.sudo().write(issue)

    # --- guards --------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        check_internal(self.env)
        return super().create(vals_list)

    def write(self, vals):
        check_internal(self.env)
        return super().write(vals)

    # --- actions -------------------------------------------------------------

    def action_open_move(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
