"""Removing what an entry made, with the deletion log (exact-api 4.9 sync/Deleted)."""

TRANSACTION_LINES = 1
PAYMENT_TERMS = 10


def transaction(admin, entry_id):
    """Remove the transaction lines of an entry."""
    for row in admin.transaction_lines.by("EntryID", entry_id):
        admin.delete("transaction_lines", row["ID"], TRANSACTION_LINES)


def terms(admin, entry_id):
    """Remove the terms of an entry."""
    for row in admin.terms.by("TransactionEntryID", entry_id):
        admin.delete("terms", row["ID"], PAYMENT_TERMS)
