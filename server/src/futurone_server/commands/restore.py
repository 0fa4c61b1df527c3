"""``futurone restore``: a backup brought back into a new data directory, and put into order."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from futurone_server.commands.house import CLOCK, CannotStartError, occupied, prepare, say, settings
from futurone_server.config import Config
from futurone_server.kit import json
from futurone_server.store import rootkey
from futurone_server.store.embedded import ClusterError, EmbeddedPostgres

if TYPE_CHECKING:
    from futurone_server.features.runs import Restored
    from futurone_server.store.dumps import Dump

_OURS = ("postgres", "secrets", "run", "logs", "backups", "server.lock")
_TOLD = """\
Restored into {data_dir}: the database as it was at {made}.
{erased} runs lost their content, which hung on keys that are in no backup; {ended} of them had not ended, and have
failed with CONTENT_ERASED.
{going_on} runs had not ended and go on as they are: what they did after the backup they do again.
Start it with: futurone up --data-dir {data_dir}"""


def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FILE_OR_DIR", help="A backup, or the directory of several: the last.")
    ],
    data_dir: Annotated[
        Path, typer.Option(help="A new directory for the server: empty, or with the keys alone in it.")
    ],
    keys: Annotated[
        Path | None, typer.Option(help="The directory with root.key, which is copied; nothing else is.")
    ] = None,
    database_url: Annotated[
        str | None, typer.Option(help="An empty database to restore into instead of embedded.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> int:
    """Bring a backup back into a new data directory, ready for `futurone up`.

    Runs that had not ended go on as they are. Content of runs with zero retention is in no backup: such runs say so.
    """
    from futurone_server.store.dumps import DumpError, read  # noqa: PLC0415 - the database's libraries

    try:
        config = settings(data_dir=data_dir, database_url=database_url)
        file = _chosen(source)
        made = read(file)
        restored = _restore(file, config, keys)
    except (CannotStartError, ClusterError, DumpError) as error:
        say(f"futurone: {error}")
        return error.code if isinstance(error, CannotStartError) else 1
    _tell(config.data_dir, made, restored, as_json=as_json)
    return 0


def _chosen(source: Path) -> Path:
    """The backup itself, or the last one of a directory: their names begin with their time."""
    if not source.is_dir():
        return source
    found = sorted(source.glob("*.dump"), key=lambda path: path.stat().st_mtime_ns)
    if not found:
        raise CannotStartError(f"{source} holds no backup (*.dump).")
    return found[-1]


def _restore(file: Path, config: Config, keys: Path | None) -> "Restored":
    from futurone_server.main import settle_restored  # noqa: PLC0415 - every part loads with it

    data_dir = config.data_dir
    _check_new(data_dir, keys)
    with occupied(data_dir), _nothing_left(data_dir):
        if keys is not None:
            _take_root_key(keys / "root.key", data_dir)
        embedded = None if config.database_url else EmbeddedPostgres(data_dir)
        try:
            _fill(file, config.database_url if embedded is None else embedded.start().url())
            ground = prepare(config)
            settling = settle_restored(config, url=ground.url, role=ground.role, root_key=ground.root_key, clock=CLOCK)
            return asyncio.run(settling)
        finally:
            if embedded is not None:
                embedded.stop()


def _check_new(data_dir: Path, keys: Path | None) -> None:
    strange = sorted({path.name for path in data_dir.iterdir()} - {"keys"}) if data_dir.is_dir() else []
    if strange:
        raise CannotStartError(f"{data_dir} is not empty ({strange[0]}). A backup is restored into a new directory.")
    source = rootkey.path_in(data_dir) if keys is None else keys / "root.key"
    if not source.is_file():
        raise CannotStartError(
            f"{source} is missing: without the root key nothing in a backup opens. Name the directory that holds"
            f" root.key with --keys, or put it into {data_dir / 'keys'} first."
        )
    if keys is not None and rootkey.path_in(data_dir).exists():
        raise CannotStartError(f"{rootkey.path_in(data_dir)} is there already: leave --keys away.")


@contextmanager
def _nothing_left(data_dir: Path) -> Iterator[None]:
    """A restore that fails leaves the directory as it was, but for the root key."""
    try:
        yield
    except BaseException:
        for name in _OURS:
            path = data_dir / name
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise


def _take_root_key(source: Path, data_dir: Path) -> None:
    target = rootkey.path_in(data_dir)
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(source.read_bytes())
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise CannotStartError(f"The root key cannot be copied to {target}: {error.strerror}.") from error


def _fill(file: Path, url: str | None) -> None:
    from futurone_server.migrations.upgrade import CannotUpgradeError, make_role  # noqa: PLC0415 - Alembic, when needed
    from futurone_server.store.database import plain_url  # noqa: PLC0415 - the database's libraries
    from futurone_server.store.dumps import is_empty, restore  # noqa: PLC0415 - likewise

    assert url is not None
    if not is_empty(plain_url(url)):
        raise CannotStartError("The database is not empty. A backup is restored into an empty one.")
    try:
        role = make_role(url)
    except CannotUpgradeError as error:
        raise CannotStartError(f"The database cannot be used: {error}.") from error
    restore(file, plain_url(url), with_rights=role is not None)


def _tell(data_dir: Path, made: "Dump", restored: "Restored", *, as_json: bool) -> None:
    if as_json:
        line = {"event": "restored", "data_dir": str(data_dir.resolve()), "made": made.made, **vars(restored)}
        sys.stdout.write(json.dump(line).decode() + "\n")
        return
    sys.stdout.write(_TOLD.format(data_dir=data_dir.resolve(), made=made.made, **vars(restored)) + "\n")
