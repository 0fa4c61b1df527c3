"""Chunks: whatever way bytes come in, they come out the same; whatever is done to them in between is noticed."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from futurone_server.blobs import ChunkOpener, ChunkSealer
from futurone_server.kit.crypto import CannotOpen, new_key

OWNER = "ws_one|file_one"
CHUNK_BYTES = 8


def sealed(key: bytes, pieces: Sequence[bytes], owner: str = OWNER) -> list[bytes]:
    sealer = ChunkSealer(key, owner, chunk_bytes=CHUNK_BYTES)
    return [chunk for piece in pieces for chunk in sealer.add(piece)] + [sealer.end()]


def opened(key: bytes, chunks: Sequence[bytes], size: int, owner: str = OWNER) -> bytes:
    opener = ChunkOpener(key, owner, size, chunk_bytes=CHUNK_BYTES)
    assert len(chunks) == opener.count
    return b"".join(opener.open(n, chunk) for n, chunk in enumerate(chunks))


@given(pieces=st.lists(st.binary(max_size=20), max_size=8))
def test_bytes_come_out_as_they_went_in_however_they_arrived(pieces: list[bytes]) -> None:
    key, whole = new_key(), b"".join(pieces)
    assert opened(key, sealed(key, pieces), len(whole)) == whole


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_sizes_around_a_chunk_are_no_special_case(size: int) -> None:
    key, whole = new_key(), bytes(range(size))
    assert opened(key, sealed(key, [whole]), size) == whole


def test_no_chunk_holds_the_plain_bytes() -> None:
    chunks = sealed(new_key(), [b"marker--" * 3])
    assert not any(b"marker" in chunk for chunk in chunks)


def test_the_sealer_holds_no_more_than_one_chunk_in_plain_form() -> None:
    sealer = ChunkSealer(new_key(), OWNER, chunk_bytes=CHUNK_BYTES)
    sealer.add(bytes(100 * CHUNK_BYTES))
    assert len(sealer._held) <= CHUNK_BYTES


def test_a_file_that_was_cut_off_does_not_pass_for_a_shorter_one() -> None:
    key = new_key()
    chunks = sealed(key, [bytes(3 * CHUNK_BYTES)])
    with pytest.raises(CannotOpen):
        opened(key, chunks[:2], 2 * CHUNK_BYTES)


def test_a_file_that_was_added_to_does_not_pass_for_a_longer_one() -> None:
    key = new_key()
    chunks = sealed(key, [bytes(2 * CHUNK_BYTES)])
    with pytest.raises(CannotOpen):
        opened(key, [*chunks, chunks[-1]], 3 * CHUNK_BYTES)


def test_chunks_in_another_order_do_not_open() -> None:
    key = new_key()
    first, second, third = sealed(key, [bytes(3 * CHUNK_BYTES)])
    with pytest.raises(CannotOpen):
        opened(key, [second, first, third], 3 * CHUNK_BYTES)


def test_chunks_of_another_file_do_not_open_even_under_the_same_key() -> None:
    key = new_key()
    chunks = sealed(key, [bytes(2 * CHUNK_BYTES)], owner="ws_one|file_two")
    with pytest.raises(CannotOpen):
        opened(key, chunks, 2 * CHUNK_BYTES)


@given(data=st.data())
def test_a_single_changed_bit_is_noticed(data: st.DataObject) -> None:
    key = new_key()
    chunks = sealed(key, [b"twelve bytes"])
    n = data.draw(st.integers(0, len(chunks) - 1))
    at = data.draw(st.integers(0, len(chunks[n]) - 1))
    broken = bytearray(chunks[n])
    broken[at] ^= 1 << data.draw(st.integers(0, 7))
    chunks[n] = bytes(broken)
    with pytest.raises(CannotOpen):
        opened(key, chunks, 12)
