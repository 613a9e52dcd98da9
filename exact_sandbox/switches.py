"""What the published facts leave open, in one place.

Each switch names the section of the collected facts it comes from ("exact-api n").
A default is the likelier reading; tests run every switch both ways.
"""

from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation

_SIGNS = (-1, 1)
CHOICES = {
    "delete_refusal_text": ("processed", "closed"),
    "payable_sign": _SIGNS,
    "postbox_subject": ("mail", "file"),
    "receivable_sign": _SIGNS,
    "receivables_list_sign": _SIGNS,
}


@dataclass
class Switches:
    # --- login (exact-api 1) ---------------------------------------------------
    #: 1.2: the token endpoint may or may not take client id and secret by HTTP Basic.
    basic_auth: bool = True
    #: 1.2: a refresh is refused earlier than this many seconds after the issue; the
    #: rule says 570, one live user was refused until the very end (600).
    refresh_after_seconds: int = 570
    #: 1.3: the official page says 401 for a refresh that comes too early, observed 400.
    early_refresh_status: int = 400
    #: 1.2: what the 201st call on the token endpoint in a day gets is not published.
    token_quota_status: int = 429
    #: 1.3: a reused code gets JSON or a bare "Bad Request".
    code_error_bare: bool = False

    # --- dialect (exact-api 2) -------------------------------------------------
    #: 2.2: with $top the answer "can be" the old form, a bare list.
    top_bare_list: bool = True
    #: 2.2: verbose JSON writes Edm.Int64 as a string.
    int64_as_string: bool = True
    #: 2.3: text comparison of the database: trailing blanks never count; case
    #: probably does not either.
    ignore_case: bool = True
    #: 2.3: a query that looks at more rows than this without filling its page gets
    #: 408; the bound is not published, 0 = none.
    broad_query_rows: int = 0
    #: 2.3: whether expanded lines come all, or so many and a ``__next``; 0 = all.
    nested_page: int = 0
    #: 2.4: read-only properties in a write are ignored "for most entities".
    read_only_ignored: bool = True
    #: 9: the reference marks the key as postable; whether the server keeps it is open.
    keep_client_key: bool = False

    # --- limits (exact-api 3) --------------------------------------------------
    #: 3: "business errors may carry no rate headers at all".
    rate_headers_on_errors: bool = True
    #: 3, 10.1: status and body while the error block is active.
    error_block_status: int = 429
    error_block_text: str = ""
    #: 3: the block hits the app key for the company, or only that endpoint.
    error_block_whole_key: bool = True
    #: 3, 10.10: whether a 429 counts as an error.
    count_429_as_error: bool = False
    #: 3: whether 5xx answers count, or only 400, 401, 403 and 404.
    count_5xx_as_error: bool = True

    # --- entries (exact-api 4.2, 6) --------------------------------------------
    #: 6: longest YourRef (no length in the sources); 0 = no limit.
    your_ref_max: int = 30
    #: 6: longest Description; 0 = no limit.
    description_max: int = 60
    #: 6: whether a too long text is cut (True) or refused (False).
    cut_long_text: bool = False
    #: 6: negative lines alone turn Type 20/30 into 21/31.
    type_flips: bool = True
    #: 6: header VAT that differs from the lines is taken up to this amount where the
    #: company has an account for calculation differences (the size was not seen).
    vat_difference_max: Decimal = Decimal("0.05")
    #: 6: an InvoiceNumber that goes back or exists is silently ignored.
    invoice_number_goes_up: bool = True
    #: 10.3: whether a sent EntryNumber survives in a company numbering by itself.
    own_entry_number: bool = True
    #: 6, 10.4: status and text of a DELETE on something processed or matched.
    delete_refusal_status: int = 500
    delete_refusal_text: str = "processed"

    # --- open items (exact-api 4.8) --------------------------------------------
    #: 4.8: open receivables show a negative AmountDC (two live sources) or positive.
    receivable_sign: int = -1
    #: 4.8: the same for payables (no live source).
    payable_sign: int = 1
    #: 4.8: sign of ReceivablesList.Amount (conflicting sources).
    receivables_list_sign: int = 1
    #: 4.8: "AmountDC (remaining)": a matched part keeps its amount, or shows zero.
    matched_amount_zero: bool = False
    #: 4.8: of a split term, the part that stays open keeps the ID, or the paid part.
    split_keeps_open_id: bool = True
    #: 4.8: a receipt is a term of TransactionType 40 with the opposite sign.
    receipt_terms: bool = True
    #: 4.8: the AR line of a matched invoice points by OffsetID to what settled it.
    offset_to_settlement: bool = True
    #: 4.8: taking a payment back joins what it had split, or leaves two open terms.
    take_back_joins: bool = True

    # --- rights (exact-api 5) --------------------------------------------------
    #: 5: services this login may not use, e.g. "documents,purchaseentry": 403.
    denied_services: str = ""
    #: 5: a Reason such as BlockedUser, InactiveUser, LicenseExpired or DivisionBlocked
    #: that every call gets with 403.
    blocked_reason: str = ""
    #: 5: scopes the app was not given, e.g. "organization.administration": 403.
    missing_scopes: str = ""

    #: 5: administrations that the login lost since, e.g. "1002,1003": 403 with the
    #: Reason NoDivisionAccess, and gone from the list.
    lost_divisions: str = ""

    # --- documents (exact-api 4.6) ---------------------------------------------
    #: 4.6: subject of a document from the postbox: that of the "mail", or the name
    #: of the "file".
    postbox_subject: str = "mail"

    # --- webhooks (exact-api 4.10) ---------------------------------------------
    #: 4.10: PUT on a subscription is documented and refused in practice.
    webhook_put_refused: bool = True

    def change(self, **values):
        """Set switches by name, all or none; ValueError names what is wrong."""
        known = {field.name for field in fields(self)}
        for name in values:
            if name not in known:
                raise ValueError(f"unknown switch: {name}")
        fitting = {name: self._fitting(name, value) for name, value in values.items()}
        vars(self).update(fitting)

    def _fitting(self, name, value):
        kind = type(getattr(self, name))
        if kind is Decimal and type(value) in (int, float, str):
            try:
                value = Decimal(str(value))
            except InvalidOperation as error:
                raise ValueError(f"{name} must be a number") from error
        if type(value) is not kind:
            raise ValueError(f"{name} has another type")
        if value not in CHOICES.get(name, (value,)):
            raise ValueError(f"{name} must be one of {CHOICES[name]}")
        if name.endswith("_status") and not 400 <= value <= 599:
            raise ValueError(f"{name} must be from 400 to 599")
        return value
