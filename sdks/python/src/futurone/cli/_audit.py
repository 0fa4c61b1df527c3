"""The verb ``audit``: list, export and check the audit trail."""

from pathlib import Path
from typing import Annotated

import typer

from futurone._audit_chain import AuditVerdict, verify_audit
from futurone.cli._desk import Desk, verb
from futurone.cli._text import columns, one_line

app = typer.Typer(
    help="List, export and check the audit trail.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)

_LISTED = 50


@app.command("list")
@verb
def list_lines(
    desk: Desk,
    action: Annotated[str | None, typer.Option(help="Only this, such as key.revoked.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this key did.")] = None,
    resource: Annotated[str | None, typer.Option(help="Only what was done to this.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many lines.")] = _LISTED,
) -> None:
    """Show who did what, newest first."""
    for count, line in enumerate(desk.client.audit.list(action=action, actor=actor, resource=resource)):
        if count == limit:
            break
        desk.out.record(line)
        desk.out.line(columns(line.seq, line.at, line.action, line.actor, line.resource))


@app.command()
@verb
def export(
    desk: Desk,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The file to write; default: print.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Begin behind the line of this number.")] = 0,
) -> None:
    """Export the whole chain as JSON Lines, oldest first, with a signed end."""
    lines = desk.client.audit.export(after=after)
    if output is None:
        typer.echo(lines.decode(), nl=False)
    else:
        output.write_bytes(lines)
        count = lines.count(b"\n") - 1  # the last one is the anchor
        desk.out.words(f"{count} records and their anchor are in {output}")


@app.command()
@verb
def key(desk: Desk) -> None:
    """Show the public key that exports are checked against; keep it somewhere else than them."""
    found = desk.client.audit.signing_key()
    desk.out.record(found)
    desk.out.line(one_line(found.public_key))


@app.command()
@verb
def verify(
    desk: Desk,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    public_key: Annotated[str | None, typer.Option("--key", help="The server's public key, from elsewhere.")] = None,
    anchors: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The server's audit/anchors.jsonl.")
    ] = None,
) -> int:
    """Check exports without a server: whether anything was altered, dropped, swapped or cut off."""
    lines = (line for file in files for line in file.read_bytes().splitlines())
    verdict = verify_audit(
        lines, public_key=public_key, anchors=[] if anchors is None else anchors.read_bytes().splitlines()
    )
    return _tell(desk, verdict, is_trusted=public_key is not None)


def _tell(desk: Desk, verdict: AuditVerdict, *, is_trusted: bool) -> int:
    desk.out.record({**vars(verdict), "is_sound": verdict.is_sound})
    for problem in verdict.problems:
        desk.out.line(one_line(problem), style="strong")
    if verdict.is_sound:
        desk.out.line(f"records {verdict.first} to {verdict.last} are as they were written, signed {verdict.signed_at}")
    if not is_trusted and verdict.public_key is not None:
        desk.out.words(
            f"The signatures were checked against the key in the file, {verdict.public_key}: anybody could have made"
            " it. Give the server's own with --key."
        )
    return 0 if verdict.is_sound else 1
