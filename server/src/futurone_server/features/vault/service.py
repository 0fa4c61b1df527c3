"""The use cases of the vault: take a file in, show, hand out, delete."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta

from futurone_server.blobs import Blob, Blobs, BlobVanished, PostgresBlobs
from futurone_server.eventlog import Seals
from futurone_server.features.keys import Capability, Principal
from futurone_server.features.vault import rules, store
from futurone_server.features.vault.intake import Intake
from futurone_server.features.vault.links import Links
from futurone_server.features.vault.sealing import FileSeals, damaged
from futurone_server.features.vault.store import SealedFile
from futurone_server.features.vault.types import Described, File, Filter, Label, Link, Stored
from futurone_server.kit import ids, limits
from futurone_server.kit.clock import Clock
from futurone_server.kit.crypto import CannotOpen
from futurone_server.kit.errors import Gone, Unavailable, invalid_field
from futurone_server.kit.page import Page, Window
from futurone_server.store import due, idempotency
from futurone_server.store.database import SYSTEM, Database, Tx, of_workspace

LINK_PATH = "/v1/vault/download/"


class VaultService:
    """What callers, links and workers can do with files. A file is never whole in plain form but in ``read``."""

    def __init__(self, db: Database, clock: Clock, seals: Seals, blobs: Blobs | None = None) -> None:
        """``blobs`` keeps the sealed bytes; by default the database does."""
        self._db = db
        self._clock = clock
        self._files = FileSeals(seals)
        self._links = Links(seals.purpose_key("vault-links"))
        self._blobs: Blobs = PostgresBlobs() if blobs is None else blobs

    async def upload(self, caller: Principal, chunks: AsyncIterator[bytes], label_of: Callable[[str], Label]) -> Stored:
        """Take a file in, sealing its bytes as they come. It exists once this returns, or not at all.

        ``label_of`` is asked once all bytes are here, with their SHA-256 in hex. Raises Invalid (name, folder),
        TooLarge (FILE_TOO_LARGE), Conflict (IDEMPOTENCY_KEY_REUSED), Gone (the key's file was deleted), and what
        ``chunks`` and ``label_of`` raise.
        """
        caller.require(Capability.VAULT_WRITE)
        intake = Intake(self._db, self._clock, self._blobs, self._files, workspace_id=caller.workspace_id)
        try:
            async for plain in chunks:
                await intake.take(plain)
            return await self._keep(intake, label_of(intake.sha256))
        except BlobVanished:
            raise Unavailable("The upload stood still for too long. Nothing was stored; send it again.") from None
        except BaseException:
            await intake.clear()
            raise

    async def _keep(self, intake: Intake, label: Label) -> Stored:
        now = self._clock.now()
        file = intake.file(label, now)
        async with self._db.transaction(of_workspace(file.workspace_id)) as tx:
            workspace_id = file.workspace_id
            earlier = await idempotency.claim(tx, label.once, workspace_id=workspace_id, resource_id=file.id, at=now)
            if earlier is not None:
                await intake.abandon(tx)
                return Stored(file=await self._earlier(tx, workspace_id, earlier), replayed=True)
            await intake.settle(tx)
            await store.add(tx, intake.row(file))
            await due.put(tx, "index", file.id, workspace_id=file.workspace_id, at=now)
        return Stored(file=file, replayed=False)

    async def _earlier(self, tx: Tx, workspace_id: str, file_id: str) -> File:
        row = await store.get(tx, workspace_id, file_id)
        if row is None:
            raise Gone("The file that this Idempotency-Key made has been deleted.")
        return self._files.open(row)

    async def list(self, caller: Principal, wanted: Filter, window: Window) -> Page[File]:
        """The workspace's files that match, newest first. A search opens every name: they are sealed one by one."""
        caller.require(Capability.VAULT_READ)
        rules.check_filter(wanted)
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            if rules.needs_names(wanted):
                return await self._search(tx, caller.workspace_id, wanted, window)
            page = await store.page(tx, caller.workspace_id, wanted, window)
        files = tuple(self._files.open(row) for row in page.items)
        return Page(items=files, total=page.total, window=window, next_after=page.next_after)

    async def _search(self, tx: Tx, workspace_id: str, wanted: Filter, window: Window) -> Page[File]:
        after = None if window.after is None else rules.read_sort_key(window.after)
        total = 0
        found: list[File] = []
        async for batch in store.batches(tx, workspace_id, wanted):
            for file in map(self._files.open, batch):
                if not rules.matches(file, wanted):
                    continue
                total += 1
                is_passed = total <= window.offset or (after is not None and (file.created_at, file.id) >= after)
                if not is_passed and len(found) <= window.limit:
                    found.append(file)
        shown = tuple(found[: window.limit])
        more = rules.sort_key(shown[-1].created_at, shown[-1].id) if len(found) > window.limit else None
        return Page(items=shown, total=total, window=window, next_after=more)

    async def get(self, caller: Principal, file_id: str) -> File:
        """One file, without its bytes. Raises NotFound."""
        caller.require(Capability.VAULT_READ)
        return self._files.open(await self._find(caller.workspace_id, file_id))

    async def delete(self, caller: Principal, file_id: str) -> None:
        """Destroy a file's key and its bytes at once, for good; links to it die, and runs that need it get NotFound.

        A trash that keeps deleted files for a while comes with folders and shares. Raises NotFound.
        """
        caller.require(Capability.VAULT_WRITE)
        if not ids.is_id(file_id, rules.PREFIX):
            raise rules.not_found()
        async with self._db.transaction(of_workspace(caller.workspace_id)) as tx:
            if not await store.remove(tx, caller.workspace_id, file_id):
                raise rules.not_found()
            await self._blobs.remove(tx, Blob(workspace_id=caller.workspace_id, ref=file_id))

    async def open(self, caller: Principal, file_id: str) -> tuple[File, AsyncIterator[bytes]]:
        """A file and its bytes, in pieces. Raises NotFound, also between two pieces when it is deleted meanwhile."""
        caller.require(Capability.VAULT_READ)
        return self._opened(await self._find(caller.workspace_id, file_id))

    async def signed_link(self, caller: Principal, file_id: str, *, lifetime_s: int = rules.LINK_S) -> Link:
        """A link that gives a file's bytes without a key for ``lifetime_s`` seconds, at most an hour, or until the file
        is deleted. Raises NotFound.
        """
        file = await self.get(caller, file_id)
        return self.link_to(file, lifetime_s=lifetime_s)

    def link_to(self, file: File, *, lifetime_s: int = rules.LINK_S) -> Link:
        """The same for a file that its caller has been shown already."""
        if not 1 <= lifetime_s <= rules.LINK_S_MAX:
            raise invalid_field("lifetime_s", f"must be from 1 to {rules.LINK_S_MAX} seconds")
        expires_at = (self._clock.now() + timedelta(seconds=lifetime_s)).replace(microsecond=0)
        return Link(path=LINK_PATH + self._links.write(file.workspace_id, file.id, expires_at), expires_at=expires_at)

    async def read_link(self, token: str) -> tuple[File, AsyncIterator[bytes]]:
        """The file behind a link, and its bytes. Raises NotFound, Gone (LINK_EXPIRED)."""
        workspace_id, file_id = self._links.read(token, self._clock.now())
        return self._opened(await self._find(workspace_id, file_id))

    async def read(self, workspace_id: str, file_id: str) -> bytes:
        """All bytes of a file, for a worker. Raises NotFound when it was deleted meanwhile."""
        _, pieces = self._opened(await self._find(workspace_id, file_id))
        return b"".join([piece async for piece in pieces])

    async def describe(self, workspace_id: str, file_ids: Sequence[str]) -> Sequence[Described]:
        """Id, name, type and size of files, in the order asked for. Raises NotFound when one was deleted meanwhile."""
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            rows = {row.id: row for row in await store.many(tx, workspace_id, file_ids)}
        if not rows.keys() >= set(file_ids):
            raise rules.not_found()
        files = [self._files.open(rows[file_id]) for file_id in file_ids]
        return [Described(id=file.id, name=file.name, type=file.type, size=file.size) for file in files]

    async def check_exist(self, workspace_id: str, file_ids: Sequence[str]) -> None:
        """Refuse files that the workspace does not have, before a run is made of them. Raises Invalid, naming one."""
        if len(file_ids) > limits.FILES_PER_RUN_MAX:
            raise invalid_field("files", f"at most {limits.FILES_PER_RUN_MAX} files per run")
        if not file_ids:
            return
        well_formed = [file_id for file_id in file_ids if ids.is_id(file_id, rules.PREFIX)]
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            known = {row.id for row in await store.many(tx, workspace_id, well_formed)}
        for file_id in file_ids:
            if file_id not in known:
                raise invalid_field("files", f"there is no file {file_id} in this workspace")

    async def sweep(self, older_than: datetime) -> int:
        """Remove what interrupted uploads left behind, if nothing came since a moment; returns how many there were."""
        async with self._db.transaction(SYSTEM) as tx:
            return await self._blobs.sweep(tx, older_than)

    async def forget_repeats(self, before: datetime) -> int:
        """Forget the idempotency keys of deleted files, from before a moment; returns how many there were."""
        async with self._db.transaction(SYSTEM) as tx:
            return await store.sweep(tx, before)

    async def _find(self, workspace_id: str, file_id: str) -> SealedFile:
        if not ids.is_id(file_id, rules.PREFIX):
            raise rules.not_found()
        async with self._db.transaction(of_workspace(workspace_id)) as tx:
            row = await store.get(tx, workspace_id, file_id)
        if row is None:
            raise rules.not_found()
        return row

    def _opened(self, row: SealedFile) -> tuple[File, AsyncIterator[bytes]]:
        return self._files.open(row), self._pieces(row)

    async def _pieces(self, row: SealedFile) -> AsyncIterator[bytes]:
        opener = self._files.of(row).chunk_opener(row.size)
        for first in range(0, opener.count, rules.BATCH_CHUNKS):
            wanted = min(rules.BATCH_CHUNKS, opener.count - first)
            for n, sealed in enumerate(await self._load(row, first, wanted), first):
                try:
                    piece = opener.open(n, sealed)
                except CannotOpen:
                    raise damaged(row.id) from None
                yield piece

    async def _load(self, row: SealedFile, first: int, count: int) -> Sequence[bytes]:
        blob = Blob(workspace_id=row.workspace_id, ref=row.id)
        async with self._db.transaction(of_workspace(row.workspace_id)) as tx:
            found = await self._blobs.load(tx, blob, first=first, count=count)
            if len(found) == count:
                return found
            if await store.get(tx, row.workspace_id, row.id) is None:
                raise rules.not_found()
        raise damaged(row.id)
