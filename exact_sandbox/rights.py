"""What a login or an app may not do, by switches (exact-api 4.10, 5)."""

from .errors import ApiError
from .schema import entity_types


def _list(text):
    return {part.strip() for part in text.split(",") if part.strip()}


def lost_divisions(switches):
    """Codes, as text, of what the login may no longer use."""
    return _list(switches.lost_divisions)


def scope_of(path):
    """Scope of a set as apps register it: "Financial accounting" → the dotted name."""
    return entity_types()[path].scope.lower().replace(" ", ".", 1).replace(" ", "")


def check(target, method, switches):
    """Refuse a service the user may not use, or a scope the app lacks."""
    if switches.blocked_reason:
        raise ApiError(403, "Forbidden", {"Reason": switches.blocked_reason})
    if not target.path:
        return
    if target.path.partition("/")[0] in _list(switches.denied_services):
        raise ApiError(403, "Forbidden")
    scope = scope_of(target.path)
    if scope in _list(switches.missing_scopes):
        verb = "read" if method in ("GET", "HEAD") else "manage"
        raise ApiError(
            403,
            f"Forbidden - Application Scope Violated. Cannot {verb} '{scope}' scope.",
        )
