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

    def _differing_traits(self, other) -> list[str]:
        """In what two codes differ beside their words, in words; a rate, a nature."""
        mine, its = self._traits(), other._traits()
        return [
            self.env._(words)
            for name, words in TRAITS.items()
            if name not in WORDS_ONLY and mine.get(name) != its.get(name)
        ]
