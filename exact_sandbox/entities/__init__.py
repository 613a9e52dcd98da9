"""The entity sets served, by path; importing the modules registers them."""

from .base import REGISTRY
from . import (  # noqa: F401  each module registers its sets
    accounts,
    cashflow,
    company,
    documents,
    ledger,
    masterdata,
    purchases,
    relations,
    sales,
    sync,
    webhooks,
)

__all__ = ["REGISTRY"]
