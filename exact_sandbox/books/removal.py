"""When a bank or general journal entry may be deleted (exact-api 6)."""

from ..errors import Violation
from . import periods, settle
from .journals import OPEN


def require_removable(admin, entry):
    """Only while it is open, nothing on it is matched and its period is open."""
    if entry["Status"] != OPEN or settle.is_touched(admin, entry["EntryID"]):
        raise Violation("processed", status=admin.switches.delete_refusal_status)
    periods.require_open(
        admin, entry["JournalCode"], entry["FinancialYear"], entry["FinancialPeriod"]
    )
