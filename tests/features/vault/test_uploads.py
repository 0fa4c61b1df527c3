"""The vault keeps what it was given, sealed, and nothing that was not given whole."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from features.vault.desk import ALL, LARGE, NOW, Desk, pieces, stored_rows
from futurone_server.features.vault import Filter, Label
from futurone_server.kit import limits
from futurone_server.kit.errors import Conflict, Gone, Invalid, TooLarge, Unavailable
from futurone_server.store.database import SYSTEM
from futurone_server.store.idempotency import Once

pytestmark = pytest.mark.anyio


async def cut(data: bytes) -> AsyncIterator[bytes]:
    async for piece in pieces(data):
        yield piece
    raise ConnectionResetError


@pytest.mark.parametrize("size", [0, 1, limits.BLOB_CHUNK_BYTES, limits.BLOB_CHUNK_BYTES + 1, len(LARGE)])
async def test_a_file_comes_out_as_it_went_in(desk: Desk, size: int) -> None:
    file = await desk.upload(LARGE[:size])
    assert await desk.download(file) == LARGE[:size]
    assert file.size == size
    assert await desk.vault.get(desk.caller, file.id) == file


async def test_a_file_says_its_name_type_size_and_digest(desk: Desk) -> None:
    file = await desk.upload(b"# Plan\n", name="../plans/Q3.md")
    assert (file.name, file.type, file.size) == ("Q3.md", "text/markdown", 7)
    assert file.sha256 == hashlib.sha256(b"# Plan\n").hexdigest()
    assert file.created_at == file.updated_at == NOW


async def test_nothing_readable_is_stored_and_nothing_readable_prints(desk: Desk) -> None:
    file = await desk.upload(b"MARKER in the bytes", name="MARKER in the name.txt")
    async with desk.db.transaction(SYSTEM) as tx:
        for table in ("vault_files", "blobs", "blob_chunks"):
            for row in await tx.execute(text(f"SELECT * FROM {table} AS t")):
                assert not any(b"MARKER" in bytes(value) for value in row if isinstance(value, bytes | memoryview))
                assert "MARKER" not in str([value for value in row if not isinstance(value, bytes | memoryview)])
                assert file.sha256 not in str(row)
    assert "MARKER" not in repr(file)
    assert file.sha256 not in repr(file)


async def test_a_file_over_the_limit_is_refused_and_nothing_of_it_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UPLOAD_BYTES_MAX", len(LARGE) - 1)
    with pytest.raises(TooLarge) as refusal:
        await desk.upload(LARGE)
    assert refusal.value.reason == "FILE_TOO_LARGE"
    assert await stored_rows(desk) == 0
    monkeypatch.setattr(limits, "UPLOAD_BYTES_MAX", len(LARGE))
    assert await desk.download(await desk.upload(LARGE)) == LARGE


async def test_a_large_file_is_never_whole_in_memory(desk: Desk) -> None:
    size = 16 << 20

    async def source() -> AsyncIterator[bytes]:
        for _ in range(size >> 16):
            yield bytes(1 << 16)

    tracemalloc.start()
    try:
        stored = await desk.vault.upload(desk.caller, source(), lambda _: Label(name="large.bin"))
        _, found = await desk.vault.open(desk.caller, stored.file.id)
        assert sum([len(piece) async for piece in found]) == size
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size / 2


async def test_a_body_that_is_cut_in_the_middle_stores_nothing(desk: Desk) -> None:
    with pytest.raises(ConnectionResetError):
        await desk.vault.upload(desk.caller, cut(LARGE), lambda _: Label(name="a.txt"))
    assert await stored_rows(desk) == 0
    assert (await desk.vault.list(desk.caller, Filter(), ALL)).total == 0


async def test_an_upload_that_is_cancelled_stores_nothing(desk: Desk) -> None:
    reached = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        async for piece in pieces(LARGE):
            yield piece
        reached.set()
        await asyncio.Event().wait()

    upload = asyncio.create_task(desk.vault.upload(desk.caller, stuck(), lambda _: Label(name="a.txt")))
    await reached.wait()
    assert await stored_rows(desk) > 0
    upload.cancel()
    await asyncio.gather(upload, return_exceptions=True)
    assert await stored_rows(desk) == 0


async def test_a_file_is_not_there_before_all_of_it_is(desk: Desk) -> None:
    async def watched() -> AsyncIterator[bytes]:
        async for piece in pieces(LARGE):
            assert (await desk.vault.list(desk.caller, Filter(), ALL)).total == 0
            yield piece

    await desk.vault.upload(desk.caller, watched(), lambda _: Label(name="a.txt"))
    assert (await desk.vault.list(desk.caller, Filter(), ALL)).total == 1


@pytest.mark.parametrize("label", [Label(name="\0"), Label(name="a.txt", folder_id="folder_1")])
async def test_what_is_said_of_a_file_is_judged_and_a_refused_one_stores_nothing(desk: Desk, label: Label) -> None:
    with pytest.raises(Invalid):
        await desk.vault.upload(desk.caller, pieces(LARGE), lambda _: label)
    assert await stored_rows(desk) == 0


async def test_a_crashed_upload_is_swept_and_one_that_goes_on_is_not(desk: Desk) -> None:
    async def crashing() -> AsyncIterator[bytes]:
        async for piece in pieces(LARGE):
            yield piece
        desk.clock.advance(3600)
        assert await desk.vault.sweep(NOW) == 0
        assert await desk.vault.sweep(desk.clock.now()) == 1
        assert await stored_rows(desk) == 0
        yield b"more"

    with pytest.raises(Unavailable, match="Nothing was stored"):
        await desk.vault.upload(desk.caller, crashing(), lambda _: Label(name="a.txt"))
    assert (await desk.vault.list(desk.caller, Filter(), ALL)).total == 0


async def test_a_stored_file_is_never_swept(desk: Desk) -> None:
    file = await desk.upload(LARGE)
    await desk.vault.sweep(NOW + timedelta(days=365))
    assert await desk.download(file) == LARGE


def wish(key: str, fingerprint: bytes = b"same") -> Once:
    return Once(operation="vault.upload", key=key, fingerprint=fingerprint)


async def test_the_same_upload_again_gives_the_same_file_and_stores_nothing_more(desk: Desk) -> None:
    first = await desk.upload(LARGE, once=wish("k1"))
    before = await stored_rows(desk)
    again = await desk.vault.upload(desk.caller, pieces(LARGE), lambda _: Label(name="a.txt", once=wish("k1")))
    assert again.replayed
    assert again.file == first
    assert await stored_rows(desk) == before


async def test_a_used_key_with_another_file_is_a_conflict_and_stores_nothing(desk: Desk) -> None:
    await desk.upload(b"one", once=wish("k2"))
    before = await stored_rows(desk)
    with pytest.raises(Conflict) as refusal:
        await desk.upload(LARGE, once=wish("k2", b"other"))
    assert refusal.value.reason == "IDEMPOTENCY_KEY_REUSED"
    assert await stored_rows(desk) == before


async def test_twenty_uploads_at_once_under_one_key_make_one_file(desk: Desk) -> None:
    label = Label(name="a.txt", once=wish("k3"))
    found = await asyncio.gather(*[desk.vault.upload(desk.caller, pieces(b"same"), lambda _: label) for _ in range(20)])
    assert len({one.file.id for one in found}) == 1
    assert [one.replayed for one in found].count(False) == 1
    assert (await desk.vault.list(desk.caller, Filter(), ALL)).total == 1


async def test_the_key_of_a_deleted_file_says_that_it_is_gone(desk: Desk) -> None:
    file = await desk.upload(b"one", once=wish("k4"))
    await desk.vault.delete(desk.caller, file.id)
    with pytest.raises(Gone):
        await desk.upload(b"one", once=wish("k4"))


async def test_the_digest_that_a_fingerprint_is_made_of_covers_every_byte(desk: Desk) -> None:
    seen: list[str] = []

    def label_of(sha256: str) -> Label:
        seen.append(sha256)
        return Label(name="a.txt")

    for data in (LARGE, b"x" + LARGE[1:], LARGE[:-1] + b"x"):
        stored = await desk.vault.upload(desk.caller, pieces(data), label_of)
        assert stored.file.sha256 == seen[-1] == hashlib.sha256(data).hexdigest()
