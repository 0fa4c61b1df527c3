"""From a task to a brief: one question per thing asked, with its subject, apart from the constraints."""

import re
from collections.abc import Iterator, Sequence

from futurone_server.pipelines.research import wording
from futurone_server.pipelines.research.brief import Brief, Question
from futurone_server.pipelines.research.clauses import Clause, ClauseKind, asks, clauses, requests
from futurone_server.pipelines.research.escaping import without_unseen
from futurone_server.pipelines.research.wanted import wanted
from futurone_server.tools.documents import make_visible
from futurone_server.tools.retrieval import is_name, words
from futurone_server.tools.retrieval.words import ASKING, MEASURES, STOP, WEAK

QUESTIONS_MAX = 12
GOAL_CHARS_MAX = 240
_SUBJECT_WORDS_MAX = 6
_TOPIC_WORDS_MAX = 6
_EMPTY = STOP | ASKING | WEAK | MEASURES
_LABEL_ONLY = re.compile(r"\w+(?: \w+)?:\Z")


def questions(task: str) -> tuple[Question, ...]:
    """The questions of a task, at most ``QUESTIONS_MAX``; each can be answered alone."""
    return brief(task).questions


def brief(task: str) -> Brief:
    """The whole brief of a task: deterministic, and never fails; a task that asks nothing has no questions."""
    task = without_unseen(make_visible(task)[0])
    found = clauses(task)
    asked = _asked(found)
    made = tuple(_questions(asked[:QUESTIONS_MAX], found))
    constraints = tuple(dict.fromkeys(clause.text for clause in found if clause.kind is ClauseKind.CONSTRAINT))
    return Brief(
        goal=_goal(task, made),
        questions=made,
        constraints=constraints,
        success_criteria=_success_criteria(made, constraints),
        words_max=_words_max(constraints),
        questions_left_out=max(0, len(asked) - QUESTIONS_MAX),
    )


def _asked(found: Sequence[Clause]) -> list[str]:
    """The text of each question: items joined with what leads them; if nothing asks, the first thing that is said."""
    texts = list(dict.fromkeys(filter(None, (_question_text(clause, found) for clause in found))))
    if texts:
        return texts
    said = (clause.text for clause in found if clause.kind is not ClauseKind.CONSTRAINT and _has_content(clause.text))
    return list(said)[:1]


def _question_text(clause: Clause, found: Sequence[Clause]) -> str | None:
    if clause.kind is ClauseKind.CONSTRAINT or not _has_content(clause.text):
        return None
    if clause.is_lead:
        has_items = any(other.lead == clause.text for other in found)
        return clause.text.rstrip(":") if clause.is_asking and not has_items and _content(clause.text) else None
    if clause.is_asking:
        only_opens = wording.OPENS.match(clause.text) and sum(other.is_asking for other in found) > 1
        return None if only_opens else clause.text
    if clause.is_item and clause.lead and (asks(clause.lead) or requests(clause.lead)):
        lead = clause.lead.rstrip(": ")
        return f"{lead}: {clause.text}" if _content(lead) else clause.text
    return None


def _questions(texts: Sequence[str], found: Sequence[Clause]) -> Iterator[Question]:
    topic = _topic(found)
    subject = ""
    for number, text in enumerate(texts, 1):
        own = _subject(text)
        refers = wording.REFERRING.search(text) is not None or not own
        carried = subject if refers else ""
        yield Question(id=f"q{number}", text=text, wanted=wanted(text), subject=carried, topic=topic)
        if own and not carried:
            subject = own


def _subject(text: str) -> str:
    """What a question is about: the names in it, else its telling words."""
    told = _content(text)
    names = [word for word in told if is_name(word) or (word[0].isupper() and not text.startswith(word))]
    return " ".join((names or told)[:_SUBJECT_WORDS_MAX])


def _topic(found: Sequence[Clause]) -> str:
    """The words of the statements before the first question: what the whole task is about."""
    told: list[str] = []
    for clause in found:
        opens = wording.OPENS.match(clause.text) is not None
        if clause.is_asking and not clause.is_lead and not opens:
            break
        if (clause.kind is ClauseKind.CONTEXT or opens) and not clause.is_item and not _LABEL_ONLY.match(clause.text):
            told.extend(_content(clause.text))
    return " ".join(dict.fromkeys(told[:_TOPIC_WORDS_MAX]))


def _content(text: str) -> list[str]:
    verb_end = len(text.split(None, 1)[0]) if requests(text) else 0
    found = [(word.text, word.text.lower().replace("’", "'").removesuffix("'s")) for word in words(text, verb_end)]
    return [text for text, lower in found if lower not in _EMPTY]


def _has_content(text: str) -> bool:
    return any(word.text.lower() not in STOP for word in words(text))


def _goal(task: str, made: Sequence[Question]) -> str:
    if len(made) == 1:
        return made[0].text
    flat = " ".join(task[: GOAL_CHARS_MAX * 8].split())
    return flat if len(flat) <= GOAL_CHARS_MAX else flat[: GOAL_CHARS_MAX - 1].rsplit(" ", 1)[0] + "…"


def _success_criteria(made: Sequence[Question], constraints: Sequence[str]) -> tuple[str, ...]:
    return (
        f"Each of the {len(made)} questions is answered or declared unanswered.",
        "Every claim is an exact quote with a citation that resolves to a place in a source.",
        "Every number in a claim occurs in its source.",
        *(f"Kept: {constraint}" for constraint in constraints),
    )


def _words_max(constraints: Sequence[str]) -> int | None:
    found = [match for match in map(wording.WORDS_MAX.search, constraints) if match]
    bounds = [int((match.group(1) or match.group(2)).replace(",", "")) for match in found]
    return min(bounds) if bounds else None
