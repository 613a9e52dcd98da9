"""Payments from Exact: many open invoices of which few changed, against Odoo's wizard.

The invoices are copies of one, in both worlds, since only their number matters here.
"""

import re
from datetime import date

import requests

from odoo.addons.optedo_exact.models.exact_token import TokenStore

from . import copies

OPEN, SMALL = 10_000, 501
CHANGED = 100


def measure(bench) -> dict:
    """The figures by name."""
    moves = _open_invoices(bench, SMALL if bench.small else OPEN)
    job = bench.administration.sudo().payment_cron_id
    while bench.administration.ledger_behind or not bench.administration.ledger_read_at:
        _run(job)
    nothing = _make_nothing(bench)
    _run(nothing)  # as the other ran before
    _none, empty = bench.measured(_run, nothing)
    _none, idle = bench.measured(_run, job)
    page = Page(bench.url)
    paid, with_rest, by_hand = (
        moves[start : start + CHANGED] for start in range(0, 3 * CHANGED, CHANGED)
    )
    for move in paid:
        page.press("pay", move)
    _none, full = bench.measured(_run, job)
    _check_paid(bench, paid)
    for move in with_rest:
        page.press("pay", move, amount="100")
        page.press("write-off", move, reason="difference")
    _none, two = bench.measured(_run, job)
    _check_paid(bench, with_rest)
    _none, wizard = bench.measured(_register_one_by_one, bench, by_hand)
    return {
        "open_invoices": len(moves),
        "changed": CHANGED,
        "calls": full["calls"],
        "calls_idle": idle["calls"],
        "queries_idle": idle["queries"] - empty["queries"],
        "queries_of_scheduler": empty["queries"],
        "queries": full["queries"],
        "queries_per_changed": round(full["queries"] / CHANGED, 1),
        "queries_per_changed_with_write_off": round(two["queries"] / CHANGED, 1),
        "cpu_ms_per_payment": round(1000 * full["cpu"] / CHANGED, 1),
        "cpu_ms_per_payment_of_wizard": round(1000 * wizard["cpu"] / CHANGED, 1),
        "cpu_ratio_to_wizard": round(full["cpu"] / wizard["cpu"], 3),
        "cpu_ratio_with_write_off": round(two["cpu"] / 2 / wizard["cpu"], 3),
    }


def _run(cron) -> None:
    """A job, as Odoo calls it."""
    done = cron.method_direct_trigger()
    assert done is True, done
    cron.env.cr.commit()  # see what it did


def _make_nothing(bench):
    """A job that does nothing: what Odoo's scheduler itself takes for each."""
    cron = bench.env["ir.cron"].create(
        {
            "name": "Nothing",
            "model_id": bench.env["ir.model"]._get_id("exact.administration"),
            "state": "code",
            "code": "True",
            "user_id": bench.administration.sudo().payment_cron_id.user_id.id,
        }
    )
    bench.env.cr.commit()
    return cron


def _register_one_by_one(bench, moves) -> None:
    """Odoo's own work, the yardstick: its wizard for each invoice."""
    for move in moves:
        wizard = bench.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard.create({})._create_payments()
        bench.env.cr.commit()


def _check_paid(bench, moves) -> None:
    bench.env.invalidate_all()
    states = set(moves.mapped("payment_state"))
    issues = moves.exact_entry_id.mapped("issue_message")
    assert states == {"paid"}, (states, issues, bench.administration.issue_message)


class Page:
    """The pages on which a person plays the accountant."""

    def __init__(self, url: str):
        self.url = f"{url}/1001"
        self.session = requests.Session()
        page = self.session.get(f"{url}/faults", timeout=30).text
        self.token = re.search(r'name="token" value="([0-9a-f]+)"', page)[1]

    def press(self, button: str, move, **form) -> None:
        """Press a button of an entry."""
        form |= {"token": self.token, "entry": move.exact_entry_guid}
        answer = self.session.post(
            f"{self.url}/{button}", form, timeout=30, allow_redirects=False
        )
        assert answer.status_code == 303, answer.text


# --- many invoices -----------------------------------------------------------


def _open_invoices(bench, count: int):
    """One invoice that was booked by the link, and its copies."""
    first = bench.make(1)
    bench.export(first)
    booked = _book(bench, first, count - 1)
    ids = _copy(bench.env.cr, first, booked)
    bench.env.cr.commit()
    bench.env.invalidate_all()
    return bench.env["account.move"].browse(ids)


def _book(bench, move, count: int) -> list[tuple[str, str]]:
    """Book the same amount as often in Exact; guids and numbers."""
    token = TokenStore(bench.administration.connection_id).access_token()
    [account] = move.commercial_partner_id.exact_account_ids
    gl_account = bench.administration.default_gl_account_id.guid
    booking = {
        "Customer": account.guid,
        "Journal": "70",
        "EntryDate": str(date.today()),
        "SalesEntryLines": [
            {"AmountFC": move.amount_untaxed, "GLAccount": gl_account, "VATCode": "3"}
        ],
    }
    booked = []
    with requests.Session() as exact:
        exact.headers["Authorization"] = f"Bearer {token}"
        for _number in range(count):
            answer = exact.post(
                f"{bench.url}/api/v1/1001/salesentry/SalesEntries",
                json=booking,
                headers={"Accept": "application/json"},
                timeout=30,
            )
            answer.raise_for_status()
            row = answer.json()["d"]
            booked.append((row["EntryID"], str(row["EntryNumber"])))
    return booked


def _copy(cr, move, booked: list[tuple[str, str]]) -> list[int]:
    """Copies of a booked invoice, each with its entry; in SQL, as creating and
    posting as many would take an hour. Returns the ids."""
    ids = copies.of_posted(cr, move, len(booked))
    guids, numbers = zip(*booked, strict=True)
    cr.execute(
        """
        INSERT INTO exact_entry
             SELECT (jsonb_populate_record(entry, jsonb_build_object(
                        'id', nextval('exact_entry_id_seq'),
                        'move_id', copy.id, 'guid', copy.guid,
                        'number', copy.number))).*
               FROM exact_entry entry,
                    unnest(%(ids)s, %(guids)s, %(numbers)s) AS copy(id, guid, number)
              WHERE entry.move_id = %(move)s
        """,
        {
            "move": move.id,
            "ids": ids,
            "guids": list(guids),
            "numbers": list(numbers),
        },
    )
    cr.execute(
        """
        UPDATE account_move move
           SET exact_entry_id = entry.id
          FROM exact_entry entry
         WHERE entry.move_id = move.id AND move.id = ANY(%s)
        """,
        (ids,),
    )
    cr.execute("ANALYZE")
    return ids
