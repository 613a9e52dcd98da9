from decimal import Decimal

from odoo import Command, fields, models

from ..exact import bills, odata
from . import issues
from .exact_party import Blocked


class ExactBillService(models.AbstractModel):
    """An entry as a vendor bill, to the cent as Exact booked it (product H2)."""

    _inherit = "exact.bill.service"

    def _make(self, row, partner):
        """Make the bill of an entry, and confirm it where that was chosen.

        :raises Blocked: a code of Exact means nothing in Odoo yet
        :raises UserError: a rule of Odoo
        """
        values, lines = self._bill_values(row, partner)
        moves = self.env["account.move"].sudo().with_company(row.company_id)
        move = moves.create(values)
        self._finish(row, move, lines)
        move._exact_make_entries()
        move.exact_entry_id.sudo()._exact_move_to(
            "import",
            guid=row.guid,
            number=row.number,
            administration_id=row.administration_id.id,
            exported_at=fields.Datetime.now(),
            booked_total=float(abs(odata.to_decimal(row.data["AmountFC"]))),
            settle=True,
        )
        row._exact_set_done(move)
        return move

    def _finish(self, row, move, lines) -> None:
        """The VAT of Exact, the total of Exact, and confirmed where that is wanted.

        :raises Blocked: the bill would not come to what Exact has
        """
        self._set_vat(move, lines)
        total = abs(odata.to_decimal(row.data["AmountFC"]))
        if odata.to_decimal(move.amount_total) != total:
            raise Blocked(
                issues.make(
                    "bill_totals_differ",
                    here=f"{move.amount_total:.2f}",
                    there=f"{total:.2f}",
                )
            )
        if row.administration_id.import_bills == "posted":
            move._post(soft=False)

    # --- values --------------------------------------------------------------

    def _bill_values(self, row, partner) -> tuple[dict, list]:
        """What the bill is made of, and each line of the core with its tax.

        :raises Blocked: something has no counterpart in Odoo
        """
        entry, administration = row.data, row.administration_id
        credit_note = bills.is_credit_note(entry)
        journal = self._journal(row)
        currency = self._currency(row)
        codes = self._vat_codes(administration)
        types = {code: reference.type for code, reference in codes.items()}
        lines = []
        commands = []
        for line in bills.read_lines(entry, types):
            account = self._account(row, line)
            tax = self._tax(row, line, account, codes.get(line.vat_code))
            lines.append((line, tax.id or None))
            price = line.base + self._included(tax, line.base)
            name = line.name or self._ledger_account(row, line).name or account.name
            commands.append(self._line_values(name, price, account, tax))
        day = row.entry_date
        self._check_period(row, journal, day, any(tax for _line, tax in lines))
        rounding = self._rounding(row, lines, self._charged(codes))
        if rounding:
            largest = max(commands, key=lambda c: abs(c[2]["price_unit"]))
            account = self.env["account.account"].browse(largest[2]["account_id"])
            name = self.env._("Rounding difference in Exact")
            commands.append(self._line_values(name, rounding, account, None))
        values = {
            "move_type": "in_refund" if credit_note else "in_invoice",
            "company_id": row.company_id.id,
            "journal_id": journal.id,
            "partner_id": partner.id,
            "ref": row.reference,
            "payment_reference": entry.get("PaymentReference"),
            "invoice_date": day,
            "invoice_date_due": odata.to_date(entry.get("DueDate")) or day,
            "invoice_payment_term_id": False,
            "fiscal_position_id": False,
            "currency_id": currency.id,
            "invoice_line_ids": commands,
        }
        rate = odata.to_decimal(entry.get("Rate"))
        if currency != row.company_id.currency_id and rate:
            values["invoice_currency_rate"] = float(1 / rate)
        return values, lines

    @staticmethod
    def _included(tax, base: Decimal) -> Decimal:
        """What Odoo takes off a price again that includes its tax.

        By its rate, and not what Exact booked: corrected by cents there, the base would
        be another one here.
        """
        if not tax.price_include:
            return Decimal(0)
        return round(base * (tax._exact_rate() or 0), 2)

    def _line_values(self, name: str, price: Decimal, account, tax):
        return Command.create(
            {
                "name": name,
                "quantity": 1,
                "price_unit": float(price),
                "account_id": account.id,
                "tax_ids": [Command.set(tax.ids if tax else [])],
            }
        )

    def _rounding(self, row, lines, charged: set[str]) -> Decimal:
        """What the lines of the entry leave of its total.

        :raises Blocked: it is more than a rounding, or there are no lines
        """
        if not lines:
            raise Blocked(issues.make("bill_lines_missing"))
        total = abs(odata.to_decimal(row.data["AmountFC"]))
        booked = sum(
            (
                line.base + (0 if line.vat_code in charged else line.vat)
                for line, _tax in lines
            ),
            Decimal(0),
        )
        rounding = bills.rounding(total, booked)
        if rounding is None:
            raise Blocked(
                issues.make(
                    "bill_totals_differ", here=f"{booked:.2f}", there=f"{total:.2f}"
                )
            )
        return rounding

    def _set_vat(self, move, lines) -> None:
        """Give the tax lines of the bill the VAT that Exact booked."""
        updates = []
        sign = move.direction_sign
        for tax_id, vat in bills.vat_per_tax(lines).items():
            own = move.line_ids.filtered(lambda li, t=tax_id: li.tax_line_id.id == t)
            for side in (1, -1):
                items = own.filtered(
                    lambda li, s=side: li.tax_repartition_line_id.factor * s > 0
                )
                parts = [
                    (item.id, odata.to_decimal(item.amount_currency) * sign)
                    for item in items
                ]
                changed = bills.correction(vat * side, parts)
                updates += [
                    Command.update(key, {"amount_currency": float(amount * sign)})
                    for key, amount in changed.items()
                ]
        if updates:
            move.write({"line_ids": updates})

    # --- what stands for what ------------------------------------------------

    def _mapped(self, administration, kind: str, reference):
        """The rows of the codes whose records this code of Exact may be."""
        return self.env["exact.mapping"]._for_bills(administration, kind, reference)

    def _reference(self, administration, kind: str, **values):
        [(name, value)] = values.items()
        return self.env["exact.reference"].search(
            [
                ("administration_id", "=", administration.id),
                ("kind", "=", kind),
                (name, "=", value),
            ],
            limit=1,
        )

    def _vat_codes(self, administration) -> dict:
        references = self.env["exact.reference"].search(
            [("administration_id", "=", administration.id), ("kind", "=", "vat_code")]
        )
        return {reference.code: reference for reference in references}

    @staticmethod
    def _charged(codes: dict) -> set[str]:
        """The VAT codes whose VAT the buyer owes: it is no part of the total."""
        return {
            code for code, ref in codes.items() if (ref.attributes or {}).get("Charged")
        }

    def _journal(self, row):
        """The purchase journal of Odoo; the only one needs no choice."""
        administration, code = row.administration_id, row.data["Journal"]
        reference = self._reference(administration, "journal", code=code)
        journals = self._mapped(administration, "journal", reference).journal_id
        journals = journals.filtered(lambda j: j.type == "purchase")
        if not journals:
            journals = self.env["account.journal"].search(
                [
                    *self.env["account.journal"]._check_company_domain(row.company_id),
                    ("type", "=", "purchase"),
                ]
            )
            if len(journals) > 1:
                raise Blocked(self._unmapped("bill_journal", code, reference))
        if len(journals) > 1:
            raise Blocked(self._several("bill_journal", code, reference, journals))
        if not journals:
            raise Blocked(self._unmapped("bill_journal", code, reference))
        return journals

    def _ledger_account(self, row, line: bills.Line):
        """The ledger account of Exact that a line is booked on."""
        return self._reference(
            row.administration_id, "gl_account", guid=line.gl_account
        )

    def _account(self, row, line: bills.Line):
        administration = row.administration_id
        reference = self._ledger_account(row, line)
        code = reference.display_name or line.gl_code
        accounts = self._mapped(administration, "account", reference).account_id
        if not accounts:
            raise Blocked(self._unmapped("bill_account", code, reference))
        if len(accounts) > 1:
            # Vendor bills are costs, in the first place.
            costs = accounts.filtered(lambda a: a.internal_group == "expense")
            accounts = costs if len(costs) == 1 else accounts
        if len(accounts) > 1:
            raise Blocked(self._several("bill_account", code, reference, accounts))
        return accounts

    def _tax(self, row, line: bills.Line, account, reference):
        """The tax of a line: by VAT code, box, share, and the account's default.

        :raises Blocked: none or several may be it
        """
        administration, taxes = row.administration_id, self.env["account.tax"]
        if not line.vat_code:
            return taxes
        code = reference.display_name if reference else line.vat_code
        mapped = self._mapped(administration, "tax", reference).tax_id.filtered(
            lambda tax: tax.type_tax_use == "purchase"
        )
        if not mapped:
            if reference and reference.type == bills.NO_VAT:
                return taxes
            raise Blocked(self._unmapped("bill_tax", code, reference))
        found = self._ledger_account(row, line).attributes or {}
        share = line.non_deductible
        if share is None:
            share = odata.to_decimal(found.get("VATNonDeductiblePercentage"))
        candidates = [tax._exact_bill_tax() for tax in mapped]
        kind = found.get("VATGLAccountType") or ""
        keys = bills.choose_tax(candidates, kind, share, account.tax_ids.ids)
        chosen = taxes.browse(keys)
        if not chosen:
            what = {
                "code": code,
                "line": line.name or self._ledger_account(row, line).display_name,
                "reference_id": reference.id,
            }
            if bills.of_share(candidates, share):
                box = bills.KINDS[kind]
                raise Blocked(issues.make("bill_tax_box", box=box, **what))
            words = f"{share * 100:.0f} %"
            raise Blocked(issues.make("bill_tax_share", share=words, **what))
        if len(chosen) > 1:
            raise Blocked(self._several("bill_tax", code, reference, chosen))
        return chosen

    def _currency(self, row):
        code = row.data["Currency"]
        currency = self.env["res.currency"].search([("name", "=", code)], limit=1)
        if not currency:
            raise Blocked(issues.make("bill_currency", currency=code))
        return currency

    def _check_period(self, row, journal, day, has_tax: bool) -> None:
        """An entry of a locked period does not slip into another one by itself."""
        company = row.company_id.sudo()
        if company._get_violated_lock_dates(day, has_tax, journal):
            raise Blocked(issues.make("bill_period_locked", day=str(day)))

    @staticmethod
    def _unmapped(what: str, code: str, reference) -> dict:
        return issues.make(f"{what}_unmapped", code=code, reference_id=reference.id)

    @staticmethod
    def _several(what: str, code: str, reference, records) -> dict:
        return issues.make(
            f"{what}_several",
            code=code,
            reference_id=reference.id,
            records=", ".join(records.mapped("display_name")),
        )
