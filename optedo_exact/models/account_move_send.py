from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _link_invoice_documents(self, invoices_data):
        # EXTENDS account: the PDF is there now, also where it was only printed.
        result = super()._link_invoice_documents(invoices_data)
        self.env["account.move"].union(*invoices_data)._exact_files_were_made()
        return result
