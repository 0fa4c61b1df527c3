"""Messages to people, in a chat or by mail: each is sent by a process of its own that dials only what was checked."""

import asyncio
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from futurone_server.egress import Allowance, list_pairs
from futurone_server.egress.channels import BadChannelError, read_channel
from futurone_server.features.connections import Place
from futurone_server.features.webhooks import Fault, Letter
from futurone_server.features.webhooks import rules as webhook_rules
from futurone_server.kit import json
from futurone_server.kit.errors import Invalid, Unavailable, invalid_field
from futurone_server.tools.sandbox import Allowance as Bounds
from futurone_server.tools.sandbox import Job, limited, own_program

_SENDER = "futurone_server.egress.channels.sender"
_AT_ONCE_MAX = 4
_AT_ONCE_PER_WORKSPACE_MAX = 2
"""So that a workspace whose services hang holds up itself, and nobody else."""

_DEADLINE_S = int(webhook_rules.DEADLINE_S)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What came of a message: the service's status where it has one, and a class of failure; None is success."""

    status: int | None
    fault: Fault | None


class Room:
    """Places for so many at once, and for fewer ``of_each``."""

    def __init__(self, places: int, *, of_each: int) -> None:
        self._places = places
        self._of_each = of_each
        self._taken: Counter[str | None] = Counter()
        self._changed = asyncio.Condition()

    def _is_free(self, name: str | None) -> bool:
        return self._taken.total() < self._places and (name is None or self._taken[name] < self._of_each)

    @asynccontextmanager
    async def place(self, name: str | None) -> AsyncIterator[None]:
        """A place of one's own, as soon as there is one; None is nobody in particular, and takes any."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._is_free(name))
            self._taken[name] += 1
        try:
            yield
        finally:
            self._taken -= Counter({name: 1})
            async with self._changed:
                self._changed.notify_all()


class Channels:
    """Sends messages to Apprise URLs, a few at once, and looks at such URLs before they are kept.

    ``deadline_s`` is for one message, from the start of its process to its end.
    """

    def __init__(self, allow: Allowance | None = None, *, deadline_s: int = _DEADLINE_S) -> None:
        self._bounds = Bounds(memory_bytes=1 << 30, cpu_s=15, wall_s=deadline_s, answer_bytes=16 << 10)
        self._allow = ",".join(list_pairs(allow or Allowance()))
        self._threads = ThreadPoolExecutor(_AT_ONCE_MAX, thread_name_prefix="channel")
        self._room = Room(_AT_ONCE_MAX, of_each=_AT_ONCE_PER_WORKSPACE_MAX)

    async def check(self, field: str, url: str) -> Place:
        """What may be shown of a URL that messages can be sent to. Nothing is dialled.

        Raises Invalid, naming the field and never quoting the URL; Unavailable when it could not be looked at.
        """
        try:
            read_channel(url)
        except BadChannelError as error:
            raise invalid_field(field, str(error)) from None
        async with self._room.place(None):
            said = await self._ask({"url": url})
        if said is None or not {"refused", "service"} & said.keys():
            raise Unavailable("The URL could not be looked at just now; try again.")
        if "refused" in said:
            raise invalid_field(field, str(said["refused"]))
        scheme, host = url.partition("://")[0].lower(), said.get("host")
        return Place(service=str(said["service"]), hint=f"{scheme}://{host or ''}…")

    async def send(self, url: str, letter: Letter, *, workspace_id: str, patience_s: float) -> Sent | None:
        """Send one message. None: there was no room for it within ``patience_s`` seconds, and nothing was sent."""
        async with AsyncExitStack() as place:
            try:
                async with asyncio.timeout(patience_s):
                    await place.enter_async_context(self._room.place(workspace_id))
            except TimeoutError:
                return None
            said = await self._ask({"url": url, "title": letter.title, "body": letter.text, "type": letter.tone})
        return Sent(status=None, fault=Fault.TIMEOUT) if said is None else _sent(said)

    async def _ask(self, letter: Mapping[str, str]) -> Mapping[str, object] | None:
        """What a process of its own says; None when it was ended because it took too long."""
        environment = {"HOME": "/nonexistent", "LANG": "C.UTF-8", **_certificates()}
        command = limited(own_program(_SENDER), self._bounds)
        stdin = json.dump({**letter, "allow": self._allow, "deadline_s": self._bounds.wall_s})
        job = Job(command, stdin=stdin, allowance=self._bounds, environment=environment)
        loop = asyncio.get_running_loop()
        try:
            ended = await asyncio.shield(loop.run_in_executor(self._threads, job.run))
        except asyncio.CancelledError:
            job.kill()
            raise
        if ended.is_out_of_bounds:
            return None
        try:
            said = json.read(ended.answer)
        except Invalid:
            said = None
        return said if isinstance(said, dict) else {}


def _sent(said: Mapping[str, object]) -> Sent:
    """What a sender's word means. One that is not understood is no success."""
    status, fault = said.get("status"), said.get("fault", Fault.BROKEN)
    if "refused" in said:
        fault = Fault.BLOCKED
    is_known = fault is None or fault in tuple(Fault)
    return Sent(
        status=status if isinstance(status, int) else None,
        fault=None if fault is None else Fault(str(fault)) if is_known else Fault.BROKEN,
    )


def _certificates() -> Mapping[str, str]:
    """Where the certificates are that this process trusts, for one that has none of its environment."""
    paths = ssl.get_default_verify_paths()
    found: Mapping[str, str | None] = {"SSL_CERT_FILE": paths.cafile, "SSL_CERT_DIR": paths.capath}
    return {name: path for name, path in found.items() if path is not None}
