"""Wrong keys: an address may try twenty a minute; this machine and keys that hold are never held up."""

from typing import Any

import pytest

from futurone_server.kit.clock import ManualClock, SystemClock
from futurone_server.kit.errors import RateLimited
from futurone_server.web import failures
from futurone_server.web import guesses as module
from futurone_server.web.guesses import Guesses


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now())


@pytest.fixture
def guesses(clock: ManualClock) -> Guesses:
    return Guesses(clock)


def of(address: str | None) -> dict[str, Any]:
    return {"client": None if address is None else (address, 4711)}


def tried(guesses: Guesses, address: str | None, count: int) -> int:
    """How many wrong keys were looked at, of so many."""
    for number in range(count):
        try:
            guesses.check(of(address), f"wrong {number}")
        except RateLimited:
            return number
        guesses.failed(of(address))
    return count


def test_an_address_may_try_twenty_wrong_keys_and_then_has_to_wait(guesses: Guesses, clock: ManualClock) -> None:
    assert tried(guesses, "203.0.113.7", 50) == 20
    with pytest.raises(RateLimited, match=r"keys or links .* Try again in") as refused:
        guesses.check(of("203.0.113.7"), "one more")
    assert 1 <= refused.value.retry_after_s <= 4
    assert tried(guesses, "203.0.113.8", 5) == 5, "others are not held up"
    clock.advance(refused.value.retry_after_s)
    assert tried(guesses, "203.0.113.7", 5) == 1
    clock.advance(60)
    assert tried(guesses, "203.0.113.7", 50) == 20


def test_a_key_that_held_is_let_in_from_an_address_that_has_to_wait(guesses: Guesses, clock: ManualClock) -> None:
    guesses.held("good")
    assert tried(guesses, "203.0.113.7", 50) == 20
    guesses.check(of("203.0.113.7"), "good")
    clock.advance(601)
    assert tried(guesses, "203.0.113.7", 50) == 20
    with pytest.raises(RateLimited):
        guesses.check(of("203.0.113.7"), "good")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", None, "", "testclient"])
def test_this_machine_is_never_held_up(address: str | None, guesses: Guesses) -> None:
    assert tried(guesses, address, 50) == 50


def test_all_addresses_of_one_ipv6_network_are_one(guesses: Guesses) -> None:
    for number in range(20):
        assert tried(guesses, f"2001:db8:1:2::{number:x}", 1) == 1
    assert tried(guesses, "2001:db8:1:2:ffff::1", 1) == 0
    assert tried(guesses, "2001:db8:1:3::1", 1) == 1
    assert tried(guesses, "::ffff:203.0.113.7", 50) == 20
    assert tried(guesses, "203.0.113.7", 1) == 0, "the same address in both spellings"


def test_what_is_remembered_is_bounded(guesses: Guesses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "_NAMES_MAX", 100)
    monkeypatch.setattr(module, "_KNOWN_MAX", 100)
    for number in range(1_000):
        guesses.failed(of(f"10.0.{number // 250}.{number % 250}"))
        guesses.held(f"key {number}")
    assert (len(guesses._failures._failed), len(guesses._known)) == (100, 100)
