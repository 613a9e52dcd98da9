from collections import defaultdict
from datetime import UTC, datetime
from time import sleep

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import split_every

from ..exact import states
from ..exact.payloads import ENTRIES
from . import issues
from .account_move import SALES
from .exact_lookup import BATCH as LOOKUP
from .exact_run import NAMES
from .side import keep

BATCH = 500  # invoices that are queued in one step
ATTEMPTS = 5  # at a step that collides with a job
FEW = 5  # calls of a run that are about no invoice
# What goes by itself: what Exact refused needs a person first.
BY_ITSELF = (states.NONE, states.QUEUED, states.BLOCKED)
PER_CALL = 0.5  # seconds, until a call was measured
# Journal items that are only text.
TEXTS = ("line_section", "line_subsection", "line_note")


class ExactBulk(models.AbstractModel):
    """Which invoices an export of many takes, and which it leaves out and why.

    Everything is asked of the database as a whole, by the codes chosen: an estimate,
    since each invoice is checked in full only when it goes.
    """

    _name = "exact.bulk"
    _description = "Exact Online Bulk Service"

    # --- which ---------------------------------------------------------------

    @api.model
    def _candidates(self, administration, move_ids=None) -> Domain:
        """The invoices that could go.

        :param move_ids: those that a user selected; else all
        """
        domain = Domain(self.env["account.move"]._exact_export_domain(administration))
        if move_ids is not None:
            domain &= Domain("id", "in", move_ids)
        return domain

    @api.model
    def _obstacles(self, administration, candidates: Domain, by_itself: bool) -> list:
        """What keeps some of the invoices from going.

        :param by_itself: nobody chose them one by one
        :return: issue and domain of the invoices, one for each cause
        """
        if not administration._has_start():
            return [(issues.make("start_missing"), [("id", "!=", False)])]
        found = [
            *self._obstacles_of_set_up(administration),
            *self._obstacles_of_journals(administration, candidates),
            *self._obstacles_of_taxes(administration, candidates),
            *self._obstacles_of_terms(administration, candidates),
            *self._obstacles_of_accounts(administration, candidates),
            *self._obstacles_of_customers(),
        ]
        if by_itself:
            found.append(
                (
                    issues.make("bulk_refused"),
                    [("exact_entry_id", "any", [("state", "not in", BY_ITSELF)])],
                )
            )
        return found

    def _obstacles_of_set_up(self, administration):
        if not administration.default_gl_account_id._usable():
            yield issues.make("default_gl_account_missing"), [("id", "!=", False)]

    def _obstacles_of_journals(self, administration, candidates):
        for journal in self._used("account.move", candidates, "journal_id"):
            row = self._mapped(administration, "journal", journal)
            if not row.reference_id:
                issue = issues.make("journal_unmapped", journal=journal.display_name)
            elif not row.reference_id._usable():
                issue = issues.make(
                    "journal_gone",
                    code=row.reference_id.code,
                    journal=journal.display_name,
                )
            else:
                continue
            yield issue, [("journal_id", "=", journal.id)]

    def _obstacles_of_taxes(self, administration, candidates):
        lines = Domain("move_id", "any", candidates) & Domain(self._of_lines([]))
        for tax in self._used("account.move.line", lines, "tax_ids", empty=True):
            domain = [("tax_ids", "=", tax.id)]
            if any(
                not (row.gl_account_id or row.reference_id)
                for row in self._tax_rows(administration, tax)
            ):
                issue = (
                    issues.make("tax_unmapped", tax=tax.display_name)
                    if tax
                    else issues.make("bulk_no_tax_unmapped")
                )
            elif any(
                not (row.gl_account_id or row.reference_id)._usable()
                for row in self._tax_rows(administration, tax)
            ):
                name = tax.display_name or self.env._("Lines without tax")
                issue = issues.make("bulk_code_gone", name=name)
            else:
                continue
            yield issue, [("line_ids", "any", self._of_lines(domain))]

    def _tax_rows(self, administration, tax) -> list:
        taxes = tax.flatten_taxes_hierarchy() if tax else [tax]
        return [self._mapped(administration, "tax", one) for one in taxes]

    def _obstacles_of_terms(self, administration, candidates):
        terms = self._used("account.move", candidates, "invoice_payment_term_id")
        for term in terms:
            reference = self._mapped(administration, "payment_term", term).reference_id
            if not reference:
                issue = issues.make("payment_term_unmapped", term=term.display_name)
            elif not reference._usable():
                issue = issues.make("bulk_code_gone", name=term.display_name)
            else:
                continue
            yield issue, [("invoice_payment_term_id", "=", term.id)]

    def _obstacles_of_accounts(self, administration, candidates):
        if not (
            administration.use_line_gl_account
            and administration.require_line_gl_account
        ):
            return
        lines = Domain("move_id", "any", candidates) & Domain(self._of_lines([]))
        for account in self._used("account.move.line", lines, "account_id"):
            row = self._mapped(administration, "account", account)
            if row.reference_id._usable():
                continue
            issue = issues.make("bulk_account_unmapped", account=account.display_name)
            domain = self._of_lines([("account_id", "=", account.id)])
            yield issue, [("line_ids", "any", domain)]

    def _obstacles_of_customers(self):
        yield (
            issues.make("bulk_country_missing"),
            [
                ("exact_party_country_id", "=", False),
                ("commercial_partner_id.country_id", "=", False),
            ],
        )

    def _mapped(self, administration, kind: str, record):
        return self.env["exact.mapping"].sudo()._get(administration, kind, record)

    @staticmethod
    def _of_lines(domain: list) -> list:
        return [("display_type", "=", "product"), *domain]

    def _used(self, model: str, domain, field: str, empty: bool = False) -> list:
        """The records that occur in ``field``."""
        groups = self.env[model]._read_group(domain, [field])
        return [record for (record,) in groups if record or empty]

    @api.model
    def _split(self, administration, move_ids=None):
        """What goes, and what does not.

        :return: domain of what goes; a list of issue, domain and count of what does not
        """
        candidates = self._candidates(administration, move_ids)
        moves = self.env["account.move"]
        causes, kept_back = [], Domain.FALSE
        obstacles = self._obstacles(administration, candidates, move_ids is None)
        for issue, domain in obstacles:
            count = moves.search_count(candidates & Domain(domain))
            if count:
                causes.append((issue, domain, count))
                kept_back |= Domain(domain)
        return candidates & ~kept_back, causes

    @api.model
    def _not_offered(self, administration, move_ids: list) -> list:
        """What a user selected that is no candidate at all: issue, domain, count."""
        selected = Domain("id", "in", move_ids)
        rest = selected & ~self._candidates(administration, move_ids)
        sales = Domain("move_type", "in", SALES)
        here = Domain("company_id", "in", administration._locations().ids)
        posted = Domain("state", "=", "posted")
        before = Domain.FALSE
        if administration.export_from:
            before = Domain("invoice_date", "<", administration.export_from)
        kinds = [
            ("bulk_no_sale", ~sales),
            ("bulk_other_company", sales & ~here),
            ("bulk_draft", sales & here & ~posted),
            ("bulk_too_old", sales & here & posted & before),
            ("bulk_there", sales & here & posted & ~before),
        ]
        moves = self.env["account.move"]
        found = []
        for code, domain in kinds:
            ids = moves.search(rest & domain).ids
            if ids:
                found.append((issues.make(code), [("id", "in", ids)], len(ids)))
        return found

    # --- how much ------------------------------------------------------------

    @api.model
    def _totals_per_journal(self, goes: Domain) -> list[dict]:
        groups = self.env["account.move"]._read_group(
            goes,
            ["journal_id"],
            ["__count", "amount_untaxed_signed:sum", "amount_total_signed:sum"],
        )
        return [
            {
                "name": journal.display_name,
                "count": count,
                "untaxed": untaxed,
                "vat": total - untaxed,
                "total": total,
            }
            for journal, count, untaxed, total in groups
        ]

    @api.model
    def _totals_per_vat_code(self, administration, goes: Domain) -> list[dict]:
        """In the company's currency; a line with several taxes counts for the first
        that is VAT."""
        of = Domain("move_id", "any", goes)
        lines = self.env["account.move.line"]
        rows: dict = defaultdict(lambda: {"untaxed": 0.0, "vat": 0.0, "count": 0})
        based = of & Domain("display_type", "not in", ("payment_term", "tax", *TEXTS))
        for tax, balance, count in lines._read_group(
            based, ["tax_ids"], ["balance:sum", "move_id:count_distinct"]
        ):
            row = rows[self._code_name(administration, tax)]
            row["untaxed"] -= balance
            row["count"] += count
        for tax, balance in lines._read_group(
            of & Domain("tax_line_id", "!=", False), ["tax_line_id"], ["balance:sum"]
        ):
            rows[self._code_name(administration, tax)]["vat"] -= balance
        return [
            row | {"name": name, "total": row["untaxed"] + row["vat"]}
            for name, row in sorted(rows.items())
        ]

    def _code_name(self, administration, tax) -> str:
        row = self._mapped(administration, "tax", tax)
        return (row.reference_id or row.gl_account_id).display_name or (
            tax.display_name or self.env._("Lines without tax")
        )

    @api.model
    def _calls(self, administration, goes: Domain, count: int) -> int:
        """How many calls to Exact it takes, about."""
        known = [("administration_id", "=", administration.id), ("guid", "!=", False)]
        unknown = goes & Domain(
            "commercial_partner_id", "not any", [("exact_account_ids", "any", known)]
        )
        [[new]] = self.env["account.move"]._read_group(
            unknown, [], ["commercial_partner_id:count_distinct"]
        )
        files = 2 * count if administration.attach_pdf else 0
        looked_up = -(-count // LOOKUP)
        return count + 2 * new + files + looked_up + FEW

    @api.model
    def _seconds_per_call(self, administration) -> float:
        """What a booking took lately."""
        self.env.cr.execute(
            """
            SELECT avg(duration)
              FROM (SELECT duration
                      FROM exact_call
                     WHERE administration_id = %s
                       AND endpoint = %s
                       AND method = 'POST'
                       AND duration IS NOT NULL
                  ORDER BY id DESC
                     LIMIT 100) AS lately
            """,
            (administration.id, ENTRIES),
        )
        [average] = self.env.cr.fetchone()
        return float(average) / 1000 if average else PER_CALL

    @api.model
    def _expected_end(self, administration, calls: int) -> datetime:
        """Naive, UTC."""
        seconds = self._seconds_per_call(administration)
        end = administration._quota().expected_end(datetime.now(UTC), calls, seconds)
        return end.replace(tzinfo=None, microsecond=0)

    # --- start ---------------------------------------------------------------

    @api.model
    def _start(self, administration, origin: str, commit, move_ids=None):
        """Queue what goes, as a run; who is under way already takes it along.

        :param commit: commits the main transaction; queueing is done in steps
        :return: the run, none where a schedule finds nothing
        :raises UserError: there is nothing that can go, or it is not said yet from
            when on invoices go
        """
        service = self.sudo()
        if not administration.sudo()._has_start():
            raise UserError(issues.sentence(self.env, "start_missing"))
        goes, causes = service._split(administration, move_ids)
        order = "invoice_date, id"
        ids = service.env["account.move"].search(goes, order=order).ids
        if not ids and origin != "schedule":
            raise UserError(self.env._("There is no invoice that can go to Exact."))
        if not ids and not causes:
            return self.env["exact.run"]
        run = service._run(administration, origin, commit)
        found = service._left_out(administration, causes, move_ids)
        if origin == "schedule":
            found["is_scheduled"] = True
        # A job may be at work on the run: it is written beside this transaction.
        keep(run, lambda run: run.write(found))
        for batch in split_every(BATCH, ids):
            service._queue(batch, run, commit)
            keep(run, lambda run: run._exact_count())
        service._queue_left_out(administration, causes, move_ids, commit)
        administration._trigger_export()
        if ids:
            keep(run, lambda run: run._exact_reopen())
        else:
            keep(run, lambda run: run._exact_finish_where_empty())
        commit()
        return run.with_env(self.env)

    def _queue_left_out(self, administration, causes: list, move_ids, commit) -> None:
        """Have the job look at what cannot go too: it keeps each with its own reason.

        Outside of the run, which is not to stop at what was left out of it. Nothing is
        sent of them: the check comes before any call.
        """
        left = Domain.OR(Domain(domain) for _issue, domain, _count in causes)
        new = Domain("exact_entry_id", "=", False) | Domain(
            "exact_entry_id", "any", [("state", "=", states.NONE)]
        )
        candidates = self._candidates(administration, move_ids)
        ids = self.env["account.move"].search(candidates & left & new).ids
        for batch in split_every(BATCH, ids):
            self._queue(batch, self.env["exact.run"], commit)

    def _queue(self, move_ids: list[int], run, commit) -> None:
        """Queue a batch of a run, but for what was booked or changed meanwhile.

        The job books while this goes on, and what it holds makes a step fail that has
        to be taken again from what is there then.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                moves = self.env["account.move"].browse(move_ids).exists()
                moves.filtered(lambda move: move._exact_may_be_queued())._exact_enqueue(
                    run
                )
                commit()
                return
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
                if attempt == ATTEMPTS:
                    raise
                sleep(0.1 * attempt)

    def _left_out(self, administration, causes: list, move_ids) -> dict:
        """What a run keeps of the invoices that cannot go: by cause, some named."""
        candidates = self._candidates(administration, move_ids)
        moves = self.env["account.move"]
        return {
            "left_out": sum(count for _issue, _domain, count in causes),
            "left_out_causes": [
                issue
                | {
                    "count": count,
                    "move_ids": moves.search(
                        candidates & Domain(domain),
                        order="invoice_date, id",
                        limit=NAMES,
                    ).ids,
                }
                for issue, domain, count in causes
            ],
        }

    def _run(self, administration, origin: str, commit):
        """The run that is under way, or a new one, committed."""
        run = self.env["exact.run"]._active(administration)
        if not run:
            values = {
                "administration_id": administration.id,
                "origin": origin,
                "user_id": self.env.uid,
            }
            run = run.create(values | issues.make("run_starts"))
        commit()
        return run
