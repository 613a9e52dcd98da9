import json
from itertools import islice

from odoo import fields, models

from ..exact import odata
from ..exact.settlement import BY_HAND

LINES = "sync/Financial/TransactionLines"
FIELDS = [
    "Timestamp",
    "ID",
    "EntryID",
    "EntryNumber",
    "JournalCode",
    "LineNumber",
    "Type",
    "Account",
    "GLAccount",
    "AmountFC",
    "Currency",
    "Date",
    "InvoiceNumber",
    "Description",
    "OffsetID",
]
DIVISIONS = "system/Divisions"
FIRST = "1"
PAGE = 1000  # of a change feed (exact-api 4.9)
AT_ONCE = 2  # pages that a poll reads; what is further behind is caught up later
DELETED_LINE = 1  # EntityType of a ledger line in sync/Deleted (exact-api 4.9)
INVOICES = (20, 21, 30, 31)
# Money, payment difference, other (exact-api 4.8): what settles an invoice.
SETTLING = (40, 83, BY_HAND)


class ExactLedgerFeed(models.AbstractModel):
    """Reads the ledger lines that changed, once for all who need them (design 6).

    Payments want to know from them what settled an invoice; who needs more extends
    ``_consume``. The import of bills reads the same feed with a cursor of its own: it
    begins on another day and anew when that day changes, it has to read all that there
    is before it decides, and it must not wait for payments, nor they for it.
    """

    _name = "exact.ledger.feed"
    _description = "Exact Online Ledger Feed"

    def _read(self, administration, client, commit, pages: int = AT_ONCE) -> None:
        """Read what changed, at most so many pages, and hand it on page by page.

        :param commit: commits the main transaction; the cursor moves with each page
        :raises ExactError: a page could not be read; what came before it is kept
        """
        before = administration.ledger_cursor or FIRST
        rows = client.rows(LINES, FIELDS, odata.after(before))
        read = 0
        while page := list(islice(rows, PAGE)):
            read += 1
            # The rows come in the order of the cursor, so each page is whole.
            self._consume(administration, page)
            before = str(max(int(before), *(int(row["Timestamp"]) for row in page)))
            administration.ledger_cursor = before
            commit()
            if len(page) < PAGE:
                break
            if read == pages:
                administration.ledger_behind = True
                return
        administration.write(
            {"ledger_behind": False, "ledger_read_at": fields.Datetime.now()}
        )

    def _moved_at(self, administration, client) -> str | None:
        """When Exact moved an administration to another place, empty for never.

        The timestamps of a moved one start again (exact-api 4.9), so whoever keeps a
        cursor keeps this date beside it, and starts again where it is another.

        :return: ``None`` where Exact does not tell
        """
        rows = list(
            client.rows(
                DIVISIONS,
                ["Code", "DivisionMoveDate"],
                odata.eq("Code", administration.division),
            )
        )
        return str(rows[0]["DivisionMoveDate"] or "") if rows else None

    def _consume(self, administration, rows: list[dict]) -> None:
        """Take over what of a page is needed; each row may come again."""
        self.env["exact.ledger.line"].sudo()._exact_store(administration, rows)
        guids = {row["EntryID"] for row in rows}
        self.env["exact.payment.import"]._mark(administration, guids)

    def _forget(self, administration, guids: list[str]) -> set[str]:
        """Lines that were deleted in Exact; returns the entries that they settled."""
        return self.env["exact.ledger.line"].sudo()._exact_remove(administration, guids)


class ExactLedgerLine(models.Model):
    """A ledger line of Exact on a customer's or supplier's account.

    Of an invoice only the first, which points to what settled it last; of money and
    differences those on an account; of other entries all, since their other side says
    what they are. They tell money from discount and write-off (product G7).
    """

    _name = "exact.ledger.line"
    _description = "Exact Online Ledger Line"
    _order = "date, id"

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    line_guid = fields.Char(required=True, readonly=True)
    entry_guid = fields.Char(readonly=True)
    entry_number = fields.Char(readonly=True)
    journal_code = fields.Char(readonly=True)
    line_number = fields.Integer(readonly=True)
    type = fields.Integer(readonly=True)
    account_guid = fields.Char(readonly=True)
    gl_account_guid = fields.Char(readonly=True)
    amount = fields.Float(digits=(16, 4), readonly=True, help="Signed, as in Exact.")
    currency = fields.Char(readonly=True)
    date = fields.Date(readonly=True)
    invoice_number = fields.Char(readonly=True)
    description = fields.Char(readonly=True)
    offset_guid = fields.Char(
        readonly=True, help="Of an invoice: the line that settled it last."
    )
    timestamp = fields.Char(readonly=True)

    _line_uniq = models.Constraint("UNIQUE(administration_id, line_guid)")
    _entry_index = models.Index("(administration_id, entry_guid)")
    _invoice_index = models.Index(
        "(administration_id, account_guid, invoice_number) WHERE line_number > 0"
    )

    def _exact_store(self, administration, rows: list[dict]) -> None:
        """Keep what of a page is needed, in one statement."""
        newest = {row["ID"]: row for row in rows if self._exact_is_needed(row)}
        if not newest:
            return
        self.env.cr.execute(
            """
            INSERT INTO exact_ledger_line (
                        administration_id, line_guid, entry_guid, entry_number,
                        journal_code, line_number, type, account_guid,
                        gl_account_guid, amount, currency, date, invoice_number,
                        description, offset_guid, timestamp, create_uid, create_date)
                 SELECT %(administration)s, row.*, %(user)s, now() AT TIME ZONE 'UTC'
                   FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
                        line_guid varchar, entry_guid varchar, entry_number varchar,
                        journal_code varchar, line_number int, type int,
                        account_guid varchar, gl_account_guid varchar,
                        amount numeric, currency varchar, date date,
                        invoice_number varchar, description varchar,
                        offset_guid varchar, timestamp varchar)
            ON CONFLICT (administration_id, line_guid) DO UPDATE
                    SET entry_number = excluded.entry_number,
                        journal_code = excluded.journal_code,
                        line_number = excluded.line_number,
                        type = excluded.type,
                        account_guid = excluded.account_guid,
                        gl_account_guid = excluded.gl_account_guid,
                        amount = excluded.amount,
                        currency = excluded.currency,
                        date = excluded.date,
                        invoice_number = excluded.invoice_number,
                        description = excluded.description,
                        offset_guid = excluded.offset_guid,
                        timestamp = excluded.timestamp
                  WHERE exact_ledger_line.timestamp::bigint
                        <= excluded.timestamp::bigint
            """,
            {
                "administration": administration.id,
                "user": self.env.uid,
                "rows": json.dumps([self._exact_values(r) for r in newest.values()]),
            },
        )
        self.invalidate_model()

    @staticmethod
    def _exact_is_needed(row: dict) -> bool:
        if row["Type"] == BY_HAND:
            return True
        if not row.get("Account"):
            return False
        if row["Type"] in INVOICES:
            return row["LineNumber"] == 0
        return row["Type"] in SETTLING and row["LineNumber"] > 0

    @staticmethod
    def _exact_values(row: dict) -> dict:
        day = odata.to_date(row.get("Date"))
        return {
            "line_guid": row["ID"],
            "entry_guid": row["EntryID"],
            "entry_number": str(row.get("EntryNumber") or ""),
            "journal_code": row.get("JournalCode"),
            "line_number": row["LineNumber"],
            "type": row["Type"],
            "account_guid": row.get("Account"),
            "gl_account_guid": row.get("GLAccount"),
            "amount": str(odata.to_decimal(row.get("AmountFC"))),
            "currency": row.get("Currency"),
            "date": day and str(day),
            "invoice_number": str(row.get("InvoiceNumber") or ""),
            "description": row.get("Description"),
            "offset_guid": row.get("OffsetID"),
            "timestamp": str(row["Timestamp"]),
        }

    def _exact_remove(self, administration, guids: list[str]) -> set[str]:
        """Forget lines; returns the entries of invoices that pointed to them."""
        if not guids:
            return set()
        self.env.cr.execute(
            """
            WITH gone AS (
                DELETE FROM exact_ledger_line
                      WHERE administration_id = %(administration)s
                        AND line_guid = ANY(%(guids)s)
                  RETURNING line_guid
            )
            SELECT entry.guid
              FROM account_payment payment
              JOIN exact_entry entry ON entry.id = payment.exact_entry_id
             WHERE entry.administration_id = %(administration)s
               AND payment.exact_source_guid IN (SELECT line_guid FROM gone)
            """,
            {"administration": administration.id, "guids": guids},
        )
        self.invalidate_model()
        return {guid for [guid] in self.env.cr.fetchall()}
