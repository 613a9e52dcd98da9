"""``python -m exact_sandbox.bench``: how fast the sandbox answers.

Two figures: simple requests a second over a socket with keep-alive, server and client
in processes of their own; and how the time of a page grows while 100,000 open items
are read (1 = not at all).
"""

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from werkzeug.test import Client

from . import Sandbox
from .app import CLIENT_ID, CLIENT_SECRET
from .books.settle import new_term

ITEMS = 100_000
SIMPLE = "/api/v1/1001/crm/Accounts?$filter=trim(Code)%20eq%20'2'&$select=ID,Name"
FEED = (
    "/api/v1/1001/bulk/Cashflow/Receivables?$filter=Status%20eq%2020"
    "&$select=ID,AmountDC,DueDate,TransactionEntryID,YourRef"
)


def _log_in(connection):
    """A token by the same way as every app: page, code, token endpoint."""
    form = {
        "client_id": CLIENT_ID,
        "redirect_uri": "http://127.0.0.1/callback",
        "response_type": "code",
        "username": "demo",
        "password": "demo",
        "division": "1001",
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/api/oauth2/auth", urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    form = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "grant_type": "authorization_code",
        "code": query["code"][0],
        "redirect_uri": form["redirect_uri"],
    }
    connection.request("POST", "/api/oauth2/token", urlencode(form), headers)
    return json.loads(connection.getresponse().read())["access_token"]


def requests_per_second(seconds=3.0):
    """Simple requests a second, one after the other on one connection."""
    options = "--port 0 --smtp-port 0 --minutely 0 --daily 0".split()
    process = subprocess.Popen(
        [sys.executable, "-m", "exact_sandbox", *options],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        address = urlsplit(process.stdout.readline().split()[-1])
        connection = http.client.HTTPConnection(address.hostname, address.port)
        headers = {
            "Authorization": f"Bearer {_log_in(connection)}",
            "Accept": "application/json",
        }
        first = connection.sock
        count, end = 0, time.perf_counter() + seconds
        while time.perf_counter() < end:
            connection.request("GET", SIMPLE, headers=headers)
            answer = connection.getresponse()
            if answer.status != 200 or b"Jurimmo" not in answer.read():
                raise RuntimeError("the sandbox answered something else")
            if connection.sock is not first:
                raise RuntimeError("the connection was not kept")
            count += 1
        connection.close()
        return count / seconds
    finally:
        process.terminate()
        process.communicate(timeout=10)


def fill(sandbox, items):
    """Open items as a large company has them."""
    admin = sandbox.administrations[1001]
    customer = admin.accounts.one("Code", "2")["ID"]
    today, amount = sandbox.clock.today(), Decimal("121.00")
    for number in range(items):
        due = today + timedelta(days=number % 90)
        new_term(
            admin,
            LineType=20,
            TransactionType=20,
            Account=customer,
            DueDate=due,
            YourRef=f"INV/2026/{number:06d}",
            TransactionEntryID=None,
            **dict.fromkeys(("DebitDC", "DebitFC", "OriginalDC", "OriginalFC"), amount),
        )


def page_times(items=ITEMS):
    """Seconds of every page of the bulk feed of open items."""
    sandbox = Sandbox(minutely=0, daily=0)
    fill(sandbox, items)
    client = Client(sandbox)
    headers = {
        "Authorization": f"Bearer {sandbox.authorise()['access_token']}",
        "Accept": "application/json",
    }
    times, address, seen = [], FEED, 0
    while address:
        started = time.perf_counter()
        page = client.get(address, headers=headers).json["d"]
        times.append(time.perf_counter() - started)
        seen += len(page["results"])
        address = page.get("__next", "").removeprefix("http://localhost")
    if seen != items:
        raise RuntimeError(f"{seen} items came back, not {items}")
    return times


def growth(times):
    """Last tenth of the full pages against the first tenth."""
    full = times[:-1] if len(times) > 1 else times
    part = max(1, len(full) // 10)
    return statistics.median(full[-part:]) / statistics.median(full[:part])


def measure(items=ITEMS, seconds=3.0):
    """The figures as they stand in ``build/bench.json`` under ``sandbox``."""
    return {
        "requests_per_s": round(requests_per_second(seconds), 1),
        "page_time_growth": round(growth(page_times(items)), 3),
    }


def main(arguments=None):
    """Print the figures and put them into a file, keeping what others wrote there."""
    parser = argparse.ArgumentParser(prog="python -m exact_sandbox.bench")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--items", type=int, default=ITEMS)
    options = parser.parse_args(arguments)
    figures = measure(options.items)
    for name, value in figures.items():
        print(f"sandbox.{name}: {value}")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    known = {}
    if options.output.exists():
        known = json.loads(options.output.read_text("utf-8"))
    known["sandbox"] = {**known.get("sandbox", {}), **figures}
    options.output.write_text(json.dumps(known, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
