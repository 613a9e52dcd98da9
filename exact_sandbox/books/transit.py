"""Items selected and processed before they are matched (exact-api 11)."""

from ..errors import Violation
from . import entries, settle


def select(admin, entry_id):
    """Put the open terms of an entry into a collection or payment run: status 30."""
    entries.header(admin, entry_id)
    now = admin.clock.now().replace(microsecond=0)
    _move(
        admin,
        entry_id,
        settle.OPEN,
        settle.SELECTED,
        PaymentSelected=now,
        ReceivableSelected=now,
        PaymentSelector=admin.actor,
        ReceivableSelector=admin.actor,
    )


def process(admin, entry_id):
    """Make the batch of a run: status 40, in transit until the bank confirms."""
    entries.header(admin, entry_id)
    batch = admin.count("batch")
    _move(
        admin,
        entry_id,
        settle.SELECTED,
        settle.PROCESSED,
        PaymentBatchNumber=batch,
        ReceivableBatchNumber=batch,
        EndToEndID=f"E2E{batch:08d}",
    )


def release(admin, entry_id):
    """Take an entry out of a run again: back to status 20."""
    entries.header(admin, entry_id)
    for start in (settle.SELECTED, settle.PROCESSED):
        if any(t["Status"] == start for t in settle.terms_of(admin, entry_id)):
            _move(
                admin,
                entry_id,
                start,
                settle.OPEN,
                PaymentSelected=None,
                ReceivableSelected=None,
                PaymentBatchNumber=None,
                ReceivableBatchNumber=None,
                EndToEndID=None,
            )


def _move(admin, entry_id, start, end, **values):
    terms = [t for t in settle.terms_of(admin, entry_id) if t["Status"] == start]
    if not terms:
        raise Violation("processed")
    for term in terms:
        admin.update("terms", term, Status=end, **values)
