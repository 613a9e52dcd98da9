from odoo import models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        # EXTENDS account: also where the window was opened another way.
        self.line_ids.move_id._exact_check_payable()
        return super()._create_payments()
