from odoo import api, fields, models

from .guards import check_not_readonly


class AccountPartialReconcile(models.Model):
    """Notices what is matched in Odoo, and knows what the link matched itself."""

    _inherit = "account.partial.reconcile"

    exact_made = fields.Boolean(
        readonly=True,
        help="The link matched an invoice with a credit note, as they are in Exact.",
    )
    exact_run_id = fields.Many2one(
        "exact.run", readonly=True, index="btree_not_null", ondelete="set null"
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            check_not_readonly(self, vals, "exact_")
        partials = super().create(vals_list)
        partials._exact_mark()
        return partials

    def write(self, vals):
        check_not_readonly(self, vals, "exact_")
        return super().write(vals)

    def unlink(self):
        self._exact_mark()
        return super().unlink()

    def _exact_make(self, lines, run):
        """Match an invoice and a credit note as they are in Exact.

        :param run: the check that found it
        :return: the matchings; none where Odoo matches nothing of these
        """
        before = lines.matched_debit_ids + lines.matched_credit_ids
        lines.reconcile()
        made = lines.matched_debit_ids + lines.matched_credit_ids - before
        made.sudo().write({"exact_made": True, "exact_run_id": run.id})
        return made

    def _exact_mark(self) -> None:
        """The next check looks again at what of an invoice is settled otherwise, and
        whether a payment of the link still settles its own.

        In SQL, without reading the entries: this happens with every payment in Odoo.
        """
        if not self:
            return
        moves = self.debit_move_id.move_id | self.credit_move_id.move_id
        self.env["exact.entry"].flush_model(["move_id", "state", "settle"])
        self.env["account.payment"].flush_model(["move_id", "exact_entry_id"])
        self.env.cr.execute(
            """
            UPDATE exact_entry
               SET settle = TRUE
             WHERE id IN (SELECT id FROM exact_entry WHERE move_id = ANY(%(moves)s)
                           UNION
                          SELECT exact_entry_id FROM account_payment
                           WHERE move_id = ANY(%(moves)s))
               AND state IN ('exported', 'imported')
               AND NOT settle
         RETURNING id
            """,
            {"moves": moves.ids},
        )
        ids = [key for [key] in self.env.cr.fetchall()]
        self.env["exact.entry"].browse(ids).invalidate_recordset(["settle"])
