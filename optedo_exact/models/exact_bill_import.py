from functools import partial

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..exact import bills
from . import issues
from .guards import check_internal, check_invoicing_right

# Where the cause of a row is mended: the kind of the mapping.
MAPPINGS = {
    "bill_journal_unmapped": "journal",
    "bill_journal_several": "journal",
    "bill_account_unmapped": "account",
    "bill_account_several": "account",
    "bill_tax_unmapped": "tax",
    "bill_tax_several": "tax",
    "bill_tax_share": "tax",
    "bill_tax_box": "tax",
}
# Not in Odoo, but read from Exact.
TRIED = ("ready", "problem", "left_out")
# What a person may say on a row that asks.
CHOICES = {"partner_id", "chosen_move_id"}


class ExactBillImport(models.Model):
    """One purchase entry of Exact on its way to a vendor bill, and afterwards.

    Unique on administration and entry, so that an entry comes once, whatever is read
    again. What Exact said is kept, to tell later what changed there.
    """

    _name = "exact.bill.import"
    _description = "Vendor Bill from Exact Online"
    _inherit = ["exact.issue.mixin"]
    _order = "entry_date desc, number desc, id desc"
    _rec_name = "number"

    administration_id = fields.Many2one(
        "exact.administration", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="administration_id.company_id", store=True)
    guid = fields.Char(required=True, readonly=True)
    header_guid = fields.Char(
        readonly=True,
        index="btree_not_null",
        help="The ledger line of the supplier: its deletion is that of the entry.",
    )
    # new ─read→ ready ─bill made, or met→ done
    # ready ─cannot come→ problem ─try again→ ready
    # new, ready, problem ─left out by a person→ left_out ─try again→ ready
    state = fields.Selection(
        [
            ("new", "To be read"),
            ("ready", "To come"),
            ("problem", "Cannot come"),
            ("done", "In Odoo"),
            ("left_out", "Left out"),
        ],
        default="new",
        required=True,
        readonly=True,
        index=True,
    )
    dirty = fields.Boolean(readonly=True, help="It changed in Exact since it was read.")
    gone = fields.Boolean("Deleted in Exact", readonly=True)
    number = fields.Char("Entry number", readonly=True)
    entry_date = fields.Date("Date", readonly=True)
    supplier_guid = fields.Char(readonly=True)
    supplier_name = fields.Char("Supplier in Exact", readonly=True)
    reference = fields.Char(readonly=True)
    currency_code = fields.Char("Currency", readonly=True)
    amount = fields.Float("Total", digits=(16, 2), readonly=True)
    data = fields.Json(readonly=True, help="The entry as Exact gave it.")
    move_id = fields.Many2one(
        "account.move",
        "Vendor bill",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    foreseen_move_id = fields.Many2one(
        "account.move",
        "Is this bill",
        readonly=True,
        ondelete="set null",
        index=False,
        help="The bill of Odoo that the entry would complete; empty where it would "
        "become a new one.",
    )
    foreseen = fields.Boolean(
        readonly=True, help="What would become of it was found out in this look."
    )
    met = fields.Boolean(
        "Was in Odoo", readonly=True, help="The bill stood in Odoo already."
    )
    delivery_keys = fields.Char(
        readonly=True,
        help="The keys of delivered bills in the names of its document and files.",
    )
    supplier_data = fields.Json(readonly=True, help="The account as Exact gave it.")
    files_wanted = fields.Boolean(readonly=True)
    listing = fields.Json(
        readonly=True, help="The files of its document, until they are fetched."
    )
    lines_html = fields.Html(
        "Lines in Exact", compute="_compute_lines_html", sanitize=False
    )
    file_issue = fields.Char("File", compute="_compute_file_issue")
    file_issue_code = fields.Char(readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Supplier in Odoo",
        ondelete="set null",
        help="Say here which supplier it is, where the entry asks for it.",
    )
    candidate_ids = fields.Many2many("account.move", readonly=True)
    chosen_move_id = fields.Many2one(
        "account.move",
        "It is this bill",
        ondelete="set null",
        domain="[('id', 'in', candidate_ids)]",
    )
    make_new = fields.Boolean(
        readonly=True, help="A person said that it is none of the bills in Odoo."
    )

    _guid_uniq = models.Constraint("UNIQUE(administration_id, guid)")

    @api.depends("file_issue_code")
    @api.depends_context("lang")
    def _compute_file_issue(self):
        for row in self:
            code = row.file_issue_code
            row.file_issue = code and issues.sentence(self.env, code)

    @api.depends("data")
    @api.depends_context("lang")
    def _compute_lines_html(self):
        """The booking as the accountant made it, to see what a code is used for."""
        titles = [
            self.env._("Description"),
            self.env._("Ledger account"),
            self.env._("VAT code"),
            self.env._("Amount"),
            self.env._("VAT"),
        ]
        for row in self:
            lines = (row.sudo().data or {}).get(bills.NESTED) or []
            texts = [
                (
                    line["Description"] or "",
                    line["GLAccountCode"] or "",
                    line["VATCode"] or "",
                    formatLang(self.env, float(line["AmountFC"] or 0)),
                    formatLang(self.env, float(line["VATAmountFC"] or 0)),
                )
                for line in lines
            ]
            row.lines_html = _table(titles, texts) if texts else False

    # --- guards --------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        check_internal(self.env)
        return super().create(vals_list)

    def write(self, vals):
        if set(vals) - CHOICES:
            check_internal(self.env)
        else:
            check_invoicing_right(self.env)
        return super().write(vals)

    # --- what became of it ---------------------------------------------------

    def _exact_set_problem(self, issue: dict, **values) -> None:
        """It cannot come as it stands; the others go on."""
        self.write({"state": "problem"} | issue | values)

    def _exact_set_done(self, move, met: bool = False) -> None:
        document = self.data.get("Document")
        has_file = met and bool(move.sudo().attachment_ids)
        self.write(
            {
                "state": "done",
                "move_id": move.id,
                "met": met,
                "files_wanted": bool(document) and not has_file,
                "file_issue_code": not (document or has_file) and "entry_file_missing",
                "candidate_ids": False,
                "foreseen_move_id": False,
            }
            | issues.NONE
        )

    def _exact_set_bill_deleted(self) -> None:
        """Their bills were deleted in Odoo: they stay in Exact only, and say so."""
        for row in self:
            code = "bill_gone" if row.gone else "bill_deleted_here"
            row.write(
                {
                    "state": "left_out",
                    "met": False,
                    "files_wanted": False,
                    "file_issue_code": False,
                }
                | issues.make(code)
            )

    # --- buttons -------------------------------------------------------------

    def action_try_again(self):
        """Bring these in now; what is mended comes, the rest says why not."""
        check_invoicing_right(self.env)
        self.check_access("read")
        return self._exact_try_again()

    def _exact_try_again(self):
        """Bring these in now, for who may."""
        service = self.env["exact.bill.service"]
        rows = self.sudo().filtered(
            lambda r: not r.gone and (r.state in TRIED or not (r.move_id or r.dirty))
        )
        looked_at = rows.filtered(
            lambda r: r.state == "ready" and not r.administration_id.bills_started
        )
        for row in looked_at:
            service._foresee(row)
        rows -= looked_at
        rows.write({"state": "ready"} | issues.NONE)
        done = True
        for administration, some in rows.grouped("administration_id").items():
            administration._check_can_import_bills()
            done &= administration._import_bills_shortly(
                partial(service._bring_in, administration, some)
            )
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        return reload if done else self._exact_say_it_goes_on(reload)

    @api.model
    def _exact_say_it_goes_on(self, following: dict) -> dict:
        """Tell who waited that the job does the rest.

        :param following: what the user sees then
        """
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "There is more to bring in; it goes on in the background."
                ),
                "next": following,
            },
        }

    def action_read_file_again(self):
        """Read the files of these bills from Exact once more."""
        check_invoicing_right(self.env)
        self.check_access("read")
        service = self.env["exact.bill.service"]
        rows = self.sudo().filtered(lambda r: r.move_id and not r.gone)
        done = True
        for administration, some in rows.grouped("administration_id").items():
            done &= administration._import_bills_shortly(
                partial(service._read_files_again, administration, some)
            )
        reload = {"type": "ir.actions.client", "tag": "soft_reload"}
        return reload if done else self._exact_say_it_goes_on(reload)

    def action_leave_out(self):
        """These entries stay in Exact only; they can be tried again later."""
        check_invoicing_right(self.env)
        self.check_access("read")
        rows = self.sudo()
        if rows.filtered("move_id"):
            raise UserError(
                self.env._("What is in Odoo already cannot be left out any more.")
            )
        rows.write({"state": "left_out"} | issues.NONE)
        return True

    def action_make_new(self):
        """It is none of the bills in Odoo: make a bill of its own."""
        self.ensure_one()
        check_invoicing_right(self.env)
        self.check_access("read")
        self.sudo().make_new = True
        return self.action_try_again()

    def action_mend(self):
        """Open the place where the cause of this row is mended."""
        self.ensure_one()
        self.check_access("read")
        kind = MAPPINGS.get(self.issue_code)
        if not kind:
            return {
                "type": "ir.actions.act_window",
                "res_model": self._name,
                "res_id": self.id,
                "view_mode": "form",
                "views": [(False, "form")],
            }
        self.administration_id._check_manager()
        reference = self.env["exact.reference"].browse(
            (self.issue_params or {}).get("reference_id")
        )
        # Which of several taxes it is depends on the line; all else is said once.
        if reference.exists() and self.issue_code != "bill_tax_several":
            return self.env["exact.choose.code"]._open(self, kind, reference)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Codes"),
            "res_model": "exact.mapping",
            "view_mode": "list",
            "domain": [
                ("administration_id", "=", self.administration_id.id),
                ("kind", "=", kind),
                "|",
                ("reference_id", "in", reference.ids),
                ("bill_reference_ids", "in", reference.ids),
            ],
        }

    def action_start(self):
        """Bring in all that the list of what would come shows, and go on (E1).

        Also where it shows nothing, so nothing has to be selected.
        """
        # Of the list, else of the company that the user is in.
        chosen = self.env.context.get("exact_administration_id")
        administration = (
            self.env["exact.administration"].browse(chosen)
            or self.env.company.exact_administration_id
        )
        # The list that was looked at is no place to go back to.
        return administration._start_bills(target="main")

    def action_open_move(self):
        self.ensure_one()
        return self.move_id._get_records_action()


def _table(titles: list[str], rows: list[tuple]) -> Markup:
    """Texts, of which the last two columns are amounts, as a table."""
    places = ("", "", "", "text-end", "text-end")
    cells = Markup("").join(
        Markup('<th class="%s">%s</th>') % pair
        for pair in zip(places, titles, strict=True)
    )
    body = Markup("").join(
        Markup("<tr>%s</tr>")
        % Markup("").join(
            Markup('<td class="%s">%s</td>') % pair
            for pair in zip(places, row, strict=True)
        )
        for row in rows
    )
    return Markup(
        '<table class="table table-sm"><thead><tr>%s</tr></thead>'
        "<tbody>%s</tbody></table>"
    ) % (cells, body)
