"""Journals and entry numbers (exact-api 4.2, 4.7, 6)."""

from ..errors import Violation

OPEN, PROCESSED = 20, 50


def journal_of(admin, code, journal_type, kind):
    """The journal by code; a GUID is a wrong reference (exact-api 4.2)."""
    journal = admin.coded("journals", code)
    if journal is None:
        raise Violation("reference", field="JournalReference")
    if journal["Type"] != journal_type:
        raise Violation("journal_type", kind=kind)
    if journal.get("IsBlocked"):
        raise Violation("blocked", field="Journal")
    return journal


def number_key(journal, year, number):
    """An entry number is unique per journal and year (exact-api 6)."""
    return f"{journal}/{year}/{number}"


def take_number(admin, table, journal, year, sent=None):
    """The sent number when it is free, else the journal's next free one."""
    rows = admin.tables[table]
    if sent is not None:
        if sent <= 0:
            raise Violation("invalid", field="EntryNumber")
        if rows.one("NumberKey", number_key(journal, year, sent)):
            raise Violation("in_use", field="EntryNumber")
        return sent
    digits = "".join(c for c in journal if c.isdigit())[:2].rjust(2, "0")
    first = int(f"{year % 100:02d}{digits}0001")
    while True:
        number = admin.count(f"number/{journal}/{year}", first)
        if not rows.one("NumberKey", number_key(journal, year, number)):
            return number
