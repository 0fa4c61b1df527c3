"""Sealing: what was sealed opens with its key at its place, and in no other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.kit.crypto import KEY_BYTES, CannotOpen, Sealer, authenticate, derive, new_key, same

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_at_its_place(plain: bytes, place: str) -> None:
    sealed = Sealer(KEY).seal(plain, place)
    assert Sealer(KEY).open(sealed, place) == plain
    assert len(plain) < 8 or plain not in sealed


@given(st.binary(), st.text(max_size=20), st.text(max_size=20))
def test_it_opens_at_no_other_place(plain: bytes, place: str, other: str) -> None:
    sealed = Sealer(KEY).seal(plain, place.encode("utf-8", "replace").decode())
    if place != other:
        with pytest.raises(CannotOpen):
            Sealer(KEY).open(sealed, other.encode("utf-8", "replace").decode())


def test_it_opens_with_no_other_key() -> None:
    with pytest.raises(CannotOpen):
        Sealer(OTHER).open(Sealer(KEY).seal(b"plain", "place"), "place")


def test_no_changed_byte_opens() -> None:
    sealed = Sealer(KEY).seal(b"plain text", "place")
    for index in range(len(sealed)):
        changed = sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :]
        with pytest.raises(CannotOpen):
            Sealer(KEY).open(changed, "place")


def test_no_part_opens() -> None:
    sealed = Sealer(KEY).seal(b"plain text", "place")
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            Sealer(KEY).open(sealed[:length], "place")
    with pytest.raises(CannotOpen):
        Sealer(KEY).open(sealed + b"x", "place")


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    sealer = Sealer(KEY)
    assert len({sealer.seal(b"plain", "place") for _ in range(1000)}) == 1000


def test_keys_are_fresh_and_as_long_as_they_should_be() -> None:
    keys = {new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {KEY_BYTES} == {32}


def test_every_purpose_has_a_key_of_its_own() -> None:
    keys = {derive(KEY, "a"), derive(KEY, "b"), derive(OTHER, "a"), KEY, OTHER}
    assert len(keys) == 5
    assert derive(KEY, "a") == derive(KEY, "a")


def test_a_fingerprint_depends_on_key_and_message() -> None:
    assert authenticate(KEY, b"m") == authenticate(KEY, b"m")
    assert len({authenticate(KEY, b"m"), authenticate(KEY, b"n"), authenticate(OTHER, b"m")}) == 3
    # The test vector of RFC 4231, 4.3.
    vector = authenticate(b"Jefe", b"what do ya want for nothing?").hex()
    assert vector == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_sameness_is_equality() -> None:
    assert same(b"abc", b"abc")
    assert not same(b"abc", b"abd")
    assert not same(b"abc", b"ab")
