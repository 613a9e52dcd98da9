# Run inside Odoo's shell by dev/bench.py, which has `env`.
import json
import os
import time
import tracemalloc
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import requests

from odoo import Command, sql_db

from odoo.addons.optedo_exact.models.exact_token import TokenStore

INVOICES = 50
BULK = 200  # invoices of an export of many
LINES = 5
LEDGER_ACCOUNTS = 5000
URL = os.environ["EXACT_URL"]
env = env(user=env.ref("base.user_admin"))  # noqa: F821


def connect():
    """Log in to the sandbox and map what the invoices use."""
    env.company.external_accounting = "exact"
    administration = env.company.exact_administration_id
    administration.write(
        {
            "site": "custom",
            "base_url": URL,
            "client_id": "5f4c1f62-94d1-4f5c-9d0a-0c7e5a11d0e0",
            "client_secret": "sandbox-secret",
        }
    )
    env.cr.commit()
    page = administration.action_connect()["url"]
    form = {"username": "demo", "password": "demo", "action": "allow", "division": 1001}
    back = requests.post(
        f"{URL}/api/oauth2/auth",
        data=dict(parse_qsl(urlsplit(page).query)) | form,
        allow_redirects=False,
        timeout=30,
    )
    query = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    administration.connection_id._finish_login(query["state"], query["code"], "")
    administration.sudo()._set_division(1001, "Bench")
    env.cr.commit()
    administration.action_read_references()
    codes = {r.kind + r.code: r for r in administration.reference_ids}
    administration.journal_mapping_ids.reference_id = codes["journal70"]
    administration.tax_mapping_ids.reference_id = codes["vat_code3"]
    administration.default_gl_account_id = codes["gl_account700000"]
    administration.import_payments = True
    env.cr.commit()
    return administration


def make(count):
    """Odoo's own work, the yardstick: create and post invoices."""
    lines = [
        Command.create({"name": f"Line {i}", "quantity": 1, "price_unit": 10.01 * i})
        for i in range(1, LINES + 1)
    ]
    moves = env["account.move"]
    for _number in range(count):
        move = moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": date.today(),
                "invoice_payment_term_id": False,
                "invoice_line_ids": lines,
            }
        )
        move.action_post()
        env.cr.commit()
        moves += move
    return moves


def measured(work, *args):
    """What ``work`` returns, with queries, CPU seconds and calls it took."""
    queries, cpu, calls = sql_db.sql_counter, time.process_time(), count_calls()
    result = work(*args)
    return result, {
        "queries": sql_db.sql_counter - queries,
        "cpu": time.process_time() - cpu,
        "calls": count_calls() - calls,
    }


def count_calls():
    env.cr.commit()
    return env["exact.call"].sudo().search_count([])


def export(moves):
    for move in moves:
        move.action_exact_export()
        env.cr.commit()
    states = set(moves.mapped("exact_state"))
    assert states == {"exported"}, moves.exact_entry_id.mapped("issue_message")


def queue(moves):
    """Select invoices in their list and press Start."""
    page = moves.action_exact_synchronise()["res_id"]
    run = env["exact.synchronise"].browse(page).action_start()["res_id"]
    env.cr.commit()
    return env["exact.run"].browse(run)


def run_job():
    """The job of an export of many, until nothing is left."""
    commit = env["ir.cron"]._commit_progress
    env["exact.export"].sudo()._run_administration(administration.sudo(), commit)


def check():
    administration.action_check_payments()
    env.cr.commit()


def fill_ledger(count):
    """Make the ledger of the administration as large as that of a big company."""
    token = TokenStore(administration.connection_id).access_token()
    with requests.Session() as exact:
        exact.headers["Authorization"] = f"Bearer {token}"
        for number in range(count):
            answer = exact.post(
                f"{URL}/api/v1/1001/financial/GLAccounts",
                json={"Code": f"9{number:05}", "Description": f"Account {number}"},
                timeout=30,
            )
            answer.raise_for_status()


def read_lists():
    """Read every list once; returns the memory at its peak, in MB."""
    tracemalloc.start()
    administration.action_read_references()
    env.cr.commit()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    env.invalidate_all()
    return round(peak / 2**20, 1)


customer = env["res.partner"].create(
    {
        "name": "Bakkerij Janssens BV",
        "is_company": True,
        "country_id": env.ref("base.be").id,
    }
)
administration = connect()
export(make(2))  # warm, and the customer is known
moves, own = measured(make, INVOICES)
_none, exported = measured(export, moves)
many, bulk_own = measured(make, BULK)
run, queued = measured(queue, many)
_none, bulk = measured(run_job)
env.invalidate_all()
assert (run.state, run.done) == ("done", BULK), (run.state, run.issue_message)
_none, idle = measured(check)
_none, idle = measured(check)
seeded = administration.reference_ids.filtered(lambda r: r.kind == "gl_account")
fill_ledger(LEDGER_ACCOUNTS - len(seeded))
first_peak, first = measured(read_lists)
read_lists()
again_peak, again = measured(read_lists)
figures = {
    f"lists_with_{LEDGER_ACCOUNTS}_ledger_accounts": {
        "calls": first["calls"],
        "peak_mb_first": first_peak,
        "peak_mb_again": again_peak,
        "queries_first": first["queries"],
        "queries_again": again["queries"],
    },
    "export": {
        "calls_known_customer": exported["calls"] / INVOICES,
        "queries": round(exported["queries"] / INVOICES, 1),
        "cpu_ms": round(1000 * exported["cpu"] / INVOICES, 1),
        "cpu_ratio_to_create_and_post": round(exported["cpu"] / own["cpu"], 3),
        "queries_ratio_to_create_and_post": round(
            exported["queries"] / own["queries"], 3
        ),
    },
    "bulk": {
        "calls_per_invoice": bulk["calls"] / BULK,
        "queries": round(bulk["queries"] / BULK, 1),
        "cpu_ms": round(1000 * bulk["cpu"] / BULK, 1),
        "cpu_ratio_to_create_and_post": round(bulk["cpu"] / bulk_own["cpu"], 3),
        "queries_ratio_to_create_and_post": round(
            bulk["queries"] / bulk_own["queries"], 3
        ),
        f"queries_to_queue_{BULK}": queued["queries"],
    },
    "payments": {
        "calls_nothing_changed": idle["calls"],
        "queries_nothing_changed": idle["queries"],
    },
}
with open(os.environ["BENCH_RESULT"], "w") as file:
    json.dump(figures, file, indent=1)
