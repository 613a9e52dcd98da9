"""``/_control/…``: what tests steer the sandbox with (JSON, loopback only)."""

import json

from werkzeug.wrappers import Response

from .clock import parse_moment
from .faults import KINDS

LOOPBACK = ("127.0.0.1", "::1", None)


class _Wrong(Exception):
    """A control call that makes no sense: 400 with the sentence."""


def handle(sandbox, request):
    """Answer a control call."""
    if request.remote_addr not in LOOPBACK:
        return _json({"error": "only from this machine"}, 403)
    if request.method != "GET" and request.mimetype != "application/json":
        # A page of another site can post forms here, but no JSON.
        return _json({"error": "send application/json"}, 415)
    name = request.path.removeprefix("/_control/")
    handler = _HANDLERS.get((request.method, name))
    if handler is None:
        known = sorted({path for _, path in _HANDLERS})
        return _json({"error": "unknown", "known": known}, 404)
    try:
        return _json(handler(sandbox, _body(request)))
    except (_Wrong, ValueError) as error:
        return _json({"error": str(error)}, 400)


def _json(value, status=200):
    return Response(
        json.dumps(value, indent=1) + "\n",
        status=status,
        content_type="application/json; charset=utf-8",
    )


def _body(request):
    data = request.get_data()
    if not data:
        return {}
    try:
        value = json.loads(data)
    except ValueError as error:
        raise _Wrong("the body is no JSON") from error
    if not isinstance(value, dict):
        raise _Wrong("the body must be a JSON object")
    return value


def _list_faults(sandbox, body):
    active = [fault.as_dict() for fault in sandbox.faults.active()]
    return {"faults": active, "kinds": KINDS, "late": len(sandbox.gate.late)}


def _add_fault(sandbox, body):
    kind = body.pop("fault", None)
    if kind is None:
        raise _Wrong("name a fault")
    if not all(isinstance(name, str) for name in body):
        raise _Wrong("names must be text")
    return sandbox.faults.add(kind, **body).as_dict()


def _clear_faults(sandbox, body):
    sandbox.faults.clear(body.get("id"))
    return _list_faults(sandbox, body)


def _read_clock(sandbox, body):
    now = sandbox.clock.now()
    return {"now": now.isoformat() + "Z", "frozen": sandbox.clock.frozen}


def _set_clock(sandbox, body):
    """``{"set": "2026-12-31T23:59:00"}`` or ``{"advance": seconds}``, ``frozen``."""
    unknown = set(body) - {"set", "advance", "frozen"}
    if unknown or not body:
        raise _Wrong("send set, advance or frozen")
    if "set" in body:
        if not isinstance(body["set"], str):
            raise _Wrong("set must be a date and time")
        sandbox.clock.set(parse_moment(body["set"]))
    if "advance" in body:
        seconds = body["advance"]
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
            raise _Wrong("advance must be a number of seconds")
        sandbox.clock.advance(seconds)
    if "frozen" in body:
        (sandbox.clock.freeze if body["frozen"] else sandbox.clock.resume)()
    sandbox.run_late()
    return _read_clock(sandbox, body)


def _list_calls(sandbox, body):
    return {
        "total": sandbox.calls.total,
        "calls": [call.as_dict() for call in sandbox.calls],
    }


def _clear_calls(sandbox, body):
    sandbox.calls.clear()
    return _list_calls(sandbox, body)


def _late(sandbox, body):
    """Work on all late bookings now."""
    return {"statuses": sandbox.run_late(all_of_them=True)}


def _found(sandbox, body):
    """``{"division": 1003, "country": "BE", "name": "…"}``: another company."""
    unknown = set(body) - {"division", "country", "name", "vat_number"}
    if unknown or not all(
        isinstance(value, str) for name, value in body.items() if name != "division"
    ):
        raise _Wrong("send division, country, name, vat_number")
    body["code"] = body.pop("division", None)
    admin = sandbox.found(**body)
    return {"division": admin.code, "name": admin.settings["name"]}


def _move(sandbox, body):
    """``{"division": 1001}``: every sync Timestamp starts afresh."""
    admin = sandbox.administrations.get(body.get("division"))
    if admin is None:
        raise _Wrong("name a division")
    admin.move()
    return {"moved": admin.settings["moved"].isoformat()}


def _reset(sandbox, body):
    sandbox.reset()
    return {"reset": True}


def _read_switches(sandbox, body):
    return {name: _plain(value) for name, value in vars(sandbox.switches).items()}


def _plain(value):
    return value if isinstance(value, (bool, int, str)) else float(value)


def _set_switches(sandbox, body):
    """Switch by name; types as in ``switches.py``."""
    sandbox.switches.change(**body)
    return _read_switches(sandbox, body)


_HANDLERS = {
    ("GET", "faults"): _list_faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "clock"): _read_clock,
    ("POST", "clock"): _set_clock,
    ("GET", "calls"): _list_calls,
    ("DELETE", "calls"): _clear_calls,
    ("POST", "late"): _late,
    ("POST", "administrations"): _found,
    ("POST", "move"): _move,
    ("POST", "reset"): _reset,
    ("GET", "switches"): _read_switches,
    ("POST", "switches"): _set_switches,
}
