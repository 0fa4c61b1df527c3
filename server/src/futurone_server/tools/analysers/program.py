"""The parent's side of the analysers: one family, run in processes with bounds; what fails is said, never raised."""

from collections.abc import Sequence
from dataclasses import replace

from futurone_server.kit import json
from futurone_server.kit.errors import Invalid
from futurone_server.tools.analysers import coverage, ruff
from futurone_server.tools.analysers.finding import Analysis, Found
from futurone_server.tools.analysers.rules import rule_book
from futurone_server.tools.analysers.tested import untested
from futurone_server.tools.changes import ChangedFile, Changes
from futurone_server.tools.changes.transfer import dump_changes
from futurone_server.tools.sandbox import Allowance, Job, Room, own_program

FAMILIES = ("static", "security", "secrets", "dead_code", "complexity", "text", "tests")
"""The families of analysers. They know nothing of one another and can run side by side."""

ALLOWANCE = Allowance(memory_bytes=2 << 30, cpu_s=90, wall_s=120, answer_bytes=32 << 20)
FOUND_MAX = 2_000
"""Findings of one family that are kept, the gravest first; a reader is shown far fewer."""

_RUFF_RUNS_MAX = 24
_WORKER = "futurone_server.tools.analysers.worker"


class Analyser:
    """One family over one change. ``run`` blocks; ``kill`` ends it from any thread."""

    def __init__(self, family: str, changes: Changes, allowance: Allowance = ALLOWANCE) -> None:
        if family not in FAMILIES:
            raise ValueError(family)
        self.family = family
        self._changes, self._allowance = changes, allowance
        self._job: Job | None = None
        self._is_killed = False

    def run(self) -> Analysis:
        """What the family finds. Never raises for what is in the change: what could not be done is in ``missing``."""
        if self.family == "static":
            return _bounded(self._static())
        if self.family == "tests":
            return self._tests()
        return _bounded(self._worker(self.family))

    def kill(self) -> None:
        """End it now."""
        self._is_killed = True
        if self._job is not None:
            self._job.kill()

    def _static(self) -> Analysis:
        logic = self._worker("logic")
        found: list[Found] = []
        missing = list(logic.missing)
        read: list[str] = []
        waiting = [ruff.worth_reading(self._changes.files)]
        for _ in range(_RUFF_RUNS_MAX):
            files = waiting.pop() if waiting else []
            if not files:
                break
            try:
                found += self._ruff(files)
                read += [file.path for file in files if file.code]
            except ruff.RuffFailedError as error:
                # One hostile file must not keep the others from being looked at.
                half = len(files) // 2
                waiting += [files[:half], files[half:]] if half else []
                missing += [] if half else [f"ruff: {files[0].path}: {error}"]
        missing += [f"ruff: {file.path}: left out after others broke it" for files in waiting for file in files]
        paths = tuple(dict.fromkeys([*read, *logic.files]))
        return Analysis(family="static", found=(*found, *logic.found), files=paths, missing=tuple(missing))

    def _ruff(self, files: Sequence[ChangedFile]) -> list[Found]:
        """What ruff finds in files. Raises RuffFailedError."""
        try:
            with Room() as room:
                job, named = ruff.job(files, room, self._allowance)
                return list(ruff.read(self._run(job), named, room.path))
        except OSError:
            raise ruff.RuffFailedError("there is no room to lay the files out for it") from None

    def _tests(self) -> Analysis:
        told = untested(self._changes)
        covered = coverage.measure(self._changes, self._answer, self._allowance)
        return Analysis(
            family="tests", found=(*told.found, *covered.found), files=covered.files, missing=covered.missing
        )

    def _worker(self, family: str) -> Analysis:
        allowance = self._allowance
        bounds = [str(bound) for bound in (allowance.memory_bytes, allowance.cpu_s, allowance.wall_s)]
        job = Job(own_program(_WORKER, family, *bounds), stdin=dump_changes(self._changes), allowance=allowance)
        try:
            told = json.read(self._run(job))
        except (Invalid, ruff.RuffFailedError):
            return Analysis(
                family=family, missing=(f"{family}: the analysis did not come to an end within its bounds",)
            )
        assert isinstance(told, dict)
        return Analysis.from_json(told)

    def _run(self, job: Job) -> bytes:
        """A job's answer. Raises RuffFailedError where there is none."""
        answer = self._answer(job)
        if answer is None:
            raise ruff.RuffFailedError("it did not come to an end within its bounds")
        return answer

    def _answer(self, job: Job) -> bytes | None:
        """A job's answer; None where it did not come to a good end."""
        self._job = job
        if self._is_killed:
            job.kill()
        ended = job.run()
        return None if ended.status != 0 or ended.is_out_of_bounds else ended.answer


def _bounded(analysis: Analysis) -> Analysis:
    """The analysis with its gravest findings, and the number of the others."""
    beyond = len(analysis.found) - FOUND_MAX
    if beyond <= 0:
        return analysis
    rules = rule_book().rules
    gravest = sorted(analysis.found, key=lambda one: -rules[one.rule].severity)[:FOUND_MAX]
    told = f"{beyond} of {len(analysis.found)} findings, the least grave, were left out"
    return replace(analysis, found=tuple(gravest), missing=(*analysis.missing, told))
