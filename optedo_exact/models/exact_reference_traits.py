from odoo import models

from .exact_chosen import TRAITS

WORDS_ONLY = ("code", "name")


class ExactReference(models.Model):
    _inherit = "exact.reference"

    def _traits(self) -> dict:
        """What this code is now, to be compared with later."""
        self.ensure_one()
        found = {"code": self.code, "name": self.name, "type": self.type}
        return {
            name: found[name] if name in found else (self.attributes or {})[name]
            for name in TRAITS
            if name in found or name in (self.attributes or {})
        }

    def _means_the_same(self, other) -> bool:
        """Whether two codes differ in words only, not in type, rate or nature."""
        ours, theirs = (
            {k: v for k, v in r._traits().items() if k not in WORDS_ONLY}
            for r in (self, other)
        )
        return ours == theirs
