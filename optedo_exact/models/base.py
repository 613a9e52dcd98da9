from odoo import api, models


class Base(models.AbstractModel):
    """What only the link fills in takes no value that a client offers as a default.

    Any call may bring defaults along, as ``default_…`` keys of its context, and each
    user may keep some in Odoo; the latter also reach what the link makes with superuser
    rights. So such a field has the default of its definition, or none.
    """

    _inherit = "base"

    @api.model
    def default_get(self, fields):
        of_link = [name for name in fields if self._exact_fills_in(name)]
        if not of_link:
            return super().default_get(fields)
        free = [name for name in fields if not self._exact_fills_in(name)]
        defaults = super().default_get(free)
        for name in of_link:
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(field.default(self), self)
                defaults[name] = field.convert_to_write(value, self)
        return defaults

    @api.model
    def _exact_fills_in(self, name: str) -> bool:
        """Whether a field is one that only the link fills in."""
        field = self._fields.get(name)
        if not field:
            return False
        if self._name.startswith("exact."):
            return field.readonly or self.env.su
        return name.startswith("exact_") and field.readonly
