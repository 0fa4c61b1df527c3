"""The verb ``listen``: forwards signed webhooks of this workspace to a receiver that only this machine can reach."""

import base64
import secrets
from typing import Annotated
from urllib.parse import urlsplit

import httpx2
import typer

from futurone._clock import SystemClock
from futurone._listening import OUTCOMES, Listener, Told
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
    if urlsplit(forward_to).scheme not in ("http", "https") or not urlsplit(forward_to).hostname:
        raise UsageFailure("--forward-to must be an http:// or https:// address")
    key = secret or f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    _check_secret(key)
    listener = Listener(desk.client)
    listener.start()
    desk.out.record({"object": "listening", "forward_to": forward_to, "secret": key})
    desk.out.line(f"Listening; signed with {key}")
    wanted, left, clock = event or OUTCOMES, count, SystemClock()
    with httpx2.Client(timeout=_DEADLINE_S, trust_env=not is_loopback(forward_to)) as http:
        while left is None or left > 0:
            for told in listener.events():
                if told.type in wanted and (left is None or left > 0):
                    _forward(desk, http, forward_to, told=told, secret=key)
                    left = None if left is None else left - 1
            if left != 0:
                clock.sleep(_LOOK_S)


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
