"""``futurone backup``: the whole database in one file, while the server runs; the keys are never in it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from futurone_server.commands.house import CLOCK, CannotStartError, say, settings
from futurone_server.config import Config
from futurone_server.kit import json
from futurone_server.store import rootkey
from futurone_server.store.embedded import ClusterError, EmbeddedPostgres

_NAME = "futurone-{at:%Y%m%dT%H%M%SZ}.dump"
_TOLD = """\
Written to {file}: {mib:.1f} MiB, the whole database as it was when this began.
Not in it: the keys. Keep {root_key} somewhere else than this file; together they open all kept content.
Never copy {epochs}: those keys are destroyed within hours, and with them what is not to be kept.
Bring it back with: futurone restore {file} --data-dir NEW --keys {keys}"""


def backup(
    target: Annotated[
        Path, typer.Argument(metavar="FILE_OR_DIR", help="A new file, or a directory in which one is made.")
    ],
    data_dir: Annotated[Path | None, typer.Option(help="The data directory of the server.")] = None,
    database_url: Annotated[
        str | None, typer.Option(help="The database to back up instead of the embedded one.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> int:
    """Write the whole database into one file, as it is at one moment. The server may run and goes on meanwhile.

    The keys are not in it: keep `keys/root.key` of the data directory apart from the backups.
    """
    from futurone_server.store.dumps import DumpError, dump  # noqa: PLC0415 - the database's libraries

    try:
        config = settings(data_dir=data_dir, database_url=database_url)
        file = (target / _NAME.format(at=CLOCK.now()) if target.is_dir() else target).resolve()
        with database_of(config) as url:
            size_bytes = dump(url, file)
    except (CannotStartError, DumpError) as error:
        say(f"futurone: {error}")
        return error.code if isinstance(error, CannotStartError) else 1
    _tell(config, file, size_bytes, as_json=as_json)
    return 0


@contextmanager
def database_of(config: Config) -> Iterator[str]:
    """The address of the database as it is: nothing is made or upgraded; an embedded one that slept sleeps again.

    Raises CannotStartError.
    """
    from futurone_server.store.database import plain_url  # noqa: PLC0415 - the database's libraries

    if config.database_url is not None:
        yield plain_url(config.database_url)
        return
    if not (config.data_dir / "postgres" / "PG_VERSION").exists():
        raise CannotStartError(f"{config.data_dir} holds no database. Name the server's directory with --data-dir.")
    embedded = EmbeddedPostgres(config.data_dir)
    was_running = embedded.is_running()
    try:
        url = embedded.start(as_found=True).url()
    except ClusterError as error:
        raise CannotStartError(str(error)) from error
    try:
        yield plain_url(url)
    finally:
        if not was_running:
            embedded.stop()


def _tell(config: Config, file: Path, size_bytes: int, *, as_json: bool) -> None:
    root_key = rootkey.path_in(config.data_dir).resolve()
    if as_json:
        line = {"event": "backup", "file": str(file), "size_bytes": size_bytes, "root_key": str(root_key)}
        sys.stdout.write(json.dump(line).decode() + "\n")
        return
    keys, epochs = root_key.parent, rootkey.epochs_in(config.data_dir).resolve()
    told = {"file": file, "mib": size_bytes / 2**20, "root_key": root_key, "epochs": epochs, "keys": keys}
    sys.stdout.write(_TOLD.format(**told) + "\n")
