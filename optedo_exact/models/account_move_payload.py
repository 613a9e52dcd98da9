from decimal import Decimal

from odoo import models

from ..exact import payloads
from ..exact.communication import structured
from ..exact.payloads import Invoice, Line
from . import issues

# Journal items without money: texts, and the receivable that Exact makes itself.
NOT_BOOKED = ("payment_term", "line_section", "line_subsection", "line_note")


class _Missing(Exception):
    """Something that the booking needs is not there; ``issue`` names it."""

    def __init__(self, issue_code: str, **params):
        super().__init__(issue_code)
        self.issue = issues.make(issue_code, **params)


class AccountMove(models.Model):
    """Reads an invoice for Exact. The only place that knows both vocabularies."""

    _inherit = "account.move"

    def _exact_check(self, administration) -> dict | None:
        """What is missing before Exact is asked anything, or ``None``.

        :return: the fields of the issue
        """
        try:
            if not administration.division:
                raise _Missing(
                    "no_administration", company=self.company_id.display_name
                )
            self._exact_check_party(administration)
        except _Missing as missing:
            return missing.issue
        _invoice, issue = self._exact_prepare_entry(administration, customer="")
        return issue

    def _exact_check_party(self, administration) -> None:
        partner, data = self._exact_party(), self._exact_party_data()
        address = self.partner_id
        if (
            administration.use_billing_account
            and address.type == "invoice"
            and address != self.commercial_partner_id
            and not address.exact_billing_partner_id
        ):
            raise _Missing(
                "party_billing_account_missing",
                address=address.display_name,
                partner_id=address.id,
            )
        if not data["name"]:
            raise _Missing("party_name_missing", partner_id=partner.id)
        if not data["country_id"]:
            raise _Missing(
                "party_country_missing",
                partner=partner.display_name,
                partner_id=partner.id,
            )
        if not administration.use_exact_customer_code:
            self._exact_check_customer_code(partner, administration)

    def _exact_check_customer_code(self, partner, administration) -> None:
        """Odoo's code of a customer has digits, and is of nobody else (product B6)."""
        links = self.env["exact.account"]
        mine = [
            ("administration_id", "=", administration.id),
            ("partner_id", "=", partner.id),
            ("guid", "!=", False),
        ]
        if links.search_count(mine, limit=1):
            return  # it keeps the code that it has in Exact
        code = payloads.digits(partner.ref or "")
        if not code:
            raise _Missing(
                "party_code_missing",
                partner=partner.display_name,
                reference=partner.ref or "",
            )
        other = links.search(
            [
                ("administration_id", "=", administration.id),
                ("code", "=", code),
                ("partner_id", "!=", partner.id),
            ],
            limit=1,
        )
        if other:
            raise _Missing(
                "party_code_twice",
                code=code,
                partner=partner.display_name,
                other=other.partner_id.display_name,
            )

    def _exact_party(self):
        """The partner that is the customer in Exact (product D1, D4)."""
        administration = self.sudo().exact_administration_id
        address = self.partner_id
        account = address.type == "invoice" and address.exact_billing_partner_id
        if administration.use_billing_account and account:
            return account
        return self.commercial_partner_id

    def _exact_prepare_entry(
        self, administration, customer: str
    ) -> tuple[Invoice | None, dict | None]:
        """The invoice in the core's words, or the issue that forbids it.

        Built from the posted journal items, since money also sits outside the invoice
        lines (cash rounding, cash discount).

        :param customer: guid of the account in Exact
        """
        self.ensure_one()
        try:
            invoice = self._exact_read(administration, customer)
        except _Missing as missing:
            return None, missing.issue
        if not invoice.lines:
            return None, issues.make("no_lines")
        if not payloads.totals_agree(invoice):
            booked = sum((line.amount for line in invoice.lines), Decimal(0))
            booked += sum(invoice.vat_totals.values(), Decimal(0))
            return None, issues.make(
                "totals_differ", booked=str(booked), total=str(invoice.total)
            )
        return invoice, None

    def _exact_read(self, administration, customer: str) -> Invoice:
        if len(self.name) > payloads.YOUR_REF_LENGTH:
            raise _Missing(
                "number_too_long", number=self.name, length=payloads.YOUR_REF_LENGTH
            )
        codes = _Codes(self, administration)
        items = self.line_ids.filtered(lambda i: i.display_type not in NOT_BOOKED)
        tax_items = items.filtered("tax_line_id")
        codes.check_gl_accounts(items - tax_items)
        lines = tuple(
            self._exact_prepare_line(item, codes) for item in items - tax_items
        )
        if administration.group_lines_by_vat:
            lines = payloads.grouped(lines)
        vat_totals: dict[str, Decimal] = {}
        for item in tax_items:
            code = codes.vat(item.tax_line_id).code
            amount = self._exact_amount(item)
            vat_totals[code] = vat_totals.get(code, Decimal(0)) + amount
        foreign = self.currency_id != self.company_id.currency_id
        rate = Decimal(str(self.invoice_currency_rate or 1))
        journal = codes.journal()
        return Invoice(
            number=self.name,
            entry_number=self._exact_entry_number(administration, journal),
            journal=journal,
            customer=customer,
            entry_date=self.invoice_date,
            due_date=self.invoice_date_due,
            currency=self.currency_id.name,
            lines=lines,
            vat_totals=vat_totals,
            total=self._exact_total(),
            rate=1 / rate if foreign else None,
            unit=Decimal(str(self.currency_id.rounding)),
            payment_condition=codes.payment_condition(),
            payment_reference=structured(self.payment_reference),
            description=self._exact_description(),
        )

    def _exact_entry_number(self, administration, journal: str) -> int | None:
        """Odoo's number as entry number where that is wanted (product B5).

        Exact wants it unique per journal and year, and takes no letters (exact-api 6).
        """
        if administration.use_exact_entry_number:
            return None
        number = int(payloads.digits(self.name) or 0)
        if not number:
            raise _Missing("number_without_digits", number=self.name)
        if number > payloads.ENTRY_NUMBER_MAX:
            raise _Missing("number_too_large", number=self.name, entry=str(number))
        self.env.cr.execute(
            """
            SELECT move.name
              FROM exact_entry entry
              JOIN account_move move ON move.id = entry.move_id
             WHERE entry.administration_id = %s
               AND entry.number = %s
               AND entry.sent ->> 'journal' = %s
               AND date_part('year', move.date) = %s
               AND move.id != %s
             LIMIT 1
            """,
            (administration.id, str(number), journal, self.date.year, self.id),
        )
        if taken := self.env.cr.fetchone():
            raise _Missing(
                "number_taken", entry=str(number), journal=journal, invoice=taken[0]
            )
        return number

    def _exact_prepare_line(self, item, codes) -> Line:
        """One journal item as a line of the entry; other addons may extend it."""
        return Line(
            gl_account=codes.gl_account(item.account_id),
            amount=self._exact_amount(item),
            vat=codes.line_vat(item),
            description=item.name or "",
        )

    def _exact_amount(self, item) -> Decimal:
        """An item's amount in the invoice's currency as Exact wants it: positive for
        revenue, so negative on a credit note (exact-api 6)."""
        return -self._exact_decimal(item.amount_currency)

    def _exact_total(self) -> Decimal:
        """The signed total of the invoice in its currency."""
        sign = 1 if self.is_inbound() else -1
        return sign * self._exact_decimal(self.amount_total)

    def _exact_receivables(self):
        """The lines that Exact's open items stand for."""
        return self.line_ids.filtered(
            lambda line: (
                line.account_id.account_type
                in ("asset_receivable", "liability_payable")
            )
        )

    def _exact_decimal(self, amount: float) -> Decimal:
        places = self.currency_id.decimal_places
        return Decimal(f"{amount:.{places}f}")

    def _exact_description(self) -> str:
        """What the accountant reads: number, customer, the customer's own reference."""
        words = f"{self.name} {self._exact_party_data()['name']}"
        return f"{words} – {self.ref}" if self.ref else words


class _Codes:
    """The codes of Exact that an invoice needs, each checked to be there."""

    def __init__(self, move, administration):
        self.move = move
        self.administration = administration.sudo()
        self.mappings = move.env["exact.mapping"].sudo()

    def _mapped(self, kind: str, record):
        return self.mappings._get(self.administration, kind, record)

    def _usable(self, reference):
        if not reference._usable():
            raise _Missing("reference_gone", name=reference.display_name)
        return reference

    def journal(self) -> str:
        journal = self.move.journal_id
        reference = self._mapped("journal", journal)._journal_for(self.move)
        if not reference:
            raise _Missing("journal_unmapped", journal=journal.display_name)
        if not reference._usable():
            raise _Missing(
                "journal_gone", code=reference.code, journal=journal.display_name
            )
        return reference.code

    def line_vat(self, item) -> payloads.VatCode:
        taxes = item.tax_ids.flatten_taxes_hierarchy()
        if len(taxes) > 1:
            raise _Missing("several_taxes", line=item.name or item.display_name)
        return self.vat(taxes, item)

    def vat(self, tax, item=None) -> payloads.VatCode:
        """The VAT code of a tax, or of "no tax" for the line ``item``."""
        reference = self._mapped("tax", tax).reference_id
        if not reference and tax:
            raise _Missing("tax_unmapped", tax=tax.display_name)
        if not reference:
            raise _Missing("no_tax_unmapped", line=item.name or item.display_name)
        return self._usable(reference)._vat_code(tax._exact_rate())

    def check_gl_accounts(self, items) -> None:
        """Where a ledger account is mandatory: name every line without one (B11)."""
        administration = self.administration
        if not (
            administration.use_line_gl_account
            and administration.require_line_gl_account
        ):
            return
        missing = items.filtered(
            lambda item: not self._mapped("account", item.account_id).reference_id
        )
        if missing:
            raise _Missing(
                "account_unmapped",
                lines=", ".join(item.name or "" for item in missing),
                accounts=", ".join(missing.account_id.mapped("display_name")),
            )

    def gl_account(self, account) -> str:
        reference = self.default_gl_account()
        if self.administration.use_line_gl_account:
            reference = self._mapped("account", account).reference_id or reference
        if not reference:
            raise _Missing("default_gl_account_missing")
        return self._usable(reference).guid

    def default_gl_account(self):
        """The default for where the customer is: here, in the EU, or outside it."""
        administration = self.administration
        country = self.move._exact_party_data()["country_id"]
        domestic = self.move.company_id.account_fiscal_country_id
        default = administration.default_gl_account_id
        if not country or country == domestic:
            return default
        if country in self.move.env.ref("base.europe").country_ids:
            return administration.default_gl_account_eu_id or default
        return administration.default_gl_account_export_id or default

    def payment_condition(self) -> str:
        term = self.move.invoice_payment_term_id
        if not term:
            return ""  # Exact then takes the customer's own
        reference = self._mapped("payment_term", term).reference_id
        if not reference:
            raise _Missing("payment_term_unmapped", term=term.display_name)
        return self._usable(reference).code
