"""Formulas by name over exact decimals: read as a syntax tree, a short list of what is allowed, nothing is executed."""

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, DecimalException

from futurone_server.pipelines.strategy.amount import CONTEXT

CHARS_MAX = 500
NODES_MAX = 200
EXPONENT_MAX = 60

Values = Mapping[str, Decimal]
Compiled = Callable[[Values], Decimal]


class FormulaError(Exception):
    """A formula cannot be read or computed; the message says why."""


_TYPED = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "\0"})
_PERCENT = re.compile(r"(\d(?:[\d.]*\d)?)\s*%")
_GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d])")
_CURRENCY = re.compile(r"[$€£¥]\s*(?=\d)")
_SIDE_BY_SIDE = re.compile(r"(?<=\w) +(?=[^\W\d])")


def key_of(name: str) -> str:
    """A name as it is known in formulas: lower case, with underscores for everything between its words."""
    return re.sub(r"\W+", "_", name.strip().lower()).strip("_")


def prepared(expression: str, names: Iterable[str]) -> str:
    """An expression with names of several words joined, and signs as programs write them. Raises FormulaError."""
    text = expression.strip().removeprefix("=").strip()
    if not text or len(text) > CHARS_MAX:
        raise FormulaError(f"A formula has 1 to {CHARS_MAX} characters.")
    text = text.translate(_TYPED).replace("\0", "**").lower()
    text = _CURRENCY.sub("", _GROUPED.sub(lambda found: found[0].replace(",", ""), text))
    text = _PERCENT.sub(r"(\1/100)", text)
    for name in sorted(names, key=len, reverse=True):
        words = [word for word in re.split(r"\W+|_", name.lower()) if word]
        if len(words) > 1 or name.lower() != key_of(name):
            pattern = r"(?<!\w)" + r"[\W_]{1,3}".join(map(re.escape, words)) + r"(?!\w)"
            text = re.sub(pattern, key_of(name), text)
    # Words side by side are one name that nobody gave: better told than taken for a mistake.
    return _SIDE_BY_SIDE.sub("_", text)


def names_in(expression: str) -> tuple[str, ...]:
    """The names that a prepared expression computes with, in its order. Raises FormulaError."""
    tree = _tree(expression)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions]
    found.sort(key=lambda node: node.col_offset)
    return tuple(dict.fromkeys(node.id for node in found))


def compile_formula(expression: str) -> Compiled:
    """A prepared expression as a function of values by name. Raises FormulaError now, or when it is computed."""
    make = _made(_tree(expression).body)

    def compute(values: Values) -> Decimal:
        try:
            return make(values)
        except DecimalException as error:
            raise FormulaError(_REASONS.get(type(error).__name__, "It cannot be computed.")) from error

    return compute


_REASONS = {
    "DivisionByZero": "It divides by zero.",
    "DivisionUndefined": "It divides zero by zero.",
    "Overflow": "Its result is too large.",
}


def _tree(expression: str) -> ast.Expression:
    try:
        tree = ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise FormulaError("It is no formula: numbers, names, + - * / ^ and brackets are.") from error
    if sum(1 for _ in ast.walk(tree)) > NODES_MAX:
        raise FormulaError(f"It has more than {NODES_MAX} parts.")
    return tree


def _made(node: ast.expr) -> Compiled:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        # The digits as they are written, not the binary number next to them.
        value = Decimal(str(node.value))
        if not value.is_finite():
            raise FormulaError("A number in it is too large.")
        return lambda values: value
    if isinstance(node, ast.Name):
        return _named(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _made(node.operand)
        return (lambda values: CONTEXT.minus(inner(values))) if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right, operate = _made(node.left), _made(node.right), _OPERATORS[type(node.op)]
        return lambda values: operate(left(values), right(values))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        return _called(node.func.id, [_made(one) for one in node.args])
    raise FormulaError(f"{type(node).__name__} is not allowed in a formula.")


def _named(name: str) -> Compiled:
    def look_up(values: Values) -> Decimal:
        if name not in values:
            raise FormulaError(f"{name} is not given.")
        return values[name]

    return look_up


def _called(name: str, arguments: Sequence[Compiled]) -> Compiled:
    function = _FUNCTIONS.get(name)
    if function is None or not arguments:
        raise FormulaError(f"There is no function {name}; there are {', '.join(sorted(_FUNCTIONS))}.")
    return lambda values: function([argument(values) for argument in arguments])


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if abs(exponent) > EXPONENT_MAX:
        raise FormulaError(f"An exponent is at most {EXPONENT_MAX}.")
    return CONTEXT.power(base, exponent)


def _sum(values: Sequence[Decimal]) -> Decimal:
    total = Decimal(0)
    for value in values:
        total = CONTEXT.add(total, value)
    return total


def _npv(values: Sequence[Decimal]) -> Decimal:
    """Net present value: the rate, then one amount for the end of each period."""
    growth = CONTEXT.add(Decimal(1), values[0])
    return _sum([CONTEXT.divide(one, CONTEXT.power(growth, at)) for at, one in enumerate(values[1:], 1)])


_OPERATORS: Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: CONTEXT.add,
    ast.Sub: CONTEXT.subtract,
    ast.Mult: CONTEXT.multiply,
    ast.Div: CONTEXT.divide,
    ast.Pow: _power,
}
_FUNCTIONS: Mapping[str, Callable[[Sequence[Decimal]], Decimal]] = {
    "min": min,
    "max": max,
    "sum": _sum,
    "mean": lambda values: CONTEXT.divide(_sum(values), Decimal(len(values))),
    "abs": lambda values: CONTEXT.abs(values[0]),
    "npv": _npv,
}
