"""The log of one run in hand: what its worker says is named, so that it happens once, and fenced, so that it may."""

import asyncio
from collections.abc import Sequence

from futurone_server.eventlog.appends import Append, Write
from futurone_server.eventlog.events import Draft
from futurone_server.eventlog.sealing import RunSeal
from futurone_server.eventlog.writing import GroupCommit


class RunLog:
    """The log of one run in the hands of the one worker that may write it (its epoch)."""

    def __init__(self, commits: GroupCommit, run_id: str, epoch: int, seal: RunSeal, names: set[str]) -> None:
        self.run_id = run_id
        self.epoch = epoch
        self.seal = seal
        self._commits = commits
        self._names = names
        self._anonymous = 0
        self._posted: asyncio.Future[None] | None = None
        self._refused: BaseException | None = None

    def has(self, name: str) -> bool:
        """Whether an event of this name has happened already."""
        return name in self._names

    def _prepare(self, drafts: Sequence[Draft]) -> list[tuple[str, Draft]]:
        fresh: list[tuple[str, Draft]] = []
        for draft in drafts:
            if draft.name is None:
                self._anonymous += 1
                fresh.append((f"~{self.epoch}.{self._anonymous}", draft))
            elif draft.name not in self._names:
                self._names.add(draft.name)
                fresh.append((draft.name, draft))
        return fresh

    async def append(self, *drafts: Draft, writes: Sequence[Write] = (), close: bool = False) -> None:
        """Append events and change rows in one commit, shared with whatever other runs have to say at this moment.

        Returns when it is durable. Raises Fenced when this worker may no longer write this run.
        """
        fresh = self._prepare(drafts)
        if not fresh and not writes:
            return
        await self._commits.put(self._append(fresh, writes, close=close))
        if self._refused is not None:
            raise self._refused

    def post(self, *drafts: Draft, writes: Sequence[Write] = ()) -> None:
        """Append without waiting; the order is kept, and the next ``append`` returns after these."""
        fresh = self._prepare(drafts)
        if fresh or writes:
            self._posted = self._commits.put(self._append(fresh, writes, close=False))
            self._posted.add_done_callback(self._note)

    def _note(self, done: "asyncio.Future[None]") -> None:
        # What was posted and refused is raised by the next append, which promises that it comes after all of it.
        if not done.cancelled() and done.exception() is not None:
            self._refused = done.exception()

    async def settled(self) -> None:
        """Wait until what was posted is durable, so that a flood of events does not pile up in memory."""
        if self._posted is not None:
            await self._posted

    def _append(self, fresh: list[tuple[str, Draft]], writes: Sequence[Write], *, close: bool) -> Append:
        return Append(
            run_id=self.run_id, epoch=self.epoch, seal=self.seal, drafts=tuple(fresh), writes=tuple(writes), close=close
        )
