"""Bookkeeping of an administration: entries, VAT, periods, open items, payments."""
