import logging
from functools import partial

from odoo import api, models
from odoo.exceptions import LockError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .side import in_own_transaction

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
        # EXTENDS account: who sends from code asks for it, and so does who ticked it in
        # the window for many, whose sending is done by Odoo's job. What somebody asked
        # for needs no default.
        defaults = super()._get_default_extra_edis(move)
        asked = self.env.context.get("exact_asked") or (move.sending_data or {}).get(
            EXACT
        )
        if not (asked and self._exact_is_applicable(move)):
            defaults -= {EXACT}
        return defaults

    @api.model
    def _exact_ticks(self, move) -> bool:
        """Whether a window ticks it: booking is asked for after confirming too."""
        administration = move.sudo().exact_administration_id
        return administration.ask_after_confirm and self._exact_is_applicable(move)

    @api.model
    def _exact_is_applicable(self, move) -> bool:
        """Whether the invoice can be booked now, and is meant to be (product B17)."""
        may = self.env.su or self.env.user.has_group("account.group_account_invoice")
        return bool(
            may
            and move.exact_can_export
            and move.sudo().exact_administration_id._has_start()
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
                self._exact_queue_and_wake(move)
        except (LockError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            # In this transaction it would collide again; Odoo cannot repeat it either,
            # since the customer has the invoice.
            self.env.cr.postcommit.add(partial(self._exact_queue_beside, move))
        except UserError as error:
            _logger.info("%s is not put in the queue for Exact: %s", move.name, error)
        except Exception:  # the customer has the invoice, so it has to stay sent
            _logger.exception("%s could not be put in the queue for Exact", move.name)

    def _exact_queue_beside(self, move) -> None:
        """Queue an invoice in a transaction of its own, and say it where that fails."""
        move_id = move.id

        def queue(env):
            there = env["account.move"].browse(move_id).exists()
            if there and env["account.move.send"]._exact_is_applicable(there):
                env["account.move.send"]._exact_queue_and_wake(there)

        def say(env):
            env["account.move"].browse(move_id).exists().message_post(
                body=env._(
                    "This invoice was sent, but could not be put in the queue for "
                    "Exact. Press Book in Exact."
                )
            )

        try:
            in_own_transaction(self.env, queue)
        except Exception:  # it runs behind the commit: nobody is there to catch it
            _logger.exception("%s could not be put in the queue for Exact", move_id)
            in_own_transaction(self.env, say)

    @staticmethod
    def _exact_queue_and_wake(move) -> None:
        move._exact_enqueue()
        move.exact_entry_id.sudo().administration_id._wake_crons()

    @api.model
    def _link_invoice_documents(self, invoices_data):
        # EXTENDS account: the PDF is there now, also where it was only printed.
        result = super()._link_invoice_documents(invoices_data)
        self.env["account.move"].union(*invoices_data)._exact_files_were_made()
        return result
