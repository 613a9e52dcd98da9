import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from odoo import fields, models

from ..exact import odata
from ..exact.settlement import MATCHED, Term

# What is read of each row of sync/Cashflow/PaymentTerms, and of its bulk sisters.
TERM = [
    "ID",
    "TransactionEntryID",
    "TransactionID",
    "TransactionType",
    "Account",
    "LineType",
    "AmountDC",
    "AmountFC",
    "Currency",
    "Status",
    "IsFullyPaid",
    "InvoiceNumber",
    "Journal",
    "EntryNumber",
    "EntryDate",
    "DueDate",
    "LastPaymentDate",
    "EndDate",
]
FIELDS = ["Timestamp", *TERM]
RECEIVABLE, PAYABLE = 20, 22
CASH_FLOW = 40  # the type of money that was received or paid (exact-api 4.8)


class Known(NamedTuple):
    """What is known here of a term."""

    amount: Decimal
    status: int
    fully_paid: bool
    last_payment_date: date | None


class ExactOpenItem(models.Model):
    """One payment term of Exact, open or settled.

    A part-paid term is split into several there, so an entry's balance is always the
    sum of its rows (exact-api 4.8). Written in batches, in SQL.
    """

    _name = "exact.open.item"
    _description = "Exact Online Open Item"
    _order = "due_date, id"

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True)
    term_guid = fields.Char(required=True, readonly=True)
    entry_guid = fields.Char(
        readonly=True,
        help="TransactionEntryID: the booking the term belongs to.",
    )
    line_guid = fields.Char(readonly=True, help="TransactionID: its ledger line.")
    transaction_type = fields.Integer(readonly=True)
    account_guid = fields.Char(readonly=True, index="btree_not_null")
    line_type = fields.Integer(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True, help="In the term's currency, unsigned.")
    status = fields.Integer(
        readonly=True, help="20 open, 30 selected, 40 processed, 50 matched."
    )
    fully_paid = fields.Boolean(readonly=True)
    invoice_number = fields.Char(readonly=True)
    journal_code = fields.Char(readonly=True)
    entry_number = fields.Char(readonly=True)
    entry_date = fields.Date(readonly=True)
    due_date = fields.Date(readonly=True)
    last_payment_date = fields.Date(readonly=True)
    end_date = fields.Date(readonly=True)
    timestamp = fields.Char(readonly=True)

    _term_uniq = models.Constraint("UNIQUE(administration_id, term_guid)")
    _entry_index = models.Index("(administration_id, entry_guid)")

    def _terms(self) -> list[Term]:
        """These rows in the core's words."""
        return [
            Term.read(
                odata.to_decimal(item.amount),
                item.status,
                item.fully_paid,
                item.last_payment_date or item.end_date or None,
            )
            for item in self
        ]

    # --- the only writers ----------------------------------------------------

    def _exact_store(self, administration, rows: Iterable[dict]) -> set[str]:
        """Insert or update the rows of a page; an older row never replaces a newer.

        :return: the entries that changed
        """
        newest = {}
        for row in rows:
            if row["LineType"] not in (RECEIVABLE, PAYABLE):
                continue
            before = newest.get(row["ID"])
            if not before or int(before["Timestamp"]) <= int(row["Timestamp"]):
                newest[row["ID"]] = row
        values = [self._exact_values(row) for row in newest.values()]
        return self._exact_upsert(administration, values)

    def _exact_values(self, row: dict) -> dict:
        """The columns of a row of Exact; those of a bulk list have no timestamp."""

        def day(name):
            value = odata.to_date(row.get(name))
            return value and str(value)

        return {
            "term_guid": row["ID"],
            "entry_guid": row.get("TransactionEntryID"),
            "line_guid": row.get("TransactionID"),
            "transaction_type": row.get("TransactionType") or 0,
            "account_guid": row.get("Account"),
            "line_type": row.get("LineType") or 0,
            "currency": row.get("Currency"),
            "amount": str(abs(odata.to_decimal(row.get("AmountFC")))),
            "status": row.get("Status") or 0,
            "fully_paid": bool(row.get("IsFullyPaid")),
            "invoice_number": str(row.get("InvoiceNumber") or ""),
            "journal_code": row.get("Journal"),
            "entry_number": str(row.get("EntryNumber") or ""),
            "entry_date": day("EntryDate"),
            "due_date": day("DueDate"),
            "last_payment_date": day("LastPaymentDate"),
            "end_date": day("EndDate"),
            "timestamp": str(row["Timestamp"]) if "Timestamp" in row else None,
        }

    def _exact_upsert(self, administration, values: list[dict]) -> set[str]:
        """One statement for a page of up to 1,000 rows."""
        if not values:
            return set()
        self.env.cr.execute(
            """
            INSERT INTO exact_open_item (
                        administration_id, company_id, term_guid, entry_guid, line_guid,
                        transaction_type, account_guid, line_type, currency_id, amount,
                        status, fully_paid, invoice_number, journal_code, entry_number,
                        entry_date, due_date, last_payment_date, end_date, timestamp,
                        create_uid, create_date)
                 SELECT %(administration)s, %(company)s, row.term_guid, row.entry_guid,
                        row.line_guid, row.transaction_type, row.account_guid,
                        row.line_type, currency.id, row.amount, row.status,
                        row.fully_paid, row.invoice_number, row.journal_code,
                        row.entry_number, row.entry_date, row.due_date,
                        row.last_payment_date, row.end_date, row.timestamp,
                        %(user)s, now() AT TIME ZONE 'UTC'
                   FROM jsonb_to_recordset(%(rows)s::jsonb) AS row(
                        term_guid varchar, entry_guid varchar, line_guid varchar,
                        transaction_type int, account_guid varchar, line_type int,
                        currency varchar, amount numeric, status int,
                        fully_paid boolean, invoice_number varchar,
                        journal_code varchar, entry_number varchar, entry_date date,
                        due_date date, last_payment_date date, end_date date,
                        timestamp varchar)
              LEFT JOIN res_currency currency ON currency.name = row.currency
            ON CONFLICT (administration_id, term_guid) DO UPDATE
                    SET entry_guid = excluded.entry_guid,
                        line_guid = excluded.line_guid,
                        transaction_type = excluded.transaction_type,
                        account_guid = excluded.account_guid,
                        line_type = excluded.line_type,
                        currency_id = excluded.currency_id,
                        amount = excluded.amount,
                        status = excluded.status,
                        fully_paid = excluded.fully_paid,
                        invoice_number = excluded.invoice_number,
                        journal_code = excluded.journal_code,
                        entry_number = excluded.entry_number,
                        entry_date = excluded.entry_date,
                        due_date = excluded.due_date,
                        last_payment_date = excluded.last_payment_date,
                        end_date = excluded.end_date,
                        timestamp = COALESCE(
                            excluded.timestamp, exact_open_item.timestamp)
                  WHERE excluded.timestamp IS NULL
                     OR exact_open_item.timestamp IS NULL
                     OR exact_open_item.timestamp::bigint <= excluded.timestamp::bigint
              RETURNING entry_guid
            """,
            {
                "administration": administration.id,
                "company": administration.company_id.id,
                "user": self.env.uid,
                "rows": json.dumps(values),
            },
        )
        self.invalidate_model()
        return {guid for [guid] in self.env.cr.fetchall() if guid}

    def _exact_remove(self, administration, guids: list[str]) -> set[str]:
        """Forget terms that are gone in Exact; returns the entries concerned."""
        if not guids:
            return set()
        self.env.cr.execute(
            """
            DELETE FROM exact_open_item
                  WHERE administration_id = %s AND term_guid = ANY(%s)
              RETURNING entry_guid
            """,
            (administration.id, guids),
        )
        self.invalidate_model()
        return {guid for [guid] in self.env.cr.fetchall() if guid}

    def _exact_not_matched(self, administration) -> dict[str, "Known"]:
        """The terms that are not matched as far as is known here, by guid."""
        self.env.cr.execute(
            """
            SELECT term_guid, amount, status, fully_paid, last_payment_date
              FROM exact_open_item
             WHERE administration_id = %s AND status != %s
            """,
            (administration.id, MATCHED),
        )
        rows = self.env.cr.fetchall()
        return {
            guid: Known(odata.to_decimal(amount), status, paid, day)
            for guid, amount, status, paid, day in rows
        }
