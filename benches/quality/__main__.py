"""``make quality``: measure how good the results are, print the table, and fail where a floor is missed.

Areas: research (keyless), simulated (research with simulated models, whole runs), coding, claims, words (content and
strategy, keyless). ``--folder`` asks about a folder of text instead of the installed documentation: see README.md.
"""

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import structlog

from benches.quality import corpus, neighbours, research, words_and_numbers, written
from benches.quality.corpus import Part
from benches.quality.figure import Figure, Verdict, exit_code, table
from benches.quality.generated import folder_part
from benches.quality.house import open_house
from benches.quality.page import write

AREAS = ("research", "simulated", "coding", "claims", "words")
_OF_FOLDERS = ("research", "simulated")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; 0 where every floor is held, 1 where one is missed, 2 where one is unmeasured."""
    options = _options(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    areas = options.only or (_OF_FOLDERS if options.folder else AREAS)
    began = time.perf_counter()
    parts = _parts(options.folder) if set(areas) & set(_OF_FOLDERS) else []
    figures: list[Figure] = []
    for area in AREAS:
        if area in areas:
            figures += list(_MEASURES[area](parts, is_told=options.show, is_small=options.small))
            print(f"{area}: done after {time.perf_counter() - began:.0f} s", file=sys.stderr)
    print(table(figures))
    _warn(figures)
    if options.write:
        write(figures, parts, took_s=time.perf_counter() - began)
    return exit_code(figures)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m benches.quality", description=__doc__)
    reader.add_argument("--folder", type=Path, help="ask about the text in this folder")
    reader.add_argument("--only", nargs="+", choices=AREAS, help="some of the areas")
    reader.add_argument("--show", action="store_true", help="print what went wrong, of held parts only for reports")
    reader.add_argument("--small", action="store_true", help="few questions: shows that it works, measures little")
    reader.add_argument("--write", action="store_true", help="write benches/quality.md (everything is measured)")
    options = reader.parse_args(arguments)
    if options.write and (options.only or options.folder or options.small):
        reader.error("--write is for the whole measurement")
    return options


def _parts(folder: Path | None) -> list[Part]:
    return corpus.installed() if folder is None else [folder_part(folder)]


def _research(parts: Sequence[Part], *, is_told: bool, is_small: bool) -> Iterator[Figure]:
    del is_small
    for part in parts:
        done = research.trials(part) if part.originals else []
        yield from research.figures(part, done)
        if is_told and part.name != "held":
            print(*research.misses(done), sep="\n")


def _simulated(parts: Sequence[Part], *, is_told: bool, is_small: bool) -> Iterator[Figure]:
    """The last part alone: of the standing set that is the one nothing was tuned on."""
    part = parts[-1]
    return iter(asyncio.run(_played(part, is_told=is_told, is_small=is_small)) if part.originals else [])


async def _played(part: Part, *, is_told: bool, is_small: bool) -> list[Figure]:
    asked = written.chosen(part, 3, 2) if is_small else written.chosen(part)
    figures: list[Figure] = []
    async with open_house() as house:
        for setting in written.SETTINGS:
            played = await written.play_all(house, part, asked, setting)
            figures += list(written.figures(part, setting, played))
            if is_told:
                print(*written.misses(setting, played), sep="\n")
    return figures


def _coding(parts: Sequence[Part], *, is_told: bool, is_small: bool) -> Iterator[Figure]:
    del parts, is_told
    return neighbours.reviews(has_good_code=not is_small)


def _claims(parts: Sequence[Part], *, is_told: bool, is_small: bool) -> Iterator[Figure]:
    del parts, is_told, is_small
    return neighbours.claims()


def _words(parts: Sequence[Part], *, is_told: bool, is_small: bool) -> Iterator[Figure]:
    del parts, is_told
    yield from words_and_numbers.drafts()
    yield from words_and_numbers.matrices(3 if is_small else words_and_numbers.NUMBERS_MAX)


_MEASURES: dict[str, Callable[..., Iterator[Figure]]] = {
    "research": _research,
    "simulated": _simulated,
    "coding": _coding,
    "claims": _claims,
    "words": _words,
}


def _warn(figures: Sequence[Figure]) -> None:
    for one in figures:
        if one.verdict in {Verdict.MISSED, Verdict.UNMEASURED}:
            print(f"{one.verdict}: {one.area}, {one.part}: {one.name}: {one.shown} {one.told}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
