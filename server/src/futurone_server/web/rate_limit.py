"""Rate limits: every keyed request is counted in the database, several that come together in one message."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from futurone_server.features.keys import Principal, RateClass
from futurone_server.kit.errors import RateLimited
from futurone_server.store.database import Database
from futurone_server.store.rates import Charge, Charged, charge, cost_us
from futurone_server.web.door import Scope

_SECOND = 1_000_000
_WINDOW_S = 60
_MESSAGE_MAX = 256
_Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a key stands in one class, by the store's clock: ``tat_us`` is when it will have used nothing."""

    rate: RateClass
    limit: int
    is_admitted: bool
    tat_us: int
    at_us: int

    @property
    def remaining(self) -> int:
        """How many further requests would be let in now."""
        cost = cost_us(self.limit)
        return max(0, min(self.limit, (cost * self.limit - (self.tat_us - self.at_us)) // cost))

    @property
    def reset_us(self) -> int:
        """While something remains: when all of it is back. When nothing does: when one request will be let in."""
        if self.remaining:
            return max(self.tat_us, self.at_us)
        return self.tat_us - cost_us(self.limit) * (self.limit - 1)

    @property
    def wait_s(self) -> int:
        """Seconds until then, rounded up."""
        return -((self.at_us - self.reset_us) // _SECOND)

    def headers(self) -> _Headers:
        """What a response says of it, in the widespread words and in those of the IETF draft (ratelimit-headers-10)."""
        wait_s = max(1, self.wait_s) if not self.is_admitted else self.wait_s
        return [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            (b"x-ratelimit-reset", b"%d" % -(-self.reset_us // _SECOND)),
            (b"ratelimit-policy", b'"%s";q=%d;w=%d' % (self.rate.encode(), self.limit, _WINDOW_S)),
            (b"ratelimit", b'"%s";r=%d;t=%d' % (self.rate.encode(), self.remaining, wait_s)),
        ]

    def refusal(self) -> RateLimited:
        """What is said to a request that was not let in."""
        wait_s = max(1, self.wait_s)
        unit = "second" if wait_s == 1 else "seconds"
        return RateLimited(
            f"This key may make {self.limit} {self.rate} requests a minute, and has. Try again in {wait_s} {unit}.",
            retry_after_s=wait_s,
            details={"class": self.rate.value, "limit": self.limit, "retry_after_s": wait_s},
        )


@dataclass(frozen=True, kw_only=True)
class _Ask:
    """One request that waits to be counted. ``count``: 1 to be let in, 0 to be told, -1 to be given back."""

    caller: Principal
    rate: RateClass
    count: int
    answer: "asyncio.Future[Standing]"

    @property
    def group(self) -> tuple[str, str, int, int]:
        """Requests of one group are charged as one."""
        return self.caller.key_id, self.rate.value, self.count, self.caller.rate_limits.of(self.rate)


class RateLimiter:
    """Counts the requests of all keys, exactly and over all processes: what is let in is let in by a row.

    Requests that come while a message to the database is under way share the next one.
    """

    def __init__(self, db: Database, *, at_us: Callable[[], int | None] = lambda: None) -> None:
        """``at_us`` stands in for the store's clock."""
        self._db = db
        self._at_us = at_us
        self._asked: list[_Ask] = []
        self._sending: asyncio.Task[None] | None = None

    async def take(self, caller: Principal, rate: RateClass) -> Standing:
        """Count one request, if it is let in. Raises Unavailable."""
        return await self._ask(caller, rate, 1)

    async def look(self, caller: Principal, rate: RateClass) -> Standing:
        """How a key stands, without counting anything. Raises Unavailable."""
        return await self._ask(caller, rate, 0)

    async def give_back(self, caller: Principal, rate: RateClass) -> Standing:
        """Undo ``take``: the request turned out to be free. Raises Unavailable."""
        return await self._ask(caller, rate, -1)

    async def _ask(self, caller: Principal, rate: RateClass, count: int) -> Standing:
        answer: asyncio.Future[Standing] = asyncio.get_running_loop().create_future()
        self._asked.append(_Ask(caller=caller, rate=rate, count=count, answer=answer))
        if self._sending is None:
            self._sending = asyncio.create_task(self._send(), name="rates")
        return await answer

    async def _send(self) -> None:
        try:
            while self._asked:
                asked, self._asked = self._asked[:_MESSAGE_MAX], self._asked[_MESSAGE_MAX:]
                await self._send_some(asked)
        finally:
            self._sending = None

    async def _send_some(self, asked: list[_Ask]) -> None:
        groups: dict[tuple[str, str, int, int], list[_Ask]] = {}
        for one in asked:
            groups.setdefault(one.group, []).append(one)
        # One order for everybody: two processes that charge the same keys never wait for one another in a circle.
        ordered = [groups[name] for name in sorted(groups)]
        try:
            charged = await charge(self._db, [_charge(group) for group in ordered], at_us=self._at_us())
        except BaseException as error:
            for one in asked:
                if not one.answer.done():
                    one.answer.set_exception(error) if isinstance(error, Exception) else one.answer.cancel()
            if not isinstance(error, Exception):
                raise
            return
        for group, found in zip(ordered, charged, strict=True):
            _answer(group, found)


def _charge(group: list[_Ask]) -> Charge:
    first = group[0]
    return Charge(
        workspace_id=first.caller.workspace_id,
        subject=first.caller.key_id,
        kind=first.rate.value,
        limit=first.caller.rate_limits.of(first.rate),
        count=first.count * len(group),
    )


def _answer(group: list[_Ask], found: Charged) -> None:
    """Tell each of a group how it stands: those that came first were let in first."""
    for number, one in enumerate(group, start=1):
        limit = one.caller.rate_limits.of(one.rate)
        later = max(0, found.granted - number) if one.count > 0 else 0
        standing = Standing(
            rate=one.rate,
            limit=limit,
            is_admitted=one.count <= 0 or number <= found.granted,
            tat_us=found.tat_us - later * cost_us(limit),
            at_us=found.at_us,
        )
        if not one.answer.done():
            one.answer.set_result(standing)


async def count(scope: Scope, rate: RateClass, *, spares_repetitions: bool = False) -> None:
    """Count a request of the caller that was let in, and have its response say how it stands. Raises RateLimited.

    ``spares_repetitions``: a request with an Idempotency-Key goes on even so, and is refused there unless it was sent
    before.
    """
    standing = await _limiter(scope).take(scope["caller"], rate)
    scope["extra_headers"][:] = standing.headers()
    if standing.is_admitted:
        return
    if not spares_repetitions or not any(name == b"idempotency-key" for name, _ in scope["headers"]):
        raise standing.refusal()
    scope["unless_repeated"] = standing.refusal()


async def look(scope: Scope, rate: RateClass) -> None:
    """Have the response say how the caller stands, and count nothing."""
    standing = await _limiter(scope).look(scope["caller"], rate)
    scope["extra_headers"][:] = standing.headers()


async def give_back(scope: Scope, rate: RateClass) -> None:
    """A request turned out to be a repetition, which is free."""
    if "unless_repeated" in scope:
        return
    standing = await _limiter(scope).give_back(scope["caller"], rate)
    scope["extra_headers"][:] = standing.headers()


def _limiter(scope: Scope) -> RateLimiter:
    limiter: RateLimiter = scope["app"].state.desk.rates
    return limiter
