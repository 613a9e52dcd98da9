from odoo import http
from odoo.http import request

from ..exact import webhooks
from ..models.exact_connection import CALLBACK_PATH

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class ExactController(http.Controller):
    """Where Exact's login page sends the browser back to."""

    @http.route(CALLBACK_PATH, type="http", auth="user", methods=["GET"])
    def exact_oauth_callback(self, state="", code="", error="", **_kwargs):
        """Finish a login and show the set-up page.

        :param state: the one-time word given out by ``action_connect``; it names the
            connection, so nothing else of the address is believed
        """
        connection = request.env["exact.connection"]._pending_login(state)
        if not connection:
            return request.redirect("/odoo")
        connection._finish_login(state, code, error)
        administration = connection._page_after_login()
        return request.redirect(f"/odoo/exact-administrations/{administration.id}")

    @http.route(
        webhooks.PATH,
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=webhooks.MAX_BYTES,
    )
    def exact_webhook(self, **_kwargs):
        """Take a notice of Exact; it carries no data, only the news that there are.

        Nothing of it is believed before its signature was checked on the raw body.
        """
        sent = request.httprequest
        if sent.mimetype in FORMS and sent.content_length != 0:
            # Odoo has read it as a form: what was signed is gone.
            return request.make_response("", status=415)
        body = sent.get_data()
        status = request.env["exact.webhook"].sudo()._receive(body)
        return request.make_response("", status=status)
