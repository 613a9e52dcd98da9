from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# What makes a code what it is; the keys beside name and type are Exact's own.
TRAITS = {
    "code": _lt("code"),
    "name": _lt("description"),
    "type": _lt("type"),
    "Rates": _lt("rate"),
    "VATTransactionType": _lt("sales or purchases"),
    "Charged": _lt("reverse charge"),
    "EUSalesListing": _lt("EU sales list"),
    "OssCountry": _lt("country of the one stop shop"),
    "VatMargin": _lt("margin scheme"),
    "PaymentMethod": _lt("payment method"),
    "PaymentDays": _lt("days"),
    "PaymentEndOfMonths": _lt("ends of months"),
}


class ExactChosenMixin(models.AbstractModel):
    """Remembers what codes of Exact were when somebody chose them (product C2).

    A code keeps its key in Exact while its rate, type or name changes there. What was
    chosen is kept beside the choice, so that the difference is seen and confirmed.
    """

    _name = "exact.chosen.mixin"
    _description = "Codes of Exact Online as They Were Chosen"

    chosen = fields.Json(
        readonly=True,
        copy=False,
        help="What each code was when it was chosen or last confirmed.",
    )
    change_text = fields.Char("Changed in Exact", compute="_compute_change_text")

    @api.model
    def _chosen_fields(self) -> tuple[str, ...]:
        """The fields with a code that a person chooses."""
        return ()

    @api.depends(lambda self: self._chosen_depends())
    @api.depends_context("lang")
    def _compute_change_text(self):
        for record in self:
            record.change_text = "; ".join(record._change_texts().values()) or False

    @api.model
    def _chosen_depends(self) -> list[str]:
        return ["chosen"] + [
            f"{name}.{part}"
            for name in self._chosen_fields()
            for part in ("code", "name", "type", "attributes")
        ]

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._remember_chosen()
        return records

    def write(self, vals):
        result = super().write(vals)
        if any(name in vals for name in self._chosen_fields()):
            self._remember_chosen()
        return result

    def _remember_chosen(self, again: bool = False) -> None:
        """Keep what the chosen codes are now.

        :param again: also of those that stay, whose change is thereby confirmed
        """
        for record in self.sudo():
            before, after = record.chosen or {}, {}
            for name in self._chosen_fields():
                reference = record[name]
                kept = before.get(name)
                if kept and kept["id"] == reference.id and not again:
                    after[name] = kept
                elif reference:
                    after[name] = {"id": reference.id} | reference._traits()
            if after != before:
                record.chosen = after or False

    def _change_texts(self) -> dict[str, str]:
        """What changed since it was chosen, in words, by field."""
        self.ensure_one()
        found = {}
        for name, kept in (self.chosen or {}).items():
            reference = self[name] if name in self._chosen_fields() else False
            if not reference or reference.id != kept["id"]:
                continue
            now = reference._traits()
            changes = [
                self.env._(
                    "%(trait)s %(old)s → %(new)s",
                    trait=self.env._(TRAITS[trait]),
                    old=self._trait_words(trait, kept[trait]),
                    new=self._trait_words(trait, now[trait]),
                )
                for trait in TRAITS
                if trait in kept and trait in now and kept[trait] != now[trait]
            ]
            if changes:
                found[name] = f"{reference.code}: {', '.join(changes)}"
        return found

    @api.model
    def _trait_words(self, trait: str, value) -> str:
        if trait == "Rates" and value:
            return ", ".join(self._rate_words(*rate) for rate in value)
        if isinstance(value, bool):
            return self.env._("yes") if value else self.env._("no")
        return "…" if value in (None, "") else str(value)

    @api.model
    def _rate_words(self, rate: str, first: str | None, last: str | None) -> str:
        """A rate of a VAT code with the days on which it holds."""
        words = f"{100 * Decimal(rate):f}".rstrip("0").rstrip(".") + " %"
        if first:
            words = self.env._("%(rate)s from %(day)s", rate=words, day=first)
        if last:
            words = self.env._("%(rate)s until %(day)s", rate=words, day=last)
        return words

    def action_confirm_change(self):
        """The codes are still the right ones, as they are now."""
        self.check_access("write")
        self._remember_chosen(again=True)
        return True
