"""The way out through the guarded client."""

from collections.abc import Mapping

from futurone_server.egress import Egress, Incoming, Outgoing


class GuardedWay:
    """Sends what these tools ask for through ``egress``, which decides where it may go."""

    def __init__(self, egress: Egress) -> None:
        self._egress = egress

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
    ) -> Incoming:
        """Send a request and read the whole answer, whatever its status. Raises Refusal."""
        request = Outgoing(
            method=method,
            url=url,
            headers=headers,
            body=body,
            deadline_s=deadline_s,
            bytes_max=bytes_max,
            redirects_max=redirects_max,
            may_be_http=may_be_http,
        )
        return await self._egress.fetch(request)
