from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal

from odoo import models

from ..exact import odata, settlement
from ..exact.settlement import Balance, Decision, Own, Plan, Source, Term

# The kinds of payments that stand for what Exact settled.
OWN_KINDS = ("money", "credit", "discount", "difference", "write_off", "settled")
# What stands of the link's on an invoice, as a condition on `payment`.
STANDING_KINDS = (*OWN_KINDS, "tolerance")
STANDING = """payment.state IN ('in_process', 'paid')
               AND payment.exact_counter_id IS NULL
               AND COALESCE(payment.exact_kind, 'settled') IN %(kinds)s"""
CENT = Decimal("0.01")
# The types of the ledger accounts on the other side of an entry of `source`.
COUNTERS = """SELECT array_agg(DISTINCT account.type::int ORDER BY account.type::int)
                FROM exact_ledger_line counter
                JOIN exact_reference account
                  ON account.administration_id = counter.administration_id
                 AND account.kind = 'gl_account'
                 AND account.guid = counter.gl_account_guid
               WHERE counter.administration_id = source.administration_id
                 AND counter.entry_guid = source.entry_guid
                 AND sign(counter.amount) = -sign(source.amount)
                 AND account.type ~ '^[0-9]+$'"""


@dataclass
class Facts:
    """What is known of one entry, as it was read."""

    terms: list[Term] = field(default_factory=list)
    own: list[Own] = field(default_factory=list)
    tolerated: dict[int, Decimal] = field(default_factory=dict)
    sources: list[Source] = field(default_factory=list)
    matched: Decimal = Decimal(0)  # with the link's own payments
    astray: Decimal = Decimal(0)  # of them, matched with something else by a person
    loose: set[int] = field(default_factory=set)  # those that a person unmatched
    foreign: bool = False  # it has terms, in another currency


@dataclass
class Look:
    """One entry, what Exact says of it, and what has to be done."""

    entry: models.Model
    facts: Facts
    balance: Balance | None
    decision: Decision = Decision()
    plan: Plan = Plan()

    @property
    def write_off_changes(self) -> bool:
        return sum(self.facts.tolerated.values()) != self.decision.write_off

    @property
    def to_match(self) -> set[int]:
        """The payments that stand and have to be matched with the invoice again."""
        gone = set(self.plan.take_back)
        if self.write_off_changes:
            gone |= set(self.facts.tolerated)
        return self.facts.loose - gone

    @property
    def has_work(self) -> bool:
        plan = self.plan
        return bool(
            plan.take_back or plan.register or self.write_off_changes or self.to_match
        )


class ExactPaymentImport(models.AbstractModel):
    """Compares what Exact settled with what stands in Odoo, many at a time.

    A handful of statements for a batch of any size; the core decides.
    """

    _inherit = "exact.payment.import"

    def _look(self, entries) -> list[Look]:
        """What has to be done on each entry; writes nothing."""
        facts = self._facts(entries)
        return [self._decide(entry, facts[entry.id]) for entry in entries]

    def _decide(self, entry, facts: Facts) -> Look:
        move = entry.move_id
        here = abs(move._exact_decimal(move.amount_total))
        there = entry._exact_booked_total() or here
        balance = settlement.balance(there, facts.terms)
        if entry.deleted and not (facts.terms or facts.foreign):
            balance = Balance(Decimal(0), None)
        if balance is None:
            return Look(entry, facts, None)
        made = sum((one.amount for one in facts.own), Decimal(0))
        residual = abs(move._exact_decimal(move.amount_residual))
        tolerated = sum(facts.tolerated.values(), Decimal(0))
        decision = settlement.decide(
            balance.settled,
            made,
            here - residual - facts.matched,
            residual + tolerated,
            # What a person unmatched is open, and no rest that was never paid.
            Decimal(0) if facts.astray or facts.loose else self._tolerance(entry),
        )
        facts.sources = [self._named(move, source) for source in facts.sources]
        if facts.sources:
            facts.own = [self._locked(one) for one in facts.own]
        plan = settlement.plan(decision, facts.sources, facts.own, balance.paid_on)
        return Look(entry, facts, balance, decision, plan)

    @staticmethod
    def _tolerance(entry) -> Decimal:
        """In the currency of the invoice."""
        administration = entry.administration_id
        if not administration.payment_tolerance:
            return Decimal(0)
        move = entry.move_id
        amount = float(administration.payment_tolerance * CENT)
        own = move.company_currency_id
        return move._exact_decimal(
            own._convert(amount, move.currency_id, move.company_id, move.date)
        )

    @staticmethod
    def _named(move, source: Source) -> Source:
        """A difference that is the discount which the payment term promises."""
        if source.kind != settlement.DIFFERENCE or not move._exact_is_discount(
            source.amount, source.paid_on
        ):
            return source
        return replace(source, kind=settlement.DISCOUNT)

    def _locked(self, own: Own) -> Own:
        """A payment of unknown source that could only be taken back by another one."""
        if own.source or own.key < 0:
            return own
        move = self.env["account.payment"].sudo().browse(own.key).move_id
        closed = move._get_violated_lock_dates(move.date, False)
        return replace(own, locked=bool(closed or move.inalterable_hash))

    # --- facts ---------------------------------------------------------------

    def _facts(self, entries) -> dict[int, Facts]:
        facts: dict[int, Facts] = defaultdict(Facts)
        if entries:
            self.env.flush_all()
            ids = tuple(entries.ids)
            self._read_items(ids, facts)
            self._read_payments(ids, facts)
            self._read_matches(ids, facts)
            self._read_astray(ids, facts)
            self._read_loose(ids, facts)
            self._read_sources(ids, facts)
            self._round(entries, facts)
        return facts

    def _read_items(self, ids: tuple, facts) -> None:
        self.env.cr.execute(
            """
            SELECT entry.id, item.amount, item.status, item.fully_paid,
                   COALESCE(item.last_payment_date, item.end_date),
                   item.currency_id = move.currency_id
              FROM exact_entry entry
              JOIN account_move move ON move.id = entry.move_id
              JOIN exact_open_item item
                ON item.administration_id = entry.administration_id
               AND item.entry_guid = entry.guid
             WHERE entry.id IN %s
            """,
            (ids,),
        )
        for entry_id, amount, status, paid, day, same in self.env.cr.fetchall():
            if not same:
                facts[entry_id].foreign = True
                continue
            term = Term.read(odata.to_decimal(amount), status, paid, day)
            facts[entry_id].terms.append(term)

    def _read_payments(self, ids: tuple, facts) -> None:
        """The link's own payments that stand, oldest first."""
        self.env.cr.execute(
            """
            SELECT payment.exact_entry_id, payment.id, payment.amount,
                   COALESCE(payment.exact_kind, 'settled'),
                   COALESCE(payment.exact_source_guid, ''),
                   payment.exact_source_guid IS NOT NULL AND line.id IS NULL
              FROM account_payment payment
              JOIN exact_entry entry ON entry.id = payment.exact_entry_id
         LEFT JOIN exact_ledger_line line
                ON line.administration_id = entry.administration_id
               AND line.line_guid = payment.exact_source_guid
             WHERE payment.exact_entry_id IN %s
               AND payment.state IN ('in_process', 'paid')
               AND payment.exact_counter_id IS NULL
          ORDER BY payment.date, payment.id
            """,
            (ids,),
        )
        for entry_id, key, amount, kind, source, gone in self.env.cr.fetchall():
            value = odata.to_decimal(amount)
            if kind == "tolerance":
                facts[entry_id].tolerated[key] = value
            elif kind in OWN_KINDS:
                facts[entry_id].own.append(Own(key, value, kind, source, gone))

    def _read_matches(self, ids: tuple, facts) -> None:
        """With what of the link's the receivables are matched.

        A matching of invoice and credit note that the link made is one of its own
        payments, with the negative id as its key.
        """
        sides = [
            ("debit_move_id", "credit_move_id", "debit_amount_currency"),
            ("credit_move_id", "debit_move_id", "credit_amount_currency"),
        ]
        query = " UNION ALL ".join(
            f"""
            SELECT entry.id AS entry_id, partial.id, partial.{amount} AS amount,
                   partial.exact_made, source.line_guid
              FROM exact_entry entry
              JOIN account_move_line line ON line.move_id = entry.move_id
              JOIN account_partial_reconcile partial ON partial.{here} = line.id
              JOIN account_move_line other ON other.id = partial.{there}
         LEFT JOIN account_payment payment ON payment.id = other.payment_id
         LEFT JOIN exact_entry counterpart
                ON partial.exact_made AND counterpart.move_id = other.move_id
         LEFT JOIN exact_ledger_line source
                ON source.administration_id = counterpart.administration_id
               AND source.entry_guid = counterpart.guid AND source.line_number = 0
             WHERE entry.id IN %(ids)s
               AND (partial.exact_made
                    OR payment.exact_entry_id = entry.id
                   AND payment.exact_counter_id IS NULL
                   AND COALESCE(payment.exact_kind, 'settled') IN %(kinds)s)
            """
            for here, there, amount in sides
        )
        params = {"ids": ids, "kinds": STANDING_KINDS}
        self.env.cr.execute(f"{query} ORDER BY 1, 2", params)
        for entry_id, key, amount, made, source in self.env.cr.fetchall():
            value = odata.to_decimal(amount)
            facts[entry_id].matched += value
            if made:
                own = Own(-key, value, settlement.CREDIT, source or "", not source)
                facts[entry_id].own.append(own)

    def _read_astray(self, ids: tuple, facts) -> None:
        """What of the link's payments a person matched with something else.

        An exchange difference, which Odoo matches by itself, has no amount in the
        currency.
        """
        sides = [
            ("debit_move_id", "credit_move_id", "debit_amount_currency"),
            ("credit_move_id", "debit_move_id", "credit_amount_currency"),
        ]
        query = " UNION ALL ".join(
            f"""
            SELECT entry.id, payment.id, partial.{amount} AS amount
              FROM exact_entry entry
              JOIN account_payment payment ON payment.exact_entry_id = entry.id
              JOIN account_move_line line
                ON line.move_id = payment.move_id
               AND line.account_id = payment.destination_account_id
              JOIN account_partial_reconcile partial ON partial.{here} = line.id
              JOIN account_move_line other ON other.id = partial.{there}
             WHERE entry.id IN %(ids)s AND other.move_id != entry.move_id
               AND partial.{amount} != 0 AND {STANDING}
            """
            for here, there, amount in sides
        )
        self.env.cr.execute(query, {"ids": ids, "kinds": STANDING_KINDS})
        held = defaultdict(set)
        for entry_id, key, amount in self.env.cr.fetchall():
            facts[entry_id].astray += odata.to_decimal(amount)
            held[entry_id].add(key)
        for entry_id, keys in held.items():
            fact = facts[entry_id]
            fact.own = [replace(one, held=one.key in keys) for one in fact.own]

    def _read_loose(self, ids: tuple, facts) -> None:
        """The link's payments that a person unmatched, where their invoice is open."""
        self.env.cr.execute(
            f"""
            SELECT DISTINCT entry.id, payment.id
              FROM exact_entry entry
              JOIN account_payment payment ON payment.exact_entry_id = entry.id
              JOIN account_move_line line
                ON line.move_id = payment.move_id
               AND line.account_id = payment.destination_account_id
              JOIN account_move_line ours
                ON ours.move_id = entry.move_id AND ours.account_id = line.account_id
             WHERE entry.id IN %(ids)s AND {STANDING}
               AND sign(ours.amount_residual_currency)
                   = -sign(line.amount_residual_currency)
               AND line.amount_residual_currency != 0
            """,
            {"ids": ids, "kinds": STANDING_KINDS},
        )
        for entry_id, key in self.env.cr.fetchall():
            facts[entry_id].loose.add(key)

    def _read_sources(self, ids: tuple, facts) -> None:
        """What settled each entry, as far as Exact tells.

        The first line of an invoice points to what settled it last; other lines name
        its number; and what a payment was made for before still counts.

        Step by step, each by an index: without statistics, as after the first read,
        PostgreSQL would rather go through the whole ledger.
        """
        columns = f"""source.date, source.line_guid, source.type, abs(source.amount),
                      source.journal_code, source.entry_number,
                      CASE WHEN source.type = {settlement.BY_HAND}
                           THEN ({COUNTERS}) END"""
        self.env.cr.execute(
            f"""
            WITH own AS MATERIALIZED (
                SELECT entry.id AS entry_id, line.administration_id, line.account_guid,
                       line.invoice_number, line.currency, line.offset_guid,
                       sign(line.amount) AS sign
                  FROM exact_entry entry
                  JOIN exact_ledger_line line
                    ON line.administration_id = entry.administration_id
                   AND line.entry_guid = entry.guid AND line.line_number = 0
                 WHERE entry.id IN %(ids)s
            ), named AS MATERIALIZED (
                SELECT entry_id, administration_id, currency, offset_guid AS line_guid
                  FROM own
                 UNION
                SELECT own.entry_id, own.administration_id, own.currency,
                       payment.exact_source_guid
                  FROM own
                  JOIN account_payment payment ON payment.exact_entry_id = own.entry_id
                 WHERE payment.state IN ('in_process', 'paid')
                   AND payment.exact_counter_id IS NULL
            )
            SELECT named.entry_id, {columns}
              FROM named
              JOIN exact_ledger_line source
                ON source.administration_id = named.administration_id
               AND source.line_guid = named.line_guid
             WHERE source.amount != 0 AND source.currency = named.currency
             UNION
            SELECT own.entry_id, {columns}
              FROM own
              JOIN exact_ledger_line source
                ON source.administration_id = own.administration_id
               AND source.account_guid = own.account_guid
               AND source.invoice_number = own.invoice_number
             WHERE source.line_number > 0 AND source.invoice_number != ''
               AND sign(source.amount) = -own.sign AND source.currency = own.currency
          ORDER BY 1, 2, 3
            """,
            {"ids": ids},
        )
        for (
            entry_id,
            day,
            guid,
            kind,
            amount,
            journal,
            number,
            counters,
        ) in self.env.cr.fetchall():
            value = odata.to_decimal(amount)
            meaning = settlement.kind_of(kind, value, counters or ())
            if meaning:
                reference = f"{journal or ''} {number or ''}".strip()
                source = Source(guid, meaning, value, day, reference)
                facts[entry_id].sources.append(source)

    @staticmethod
    def _round(entries, facts) -> None:
        """Amounts as the currency of the invoice has them; a double may have more."""
        for entry in entries:
            decimal = entry.move_id._exact_decimal
            fact = facts[entry.id]
            fact.matched = decimal(fact.matched)
            fact.astray = decimal(fact.astray)
            fact.tolerated = {k: decimal(v) for k, v in fact.tolerated.items()}
            for name in ("terms", "own", "sources"):
                rows = getattr(fact, name)
                rounded = [replace(row, amount=decimal(row.amount)) for row in rows]
                setattr(fact, name, rounded)
