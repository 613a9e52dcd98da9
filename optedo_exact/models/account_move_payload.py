from decimal import Decimal

from odoo import models

from ..exact import numbers, payloads
from ..exact.communication import structured
from ..exact.payloads import Invoice, Line
from . import issues
from .exact_codes import Codes, Missing

RATE_UNIT = Decimal("1E-12")  # of the rate that is sent
# Journal items without money: texts, and the receivable that Exact makes itself.
NOT_BOOKED = ("payment_term", "line_section", "line_subsection", "line_note")
# What goes to Exact, or decides what goes: the fields that nobody may change while it
# stands there (product E3). A test derives them from the booking.
SENT_FIELDS = {
    "account.move": frozenset(
        {
            "amount_tax",
            "amount_total",
            "amount_untaxed",
            "commercial_partner_id",
            "company_id",
            "currency_id",
            "date",
            "fiscal_position_id",
            "invoice_cash_rounding_id",
            "invoice_currency_rate",
            "invoice_date",
            "invoice_date_due",
            "invoice_payment_term_id",
            "journal_id",
            "line_ids",
            "move_type",
            "name",
            "partner_id",
            "payment_reference",
            "quick_edit_total_amount",
            "ref",
            "state",
            "tax_totals",
        }
    ),
    "account.move.line": frozenset(
        {
            "account_id",
            "amount_currency",
            "balance",
            "credit",
            "currency_id",
            "date_maturity",
            "debit",
            "deductible_amount",
            "deferred_end_date",
            "deferred_start_date",
            "discount",
            "discount_amount_currency",
            "discount_balance",
            "display_type",
            "group_tax_id",
            "move_id",
            "name",
            "partner_id",
            "price_subtotal",
            "price_total",
            "price_unit",
            "product_id",
            "product_uom_id",
            "quantity",
            "sequence",
            "tax_base_amount",
            "tax_ids",
            "tax_line_id",
            "tax_repartition_line_id",
        }
    ),
}


class AccountMove(models.Model):
    """Reads an invoice for Exact. The only place that knows both vocabularies."""

    _inherit = "account.move"

    def _exact_check(self, administration) -> dict | None:
        """What is missing before Exact is asked anything, or ``None``.

        :return: the fields of the issue
        """
        try:
            if not administration.division:
                raise Missing("no_administration", company=self.company_id.display_name)
            self._exact_check_party(administration)
        except Missing as missing:
            return missing.issue
        _invoice, issue = self._exact_prepare_entry(administration, customer="")
        return issue

    def _exact_check_party(self, administration) -> None:
        partner = self._exact_party()
        party = self._exact_prepare_party(administration)
        address = self.partner_id
        if (
            administration.use_billing_account
            and address.type == "invoice"
            and address != self.commercial_partner_id
            and not address.exact_billing_partner_id
        ):
            raise Missing(
                "party_billing_account_missing",
                address=address.display_name,
                partner_id=address.id,
            )
        if not party.name:
            raise Missing("party_name_missing", partner_id=partner.id)
        if (self._exact_party_data()["vat"] or "").strip() == numbers.NO_NUMBER:
            raise Missing("party_vat_slash", partner=party.name, partner_id=partner.id)
        if not party.country:
            raise Missing(
                "party_country_missing",
                partner=partner.display_name,
                partner_id=partner.id,
            )
        if issue := partner._exact_check_numbers(party):
            raise Missing(issue["issue_code"], **issue["issue_params"])
        if issue := partner._exact_check_code(administration):
            raise Missing(issue["issue_code"], **issue["issue_params"])

    def _exact_party(self):
        """The partner on whose account Exact books it (product D1, D4)."""
        customer = self._exact_customer()
        collective = self.sudo().exact_administration_id.collective_partner_id
        has_number = numbers.vat_number(self.exact_party_vat)
        if collective and customer._exact_is_consumer() and not has_number:
            return collective
        return customer

    def _exact_customer(self):
        """The customer, also where it is booked on the account for all consumers.

        As it was when the billing data were taken over: an address that names another
        account since does not give that one their name and number.
        """
        return self.exact_party_partner_id or self._exact_customer_now()

    def _exact_customer_now(self):
        """Whom the invoice would be booked on by what its address says now."""
        administration = self.sudo().exact_administration_id
        address = self.partner_id
        account = address.type == "invoice" and address.exact_billing_partner_id
        if administration.use_billing_account and account:
            return account
        return self.commercial_partner_id

    def _exact_journal_code(self, administration) -> str:
        """The code of the Exact journal, empty where none can be said."""
        try:
            return Codes(self, administration).journal()
        except Missing:
            return ""

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
        except Missing as missing:
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
            raise Missing(
                "number_too_long", number=self.name, length=payloads.YOUR_REF_LENGTH
            )
        codes = Codes(self, administration)
        items = self.line_ids.filtered(lambda i: i.display_type not in NOT_BOOKED)
        vat_items = items.filtered(lambda item: codes.is_vat(item.tax_line_id))
        codes.check_gl_accounts(items - vat_items)
        lines = payloads.without_zeros(
            [
                line
                for item in items - vat_items
                for line in self._exact_prepare_lines(item, codes)
            ]
        )
        if administration.group_lines_by_vat:
            lines = payloads.grouped(lines)
        vat_totals: dict[str, Decimal] = {}
        for item in vat_items:
            code = codes.vat(item.tax_line_id).code
            amount = self._exact_amount(item)
            vat_totals[code] = vat_totals.get(code, Decimal(0)) + amount
        foreign = self.currency_id != self.company_id.currency_id
        rate = Decimal(str(self.invoice_currency_rate or 1))
        journal = codes.journal()
        condition, at_once = codes.payment_condition()
        return Invoice(
            number=self.name,
            entry_number=self._exact_entry_number(administration, journal),
            journal=journal,
            customer=customer,
            entry_date=self.invoice_date,
            period=self._exact_reporting_period(administration, journal),
            due_date=self.invoice_date_due if at_once else None,
            currency=self.currency_id.name,
            lines=lines,
            vat_totals=vat_totals,
            total=self._exact_total(),
            rate=(1 / rate).quantize(RATE_UNIT) if foreign else None,
            unit=self._exact_unit(),
            payment_condition=condition,
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
            raise Missing("number_without_digits", number=self.name)
        if number > payloads.ENTRY_NUMBER_MAX:
            raise Missing("number_too_large", number=self.name, entry=str(number))
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
            raise Missing(
                "number_taken", entry=str(number), journal=journal, invoice=taken[0]
            )
        return number

    def _exact_prepare_line(self, item, codes) -> Line:
        """One journal item as a line of the entry; other addons may extend it."""
        start, end = codes.spread_over(item)
        return Line(
            gl_account=codes.gl_account(item).guid,
            amount=self._exact_amount(item),
            vat=codes.line_vat(item),
            description=item.name or "",
            start=start,
            end=end,
        )

    def _exact_prepare_lines(self, item, codes) -> tuple[Line, ...]:
        """One journal item over its cost centres and cost units (product C4)."""
        line = self._exact_prepare_line(item, codes)
        return payloads.divided(line, codes.shares(item), self._exact_unit())

    def _exact_unit(self) -> Decimal:
        """The smallest amount of the invoice's currency."""
        return Decimal(str(self.currency_id.rounding))

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
