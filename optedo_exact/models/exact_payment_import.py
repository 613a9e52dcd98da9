from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError

from ..exact import odata, settlement
from ..exact.errors import NotProcessed
from . import issues
from .exact_open_item import FIELDS, RECEIVABLE
from .side import LOCK_PAYMENTS, lock

TERMS = "sync/Cashflow/PaymentTerms"
DELETED = "sync/Deleted"
DELETED_TERM = 10  # EntityType of a payment term (exact-api 4.9)
FIRST = "1"
PAGE = 1000  # of a change feed (exact-api 4.9)
BATCH = 50
# What Odoo may have against a payment: a rule, or a constraint of the database.
REFUSED = (UserError, psycopg2.IntegrityError)


def batched(rows: Iterable[dict], size: int) -> Iterator[list[dict]]:
    """The rows in lists of at most ``size``, none of them empty."""
    rows = iter(rows)
    while batch := list(islice(rows, size)):
        yield batch


class ExactPaymentImport(models.AbstractModel):
    """Makes the payments of exported invoices follow Exact."""

    _name = "exact.payment.import"
    _description = "Exact Online Payment Service"

    def _poll(self, administration, commit, urgent: bool = False) -> int:
        """Read what changed and register it: two calls when nothing did.

        :param commit: commits the main transaction
        :return: on how many invoices a payment was registered or taken back
        :raises ExactError: a page could not be read; then no cursor moved
        """
        with lock(self.env, LOCK_PAYMENTS, administration.id) as free:
            if not free:
                raise NotProcessed("payments_busy")
            commit()  # read the cursors as they are now, under the lock
            self._read(administration, administration._client(urgent), commit)
            commit()
            return self._settle(administration, commit)

    # --- read ----------------------------------------------------------------

    def _read(self, administration, client, commit) -> None:
        """Take over the changed and deleted terms, and move the cursors.

        The first time that is the whole history, so it is kept page by page; the
        cursors move when all of it was read.

        The deletions are read first: a term that replaces a deleted one is then always
        among the changes. The other way round an invoice would look paid.
        """
        deleted = list(
            client.rows(
                DELETED,
                ["Timestamp", "EntityKey", "EntityType"],
                odata.after(administration.deleted_cursor or FIRST),
            )
        )
        before = administration.payment_cursor or FIRST
        changed = client.rows(TERMS, FIELDS, odata.after(before))
        cursor = before
        for page in batched(changed, PAGE):
            guids = self._store(administration, page)
            self._mark(administration, guids)
            cursor = self._highest(cursor, page)
            commit()
        self._mark(administration, self._remove(administration, deleted))
        administration.write(
            {
                "deleted_cursor": self._highest(administration.deleted_cursor, deleted),
                "payment_cursor": cursor,
                "payments_read_at": fields.Datetime.now(),
            }
        )

    @staticmethod
    def _highest(before: str | bool, rows: list[dict]) -> str:
        """The highest timestamp seen; a feed that runs backwards moves nothing."""
        return str(
            max([int(before or FIRST), *(int(row["Timestamp"]) for row in rows)])
        )

    def _store(self, administration, rows: Iterable[dict]) -> set[str]:
        """Insert or update one row per receivable; returns the entries concerned."""
        items = self.env["exact.open.item"].sudo()
        rows = {r["ID"]: r for r in rows if r["LineType"] == RECEIVABLE}
        currencies = {
            currency.name: currency.id
            for currency in self.env["res.currency"]
            .with_context(active_test=False)
            .search([])
        }
        known = {
            item.term_guid: item
            for item in items.search(
                [
                    ("administration_id", "=", administration.id),
                    ("term_guid", "in", list(rows)),
                ]
            )
        }
        new = []
        for guid, row in rows.items():
            values = items._values(row, currencies)
            if guid in known:
                known[guid].write(values)
            else:
                new.append(values | {"administration_id": administration.id})
        items.create(new)
        return {row["TransactionEntryID"] for row in rows.values()}

    def _remove(self, administration, rows: list[dict]) -> set[str]:
        guids = [r["EntityKey"] for r in rows if r["EntityType"] == DELETED_TERM]
        items = (
            self.env["exact.open.item"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", administration.id),
                    ("term_guid", "in", guids),
                ]
            )
        )
        concerned = set(items.mapped("entry_guid"))
        items.unlink()
        return concerned

    def _mark(self, administration, guids: set[str]) -> None:
        """Note which entries have to follow, so that a crash forgets none."""
        self.env["exact.entry"].sudo().search(
            [
                ("administration_id", "=", administration.id),
                ("guid", "in", list(guids)),
            ]
        ).settle = True

    # --- settle --------------------------------------------------------------

    def _settle(self, administration, commit) -> int:
        """Make the payments of the marked entries what Exact says."""
        entries = (
            self.env["exact.entry"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", administration.id),
                    ("settle", "=", True),
                    ("state", "=", "exported"),
                    ("payment_manual", "=", False),
                    ("payment_paused", "=", False),
                ]
            )
        )
        changed = 0
        for start in range(0, len(entries), BATCH):
            batch = entries[start : start + BATCH].try_lock_for_update()
            try:
                with self.env.cr.savepoint():
                    done = self._settle_batch(batch)
            except REFUSED:
                done = sum(self._settle_single(entry) for entry in batch)
            changed += done
            commit()
        return changed

    def _settle_single(self, entry) -> int:
        """One entry alone; what Odoo has against it is kept on the invoice."""
        try:
            with self.env.cr.savepoint():
                return self._settle_batch(entry)
        except REFUSED as error:
            entry._exact_set_issue(
                issues.make("payment_not_registered", reason=str(error))
            )
            return 0

    def _settle_batch(self, entries) -> int:
        """Decide for each entry and carry all decisions out together."""
        decisions = []
        for entry in entries:
            balance = self._balance(entry)
            if balance is None:
                continue  # stays marked: the rows do not tell yet
            decision = self._decide(entry, balance)
            decisions.append((entry, decision, balance.paid_on))
            entry.settle = False
            if entry.issue_code == "payment_not_registered":
                entry._exact_set_issue(issues.NONE)
        payments = self.env["account.payment"].sudo()
        payments._exact_register(
            [
                (entry, decision.pay, paid_on)
                for entry, decision, paid_on in decisions
                if decision.pay
            ]
        )
        for entry, decision, paid_on in decisions:
            if decision.take_back:
                payments._exact_take_back(entry, decision.take_back, paid_on)
        return sum(
            1 for _e, decision, _d in decisions if decision.pay or decision.take_back
        )

    def _balance(self, entry) -> settlement.Balance | None:
        items = (
            self.env["exact.open.item"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", entry.administration_id.id),
                    ("entry_guid", "=", entry.guid),
                    ("currency_id", "=", entry.move_id.currency_id.id),
                ]
            )
        )
        move = entry.move_id
        return settlement.balance(abs(move._exact_total()), items._terms())

    def _decide(self, entry, balance) -> settlement.Decision:
        move = entry.move_id
        total = abs(move._exact_total())
        residual = abs(move._exact_decimal(move.amount_residual))
        matched = move._exact_decimal(self._matched_by_link(entry))
        made = sum(
            (
                move._exact_decimal(payment.amount)
                for payment in self._own_payments(entry)
            ),
            Decimal(0),
        )
        return settlement.decide(
            balance.settled, made, total - residual - matched, residual
        )

    def _own_payments(self, entry):
        """The payments that the link made and that still stand, oldest first."""
        return (
            self.env["account.payment"]
            .sudo()
            .search(
                [
                    ("exact_entry_id", "=", entry.id),
                    ("state", "in", ("in_process", "paid")),
                ],
                order="date, id",
            )
        )

    def _matched_by_link(self, entry) -> float:
        """How much of the invoice the link's own payments are matched with."""
        lines = entry.move_id._exact_receivables()
        matched = 0.0
        for partial in lines.matched_credit_ids:
            if partial.credit_move_id.payment_id.exact_entry_id == entry:
                matched += partial.debit_amount_currency
        for partial in lines.matched_debit_ids:
            if partial.debit_move_id.payment_id.exact_entry_id == entry:
                matched += partial.credit_amount_currency
        return matched
