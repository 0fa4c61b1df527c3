"""The verb ``keys``: create, list, revoke, rotate and scope API keys."""

from collections.abc import Sequence
from typing import Annotated

import typer

from futurone._models import ApiKey
from futurone.cli._desk import Desk, verb
from futurone.cli._invocation import invocation
from futurone.cli._text import columns, one_line

app = typer.Typer(
    help="Create, list, revoke, rotate and scope API keys.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

_NAMED_MAX = 5
KeyId = Annotated[str, typer.Argument(metavar="KEY_ID")]


@app.command()
@verb
def create(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="What it is for.")],
    capability: Annotated[
        list[str] | None, typer.Option("--capability", "-c", help="runs:create, …; repeatable.")
    ] = None,
    project: Annotated[list[str] | None, typer.Option("--project", help="Only in this project; repeatable.")] = None,
    agent: Annotated[list[str] | None, typer.Option("--agent", help="Only for this agent domain; repeatable.")] = None,
    expires_at: Annotated[str | None, typer.Option(help="When it ends, such as 2027-01-31T00:00:00Z.")] = None,
    rate_standard: Annotated[int | None, typer.Option(min=1, help="Requests a minute, beside those below.")] = None,
    rate_execution: Annotated[
        int | None, typer.Option(min=1, help="Requests a minute that create runs or submit input.")
    ] = None,
) -> int:
    """Make a key and show it, this once."""
    named = {"standard": rate_standard, "execution": rate_execution}
    rates = {rate: count for rate, count in named.items() if count is not None}
    key = desk.client.keys.create(
        name,
        capabilities=capability,
        projects=project,
        agents=agent,
        expires_at=expires_at,
        rate_limits=rates or None,
    )
    return _show_once(desk, key)


@app.command("list")
@verb
def list_keys(desk: Desk) -> None:
    """List the keys, without their secrets."""
    for key in desk.client.keys.list():
        desk.out.record(key)
        desk.out.line(columns(key.id, key.name, _standing(key), _powers(key.capabilities or [])))


@app.command()
@verb
def revoke(desk: Desk, key_id: KeyId) -> None:
    """End a key, at once."""
    desk.client.keys.revoke(key_id)
    desk.out.record({"id": key_id, "revoked": True})
    desk.out.line(f"{key_id} is revoked")


@app.command()
@verb
def rotate(
    desk: Desk,
    key_id: KeyId,
    overlap: Annotated[
        int | None, typer.Option(min=0, help="Seconds the old key stays good; a day by default.")
    ] = None,
) -> int:
    """Make a successor and show it, this once."""
    return _show_once(desk, desk.client.keys.rotate(key_id, overlap_s=overlap))


@app.command()
@verb
def scope(
    desk: Desk,
    key_id: KeyId,
    apply: Annotated[bool, typer.Option("--apply", help="Make what it used all that it may do.")] = False,
    capability: Annotated[
        list[str] | None, typer.Option("--capability", "-c", help="Make these all that it may do; repeatable.")
    ] = None,
) -> None:
    """Show what a key used in the last 30 days, and make that its scope if asked."""
    found = desk.client.keys.scope(key_id, apply=apply, capabilities=capability or None)
    desk.out.record(found)
    if found.applied:
        desk.out.line(f"{one_line(found.id)} may do this and nothing else: {_named(found.capabilities or [])}")
        return
    desk.out.line(f"{one_line(found.id)} used since {one_line(found.since)}: {_named(found.proposed)}")
    if found.proposed:
        again = invocation("keys", "scope", one_line(found.id), "--apply")
        desk.out.words(f"Nothing was changed. To make that all it may do: {again}")


def _show_once(desk: Desk, key: ApiKey) -> int:
    desk.out.record(key)
    if key.key is None:
        again = invocation("keys", "rotate", one_line(key.id))
        desk.out.words(f"The first answer was lost and the key cannot be shown again: {again}")
        return 1
    desk.out.line(one_line(key.key), style="strong")
    desk.out.words(f"This is {key.id}. The key is shown this once: keep it now.")
    return 0


def _standing(key: ApiKey) -> str:
    """Whether a key holds, and until when."""
    if key.legacy and key.revoked_at is None:
        return "has no scope"
    if key.revoked_at is not None:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    return f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "never expires"


def _named(capabilities: Sequence[str]) -> str:
    return one_line(", ".join(capabilities) or "nothing")


def _powers(capabilities: Sequence[str]) -> str:
    return ", ".join(capabilities) if len(capabilities) <= _NAMED_MAX else f"{len(capabilities)} capabilities"
