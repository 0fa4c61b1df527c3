"""Formulas a second time: a stack of fractions or floats, where the first time was a tree of decimals."""

import re
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from futurone_server.pipelines.strategy.checks.fractions import Number

Part = tuple[str, str | Number]
Program = Sequence[Part]


class UncomputableError(Exception):
    """A formula that has no result."""


_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?(?:e[-+]?\d+)?|\.\d+)|([^\W\d]\w*)|(\*\*|[-+*/(),%]))")
_LEFT = {"+": 1, "-": 1, "*": 2, "/": 2}
_NEGATE, _POWER = 3, 4


def program(expression: str, names: Sequence[str]) -> Program:
    """A formula as a program for a stack. Raises UncomputableError."""
    text = _spelt(expression, names)
    output: list[Part] = []
    stack: list[tuple[str, str]] = []
    counts: list[int] = []
    before = ""
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise UncomputableError
        at = token.end()
        number, word, sign = token.groups()
        if number:
            output.append(("number", Fraction(number)))
        elif word:
            if text[at:].lstrip().startswith("("):
                stack.append(("call", word))
                counts.append(1)
            else:
                output.append(("name", word))
        else:
            _take_sign(sign, before, output, stack, counts)
        before = number or word or sign
    while stack:
        kind, name = stack.pop()
        if kind != "sign" or name == "(":
            raise UncomputableError
        output.append(("sign", name))
    return output


def run(steps: Program, values: Mapping[str, Number], of: Callable[[Fraction], Number] = Fraction) -> Number:
    """The result of a program; ``of`` makes the numbers that are computed with. Raises UncomputableError."""
    held: list[Number] = []
    try:
        for kind, value in steps:
            if kind == "number" and isinstance(value, Fraction):
                held.append(of(value))
            elif kind == "name":
                held.append(values[str(value)])
            elif kind == "sign":
                _operate(str(value), held)
            else:
                name, _, count = str(value).partition("/")
                arguments = held[-int(count) :]
                del held[-int(count) :]
                held.append(_FUNCTIONS[name](arguments))
        (result,) = held
    except (KeyError, IndexError, ValueError, ZeroDivisionError, OverflowError, TypeError) as error:
        raise UncomputableError from error
    if isinstance(result, complex):
        raise UncomputableError
    return result


def key(name: str) -> str:
    """A name as programs know it."""
    return "_".join(re.findall(r"\w+", name.lower())).strip("_")


def _spelt(expression: str, names: Sequence[str]) -> str:
    text = expression.strip().lstrip("=").lower()
    for typed, meant in (("×", "*"), ("·", "*"), ("÷", "/"), ("−", "-"), ("–", "-"), ("^", "**")):
        text = text.replace(typed, meant)
    text = re.sub(r"[$€£¥]\s*", "", text)
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    for name in sorted(names, key=len, reverse=True):
        spaced = r"[\W_]{1,3}".join(re.escape(word) for word in re.findall(r"[^\W_]+", name.lower()))
        text = re.sub(rf"(?<!\w){spaced}(?!\w)", key(name), text)
    return text.strip()


def _take_sign(sign: str, before: str, output: "list[Part]", stack: list[tuple[str, str]], counts: list[int]) -> None:
    is_prefix = not before or before in ("(", ",", "+", "-", "*", "/", "**")
    if sign == "%":
        output += [("number", Fraction(100)), ("sign", "/")]
    elif sign == "(":
        stack.append(("sign", "("))
    elif sign in (")", ","):
        _close(sign, output, stack, counts)
    elif not is_prefix:
        _take_operator(sign, output, stack)
    elif sign == "-":
        stack.append(("sign", "neg"))
    elif sign != "+":
        raise UncomputableError


def _close(sign: str, output: "list[Part]", stack: list[tuple[str, str]], counts: list[int]) -> None:
    """The end of an argument or of a bracket."""
    while stack and stack[-1] != ("sign", "("):
        output.append(stack.pop())
    if not stack:
        raise UncomputableError
    is_call = len(stack) > 1 and stack[-2][0] == "call"
    if sign == ",":
        if not is_call:
            raise UncomputableError
        counts[-1] += 1
        return
    stack.pop()
    if is_call:
        output.append(("call", f"{stack.pop()[1]}/{counts.pop()}"))


def _take_operator(sign: str, output: "list[Part]", stack: list[tuple[str, str]]) -> None:
    own = _POWER if sign == "**" else _LEFT[sign]
    while stack and stack[-1][0] == "sign" and stack[-1][1] != "(":
        top = stack[-1][1]
        other = _NEGATE if top == "neg" else _POWER if top == "**" else _LEFT[top]
        if other > own or (other == own and sign != "**"):
            output.append(stack.pop())
        else:
            break
    stack.append(("sign", sign))


def _operate(sign: str, held: list[Number]) -> None:
    if sign == "neg":
        held.append(-held.pop())
        return
    right, left = held.pop(), held.pop()
    if sign == "+":
        held.append(left + right)
    elif sign == "-":
        held.append(left - right)
    elif sign == "*":
        held.append(left * right)
    elif sign == "/":
        held.append(left / right)
    elif not -60 <= right <= 60:
        raise UncomputableError
    else:
        whole = isinstance(right, Fraction) and right.denominator == 1
        held.append(left ** int(right) if whole else float(left) ** float(right))


def _npv(values: Sequence[Number]) -> Number:
    """By Horner's rule, from the last period to the first."""
    total: Number = Fraction(0)
    for amount in reversed(values[1:]):
        total = (total + amount) / (1 + values[0])
    return total


def _sum(values: Sequence[Number]) -> Number:
    total: Number = Fraction(0)
    for value in reversed(values):
        total = total + value
    return total


_FUNCTIONS: Mapping[str, Callable[[Sequence[Number]], Number]] = {
    "min": min,
    "max": max,
    "sum": _sum,
    "mean": lambda values: _sum(values) / len(values),
    "abs": lambda values: -values[0] if values[0] < 0 else values[0],
    "npv": _npv,
}
