"""Wrong passwords: guessing gets slow from everywhere, and who was let in before is not kept out by others."""

from contextlib import ExitStack, suppress
from typing import Any

import pytest

from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.kit.errors import RateLimited, Unauthenticated, Unavailable
from futurone_server.web.logins import LogIns

HOME = "203.0.113.7"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
def logins(clock: ManualClock) -> LogIns:
    return LogIns(clock)


def of(address: str) -> dict[str, Any]:
    return {"client": (address, 4711)}


def wrong(logins: LogIns, address: str, account: str = "olga") -> None:
    """A wrong password. Raises RateLimited where none is looked at."""
    with suppress(Unauthenticated), logins.attempt(of(address), account):
        raise Unauthenticated("The password is not right.", "AUTH_LOGIN_FAILED")


def right(logins: LogIns, address: str) -> None:
    """A right password."""
    with logins.attempt(of(address), "olga"):
        pass


def tried(logins: LogIns, address: str, count: int, account: str = "olga") -> int:
    """How many wrong passwords were looked at, of so many."""
    for number in range(count):
        try:
            wrong(logins, address, account)
        except RateLimited:
            return number
    return count


def test_after_ten_wrong_passwords_from_one_address_each_takes_a_minute(logins: LogIns, clock: ManualClock) -> None:
    assert tried(logins, HOME, 50) == 10
    with pytest.raises(RateLimited) as refused:
        wrong(logins, HOME)
    assert 1 <= refused.value.retry_after_s <= 61
    clock.advance(refused.value.retry_after_s)
    assert tried(logins, HOME, 5) == 1
    assert tried(logins, "198.51.100.1", 5) == 5, "others are not held up"


def test_this_machine_may_not_guess_either(logins: LogIns) -> None:
    assert tried(logins, "127.0.0.1", 50) == 10


def test_one_address_may_not_try_one_password_at_every_account(logins: LogIns) -> None:
    assert sum(tried(logins, HOME, 1, f"account {number}") for number in range(100)) == 50


def test_guesses_from_everywhere_get_slow_and_keep_nobody_out_who_was_in_before(
    logins: LogIns, clock: ManualClock
) -> None:
    right(logins, HOME)
    assert sum(tried(logins, f"198.51.{number}.1", 1) for number in range(200)) == 100
    with pytest.raises(RateLimited) as refused:
        wrong(logins, "192.0.2.1")
    assert refused.value.retry_after_s <= 37
    wrong(logins, HOME)
    clock.advance(3600)
    wrong(logins, "192.0.2.1")


def test_a_right_password_makes_up_for_wrong_ones(logins: LogIns) -> None:
    assert tried(logins, HOME, 9) == 9
    right(logins, HOME)
    assert tried(logins, HOME, 50) == 10


def test_passwords_that_are_tried_at_once_are_no_more_than_those_that_are_tried_in_turn(logins: LogIns) -> None:
    looked_at = 0
    with suppress(Unauthenticated), ExitStack() as under_way:
        for _ in range(50):
            with suppress(RateLimited):
                under_way.enter_context(logins.attempt(of(HOME), "olga"))
                looked_at += 1
        raise Unauthenticated("None of them is right.", "AUTH_LOGIN_FAILED")
    assert looked_at == 10
    with pytest.raises(RateLimited) as refused:
        wrong(logins, HOME)
    assert refused.value.retry_after_s <= 61, "those that were not looked at cost nobody anything"


def test_what_was_not_looked_at_is_not_counted(logins: LogIns) -> None:
    for _ in range(200):
        with suppress(Unavailable), logins.attempt(of(HOME), "olga"):
            raise Unavailable("Too many people sign in at this moment.")
        right(logins, HOME)
    assert tried(logins, HOME, 50) == 10
