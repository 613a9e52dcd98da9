import os
from io import BytesIO
from unittest.mock import patch

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from odoo import Command, fields

from exact_sandbox import postbox, smtp

from .common import ExactCommon

SENDER = "bills@optedo.example"
# Of random bills; another one tries others.
SEED = int(os.environ.get("OPTEDO_EXACT_SEED", "19"))
UBL = (
    b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:'
    b'xsd:Invoice-2"><ID>1</ID></Invoice>'
)


def pdf(text="Bill", password=None):
    stream = BytesIO()
    encrypt = None
    if password is not None:
        encrypt = StandardEncryption(password, ownerPassword="owner")
    page = Canvas(stream, encrypt=encrypt)
    page.drawString(72, 720, text)
    page.save()
    return stream.getvalue()


class BillCommon(ExactCommon):
    """Bills with files, a mail server that is the sandbox's postbox."""

    connected = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.smtp = smtp.start(cls.sandbox)
        cls.addClassCleanup(cls.smtp.server_close)
        cls.addClassCleanup(cls.smtp.shutdown)
        servers = cls.env["ir.mail_server"].sudo()
        servers.search([]).active = False
        cls.mail_server = servers.create(
            {
                "name": "Postbox",
                "smtp_host": "127.0.0.1",
                "smtp_port": cls.smtp.port,
                "smtp_encryption": "none",
                "from_filter": SENDER,
            }
        )
        cls.supplier = cls.env["res.partner"].create(
            {
                "name": "Télécom NV",
                "is_company": True,
                "country_id": cls.env.ref("base.be").id,
                "vat": "BE0202239951",
                "supplier_rank": 1,
            }
        )
        cls.env.user.group_ids += cls.env.ref(
            "optedo_exact.group_exact_undo"
        ) + cls.env.ref("optedo_exact.group_exact_keep_out")

    def setUp(self):
        super().setUp()
        self.startPatcher(
            patch.object(
                type(self.env["ir.mail_server"]), "_disable_send", lambda _self: False
            )
        )
        self.deliver_by("mailbox")
        postbox.allow(self.books, SENDER)

    def deliver_by(self, way):
        self.administration.write(
            {
                "export_bills": way,
                "postbox_email": postbox.address_of(self.books),
                "postbox_from": SENDER,
            }
        )

    def bill(self, *files, post=True, **values):
        """A vendor bill with files, each a pair of name and content."""
        move = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.supplier.id,
                "invoice_date": fields.Date.today(),
                "ref": "F/2026/0815",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Line",
                            "quantity": 1,
                            "price_unit": 100.0,
                            "tax_ids": [
                                Command.set(
                                    self.company_data["default_tax_purchase"].ids
                                )
                            ],
                        }
                    )
                ],
            }
            | values
        )
        for name, content in files or [("bill.pdf", pdf())]:
            self.attach(move, name, content)
        if post:
            move.action_post()
        return move

    def attach(self, move, name, content):
        return self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": "account.move",
                "res_id": move.id,
            }
        )

    def deliver(self, move):
        """Press the button on the form, in a request of its own."""
        with self.side_cursors() as env:
            move.with_env(env).action_exact_deliver()
            env.cr.commit()
        return move.exact_entry_id

    def ask(self, move):
        with self.side_cursors() as env:
            move.with_env(env).action_exact_ask_delivery()
            env.cr.commit()
        return move.exact_entry_id

    def take_back(self, move, by_hand=False):
        with self.side_cursors() as env:
            wizard = env["exact.take.back"].create(
                {"move_id": move.id, "reason": "Wrong file", "by_hand": by_hand}
            )
            wizard.action_take_back()
            code = wizard.issue_code
            env.cr.commit()
        return code

    def book(self, document):
        """The accountant books a bill from its document, on Exact's own page."""
        with self.books.atomic():
            return self.books.book_purchase(
                document["ID"],
                supplier=self.supplier_in_exact(),
                lines=[{"GLAccount": self.gl("612000"), "AmountFC": 100}],
            )

    def supplier_in_exact(self):
        return next(row["ID"] for row in self.books.accounts if row["IsSupplier"])

    def gl(self, code):
        return next(
            row["ID"] for row in self.books.gl_accounts if row["Code"].strip() == code
        )

    def documents(self):
        return [row for row in self.books.documents if row["Type"] == 20]

    def files(self, document):
        return [
            (row["FileName"], row["Content"])
            for row in self.books.attachments
            if row["Document"] == document["ID"]
        ]

    def mails(self):
        return list(self.books.mails)
