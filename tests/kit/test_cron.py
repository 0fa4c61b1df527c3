"""Cron expressions: what they mean when clocks change, on leap days, and which ones are refused."""

from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.kit.cron import EXPRESSION_CHARS_MAX, day_of, read_cron, read_zone
from futurone_server.kit.errors import Invalid


def local_times(expression: str, zone: str, after: str, count: int) -> list[str]:
    """The next due times as the clock on the wall shows them, with their offset from UTC."""
    place = ZoneInfo(zone)
    moment = datetime.fromisoformat(after).astimezone(UTC)
    return [
        due.astimezone(place).strftime("%m-%d %H:%M %z")
        for due in islice(read_cron(expression).after(moment, place), count)
    ]


@pytest.mark.parametrize(
    ("zone", "after", "expected"),
    [
        ("Europe/Berlin", "2026-10-24T12:00:00+02:00", ["10-25 02:30 +0200", "10-26 02:30 +0100"]),
        ("America/New_York", "2026-10-31T12:00:00-04:00", ["11-01 02:30 -0500", "11-02 02:30 -0500"]),
        ("Australia/Lord_Howe", "2026-04-04T12:00:00+11:00", ["04-05 02:30 +1030", "04-06 02:30 +1030"]),
    ],
)
def test_a_day_on_which_clocks_are_put_back_has_one_fire(zone: str, after: str, expected: list[str]) -> None:
    assert local_times("30 2 * * *", zone, after, 2) == expected


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        ("30 1 * * *", "America/New_York", "2026-10-31T12:00:00-04:00", ["11-01 01:30 -0400", "11-02 01:30 -0500"]),
        ("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T12:00:00+11:00", ["04-05 01:45 +1100", "04-06 01:45 +1030"]),
        ("*/30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00", ["10-25 02:00 +0200", "10-25 02:30 +0200"]),
        ("0 */2 * * *", "Europe/Berlin", "2026-10-25T01:00:00+02:00", ["10-25 02:00 +0200", "10-25 04:00 +0100"]),
    ],
)
def test_a_repeated_hour_fires_once_and_the_first_time(
    expression: str, zone: str, after: str, expected: list[str]
) -> None:
    assert local_times(expression, zone, after, 2) == expected


def test_who_looks_in_the_second_of_two_equal_hours_is_not_told_of_the_first() -> None:
    assert local_times("30 2 * * *", "Europe/Berlin", "2026-10-25T02:15:00+01:00", 1) == ["10-26 02:30 +0100"]


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00", ["03-29 03:00 +0200", "03-30 02:30 +0200"]),
        ("30 2 * * *", "America/New_York", "2026-03-07T12:00:00-05:00", ["03-08 03:00 -0400", "03-09 02:30 -0400"]),
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30", ["10-04 02:30 +1100", "10-05 02:15 +1100"]),
        ("0 */2 * * *", "Europe/Berlin", "2026-03-29T00:30:00+01:00", ["03-29 03:00 +0200", "03-29 04:00 +0200"]),
        ("0 0 30 12 *", "Pacific/Apia", "2011-12-29T01:00:00-10:00", ["12-31 00:00 +1400", "12-30 00:00 +1400"]),
    ],
)
def test_a_missing_time_fires_at_its_end(expression: str, zone: str, after: str, expected: list[str]) -> None:
    assert local_times(expression, zone, after, 2) == expected


def test_all_that_falls_into_a_missing_hour_is_one_fire() -> None:
    found = local_times("*/20 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00:00+01:00", 4)
    assert found == ["03-29 03:00 +0200", "03-29 03:20 +0200", "03-29 03:40 +0200", "03-30 02:00 +0200"]


@pytest.mark.parametrize("hours", ["*", "*/1", "0-23"])
def test_what_fires_in_every_hour_goes_by_the_hours_that_pass(hours: str) -> None:
    autumn = local_times(f"30 {hours} * * *", "Europe/Berlin", "2026-10-25T01:00:00+02:00", 4)
    assert autumn == ["10-25 01:30 +0200", "10-25 02:30 +0200", "10-25 02:30 +0100", "10-25 03:30 +0100"]
    spring = local_times(f"30 {hours} * * *", "Europe/Berlin", "2026-03-29T01:00:00+01:00", 2)
    assert spring == ["03-29 01:30 +0100", "03-29 03:30 +0200"]


def test_the_leap_day_comes_every_four_years() -> None:
    cron = read_cron("0 12 29 2 *")
    years = [due.year for due in islice(cron.after(datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC")), 3)]
    assert years == [2028, 2032, 2036]


@pytest.mark.parametrize(
    ("named", "written"),
    [("@hourly", "0 * * * *"), ("@Daily", "0 0 * * *"), ("@weekly", "0 0 * * 0"), ("@yearly", "0 0 1 1 *")],
)
def test_names_stand_for_expressions(named: str, written: str) -> None:
    assert read_cron(named) == read_cron(written)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("61 * * * *", r"the minute \(field 1, character 1\) cannot be '61'; it takes 0 to 59"),
        ("0 1,25 * * *", r"the hour \(field 2, character 5\) cannot be '25'"),
        ("0  0 32 * *", r"the day of the month \(field 3, character 6\)"),
        ("0 0 1 13 *", r"the month \(field 4, character 7\)"),
        ("0 0 * * FRIDAY", r"the day of the week \(field 5, character 9\)"),
        ("*/0 * * * *", r"the minute \(field 1, character 1\)"),
        ("0 5-3 * * *", r"the hour \(field 2, character 3\)"),
        ("0 0 , * *", r"the day of the month"),
        ("٣ * * * *", r"the minute"),
        ("0 0 * *", r"five fields .*, and has 4"),
        ("0 0 0 * * *", r"five fields .*, and has 6"),
        ("", r"five fields .*, and has 0"),
        ("@reboot", r"five fields or one of @hourly"),
        ("0 0 30 2 *", r"never fires"),
        ("0 0 31 4,6,9,11 *", r"never fires"),
        ("0 " * EXPRESSION_CHARS_MAX, r"at most 100 characters"),
    ],
)
def test_what_is_no_expression_is_refused_with_the_part_that_is_wrong(expression: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        read_cron(expression, field="cron")
    assert refused.value.details["field"] == "cron"


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Olympus", "Europe", "../etc/passwd", "/etc/localtime", "right/UTC", "localtime", "utc\0", "a" * 300],
)
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="IANA time zone"):
        read_zone(name)


@given(st.lists(st.text(alphabet="0123456789*,-/#LWJANMONSUN@ ", max_size=8), min_size=1, max_size=6).map(" ".join))
def test_no_text_does_anything_but_fire_or_be_refused(expression: str) -> None:
    try:
        cron = read_cron(expression)
    except Invalid:
        return
    start = datetime(2026, 3, 29, tzinfo=UTC)
    first, second = list(islice(cron.after(start, ZoneInfo("Europe/Berlin")), 2)) or [start, start]
    assert start < first
    assert (second - first).total_seconds() >= 60, "nothing fires more often than once a minute"


def test_a_day_is_as_long_as_its_zone_makes_it() -> None:
    lengths = []
    for moment in ("2026-03-29T12:00:00+02:00", "2026-10-25T12:00:00+01:00", "2026-06-01T00:00:00+02:00"):
        begin, end = day_of(datetime.fromisoformat(moment), ZoneInfo("Europe/Berlin"))
        lengths.append((end - begin).total_seconds() / 3600)
    assert lengths == [23, 25, 24]
