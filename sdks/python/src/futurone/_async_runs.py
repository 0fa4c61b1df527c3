"""Runs for asyncio: create, watch, answer, cancel and read them."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, Unpack

from futurone import _run_calls as calls
from futurone._async import AsyncDriver
from futurone._feed import EventFeed
from futurone._models import Event
from futurone._operations import collect
from futurone._orders import RunFilter, RunOrder
from futurone._pages import AsyncPages
from futurone._review_calls import dispose
from futurone._review_models import Disposition
from futurone._run_calls import Content
from futurone._run_models import Artifact, Plan, Receipt, Run, RunEvent, Verification


class AsyncRuns:
    """``client.runs`` of the asyncio client. Every method raises a FuturOneError when it does not succeed."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def create(self, *, idempotency_key: str | None = None, **order: Unpack[RunOrder]) -> Run:
        """Start a run and return it, queued. It is durable by then.

        Retries are safe: every call has an idempotency key, yours or a new one. With the key of an earlier call and the
        same order the earlier run comes back, ``replayed``; with another order ConflictError is raised.
        """
        return await self._driver.perform(calls.create(order, idempotency_key=idempotency_key))

    async def get(self, run_id: str, *, wait: float | None = None) -> Run:
        """The run as it is now, or with ``wait`` once it is terminal or waiting, at the latest in so many seconds."""
        return await self._driver.perform(calls.get(run_id, wait_s=wait))

    def list(self, **filters: Unpack[RunFilter]) -> AsyncPages[Run]:
        """The runs that match, newest first, fetched as you iterate."""
        return AsyncPages(self._driver, lambda cursor: calls.list_page(filters, cursor))

    def events(
        self, run_id: str, *, after: int | None = None, timeout: float | None = None
    ) -> AsyncGenerator[Event, None]:
        """Every event of the run from its first (or from the one after number ``after``) to its last, as they happen.

        Broken connections are resumed: no event is lost or comes twice. Ends after ``run_done``. Raises an APIError
        when the server refuses, ConnectionFailed when it stays away, TimedOut when ``timeout`` seconds have passed
        (noticed within 15 s).
        """
        return self._driver.follow(self._feed(run_id, after=after, timeout_s=timeout))

    async def event_log(self, run_id: str, *, after: int = 0) -> AsyncIterator[RunEvent]:
        """The entries of the run's log up to now, without waiting for more."""
        page = await self._driver.perform(calls.event_page(run_id, after))
        for entry in page.data:
            yield entry
        while page.pagination.has_more and page.data:
            page = await self._driver.perform(calls.event_page(run_id, page.data[-1].seq))
            for entry in page.data:
                yield entry

    async def wait(  # the surface is the blocking client's
        self,
        run_id: str,
        *,
        timeout: float | None = None,  # noqa: ASYNC109
        or_waiting: bool = False,
    ) -> Run:
        """The run at its end, or with ``or_waiting`` when it waits for a person. Raises TimedOut after ``timeout``."""
        return await self._driver.run(calls.wait(run_id, self._driver.policy, timeout_s=timeout, or_waiting=or_waiting))

    async def signal(
        self, run_id: str, action: str, *, payload: Mapping[str, Any] | None = None, input_id: str | None = None
    ) -> Run:
        """Answer a waiting run (``approve``, ``reject``, ``submit_input``). Raises ConflictError when none waits."""
        return await self._driver.perform(calls.signal(run_id, action, payload=payload, input_id=input_id))

    async def approve(self, run_id: str, *, input_id: str | None = None) -> Run:
        """Let a run that asks for approval go on."""
        return await self.signal(run_id, "approve", input_id=input_id)

    async def reject(self, run_id: str, *, reason: str | None = None, input_id: str | None = None) -> Run:
        """Refuse what a run asks for: it fails with ``INPUT_REJECTED``."""
        return await self.signal(run_id, "reject", payload={"reason": reason} if reason else None, input_id=input_id)

    async def submit_input(self, run_id: str, values: Mapping[str, Any], *, input_id: str | None = None) -> Run:
        """Fill in the form a run waits with. Raises InvalidRequestError naming a wrong field; the run then waits on."""
        return await self.signal(run_id, "submit_input", payload=values, input_id=input_id)

    async def cancel(self, run_id: str) -> Run:
        """End the run. Raises ConflictError when it has ended in another way."""
        return await self._driver.perform(calls.act(run_id, "cancel"))

    async def resume(self, run_id: str) -> Run:
        """Continue a stalled run now rather than at the next watch."""
        return await self._driver.perform(calls.act(run_id, "resume"))

    async def ack(self, run_id: str) -> Run:
        """Say that you have what you need: the run's content is erased now."""
        return await self._driver.perform(calls.act(run_id, "ack"))

    async def rerun(self, run_id: str, *, idempotency_key: str | None = None) -> Run:
        """A new run of the same order, while its content exists. Raises GoneError afterwards."""
        return await self._driver.perform(calls.act(run_id, "rerun", idempotency_key=idempotency_key))

    async def disposition(self, run_id: str, disposition: str, *, note: str | None = None) -> Disposition:
        """Say of a completed run whether its deliverable was right: ``accepted`` or ``rejected``. Verifiers learn."""
        return await self._driver.perform(dispose(run_id, disposition, note))

    async def delete(self, run_id: str) -> None:
        """Cancel the run if need be and erase it."""
        await self._driver.perform(calls.delete(run_id))

    async def artifacts(self, run_id: str) -> Sequence[Artifact]:
        """The run's deliverables, without their content."""
        return await self._driver.run(collect(lambda cursor: calls.artifact_page(run_id, cursor), self._driver.policy))

    async def artifact(self, run_id: str, artifact_id: str, *, format: str | None = None) -> Content:  # noqa: A002
        """A deliverable as ``md``, ``html``, ``pdf``, ``docx`` or ``original``.

        Raises ConflictError while it is held for review, InvalidRequestError where it cannot be had in that format.
        """
        return await self._driver.perform(calls.artifact(run_id, artifact_id, output_format=format))

    async def plan(self, run_id: str) -> Plan:
        """What the run sets out to do, and how far each step is."""
        return await self._driver.perform(calls.plan(run_id))

    async def verification(self, run_id: str) -> Verification:
        """How the deliverable was checked."""
        return await self._driver.perform(calls.verification(run_id))

    async def receipt(self, run_id: str) -> Receipt:
        """The signed statement of what was destroyed of a run. Raises ConflictError before its erasure."""
        return await self._driver.perform(calls.receipt(run_id))

    def _feed(self, run_id: str, *, after: int | None, timeout_s: float | None) -> EventFeed:
        silence_s = self._driver.settings.silence_timeout_s
        return EventFeed(
            run_id, after=after, timeout_s=timeout_s, silence_timeout_s=silence_s, clock=self._driver.clock
        )
