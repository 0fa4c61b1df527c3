"""The verb ``vault``: put files in, list them, get them out, throw them away."""

import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from futurone.cli._deliverables import write_new
from futurone.cli._desk import Desk, verb
from futurone.cli._failures import UsageFailure
from futurone.cli._text import columns, safe_name

app = typer.Typer(
    help="Put files into the vault and get them out.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

_FILES = typer.Argument(metavar="FILE...", exists=True, dir_okay=False, readable=True)
_PAGE_MAX = 100


@app.command()
@verb
def put(
    desk: Desk,
    files: Annotated[list[Path], _FILES],
    name: Annotated[str | None, typer.Option(help="Another name for it; with one file only.")] = None,
    folder: Annotated[str | None, typer.Option(help="The folder's id.")] = None,
) -> None:
    """Store files."""
    if name is not None and len(files) > 1:
        raise UsageFailure("--name is for one file")
    for path in files:
        stored = desk.client.vault.upload(path, name=name, folder_id=folder)
        desk.out.record(stored)
        desk.out.line(columns(stored.id, stored.name))


@app.command()
@verb
def ls(
    desk: Desk,
    search: Annotated[str | None, typer.Option("--search", "-q", help="In the names.")] = None,
    kind: Annotated[str | None, typer.Option("--type", help="A MIME type, image/* or an ending.")] = None,
    folder: Annotated[str | None, typer.Option(help="The folder's id.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
) -> None:
    """List files."""
    page_size = min(limit, _PAGE_MAX)
    files = desk.client.vault.list(search=search, type=kind, folder_id=folder, page_size=page_size)
    for file in islice(files, limit):
        desk.out.record(file)
        desk.out.line(columns(file.id, file.size, file.type, file.name))


@app.command()
@verb
def get(
    desk: Desk,
    file_id: Annotated[str, typer.Argument(metavar="FILE_ID")],
    out: Annotated[str, typer.Option("--out", help="A directory, a new file, or - for standard output.")] = ".",
) -> None:
    """Get a file out of the vault."""
    content = desk.client.vault.download(file_id)
    if out == "-":
        if desk.out.as_json:
            raise UsageFailure("--json and --out - both want standard output")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    target = Path(out)
    directory, name = (
        (target, safe_name(desk.client.vault.get(file_id).name)) if target.is_dir() else (target.parent, target.name)
    )
    path = write_new(directory, name, content=content)
    desk.out.record({"object": "saved_file", "id": file_id, "path": str(path), "bytes": len(content)})
    desk.out.line(f"Saved {path}")


@app.command()
@verb
def rm(desk: Desk, file_ids: Annotated[list[str], typer.Argument(metavar="FILE_ID...")]) -> None:
    """Delete files for good."""
    for file_id in file_ids:
        desk.client.vault.delete(file_id)
        desk.out.record({"id": file_id, "deleted": True})
        desk.out.line(f"{file_id} is deleted")
