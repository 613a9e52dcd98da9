"""Tree of ``$filter`` → a function of a row, with the type checks of the server.

``scope`` maps a property name to its kind; the compiled function is called with a
getter ``get(name)`` for one row.
"""

import operator
from decimal import Decimal, DecimalException

from ..errors import BadRequest
from .functions import FUNCTIONS, FilterValue

KINDS = {
    "Edm.Guid": "guid",
    "Edm.DateTime": "datetime",
    "Edm.String": "string",
    "Edm.Boolean": "boolean",
    "Edm.Binary": "binary",
}
_EDM = {
    "guid": "Edm.Guid",
    "datetime": "Edm.DateTime",
    "string": "Edm.String",
    "boolean": "Edm.Boolean",
    "number": "Edm.Int32",
    "binary": "Edm.Binary",
}
_COMPARE = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_ARITHMETIC = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "mod": operator.mod,
}


def kind_of(edm_type):
    """Comparison kind of an Edm type; all numbers compare with each other."""
    return KINDS.get(edm_type, "number")


class Compiler:
    """Compiles one tree for one entity type."""

    def __init__(self, entity, ignore_case=True):
        self.entity = entity
        self.ignore_case = ignore_case

    def predicate(self, tree):
        """The filter as ``f(get) → bool``."""
        kind, function = self.compile(tree)
        if kind not in ("boolean", "null"):
            raise BadRequest("The $filter expression must evaluate to a single boolean")
        return function

    def compile(self, tree):
        method = getattr(self, "_" + type(tree).__name__.lower())
        return method(tree)

    def _literal(self, tree):
        value = tree.value
        return tree.kind, lambda get: value

    def _name(self, tree):
        prop = self.entity.properties.get(tree.name)
        if prop is None or not prop.scalar:
            raise BadRequest(
                f"No property '{tree.name}' exists in type '{self.entity.model}' at "
                f"position {tree.position}."
            )
        name = tree.name
        return kind_of(prop.type), lambda get: get(name)

    def _fold(self, text):
        """Text as the database compares it: blanks at the end do not count."""
        if text is None:
            return None
        text = text.rstrip(" ")
        return text.casefold() if self.ignore_case else text

    def _folded(self, function):
        return lambda get: self._fold(function(get))

    def _unary(self, tree):
        kind, operand = self.compile(tree.operand)
        if tree.operator == "not":
            self._require(tree, kind, "boolean")
            return "boolean", lambda get: not operand(get)
        self._require(tree, kind, "number")
        return "number", lambda get: _null_or(operator.neg, operand(get))

    def _require(self, tree, kind, wanted):
        if kind not in (wanted, "null"):
            raise BadRequest(
                f"Operator '{tree.operator}' incompatible with operand type "
                f"'{_EDM[kind]}' at position {tree.position}."
            )

    def _binary(self, tree):
        left_kind, left = self.compile(tree.left)
        right_kind, right = self.compile(tree.right)
        if tree.operator in ("and", "or"):
            self._require(tree, left_kind, "boolean")
            self._require(tree, right_kind, "boolean")
            if tree.operator == "and":
                return "boolean", lambda get: bool(left(get) and right(get))
            return "boolean", lambda get: bool(left(get) or right(get))
        if tree.operator in _ARITHMETIC:
            self._require(tree, left_kind, "number")
            self._require(tree, right_kind, "number")
            function = _ARITHMETIC[tree.operator]
            return "number", lambda get: _calculate(function, left(get), right(get))
        return self._comparison(tree, (left_kind, left), (right_kind, right))

    def _comparison(self, tree, left_side, right_side):
        (left_kind, left), (right_kind, right) = left_side, right_side
        if left_kind != right_kind and "null" not in (left_kind, right_kind):
            raise BadRequest(
                f"Operator '{tree.operator}' incompatible with operand types "
                f"'{_EDM[left_kind]}' and '{_EDM[right_kind]}' at position "
                f"{tree.position}."
            )
        compare, equality = _COMPARE[tree.operator], tree.operator in ("eq", "ne")
        if "string" in (left_kind, right_kind):
            left, right = self._folded(left), self._folded(right)

        def compared(get):
            a, b = left(get), right(get)
            if not equality and (a is None or b is None):
                return False
            return compare(a, b)

        return "boolean", compared

    def _call(self, tree):
        known = FUNCTIONS.get(tree.name)
        arguments = [self.compile(argument) for argument in tree.arguments]
        kinds = tuple(kind for kind, _ in arguments)
        if known is None:
            raise BadRequest(
                f"Unknown function '{tree.name}' at position {tree.position}."
            )
        if not any(_fits(kinds, wanted) for wanted in known.parameters):
            raise BadRequest(
                f"No applicable function found for '{tree.name}' at position "
                f"{tree.position} with the specified arguments."
            )
        functions = [function for _, function in arguments]
        if known.compares:
            functions = [self._folded(function) for function in functions]

        def called(get):
            values = [function(get) for function in functions]
            if any(value is None for value in values):
                return None
            try:
                return known.function(*values)
            except (FilterValue, DecimalException):
                return None

        return known.result, called


def _fits(kinds, wanted):
    return len(kinds) == len(wanted) and all(
        kind in (need, "null") for kind, need in zip(kinds, wanted, strict=True)
    )


def _null_or(function, value):
    return None if value is None else function(value)


def _calculate(function, a, b):
    if a is None or b is None:
        return None
    try:
        return function(Decimal(a), Decimal(b))
    except DecimalException:
        return None
