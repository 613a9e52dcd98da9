"""Money as Decimal, rounded half away from zero."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
_CENT = Decimal("0.01")


def cents(amount):
    """Round to two decimals, halves away from zero."""
    return Decimal(amount).quantize(_CENT, ROUND_HALF_UP)


def spread(total, weights):
    """Split an amount by weights so that the parts add up to it exactly."""
    parts, left, weight_left = [], total, sum(weights)
    for weight in weights:
        part = cents(left * weight / weight_left) if weight_left else left
        parts.append(part)
        left -= part
        weight_left -= weight
    return parts
