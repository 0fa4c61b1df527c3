"""Formulas: computed exactly by two unlike evaluators that agree, and nothing but arithmetic is ever computed."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from futurone_server.pipelines.strategy.checks.stack import UncomputableError, program, run
from futurone_server.pipelines.strategy.formula import FormulaError, compile_formula, names_in, prepared

VALUES = {"a": Decimal(7), "b": Decimal("2.5"), "unit_cost": Decimal(3)}
NAMES = ("a", "b", "unit cost")


def _first(expression: str) -> Decimal:
    return compile_formula(prepared(expression, NAMES))(VALUES)


def _second(expression: str) -> Fraction | float:
    return run(program(expression, NAMES), {name: Fraction(value) for name, value in VALUES.items()})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a + b * 2", "12"),
        ("(a + b) * 2", "19"),
        ("a - b - 1", "3.5"),
        ("8 / 4 / 2", "1"),
        ("2 ^ 3 ^ 2", "512"),
        ("2 ** -2", "0.25"),
        ("-a + 1", "-6"),
        ("-2 ^ 2", "-4"),
        ("a × Unit Cost", "21"),
        ("a * 20 %", "1.4"),
        ("= a - $1,200", "-1193"),
        ("min(a, b, 1) + max(a, b)", "8"),
        ("sum(a, b, 0.5)", "10"),
        ("mean(a, b, 2.5)", "4"),
        ("abs(b - a)", "4.5"),
        ("npv(10 %, 110, 121)", "200"),
    ],
)
def test_both_evaluators_compute_what_is_meant(expression: str, value: str) -> None:
    assert _first(expression) == Decimal(value)
    assert _second(expression) == Fraction(value)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "a.__class__",
        "a[0]",
        "[a for a in b]",
        "lambda: a",
        "'text'",
        "f'{a}'",
        "a if b else 1",
        "a and b",
        "a < b",
        "open(a)",
        "min()",
        "min(a, key=b)",
        "a := 1",
        "True",
        "1e999",
        "",
        "a +",
        "a b c",
        "(" * 300,
        "1+" * 150 + "1",
        "9" * 600,
        "a; b",
        "2 ^ 61",
        "9 ^ 60 ^ 9",
        "a / (b - b)",
        "0 / (a - a)",
        "(0 - a) ^ 0.5",
    ],
)
def test_everything_else_is_refused_with_words(expression: str) -> None:
    with pytest.raises(FormulaError, match=r"\w"):
        _first(expression)


@given(st.text(max_size=80))
def test_no_text_makes_an_evaluator_fail_otherwise(text: str) -> None:
    for evaluate, error in ((_first, FormulaError), (_second, UncomputableError)):
        try:
            evaluate(text)
        except error:
            continue


_LEAVES = st.one_of(st.sampled_from(["a", "b", "unit cost"]), st.integers(0, 99).map(str), st.just("2.5"))


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(" ".join)
    return st.one_of(
        pairs,
        pairs.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-({text})"),
        st.tuples(inner, inner).map(lambda both: f"max({both[0]}, {both[1]})"),
    )


@given(st.recursive(_LEAVES, _combined, max_leaves=12))
def test_tree_and_stack_agree_on_every_formula(expression: str) -> None:
    try:
        first = _first(expression)
    except FormulaError:
        with pytest.raises(UncomputableError):
            _second(expression)
        return
    second = Fraction(_second(expression))
    assume(abs(second) < 10**20)
    assert abs(Fraction(first) - second) <= max(Fraction(1), abs(second)) / 10**20


def test_the_names_a_formula_needs_are_told_in_its_order() -> None:
    assert names_in(prepared("b * unit cost - tax rate + max(a, b)", NAMES)) == ("b", "unit_cost", "tax_rate", "a")
