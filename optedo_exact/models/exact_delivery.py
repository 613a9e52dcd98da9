import logging
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import LockError

from ..exact import deliveries, documents, odata, states
from ..exact.errors import ExactError, Misconfigured, NotProcessed, Refused
from . import issues
from .account_move import BILLS
from .exact_party import Blocked, Later
from .side import LOCK_ENTRY, keep, lock

_logger = logging.getLogger(__name__)

DOCUMENTS = "bulk/Documents/Documents"  # a thousand a page
SELECT = ["ID", "Subject", "FinancialTransactionEntryID"]
# Exact's clock and ours differ, and its dates carry no zone.
MARGIN = timedelta(days=1)
# For so long Exact is asked for the document of a bill by itself.
LOOK_FOR = timedelta(days=60)
# How long a mail server that could not be reached is left alone by jobs.
MAIL_PAUSE = timedelta(minutes=15)


class ExactDelivery(models.AbstractModel):
    """Delivers the files of vendor bills to Exact, each exactly once (product H1).

    The order of steps is that of a booking: check, write the intent and commit it, hand
    over while holding a lock that outlives the commit, write the outcome in a
    transaction of its own. A mail has no answer that could be asked for again: what was
    perhaps sent is looked for among the documents of Exact, by the key in its name, and
    never sent again by itself.
    """

    _name = "exact.delivery"
    _description = "Exact Online Delivery Service"

    # --- one bill ------------------------------------------------------------

    def _send(self, entry, client, commit, alone: bool = False) -> None:
        """Check and deliver one queued bill.

        :param alone: a user waits for it; a run asks for all of its bills together
            whether they stand in Exact already
        :raises ExactError: the connection, the login or a limit stops the whole run
        """
        commit()  # look at the bill as it is now
        administration = entry.administration_id
        here = administration.division == client.division
        if entry.state != states.QUEUED or not here:
            return
        issue = entry.move_id._exact_check_delivery()
        if issue:
            entry._exact_set_blocked(issue)
            commit()
            return
        if alone:
            self.env["exact.lookup"]._block_what_stands_there(entry, client, commit)
            if entry.state != states.QUEUED:
                return
        if administration.export_bills == "mailbox":
            paused = administration.mail_paused_until
            if alone or not paused or paused <= fields.Datetime.now():
                self._mail(entry, administration, commit)
        else:
            self._archive(entry, administration, client, commit)

    def _lock_bill(self, entry, administration) -> bool:
        """Lock a queued bill for its intent; whether it may still go."""
        try:
            entry.lock_for_update()
            entry.move_id.lock_for_update(allow_referencing=True)
        except LockError:
            if entry.state == states.QUEUED:
                entry._exact_set_issue(issues.make("edited"))
                administration._trigger_export()
            return False
        return (
            entry.state == states.QUEUED and entry.administration_id == administration
        )

    def _intend(self, entry, way: str, name: str, file, **more) -> None:
        """What is about to be delivered, to be committed before it goes.

        :param name: what it is called in Exact
        """
        key = entry.move_id._exact_delivery_key()
        sent = {"key": key, "name": name, "file": file.name, **more}
        entry._exact_set_sending(sent, file.checksum)
        entry.write({"delivery_way": way, "delivery_key": key})

    # --- by mail -------------------------------------------------------------

    def _mail(self, entry, administration, commit) -> None:
        """Mail the file of a bill to the digital postbox.

        The connection is made before the intent: what fails there leaves nothing open.
        """
        postbox = self.env["exact.postbox"]
        move, file = entry.move_id, entry.move_id.exact_file_id.sudo()
        content, checksum = file.raw, file.checksum
        name = move._exact_delivery_name()
        try:
            with (
                postbox._open(
                    administration, name, deliveries.kind(content), content
                ) as letter,
                lock(self.env, LOCK_ENTRY, entry.id) as free,
            ):
                commit()  # look at the bill as it is now, under the lock
                if free and self._intend_mail(entry, administration, name, checksum):
                    commit()
                    self._hand_over(entry, letter)
                else:
                    commit()
        except NotProcessed as error:
            self._keep_waiting(entry, administration, error)
        # The outcome was written beside this transaction: see it from here on.
        commit()

    def _intend_mail(self, entry, administration, name: str, checksum: str) -> bool:
        """Write the intent; false where the bill is another by now."""
        if not self._lock_bill(entry, administration):
            return False
        file = entry.move_id.exact_file_id.sudo()
        same = file.checksum == checksum
        if not same or administration.export_bills != "mailbox":
            administration._trigger_export()
            return False
        postbox = administration.postbox_email
        self._intend(entry, "mailbox", name, file, postbox=postbox)
        return True

    def _hand_over(self, entry, letter) -> None:
        """Give the letter of a committed intent to the mail server, keep the outcome.

        Nothing is read from the main transaction in here, as with a booking.

        :raises NotProcessed: it was surely not sent; the bill is queued again
        """
        try:
            self.env["exact.postbox"]._hand_over(letter)
        except NotProcessed as error:
            issue = issues.of_error(error)
            keep(entry, lambda e: e._exact_set_unprocessed(issue))
            raise
        except Refused as error:
            issue = issues.of_error(error)
            keep(entry, lambda e: e._exact_set_rejected(issue))
        except Exception as error:
            # The connection broke, or a fault of our own after it may have left.
            keep(entry, self._note_mail_unknown)
            if not isinstance(error, ExactError):
                raise
        else:
            keep(entry, self._note_mailed)

    @staticmethod
    def _note_mailed(entry) -> None:
        entry._exact_set_delivered()
        entry.administration_id._trigger_look()

    @staticmethod
    def _note_mail_unknown(entry) -> None:
        entry._exact_set_delivery_unknown()
        entry.administration_id._trigger_look()

    def _keep_waiting(self, entry, administration, error: NotProcessed) -> None:
        """Nothing was sent: a setting has to be mended, or the bill goes later.

        The mail server concerns bills only, so the rest of a run goes on; it is not
        tried again for each of a thousand bills.
        """
        self.env.cr.rollback()
        _logger.info("%s is not mailed: %s", entry, error)
        if entry.state != states.QUEUED:
            return
        issue = issues.of_error(error)
        if isinstance(error, Misconfigured):
            entry._exact_set_blocked(issue)
            return
        entry._exact_set_issue(issue)
        until = fields.Datetime.now() + MAIL_PAUSE
        administration.sudo().mail_paused_until = until
        administration._trigger_export(until)

    # --- as a document -------------------------------------------------------

    def _archive(self, entry, administration, client, commit) -> None:
        """Make a document with supplier, date, amount and the file.

        :raises ExactError: see ``_send``
        """
        move = entry.move_id
        try:
            supplier = self.env["exact.party"]._ensure_supplier(
                move, administration, client, commit
            )
        except Blocked as blocked:
            entry._exact_set_blocked(blocked.issue)
            commit()
            return
        except Later as later:
            entry._exact_set_issue(later.issue)
            administration._trigger_recovery()
            commit()
            return
        client.log_in()  # before the intent: a login that fails leaves nothing open
        with lock(self.env, LOCK_ENTRY, entry.id) as free:
            commit()  # look at the bill as it is now, under the lock
            if free and self._lock_bill(entry, administration):
                self._intend(
                    entry,
                    "document",
                    move._exact_delivery_name(),
                    move.exact_file_id.sudo(),
                    account=supplier,
                    total=str(move._exact_total()),
                )
                self._plan(entry)
                commit()
                self._settle(entry, client, commit)
        commit()

    def _plan(self, entry) -> None:
        """The rows of the document and its file, each the intent of one call.

        What Exact has already of an earlier attempt stays; another file takes the place
        of one that never went.
        """
        rows = entry._exact_delivery_rows()
        file = entry.move_id.exact_file_id.sudo()
        base = {"entry_id": entry.id, "entry_guid": entry.sent["key"]}
        document = rows.filtered(lambda row: row.kind == "document")
        if not document:
            name = entry.sent["name"]
            rows.create(base | {"kind": "document", "name": name})
        rows.filtered(lambda row: row.state == "refused")._exact_set_new()
        others = rows.filtered(
            lambda row: (
                row.kind != "document"
                and row.attachment_id != file
                and row.state == "new"
            )
        )
        others.unlink()
        if file not in (rows - others).attachment_id:
            kind = deliveries.kind(file.raw)
            rows.create(
                base
                | {
                    "kind": kind,
                    "name": f"{entry.sent['name']}.{deliveries.EXTENSIONS[kind]}",
                    "attachment_id": file.id,
                }
            )

    def _settle(self, entry, client, commit) -> None:
        """Get the document and its file into Exact, and keep how far the bill is.

        Each of both is asked for where it is open, and sent where it is not there.

        :raises ExactError: something that concerns every bill
        """
        attaching = self.env["exact.attachment.export"]
        rows = entry._exact_delivery_rows().sorted(lambda row: row.kind != "document")
        try:
            for row in rows:
                attaching._settle(row, client, commit)
                if row.state != "sent":
                    break
        except ExactError as error:
            commit()
            issue = issues.of_error(error)
            if any(row.state in ("sending", "unknown") for row in rows):
                keep(entry, self._note_unknown)
            else:
                keep(entry, lambda e: e._exact_set_unprocessed(issue))
            raise
        except Exception:
            keep(entry, self._note_unknown)
            raise
        self._conclude(entry, rows)
        commit()

    def _conclude(self, entry, rows) -> None:
        """The state of a bill, by those of its rows."""
        refused = rows.filtered(lambda row: row.state == "refused")[:1]
        if refused:
            issue = issues.of_record(refused)
            keep(entry, lambda e: e._exact_set_rejected(issue))
        elif all(row.state == "sent" for row in rows):
            guid = rows.filtered(lambda row: row.kind == "document").guid
            keep(entry, lambda e: e._exact_set_delivered(guid))
        else:
            keep(entry, self._note_unknown)

    @staticmethod
    def _note_unknown(entry) -> None:
        if entry.state != states.UNKNOWN:
            entry._exact_set_delivery_unknown()
        entry.administration_id._trigger_recovery()

    # --- what is unknown -----------------------------------------------------

    def _recover(self, entry, client, commit) -> None:
        """Find out what became of a bill whose delivery was cut off.

        Leaves alone what somebody holds the lock of: it is still under way.

        :raises ExactError: Exact could not be asked
        """
        with lock(self.env, LOCK_ENTRY, entry.id) as free:
            commit()  # look at the state as it is now, under the lock
            if not free:
                return
            mailed = entry.delivery_way == "mailbox"
            if entry.state == states.SENDING:
                # The process that delivered it died.
                if mailed:
                    self._note_mail_unknown(entry)
                else:
                    self._note_unknown(entry)
                commit()
            if entry.state == states.UNKNOWN and not mailed:
                self._settle(entry, client, commit)
        commit()
        # The documents of mails are asked for all together, by the clock.

    def _ask_now(self, entry, commit) -> None:
        """Find out about one bill for a user who waits; kept, not raised."""
        administration = entry.administration_id
        try:
            client = administration._client(urgent=True)
            if entry.state in (states.SENDING, states.UNKNOWN, states.UNDOING):
                self.env["exact.export"]._export_now(entry, administration, commit)
            commit()
            seen = entry if entry.seen_at else entry.browse()
            self._exact_confirm_deliveries(administration, client, commit)
            self._look_whether_booked(administration, client, commit, seen)
        except ExactError as error:
            connection = administration.connection_id
            raise connection.with_env(self.env)._user_error(error) from error

    # --- whether it arrived --------------------------------------------------

    def _exact_confirm_deliveries(self, administration, client, commit) -> None:
        """See which of the delivered bills Exact shows: one call for a thousand.

        :param client: none to make one only where something is open
        :param commit: commits the main transaction
        :raises ExactError: Exact could not be asked; nothing was changed
        """
        entries = self._unseen(administration)
        if not entries:
            return
        client = client or administration._client()
        found = self._documents(client, min(entries.mapped("sending_at")))
        commit()  # Exact was asked meanwhile: see the bills as they are now
        for entry in entries:
            if entry.try_lock_for_update():
                rows = found[(entry.sent or {}).get("key")]
                entry._exact_note_seen(rows)
                self._note_booked(administration, rows)
        administration.sudo().deliveries_asked_at = fields.Datetime.now()
        commit()

    def _unseen(self, administration):
        """The bills that were handed over and not seen in Exact."""
        return self.env["exact.entry"].search(
            [
                ("administration_id", "=", administration.id),
                ("state", "in", (states.DELIVERED, states.UNKNOWN)),
                ("delivery_way", "=", "mailbox"),
                ("seen_at", "=", False),
                ("sending_at", ">", fields.Datetime.now() - LOOK_FOR),
                ("move_id.move_type", "in", BILLS),
            ],
            order="id",
        )

    def _documents(self, client, since) -> dict[str, list[dict]]:
        """The purchase documents that Exact made since, by the key in their name."""
        where = odata.all_of(
            [
                odata.eq("Type", deliveries.PURCHASE_INVOICE),
                odata.newer("Created", since - MARGIN),
            ]
        )
        found = defaultdict(list)
        for row in client.rows(DOCUMENTS, SELECT, where):
            for key in deliveries.keys_in(row["Subject"]):
                found[key].append(row)
        return found


class ExactExport(models.AbstractModel):
    """Bills take their own way through the same queue."""

    _inherit = "exact.export"

    def _send(self, entry, client, commit, alone: bool = False) -> None:
        # EXTENDS
        if entry._exact_is_bill():
            return self.env["exact.delivery"]._send(entry, client, commit, alone)
        return super()._send(entry, client, commit, alone)

    def _recover(self, entry, client, commit) -> None:
        # EXTENDS
        if entry._exact_is_bill():
            return self.env["exact.delivery"]._recover(entry, client, commit)
        return super()._recover(entry, client, commit)


class ExactParty(models.AbstractModel):
    _inherit = "exact.party"

    def _ensure_supplier(self, move, administration, client, commit) -> str:
        """The account in Exact for the supplier of a bill, created where it is new.

        One that is there stays as it is, but for its role.

        :return: the guid of the account
        :raises Blocked, Later, ExactError: as ``_ensure``
        """
        link = self._link(move.commercial_partner_id, administration)
        if link.guid and link.is_supplier:
            return link.guid
        commit()
        with self._locked(link, commit):
            self._check_not_gone(link)
            party = move._exact_prepare_supplier(administration)
            if not link.guid:
                self._check_first_identity(link, party)
                self._find_or_create(link, party, client, commit)
                commit()
            self._promote(link, party, client, commit)
            return link.guid


class ExactAttachmentExport(models.AbstractModel):
    """The document of a bill carries its own data, and no booking yet."""

    _inherit = "exact.attachment.export"

    def _payload(self, row) -> dict:
        # EXTENDS
        entry = row.entry_id
        if row.kind != "document" or not entry._exact_is_bill():
            return super()._payload(row)
        move = entry.move_id
        return deliveries.document(
            deliveries.Bill(
                subject=row.name,
                account=entry.sent["account"],
                day=move.invoice_date or move.date,
                reference=move.ref or "",
                amount=Decimal(entry.sent["total"]),
                currency=move.currency_id.name,
            )
        )

    def _find(self, row, client, record: str) -> str:
        # EXTENDS: no booking leads to it, so it is found by its name.
        if row.kind != "document" or not row.entry_id._exact_is_bill():
            return super()._find(row, client, record)
        where = odata.all_of(
            [
                odata.eq("Type", deliveries.PURCHASE_INVOICE),
                odata.eq("Subject", row.name),
            ]
        )
        found = list(client.rows(documents.DOCUMENTS, ["ID"], where, record))
        return found[0]["ID"] if found else ""


class ExactEntry(models.Model):
    _inherit = "exact.entry"

    def _exact_delivery_rows(self):
        """The rows of the document and the file of a bill."""
        key = (self.sent or {}).get("key")
        return self.attachment_ids.filtered(lambda row: row.entry_guid == key)
