from odoo import models

from ..exact import entry_numbers
from ..exact.payloads import digits
from . import issues


class ExactAdministration(models.Model):
    """Odoo's numbers that cannot be entry numbers in Exact, before any call (B5)."""

    _inherit = "exact.administration"

    def _number_problems(self) -> list[tuple[str, list[int]]]:
        """Sentences with the invoices that they are about.

        Two queries, however many invoices wait.
        """
        self.ensure_one()
        if self.use_exact_entry_number:
            return []
        to_book = self._numbers_to_book()
        booked = self._numbers_booked({str(invoice.entry) for invoice in to_book})
        return [
            (self._number_sentence(problem), problem.keys)
            for problem in entry_numbers.problems([*to_book, *booked])
        ]

    def _numbers_to_book(self) -> list[entry_numbers.Numbered]:
        rows = self.mapping_ids.filtered(lambda row: row.kind == "journal")
        journals = {
            row.journal_id.id: (
                row.reference_id.code,
                (row.credit_note_reference_id or row.reference_id).code,
            )
            for row in rows
        }
        moves = self.env["account.move"].search_fetch(
            self._to_book_domain(), ["name", "journal_id", "move_type", "date"]
        )
        found = []
        for move in moves:
            pair = journals.get(move.journal_id.id, (False, False))
            code = pair[move.move_type == "out_refund"]
            # Without a code it is not known with whom it would clash.
            place = code or f"odoo {move.journal_id.id}"
            found.append(
                entry_numbers.Numbered(move.id, move.name or "", place, move.date.year)
            )
        return found

    def _numbers_booked(self, entries: set[str]) -> list[entry_numbers.Numbered]:
        """What stands in Exact under one of these entry numbers."""
        self.env["exact.entry"].flush_model()
        self.env.cr.execute(
            """
            SELECT move.name, entry.number, entry.sent ->> 'journal',
                   date_part('year', move.date)::int
              FROM exact_entry entry
              JOIN account_move move ON move.id = entry.move_id
             WHERE entry.administration_id = %s
               AND entry.guid IS NOT NULL
               AND entry.number = ANY(%s)
            """,
            (self.id, list(entries)),
        )
        return [
            entry_numbers.Numbered(
                None, name if digits(name) == number else number, journal or "", year
            )
            for name, number, journal, year in self.env.cr.fetchall()
        ]

    def _number_sentence(self, problem: entry_numbers.Problem) -> str:
        first = problem.invoices[0]
        return issues.sentence(
            self.env,
            problem.code,
            {
                "number": first.name,
                "entry": str(problem.entry),
                "journal": first.journal.removeprefix("odoo "),
                "invoices": ", ".join(invoice.name for invoice in problem.invoices),
            },
        )
