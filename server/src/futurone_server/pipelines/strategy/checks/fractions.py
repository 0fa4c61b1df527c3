"""Numbers read a second time, as exact fractions, and compared with how reports round them."""

import re
from fractions import Fraction

Number = Fraction | float

_SCALE = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "mio": 10**6, "million": 10**6,
    "b": 10**9, "bn": 10**9, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip


def read_number(text: str, *, has_comma: bool = False) -> Fraction | None:
    """The first number of a text as a fraction; None where there is none. Decimals may stand after a comma."""
    found = re.search(r"\d[\d.,'’]*\d|\d|\.\d+", text)
    if found is None:
        return None
    digits = found.group().replace("'", "").replace("’", "")
    if has_comma:
        digits = "".join({",": ".", ".": ","}.get(char, char) for char in digits)
    marks = [char for char in digits if char in ",."]
    if len(set(marks)) == 2:
        digits = digits.replace(marks[0], "").replace(marks[-1], ".")
    elif marks and marks[0] == ",":
        groups = digits.split(",")
        is_grouped = all(len(group) == 3 for group in groups[1:]) and 1 <= len(groups[0]) <= 3
        digits = digits.replace(",", "" if is_grouped else ".")
    elif len(marks) > 1:
        digits = digits.replace(".", "")
    if digits.count(".") > 1:
        return None
    value = Fraction(f"0{digits}" if digits.startswith(".") else digits)
    after = text[found.end() :].strip().lower()
    word = re.match(r"%|[a-z]+(?: cent)?", after)
    unit = word.group() if word else ""
    if unit in ("%", "percent", "per cent"):
        value /= 100
    value *= _SCALE.get(unit.split(" ")[0], 1)
    before = text[: found.start()].replace(" ", "")
    return -value if before.endswith(("-", "−", "-$", "-€", "-£", "−$", "−€", "−£", "(", "($", "(€", "(£")) else value


def is_close(told: str, value: Number | None) -> bool:
    """Whether a number of a report is a value, rounded as reports round."""
    told_value = read_number(told.replace(",", ""))
    if told_value is None or value is None:
        return False
    # Four decimals, two from a thousand on; a percentage is told as a hundred times its value.
    step = 0.0051 if abs(float(value)) >= 999.99 else 0.000051
    if told.strip().endswith("%"):
        return abs(float(told_value) - float(value)) <= 0.00011
    return abs(float(told_value) - float(value)) <= step + abs(float(value)) * 1e-9
