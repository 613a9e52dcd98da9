"""An Odoo in this process, on a database of its own, linked to a sandbox."""

import logging
import threading
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import requests

from odoo import SUPERUSER_ID, Command, api, sql_db
from odoo.exceptions import UserError
from odoo.modules.registry import Registry
from odoo.service import model as service_model
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying
from odoo.service.server import load_server_wide_modules
from odoo.tools import config

from exact_sandbox import Sandbox
from exact_sandbox.clock import Clock
from exact_sandbox.state import decode, encode
from tests.proof import mortal
from tests.proof.mortal import LIFE, Crash

DIVISION = 1001
# What may still change by itself, or needs nothing but another press of the button.
MOVING = ("queued", "sending", "unknown", "undoing", "waiting", "blocked", "rejected")
GROUPS = ("group_exact_manager", "group_exact_undo")


class Unexpected(logging.Handler):
    """Keeps what the addon logs as an error: it keeps no silent failures."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.texts = []

    def emit(self, record):
        self.texts.append(self.format(record))


class Brief:
    """What Odoo takes for chance when it waits."""

    @staticmethod
    def uniform(_least, _most):
        return 0.02


class World:
    """Odoo, Exact, and the steps that people and jobs take."""

    def __init__(self, database):
        config.parse_config(["-d", database, "--no-http", "--log-level=critical"])
        load_server_wide_modules()
        self.database = database
        self.registry = Registry(database)
        self.unexpected = Unexpected()
        for name in ("odoo.addons.optedo_exact", "optedo_exact"):
            logger = logging.getLogger(name)
            logger.setLevel(logging.ERROR)
            logger.addHandler(self.unexpected)
        self.sandbox = Sandbox(minutely=100_000, daily=1_000_000, clock=Clock())
        # Odoo's own guard is tested elsewhere; here many faults come in an hour.
        self.sandbox.limits.errors_per_hour = 0
        self.invoices = []
        mortal.install()
        self._hurry()

    @staticmethod
    def _hurry():
        """Wait for nobody: Odoo pauses for seconds before it tries again."""
        from odoo.addons.optedo_exact.models import exact_export_run

        service_model.random = Brief
        exact_export_run.sleep = lambda seconds: None

    @property
    def books(self):
        return self.sandbox.administrations[DIVISION]

    # --- transactions --------------------------------------------------------

    def as_user(self, work):
        """Do ``work(env)`` as a request of a user does it."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, self.user, {})
            return retrying(lambda: work(env), env)

    def as_job(self, work):
        """Do ``work(env)`` as a job does it, where nobody reads what Odoo refuses."""
        with self.registry.cursor() as cr:
            try:
                work(api.Environment(cr, SUPERUSER_ID, {}))
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                cr.rollback()
            except UserError as error:
                raise AssertionError(f"the job fails: {error}") from error

    def attempt(self, step, commits=None, after=False, jitter=None):
        """Take a step; returns how it ended.

        What Odoo refuses with a sentence is an end like any other.
        """
        LIFE.begin(commits, after, jitter)
        try:
            step()
        except Crash:
            return "died"
        except UserError as error:
            return f"refused: {error}"
        finally:
            LIFE.begin()
        return "done"

    def at_once(self, attempts):
        """Take steps at the same time, each given as the arguments of ``attempt``."""
        ends = {}

        def run(number, arguments):
            try:
                ends[number] = self.attempt(**arguments)
            except BaseException as error:  # a thread would lose it
                ends[number] = error

        threads = [
            threading.Thread(target=run, args=(number, arguments), daemon=True)
            for number, arguments in enumerate(attempts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
            assert not thread.is_alive(), "two workers wait for each other"
        for end in ends.values():
            if isinstance(end, BaseException):
                raise end
        return [ends[number] for number in sorted(ends)]

    # --- set up --------------------------------------------------------------

    def set_up(self, url, customers, each):
        """Connect, and post the invoices that all sequences use."""
        self.user = SUPERUSER_ID
        self.as_user(lambda env: self._connect(env, url))
        with self.registry.cursor() as cr:
            self.user = api.Environment(cr, 1, {}).ref("base.user_admin").id
        for number in range(customers * each):
            self.invoices.append(
                self.as_user(lambda env, n=number: self._invoice(env, n, each))
            )
        self._seed = encode(self.books.dump())

    def _connect(self, env, url):
        admin = env.ref("base.user_admin")
        for group in GROUPS:
            admin.group_ids += env.ref(f"optedo_exact.{group}")
        env = env(user=admin)
        # Odoo's demo invoices stay out of this.
        company = env.company
        company.external_accounting = "exact"
        administration = company.exact_administration_id
        administration.write(
            {
                "site": "custom",
                "base_url": url,
                "client_id": self.sandbox.client_id,
                "client_secret": self.sandbox.client_secret,
            }
        )
        env.cr.commit()
        page = administration.action_connect()["url"]
        form = {"username": "demo", "password": "demo", "action": "allow"}
        back = requests.post(
            f"{url}/api/oauth2/auth",
            data=dict(parse_qsl(urlsplit(page).query)) | form | {"division": DIVISION},
            allow_redirects=False,
            timeout=30,
        )
        query = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
        administration.connection_id._finish_login(query["state"], query["code"], "")
        administration.sudo()._set_division(DIVISION, "Proof")
        env.cr.commit()
        administration.action_read_references()
        codes = {r.kind + r.code: r for r in administration.reference_ids}
        administration.journal_mapping_ids.reference_id = codes["journal70"]
        administration.tax_mapping_ids.reference_id = codes["vat_code3"]
        administration.default_gl_account_id = codes["gl_account700000"]
        administration.export_every_invoice = True
        env["exact.period"]._refresh_where_allowed(
            administration, administration._client()
        )
        self.administration = administration.id
        self.connection = administration.connection_id.id

    def _invoice(self, env, number, each):
        name = f"Klant {number // each} BV"
        partners = env["res.partner"]
        partner = partners.search([("name", "=", name)]) or partners.create(
            {
                "name": name,
                "is_company": True,
                "street": "Markt 1",
                "zip": "8000",
                "city": "Brugge",
                "country_id": env.ref("base.be").id,
            }
        )
        line = {"name": "Bread", "quantity": 1, "price_unit": 100.0 + number}
        move = env["account.move"].create(
            {
                "move_type": "out_refund" if number % each == 0 else "out_invoice",
                "partner_id": partner.id,
                "invoice_date": date.today(),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [Command.create(line)],
            }
        )
        move.action_post()
        self._give_pdf(move)
        return move.id

    @staticmethod
    def _give_pdf(move):
        """The PDF that Send & Print keeps on an invoice, until it is changed."""
        move.env["ir.attachment"].create(
            {
                "name": f"invoice_{move.id}.pdf",
                "raw": b"%PDF-1.4 what the customer got",
                "res_model": "account.move",
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
                "mimetype": "application/pdf",
            }
        )

    def reset(self, with_files):
        """Forget all that the link did, in Odoo and in Exact."""
        sandbox = self.sandbox
        with sandbox.lock:
            sandbox.clock.set(datetime.now(UTC).replace(tzinfo=None))
            self.books.load(decode(self._seed))
            sandbox.faults.clear()
            sandbox.calls.clear()
            sandbox.limits.reset()
            sandbox.gate.late.clear()
            sandbox.tokens.state = type(sandbox.tokens.state)()
        token = sandbox.authorise()
        with self.registry.cursor() as cr:
            cr.execute(
                """
                DELETE FROM exact_entry;
                DELETE FROM exact_account;
                DELETE FROM exact_call;
                DELETE FROM exact_quota;
                DELETE FROM ir_cron_trigger;
                UPDATE exact_token
                   SET access_token = %s, refresh_token = %s, refresh_count = 0,
                       obtained_at = now() AT TIME ZONE 'UTC';
                UPDATE exact_administration
                   SET attach_pdf = %s, issue_code = NULL, issue_params = NULL,
                       issue_text = NULL;
                """,
                (token["access_token"], token["refresh_token"], with_files),
            )
        self.registry.clear_all_caches()
        self.unexpected.texts.clear()

    # --- steps ---------------------------------------------------------------

    def export(self, invoice):
        self.as_user(
            lambda env: env["account.move"].browse(invoice).action_exact_export()
        )

    def queue(self, invoice):
        self.as_user(lambda env: env["account.move"].browse(invoice)._exact_enqueue())

    def undo(self, invoice):
        self.as_user(
            lambda env: env["account.move"].browse(invoice)._exact_undo("proof")
        )

    def edit(self, invoice, price):
        def work(env):
            move = env["account.move"].browse(invoice)
            move.button_draft()
            move.invoice_line_ids.price_unit = price
            move.action_post()
            self._give_pdf(move)

        self.as_user(work)

    def job(self):
        def work(env):
            administration = env["exact.administration"].browse(self.administration)
            administration._cron_exact_export()

        self.as_job(work)

    def restart(self):
        """Odoo is started anew: no connection and no cache is left."""
        sql_db.close_db(self.database)
        self.registry.clear_all_caches()

    def pass_time(self, seconds):
        """Let time pass for Exact and for what Odoo remembers."""
        self.sandbox.clock.advance(seconds)
        self.sandbox.run_late()
        with self.registry.cursor() as cr:
            past = {"past": timedelta(seconds=seconds)}
            for table, column in (
                ("exact_entry", "unknown_since"),
                ("exact_entry", "sending_at"),
                ("exact_account", "sending_at"),
                ("exact_attachment", "unknown_since"),
                ("exact_token", "obtained_at"),
            ):
                cr.execute(f"UPDATE {table} SET {column} = {column} - %(past)s", past)
            if seconds >= 60:
                cr.execute("DELETE FROM exact_quota")

    # --- what there is -------------------------------------------------------

    def read(self, invoices):
        """State, guid, files and signed total of invoices, by their id."""
        with self.registry.cursor() as cr:
            cr.execute(
                """
                SELECT move.id, move.name, coalesce(entry.state, 'none'), entry.guid,
                       entry.attach_state, entry.issue_code,
                       CASE WHEN move.move_type = 'out_refund' THEN -1 ELSE 1 END
                       * move.amount_total, partner.name
                  FROM account_move move
                  JOIN res_partner partner ON partner.id = move.partner_id
             LEFT JOIN exact_entry entry ON entry.id = move.exact_entry_id
                 WHERE move.id = ANY(%s)
                """,
                (list(invoices),),
            )
            names = ("id", "name", "state", "guid", "files", "issue", "total", "whom")
            rows = [dict(zip(names, row, strict=True)) for row in cr.fetchall()]
        return {row["id"]: row for row in rows}
