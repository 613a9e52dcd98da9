"""The program around it: state file, command line, programming surface."""

import subprocess
import sys
import urllib.request
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
