"""Arithmetic is exact on decimals, knows only what it is given, and ends."""

from decimal import Decimal

import pytest

from futurone_server.tools.port import ToolFailedError
from futurone_server.tools.programs import evaluate
from futurone_server.tools.programs.arithmetic import write


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("0.1 + 0.2", "0.3"),
        (" 2 * (3 + 4) ** 2 ", "98"),
        ("-7 // 2", "-4"),
        ("-7 % 3", "2"),
        ("7 % -3", "-2"),
        ("1_000.50 * 3", "3001.5"),
        ("1e3 / 8", "125"),
        ("12345678901234567890.123456789 + 1", "12345678901234567891.123456789"),
        ("round(2.345, 2)", "2.34"),
        ("round(2.5) + abs(-1) + min(3, 2) + max(1, 4)", "9"),
        ("sum(1, 2, 3.5)", "6.5"),
        ("sqrt(16)", "4"),
        ("price * count * (1 - discount)", "170.1"),
        ("10 ** 30", "1000000000000000000000000000000"),
        ("1 / 3", "0." + "3" * 60),
        ("5 - 5.0", "0"),
        ("10 ** 100", "1E+100"),
    ],
)
def test_a_sum_is_what_it_is_on_paper(expression: str, value: str) -> None:
    names: dict[str, int | float | Decimal] = {"price": Decimal("18.90"), "count": 10, "discount": 0.1}
    assert write(evaluate(expression, names)) == value


@pytest.mark.parametrize(
    "expression",
    [
        "", "1 +", "x", "abs", "__import__('os')", "price.real", "'a' * 3", "[1]", "1 if 1 else 2", "1 < 2",
        "lambda: 1", "1j", "True", "0x10", "1 @ 2", "1 << 2", "f'{1}'", "abs(1, 2)", "abs(*[1])", "round(1, x=2)",
        "round(1, 0.5)", "exec(1)", "(" * 500 + "1" + ")" * 500, "-" * 900 + "1" + "*" * 5, "1" * 1001, "price := 3",
        "1 is 1", "1if 1else 2",
    ],
)  # fmt: skip
def test_what_is_not_arithmetic_is_refused(expression: str) -> None:
    with pytest.raises(ToolFailedError) as caught:
        evaluate(expression, {"price": 1})
    assert caught.value.reason_code == "ARITHMETIC_INVALID"


@pytest.mark.parametrize("expression", ["1 / 0", "1 // 0", "1 % 0", "9 ** 9 ** 9", "sqrt(-1)", "0 ** 0", "1e9999 * 10"])
def test_a_sum_without_a_result_is_said_to_have_none(expression: str) -> None:
    with pytest.raises(ToolFailedError) as caught:
        evaluate(expression, {})
    assert caught.value.reason_code == "ARITHMETIC_FAILED"
