"""The page ``benches/quality.md``: what was measured, on which machine, over what, and every figure with its floor."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benches.quality.corpus import Part
from benches.quality.figure import Figure, Verdict, table

PAGE = Path(__file__).resolve().parents[1] / "quality.md"
_PACKAGES = ("ruff", "bandit", "detect-secrets", "vulture", "radon", "codespell", "snowballstemmer", "markdown-it-py")
_ABOUT = """\
*dev* was looked at while the engine, the rules or the weights were made; *held* was not, and nothing is tuned on it.
[README.md](README.md#quality) says what each figure means.

**Simulated** means: no language model was asked. A writer made of rules says what its passages say, verbatim or in
other words, and in the careless setting makes three of ten sentences wrong on purpose (a number, a name, a negation, an
addition). A judge made of chance knows the truth and tells it in nine of ten cases. Without a judge is what happens
when none can be reached. The runs are real: planned, drafted, checked, reworked, composed and verified by a whole
server with its database. The mistakes are made by the rules that also made the claims the verifier was fitted on (over
other texts): those of real models are harder to see."""


def write(figures: Sequence[Figure], parts: Sequence[Part], *, took_s: float) -> None:
    """Write the page."""
    PAGE.write_text("\n".join(_lines(figures, parts, took_s)) + "\n", encoding="utf-8")


def _lines(figures: Sequence[Figure], parts: Sequence[Part], took_s: float) -> Iterator[str]:
    yield "# How good the results are"
    yield ""
    yield (
        f"Written by `make quality ARGS=--write`, {datetime.now(UTC).date().isoformat()}, in {took_s:.0f} s:"
        f" {os.cpu_count()} cores, {platform.system()} {platform.release()}, Python {platform.python_version()},"
        f" load average {os.getloadavg()[1]:.1f}."
    )
    yield f"Versions: {', '.join(_versions())}."
    for part in parts:
        yield (
            f"Corpus {part.name}: {len(part.originals)} documents, {len(part.of('answerable'))} answerable questions,"
            f" {len(part.of('outside'))} out of domain, {len(part.of('traps'))} traps; {len(part.absent)} documents"
            f" are not on this machine, {part.skipped} questions were left out for that."
        )
    yield ""
    yield f"**{_verdict(figures)}**"
    yield ""
    yield _ABOUT
    yield ""
    yield table(figures)


def _versions() -> Iterator[str]:
    for name in ("futurone-server", *_PACKAGES):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name} (not installed)"


def _verdict(figures: Sequence[Figure]) -> str:
    floors = [one for one in figures if one.floor is not None]
    missed = [one for one in floors if one.verdict is not Verdict.MET]
    if not missed:
        return f"All {len(floors)} floors are held."
    names = "; ".join(f"{one.area}, {one.part}: {one.name} ({one.shown}, {one.told})" for one in missed)
    return f"{len(floors) - len(missed)} of {len(floors)} floors are held. Not held: {names}."
