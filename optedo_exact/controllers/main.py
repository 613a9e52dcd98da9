from odoo import http
from odoo.http import request

from ..models.exact_connection import CALLBACK_PATH


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
        administration = connection.administration_ids[:1]
        return request.redirect(f"/odoo/exact-administrations/{administration.id}")
