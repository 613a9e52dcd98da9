import json
from datetime import timedelta
from decimal import Decimal

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError

from ..exact import settlement
from ..exact.errors import NotProcessed
from ..exact.settlement import Source
from . import issues
from .exact_payment_deleted import IN_A_CHECK
from .exact_payment_look import STANDING_KINDS, Look
from .exact_payment_read import batched
from .side import LOCK_PAYMENTS, lock

BATCH = 50
# What is taken back is looked at again. Rounds that match credit notes do not count:
# what is open shrinks with each, so they end.
ROUNDS = 5
PASSES = 3  # over what a pass itself marked: the other side of a matching
# What Odoo may have against a payment: a rule, or a constraint of the database.
REFUSED = (UserError, psycopg2.IntegrityError)
# Issues of an invoice that this service makes, and takes away when they are over.
ISSUES = (
    "payment_not_registered",
    "payment_currency",
    "payment_terms_differ",
    "entry_deleted",
)
# Terms and deletions are read in two calls; what does not add up for longer is said.
LASTING = timedelta(minutes=10)
# A run that settles more than this many invoices at once may have to ask first.
FEW = 20
STATES = ("exported", "imported")


class ExactPaymentImport(models.AbstractModel):
    """Makes the payments of booked invoices follow Exact (product G)."""

    _inherit = "exact.payment.import"

    def _poll(self, administration, commit, urgent: bool = False) -> int:
        """Read what changed and register it: two calls when nothing did.

        :param commit: commits the main transaction
        :param urgent: a user waits for it; the work of a day is left to the job
        :return: on how many invoices a payment was registered or taken back
        :raises ExactError: a page could not be read; then its cursor did not move. Of
            the ledger only after all was settled
        """
        with lock(self.env, LOCK_PAYMENTS, administration.id) as free:
            if not free:
                raise NotProcessed("payments_busy")
            client = administration._client(urgent)
            commit()  # read the cursors as they are now, under the lock
            behind = not urgent and self._catch_up(administration, client, commit)
            deleted, trouble = self._read(administration, client, commit, not behind)
            self._note_read(administration)
            compare = not urgent and self._is_compare_due(administration)
            changed = self._settle(administration, commit)
            commit()
            # Afterwards: what stands in the way of it does not hold up payments.
            again = deleted and self._note_unseen(administration, client, IN_A_CHECK)
            if compare:
                self._compare_all(administration, client, commit)
            if again or compare:
                changed |= self._settle(administration, commit)
            commit()
            if behind or trouble:
                raise behind or trouble
            return len(changed)

    # --- settle --------------------------------------------------------------

    def _settle(self, administration, commit) -> set[int]:
        """Make the payments of the marked entries what Exact says.

        :return: the entries that changed
        """
        run = self.env["exact.run"].sudo()
        changed, failed = set(), set()
        ids = self._due(administration)
        if ids:
            self._note_balances(administration)
            ids = self._due(administration)
            self._guard(administration, len(ids), commit)
        for _pass in range(PASSES):
            if not ids:
                break
            for batch in batched(ids, BATCH):
                entries = self.env["exact.entry"].sudo().browse(batch)
                entries = entries.try_lock_for_update()
                run, done, refused = self._settle_entries(entries, administration, run)
                changed |= done
                failed |= refused
                failed |= set(batch) - set(entries.ids)
                run._exact_count_payments(len(changed))
                commit()
            ids = [key for key in self._due(administration) if key not in failed]
        run, more = self._settle_besides(administration, run)
        if more - changed:
            changed |= more
            run._exact_count_payments(len(changed))
        if administration.payment_share_seen:
            administration.payment_share_seen = False
        return changed

    def _settle_besides(self, administration, run) -> tuple:
        """Settle what belongs to no invoice; others extend it.

        :return: the run, begun where there was none, and the entries that changed
        """
        return run, set()

    def _settle_entries(self, entries, administration, run) -> tuple:
        """A batch together; where Odoo refuses something, each entry alone.

        :return: the run, the entries that changed, and those that Odoo refused
        """
        try:
            run, done = self._settle_together(entries, administration, run)
            return run, done, set()
        except REFUSED:
            self.env.invalidate_all(flush=False)
        changed, refused = set(), set()
        for entry in entries:
            try:
                run, done = self._settle_together(entry, administration, run)
                changed |= done
            except REFUSED as error:
                self._note_refused(entry, error)
                refused.add(entry.id)
        return run, changed, refused

    def _settle_together(self, entries, administration, run) -> tuple:
        """All of these or nothing; the run is begun with the first that changes."""
        looks = self._look(entries)
        with self.env.cr.savepoint():
            if not run and any(look.has_work for look in looks):
                run = run._exact_start_payments(administration)
            return run, self._settle_batch(looks, run)

    def _note_refused(self, entry, error: Exception) -> None:
        """Say on the invoice what Odoo had against it; it is tried again."""
        self.env.invalidate_all(flush=False)
        issue = issues.make("payment_not_registered", reason=str(error))
        entry._exact_set_issue(issue)

    def _settle_batch(self, looks: list[Look], run) -> set[int]:
        """Carry out what has to be done, until nothing is left to do.

        :return: the entries that changed
        """
        changed, rounds = set(), 0
        while True:
            self._tell_sources(looks)
            busy = [look for look in looks if look.has_work]
            if not busy or rounds == ROUNDS:
                break
            changed.update(look.entry.id for look in busy)
            matched = self._match_credits(busy, run)
            changed |= matched
            if not matched:
                rounds += 1
                self._take_back(busy, run)
                self._register_parts(busy, run)
                self._match_again(busy)
            again = {look.entry.id for look in busy}
            entries = self.env["exact.entry"].sudo().browse(again)
            fresh = {look.entry.id: look for look in self._look(entries)}
            looks = [fresh.get(look.entry.id, look) for look in looks]
        self._note_results(looks)
        return changed

    def _take_back(self, looks: list[Look], run) -> None:
        payments = self.env["account.payment"].sudo()
        partials = self.env["account.partial.reconcile"].sudo()
        for look in looks:
            keys = list(look.plan.take_back)
            if look.write_off_changes:
                keys += look.facts.tolerated
            payments |= payments.browse([key for key in keys if key > 0])
            partials |= partials.browse([-key for key in keys if key < 0])
        run._exact_note_unmatched(partials)
        partials.unlink()
        payments._exact_withdraw(run)

    def _register_parts(self, looks: list[Look], run) -> None:
        parts = []
        for look in looks:
            parts += [(look.entry, source) for source in look.plan.register]
            due = look.decision.write_off
            if due and look.write_off_changes:
                source = Source("", "tolerance", due, look.balance.paid_on)
                parts.append((look.entry, source))
        self.env["account.payment"].sudo()._exact_register(parts, run)

    def _match_again(self, looks: list[Look]) -> None:
        """A person unmatched what stands: it settles its invoice all the same."""
        keys = [key for look in looks for key in look.to_match]
        self.env["account.payment"].sudo().browse(keys)._exact_reconcile()

    def _tell_sources(self, looks: list[Look]) -> None:
        """Say of payments what settled them, where Exact told it later."""
        for look in looks:
            for key, source in look.plan.names:
                payment = self.env["account.payment"].sudo().browse(key)
                payment._exact_name(source)

    # --- credit notes --------------------------------------------------------

    def _match_credits(self, looks: list[Look], run) -> set[int]:
        """Match invoices with the credit notes that they are matched with in Exact.

        Only where Odoo matches the very amount; else each gets a payment of its own.

        :return: the entries that were matched; all amounts are to be read again then
        """
        done = set()
        for look in looks:
            for source in look.plan.register:
                other = source.kind == settlement.CREDIT and self._counterpart(
                    look.entry, source.guid
                )
                if not other or {look.entry.id, other.id} & done:
                    continue
                if self._match(look, other, source.amount, run):
                    done |= {look.entry.id, other.id}
        return done

    def _counterpart(self, entry, guid: str):
        """The entry of Odoo that a ledger line of Exact belongs to."""
        line = (
            self.env["exact.ledger.line"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", entry.administration_id.id),
                    ("line_guid", "=", guid),
                ]
            )
        )
        return line and entry.search(
            [
                ("administration_id", "=", entry.administration_id.id),
                ("guid", "=", line.entry_guid),
                ("state", "in", STATES),
                ("payment_manual", "=", False),
                ("payment_paused", "=", False),
                ("move_id.state", "=", "posted"),
            ],
            limit=1,
        )

    def _match(self, look: Look, other, amount: Decimal, run) -> bool:
        if not other.try_lock_for_update():
            return False
        [theirs] = self._look(other)
        moves = look.entry.move_id + other.move_id
        residuals = [abs(m._exact_decimal(m.amount_residual)) for m in moves]
        lines = moves._exact_receivables().filtered(lambda line: not line.reconciled)
        if (
            min(residuals) != amount
            or theirs.decision.pay < amount
            or len(lines.account_id) != 1
            or len(lines.currency_id) != 1
        ):
            return False
        return bool(self.env["account.partial.reconcile"]._exact_make(lines, run))

    # --- notes ---------------------------------------------------------------

    def _note_results(self, looks: list[Look]) -> None:
        """Keep on each entry what could not be made equal, and that it was looked at.

        Where the rows of Exact do not tell yet, or something is left to do, it is
        looked at again.
        """
        rows = []
        for look in looks:
            entry = look.entry
            if look.balance is None:
                self._note_untold(look)
                continue
            deleted = entry.deleted and not look.facts.terms
            self._note_issue(entry, deleted)
            rows.append(
                {
                    "id": entry.id,
                    "settle": look.has_work,
                    "outstanding": str(look.balance.outstanding),
                    "in_transit": str(look.balance.in_transit),
                    "overlap": str(look.decision.overlap),
                    "surplus": str(look.decision.surplus),
                    "astray": str(look.facts.astray),
                    "deleted": deleted,
                }
            )
        if not rows:
            return
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE exact_entry entry
               SET settle = row.settle, outstanding = row.outstanding,
                   in_transit = row.in_transit, overlap = row.overlap,
                   surplus = row.surplus, astray = row.astray,
                   deleted = row.deleted, unbalanced_since = NULL
              FROM jsonb_to_recordset(%s::jsonb) AS row(
                   id int, settle boolean, outstanding numeric,
                   in_transit numeric, overlap numeric, surplus numeric,
                   astray numeric, deleted boolean)
             WHERE entry.id = row.id
            """,
            (json.dumps(rows),),
        )
        self.env["exact.entry"].browse([r["id"] for r in rows]).invalidate_recordset()

    def _note_untold(self, look: Look) -> None:
        """Say what keeps the payments of an entry away, where that lasts."""
        entry, now = look.entry, fields.Datetime.now()
        currency = entry.move_id.currency_id
        if look.facts.foreign and not look.facts.terms:
            issue = issues.make("payment_currency", currency=currency.name)
            entry._exact_set_issue(issue)
        elif self._takes_total_over(look):
            entry._exact_set_issue(entry._exact_issue_of_amount())
        elif not entry.unbalanced_since:
            entry.unbalanced_since = now
        elif entry.unbalanced_since + LASTING <= now:
            total = entry._exact_booked_total() or abs(entry.move_id.amount_total)
            there = sum((term.amount for term in look.facts.terms), Decimal(0))
            issue = issues.make(
                "payment_terms_differ",
                number=entry.number,
                there=currency.format(float(there)),
                here=currency.format(float(total)),
            )
            entry._exact_set_issue(issue)

    def _takes_total_over(self, look: Look) -> bool:
        """Follow an entry whose amount was changed in Exact: its ledger line says the
        new one, and its terms add up to that."""
        entry = look.entry
        there = self._total_in_ledger(entry)
        if not there or settlement.balance(there, look.facts.terms) is None:
            return False
        entry.booked_total = float(there)
        return True

    def _total_in_ledger(self, entry) -> Decimal:
        """What the first ledger line of an entry comes to, without sign."""
        move = entry.move_id
        line = (
            self.env["exact.ledger.line"]
            .sudo()
            .search(
                [
                    ("administration_id", "=", entry.administration_id.id),
                    ("entry_guid", "=", entry.guid),
                    ("line_number", "=", 0),
                    ("currency", "=", move.currency_id.name),
                ],
                limit=1,
            )
        )
        return abs(move._exact_decimal(line.amount))

    @staticmethod
    def _note_issue(entry, deleted: bool) -> None:
        """Take away what is over; of a bill, its own import says that it is gone."""
        if deleted and entry.move_id.is_sale_document():
            if not entry.issue_code or entry.issue_code in ISSUES:
                issue = issues.make("entry_deleted", number=entry.number)
                entry._exact_set_issue(issue)
        elif entry.issue_code in ISSUES:
            entry._exact_set_issue(entry._exact_issue_of_amount())

    def _note_balances(self, administration) -> None:
        """Keep what is open of each marked entry, and let go where there is nothing to
        do: all of it is open, in Exact and in Odoo.

        In one statement, since an export of many marks as many.
        """
        self.env.flush_all()
        self.env.cr.execute(
            """
            WITH balance AS (
                SELECT item.entry_guid, item.currency_id,
                       sum(item.amount) AS total,
                       sum(item.amount) FILTER (WHERE item.status != 50
                           AND NOT item.fully_paid) AS outstanding,
                       sum(item.amount) FILTER (WHERE item.status IN (30, 40)
                           AND NOT item.fully_paid) AS in_transit
                  FROM exact_open_item item
                  JOIN exact_entry marked
                    ON marked.administration_id = item.administration_id
                   AND marked.guid = item.entry_guid AND marked.settle
                 WHERE item.administration_id = %(administration)s
              GROUP BY item.entry_guid, item.currency_id
            )
            UPDATE exact_entry entry
               SET outstanding = COALESCE(balance.outstanding, 0),
                   in_transit = COALESCE(balance.in_transit, 0),
                   settle = NOT (
                       COALESCE(balance.outstanding, 0) = abs(move.amount_total)
                       AND balance.total = balance.outstanding
                       AND abs(move.amount_residual) = abs(move.amount_total)
                       AND entry.unbalanced_since IS NULL
                       AND COALESCE(NULLIF(entry.booked_total, 0),
                                    balance.total) = balance.total
                       AND COALESCE(entry.overlap, 0) = 0
                       AND COALESCE(entry.surplus, 0) = 0
                       AND COALESCE(entry.astray, 0) = 0
                       AND (entry.issue_code IS NULL
                            OR entry.issue_code NOT IN %(issues)s)
                       AND NOT EXISTS (
                           SELECT 1 FROM account_payment payment
                            WHERE payment.exact_entry_id = entry.id
                              AND payment.state IN ('in_process', 'paid')
                              AND payment.exact_counter_id IS NULL
                              AND payment.exact_kind IN %(kinds)s))
              FROM balance, account_move move
             WHERE entry.administration_id = %(administration)s AND entry.settle
               AND entry.guid = balance.entry_guid AND move.id = entry.move_id
               AND move.currency_id = balance.currency_id
            """,
            {
                "administration": administration.id,
                "issues": ISSUES,
                "kinds": STANDING_KINDS,
            },
        )
        self.env["exact.entry"].invalidate_model(
            ["outstanding", "in_transit", "settle"]
        )

    def _due(self, administration) -> list[int]:
        """The marked entries of which Exact has told something, oldest first."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT entry.id
              FROM exact_entry entry
              JOIN account_move move ON move.id = entry.move_id
             WHERE entry.administration_id = %s AND entry.settle
               AND entry.state IN %s AND move.state = 'posted'
               AND entry.payment_manual IS NOT TRUE
               AND entry.payment_paused IS NOT TRUE
               AND (entry.deleted
                    OR EXISTS (SELECT 1 FROM exact_open_item item
                                WHERE item.administration_id = entry.administration_id
                                  AND item.entry_guid = entry.guid))
          ORDER BY entry.id
            """,
            (administration.id, STATES),
        )
        return [key for [key] in self.env.cr.fetchall()]

    # --- the guard -----------------------------------------------------------

    def _guard(self, administration, due: int, commit) -> None:
        """Ask before an unusual share of the open invoices is settled (product G5).

        Those that a person steers are settled by no check, so they do not count.

        :param due: how many invoices something changed of
        :raises NotProcessed: a person has to look first
        """
        share = administration.payment_share
        if administration.payment_share_seen or share >= 100 or due <= FEW:
            return
        self.env.cr.execute(
            """
            SELECT count(*) FILTER (WHERE entry.settle AND entry.outstanding = 0),
                   count(*)
              FROM exact_entry entry
              JOIN account_move move ON move.id = entry.move_id
             WHERE entry.administration_id = %s AND entry.state IN %s
               AND move.state = 'posted'
               AND entry.payment_manual IS NOT TRUE
               AND entry.payment_paused IS NOT TRUE
               AND move.payment_state IN ('not_paid', 'partial')
            """,
            (administration.id, STATES),
        )
        settled, total = self.env.cr.fetchone()
        if settled <= FEW or settled * 100 <= total * share:
            return
        error = NotProcessed("payments_share", count=settled, total=total)
        administration.write(issues.of_error(error))
        commit()
        raise error

    # --- for others ----------------------------------------------------------

    def _own_payments(self, entry):
        """The payments that the link made and that still stand, oldest first."""
        return (
            self.env["account.payment"]
            .sudo()
            .search(
                [
                    ("exact_entry_id", "=", entry.id),
                    ("state", "in", ("in_process", "paid")),
                    ("exact_kind", "not in", ("counter", "manual", "surplus")),
                    ("exact_counter_id", "=", False),
                ],
                order="date, id",
            )
        )

    def _withdraw_all(self, entry) -> None:
        """Take back all that the link settled on an invoice."""
        lines = entry.move_id._exact_receivables()
        partials = lines.matched_debit_ids + lines.matched_credit_ids
        partials.filtered("exact_made").sudo().unlink()
        self._own_payments(entry)._exact_withdraw()
        surplus = [("exact_entry_id", "=", entry.id), ("exact_kind", "=", "surplus")]
        payments = self.env["account.payment"].sudo().search(surplus)
        payments.filtered(
            lambda payment: (
                payment.state in ("in_process", "paid") and payment._exact_is_free()
            )
        )._exact_withdraw()
