"""The source brief: what the task says, an outline, and exact quotes for each point; nothing in it is prose of ours."""

from collections.abc import Iterator, Sequence

from futurone_server.pipelines.content.assignment import Assignment
from futurone_server.pipelines.content.bank import Point
from futurone_server.pipelines.content.constraints import ConstraintKind
from futurone_server.pipelines.content.foreign import foreign
from futurone_server.pipelines.content.titles import title_of
from futurone_server.pipelines.research.answers import Quote
from futurone_server.pipelines.research.deliverable import Source
from futurone_server.pipelines.research.escaping import fenced, shortened

MADE = (
    "Made without a language model (engine: deterministic). This is a source brief and not the text itself: what the "
    "task says, an outline, and quotes that stand in the sources word for word."
)
NO_QUOTE = "The sources hold nothing on it."
NO_SOURCE = "No source is cited."
NOTHING_OPEN = "Nothing is open."
BANK = "Quote bank"
SOURCES = "Sources"
_NOT_SAID = "not said"


def compose(
    assignment: Assignment, points: Sequence[Point], sources: Sequence[Source], open_points: Sequence[str]
) -> tuple[str, str]:
    """Title and Markdown of the brief. Quotes are numbered through it, in the order of the points."""
    title = title_of("Source brief", assignment.goal)
    parts = [f"# {foreign(title)}", f"*{MADE}*", "## What the task says", "\n".join(_said(assignment))]
    parts += ["## Outline", _outline(points), f"## {BANK}", *_bank(points)]
    parts += ["## Open points", "\n".join(f"- {foreign(told)}" for told in open_points) or NOTHING_OPEN]
    quotes = [quote for point in points for quote in point.quotes]
    parts += [f"## {SOURCES}", cited(quotes), "## Documents", documents(sources)]
    return title, "\n\n".join(parts) + "\n"


def cited(quotes: Sequence[Quote]) -> str:
    """The numbered list of where each quote stands."""
    return "\n".join(_cited(number, quote) for number, quote in enumerate(quotes, 1)) or NO_SOURCE


def documents(sources: Sequence[Source]) -> str:
    """The list of the documents that were given."""
    return "\n".join(_document(source) for source in sources) or "No document was given."


def quoted(number: int, quote: Quote) -> str:
    """A quote as a block, with its number and its place."""
    told = fenced(quote.text) if quote.is_code else [f"“{foreign(quote.text)}”"]
    where = f", {_path(quote)}" if quote.path else ""
    lines = [*told, "", f"\\[{number}\\] *{foreign(shortened(quote.document, 120))}*{where}"]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def _said(assignment: Assignment) -> Iterator[str]:
    yield f"- Task: {foreign(assignment.goal)}"
    yield f"- Audience: {foreign(assignment.audience or _NOT_SAID)}"
    yield f"- Tone: {foreign(assignment.tone or _NOT_SAID)}"
    told = [one.told for one in assignment.constraints if one.kind is not ConstraintKind.OTHER]
    others = [one.value for one in assignment.constraints if one.kind is ConstraintKind.OTHER]
    kept = [one for one in others if not one.startswith("tone:")]
    yield f"- Constraints: {foreign('; '.join([*told, *kept]) or _NOT_SAID)}"


def _outline(points: Sequence[Point]) -> str:
    lines = []
    number = 1
    for at, point in enumerate(points, 1):
        last = number + len(point.quotes) - 1
        numbers = f"{number}" if last == number else f"{number}–{last}"
        held = f"quotes {numbers}" if last > number else f"quote {numbers}"
        origin = f"a heading of {point.origin}" if point.origin else "asked for by the task"
        lines.append(f"{at}. {foreign(point.title)} ({foreign(origin)}; {held if point.quotes else 'no quote'})")
        number += len(point.quotes)
    return "\n".join(lines) or "The sources hold nothing that fits the task."


def _bank(points: Sequence[Point]) -> Iterator[str]:
    number = 1
    for at, point in enumerate(points, 1):
        yield f"### {at}. {foreign(point.title)}"
        if not point.quotes:
            yield f"*{NO_QUOTE}* {foreign(point.reason)}".rstrip()
        for quote in point.quotes:
            yield quoted(number, quote)
            number += 1


def _path(quote: Quote) -> str:
    return foreign(shortened(" › ".join(quote.path), 200))


def _cited(number: int, quote: Quote) -> str:
    where = f", section *{_path(quote)}*" if quote.path else ""
    name = foreign(shortened(quote.document, 120))
    return f"{number}. **{name}**{where}, characters {quote.start}–{quote.end}, SHA-256 `{quote.sha256[:16]}`"


def _document(source: Source) -> str:
    name = foreign(shortened(source.name, 120))
    if source.unread:
        return f"- **{name}**, not read: {foreign(source.unread)}"
    notes = f" Note: {foreign('; '.join(source.notes))}." if source.notes else ""
    return f"- **{name}**, {foreign(source.media_type)}, {source.size_bytes} bytes, SHA-256 `{source.sha256}`{notes}"
