"""Keeping a report within the words its task allows: the weakest quotes go first."""

from collections.abc import Sequence
from dataclasses import replace

from futurone_server.pipelines.research.answers import Answer
from futurone_server.pipelines.research.brief import Brief

_FRAME_WORDS = 60
"""What the report says itself, about."""

_FRAME_WORDS_PER_QUOTE = 12


def fit_words(brief: Brief, answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """The answers with so few quotes that the report stays under ``brief.words_max``; each keeps its best one."""
    kept = list(answers)
    if brief.words_max is None:
        return tuple(kept)
    room = brief.words_max - _FRAME_WORDS - sum(len(question.text.split()) for question in brief.questions)
    while sum(map(_size, kept)) > room:
        spare = [answer for answer in kept if len(answer.quotes) > 1]
        if not spare:
            break
        weakest = min(spare, key=lambda answer: (answer.quotes[-1].score, answer.question_id))
        at = kept.index(weakest)
        kept[at] = replace(weakest, quotes=weakest.quotes[:-1])
    return tuple(kept)


def _size(answer: Answer) -> int:
    return sum(len(quote.text.split()) + _FRAME_WORDS_PER_QUOTE for quote in answer.quotes)
