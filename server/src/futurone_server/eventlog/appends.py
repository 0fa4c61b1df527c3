"""What a run has to say before it is in the log: named drafts, row changes, and the word that shuts a writer out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from futurone_server.eventlog.events import Draft
from futurone_server.eventlog.sealing import RunSeal


class Fenced(BaseException):
    """Another worker holds this run now, or it has ended: stop, write nothing more.

    A BaseException, as the engine's own: code that catches Exception to clean up must not swallow it.
    """


@dataclass(frozen=True, kw_only=True)
class Write:
    """A row change that belongs to an event and is committed with it.

    SQL in the driver's own style, ``%(name)s``. It must bear being carried out twice.
    """

    statement: str
    values: Mapping[str, object]
    supersedes: str | None = None
    """What this is the state of: a later write of the same run and name takes the place of an earlier one."""
    contended: str | None = None
    """What other runs' commits change as well: such writes come after all others, in the order of this word, so that
    no two commits wait for one another."""


@dataclass(eq=False, kw_only=True)
class Append:
    """What one run has to say: named drafts, row changes, and whether this ends the run."""

    run_id: str
    epoch: int
    seal: RunSeal
    drafts: tuple[tuple[str, Draft], ...]
    writes: tuple[Write, ...]
    close: bool


def row_of(run_id: str, epoch: int, name: str, draft: Draft, seal: RunSeal, *, at: datetime) -> dict[str, object]:
    """An event's row but for its number and workspace; the content is sealed here."""
    content = None if draft.content is None else seal.seal_json(f"events|{name}", draft.content)
    return {
        "run_id": run_id,
        "epoch": epoch,
        "type": draft.type.value,
        "at": at,
        "name": name,
        "facts": dict(draft.facts),
        "content": content,
        "had_content": content is not None,
    }
