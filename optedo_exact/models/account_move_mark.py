import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..exact import states
from . import issues
from .account_move import SALES

KEEP_OUT = "optedo_exact.group_exact_keep_out"
BATCH = 1000


class AccountMove(models.Model):
    """Keeps invoices out of the link, and links those that stand in Exact (F9)."""

    _inherit = "account.move"

    exact_can_mark = fields.Boolean(compute="_compute_exact_can_mark")
    exact_can_unmark = fields.Boolean(compute="_compute_exact_can_mark")
    exact_can_adopt = fields.Boolean(compute="_compute_exact_can_mark")
    exact_can_let_go = fields.Boolean(compute="_compute_exact_can_mark")

    @api.depends(
        "state",
        "move_type",
        "company_id",
        "exact_entry_id.state",
        "exact_entry_id.adopted",
    )
    def _compute_exact_can_mark(self):
        for move in self:
            concerned = (
                move.state == "posted"
                and move.move_type in SALES
                and bool(move.exact_administration_id)
            )
            adopted = move.exact_entry_id.sudo().adopted
            move.exact_can_mark = concerned and move._exact_takes("mark")
            move.exact_can_unmark = move._exact_takes("unmark")
            move.exact_can_adopt = concerned and move._exact_takes("adopt")
            move.exact_can_let_go = (
                adopted and move.move_type in SALES and move._exact_takes("let_go")
            )

    # --- buttons -------------------------------------------------------------

    def action_exact_mark_exported(self):
        """Ask for the reason, then keep these invoices out of the link."""
        self._exact_check_keep_out()
        return self.env["exact.mark"]._open(self)

    def action_exact_unmark(self):
        """Bring these invoices back: they can be booked through the link again."""
        self._exact_check_keep_out()
        entries = self._exact_lock_entries("exact_can_unmark")
        entries._exact_move_to("unmark", **issues.NONE)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_exact_adopt(self):
        """Look in Exact for the entries of these invoices, and show them."""
        self._exact_check_keep_out()
        return self.env["exact.adopt"]._open(self)

    def action_exact_let_go(self):
        """Take a link away that was made by hand; the entry in Exact stays."""
        self._exact_check_keep_out()
        entries = self._exact_lock_entries("exact_can_let_go")
        for entry in entries:
            self.env["exact.undo"]._take_back_payments(entry)
            entry._exact_forget_payments()
        entries._exact_move_to(
            "let_go",
            guid=False,
            number=False,
            exported_at=False,
            sent=False,
            adopted=False,
            settle=False,
            deleted=False,
            looked_for_at=False,
            **issues.NONE,
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # --- what they do --------------------------------------------------------

    def _exact_mark(self, reason: str) -> int:
        """Keep these invoices out of the link; those that cannot be are left alone.

        :return: how many were marked
        """
        self._exact_check_keep_out()
        marked = 0
        for start in range(0, len(self), BATCH):
            batch = self[start : start + BATCH].filtered("exact_can_mark")
            batch._exact_make_entries()
            by_administration = batch.grouped("exact_administration_id")
            for administration, moves in by_administration.items():
                moves._exact_lock_entries("exact_can_mark")._exact_move_to(
                    "mark",
                    reason,
                    administration_id=administration.id,
                    settle=False,
                    **issues.NONE,
                )
            marked += len(batch)
        return marked

    def _exact_check_keep_out(self) -> None:
        """The right E4, for invoices that the user may write."""
        if not self.env.user.has_group(KEEP_OUT):
            raise AccessError(
                self.env._("You need the right 'Keeping out of Exact Online' for this.")
            )
        self.check_access("write")

    def _exact_lock_entries(self, can: str):
        """The entries of these invoices, locked and as they stand under the lock.

        :param can: the field that says whether it may be done
        :raises UserError: one is being booked, or does not take it
        """
        entries = self.exact_entry_id.sudo()
        if entries != entries.try_lock_for_update():
            raise UserError(
                self.env._("An invoice is being booked in Exact right now.")
            )
        refused = self.filtered(lambda move: not move[can])
        if refused:
            raise UserError(
                self.env._(
                    "This cannot be done with %(invoice)s: %(state)s.",
                    invoice=refused[0].display_name,
                    state=refused[0].exact_status_text,
                )
            )
        return entries

    def _exact_adopt(self, row: dict, reason: str) -> None:
        """Tie this invoice to an entry that stands in Exact.

        :param row: of salesentry/SalesEntries
        :raises UserError: another invoice stands for it already
        """
        self.ensure_one()
        self._exact_check_keep_out()
        self._exact_make_entries()
        entry = self._exact_lock_entries("exact_can_adopt")
        administration = self.exact_administration_id.sudo()
        linked = self.env["exact.lookup"]._linked(administration, [row["EntryID"]])
        if linked:
            raise UserError(
                self.env._(
                    "Entry %(entry)s in Exact is %(invoice)s already.",
                    entry=row["EntryNumber"],
                    invoice=linked[row["EntryID"]],
                )
            )
        try:
            with self.env.cr.savepoint():
                entry.write(
                    {
                        "administration_id": administration.id,
                        "adopted": True,
                        "sent": {
                            "journal": row["Journal"],
                            "number": row["YourRef"],
                            "customer": row["Customer"],
                            "total": str(self._exact_total()),
                        },
                    }
                )
                entry._exact_set_exported(row, "adopt", reason)
        except psycopg2.errors.UniqueViolation as error:
            # Somebody tied it to another invoice a moment ago, unseen from here.
            raise UserError(
                self.env._(
                    "Entry %(entry)s in Exact was just linked to another invoice. "
                    "Look again at what stands in Exact.",
                    entry=row["EntryNumber"],
                )
            ) from error

    def _exact_say_another(self, guids: list[str], reason: str):
        """What stands in Exact with this number is something else; go on with this.

        :param guids: of the entries that a person looked at
        """
        self.ensure_one()
        self._exact_check_keep_out()
        entry = self.exact_entry_id.sudo()
        entry.lock_for_update()
        entry.other_guids = sorted({*(entry.other_guids or []), *guids})
        entry._exact_log("another", reason)
        if entry.state == states.UNKNOWN:
            entry._exact_set_issue(issues.make("outcome_unknown"))
        return self.action_exact_export()

    # --- the way out ---------------------------------------------------------

    def _exact_way_out(self, entry) -> dict:
        # EXTENDS: what stands in Exact is looked at there.
        if entry.issue_code in ("stands_there", "found_other"):
            return self._exact_offer(
                self.env._("Look at what stands in Exact"),
                self.env["exact.adopt"]._action_for(self),
                KEEP_OUT,
            )
        return super()._exact_way_out(entry)
