"""Reading the lists of an administration with many ledger accounts."""

import tracemalloc

import requests

from odoo.addons.optedo_exact.models.exact_token import TokenStore

LEDGER_ACCOUNTS = 5000


def measure(bench) -> dict:
    """The figures by name."""
    administration = bench.administration
    seeded = administration.reference_ids.filtered(lambda r: r.kind == "gl_account")
    _fill_ledger(bench, LEDGER_ACCOUNTS - len(seeded))
    first_peak, first = bench.measured(_read_lists, bench)
    _read_lists(bench)
    again_peak, again = bench.measured(_read_lists, bench)
    return {
        "ledger_accounts": LEDGER_ACCOUNTS,
        "calls": first["calls"],
        "peak_mb_first": first_peak,
        "peak_mb_again": again_peak,
        "queries_first": first["queries"],
        "queries_again": again["queries"],
    }


def _fill_ledger(bench, count: int) -> None:
    """Make the ledger of the administration as large as that of a big company."""
    token = TokenStore(bench.administration.connection_id).access_token()
    with requests.Session() as exact:
        exact.headers["Authorization"] = f"Bearer {token}"
        for number in range(count):
            answer = exact.post(
                f"{bench.url}/api/v1/1001/financial/GLAccounts",
                json={"Code": f"9{number:05}", "Description": f"Account {number}"},
                timeout=30,
            )
            answer.raise_for_status()


def _read_lists(bench) -> float:
    """Read every list once; returns the memory at its peak, in MB."""
    tracemalloc.start()
    bench.administration.action_read_references()
    bench.env.cr.commit()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    bench.env.invalidate_all()
    return round(peak / 2**20, 1)
