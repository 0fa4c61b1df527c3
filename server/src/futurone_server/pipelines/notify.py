"""Telling receivers what happened: claims what is due, sends it signed, notes what came of it. Many at once, none late.

One attempt is bounded in time, in what is read, and in how many go to one receiver at once, so that no receiver slows
the others. What is on its way is a row under a lease: a worker that dies leaves it to be sent again.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog

from futurone_server.egress import Egress, EgressError, Outgoing
from futurone_server.features.webhooks import Attempt, Fault, Letter, Parcel, Posting
from futurone_server.features.webhooks import rules as webhook_rules
from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Unavailable
from futurone_server.pipelines.channels import Channels

_EVERY_S = 1.0
_AT_ONCE_MAX = 200
_PAUSE_S = 0.02
"""Between two looks: what falls due in the meantime is claimed together."""

_DRAIN_S = 5.0
_PATIENCE_S = 20.0
"""What waits longer for its turn goes back: with the time to send, its lease would be over."""

_SETTLE_RETRY_S = 0.5
_log = structlog.get_logger("futurone.notify")

_FAULTS: Mapping[str, Fault] = {
    "EGRESS_REFUSED_URL": Fault.BLOCKED,
    "EGRESS_REFUSED_ADDRESS": Fault.BLOCKED,
    "EGRESS_REFUSED_HEADER": Fault.BLOCKED,
    "EGRESS_TIMEOUT": Fault.TIMEOUT,
    "EGRESS_UNKNOWN_HOST": Fault.DNS,
    "EGRESS_UNREACHABLE": Fault.CONNECT,
    "EGRESS_TLS": Fault.TLS,
}


class Notifier:
    """Sends what is due, in tasks of its own. ``hint`` makes it look at once."""

    def __init__(self, posting: Posting, clock: Clock, egress: Egress, *, channels: Channels | None = None) -> None:
        self._posting = posting
        self._clock = clock
        self._egress = egress
        self._channels = channels or Channels()
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._sending: dict[asyncio.Task[None], Parcel] = {}

    def hint(self, _: str = "") -> None:
        """There may be something to send."""
        self._wake.set()

    def start(self) -> None:
        """Begin to send."""
        self._loop = asyncio.create_task(self._run(), name="notify")

    async def stop(self) -> None:
        """Claim nothing more; let what is being sent arrive for a moment, then give the rest back."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        if self._sending:
            await asyncio.wait(self._sending, timeout=_DRAIN_S)
        left = dict(self._sending)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        try:
            await self._posting.release(list(left.values()))
        except Unavailable:
            _log.info("notify.left_to_the_lease", count=len(left))

    async def _run(self) -> None:
        while True:
            try:
                await self.round()
            except Unavailable:
                _log.info("notify.waiting_for_database")
            except Exception as error:  # noqa: BLE001 - it must outlive any single defect, and say so
                _log.error("notify.defect", error=type(error).__name__)
            await asyncio.sleep(_PAUSE_S)
            try:
                async with asyncio.timeout(_EVERY_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    async def round(self) -> int:
        """Claim what is due and begin to send it; returns how much there was."""
        free = _AT_ONCE_MAX - len(self._sending)
        parcels = await self._posting.claim(free) if free > 0 else []
        for parcel in parcels:
            task = asyncio.create_task(self._deliver(parcel), name="delivery")
            self._sending[task] = parcel
            task.add_done_callback(self._done)
        return len(parcels)

    async def settled(self) -> None:
        """Wait until nothing is being sent."""
        while self._sending:
            await asyncio.wait(self._sending)

    def _done(self, task: "asyncio.Task[None]") -> None:
        del self._sending[task]
        self._wake.set()  # a receiver has room again
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("notify.delivery_defect", error=type(error).__name__)

    async def _deliver(self, parcel: Parcel) -> None:
        attempt = await (self._attempt(parcel) if parcel.letter is None else self._tell(parcel, parcel.letter))
        while True:
            try:
                if attempt is None:
                    await self._posting.release([parcel])
                    return
                await self._posting.settle(parcel, attempt)
            except Unavailable:
                # While the lease lasts the delivery is ours to settle; after that it is sent again.
                await asyncio.sleep(_SETTLE_RETRY_S)
                if attempt is None or self._clock.now() > attempt.at + timedelta(seconds=webhook_rules.LEASE_S):
                    return
            else:
                return

    async def _attempt(self, parcel: Parcel) -> Attempt:
        """Send one delivery once: what came back, or why nothing did."""
        at, began = self._clock.now(), self._clock.monotonic()
        status: int | None = None
        asked: str | None = None
        try:
            answer = await self._egress.fetch(
                Outgoing(
                    url=parcel.url,
                    method="POST",
                    headers=webhook_rules.headers(parcel.event_id, parcel.body, parcel.secrets, at),
                    body=parcel.body,
                    deadline_s=webhook_rules.DEADLINE_S,
                    bytes_max=webhook_rules.ANSWER_BYTES_MAX,
                    is_body_read=False,
                )
            )
            status, asked = answer.status, answer.headers.get("retry-after")
            fault = None if 200 <= status < 300 else Fault.STATUS
        except EgressError as error:
            fault = _FAULTS.get(error.reason, Fault.BROKEN)
        took_ms = round((self._clock.monotonic() - began) * 1000)
        wait_s = read_retry_after(asked, at)
        return Attempt(at=at, status=status, fault=fault, took_ms=took_ms, retry_after_s=wait_s)

    async def _tell(self, parcel: Parcel, letter: Letter) -> Attempt | None:
        """Tell people once: what came of it; None when nothing was sent because too much else was being sent."""
        at, began = self._clock.now(), self._clock.monotonic()
        sent = await self._channels.send(parcel.url, letter, workspace_id=parcel.workspace_id, patience_s=_PATIENCE_S)
        if sent is None:
            return None
        took_ms = round((self._clock.monotonic() - began) * 1000)
        return Attempt(at=at, status=sent.status, fault=sent.fault, took_ms=took_ms)


def read_retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds that a ``Retry-After`` asks for, in either of its forms (RFC 9110, section 10.2.3); None if none."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # the numbers of a receiver may be such as no calendar has
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
