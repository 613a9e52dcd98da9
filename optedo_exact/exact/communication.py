"""Structured communications: what a customer copies onto a payment (product F2).

Only a checked one goes to Exact as ``PaymentReference``, since Exact matches bank lines
with it: the Belgian +++090/9337/55493+++ and the Dutch betalingskenmerk.
"""

import re

_BELGIAN = re.compile(r"^[+*]{3}\s*(\d{3})/(\d{4})/(\d{5})\s*[+*]{3}$|^(\d{12})$")
_DUTCH = re.compile(r"^\d{16}$")
# Of the digits after the first, from the right; the sum modulo 11 makes the first one.
_DUTCH_WEIGHTS = (2, 4, 8, 5, 10, 9, 7, 3, 6, 1, 2, 4, 8, 5, 10)


def structured(text: str) -> str:
    """The structured communication in ``text``, or nothing where it is free text."""
    compact = (text or "").strip()
    if match := _BELGIAN.match(compact):
        digits = match[4] or "".join(match.group(1, 2, 3))
        if belgian_check(digits[:10]) == digits[10:]:
            return f"+++{digits[:3]}/{digits[3:7]}/{digits[7:]}+++"
    compact = compact.replace(" ", "")
    if _DUTCH.match(compact) and dutch_check(compact[1:]) == compact[0]:
        return compact
    return ""


def belgian_check(digits: str) -> str:
    """The two last digits for the first ten: their remainder by 97, 97 for none."""
    return f"{int(digits) % 97 or 97:02d}"


def dutch_check(digits: str) -> str:
    """The first digit for the fifteen others: eleven less their weighted sum."""
    pairs = zip(reversed(digits), _DUTCH_WEIGHTS, strict=True)
    check = 11 - sum(int(digit) * weight for digit, weight in pairs) % 11
    return str({10: 1, 11: 0}.get(check, check))
