import uuid
from decimal import Decimal

from odoo import fields, models

from ..exact import odata
from ..exact.settlement import MATCHED, PROCESSED, SELECTED
from .exact_ledger_feed import FIRST
from .exact_open_item import PAYABLE, RECEIVABLE, TERM, Known
from .exact_payment_deleted import IN_A_DAY
from .exact_payment_read import DAILY, batched

# The lists have no LineType, and that of payables has neither of the others.
COMMON = [name for name in TERM if name != "LineType"]
LISTS = (
    ("bulk/Cashflow/Receivables", RECEIVABLE, COMMON),
    (
        "bulk/Cashflow/Payments",
        PAYABLE,
        [name for name in COMMON if name not in ("IsFullyPaid", "LastPaymentDate")],
    ),
)
OPEN = 20
ASK = 30  # terms that fit in the address of one question
TOO_MANY = 300  # differences after which everything is read again
BEGUN = "begun"  # stands for the day of the move until everything was read again


class ExactPaymentImport(models.AbstractModel):
    """The comparison of a day: nothing that a feed lost stays unseen (design 6)."""

    _inherit = "exact.payment.import"

    @staticmethod
    def _is_compare_due(administration) -> bool:
        """Whether the comparison of a day was not made yet."""
        last = administration.payments_compared_at
        return not last or last + DAILY <= fields.Datetime.now()

    def _compare_all(self, administration, client, commit) -> None:
        """Once a day: did the administration move, is what is open there open here?"""
        moved = self.env["exact.ledger.feed"]._moved_at(administration, client)
        afresh = self._has_moved(administration, moved)
        if afresh or not self._compare(administration, client):
            self._start_afresh(administration, client, commit)
        if moved is not None:
            administration.moved_at = moved
        self._note_unseen(administration, client, IN_A_DAY)
        administration.payments_compared_at = fields.Datetime.now()
        commit()

    # --- moved ---------------------------------------------------------------

    @staticmethod
    def _has_moved(administration, moved: str | None) -> bool:
        """The timestamps of a moved administration start again (exact-api 4.9).

        :param moved: when, as far as Exact tells
        """
        before = administration.moved_at or ""
        if before == BEGUN:  # to read everything again, which was interrupted
            return True
        differs = moved is not None and moved != before
        return differs and bool(administration.payment_cursor)

    def _start_afresh(self, administration, client, commit) -> None:
        """Read everything again; what no longer comes is gone there.

        It takes several commits: until the last it is known as begun.
        """
        before = administration.moved_at
        for table in ("exact_open_item", "exact_ledger_line"):
            self.env.cr.execute(
                f"UPDATE {table} SET timestamp = '0' WHERE administration_id = %s",
                (administration.id,),
            )
        administration.write(
            {
                "payment_cursor": FIRST,
                "deleted_cursor": FIRST,
                "ledger_cursor": FIRST,
                "ledger_behind": True,
                "moved_at": BEGUN,
            }
        )
        self._read_terms(administration, client, commit)
        self._catch_up(administration, client, commit)
        self._sweep(administration)
        administration.moved_at = before != BEGUN and before
        commit()

    def _sweep(self, administration) -> None:
        """Forget the terms that did not come again."""
        self.env.cr.execute(
            """
            DELETE FROM exact_open_item
                  WHERE administration_id = %s AND timestamp = '0'
              RETURNING entry_guid
            """,
            (administration.id,),
        )
        guids = {guid for [guid] in self.env.cr.fetchall() if guid}
        self.env["exact.open.item"].invalidate_model()
        self._mark(administration, guids)

    # --- compare -------------------------------------------------------------

    def _compare(self, administration, client) -> bool:
        """Take over what is open in Exact, and ask what became of the rest.

        :return: False where so much differs that it is cheaper to read all again
        """
        items = self.env["exact.open.item"].sudo()
        here = items._exact_not_matched(administration)
        still_open = odata.any_of(
            odata.eq("Status", status) for status in (OPEN, SELECTED, PROCESSED)
        )
        seen, changed = set(), []
        for row in self._listed(client, still_open):
            seen.add(row["ID"])
            known = here.get(row["ID"])
            values = self._values(row, known)
            told = Decimal(values["amount"]), values["status"], values["fully_paid"]
            if not known or told != (known.amount, known.status, known.fully_paid):
                changed.append(values)
        open_here = {guid for guid, known in here.items() if not known.fully_paid}
        lost = sorted(open_here - seen)
        if len(lost) + len(changed) > TOO_MANY:
            return False
        guids = items._exact_upsert(administration, changed)
        guids |= self._ask(administration, client, lost, here)
        self._mark(administration, guids)
        return True

    @staticmethod
    def _listed(client, where: str):
        """The rows of both lists, as the feed of terms would name them."""
        for endpoint, line_type, select in LISTS:
            for row in client.rows(endpoint, select, where):
                yield row | {"LineType": line_type}

    def _values(self, row: dict, known: Known | None) -> dict:
        """The columns of a row of the lists.

        That of payables does not tell whether a term that is in a payment run is paid
        already, and when. What is known of it holds as long as its status stays.
        """
        values = self.env["exact.open.item"]._exact_values(row)
        if "IsFullyPaid" not in row:
            values["fully_paid"] = row["Status"] == MATCHED
            if known and known.status == row["Status"]:
                day = known.last_payment_date
                values |= {
                    "fully_paid": known.fully_paid,
                    "last_payment_date": day and str(day),
                }
        return values

    def _ask(self, administration, client, lost: list[str], here: dict) -> set[str]:
        """What became of terms that are open here and not there.

        An empty list never reads as paid (product G5): each is asked for, and one that
        is nowhere is forgotten, which settles nothing.
        """
        items = self.env["exact.open.item"].sudo()
        found, gone = [], []
        for batch in batched(lost, ASK):
            where = odata.any_of(odata.eq("ID", uuid.UUID(guid)) for guid in batch)
            rows = list(self._listed(client, where))
            there = {row["ID"] for row in rows}
            found += [self._values(row, here.get(row["ID"])) for row in rows]
            gone += [guid for guid in batch if guid not in there]
        return items._exact_upsert(administration, found) | items._exact_remove(
            administration, gone
        )
