from datetime import datetime
from functools import partial
from time import monotonic

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact.errors import ExactError, LimitReached
from .exact_payment_check import PATIENCE, TimeIsUp
from .guards import check_invoicing_right


class ExactAdministration(models.Model):
    """Vendor bills from Exact: the options, and the button to look (product B10)."""

    _inherit = "exact.administration"

    import_bills = fields.Selection(
        [
            ("no", "No"),
            ("draft", "As drafts"),
            ("posted", "Confirmed"),
        ],
        "Import vendor bills",
        default="no",
        required=True,
        tracking=True,
        help="Purchase entries that are booked in Exact become vendor bills in Odoo, "
        "with supplier, lines, VAT and file. As drafts: somebody confirms them. "
        "Confirmed: they are confirmed at once, with the totals of Exact. Nothing "
        "changes in Exact, and what came from there never goes back.",
    )
    import_bills_from = fields.Date(
        "Import bills dated from",
        tracking=True,
        copy=False,
        help="Entries of an earlier date stay in Exact only. It is chosen before the "
        "first import; where an earlier one is chosen later, what it brings is looked "
        "at first.",
    )
    peppol_receiver = fields.Selection(
        [("odoo", "Odoo"), ("exact", "Exact")],
        "Suppliers' electronic invoices arrive in",
        default="odoo",
        required=True,
        tracking=True,
        help="Where your company is registered on Peppol as receiver; it can be "
        "registered in one place only.",
    )
    supplier_payer = fields.Selection(
        [("odoo", "Odoo"), ("exact", "Exact")],
        "Suppliers are paid in",
        default="odoo",
        required=True,
        tracking=True,
        help="In Exact: Odoo refuses to register a payment on a bill that stands in "
        "Exact, so that no supplier is paid twice. In Odoo: do not select these bills "
        "for payment in Exact.",
    )
    bill_flow_text = fields.Char(
        "What this means", compute="_compute_bill_flow_text", translate=False
    )
    bill_flow_warning = fields.Char(
        "Does not fit", compute="_compute_bill_flow_text", translate=False
    )
    bills_started = fields.Boolean(
        readonly=True,
        copy=False,
        help="Somebody looked at what comes, and started the import.",
    )
    bills_look_open = fields.Boolean(
        readonly=True,
        copy=False,
        help="Somebody looks at what would come, and not all of it is looked at yet.",
    )
    bill_cursor = fields.Char(readonly=True, copy=False)
    bill_deleted_cursor = fields.Char(readonly=True, copy=False)
    bills_moved_at = fields.Char(
        readonly=True,
        copy=False,
        help="When Exact had moved the administration that the cursors are of; its "
        "feeds start again then.",
    )
    bills_move_asked_at = fields.Datetime(readonly=True, copy=False)
    bills_read_at = fields.Datetime("Bills read on", readonly=True, copy=False)
    bill_problem_count = fields.Integer(compute="_compute_bill_problem_count")

    @api.depends("peppol_receiver", "supplier_payer", "import_bills", "export_bills")
    @api.depends_context("lang")
    def _compute_bill_flow_text(self):
        flows = {
            ("odoo", False): self.env._(
                "Bills arrive in Odoo. Bookings of the accountant do not come back."
            ),
            ("odoo", True): self.env._(
                "Bills arrive in Odoo. What the accountant books of them in Exact "
                "comes back onto the same bill; what was received in Exact only "
                "becomes a new bill."
            ),
            ("exact", False): self.env._(
                "Bills arrive in Exact and stay there: switch on the import to see "
                "them in Odoo."
            ),
            ("exact", True): self.env._(
                "Bills arrive in Exact and come to Odoo once they are booked; do not "
                "deliver bills from Odoo."
            ),
        }
        payers = {
            "odoo": self.env._("Suppliers are paid from Odoo."),
            "exact": self.env._(
                "Suppliers are paid from Exact; Odoo refuses to pay these bills."
            ),
        }
        for administration in self:
            imports = administration.import_bills != "no"
            flow = flows[administration.peppol_receiver or "odoo", imports]
            payer = payers[administration.supplier_payer or "odoo"]
            administration.bill_flow_text = f"{flow} {payer}"
            administration.bill_flow_warning = (
                administration.peppol_receiver == "exact"
                and administration.export_bills != "no"
                and self.env._(
                    "Electronic invoices arrive in Exact, and bills of Odoo are "
                    "delivered there: a supplier's bill may stand there twice. Deliver "
                    "only what did not arrive in Exact, or choose 'No' under Deliver "
                    "vendor bills."
                )
            )

    def _compute_bill_problem_count(self):
        counts = dict(
            self.env["exact.bill.import"]._read_group(
                [("administration_id", "in", self.ids), ("state", "=", "problem")],
                ["administration_id"],
                ["__count"],
            )
        )
        for administration in self:
            administration.bill_problem_count = counts.get(administration, 0)

    def write(self, vals):
        if "import_bills_from" in vals:
            self._read_bills_from(fields.Date.to_date(vals["import_bills_from"]))
        result = super().write(vals)
        if "import_bills" in vals and vals["import_bills"] != "no":
            for administration in self.filtered("references_read_at"):
                self.env["exact.mapping"].sudo()._list_used(administration)
        return result

    def _read_bills_from(self, day) -> None:
        """Before another first day is kept: what was passed over is read again.

        :raises UserError: it would be emptied while the import is on
        """
        if not day and any(self.mapped("bills_started")):
            raise UserError(
                self.env._(
                    "Bills are being imported from a day on: choose another day, or "
                    "switch the import off."
                )
            )
        for administration in self.sudo():
            before = administration.import_bills_from
            if before and day and day < before:
                # What comes besides is looked at first, as at the start.
                administration.write({"bill_cursor": False, "bills_started": False})
            if day:
                self.env["exact.bill.service"]._sort_by_first_day(administration, day)

    # --- buttons -------------------------------------------------------------

    def action_import_bills(self):
        """Read what is new, and take it over where the import was started.

        Before that it only shows what would come.
        """
        self.ensure_one()
        self.check_access("read")
        check_invoicing_right(self.env, "optedo_exact.group_exact_manager")
        self._check_can_import_bills()
        return self._import_bills_and_open()

    def action_start_bills(self):
        """Somebody looked at what comes: bring it in, now and from now on (E1)."""
        return self._start_bills()

    def _start_bills(self, **how) -> dict:
        """Start the import.

        :param how: the list of it is opened
        """
        self.ensure_one()
        self._check_manager()
        self._check_can_import_bills()
        self.sudo().write({"bills_started": True, "bills_look_open": False})
        return self._import_bills_and_open(**how)

    def _import_bills_and_open(self, **how) -> dict:
        """Bring in what a user waits for, and show the list of it."""
        service = self.env["exact.bill.service"]
        done = self._import_bills_shortly(partial(service._poll, self.sudo()))
        action = self.action_open_bills() | how
        rows = self.env["exact.bill.import"]
        return action if done else rows._exact_say_it_goes_on(action)

    def _import_bills_shortly(self, work) -> bool:
        """Import for as long as a user waits; the job does the rest.

        :param work: does it, as ``_poll`` of the service does
        :return: whether all of it was done
        :raises UserError: Exact could not be asked, and why
        """
        commit = self.env["ir.cron"]._commit_progress
        try:
            work(commit, urgent=True, ends=monotonic() + PATIENCE)
        except TimeIsUp:
            self._trigger_bills()
            return False
        except LimitReached as error:
            self._trigger_bills_after(error, commit)
            if error.code == "limit_minute":
                return False
            raise self.connection_id._user_error(error) from error
        except ExactError as error:
            raise self.connection_id._user_error(error) from error
        return True

    def _import_bills_in_slot(self) -> None:
        """Import for as long as a job may, and have it called again for the rest.

        :raises ExactError: Exact could not be asked
        """
        commit = self.env["ir.cron"]._commit_progress
        ends = self.env["exact.export"]._slot_ends()
        try:
            self.env["exact.bill.service"]._poll(self, commit, ends=ends)
        except TimeIsUp:
            self._trigger_bills()
        except LimitReached as error:
            self._trigger_bills_after(error, commit)
            raise

    def _trigger_bills_after(self, error: LimitReached, commit) -> None:
        """Have the job go on once the limit is over; the place is given back."""
        self.env.cr.rollback()
        if error.until:
            self._trigger_bills(error.until.replace(tzinfo=None))
        commit()

    def _trigger_bills(self, at: datetime | None = None) -> None:
        """Have the job import bills, at a moment (naive, UTC) or now."""
        self.sudo().bill_cron_id._trigger(at)

    def _exact_takes_bills_of(self, day) -> bool:
        """Whether an entry of this day becomes a bill: the import is on and begun."""
        first = self.import_bills_from
        on = self.import_bills != "no" and self.bills_started
        return bool(on and first and day and day >= first)

    def _check_can_import_bills(self) -> None:
        if self.import_bills == "no":
            raise UserError(
                self.env._(
                    "Choose under 'Import vendor bills' how bills of %s come in.",
                    self.company_id.display_name,
                )
            )
        if not self.import_bills_from:
            raise UserError(
                self.env._(
                    "Choose from which date bills are imported; earlier ones stay in "
                    "Exact only."
                )
            )

    def action_open_bills(self):
        """What came, what is to come, and what cannot (the import list)."""
        self.ensure_one()
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Vendor bills from Exact"),
            "res_model": "exact.bill.import",
            "view_mode": "list,form",
            "domain": [("administration_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }
        if self.bills_started:
            return action
        view = self.env.ref("optedo_exact.exact_bill_import_view_list_look")
        return action | {
            "name": self.env._("What would come from Exact"),
            "views": [(view.id, "list"), (False, "form")],
            "context": {
                "search_default_open": 1,
                "search_default_group_by_supplier": 1,
                "exact_administration_id": self.id,
            },
        }
