"""``futurone retention verify``: proves on this machine that a run's content is gone."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from futurone_server.commands.findings import Finding, show
from futurone_server.commands.house import CLOCK, CannotStartError, Ground, say, settings, visited
from futurone_server.config import Config
from futurone_server.kit.errors import NotFound


class Act(StrEnum):
    """What to do."""

    VERIFY = "verify"


def retention(
    act: Annotated[Act, typer.Argument(help="verify: look for anything that could still open a run's content.")],
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The run's id.")],
    data_dir: Annotated[Path | None, typer.Option(help="The data directory to look at.")] = None,
    database_url: Annotated[str | None, typer.Option(help="The database to look at instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
) -> int:
    """Prove that a run's content is gone: its keys, its ciphertext, and whatever could have opened them.

    Looks at the database and at the key directory, and tries every 32 bytes that survive there as the key. Exits with
    0 when nothing is left, with 1 when something is, or when the key of the hour is still to be destroyed.
    """
    assert act is Act.VERIFY
    try:
        config = settings(data_dir=data_dir, database_url=database_url)
        with visited(config) as ground:
            findings = asyncio.run(_verify(config, ground, run_id))
    except CannotStartError as error:
        say(f"futurone: {error}")
        return error.code
    except NotFound as error:
        say(f"futurone: {error.message}")
        return 1
    for finding in findings:
        show(finding, as_json)
    return 0 if all(finding.is_well for finding in findings) else 1


async def _verify(config: Config, ground: Ground, run_id: str) -> Sequence[Finding]:
    from futurone_server.main import assemble  # noqa: PLC0415 - every part loads with it

    server = assemble(config, url=ground.url, role=ground.role, root_key=ground.root_key, clock=CLOCK)
    try:
        checks = await server.desk.retention.verify(run_id)
    finally:
        await server.desk.db.close()
    return [Finding(name=one.name, is_well=one.is_well, detail=one.detail) for one in checks]


def look(config: Config, ground: Ground) -> list[Finding]:
    """How retention stands here: what is overdue, and what keys are not as they should be."""
    return asyncio.run(_look(config, ground))


async def _look(config: Config, ground: Ground) -> list[Finding]:
    from futurone_server.main import assemble  # noqa: PLC0415 - every part loads with it

    server = assemble(config, url=ground.url, role=ground.role, root_key=ground.root_key, clock=CLOCK)
    try:
        found = await server.desk.retention.standing()
    finally:
        await server.desk.db.close()
    missing = sum(found.missing.values())
    elsewhere = f"; {len(found.elsewhere)} not in this key directory, as after a restore" if found.elsewhere else ""
    overdue = f"{found.overdue} overdue" + (f" since {found.since:%Y-%m-%d %H:%M} UTC" if found.since else "")
    return [
        Finding(
            name="erasures",
            is_well=not found.overdue,
            detail=overdue if found.overdue else "none is overdue",
            mend="Is a server or a worker running on this database? Its log says what keeps it from erasing.",
        ),
        Finding(
            name="keys of hours",
            is_well=not missing,
            detail=f"the keys of {missing} runs are missing here" if missing else "all that are needed are here",
            mend="Every server and worker of one database must use the same key directory (keys/epochs in the data"
            " directory). After a restore from a backup, what these keys sealed is gone: delete the runs.",
        ),
        Finding(
            name="keys of past hours",
            is_well=not found.late,
            detail=(f"{len(found.late)} not destroyed" if found.late else "all destroyed") + elsewhere,
            mend="They are destroyed by a server or worker that has them in its key directory: is one running?",
        ),
    ]
