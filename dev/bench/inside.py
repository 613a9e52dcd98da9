"""What the parts of the benchmark share; runs inside Odoo's shell."""

import importlib
import json
import time
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import requests

from odoo import Command, sql_db

CLIENT_ID = "5f4c1f62-94d1-4f5c-9d0a-0c7e5a11d0e0"
CLIENT_SECRET = "sandbox-secret"
LINES = 5  # of an invoice


def run(env, part: str, url: str, result: str, small: bool) -> None:
    """Measure one part and write its figures to the file `result`."""
    bench = Bench(env(user=env.ref("base.user_admin")), url, small)
    figures = importlib.import_module(f"dev.bench.{part}").measure(bench)
    Path(result).write_text(json.dumps(figures))


class Bench:
    """A company that is connected to the sandbox, with one customer.

    :param small: the part should take fewer records
    """

    def __init__(self, env, url: str, small: bool = False):
        self.env = env
        self.url = url
        self.small = small
        self.administration = self._connect()
        self.customer = env["res.partner"].create(
            {
                "name": "Bakkerij Janssens BV",
                "is_company": True,
                "country_id": env.ref("base.be").id,
            }
        )
        env.cr.commit()

    def _connect(self):
        """Log in to the sandbox and map what the invoices use."""
        env = self.env
        env.company.external_accounting = "exact"
        administration = env.company.exact_administration_id
        administration.write(
            {
                "site": "custom",
                "base_url": self.url,
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
            }
        )
        env.cr.commit()
        self._log_in(administration, [1001])
        self._choose(administration, 1001)
        administration.import_payments = True
        env.cr.commit()
        return administration

    def _log_in(self, administration, divisions: list[int]) -> None:
        """Consent to these administrations on the page of the sandbox."""
        page = administration.action_connect()["url"]
        form = {
            "username": "demo",
            "password": "demo",
            "action": "allow",
            "division": divisions,
        }
        back = requests.post(
            f"{self.url}/api/oauth2/auth",
            data=dict(parse_qsl(urlsplit(page).query)) | form,
            allow_redirects=False,
            timeout=30,
        )
        query = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
        administration.connection_id._finish_login(query["state"], query["code"], "")

    def _choose(self, administration, division: int) -> None:
        """Tie the administration to one of Exact, and choose the codes in use."""
        administration.sudo()._set_division(division, f"Bench {division}")
        self.env.cr.commit()
        administration.action_read_references()
        codes = {r.kind + r.code: r for r in administration.reference_ids}
        administration.journal_mapping_ids.reference_id = codes["journal70"]
        administration.tax_mapping_ids.reference_id = codes["vat_code3"]
        administration.default_gl_account_id = codes["gl_account700000"]
        administration.export_every_invoice = True
        self.env.cr.commit()

    def with_branches(self, count: int):
        """Branches of the company, each with an administration of its own.

        :return: the administrations, that of the company first
        """
        env, main = self.env, self.administration
        country = env.company.country_id
        divisions = [2001 + number for number in range(count)]
        for division in divisions:
            requests.post(
                f"{self.url}/_control/administrations",
                json={"division": division, "country": country.code},
                timeout=30,
            ).raise_for_status()
        env.company.exact_separate_per_location = True
        branches = env["res.company"].create(
            [
                {
                    "name": f"Branch {division}",
                    "parent_id": env.company.id,
                    "country_id": country.id,
                    "external_accounting": "exact",
                }
                for division in divisions
            ]
        )
        env.user.company_ids += branches
        env.cr.commit()
        self._log_in(main, [main.division, *divisions])
        for branch, division in zip(branches, divisions, strict=True):
            self._choose(branch.exact_administration_id, division)
        return main + branches.exact_administration_id

    # --- records -------------------------------------------------------------

    def make(self, count: int, company=None):
        """Odoo's own work, the yardstick: create and post invoices, one by one."""
        moves, ids = self.env["account.move"], []
        company = company or self.env.company
        for _number in range(count):
            # Not on the growing recordset: Odoo would read all of it each time.
            move = moves.create(self.invoice() | {"company_id": company.id})
            move.action_post()
            self.env.cr.commit()
            ids.append(move.id)
        return moves.browse(ids)

    def invoice(self) -> dict:
        """The values of an invoice."""
        return {
            "move_type": "out_invoice",
            "partner_id": self.customer.id,
            "invoice_date": date.today(),
            "invoice_payment_term_id": False,
            "invoice_line_ids": [
                Command.create(
                    {"name": f"Line {i}", "quantity": 1, "price_unit": 10.01 * i}
                )
                for i in range(1, LINES + 1)
            ],
        }

    # --- work ----------------------------------------------------------------

    def export(self, moves) -> None:
        """Press the button on each invoice."""
        for move in moves:
            move.action_exact_export()
            self.env.cr.commit()
        issues = moves.exact_entry_id.mapped("issue_message")
        assert set(moves.mapped("exact_state")) == {"exported"}, issues

    def queue(self, moves):
        """Select invoices in their list and press Start; returns the run."""
        page = moves.action_exact_synchronise()["res_id"]
        started = self.env["exact.synchronise"].browse(page).action_start()
        self.env.cr.commit()
        return self.env["exact.run"].browse(started["res_id"])

    def run_job(self) -> None:
        """The job of an export of many, one slot of it, as Odoo's scheduler does."""
        done = self.administration.sudo().export_cron_id.method_direct_trigger()
        assert done is True, done
        self.env.cr.commit()  # see what it did

    # --- figures -------------------------------------------------------------

    def measured(self, work, *args):
        """What `work` returns, with the queries, CPU seconds and calls it took.

        Queries are those of every cursor of this process. The wait for Exact is no CPU
        time, and is counted as calls.
        """
        calls = self.count_calls()
        queries, cpu = sql_db.sql_counter, time.process_time()
        result = work(*args)
        return result, {
            "queries": sql_db.sql_counter - queries,
            "cpu": time.process_time() - cpu,
            "calls": self.count_calls() - calls,
        }

    def count_calls(self) -> int:
        """How many calls to Exact the log knows."""
        self.env.cr.commit()
        return self.env["exact.call"].sudo().search_count([])
