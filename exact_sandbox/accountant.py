"""What an accountant does in an administration, as plain methods.

The page and the tests use these; each runs under the sandbox's lock, whole or not at
all, and raises ``Violation`` with Exact's words where Exact would refuse.
"""

from decimal import Decimal
from functools import wraps

from .books import (
    bank,
    changes,
    entries,
    payments,
    periods,
    postings,
    purchases,
    returns,
    settle,
    transit,
)
from .books.kinds import KINDS, SALES
from .books.money import cents
from .clock import midnight


def locked(method):
    """Run under the sandbox's one lock, as every request does; all or nothing."""

    @wraps(method)
    def wrapper(self, *args, **kwargs):
        with self.lock, self.atomic():
            return method(self, *args, **kwargs)

    return wrapper


class Accountant:
    """Mixin of ``Administration``. Dates are dates or datetimes, None means today;
    amounts are in the entry's currency, None means all that is open."""

    def _day(self, date):
        return midnight(date) if date else self.clock.today()

    # --- looking ------------------------------------------------------------------

    @locked
    def entries(self, your_ref=None, journal=None, kind=SALES):
        """Entries of a kind (header rows) in order of number, filtered where asked."""
        rows = [
            row
            for row in self.tables[kind.headers]
            if (your_ref is None or row.get("YourRef") == your_ref)
            and (journal is None or row["Journal"] == journal)
        ]
        return sorted(rows, key=lambda row: (row["ReportingYear"], row["EntryNumber"]))

    @locked
    def entry(self, entry_id):
        """The header row of a sales or purchase entry; KeyError when there is none."""
        return entries.header(self, entry_id)[1]

    @locked
    def open_items(self, entry_id=None):
        """Open terms, of one entry where asked, in order of due date."""
        return settle.open_terms(self, entry_id)

    @locked
    def balance(self, entry_id):
        """What is still open of an entry, in its currency, positive when unpaid."""
        return settle.balance(self, entry_id)

    @locked
    def matches(self, entry_id):
        """What settled (part of) an entry, in order of time."""
        return payments.matches_of(self, entry_id)

    # --- settling -----------------------------------------------------------------

    @locked
    def pay(self, entry_id, amount=None, date=None, journal=None, rate=None):
        """Book a bank entry for all or part of an entry and match it.

        What is paid too much stays an unmatched receipt. ``rate``: that of the
        payment; the difference is booked as type 82. Returns the match row.
        """
        return payments.pay(self, entry_id, amount, self._day(date), journal, rate)

    @locked
    def write_off(self, entry_id, amount=None, date=None, reason="write_off"):
        """Settle by ``write_off`` (type 90), ``difference`` or ``discount`` (83)."""
        day = self._day(date)
        return payments.write_off(self, entry_id, amount, day, reason)

    @locked
    def match_entries(self, entry_id, other_id, date=None):
        """Settle an invoice and a credit note of one account with each other."""
        return payments.match_entries(self, entry_id, other_id, self._day(date))

    @locked
    def receive(self, account_id, amount, date=None, supplier=False):
        """Book money on a customer's account (a supplier's: money paid), unmatched.

        Returns the bank entry row.
        """
        kind = KINDS[1] if supplier else SALES
        journal = next(iter(self.journals.by("Type", kind.journal_type)))
        fc = kind.sign * cents(Decimal(str(amount)))
        day = self._day(date)
        line = {
            "AmountFC": fc,
            "AmountDC": fc,
            "GLAccount": journal["GLAccount"],
            "Account": account_id,
            "Date": day,
            "ExchangeRate": Decimal(1),
        }
        period = periods.period_of(self, day)
        made, rows = bank.create(self, bank.journal_for(self), period, [line])
        for row in rows:
            bank.party_term(self, made, row)
        return made

    @locked
    def match_receipt(self, entry_id, bank_entry_id, date=None):
        """Settle an entry with money that was received and not matched."""
        day = self._day(date)
        return payments.match_receipt(self, entry_id, bank_entry_id, day)

    @locked
    def take_back(self, entry_id, match_id=None, keep_receipt=False):
        """Undo the newest settlement of an entry, or the one named.

        ``keep_receipt`` leaves the money in the bank journal as an unmatched receipt.
        """
        return payments.take_back(self, entry_id, match_id, keep_receipt)

    @locked
    def select(self, entry_id):
        """Put open terms into a collection or payment run: status 30."""
        transit.select(self, entry_id)

    @locked
    def process_selected(self, entry_id):
        """Make the batch of a run: status 40, in transit."""
        transit.process(self, entry_id)

    @locked
    def release(self, entry_id):
        """Take an entry out of a run again: status 20."""
        transit.release(self, entry_id)

    # --- entries and periods --------------------------------------------------------

    @locked
    def book_sale(self, values, lines):
        """Book a sales entry by hand, as a POST would; returns its row."""
        return entries.create(self, SALES, values, lines)

    @locked
    def book_purchase(self, document_id, **values):
        """Book a purchase entry from a received document; see ``books.purchases``."""
        return purchases.book(self, document_id, **values)

    @locked
    def change_entry(self, entry_id, **values):
        """Change header fields of an entry, as a PUT would."""
        kind, entry = entries.header(self, entry_id)
        changes.change(self, kind, entry, values)

    @locked
    def change_line(self, line_id, **values):
        """Change AmountFC or Description of a line, as a PUT would."""
        for kind in KINDS:
            line = self.tables[kind.lines].get(line_id)
            if line is not None:
                changes.change_line(self, kind, line, values)
                return
        raise KeyError(line_id)

    @locked
    def delete_entry(self, entry_id):
        """Delete an entry as the API would."""
        entries.delete(self, entry_id)

    @locked
    def process_entry(self, entry_id):
        """Set an entry to status 50: it can no longer be changed or deleted."""
        entries.process(self, entry_id)

    @locked
    def close_period(self, year, period, journal=None):
        """Close a period for one journal or for all."""
        periods.set_closed(self, year, period, journal, True)

    @locked
    def open_period(self, year, period, journal=None):
        """Open a period for one journal or for all."""
        periods.set_closed(self, year, period, journal, False)

    @locked
    def file_vat_return(self, year, period):
        """File the VAT return up to a period; returns the id of its entry (type 50)."""
        return returns.file(self, year, period)

    @locked
    def move(self):
        """Move the administration to another database of Exact.

        DivisionMoveDate changes and every Timestamp starts afresh (exact-api 2.1).
        """
        self.settings["moved"] = self.clock.now().replace(microsecond=0)
        self.version.value = 1  # a reader starts with "gt 1" (4.9)
        for table in self.tables.values():
            table.renumber()

    @locked
    def postings(self, entry_id):
        """Transaction lines of any entry, in order."""
        return postings.lines_of(self, entry_id)
