import math

from odoo import Command, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain

from . import issues
from .exact_party import Blocked, Later


class ExactBillService(models.AbstractModel):
    """What would become of the entries, before somebody starts the import.

    It is found out in the same way as it is done afterwards; nothing is made.
    """

    _inherit = "exact.bill.service"

    def _begin_look(self, administration, commit) -> None:
        """Somebody looks at what would come: all of it is looked at anew."""
        self._to_come(administration).write({"foreseen": False})
        administration.bills_look_open = True
        commit()

    def _sort_by_first_day(self, administration, day) -> None:
        """Leave out what lies before another first day, bring back what does not."""
        rows = self.env["exact.bill.import"].sudo()
        here = Domain("administration_id", "=", administration.id)
        waits = Domain("state", "in", ("ready", "problem"))
        early = rows.search(here & waits & Domain("entry_date", "<", day))
        self._leave_out_early(early.filtered(lambda r: not self._delivered(r)), day)
        left_out = Domain("state", "=", "left_out") & Domain(
            "issue_code", "=", "bill_too_early"
        )
        back = rows.search(here & left_out & Domain("entry_date", ">=", day))
        back.write({"state": "ready", "foreseen": False} | issues.NONE)

    @staticmethod
    def _leave_out_early(rows, day) -> None:
        """These lie before the first day whose bills come."""
        issue = issues.make("bill_too_early", day=str(day))
        rows.write({"state": "left_out"} | issue)

    def _foresee_all(self, administration, client, commit, ends=math.inf) -> None:
        """Say of each entry to come which bill it meets, or what keeps it back.

        :raises ExactError: Exact could not be asked
        :raises TimeIsUp: the look is not over yet
        """
        rows = self._to_come(administration)
        self._look_for_deliveries(administration, rows, client, commit, ends)
        rows = self._to_come(administration).filtered(lambda row: not row.foreseen)
        self._each(administration, rows, client, commit, self._foresee, ends)
        administration.bills_look_open = False
        commit()

    def _foresee(self, row) -> None:
        """Keep on an entry what would become of it."""
        move, issue = self.env["account.move"], issues.NONE
        try:
            move = self._foreseen(row)
        except (Blocked, Later) as error:
            issue = error.issue
        except (UserError, RedirectWarning) as error:
            issue = issues.make("bill_refused", reason=str(error.args[0]))
        candidates = (issue["issue_params"] or {}).get("move_ids", [])
        row.write(
            {
                "foreseen": True,
                "foreseen_move_id": move.id,
                "candidate_ids": [Command.set(candidates or row.chosen_move_id.ids)],
            }
            | issue
        )

    def _foreseen(self, row):
        """The bill that an entry would complete, if any.

        :raises Blocked: it could not come as it stands
        """
        partner = self.env["res.partner"]
        move = self.env["account.move"]
        if not row.make_new:
            move = self._one_delivered(row)
        if not move:
            partner = self._known_supplier(row)
            move = self._met(row, partner) if partner else move
        if not move or (move.state == "draft" and not move.invoice_line_ids):
            self._bill_values(row, partner)
        return move
