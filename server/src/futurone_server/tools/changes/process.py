"""The parent's side of reading changes: a confined process per change, because archives and histories are hostile."""

from collections.abc import Sequence

from futurone_server.kit.errors import Invalid
from futurone_server.tools.changes.change import Changes, Given
from futurone_server.tools.changes.transfer import dump_given, load_changes
from futurone_server.tools.sandbox.process import Allowance, Ended, Job, own_program

_READER = "futurone_server.tools.changes.reader"
ALLOWANCE = Allowance(memory_bytes=2 << 30, cpu_s=40, wall_s=60, answer_bytes=192 << 20)


class UnreadableChangesError(Exception):
    """What was given cannot be read within the bounds; the message is fixed text of ours."""


class Reading:
    """The change that files make together, read once. ``run`` blocks; ``kill`` ends it from any thread."""

    def __init__(self, given: Sequence[Given], allowance: Allowance = ALLOWANCE) -> None:
        bounds = [str(bound) for bound in (allowance.memory_bytes, allowance.cpu_s, allowance.wall_s)]
        self._job = Job(own_program(_READER, *bounds), stdin=dump_given(given), allowance=allowance)

    def run(self) -> Changes:
        """The change. Raises UnreadableChangesError."""
        return _read(self._job.run())

    def kill(self) -> None:
        """End it now."""
        self._job.kill()


def read_changes(given: Sequence[Given], allowance: Allowance = ALLOWANCE) -> Changes:
    """The change that files make together. Blocks; call it off the event loop. Raises UnreadableChangesError."""
    return Reading(given, allowance).run()


def _read(ended: Ended) -> Changes:
    if ended.is_out_of_bounds:
        raise UnreadableChangesError("The files are too large or too complex to be read.")
    if ended.status != 0:
        raise UnreadableChangesError("The files could not be read: they broke their reader.")
    try:
        return load_changes(ended.answer)
    except (Invalid, ValueError):
        raise UnreadableChangesError("The files could not be read: they broke their reader.") from None
