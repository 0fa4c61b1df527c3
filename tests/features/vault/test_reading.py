"""The vault hands files out to those whose they are, as long as they are there, and only as they were."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from features.vault.desk import ALL, LARGE, NOW, Desk, pieces, stored_rows
from futurone_server.blobs.tables import blob_chunks
from futurone_server.eventlog import Seals
from futurone_server.features.keys import Capability
from futurone_server.features.vault import File, Filter, Label, VaultService
from futurone_server.features.vault.tables import vault_files
from futurone_server.kit import limits
from futurone_server.kit.errors import Forbidden, Gone, Invalid, NotFound
from futurone_server.kit.page import Window
from futurone_server.store.database import SYSTEM
from house import principal

pytestmark = pytest.mark.anyio


async def test_deleting_destroys_the_key_and_the_bytes_at_once(desk: Desk) -> None:
    file = await desk.upload(LARGE)
    link = await desk.vault.signed_link(desk.caller, file.id)
    await desk.vault.delete(desk.caller, file.id)
    assert await stored_rows(desk) == 0
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
    reader = principal(desk.caller.workspace_id, capabilities=frozenset({Capability.VAULT_READ}))
    writer = principal(desk.caller.workspace_id, capabilities=frozenset({Capability.VAULT_WRITE}))
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
    for _ in whole:
        page = await desk.vault.list(desk.caller, wanted, window)
        assert page.total == len(whole)
        by_cursor += [file.name for file in page.items]
        window = Window(limit=1, after=page.next_after)
    assert window.after is None
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
