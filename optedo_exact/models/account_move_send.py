import logging

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

EXACT = "exact_online"


class AccountMoveSend(models.AbstractModel):
    """A tick in Odoo's window to send an invoice, that also puts it in the queue (F1).

    Nothing is sent to Exact here: a commit inside Odoo's sending would free the locks
    of other invoices. The job books them afterwards.
    """

    _inherit = "account.move.send"

    @api.model
    def _get_all_extra_edis(self) -> dict:
        # EXTENDS account
        return super()._get_all_extra_edis() | {
            EXACT: {
                "label": self.env._("Exact Online"),
                "is_applicable": self._exact_is_applicable,
                "help": self.env._(
                    "The invoice is put in the queue, and booked in Exact by itself "
                    "right after it was sent."
                ),
            }
        }

    @api.model
    def _get_default_extra_edis(self, move) -> set:
        # EXTENDS account: ticked where booking is asked for after confirming too.
        defaults = super()._get_default_extra_edis(move)
        if not move.sudo().exact_administration_id.ask_after_confirm:
            defaults -= {EXACT}
        return defaults

    @api.model
    def _exact_is_applicable(self, move) -> bool:
        """Whether the invoice can be booked now, and is meant to be (product B17)."""
        may = self.env.su or self.env.user.has_group("account.group_account_invoice")
        return bool(
            may
            and move.exact_can_export
            and not move.exact_is_before_start
            and move._exact_takes("queue")
        )

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        # EXTENDS account
        result = super()._hook_if_success(moves_data, from_cron=from_cron)
        for move, move_data in moves_data.items():
            if EXACT in (move_data.get("extra_edis") or ()):
                self._exact_queue(move)
        return result

    @api.model
    def _exact_queue(self, move) -> None:
        """Put an invoice that was sent in the queue for Exact.

        Whatever hinders that, the invoice was sent: it stays so, and still can be
        booked by hand.
        """
        if not self._exact_is_applicable(move):
            return
        try:
            with self.env.cr.savepoint():
                move._exact_enqueue()
                move.exact_entry_id.sudo().administration_id._wake_crons()
        except UserError as error:
            _logger.info("%s is not put in the queue for Exact: %s", move.name, error)
        except Exception:  # the customer has the invoice, so it has to stay sent
            _logger.exception("%s could not be put in the queue for Exact", move.name)

    @api.model
    def _link_invoice_documents(self, invoices_data):
        # EXTENDS account: the PDF is there now, also where it was only printed.
        result = super()._link_invoice_documents(invoices_data)
        self.env["account.move"].union(*invoices_data)._exact_files_were_made()
        return result
