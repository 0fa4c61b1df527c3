"""The verb ``version``: what this command is, and what the server is."""

from futurone._errors import FuturOneError
from futurone._version import VERSION
from futurone.cli._desk import Desk, verb
from futurone.cli._text import one_line

_PATIENCE_S = 2.0


@verb
def version(desk: Desk) -> None:
    """Show the versions of this command and of the server, if one answers."""
    with desk.new_client(timeout_s=_PATIENCE_S, max_retries=0) as client:
        try:
            server = client.version().version
        except FuturOneError:
            server = None
        desk.out.record({"futurone": VERSION, "server": server, "base_url": client.base_url})
        desk.out.line(f"futurone {VERSION}")
        desk.out.line(one_line(f"server {server or 'none'} at {client.base_url}"))
