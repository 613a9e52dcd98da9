from odoo import fields, models

from .exact_administration_options import DEFAULT_GL_ACCOUNTS
from .exact_mapping import KINDS


class ExactAdministration(models.Model):
    """Takes over the codes of the administration before (product A5)."""

    _inherit = "exact.administration"

    codes_from_id = fields.Many2one(
        "exact.administration",
        readonly=True,
        copy=False,
        help="Whose codes are taken over as soon as the lists were read.",
    )

    def _copy_codes(self) -> None:
        """Choose what was chosen there, where the same code means the same here.

        A code of another type, rate or nature is left to a person.
        """
        before, self.codes_from_id = self.codes_from_id, False
        for row in before.mapping_ids:
            mine = self.env["exact.mapping"]._get(self, row.kind, row._source())
            values = {
                name: self._counterpart(row[name]).id for name in row._chosen_fields()
            }
            bills = row.bill_reference_ids.mapped(self._counterpart)
            values["bill_reference_ids"] = bills.ids
            values = {name: value for name, value in values.items() if value}
            if mine:
                mine.write({name: v for name, v in values.items() if not mine[name]})
            elif values:
                source = row._source()
                mine.create(
                    {
                        "administration_id": self.id,
                        "has_instalments": row.has_instalments,
                        "kind": row.kind,
                        KINDS[row.kind][0]: source.id,
                    }
                    | values
                )
        for name in DEFAULT_GL_ACCOUNTS:
            if before[name] and not self[name]:
                self[name] = self._counterpart(before[name])

    def _counterpart(self, reference):
        """The code of this administration that is the same as one of another."""
        same = self.reference_ids.filtered(
            lambda r: (
                r.kind == reference.kind and r.code == reference.code and r._usable()
            )
        )
        return same.filtered(lambda r: r._means_the_same(reference))[:1]
