"""The login page and the token endpoint (exact-api 1.1 to 1.3)."""

import json
from urllib.parse import quote

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from .addresses import allowed_address
from .oauth import TokenError
from .web.render import page

AUTHORIZE = "/api/oauth2/auth"
TOKEN = "/api/oauth2/token"


def handle(sandbox, request):
    """Answer the two addresses of OAuth."""
    if request.path == AUTHORIZE and request.method in ("GET", "POST"):
        return _authorize(sandbox, request)
    if request.path == TOKEN and request.method == "POST":
        return _token(sandbox, request)
    return Response("Not found", status=404)


# --- login page ---------------------------------------------------------------------


def _problem(sandbox, values):
    """What is wrong with the link that led here, as a sentence."""
    client_id = values.get("client_id", "")
    if not sandbox.tokens.knows(client_id):
        return f"Client with identifier '{client_id}' not found."
    if values.get("response_type") != "code":
        return "The response_type must be 'code'."
    if not allowed_address(values.get("redirect_uri", ""), sandbox.strict_https):
        return "The redirect_uri does not match the registered one (https is needed)."
    return None


def _authorize(sandbox, request):
    values = {**request.args.to_dict(), **request.form.to_dict()}
    problem = _problem(sandbox, values)
    if problem:
        return Response(
            page("problem.html", title="Exact Online sandbox", text=problem),
            status=400,
            content_type="text/html; charset=utf-8",
        )
    if request.method == "GET":
        return _login_page(sandbox, values)
    if values.get("action") == "refuse":
        return _back(values, error="access_denied")
    user = sandbox.users.get(values.get("username", ""))
    if user is None or values.get("password") != user["password"]:
        return _login_page(sandbox, values, "The user name or password is wrong.")
    granted = [
        code
        for code in sorted(sandbox.administrations)
        if str(code) in request.form.getlist("division")
    ]
    if not granted:
        return _login_page(sandbox, values, "Choose at least one administration.")
    code = sandbox.tokens.issue_code(user["name"], values["redirect_uri"], granted)
    return _back(values, code=code)


def _login_page(sandbox, values, error=None):
    text = page(
        "login.html",
        title="Log in to Exact Online (sandbox)",
        values=values,
        error=error,
        administrations=sandbox.administrations,
    )
    status = 200 if error is None else 401
    return Response(text, status=status, content_type="text/html; charset=utf-8")


def _back(values, **answer):
    """Redirect to the app with a code or an error, and its state."""
    uri = values["redirect_uri"]
    if values.get("state") is not None:
        answer["state"] = values["state"]
    query = "&".join(f"{name}={quote(text, safe='')}" for name, text in answer.items())
    return redirect(f"{uri}{'&' if '?' in uri else '?'}{query}")


# --- token endpoint -------------------------------------------------------------------


def _credentials(sandbox, request):
    """Client id and secret from the body, or by Basic where that is taken (1.2)."""
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        if not sandbox.switches.basic_auth:
            raise TokenError(401, "invalid_client")
        return basic.username, basic.password
    if request.headers.get("Authorization") and not sandbox.switches.basic_auth:
        raise TokenError(401, "invalid_client")
    return request.form.get("client_id"), request.form.get("client_secret")


def _token(sandbox, request):
    try:
        answer = _issue(sandbox, request)
    except TokenError as error:
        return _refused(sandbox, error)
    return _json(answer)


def _issue(sandbox, request):
    tokens = sandbox.tokens
    tokens.check_client(*_credentials(sandbox, request))
    tokens.count_call()
    grant_type = request.form.get("grant_type")
    if grant_type == "authorization_code":
        return tokens.exchange(
            request.form.get("code"), request.form.get("redirect_uri")
        )
    if grant_type == "refresh_token":
        return tokens.refresh(request.form.get("refresh_token"))
    raise TokenError(400, "invalid_request")


def _refused(sandbox, error):
    if error.error == "invalid_request" and sandbox.switches.code_error_bare:
        if error.description is None:
            return Response("Bad Request", status=error.status)
    shown = {"error": error.error}
    if error.description:
        shown["error_description"] = error.description
    response = _json(shown, error.status)
    response.headers.extend(error.headers)
    return response


def _json(value, status=200):
    response = Response(
        json.dumps(value),
        status=status,
        content_type="application/json; charset=utf-8",
    )
    response.headers["Cache-Control"] = "no-store"
    return response
