"""Reading what a person typed into a form; ValueError says what is wrong with it."""

from datetime import datetime
from decimal import Decimal, InvalidOperation


def amount(text, positive=True):
    """ "12,50" or "12.50"; empty is None."""
    text = (text or "").strip().replace(" ", "")
    if not text:
        return None
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"'{text}' is no amount") from error
    if not value.is_finite() or value.adjusted() > 12 or (positive and value <= 0):
        raise ValueError("The amount must be more than zero")
    return value


def date(text):
    """A date field; empty is None."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError as error:
        raise ValueError(f"'{text}' is no date") from error


def number(text, name, kind=int):
    """A number field; empty is 0."""
    try:
        return kind(text or 0)
    except ValueError as error:
        raise ValueError(f"{name} must be a number") from error
