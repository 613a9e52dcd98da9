from odoo import api, fields, models

from ..exact import states
from .account_move import BILLS
from .exact_run import NAMES


class ExactRun(models.Model):
    """Vendor bills in the history of the runs: delivered, or come from Exact."""

    _inherit = "exact.run"

    kind = fields.Selection(
        selection_add=[("bills", "Vendor bills from Exact")],
        ondelete={"bills": "cascade"},
    )
    origin = fields.Selection(
        selection_add=[("bills", "Import of vendor bills")],
        ondelete={"bills": "cascade"},
    )

    @api.depends("kind", "total")
    @api.depends_context("lang")
    def _compute_words(self):
        # EXTENDS: bills are delivered, and come.
        result = super()._compute_words()
        for run in self:
            if run.kind == "bills":
                run.done_word = self.env._("came")
                run.failed_word = self.env._("did not come")
                continue
            bills = run._exact_takes_along("in")
            if bills and run._exact_takes_along("not in"):
                run.done_word = self.env._("booked or delivered")
                run.failed_word = self.env._("not booked or delivered")
            elif bills:
                run.done_word = self.env._("delivered")
                run.failed_word = self.env._("not delivered")
        return result

    def _exact_takes_along(self, operator: str) -> bool:
        """Whether there are bills in it; ``not in`` for anything else."""
        domain = [("run_id", "=", self.id), ("move_id.move_type", operator, BILLS)]
        return bool(self.env["exact.entry"].search_count(domain, limit=1))

    def _exact_note_bills(self, administration, rows, begun, calls: int) -> None:
        """Keep what became of the entries that an import brought in, if any.

        :param rows: of the import list, that were to come
        :param begun: when it began
        """
        if not rows:
            return
        done = rows.filtered(lambda row: row.state == "done")
        failed = rows.filtered(lambda row: row.state == "problem")
        run = self.create(
            {
                "kind": "bills",
                "origin": "bills",
                "administration_id": administration.id,
                "user_id": self.env.uid,
                "state": "done",
                "started_at": begun,
                "ended_at": fields.Datetime.now(),
                "total": len(rows),
                "done": len(done),
                "failed": len(failed),
                "calls": calls,
                "failures": [
                    {
                        "issue_code": code,
                        "issue_params": some[0].issue_params,
                        "issue_text": some[0].issue_text,
                        "count": len(some),
                        "names": some[:NAMES].mapped("number"),
                    }
                    for code, some in failed.grouped("issue_code").items()
                ]
                or False,
            }
        )
        done.move_id.exact_entry_id.write({"run_id": run.id})

    def action_open_done(self):
        # EXTENDS: the bills that came, or met one of Odoo.
        if self.kind != "bills":
            return super().action_open_done()
        brought = (states.IMPORTED, states.EXPORTED)
        return self._action_entries(self.env._("Came from Exact"), brought)

    def action_open_failed(self):
        # EXTENDS: entries that could not come are no bills of Odoo yet.
        if self.kind != "bills":
            return super().action_open_failed()
        action = self.administration_id.action_open_bills()
        return action | {"context": {"search_default_problem": 1}}
