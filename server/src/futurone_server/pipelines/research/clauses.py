"""A task cut into clauses: each a question, a request, a constraint or plain context."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from futurone_server.pipelines.research import wording
from futurone_server.tools.documents import Block, BlockKind
from futurone_server.tools.retrieval import pieces

TASK_CHARS_MAX = 64_000
CLAUSE_CHARS_MAX = 700
CLAUSES_MAX = 400


class ClauseKind(StrEnum):
    """What a clause does in a task."""

    QUESTION = "question"
    REQUEST = "request"
    CONSTRAINT = "constraint"
    CONTEXT = "context"


@dataclass(frozen=True, kw_only=True)
class Clause:
    """One clause of a task. ``lead`` is the words before the list it is an item of; ``is_lead`` if it is those."""

    text: str
    kind: ClauseKind
    is_item: bool = False
    is_lead: bool = False
    lead: str = ""

    @property
    def is_asking(self) -> bool:
        """Whether it wants to be answered."""
        return self.kind in {ClauseKind.QUESTION, ClauseKind.REQUEST}


def clauses(task: str) -> tuple[Clause, ...]:
    """The clauses of a task in its order, at most ``CLAUSES_MAX``."""
    found: list[Clause] = []
    lead = ""
    for text, is_item in _lines(task[:TASK_CHARS_MAX]):
        if not is_item:
            lead = ""
        for clause in _read(text, is_item=is_item, lead=lead if is_item else ""):
            found.append(clause)
            if clause.is_lead:
                lead = clause.text
        if len(found) >= CLAUSES_MAX:
            break
    return tuple(found[:CLAUSES_MAX])


def asks(text: str) -> bool:
    """Whether a clause begins like a question or ends like one."""
    return text.rstrip("\"'”’) ").endswith("?") or _first_word(text) in wording.QUESTION_WORDS | wording.AUXILIARIES


def requests(text: str) -> bool:
    """Whether a clause begins with a verb that asks for something to be found or told."""
    found = text.lower().split(None, 2)
    first = found[0].strip(",:") if found else ""
    return first in wording.CLEAR_VERBS or (first in wording.NOUNLIKE_VERBS and len(found) > 1)


def _read(text: str, *, is_item: bool, lead: str) -> Iterator[Clause]:
    if is_item and wording.CONSTRAINT_HEAD.match(lead):
        yield Clause(text=text[:CLAUSE_CHARS_MAX], kind=ClauseKind.CONSTRAINT, is_item=True)
        return
    for start, end in pieces(text, Block(kind=BlockKind.PROSE, start=0, end=len(text))):
        for part in _split(_bare(text[start:end])):
            if part.endswith(":"):
                yield Clause(text=part, kind=_kind(part), is_lead=True)
                continue
            tail = wording.TAIL.search(part)
            if tail:
                yield Clause(text=tail.group().strip(" ,;()"), kind=ClauseKind.CONSTRAINT)
                part = part[: tail.start()] + part[tail.end() :]
            yield Clause(text=part, kind=_kind(part), is_item=is_item, lead=lead)


def _kind(text: str) -> ClauseKind:
    if not text.endswith("?") and wording.CONSTRAINT.match(text):
        return ClauseKind.CONSTRAINT
    if asks(text):
        return ClauseKind.QUESTION
    return ClauseKind.REQUEST if requests(text) else ClauseKind.CONTEXT


def _lines(task: str) -> Iterator[tuple[str, bool]]:
    """Paragraphs, headings and list items, each on one line; fenced code is left out."""
    held: list[str] = []
    is_item = in_fence = False
    for line in task.splitlines():
        bare = line.strip()
        if bare.startswith("```"):
            in_fence, bare = not in_fence, ""
        bullet = wording.BULLET.match(line)
        is_heading = line.startswith("#")
        begins = not bare or in_fence or bullet or is_heading or (held and held[-1].endswith(":"))
        if begins and held:
            yield from _inline_items(" ".join(held), is_item=is_item)
            held = []
        if is_heading and bare:
            yield bare.strip("# "), False
        elif bare and not in_fence:
            is_item = is_item if held else bullet is not None
            held.append(line[bullet.end() :].strip() if bullet else bare)
    if held:
        yield from _inline_items(" ".join(held), is_item=is_item)


def _inline_items(text: str, *, is_item: bool) -> Iterator[tuple[str, bool]]:
    marks = list(wording.INLINE_ITEM.finditer(text))
    if len(marks) < 2:
        yield text, is_item
        return
    if text[: marks[0].start()].strip():
        yield text[: marks[0].start()].strip(), is_item
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        yield text[mark.end() : after.start() if after else len(text)].strip(" ,;"), True


def _split(sentence: str) -> Iterator[str]:
    """A sentence with several requests as one clause each: "list X, explain Y and what is Z"."""
    if not (asks(sentence) or requests(sentence)):
        yield sentence
        return
    at = 0
    for joint in wording.JOINT.finditer(sentence):
        left, right = sentence[at : joint.start()].strip(), sentence[joint.end() :]
        if len(left.split()) < 3 or len(right.split(None, 2)) < 2 or not _joins(sentence[at:], joint.group(), right):
            continue
        yield _asking(_bare(left.rstrip(",;")))
        at = joint.end()
    yield _asking(_bare(sentence[at:].strip()))


def _asking(text: str) -> str:
    begins = _first_word(text) in wording.QUESTION_WORDS | wording.AUXILIARIES
    return f"{text}?" if begins and text[-1:].isalnum() else text


def _joins(whole: str, joint: str, right: str) -> bool:
    """Whether something new is asked after a joint."""
    first, *rest = right.lower().split(None, 2)
    first = first.strip(",")
    second = rest[0].strip(",") if rest else ""
    has_and = "and" in joint.lower() or ";" in joint
    if first in {"what", "how", "why"} or (has_and and first in wording.QUESTION_WORDS | wording.AUXILIARIES):
        return second not in {"", "ever"}
    if asks(whole):
        return False
    return first in wording.CLEAR_VERBS or (first in wording.NOUNLIKE_VERBS and second in wording.DETERMINERS)


def _bare(text: str) -> str:
    """A clause without labels and politeness before it, bounded, with a capital first."""
    text = " ".join(text.split())[:CLAUSE_CHARS_MAX]
    label = wording.LABEL.match(text)
    text = text[label.end() :] if label else text
    filler = wording.FILLER.match(text)
    rest = text[filler.end() :] if filler else text
    text = rest if len(rest.split(None, 2)) >= 2 and (asks(rest) or requests(rest)) else text
    return text[:1].upper() + text[1:]


def _first_word(text: str) -> str:
    found = text.lower().replace("’", "'").split(None, 1)
    return found[0].strip(",:") if found else ""
