"""Numbers as people write them are read exactly, twice by different code, and written so that they read back."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.pipelines.strategy.amount import plain, read_amount, shown
from futurone_server.pipelines.strategy.checks.fractions import is_close, read_number

WRITTEN = [
    ("1200", "1200"),
    ("1,200", "1200"),
    ("1,200,000.50", "1200000.5"),
    ("1.200,50", "1200.5"),
    ("1'200", "1200"),
    ("0.5", "0.5"),
    (".5", "0.5"),
    ("3,5", "3.5"),
    ("20 %", "0.2"),
    ("12.5%", "0.125"),
    ("$1.5m", "1500000"),
    ("€2bn", "2000000000"),
    ("3 million", "3000000"),
    ("15k", "15000"),
    ("-5", "-5"),
    ("−5", "-5"),
    ("(300)", "-300"),
    ("($300)", "-300"),
    ("-$5", "-5"),
    ("8 days", "8"),
    ("30 euros", "30"),
]


@pytest.mark.parametrize(("text", "value"), WRITTEN)
def test_a_number_is_read_as_it_is_meant(text: str, value: str) -> None:
    amount = read_amount(text)
    assert amount is not None
    assert amount.value == Decimal(value)


@pytest.mark.parametrize(("text", "value"), WRITTEN)
def test_the_second_reader_reads_the_same(text: str, value: str) -> None:
    assert read_number(text) == Fraction(value)


@pytest.mark.parametrize("text", ["", "abc", "1 and 2", "2024-05-01", "1.2.3", "12 of 40", "1,2,3", "=1+1", "9" * 40])
def test_what_is_no_number_is_not_read_as_one(text: str) -> None:
    assert read_amount(text) is None


@given(st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, places=4))
def test_what_is_shown_reads_back_within_its_rounding(value: Decimal) -> None:
    told = shown(value)
    assert is_close(told, Fraction(value))
    read = read_amount(told)
    assert read is not None
    assert abs(read.value - value) <= (Decimal("0.005") if abs(value) >= 1000 else Decimal("0.00005"))


@given(st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, places=9))
def test_numbers_for_programs_are_exact(value: Decimal) -> None:
    assert Decimal(plain(value)) == value


@given(st.decimals(min_value=-1000, max_value=1000, allow_nan=False, places=4))
def test_a_number_that_is_off_by_one_in_its_last_place_is_not_close(value: Decimal) -> None:
    assert not is_close(shown(value + Decimal("0.0002")), Fraction(value)) or abs(value) >= Decimal("999.9")


@given(st.text(max_size=60))
def test_no_text_makes_a_reader_fail(text: str) -> None:
    read_amount(text)
    read_number(text)
