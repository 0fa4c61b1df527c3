"""Ids sort by age and are never guessed; times are written in one way."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.kit import errors
from futurone_server.kit.clock import ManualClock, SystemClock, to_milli, to_second
from futurone_server.kit.ids import ALPHABET, LENGTH, is_id, new_id

AT = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
moments = st.integers(1_740_000_000, 2_777_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))


def test_an_id_is_a_prefix_and_26_characters() -> None:
    made = new_id("fo_run_", AT)
    assert len(made) == len("fo_run_") + 26 == len("fo_run_") + LENGTH
    assert set(made.removeprefix("fo_run_")) <= set(ALPHABET)
    assert is_id(made, "fo_run_")


def test_ids_of_one_moment_differ() -> None:
    assert len({new_id("x_", AT) for _ in range(10_000)}) == 10_000


def test_an_id_tells_nothing_of_the_next() -> None:
    chances = [new_id("x_", AT)[-20:] for _ in range(1_000)]
    for place in range(20):
        assert len({chance[place] for chance in chances}) == len(ALPHABET), "every character is as good as any other"
    assert chances != sorted(chances)


@given(moments, moments)
def test_ids_sort_by_age_to_the_second(one: datetime, other: datetime) -> None:
    if abs(one - other) >= timedelta(seconds=1):
        assert (new_id("x_", one) < new_id("x_", other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    ["", "fo_run_", "fo_run_" + "0" * 25, "fo_run_" + "0" * 27, "key_" + "0" * 26, "fo_run_" + "0" * 25 + "I",
     "fo_run_" + "0" * 25 + "u", "fo_run_" + "0" * 25 + "\n", "FO_RUN_" + "0" * 26, "fo_run_" + "\u0660" * 26],
)  # fmt: skip
def test_what_has_not_the_shape_of_an_id_is_none(text: str) -> None:
    assert not is_id(text, "fo_run_")


def test_the_alphabet_has_no_letters_that_look_alike() -> None:
    assert not set(ALPHABET) & set("ilou")
    assert len(ALPHABET) == 32


def test_times_are_written_in_utc_to_the_second_and_to_the_millisecond() -> None:
    here = datetime(2026, 6, 9, 16, 22, 31, 42_999, tzinfo=timezone(timedelta(hours=2)))
    assert to_second(here) == "2026-06-09T14:22:31Z"
    assert to_milli(here) == "2026-06-09T14:22:31.042Z"
    assert to_milli(AT) == "2026-11-21T12:00:00.000Z"


def test_a_clock_of_ones_own_moves_when_it_is_told_to() -> None:
    clock = ManualClock(AT)
    clock.advance(90)
    assert clock.now() == AT + timedelta(seconds=90)
    assert clock.monotonic() == 90
    assert clock.now() == clock.now()


def test_the_machines_clock_is_aware_and_goes_forward() -> None:
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    first = clock.monotonic()
    assert clock.monotonic() >= first


def test_every_refusal_has_a_stable_reason_and_says_what_to_do() -> None:
    reasons = {kind.default_reason for kind in errors.Refusal.__subclasses__()}
    assert all(reason.replace("_", "").isupper() for reason in reasons)
    assert len(reasons) == len(errors.Refusal.__subclasses__())
    named = errors.invalid_field("limit", "must be from 1 to 100")
    assert (named.message, named.reason) == ("limit: must be from 1 to 100", "FIELD_INVALID")
    assert named.details == {"field": "limit"}
    assert errors.missing_field("task", "is required").reason == "FIELD_MISSING"
    assert errors.RateLimited("x", retry_after_s=30).retry_after_s == 30
