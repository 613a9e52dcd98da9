from collections import defaultdict
from decimal import Decimal

from odoo import Command, fields, models
from odoo.fields import Domain
from odoo.tools import escape_psql

from ..exact import bills, odata, states
from . import issues
from .exact_bill_read import is_rejected
from .exact_party import Blocked, Later

SMALLEST = Decimal("0.01")  # the currency's


class ExactBillService(models.AbstractModel):
    """An entry that is a bill of Odoo already: tied to it, never made twice (H3)."""

    _inherit = "exact.bill.service"

    def _met(self, row, partner):
        """The bill that Odoo has for an entry, if any.

        One of the same supplier, reference and amount; one whose file was delivered is
        known before (``exact_bill_delivered``).

        :raises Blocked: several may be it, or one whose amount or reference differs
        """
        if row.chosen_move_id and row.chosen_move_id in row.candidate_ids:
            return row.chosen_move_id.sudo()
        if row.make_new:
            return self.env["account.move"]
        moves = self._same_reference(row, partner)
        total = abs(odata.to_decimal(row.data["AmountFC"]))
        same = moves.filtered(lambda m: odata.to_decimal(m.amount_total) == total)
        if len(same) == 1:
            return same
        if moves:
            self._ask_which("bill_candidates", row, same or moves)
        moves = self._alike(row, partner)
        if moves:
            self._ask_which("bill_alike", row, moves)
        return moves

    @staticmethod
    def _ask_which(code: str, row, moves) -> None:
        """:raises Blocked: a person has to say which of these bills it is."""
        raise Blocked(
            issues.make(
                code,
                reference=row.reference or "",
                bills=", ".join(moves.mapped("display_name")),
                move_ids=moves.ids,
            )
        )

    def _same_reference(self, row, partner):
        """Bills of the supplier with this reference that no entry stands for."""
        reference = (row.reference or "").strip()
        if not reference:
            return self.env["account.move"].sudo()
        same = Domain("ref", "=ilike", escape_psql(reference))
        return self._free_bills(row, partner, same)

    def _alike(self, row, partner):
        """Bills of the same amount that may be this one, though nothing proves it.

        Their reference is the same but for spaces and signs, or one of both has none
        and they are of the same day. Taken for another one, it would be paid twice.
        """
        total = float(abs(odata.to_decimal(row.data["AmountFC"])))
        near = Domain("amount_total", ">", total - 0.005)
        near &= Domain("amount_total", "<", total + 0.005)
        there = bills.plain_reference(row.reference)

        def alike(move) -> bool:
            here = bills.plain_reference(move.ref)
            if here and there:
                return here == there
            return move.invoice_date == row.entry_date

        return self._free_bills(row, partner, near).filtered(alike)

    def _free_bills(self, row, partner, domain: Domain):
        """Bills of the supplier that no entry of Exact stands for.

        Nor one that was deleted in Exact: it may have been booked anew.
        """
        refund = bills.is_credit_note(row.data)
        kinds = ("in_refund",) if refund else ("in_invoice", "in_receipt")
        locations = row.administration_id._locations()
        of_supplier = (
            Domain("company_id", "in", (row.company_id | locations).ids)
            & Domain("move_type", "in", kinds)
            & Domain("state", "!=", "cancel")
            & Domain("commercial_partner_id", "=", partner.commercial_partner_id.id)
        )
        # Most of a supplier's bills have an entry: they are not even read.
        moves = self.env["account.move"].sudo()
        free = Domain("exact_entry_id", "=", False) | Domain(
            "exact_entry_id", "any", [("guid", "=", False)]
        )
        found = moves.search(of_supplier & domain & free)
        gone = self.env["exact.bill.import"].sudo()
        gone = gone.search(
            [("gone", "=", True), ("move_id", "any", of_supplier & domain)]
        )
        found |= gone.move_id.filtered(
            lambda move: self._is_free(move.exact_entry_id.sudo())
        )
        return found.filtered(lambda move: not self._is_another(row, move))

    @staticmethod
    def _is_another(row, move) -> bool:
        """Whether a person said that this bill is not the entry."""
        return row.guid in (move.exact_entry_id.sudo().other_guids or [])

    def _ask_anew(self, entry) -> None:
        """A person said that a bill is not its entry: which one is it then?

        :param entry: of the bill, still tied
        """
        known = [
            ("administration_id", "=", entry.administration_id.id),
            ("guid", "=", entry.guid),
        ]
        move = entry.move_id
        row = self.env["exact.bill.import"].sudo().search(known, limit=1)
        if not row or row.move_id != move:
            return
        partner = move.commercial_partner_id
        perhaps = self._same_reference(row, partner) | self._alike(row, partner)
        row._exact_set_problem(
            issues.make("bill_another", bill=move.display_name),
            move_id=False,
            met=False,
            make_new=False,
            chosen_move_id=False,
            files_wanted=False,
            file_issue_code=False,
            candidate_ids=[Command.set((perhaps - move).ids)],
        )

    def _is_free(self, entry) -> bool:
        """Whether no entry of Exact stands for a bill, or one deleted there."""
        if not entry.guid:
            return True
        gone = [
            ("administration_id", "=", entry.administration_id.id),
            ("guid", "=", entry.guid),
            ("gone", "=", True),
        ]
        return bool(self.env["exact.bill.import"].sudo().search_count(gone, limit=1))

    def _tie(self, row, move, complete: bool = True) -> None:
        """Complete the bill of Odoo with the entry, and say what differs.

        A draft without lines gets those of the entry; all else stays as it is, as does
        a receipt that was booked as a credit note: it shows what differs.

        :param complete: false where bills do not come in: nothing is typed in then
        :raises Blocked: another entry stands for it
        :raises Later: it is on its way to Exact
        """
        move._exact_make_entries()
        entry = move.exact_entry_id.sudo()
        event = "booked" if states.takes(entry.state, "booked") else "adopt"
        if not self._is_free(entry):
            raise Blocked(
                issues.make(
                    "bill_booked_twice",
                    number=row.number,
                    bill=move.display_name,
                    other=entry.number or "",
                )
            )
        busy = not entry.guid and not states.takes(entry.state, event)
        if busy or not entry.try_lock_for_update():
            raise Later(issues.make("bill_busy", bill=move.display_name))
        is_empty = move.state == "draft" and not move.invoice_line_ids
        fits = move.move_type != "in_receipt" or not bills.is_credit_note(row.data)
        if complete and is_empty and fits:
            self._complete(row, move)
        values = {
            "guid": row.guid,
            "number": row.number,
            "administration_id": row.administration_id.id,
            "exported_at": fields.Datetime.now(),
            "settle": True,
        }
        if entry.guid:  # the entry that it had was deleted, and it was booked anew
            entry.write(values)
            entry._exact_log("rebooked")
        else:
            entry._exact_move_to(event, adopted=True, **values)
        row._exact_set_done(move, met=True)
        self._compare(row)

    def _complete(self, row, move) -> None:
        """Type in a draft that is only a file: Exact did the typing."""
        values, lines = self._bill_values(row, self._supplier(row))
        values.pop("company_id")
        kind = values.pop("move_type")
        if move.move_type not in (kind, "in_receipt"):
            move.action_switch_move_type()
        move.write(values)
        self._finish(row, move, lines)

    # --- what differs --------------------------------------------------------

    def _compare(self, row) -> None:
        """Show on the bill what Exact has otherwise; the bill itself stays untouched.

        So also where the entry changed in Exact after it came: a bill may be paid,
        reported or locked in Odoo meanwhile.
        """
        total = float(abs(odata.to_decimal(row.data["AmountFC"])))
        row.move_id.exact_entry_id.sudo().booked_total = total
        issue = issues.NONE
        if is_rejected(row.data):
            issue = issues.make("bill_rejected_there", number=row.number)
        elif differences := self._differences(row):
            issue = issues.make(
                "bill_differs", number=row.number, differences=differences
            )
        self._flag(row, issue)

    def _differences(self, row) -> list[list[str]]:
        """(word for the field, both values) for each that differs."""
        entry, move = row.data, row.move_id.sudo()
        total = f"{abs(odata.to_decimal(entry['AmountFC'])):.2f}"
        vat = f"{abs(self._vat_of_lines(row)):.2f}"
        supplier = move.commercial_partner_id
        same_supplier = self._is_supplier(row, supplier)
        there_is = "bill_refund" if bills.is_credit_note(entry) else "bill_invoice"
        here_is = "bill_refund" if move.move_type == "in_refund" else "bill_invoice"
        pairs = [
            ("bill_total", f"{move.amount_total:.2f}", total),
            ("bill_vat", f"{abs(move.amount_tax):.2f}", vat),
            ("bill_reference", (move.ref or "").strip(), (row.reference or "").strip()),
            ("bill_date", str(move.invoice_date or "…"), str(row.entry_date)),
            ("bill_currency_word", move.currency_id.name, entry["Currency"]),
            (
                "bill_supplier",
                supplier.display_name,
                supplier.display_name if same_supplier else row.supplier_name,
            ),
        ]
        found = [
            [word, f"{here or '…'} ≠ {there or '…'}"]
            for word, here, there in pairs
            if here != there
        ]
        if here_is != there_is:
            found.insert(0, [here_is, "≠", there_is])
        return found + self._different_lines(row, move)

    def _different_lines(self, row, move) -> list[list[str]]:
        """What is booked on another account, or with another tax, than in Exact.

        Nothing where a code of Exact means nothing in Odoo, or several things.
        """
        try:
            there = self._booked_there(row)
        except Blocked:
            return []
        here = self._booked_here(move)
        other = [
            (account, taxes)
            for account, taxes in here.keys() | there.keys()
            # A rounding stands on a line without tax, in Odoo only.
            if abs(here.get((account, taxes), 0) - there.get((account, taxes), 0))
            > (SMALLEST if taxes else bills.ROUNDING)
        ]
        if not other:
            return []
        other.sort(key=lambda key: (key[0].code or "", key[1].ids))
        words = [
            ", ".join(
                f"{account.code} {' '.join(taxes.mapped('name'))} {side[key]:.2f}"
                for key in other
                if key in side
                for account, taxes in [key]
            )
            for side in (here, there)
        ]
        return [["bill_lines", f"{words[0] or '…'} ≠ {words[1] or '…'}"]]

    def _booked_there(self, row) -> dict:
        """The entry without VAT, by the account and the tax of Odoo.

        :raises Blocked: a code of it has no one counterpart
        """
        codes = self._vat_codes(row.administration_id)
        types = {code: reference.type for code, reference in codes.items()}
        totals = defaultdict(Decimal)
        for line in bills.read_lines(row.data, types):
            account = self._account(row, line)
            tax = self._tax(row, line, account, codes.get(line.vat_code))
            totals[account, tax] += line.base
        return totals

    @staticmethod
    def _booked_here(move) -> dict:
        """A bill without VAT, by account and tax."""
        totals = defaultdict(Decimal)
        for line in move.invoice_line_ids:
            if line.display_type == "product":
                amount = odata.to_decimal(line.price_subtotal)
                totals[line.account_id, line.tax_ids] += amount
        return totals

    def _vat_of_lines(self, row):
        """The VAT that is part of what is paid.

        That of the header has its rounding, which is a line of the bill, and what is
        charged to the buyer.
        """
        charged = self._charged(self._vat_codes(row.administration_id))
        return sum(
            odata.to_decimal(line["VATAmountFC"])
            for line in row.data[bills.NESTED]
            if line["VATCode"] not in charged
        )

    def _flag(self, row, issue: dict) -> None:
        """Keep what is to be said about a bill on it and on its row.

        What is said of its payments stays, where nothing is to be said of the bill.
        """
        row.write(issue)
        entry = row.move_id.exact_entry_id.sudo()
        if issue["issue_code"] or (entry.issue_code or "").startswith("bill_"):
            entry._exact_set_issue(issue)
