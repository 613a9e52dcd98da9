from odoo import api, fields, models
from odoo.exceptions import UserError

from . import issues


class ExactRun(models.Model):
    """A check of payments that changed something: what it did, undone as one (G5)."""

    _inherit = "exact.run"

    payment_ids = fields.One2many(
        "account.payment",
        "exact_run_id",
        "Registered",
        domain=[("exact_kind", "!=", "counter")],
        readonly=True,
    )
    back_payment_ids = fields.One2many(
        "account.payment", "exact_back_run_id", "Taken back", readonly=True
    )
    partial_ids = fields.One2many(
        "account.partial.reconcile", "exact_run_id", "Matched", readonly=True
    )
    # The matchings of invoice and credit note that it undid, to be made again.
    unmatched = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    undone_at = fields.Datetime("Undone on", readonly=True)
    # Ids, of companies too that a reader may not see: only the text is read by users.
    undone_left = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    undone_text = fields.Text("Not undone", compute="_compute_undone_text")
    payment_count = fields.Integer("Registered", compute="_compute_payment_counts")
    back_count = fields.Integer("Taken back", compute="_compute_payment_counts")

    @api.depends("payment_ids", "back_payment_ids")
    def _compute_payment_counts(self):
        for run in self.sudo():
            run.payment_count = len(run.payment_ids)
            run.back_count = len(run.back_payment_ids)

    @api.depends("undone_left")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_undone_text(self):
        for run in self:
            left = run.sudo().undone_left or {}
            words = {
                "held": self.env._(
                    "These payments stay, since somebody matched them with something "
                    "else: %s."
                ),
                "later": self.env._(
                    "Nothing was registered again here, since a later check or "
                    "somebody in Odoo changed what is settled: %s."
                ),
            }
            run.undone_text = "\n".join(
                words[why] % ", ".join(self._names_of({"move_ids": ids}))
                for why, ids in left.items()
                if ids
            )

    def action_undo_payments(self):
        """Take back all that this check registered, and restore what it took back.

        Not what somebody matched with something else, nor what a later check or
        somebody in Odoo settled since. The invoices no longer follow Exact until
        somebody says so.
        """
        self.ensure_one()
        self._check_may_steer()
        self.administration_id._check_manager()
        run = self.sudo()
        if run.kind != "payments" or run.undone_at:
            raise UserError(self.env._("This check was undone already."))
        standing = run.payment_ids.filtered(
            lambda payment: (
                payment.state in ("in_process", "paid")
                and not payment.exact_counter_id
                and payment.exact_kind not in ("counter", "manual")
            )
        )
        held = standing.filtered(lambda payment: payment._exact_elsewhere())
        matched = (
            run.partial_ids.debit_move_id + run.partial_ids.credit_move_id
        ).move_id
        touched = (standing - held).exact_entry_id | matched.exact_entry_id
        run.partial_ids.unlink()
        (standing - held)._exact_withdraw()
        restored, later = run._exact_restore()
        rematched, changed = run._exact_match_again()
        later |= changed
        (touched | restored | rematched)._exact_pause_payments()
        run.write(
            {
                "undone_at": fields.Datetime.now(),
                "undone_left": {
                    "held": held.exact_entry_id.move_id.ids,
                    "later": later.move_id.ids,
                },
            }
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open_payments(self):
        """The payments that this check registered or took back."""
        self.ensure_one()
        payments = self.payment_ids | self.back_payment_ids
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Payments of this check"),
            "res_model": "account.payment",
            "view_mode": "list,form",
            "views": [
                (
                    self.env.ref("optedo_exact.account_payment_view_list_exact").id,
                    "list",
                ),
                (False, "form"),
            ],
            "domain": [("id", "in", payments.ids)],
        }

    # --- the only writers ----------------------------------------------------

    def _exact_start_payments(self, administration):
        """The run of a check that changes something; checks that do not leave none."""
        now = fields.Datetime.now()
        return self.sudo().create(
            {
                "kind": "payments",
                "origin": "check",
                "administration_id": administration.id,
                "user_id": self.env.uid,
                "state": "done",
                "started_at": now,
                "ended_at": now,
            }
            | issues.NONE
        )

    def _exact_count_payments(self, count: int) -> None:
        """Keep on how many invoices it registered or took something back."""
        now = fields.Datetime.now()
        self.write({"total": count, "done": count, "ended_at": now})

    def _exact_note_unmatched(self, partials) -> None:
        """Keep which matchings of the link's it undoes, as they were."""
        if partials:
            self.unmatched = (self.unmatched or []) + [
                {
                    "lines": (partial.debit_move_id + partial.credit_move_id).ids,
                    "amount": partial.debit_amount_currency,
                    "run": partial.exact_run_id.id,
                }
                for partial in partials
            ]

    # --- undone --------------------------------------------------------------

    def _exact_restore(self):
        """Register again what it took back, as of the check that registered it.

        :return: the entries where it did, and those where that would be too much
        """
        taken = self.back_payment_ids.filtered(
            lambda payment: (
                payment.exact_entry_id
                and payment.exact_run_id != self
                and not payment.exact_run_id.undone_at
            )
        )
        too_much = self._exact_settled_since(taken.exact_entry_id)
        for entry, payments in taken.grouped("exact_entry_id").items():
            move = entry.move_id
            due = payments.filtered(lambda payment: payment.exact_kind != "surplus")
            amount = sum(due.mapped("amount"))
            if move.currency_id.compare_amounts(amount, abs(move.amount_residual)) > 0:
                too_much |= entry
        taken = taken.filtered(lambda payment: payment.exact_entry_id not in too_much)
        for (run, is_surplus), payments in taken.grouped(
            lambda payment: (payment.exact_run_id, payment.exact_kind == "surplus")
        ).items():
            payments._exact_register(
                [(p.exact_entry_id, p._exact_part()) for p in payments],
                run,
                match=not is_surplus,
            )
        return taken.exact_entry_id, too_much

    def _exact_match_again(self):
        """Match invoices and credit notes again that it unmatched.

        :return: the entries where it did, and those where that is no longer as it was
        """
        matched = changed = self.env["exact.entry"].sudo()
        for row in self.unmatched or []:
            made_by = self.browse(row["run"] or []).exists()
            if made_by.undone_at or made_by == self:
                continue
            lines = self.env["account.move.line"].sudo().browse(row["lines"]).exists()
            entries = lines.move_id.exact_entry_id
            amount = min(map(abs, lines.mapped("amount_residual_currency")), default=0)
            if (
                len(entries) != 2
                or self._exact_settled_since(entries)
                or lines.currency_id.compare_amounts(amount, row["amount"])
            ):
                changed |= entries
            else:
                self.env["account.partial.reconcile"]._exact_make(lines, made_by)
                matched |= entries
        return matched, changed

    def _exact_settled_since(self, entries):
        """Those of these entries that a later check changed, and that still counts."""
        later = [("id", ">", self.id), ("undone_at", "=", False)]
        changed = entries.browse()
        if entries:
            of_these = [("exact_entry_id", "in", entries.ids)]
            payments = self.env["account.payment"].sudo()
            partials = self.env["account.partial.reconcile"].sudo()
            for name in ("exact_run_id", "exact_back_run_id"):
                found = payments.search([*of_these, (name, "any", later)])
                changed |= found.exact_entry_id
            moves = entries.move_id
            found = partials.search(
                [
                    ("exact_run_id", "any", later),
                    "|",
                    ("debit_move_id.move_id", "in", moves.ids),
                    ("credit_move_id.move_id", "in", moves.ids),
                ]
            )
            both = (found.debit_move_id + found.credit_move_id).move_id
            changed |= (both & moves).exact_entry_id
        return changed
