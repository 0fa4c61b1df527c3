"""The vault keeps what it was given, for whom it was given, and nothing that was not given whole."""

import asyncio
import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from features.vault.conftest import NOW, Desk, pieces, principal
from futurone_server.blobs.tables import blob_chunks, blobs
from futurone_server.eventlog import Seals
from futurone_server.features.keys import Capability
from futurone_server.features.vault import File, Filter, Label, VaultService
from futurone_server.features.vault.tables import vault_files
from futurone_server.kit import limits
from futurone_server.kit.errors import Conflict, Forbidden, Gone, Invalid, NotFound, TooLarge, Unavailable
from futurone_server.kit.page import Window
from futurone_server.store.database import SYSTEM, of_workspace
from futurone_server.store.idempotency import Once

pytestmark = pytest.mark.anyio
LARGE = bytes(range(256)) * 4 * 1024 * 3  # three MiB: several trips to the database
ALL = Window(limit=100)


async def leftovers(desk: Desk) -> int:
    """How many blobs and chunks the caller's workspace has, files or not."""
    async with desk.db.transaction(of_workspace(desk.caller.workspace_id)) as tx:
        found = [
            (
                await tx.execute(
                    select(func.count()).select_from(one).where(one.c.workspace_id == desk.caller.workspace_id)
                )
            )
            for one in (blobs, blob_chunks)
        ]
    return sum(one.scalar_one() for one in found)


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
    assert await leftovers(desk) == 0
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
    assert await leftovers(desk) == 0
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
    assert await leftovers(desk) > 0
    upload.cancel()
    await asyncio.gather(upload, return_exceptions=True)
    assert await leftovers(desk) == 0


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
    assert await leftovers(desk) == 0


async def test_a_crashed_upload_is_swept_and_one_that_goes_on_is_not(desk: Desk) -> None:
    async def crashing() -> AsyncIterator[bytes]:
        async for piece in pieces(LARGE):
            yield piece
        desk.clock.advance(3600)
        assert await desk.vault.sweep(NOW) == 0
        assert await desk.vault.sweep(desk.clock.now()) == 1
        assert await leftovers(desk) == 0
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
    before = await leftovers(desk)
    again = await desk.vault.upload(desk.caller, pieces(LARGE), lambda _: Label(name="a.txt", once=wish("k1")))
    assert again.replayed
    assert again.file == first
    assert await leftovers(desk) == before


async def test_a_used_key_with_another_file_is_a_conflict_and_stores_nothing(desk: Desk) -> None:
    await desk.upload(b"one", once=wish("k2"))
    before = await leftovers(desk)
    with pytest.raises(Conflict) as refusal:
        await desk.upload(LARGE, once=wish("k2", b"other"))
    assert refusal.value.reason == "IDEMPOTENCY_KEY_REUSED"
    assert await leftovers(desk) == before


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

    for data in (LARGE, LARGE[:-1] + b"x"):
        stored = await desk.vault.upload(desk.caller, pieces(data), label_of)
        assert stored.file.sha256 == seen[-1]
    assert seen[0] != seen[1]


async def test_deleting_destroys_the_key_and_the_bytes_at_once(desk: Desk) -> None:
    file = await desk.upload(LARGE)
    link = await desk.vault.signed_link(desk.caller, file.id)
    await desk.vault.delete(desk.caller, file.id)
    assert await leftovers(desk) == 0
    for act in (
        desk.vault.get(desk.caller, file.id),
        desk.vault.open(desk.caller, file.id),
        desk.vault.delete(desk.caller, file.id),
        desk.vault.read(desk.caller.workspace_id, file.id),
        desk.vault.describe(desk.caller.workspace_id, [file.id]),
        desk.vault.read_link(link.path.rpartition("/")[2]),
    ):
        with pytest.raises(NotFound):
            await act


async def test_a_file_that_is_deleted_while_it_is_read_is_not_found_rather_than_short(desk: Desk) -> None:
    file = await desk.upload(LARGE)
    _, found = await desk.vault.open(desk.caller, file.id)
    await anext(found)
    await desk.vault.delete(desk.caller, file.id)
    with pytest.raises(NotFound):
        async for _ in found:
            pass


async def test_another_workspaces_files_are_as_absent_as_those_that_never_were(desk: Desk) -> None:
    file = await desk.upload(b"mine")
    told = set()
    for file_id in (file.id, "file_" + "0" * 26, "file_short", "", "file_\0", "../" + file.id):
        for act in (
            desk.vault.get(desk.stranger, file_id),
            desk.vault.open(desk.stranger, file_id),
            desk.vault.signed_link(desk.stranger, file_id),
            desk.vault.delete(desk.stranger, file_id),
        ):
            with pytest.raises(NotFound) as refusal:
                await act
            told.add(str(refusal.value))
    assert len(told) == 1
    assert (await desk.vault.list(desk.stranger, Filter(), ALL)).total == 0
    assert await desk.download(file) == b"mine"


async def test_reading_and_writing_need_their_capabilities(desk: Desk) -> None:
    file = await desk.upload(b"mine")
    reader = principal(desk.caller.workspace_id, Capability.VAULT_READ)
    writer = principal(desk.caller.workspace_id, Capability.VAULT_WRITE)
    acts = {
        "vault:write": (
            desk.vault.upload(reader, pieces(b"x"), lambda _: Label(name="a.txt")),
            desk.vault.delete(reader, file.id),
        ),
        "vault:read": (
            desk.vault.get(writer, file.id),
            desk.vault.open(writer, file.id),
            desk.vault.signed_link(writer, file.id),
            desk.vault.list(writer, Filter(), ALL),
        ),
    }
    for capability, refused in acts.items():
        for act in refused:
            with pytest.raises(Forbidden, match=capability):
                await act


async def test_a_link_gives_the_bytes_until_it_expires(desk: Desk) -> None:
    file = await desk.upload(LARGE)
    link = await desk.vault.signed_link(desk.caller, file.id)
    assert link.expires_at == NOW + timedelta(minutes=15)
    token = link.path.removeprefix("/v1/vault/download/")
    found, stream = await desk.vault.read_link(token)
    assert (found, b"".join([piece async for piece in stream])) == (file, LARGE)
    desk.clock.advance(15 * 60)
    with pytest.raises(Gone) as refusal:
        await desk.vault.read_link(token)
    assert refusal.value.reason == "LINK_EXPIRED"


@pytest.mark.parametrize("lifetime_s", [0, -1, 3601])
async def test_no_link_outlives_an_hour(desk: Desk, lifetime_s: int) -> None:
    file = await desk.upload(b"x")
    with pytest.raises(Invalid):
        await desk.vault.signed_link(desk.caller, file.id, lifetime_s=lifetime_s)


async def test_workers_read_and_describe_files_in_the_order_they_ask(desk: Desk) -> None:
    one, two = await desk.upload(b"one", "one.txt"), await desk.upload(LARGE, "two.md")
    workspace_id = desk.caller.workspace_id
    assert await desk.vault.read(workspace_id, two.id) == LARGE
    assert await desk.vault.describe(workspace_id, [two.id, one.id]) == [
        (two.id, "two.md", two.type, len(LARGE)),
        (one.id, "one.txt", "text/plain", 3),
    ]
    assert await desk.vault.describe(workspace_id, []) == []


@pytest.mark.parametrize("file_id", ["file_" + "0" * 26, "nonsense", "file_\0"])
async def test_a_run_cannot_be_made_of_files_that_are_not_there(desk: Desk, file_id: str) -> None:
    file = await desk.upload(b"one")
    await desk.vault.check_exist(desk.caller.workspace_id, [file.id])
    await desk.vault.check_exist(desk.caller.workspace_id, [])
    with pytest.raises(Invalid) as refusal:
        await desk.vault.check_exist(desk.caller.workspace_id, [file.id, file_id])
    assert refusal.value.details == {"field": "files"}
    assert file_id in str(refusal.value)
    with pytest.raises(Invalid, match=file.id):
        await desk.vault.check_exist(desk.stranger.workspace_id, [file.id])


async def names(desk: Desk, wanted: Filter, window: Window = ALL) -> list[str]:
    return [file.name for file in (await desk.vault.list(desk.caller, wanted, window)).items]


async def shelf(desk: Desk) -> list[File]:
    made = []
    for name, data in (
        ("Alpha plan.md", b"# a"),
        ("beta.md", b"# b"),
        ("alphabet.csv", b"a,b\n"),
        ("pic.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    ):
        made.append(await desk.upload(data, name))
        desk.clock.advance(0.5)
    return made


async def test_lists_are_newest_first_and_filter_by_name_type_and_extension(desk: Desk) -> None:
    await shelf(desk)
    assert await names(desk, Filter()) == ["pic.png", "alphabet.csv", "beta.md", "Alpha plan.md"]
    assert await names(desk, Filter(search="ALPHA")) == ["alphabet.csv", "Alpha plan.md"]
    assert await names(desk, Filter(search="alpha", type="md")) == ["Alpha plan.md"]
    assert await names(desk, Filter(type="text/markdown")) == ["beta.md", "Alpha plan.md"]
    assert await names(desk, Filter(type="IMAGE/*")) == ["pic.png"]
    assert await names(desk, Filter(search="a", type="text/csv")) == ["alphabet.csv"]
    assert await names(desk, Filter(search="100%_")) == []


@pytest.mark.parametrize("wanted", [Filter(), Filter(search=".")])
async def test_pages_hold_every_file_once_whether_names_are_searched_or_not(desk: Desk, wanted: Filter) -> None:
    whole = [file.name for file in reversed(await shelf(desk))]
    by_cursor: list[str] = []
    window = Window(limit=1)
    while True:
        page = await desk.vault.list(desk.caller, wanted, window)
        assert page.total == len(whole)
        by_cursor += [file.name for file in page.items]
        if page.next_after is None:
            break
        window = Window(limit=1, after=page.next_after)
    assert by_cursor == whole
    by_offset = [await names(desk, wanted, Window(limit=3, offset=offset)) for offset in (0, 3, 6)]
    assert by_offset == [whole[:3], whole[3:], []]


async def test_a_search_goes_through_more_files_than_one_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("futurone_server.features.vault.store._BATCH", 2)
    await shelf(desk)
    assert await names(desk, Filter(search="alpha")) == ["alphabet.csv", "Alpha plan.md"]


@pytest.mark.parametrize("damage", ["changed", "swapped", "cut off", "renamed"])
async def test_a_file_that_was_tampered_with_in_the_database_is_refused(desk: Desk, damage: str) -> None:
    file = await desk.upload(LARGE)
    mine = blob_chunks.c.ref == file.id
    async with desk.db.transaction(SYSTEM) as tx:
        if damage == "changed":
            await tx.execute(update(blob_chunks).where(mine, blob_chunks.c.n == 3).values(sealed=b"\x01" * 100))
        elif damage == "swapped":
            await tx.execute(update(blob_chunks).where(mine, blob_chunks.c.n < 2).values(n=blob_chunks.c.n - 2))
            await tx.execute(update(blob_chunks).where(mine, blob_chunks.c.n < 0).values(n=-1 - blob_chunks.c.n))
        elif damage == "cut off":
            await tx.execute(blob_chunks.delete().where(mine, blob_chunks.c.n > 15))
            size = {"size": 16 * limits.BLOB_CHUNK_BYTES}
            await tx.execute(update(vault_files).where(vault_files.c.id == file.id).values(size))
        else:
            other = await desk.upload(b"other", "other.txt")
            head = select(vault_files.c.head).where(vault_files.c.id == other.id).scalar_subquery()
            await tx.execute(update(vault_files).where(vault_files.c.id == file.id).values(head=head))
    with pytest.raises(Gone) as refusal:
        await desk.download(file)
    assert refusal.value.reason == "CONTENT_DAMAGED"


async def test_another_root_key_opens_no_file(desk: Desk) -> None:
    file = await desk.upload(b"mine")
    with pytest.raises(Gone, match="root key"):
        await VaultService(desk.db, desk.clock, Seals(b"o" * 32)).get(desk.caller, file.id)
