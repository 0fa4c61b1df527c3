"""The asyncio driver: carries out operations and follows feeds with httpx2's asynchronous client."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import TypeVar

import httpx2

from futurone._clock import Clock
from futurone._errors import ConnectionFailed, FuturOneError, TimedOut
from futurone._feed import EventFeed
from futurone._models import Event
from futurone._operations import Operation, Sleep, perform
from futurone._requests import Call, Reply, Request
from futurone._retries import RetryPolicy
from futurone._settings import Settings, is_loopback
from futurone._wire import arguments, client_options, is_foreign, plain_failures, reply_of

T = TypeVar("T")


class AsyncDriver:
    """Does what operations ask for, in the caller's event loop."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.policy = RetryPolicy(max_retries=settings.max_retries, clock=clock)
        self._http = httpx2.AsyncClient(**client_options(settings))

    async def perform(self, call: Call[T]) -> T:
        """Send one request, with retries, and read its answer."""
        return await self.run(perform(call, self.policy))

    async def run(self, operation: Operation[T]) -> T:
        """Carry out an operation to its result."""
        try:
            step = next(operation)
            while True:
                if isinstance(step, Sleep):
                    await self.clock.asleep(step.seconds)
                    step = next(operation)
                    continue
                try:
                    reply = await self._send(step)
                except FuturOneError as error:
                    step = operation.throw(error)
                else:
                    step = operation.send(reply)
        except StopIteration as end:
            result: T = end.value
            return result

    async def follow(self, feed: EventFeed) -> AsyncGenerator[Event, None]:
        """Yield a feed's events over as many connections as it takes."""
        while not feed.is_done():
            failure: FuturOneError | None = None
            try:
                options = arguments(self.settings, feed.request(), read_timeout_s=feed.read_timeout_s)
                async with AsyncExitStack() as stack:
                    stack.enter_context(plain_failures(self.settings))
                    response = await stack.enter_async_context(self._http.stream(**options))
                    if feed.begin(response.status_code, response.headers):
                        async for chunk in response.aiter_bytes():
                            for event in feed.receive(chunk):
                                yield event
                            if feed.is_done():
                                return
                    elif not feed.is_done():
                        await response.aread()
                        failure = feed.refuse(reply_of(response))
            except (ConnectionFailed, TimedOut) as error:
                failure = error
            if not feed.is_done():
                await self.clock.asleep(feed.lose(failure))

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def _send(self, request: Request) -> Reply:
        async with AsyncExitStack() as stack:
            options = arguments(self.settings, request)
            if request.upload is not None:
                file = stack.enter_context(request.upload.open())
                options |= {"data": request.upload.fields, "files": {"file": (request.upload.name, file)}}
            http = self._http
            if is_foreign(self.settings, request):
                http = await stack.enter_async_context(httpx2.AsyncClient(trust_env=not is_loopback(request.url)))
            stack.enter_context(plain_failures(self.settings))
            return reply_of(await http.request(**options))
