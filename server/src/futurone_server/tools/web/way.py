"""The way out as these tools see it: they ask through a port, which the guarded client fills."""

from collections.abc import Mapping
from typing import Protocol

from futurone_server.kit.errors import Refusal, Unavailable
from futurone_server.tools.port import ToolFailedError


class Answer(Protocol):
    """What another server said."""

    @property
    def status(self) -> int:
        """The status as it came; redirects too, where none were to be followed."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Names are in lower case."""
        ...

    @property
    def body(self) -> bytes:
        """The whole body."""
        ...

    @property
    def url(self) -> str:
        """Where the answer came from, in its one spelling."""
        ...


class WayOut(Protocol):
    """A client that decides where requests may go. Refuses with a Refusal; Unavailable means: perhaps later."""

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        deadline_s: float,
        bytes_max: int,
        redirects_max: int = 0,
        may_be_http: bool = False,
    ) -> Answer:
        """Send a request and read the whole answer, whatever its status."""
        ...


def unreached(refusal: Refusal) -> ToolFailedError:
    """The same in the words of tools: its reason and fixed text."""
    return ToolFailedError(refusal.reason, refusal.message, is_transient=isinstance(refusal, Unavailable))
