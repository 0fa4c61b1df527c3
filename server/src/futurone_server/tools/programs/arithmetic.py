"""Arithmetic on decimals, exactly as it is written: 0.1 + 0.2 is 0.3. No names but those given, nothing but numbers."""

import ast
import warnings
from collections.abc import Callable, Mapping, Sequence
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from typing import Final

from futurone_server.tools.port import ToolFailedError

EXPRESSION_CHARS_MAX = 1_000
DIGITS = 60
"""Significant digits; a result that needs more is rounded half to even."""

INVALID: Final = "ARITHMETIC_INVALID"
FAILED: Final = "ARITHMETIC_FAILED"

_CONTEXT = Context(prec=DIGITS, Emax=9_999, Emin=-9_999, traps=[DivisionByZero, InvalidOperation, Overflow])
_FORM = "use numbers, names that are given, + - * / // % **, parentheses, and abs, min, max, round, sqrt, sum"

_OPERATIONS: Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: _CONTEXT.add,
    ast.Sub: _CONTEXT.subtract,
    ast.Mult: _CONTEXT.multiply,
    ast.Div: _CONTEXT.divide,
    ast.FloorDiv: lambda a, b: _floor(a, b),
    ast.Mod: lambda a, b: _CONTEXT.subtract(a, _CONTEXT.multiply(_floor(a, b), b)),
    ast.Pow: _CONTEXT.power,
}


def evaluate(expression: str, names: Mapping[str, int | float | Decimal]) -> Decimal:
    """The value of an arithmetic expression. ``//`` and ``%`` round down, as in Python.

    Raises ToolFailedError: ``ARITHMETIC_INVALID`` for what is not arithmetic or a name that is not given,
    ``ARITHMETIC_FAILED`` where there is no result (division by zero, too large, a root of a negative number).
    """
    if len(expression) > EXPRESSION_CHARS_MAX:
        raise ToolFailedError(INVALID, f"The expression is longer than {EXPRESSION_CHARS_MAX} characters.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(expression.strip(), mode="eval")
        return _Reading(expression.strip(), names).value(tree.body)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise _invalid() from None
    except DecimalException:
        raise ToolFailedError(FAILED, "There is no result: a division by zero, or a number out of bounds.") from None


def write(number: Decimal) -> str:
    """A number as people write it: without an exponent as far as that is readable, without trailing zeros."""
    if number == 0:
        return "0"
    plain = number.normalize(_CONTEXT)
    return format(plain, "f") if abs(plain.adjusted()) <= DIGITS else str(plain)


class _Reading:
    def __init__(self, text: str, names: Mapping[str, int | float | Decimal]) -> None:
        self._text = text
        self._names = names

    def value(self, node: ast.expr) -> Decimal:
        match node:
            case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
                return _OPERATIONS[type(operation)](self.value(left), self.value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _CONTEXT.minus(self.value(operand))
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self._call(name, args)
            case ast.Name(id=name) if name in self._names:
                return _number(self._names[name])
            case ast.Constant(value=int() | float() as found) if not isinstance(found, bool):
                return self._literal(node)
            case _:
                raise _invalid()

    def _literal(self, node: ast.expr) -> Decimal:
        """A number by its text: as a float it would have lost digits already."""
        text = ast.get_source_segment(self._text, node) or ""
        try:
            return _CONTEXT.create_decimal(text.replace("_", ""))
        except InvalidOperation:
            raise _invalid() from None

    def _call(self, name: str, nodes: Sequence[ast.expr]) -> Decimal:
        args = [self.value(node) for node in nodes]
        match name, args:
            case "abs", [one]:
                return _CONTEXT.abs(one)
            case "sqrt", [one]:
                return _CONTEXT.sqrt(one)
            case "round", [one]:
                return _round(one, Decimal(0))
            case "round", [one, places]:
                return _round(one, places)
            case "min", [_, *_]:
                return min(args)
            case "max", [_, *_]:
                return max(args)
            case "sum", [first, *rest]:
                for one in rest:
                    first = _CONTEXT.add(first, one)
                return first
            case _:
                raise _invalid()


def _round(number: Decimal, places: Decimal) -> Decimal:
    if places != places.to_integral_value() or abs(places) > DIGITS:
        raise _invalid()
    return _CONTEXT.quantize(number, Decimal((0, (1,), -int(places))))


def _floor(a: Decimal, b: Decimal) -> Decimal:
    """The quotient rounded down. Decimal's own ``//`` rounds towards zero."""
    whole = _CONTEXT.divide_int(a, b)
    rest = _CONTEXT.remainder(a, b)
    return _CONTEXT.subtract(whole, Decimal(1)) if rest and (rest < 0) != (b < 0) else whole


def _number(value: float | Decimal) -> Decimal:
    # A float's shortest text is what its giver wrote.
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise _invalid()
    return _CONTEXT.plus(number)


def _invalid() -> ToolFailedError:
    return ToolFailedError(INVALID, f"This is not plain arithmetic: {_FORM}.")
