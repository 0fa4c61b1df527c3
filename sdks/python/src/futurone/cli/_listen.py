"""The verb ``listen``: forwards signed webhooks of this workspace to a receiver that only this machine can reach."""

import base64
import secrets
from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import urlsplit

import httpx2
import typer

from futurone._clock import SystemClock
from futurone._errors import FuturOneError
from futurone._listening import KINDS, OUTCOMES, Listener, Told
from futurone._retries import is_passing
from futurone._settings import is_loopback
from futurone._signatures import sign_webhook
from futurone.cli._desk import Desk, verb
from futurone.cli._failures import UsageFailure
from futurone.cli._text import columns, one_line

_LOOK_S = 2.0
_DEADLINE_S = 20.0


@verb
def listen(
    desk: Desk,
    forward_to: Annotated[str, typer.Option(help="Where the receiver listens, such as http://127.0.0.1:8000/hook.")],
    event: Annotated[
        list[str] | None, typer.Option("--event", "-e", help="run.cancelled, …; repeatable. Default: every outcome.")
    ] = None,
    secret: Annotated[str | None, typer.Option(help="whsec_… to sign with. Default: a new one, shown.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many events.")] = None,
) -> None:
    """Send what happens to runs from now on to a local receiver, signed as the server would sign it.

    Nothing is made on the server, and it needs no way to this machine. There are no second attempts.
    """
    _check_address(forward_to)
    _check_events(event or ())
    key = secret or f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    _check_secret(key)
    listener = Listener(desk.client)
    listener.start()
    desk.out.record({"object": "listening", "forward_to": forward_to, "secret": key})
    desk.out.line(f"Listening; signed with {key}")
    wanted = event or OUTCOMES
    with httpx2.Client(timeout=_DEADLINE_S, trust_env=not is_loopback(forward_to)) as http:
        for number, told in enumerate((told for told in _happening(desk, listener) if told.type in wanted), start=1):
            _forward(desk, http, forward_to, told=told, secret=key)
            if number == count:
                return


def _happening(desk: Desk, listener: Listener) -> Iterator[Told]:
    """Everything that happens from now on, without an end. A server that is away for a while is waited for."""
    clock, is_away = SystemClock(), False
    while True:
        try:
            yield from listener.events()
            is_away = False
        except FuturOneError as error:
            if not is_passing(error):
                raise
            if not is_away:
                desk.out.words("The server is away at the moment; what happens is forwarded once it is back.")
            is_away = True
        clock.sleep(_LOOK_S)


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number, or none that there is
        is_good = False
    if not is_good:
        raise UsageFailure("--forward-to must be an http:// or https:// address")


def _check_events(events: Sequence[str]) -> None:
    for event in events:
        if event not in KINDS:
            raise UsageFailure(f"--event must be one of {', '.join(KINDS)}: {event!r} is not forwarded")


def _check_secret(secret: str) -> None:
    try:
        sign_webhook(b"", "evt_", secret)
    except ValueError as error:
        raise UsageFailure(f"--secret: {error}") from None


def _forward(desk: Desk, http: httpx2.Client, url: str, *, told: Told, secret: str) -> None:
    try:
        answer = http.post(url, content=told.body, headers=sign_webhook(told.body, told.id, secret))
        came, status = f"HTTP {answer.status_code}", answer.status_code
    except httpx2.HTTPError as error:
        came, status = type(error).__name__, None
    desk.out.record({"object": "forwarded", "id": told.id, "type": told.type, "run_id": told.run_id, "status": status})
    desk.out.line(columns(told.type, told.run_id, one_line(came)))
