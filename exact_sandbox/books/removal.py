"""When a bank or general journal entry may be deleted (exact-api 6)."""

from ..errors import Violation
from . import periods, settle
from .journals import OPEN


def require_removable(admin, entry):
    """Only while it is open, nothing of it is matched or in a VAT return, and its
    period is open."""
    entry_id = entry["EntryID"]
    lines = admin.transaction_lines.by("EntryID", entry_id)
    reported = any(line.get("Reported") for line in lines)
    if entry["Status"] != OPEN or reported or settle.is_touched(admin, entry_id):
        raise Violation("processed", status=admin.switches.delete_refusal_status)
    periods.require_open(
        admin, entry["JournalCode"], entry["FinancialYear"], entry["FinancialPeriod"]
    )
