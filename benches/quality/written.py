"""Research with simulated models through whole runs: which wrong sentences reach a report that completes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benches.quality.corpus import Asked, Original, Part
from benches.quality.figure import Figure, Place
from benches.quality.house import House, Told
from benches.quality.judges import Cast, Judge
from benches.quality.writers import SLIPS, Sentence, Writer
from futurone_server.features.runs import Status
from futurone_server.kit.calibration import Label, auroc, ece
from futurone_server.pipelines.verification.written_reading import WrittenClaim, read_written

DOCUMENT_CHARS_MAX = 60_000
"""Questions about longer documents are left out here: each run reads its files twice."""

ANSWERABLE, OUTSIDE = 30, 12
WRONG_MOST = 0.05
"""Of the sentences in reports that complete, where a writer makes three of ten wrong."""

SENTENCES_MIN = 25
"""With fewer of them the share says nothing."""

_BESIDE = 2
"""So many other documents are given with each question's own."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Who writes and who judges. ``slips`` is the share of sentences made wrong; ``accuracy`` None means no judge."""

    name: str
    slips: float = 0.0
    is_bold: bool = False
    accuracy: float | None = None


SETTINGS = (
    Setting(name="honest writer, no judge"),
    Setting(name="honest writer, judge right in 9 of 10", accuracy=0.9),
    Setting(name="careless writer (3 of 10 wrong), no judge", slips=0.3, is_bold=True),
    Setting(name="careless writer (3 of 10 wrong), judge right in 9 of 10", slips=0.3, is_bold=True, accuracy=0.9),
)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A sentence of a report, what passages say instead of it, the mistake in it, and whether it is marked as doubtful.

    ``slip`` is empty where it is right, None where it cannot be traced to the writer.
    """

    text: str
    meaning: str
    slip: str | None
    is_doubtful: bool


@dataclass(frozen=True, kw_only=True)
class Played:
    """One run: what was asked, what the writer wrote in all its tries, what the report shows, how it ended."""

    asked: Asked
    told: Told
    written: Sequence[Sentence]
    shown: Sequence[Shown]

    @property
    def is_completed(self) -> bool:
        """Whether nobody has to look at it."""
        return self.told.run.status is Status.COMPLETED

    @property
    def is_answered(self) -> bool:
        """Whether the report holds the answer."""
        return any(self.asked.is_answered_by(told) for one in self.shown for told in (one.text, one.meaning) if told)

    @property
    def wrong(self) -> list[Shown]:
        """The wrong sentences in the report."""
        return [one for one in self.shown if one.slip]


def chosen(part: Part, answerable: int = ANSWERABLE, outside: int = OUTSIDE) -> list[Asked]:
    """The questions that are played: evenly out of those about documents that are not long, and out of the others."""
    short = [one for one in part.of("answerable") if _is_short(part.home(one))]
    beside = part.of("outside", "traps")
    return [*_evenly(short, answerable), *_evenly(beside, outside)]


def _is_short(original: Original | None) -> bool:
    return original is not None and len(original.document.text) <= DOCUMENT_CHARS_MAX


def _evenly(asked: Sequence[Asked], count: int) -> list[Asked]:
    if len(asked) <= count:
        return list(asked)
    return [asked[at * len(asked) // count] for at in range(count)]


async def play_all(house: House, part: Part, asked: Sequence[Asked], setting: Setting) -> list[Played]:
    """Each question as a run of its own, over its document and two others."""
    kept: dict[str, str] = {}
    played = []
    for number, one in enumerate(asked):
        files = []
        for original in _given(part, one, number):
            digest = original.document.sha256
            if digest not in kept:
                kept[digest] = await house.keep(original.document.name, original.data)
            files.append(kept[digest])
        played.append(await _play(house, one, files, setting))
    return played


def _given(part: Part, asked: Asked, number: int) -> list[Original]:
    short = [one for one in part.originals if _is_short(one)]
    home = part.home(asked) if asked.kind == "answerable" else None
    others = [one for one in short if one is not home]
    wanted = _BESIDE if home else _BESIDE + 1
    beside = [others[(number * 5 + step * 11) % len(others)] for step in range(min(wanted, len(others)))]
    return [*([home] if home else []), *dict.fromkeys(beside)]


async def _play(house: House, asked: Asked, files: Sequence[str], setting: Setting) -> Played:
    writer = Writer(asked.text, slips=setting.slips, bold=setting.is_bold)
    judge = None if setting.accuracy is None else Judge(asked, writer.ledger, setting.accuracy)
    told = await house.research(asked.text, files, Cast(writer, judge))
    claims = [claim for section in read_written(told.report).sections for claim in section.claims]
    shown = [_shown(claim, writer) for claim in claims]
    return Played(asked=asked, told=told, written=writer.ledger.written, shown=shown)


def _shown(claim: WrittenClaim, writer: Writer) -> Shown:
    text, ledger = claim.text, writer.ledger
    return Shown(text=text, meaning=ledger.meaning_of(text), slip=ledger.slip_of(text), is_doubtful=claim.is_doubtful)


def figures(part: Part, setting: Setting, played: Sequence[Played]) -> Iterator[Figure]:
    """The figures of one setting."""
    place = Place(area=f"research, simulated: {setting.name}", part=part.name)
    answerable = [one for one in played if one.asked.kind == "answerable"]
    beside = [one for one in played if one.asked.kind != "answerable"]
    yield from _of_runs(place, answerable)
    if setting.slips:
        yield from _of_slips(place, played)
    else:
        doubted = sum(one.is_doubtful for run in played for one in run.shown)
        yield place.share("right sentences marked doubtful", doubted, sum(len(run.shown) for run in played))
    unanswered = sum(not one.is_completed for one in beside)
    yield place.share("questions the sources do not answer: held for a person", unanswered, len(beside))
    strangers = sum(one.slip is None for run in played for one in run.shown)
    if strangers:
        yield place.words("sentences that could not be traced to the writer", str(strangers))
    yield from _of_confidence(place, played)


def _of_runs(place: Place, answerable: Sequence[Played]) -> Iterator[Figure]:
    completed = [one for one in answerable if one.is_completed]
    yield place.share("answerable: runs completed (the others are held for a person)", len(completed), len(answerable))
    held = sum(one.is_answered and not one.wrong for one in completed)
    yield place.share("completed reports that hold the answer, nothing wrong in them", held, len(completed))


def _of_slips(place: Place, played: Sequence[Played]) -> Iterator[Figure]:
    written = [one for run in played for one in run.written]
    yield place.share(
        "sentences the writer made wrong, reworked ones too", sum(bool(o.slip) for o in written), len(written)
    )
    done = [one for run in played if run.is_completed for one in run.shown]
    wrong = [one for one in done if one.slip]
    yield place.share(
        "wrong sentences in completed reports", len(wrong), len(done), most=WRONG_MOST, of_min=SENTENCES_MIN
    )
    planted = Counter(one.slip for one in written if one.slip)
    reached = Counter(one.slip for one in wrong)
    by_kind = ", ".join(f"{kind} {reached[kind]} of {planted[kind]}" for kind in SLIPS)
    yield place.words("… by kind, of those written", by_kind)
    yield place.share("… of them marked as doubtful", sum(one.is_doubtful for one in wrong), len(wrong))
    held = [one for run in played if not run.is_completed for one in run.shown]
    yield place.share("wrong sentences in reports held for a person", sum(bool(one.slip) for one in held), len(held))


def _of_confidence(place: Place, played: Sequence[Played]) -> Iterator[Figure]:
    labels: list[Label] = [
        (one.told.run.confidence, one.is_answered and not one.wrong)
        for one in played
        if one.shown and one.told.run.confidence is not None
    ]
    if labels:
        yield place.words("reports with a verdict", f"{len(labels)}, {sum(right for _, right in labels)} right")
        yield place.number("calibration error (ECE) of the verdict", ece(labels))
        yield place.number("ranking (AUROC) of the verdict", auroc(labels))


def misses(setting: Setting, played: Sequence[Played]) -> Iterator[str]:
    """The wrong sentences that reached a completed report, and questions answered beside the point, in words."""
    for run in played:
        if run.is_completed:
            yield from (f"[{setting.name}] {one.slip}: {one.text}" for one in run.wrong)
        if run.is_completed and run.asked.kind != "answerable":
            yield f"[{setting.name}] completed: {run.asked.text} {run.shown[0].text if run.shown else ''}"
