"""Vendor bills from Exact: new entries with a file each, against Odoo's own work.

The yardstick is to create and post the same bill in Odoo, without its file.
"""

import base64
import gc
from datetime import date, datetime, timedelta

import requests

from odoo import Command

from odoo.addons.optedo_exact.models.exact_token import TokenStore

from .memory import memory

NEW, SMALL = 1_000, 100
SUPPLIERS = 50
COMPARED = 50  # bills that Odoo makes by itself
AMOUNT, VAT_CODE, GL_ACCOUNT, JOURNAL = 100, "A21", "612000", "60"


def measure(bench) -> dict:
    """The figures by name."""
    count = SMALL if bench.small else NEW
    _set_up(bench)
    _import(bench)  # what the sandbox has from the beginning
    _book(bench, SUPPLIERS)
    _import(bench)  # the suppliers are made, and Odoo has warmed up
    suppliers = bench.env["exact.bill.import"].search([]).move_id.partner_id
    _none, own = bench.measured(_make_one_by_one, bench, suppliers[0])
    _book(bench, count)
    gc.collect()
    before = memory()
    _none, figures = bench.measured(_import, bench)
    grown = memory("VmHWM") - before
    _none, idle = bench.measured(_import, bench)
    return {
        "new": count,
        "calls_besides_files": figures["calls"] - count,
        "calls_idle": idle["calls"],
        "queries_idle": idle["queries"],
        "queries_per_bill": round(figures["queries"] / count, 1),
        "queries_per_bill_of_odoo": round(own["queries"] / COMPARED, 1),
        "cpu_ms_per_bill": round(1000 * figures["cpu"] / count, 1),
        "cpu_ratio_to_post": round(figures["cpu"] / count / (own["cpu"] / COMPARED), 2),
        "memory_growth_mb": round(grown, 1),
    }


def _set_up(bench) -> None:
    """Say what the codes of the bills are, and start the import."""
    env, administration = bench.env, bench.administration
    codes = {r.kind + r.code: r for r in administration.reference_ids}
    account = env["account.account"].search(
        [
            ("company_ids", "in", env.company.id),
            ("account_type", "=", "expense"),
        ],
        limit=1,
    )
    tax = env.company.account_purchase_tax_id
    for kind, field, record, code in (
        ("account", "account_id", account, codes[f"gl_account{GL_ACCOUNT}"]),
        ("tax", "tax_id", tax, codes[f"vat_code{VAT_CODE}"]),
    ):
        mappings = env["exact.mapping"]
        row = mappings._get(administration, kind, record) or mappings.create(
            {
                "administration_id": administration.id,
                "kind": kind,
                field: record.id,
            }
        )
        row.reference_id = code
    administration.write(
        {
            "import_bills": "posted",
            "import_bills_from": date.today() - timedelta(days=1),
        }
    )
    administration.sudo().bills_started = True
    _deliver_one(bench, account)
    env.cr.commit()


def _deliver_one(bench, account) -> None:
    """A bill that was mailed and that nobody booked yet: each entry may be it."""
    env = bench.env
    partner = env["res.partner"].create({"name": "Delivered", "is_company": True})
    line = {"name": "Line", "price_unit": 1, "account_id": account.id}
    move = env["account.move"].create(
        {
            "move_type": "in_invoice",
            "partner_id": partner.id,
            "invoice_date": date.today(),
            "ref": "DELIVERED",
            "invoice_line_ids": [Command.create(line)],
        }
    )
    move.action_post()
    move._exact_make_entries()
    move.exact_entry_id.sudo().write(
        {
            "state": "delivered",
            "delivery_way": "mailbox",
            "delivery_key": "bench",
            "sending_at": datetime.now(),
            "administration_id": bench.administration.id,
        }
    )


def _import(bench) -> None:
    """The job that imports bills, as Odoo calls it; all that was new is there then."""
    bench.env.invalidate_all()
    commit = bench.env["ir.cron"]._commit_progress
    bench.env["exact.bill.service"]._poll(bench.administration.sudo(), commit)
    bench.env.cr.commit()
    rows = bench.env["exact.bill.import"].search([("state", "!=", "done")])
    assert not rows, rows[:5].mapped("issue_message")


def _make_one_by_one(bench, supplier) -> None:
    """Odoo's own work, the yardstick: a bill of one line, confirmed."""
    [row] = bench.env["exact.bill.import"].search([], limit=1)
    line = row.move_id.invoice_line_ids
    for number in range(COMPARED):
        move = bench.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": supplier.id,
                "invoice_date": date.today(),
                "ref": f"OWN-{number}",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": line.name,
                            "price_unit": AMOUNT,
                            "account_id": line.account_id.id,
                            "tax_ids": [Command.set(line.tax_ids.ids)],
                        }
                    )
                ],
            }
        )
        move.action_post()
        bench.env.cr.commit()


# --- in Exact ----------------------------------------------------------------


def _book(bench, count: int) -> None:
    """Book entries of the same suppliers in Exact, each with a document and file."""
    with requests.Session() as session:
        exact = Exact(bench, session)
        suppliers = exact.suppliers()
        account = bench.administration.reference_ids.filtered(
            lambda r: r.kind == "gl_account" and r.code == GL_ACCOUNT
        )
        for number in range(count):
            supplier = suppliers[number % len(suppliers)]
            name = f"B-{count}-{number}"
            document = exact.post(
                "documents/Documents", Subject=name, Type=20, Account=supplier
            )["ID"]
            exact.post(
                "documents/DocumentAttachments",
                Document=document,
                FileName=f"{name}.pdf",
                Attachment=base64.b64encode(b"%PDF-1.4 " + name.encode()).decode(),
            )
            exact.post(
                "purchaseentry/PurchaseEntries",
                Supplier=supplier,
                Journal=JOURNAL,
                EntryDate=str(date.today()),
                YourRef=name,
                Document=document,
                PurchaseEntryLines=[
                    {
                        "AmountFC": AMOUNT,
                        "GLAccount": account.guid,
                        "VATCode": VAT_CODE,
                    }
                ],
            )


class Exact:
    """Writes in Exact, as another app would."""

    def __init__(self, bench, session):
        self.url = f"{bench.url}/api/v1/1001"
        self.session = session
        token = TokenStore(bench.administration.connection_id).access_token()
        session.headers["Authorization"] = f"Bearer {token}"
        session.headers["Accept"] = "application/json"

    def post(self, path: str, **values) -> dict:
        """Make a record; what Exact answers."""
        answer = self.session.post(f"{self.url}/{path}", json=values, timeout=30)
        assert answer.status_code == 201, answer.text
        return answer.json()["d"]

    def suppliers(self) -> list[str]:
        """The guids of our suppliers, made where they are not there yet."""
        answer = self.session.get(
            f"{self.url}/crm/Accounts",
            params={"$select": "ID", "$filter": "startswith(Name,'Bench ') eq true"},
            timeout=30,
        )
        found = [row["ID"] for row in answer.json()["d"]["results"]]
        return found or [
            self.post("crm/Accounts", Name=f"Bench {n}", IsSupplier=True)["ID"]
            for n in range(SUPPLIERS)
        ]
