from odoo import fields, models

from ..exact import odata
from ..exact.settlement import Term

# What is read of each row of sync/Cashflow/PaymentTerms.
FIELDS = [
    "Timestamp",
    "ID",
    "TransactionEntryID",
    "Account",
    "LineType",
    "AmountDC",
    "AmountFC",
    "Currency",
    "Status",
    "IsFullyPaid",
    "DueDate",
    "LastPaymentDate",
    "EndDate",
]
RECEIVABLE = 20


class ExactOpenItem(models.Model):
    """One payment term of Exact, open or settled.

    A part-paid term is split into several there, so an entry's balance is always the
    sum of its rows (exact-api 4.8).
    """

    _name = "exact.open.item"
    _description = "Exact Online Open Item"
    _order = "due_date, id"

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="administration_id.company_id", store=True)
    term_guid = fields.Char(required=True, readonly=True)
    entry_guid = fields.Char(
        readonly=True,
        index=True,
        help="TransactionEntryID: the booking the term belongs to.",
    )
    account_guid = fields.Char(readonly=True)
    line_type = fields.Integer(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(readonly=True, help="In the term's currency, unsigned.")
    status = fields.Integer(
        readonly=True, help="20 open, 30 selected, 40 processed, 50 matched."
    )
    fully_paid = fields.Boolean(readonly=True)
    due_date = fields.Date(readonly=True)
    last_payment_date = fields.Date(readonly=True)
    end_date = fields.Date(readonly=True)
    timestamp = fields.Char(readonly=True)

    _term_uniq = models.Constraint("UNIQUE(administration_id, term_guid)")

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

    def _values(self, row: dict, currencies: dict) -> dict:
        """The values of a row of the feed.

        :param currencies: res.currency by code
        """
        return {
            "term_guid": row["ID"],
            "entry_guid": row.get("TransactionEntryID"),
            "account_guid": row.get("Account"),
            "line_type": row.get("LineType") or 0,
            "currency_id": currencies.get(row.get("Currency")),
            "amount": abs(odata.to_decimal(row.get("AmountFC"))),
            "status": row.get("Status") or 0,
            "fully_paid": bool(row.get("IsFullyPaid")),
            "due_date": odata.to_date(row.get("DueDate")),
            "last_payment_date": odata.to_date(row.get("LastPaymentDate")),
            "end_date": odata.to_date(row.get("EndDate")),
            "timestamp": str(row["Timestamp"]),
        }
