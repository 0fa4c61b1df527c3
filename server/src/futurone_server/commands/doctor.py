"""``futurone doctor``: looks at an installation and says what is wrong and how to mend it."""

import shutil
import sys
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from futurone_server import VERSION
from futurone_server.commands import retention, verification
from futurone_server.commands.findings import Finding, show
from futurone_server.commands.house import CLOCK, CannotStartError, Ground, WrongSettingError, say, settings, visited
from futurone_server.config import Config
from futurone_server.store import rootkey
from futurone_server.store.inspection import NoAnswerError, inspect, old_keys

_DISK_FREE_MIN = 0.05
_OLD = timedelta(days=365)


class Act(StrEnum):
    """What to do besides looking."""

    VERIFY = "verify"


def doctor(
    act: Annotated[
        Act | None, typer.Argument(help="verify: hold everything that is stored against what is promised of it.")
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(help="The data directory to look at.")] = None,
    database_url: Annotated[str | None, typer.Option(help="The database to look at instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> int:
    """Look at this installation and say what is wrong and how to mend it.

    With ``verify``, also whether every log is whole, every ended run has its one end, every chain holds, and so on.
    """
    is_well = True
    try:
        config = settings(data_dir=data_dir, database_url=database_url)
    except WrongSettingError as error:
        say(f"futurone: {error}")
        return error.code
    try:
        for finding in _look(config, is_thorough=act is Act.VERIFY):
            is_well &= finding.is_well
            show(finding, as_json)
    except CannotStartError as error:
        show(Finding(name="start", is_well=False, detail=str(error)), as_json)
        return 1
    return 0 if is_well else 1


def _look(config: Config, *, is_thorough: bool) -> Iterator[Finding]:
    yield Finding(name="version", is_well=True, detail=f"FuturOne {VERSION}, Python {sys.version.split()[0]}")
    yield from _models(config)
    if rootkey.is_lost(config.data_dir):
        yield Finding(
            name="root key",
            is_well=False,
            detail=f"{rootkey.path_in(config.data_dir)} is missing, and the database was sealed under it",
            mend="Restore it from your backup of the key directory. Without it nobody can sign in or read anything.",
        )
        return
    if not rootkey.path_in(config.data_dir).exists():
        yield Finding(
            name="data directory",
            is_well=False,
            detail=f"{config.data_dir} holds no server yet",
            mend="Start one with `futurone up`, or name its directory with --data-dir.",
        )
        return
    yield _root_key(config)
    yield _disk(config)
    with visited(config) as ground:
        yield from _database(ground)
        yield from retention.look(config, ground)
        if is_thorough:
            yield from verification.look(ground)


def _models(config: Config) -> Iterator[Finding]:
    """Whether the configured models have their keys; nobody is asked anything, that is for ``models test``."""
    missing = config.keys_missing
    for name, variable in missing.items():
        yield Finding(
            name="models",
            is_well=False,
            detail=f"{name}: the variable {variable} is not set",
            mend=f"Export {variable}, or name another variable in FUTURONE_MODELS with the option key (key=NAME).",
        )
    if config.models and not missing:
        names = {model.name for chain in config.models.values() for model in chain}
        yield Finding(name="models", is_well=True, detail=f"{len(names)} configured; `futurone models test` asks them")


def _root_key(config: Config) -> Finding:
    path = config.data_dir / "keys" / "root.key"
    mode = path.stat().st_mode & 0o777
    return Finding(
        name="root key",
        is_well=mode & 0o077 == 0,
        detail=f"{path} has mode {mode:o}",
        mend=f"chmod 600 {path}: who reads this file can open all sealed content.",
    )


def _disk(config: Config) -> Finding:
    usage = shutil.disk_usage(config.data_dir)
    share = usage.free / usage.total
    return Finding(
        name="disk",
        is_well=share > _DISK_FREE_MIN,
        detail=f"{usage.free // 2**20} MiB free ({share:.0%})",
        mend="Free some space: PostgreSQL stops taking writes when the disk is full.",
    )


def _database(ground: Ground) -> Iterator[Finding]:
    try:
        found = inspect(ground.url)
    except NoAnswerError as error:
        mend = "See the database's log (logs/postgres.log in the data directory for the embedded one)."
        yield Finding(name="database", is_well=False, detail=str(error), mend=mend)
        return
    yield Finding(name="database", is_well=True, detail=f"PostgreSQL {found.version}")
    for name, value in found.settings.items():
        mend = f"Set {name} = on: without it a power cut loses what was acknowledged."
        yield Finding(name=name, is_well=value == "on", detail=value, mend=mend)
    yield Finding(
        name="row-level security",
        is_well=ground.role is not None,
        detail=f"statements run as {ground.role or 'the owner of the tables'}",
        mend="Let the database user create roles once, so that statements run under a role that owns nothing.",
    )
    yield _keys(ground)


def _keys(ground: Ground) -> Finding:
    old = old_keys(ground.url, CLOCK.now() - _OLD)
    shown = ", ".join(old[:5]) + (", …" if len(old) > 5 else "")
    return Finding(
        name="keys",
        is_well=not old,
        detail=f"{len(old)} older than a year: {shown}" if old else "none is older than a year",
        mend="Rotate each with `futurone keys rotate`, or revoke it: secrets spread with time.",
    )
