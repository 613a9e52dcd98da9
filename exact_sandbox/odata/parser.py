"""Grammar of ``$filter``: text → tree.

    or    := and ("or" and)*
    and   := not ("and" not)*
    not   := "not" not | comparison
    comp  := sum (("eq"|"ne"|"gt"|"ge"|"lt"|"le") sum)?
    sum   := term (("add"|"sub") term)*
    term  := factor (("mul"|"div"|"mod") factor)*
    factor:= "-" factor | "(" or ")" | literal | name "(" args ")" | name

Libraries were looked at first: those on PyPI parse OData v4 (bare GUIDs and dates,
``contains``) and know neither ``guid'…'`` nor ``123L`` nor ``substringof``; a grammar
of this size needs no parser generator.
"""

from typing import NamedTuple

from .lexer import FilterSyntax, tokenize

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
#: Deeper than any client writes, far from Python's recursion limit.
MAX_DEPTH = 60


class Literal(NamedTuple):
    kind: str
    value: object
    position: int = 0


class Name(NamedTuple):
    name: str
    position: int = 0


class Call(NamedTuple):
    name: str
    arguments: tuple
    position: int = 0


class Unary(NamedTuple):
    operator: str
    operand: object
    position: int = 0


class Binary(NamedTuple):
    operator: str
    left: object
    right: object
    position: int = 0


class _Parser:
    def __init__(self, text):
        self.tokens = tokenize(text)
        self.index = 0
        self.depth = 0

    @property
    def token(self):
        return self.tokens[self.index]

    def take(self):
        token = self.token
        self.index += 1
        return token

    def word(self, *words):
        """Take the operator ahead when it is one of these."""
        token = self.token
        if token.kind == "name" and token.value in words:
            return self.take()
        return None

    def mark(self, mark):
        if self.token.kind == "mark" and self.token.value == mark:
            return self.take()
        return None

    def expect(self, mark):
        if not self.mark(mark):
            raise FilterSyntax(f"'{mark}' expected at {self.token.position}")

    def chain(self, operand, *words):
        left = operand()
        while operator := self.word(*words):
            left = Binary(operator.value, left, operand(), operator.position)
        return left

    def parse_or(self):
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise FilterSyntax("nested too deeply")
        tree = self.chain(self.parse_and, "or")
        self.depth -= 1
        return tree

    def parse_and(self):
        return self.chain(self.parse_not, "and")

    def parse_not(self):
        operators = []
        while operator := self.word("not"):
            operators.append(operator)
        tree = self.parse_comparison()
        for operator in reversed(operators):
            tree = Unary("not", tree, operator.position)
        return tree

    def parse_comparison(self):
        left = self.parse_sum()
        operator = self.word(*COMPARISONS)
        if not operator:
            return left
        return Binary(operator.value, left, self.parse_sum(), operator.position)

    def parse_sum(self):
        return self.chain(self.parse_term, "add", "sub")

    def parse_term(self):
        return self.chain(self.parse_factor, "mul", "div", "mod")

    def parse_factor(self):
        signs = []
        while sign := self.mark("-"):
            signs.append(sign)
        tree = self.parse_primary()
        for sign in reversed(signs):
            tree = Unary("-", tree, sign.position)
        return tree

    def parse_primary(self):
        if self.mark("("):
            tree = self.parse_or()
            self.expect(")")
            return tree
        token = self.take()
        if token.kind in ("guid", "datetime", "string", "number", "boolean", "null"):
            return Literal(token.kind, token.value, token.position)
        if token.kind != "name":
            raise FilterSyntax(f"unexpected '{token.value}' at {token.position}")
        if self.mark("("):
            return Call(token.value, self.parse_arguments(), token.position)
        return Name(token.value, token.position)

    def parse_arguments(self):
        if self.mark(")"):
            return ()
        arguments = [self.parse_or()]
        while self.mark(","):
            arguments.append(self.parse_or())
        self.expect(")")
        return tuple(arguments)


def parse(text):
    """The tree of a filter; FilterSyntax or FilterGuid when it is none."""
    parser = _Parser(text)
    tree = parser.parse_or()
    if parser.token.kind != "end":
        raise FilterSyntax(f"unexpected '{parser.token.value}'")
    return tree


def names(tree):
    """All property names in a tree, in order of appearance."""
    if isinstance(tree, Name):
        return [tree.name]
    if isinstance(tree, Unary):
        return names(tree.operand)
    if isinstance(tree, Binary):
        return names(tree.left) + names(tree.right)
    if isinstance(tree, Call):
        return [name for argument in tree.arguments for name in names(argument)]
    return []
