"""``futurone doctor verify``: holds a store, live or restored, against every promise that can be read from it."""

from collections.abc import Iterator

from futurone_server.commands.findings import Finding
from futurone_server.commands.house import Ground
from futurone_server.store.database import plain_url
from futurone_server.store.inspection import NoAnswerError
from futurone_server.store.invariants import verify


def look(ground: Ground) -> Iterator[Finding]:
    """One finding for each promise; what breaks it is named by ids alone."""
    try:
        verdicts = verify(plain_url(ground.url))
    except NoAnswerError as error:
        mend = "The database must answer, and be at this version's schema: start this server on it once."
        yield Finding(name="verify", is_well=False, detail=str(error), mend=mend)
        return
    for verdict in verdicts:
        is_well = not verdict.broken_by
        broken = "" if is_well else f"; broken by {', '.join(verdict.broken_by)}"
        mend = "This should never happen: keep a copy of the data directory, and report it with this line."
        yield Finding(name=verdict.invariant.name, is_well=is_well, detail=verdict.invariant.says + broken, mend=mend)
