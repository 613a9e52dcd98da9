from odoo import models


class ExactDialogMixin(models.AbstractModel):
    """A dialog over what the user looks at."""

    _name = "exact.dialog.mixin"
    _description = "Dialog of Exact Online"

    def _action_dialog(self, name: str, **context) -> dict:
        """The action that opens it.

        :param context: for the dialog alone; that of where it was opened stays there,
            since its defaults are meant for other records
        """
        self.ensure_one()
        return self._get_records_action(name=name, target="new", context=context)
