import logging
from datetime import timedelta
from time import monotonic

from odoo import fields, models
from odoo.tools import SQL, split_every

from ..exact.errors import ExactError
from . import issues
from .account_move import SALES
from .exact_party import Blocked, Later

_logger = logging.getLogger(__name__)

YEAR = timedelta(days=365)
BATCH = 50


class ExactParty(models.AbstractModel):
    """The customers after an export of many invoices (product B8)."""

    _inherit = "exact.party"

    def _update_after_run(self, administration, client, progress, ends, commit) -> bool:
        """Give customers in Exact the data of their newest invoice, where they changed.

        Goes on where an earlier job stopped.

        :return: whether all were looked at
        :raises ExactError: Exact could not be asked
        """
        pairs = self._customers_of_run(
            administration, progress.run_id, progress.customer_cursor()
        )
        progress.customers_to_do(len(pairs))
        for batch in split_every(BATCH, pairs):
            links = self.env["exact.account"].sudo().browse(link for link, _ in batch)
            moves = self.env["account.move"].sudo().browse(move for _, move in batch)
            for link, move in zip(links, moves, strict=True):
                if monotonic() > ends or not progress.goes_on():
                    return False
                calls = client.gate.calls
                problem = self._update_customer(link, move, client, commit)
                progress.customer_done(link.id, problem)
                if client.gate.calls > calls:
                    commit()
                    progress.pause()
        return True

    def _update_customer(self, link, move, client, commit) -> dict | None:
        """One customer, whose own failure is kept; returns the issue that forbids it.

        :raises ExactError: Exact could not be asked
        """
        try:
            if not self._is_outdated(link, move):
                return None
            commit()
            with self._locked(link, commit):
                if self._is_outdated(link, move):
                    self._update(link, move, client)
        except (Blocked, Later) as problem:
            issue = problem.issue
        except ExactError:
            raise
        except Exception:  # whatever it is, the others must go on
            self.env.cr.rollback()
            _logger.exception("The customer of %s could not be updated", link)
            issue = issues.make("unexpected")
        else:
            return None
        return issue | {"count": 1, "partner_ids": link.exists().partner_id.ids}

    def _is_outdated(self, link, move) -> bool:
        """Whether the account in Exact lacks what this invoice says.

        An invoice that is booked on the account for all consumers says nothing of it.
        """
        return (
            move._exact_party() == link.partner_id
            and not self._is_older(link, move)
            and self._differs(link, move)
        )

    def _customers_of_run(self, administration, run_id: int, after: int) -> list:
        """Which links, each with the newest invoice of its customer.

        :param after: the link up to which they were looked at
        :return: pairs of ids in the order of the links
        """
        if administration.update_all_customers_on_bulk:
            today = fields.Date.context_today(self)
            which = SQL(
                "move.invoice_date BETWEEN %s AND %s", today - YEAR, today + YEAR
            )
        else:
            which = SQL("entry.run_id = %s AND entry.state = 'exported'", run_id)
        self.env.cr.execute(
            SQL(
                """
                SELECT link.id, newest.move_id
                  FROM exact_account link
                  JOIN (SELECT DISTINCT ON (party) party, move_id
                          FROM (%s) AS invoice
                      ORDER BY party, invoice_date DESC, name DESC) AS newest
                    ON newest.party = link.partner_id
                 WHERE link.administration_id = %s
                   AND link.state = 'linked'
                   AND link.id > %s
              ORDER BY link.id
                """,
                self._invoices_by_party(administration, which),
                administration.id,
                after,
            )
        )
        return self.env.cr.fetchall()

    @staticmethod
    def _invoices_by_party(administration, which: SQL) -> SQL:
        """Invoices with the partner that each is booked on (``_exact_customer``)."""
        return SQL(
            """
            SELECT move.id AS move_id, move.invoice_date, move.name,
                   COALESCE(
                       move.exact_party_partner_id,
                       CASE WHEN %s AND address.type = 'invoice'
                            THEN address.exact_billing_partner_id END,
                       move.commercial_partner_id
                   ) AS party
              FROM account_move move
              JOIN res_partner address ON address.id = move.partner_id
         LEFT JOIN exact_entry entry ON entry.move_id = move.id
             WHERE move.company_id IN %s
               AND move.state = 'posted'
               AND move.move_type IN %s
               AND %s
            """,
            administration.use_billing_account,
            tuple(administration._locations().ids) or (None,),
            SALES,
            which,
        )
