"""The program around it: state file, command line, programming surface."""

import subprocess
import sys
import threading
import urllib.request
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from exact_sandbox import Sandbox
from exact_sandbox.__main__ import parser
from exact_sandbox.state import decode, encode

ROOT = Path(__file__).resolve().parents[3]


def test_state_survives(make, api_of, tmp_path):
    file = tmp_path / "state.json"
    first = api_of(make(state_file=file))
    entry = first.booked(100, YourRef="A")
    first.admin.pay(entry["EntryID"], "21.50")
    first.admin.close_period(2026, 5)
    first.sandbox.store.flush()
    second = api_of(make(state_file=file))
    second.token = first.token
    for path in (
        "salesentry/SalesEntries",
        "sync/Cashflow/PaymentTerms?$filter=Timestamp gt 1L",
        "read/financial/JournalStatusList",
        "sync/CRM/Accounts",
        "read/financial/ReceivablesList",
    ):
        assert first.get(path).json == second.get(path).json
    assert second.admin.balance(entry["EntryID"]) == Decimal("99.50")
    assert second.booked(1)["EntryNumber"] == 26700002


def test_another_administration_survives(make, api_of, tmp_path):
    file = tmp_path / "state.json"
    first = make(state_file=file)
    first.found(1003, "NL", name="Vestiging BV")
    first.store.flush()
    second = make(state_file=file)
    assert second.administrations[1003].settings["name"] == "Vestiging BV"
    assert second.administrations[1003].settings["country"] == "NL"


def test_a_change_is_written_soon(make, api_of, tmp_path):
    import time

    file = tmp_path / "state.json"
    api = api_of(make(state_file=file))
    api.booked(100)
    for _ in range(40):
        if file.exists():
            break
        time.sleep(0.05)
    assert decode(file.read_text("utf-8"))["version"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_a_file_of_another_version(make, tmp_path):
    file = tmp_path / "state.json"
    file.write_text('{"version": 99}')
    with pytest.raises(ValueError, match="another version"):
        make(state_file=file)


def test_back_to_a_snapshot(make, api_of):
    api = api_of(make())
    kept = api.booked(100, YourRef="kept")
    snapshot = api.sandbox.snapshot()
    dropped = api.booked(50, YourRef="dropped")
    api.admin.pay(kept["EntryID"], "100")
    api.sandbox.reset(to=snapshot)
    admin = api.sandbox.administrations[api.admin.code]
    assert admin.balance(kept["EntryID"]) == 121
    assert not admin.entries(your_ref="dropped")
    # The login of that time holds, and numbers go on from there.
    assert api.booked(1)["EntryNumber"] == dropped["EntryNumber"]


def test_the_saved_form():
    from datetime import datetime

    value = {"a": [Decimal("1.10"), datetime(2026, 1, 2), b"\x00", None, "€"]}
    assert decode(encode(value)) == value


def test_unknown_switches_and_languages():
    with pytest.raises(ValueError, match="unknown switch"):
        Sandbox(switches={"nonsense": 1})
    with pytest.raises(ValueError, match="language"):
        Sandbox(language="de")


def test_serve_is_on_loopback(sandbox):
    with sandbox.serve() as base:
        assert base.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(base + "/", timeout=5) as answer:
            assert answer.status == 200


def test_entries_by_reference(api):
    api.booked(100, YourRef="A")
    api.booked(100, YourRef="B", Journal="71")
    assert [row["YourRef"] for row in api.admin.entries(your_ref="B")] == ["B"]
    assert [row["YourRef"] for row in api.admin.entries(journal="70")] == ["A"]


def test_help_names_every_option():
    text = parser().format_help()
    for option in (
        "--port --state --client-id --client-secret --minutely --daily --latency "
        "--language --strict-https"
    ).split():
        assert option in text


def test_the_command_line(tmp_path):
    """It starts, says where, and keeps its state when it is stopped."""
    state = tmp_path / "state.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "exact_sandbox", "--port", "0", "--state", str(state)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [process.stdout.readline() for _ in range(6)]
        address = lines[0].split()[-1]
        with urllib.request.urlopen(address, timeout=5) as answer:
            assert "1001" in answer.read().decode()
    finally:
        process.terminate()
        process.communicate(timeout=10)
    assert "demo / demo" in lines[3] and "1002" in lines[5]
    assert process.returncode == 0
    assert state.exists()


def test_a_port_in_use_is_one_line():
    with Sandbox().serve() as base:
        port = base.rsplit(":", 1)[1]
        done = subprocess.run(
            [sys.executable, "-m", "exact_sandbox", "--port", port],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=20,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("exact_sandbox:")
    assert "Traceback" not in done.stderr


def test_every_switch_is_tried_both_ways():
    """Each switch stands in a test besides this one."""
    from dataclasses import fields

    from exact_sandbox import Switches

    here = Path(__file__).parent
    text = "".join(file.read_text("utf-8") for file in here.glob("test_*.py"))
    missing = [field.name for field in fields(Switches) if field.name not in text]
    assert missing == []


def test_the_benchmark_measures():
    from exact_sandbox import bench

    figures = bench.measure(items=3000, seconds=0.2)
    assert figures["requests_per_s"] > 0
    assert 0.2 < figures["page_time_growth"] < 5
    assert bench.growth([1.0] * 20 + [0.1]) == 1


def test_the_benchmark_keeps_what_others_wrote(tmp_path, monkeypatch):
    import json

    from exact_sandbox import bench

    file = tmp_path / "build" / "bench.json"
    file.parent.mkdir()
    file.write_text('{"odoo": {"x": 1}}')
    monkeypatch.setattr(bench, "measure", lambda items: {"requests_per_s": 1.0})
    assert bench.main(["--output", str(file)]) == 0
    assert json.loads(file.read_text()) == {
        "odoo": {"x": 1},
        "sandbox": {"requests_per_s": 1.0},
    }


def test_the_current_administration_follows_the_browser(api):
    assert api.rows("/api/v1/current/Me")[0]["CurrentDivision"] == 1001
    api.client.get("/1002/entries")
    assert api.rows("/api/v1/current/Me")[0]["CurrentDivision"] == 1002


def test_a_moved_administration_starts_afresh(api):
    api.booked(100)
    before = api.rows("sync/CRM/Accounts", filter="Timestamp gt 1L")
    moved = api.client.post("/_control/move", json={"division": 1001})
    assert moved.status_code == 200
    assert api.client.post("/_control/move", json={"division": 5}).status_code == 400
    after = api.rows("sync/CRM/Accounts", filter="Timestamp gt 1L")
    assert [row["ID"] for row in after] == [row["ID"] for row in before]
    assert int(after[-1]["Timestamp"]) < int(before[0]["Timestamp"])
    divisions = api.rows("system/Divisions")
    assert divisions[0]["DivisionMoveDate"] == "/Date(1781517600000)/"
    assert divisions[1]["DivisionMoveDate"] is None


def test_the_clock_and_the_chosen_company_survive(make, api_of, tmp_path):
    file = tmp_path / "state.json"
    sandbox = Sandbox(state_file=file)
    sandbox.clock.advance(days=3)
    sandbox.users["demo"]["division"] = 1002
    moved = sandbox.clock.now()
    sandbox.store.flush()
    again = Sandbox(state_file=file)
    assert abs((again.clock.now() - moved).total_seconds()) < 60
    assert again.users["demo"]["division"] == 1002
    standing = datetime(2026, 6, 15, 10)
    assert make(state_file=file).clock.now() == standing


@pytest.mark.parametrize(
    "values",
    [
        {"vat_difference_max": [1]},
        {"vat_difference_max": "much"},
        {"error_block_status": None},
        {"error_block_status": 200},
        {"receivable_sign": 2},
        {"postbox_subject": "both"},
        {"top_bare_list": 1},
        {"receivable_sign": 1, "no_such_switch": True},
    ],
)
def test_switches_take_only_what_fits(api, values):
    before = vars(api.sandbox.switches).copy()
    answer = api.call("POST", "/_control/switches", json=values)
    assert answer.status_code == 400
    assert answer.json["error"]
    assert vars(api.sandbox.switches) == before


def test_calls_can_be_counted_while_they_come(api):
    ready = threading.Event()

    def call():
        for number in range(3000):
            api.sandbox.calls.add(
                time="", method="GET", path=str(number), query="", status=200
            )
            ready.set()

    thread = threading.Thread(target=call)
    thread.start()
    ready.wait(5)
    while thread.is_alive():
        api.sandbox.calls.count("GET", "9")
    assert api.sandbox.calls.count("GET") == 3000
