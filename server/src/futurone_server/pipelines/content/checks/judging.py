"""Lint reports and source briefs judged: each gate, each score, and how sure each part of them is."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from futurone_server.pipelines.content.assignment import Assignment
from futurone_server.pipelines.content.checks import citing, lint
from futurone_server.pipelines.content.checks.judged import Judged, JudgedSection, share
from futurone_server.pipelines.content.constraints import Constraint, ConstraintKind
from futurone_server.pipelines.content.counting import counted
from futurone_server.pipelines.content.reading import Part
from futurone_server.pipelines.content.source_brief import BANK
from futurone_server.tools.retrieval import Lexicon

if TYPE_CHECKING:
    from futurone_server.tools.documents import Document


def judge_lint(
    markdown: str,
    assignment: Assignment,
    originals: Mapping[str, bytes],
    documents: "Mapping[str, Document]",
    numbers: Mapping[str, Any],
) -> Judged:
    """Judge a lint report; ``numbers`` are the rubric's: how often a finding of each rule is right."""
    case = lint.open_case(markdown, assignment.constraints, originals, documents)
    wrongs = {
        "sources_unchanged": tuple(lint.sources_unchanged(case)),
        "places_hold": tuple(lint.locations_hold(case)),
        "has_text": tuple(lint.empty(case)),
        "numbers_recomputed": tuple(lint.numbers_recomputed(case)),
        "constraints_accounted": (*lint.constraints_checked(case), *lint.tone_passed_over(case, assignment.task)),
        "inert": tuple(citing.inert(case.reading)),
    }
    rows = [row for draft in case.drafts for row in draft.rows]
    found, listed = lint.missed(case)
    helped = sum(bool(row.suggestion) for row in rows)
    checkable = sum(one.kind is not ConstraintKind.OTHER for one in assignment.constraints)
    held = len(rows) - min(len(rows), len(wrongs["places_hold"]))
    scores = {
        "grounding": (share(held, len(rows)), f"{held} of {counted(len(rows), 'finding')} held on a second look."),
        "coverage": (
            share(listed, found),
            f"{listed} of {counted(found, 'plain error')} found by a second look listed.",
        ),
        "constraints": (
            share(checkable, len(assignment.constraints)),
            f"{checkable} of {counted(len(assignment.constraints), 'constraint')} can be counted.",
        ),
        "usefulness": (
            share(helped, len(rows)),
            f"{helped} of {counted(len(rows), 'finding')} with what could stand there.",
        ),
    }
    coverage = share(listed, found)
    sections = tuple(_judge_draft(draft, coverage, numbers) for draft in case.drafts)
    return Judged(
        wrongs=wrongs,
        scores=scores,
        sections=sections,
        summary=f"{counted(len(rows), 'finding')} in {counted(len(case.drafts), 'draft')};",
    )


def judge_brief(
    markdown: str,
    assignment: Assignment,
    originals: Mapping[str, bytes],
    documents: "Mapping[str, Document]",
    numbers: Mapping[str, Any],
) -> Judged:
    """Judge a source brief; ``numbers`` are the rubric's logistic weights for a quote's evidence."""
    case = citing.open_case(markdown, originals, documents)
    points = [part for part in case.reading.under(BANK) if part.path[-1] != BANK]
    wrongs = {
        "sources_unchanged": tuple(citing.sources_unchanged(case)),
        "places_hold": tuple(citing.quotes_verbatim(case)),
        "citations_resolve": tuple(citing.citations_resolve(case)),
        "constraints_accounted": (*_unmentioned(case, assignment), *_toneless(case, assignment.task)),
        "inert": tuple(citing.inert(case.reading)),
    }
    sections = tuple(_judge_point(part, case, assignment, numbers) for part in points)
    quoted = sum(section.is_answered for section in sections)
    relevance = sum(section.confidence for section in sections) / len(sections) if sections else 0.0
    traced = sum(citing.short(quote.text) != "" and quote.number > 0 for quote in case.quotes)
    quotes = counted(len(case.quotes), "quote")
    scores = {
        "grounding": (share(traced, len(case.quotes)), f"{traced} of {quotes} with a place."),
        "coverage": (
            quoted / len(sections) if sections else 0.0, f"{quoted} of {counted(len(sections), 'point')} with quotes.",
        ),
        "constraints": _kept_by_sources(assignment.constraints, documents),
        "usefulness": (relevance, "Mean over the points of how well their quotes fit."),
    }  # fmt: skip
    return Judged(
        wrongs=wrongs,
        scores=scores,
        sections=sections,
        summary=f"{counted(len(case.quotes), 'quote')} for {quoted} of {counted(len(sections), 'point')};",
    )


def _judge_draft(draft: lint.Draft, coverage: float, numbers: Mapping[str, Any]) -> JudgedSection:
    right = numbers["right"]
    claims = tuple(float(right.get(row.rule.replace(" ", "_"), right["other"])) for row in draft.rows)
    mean = sum(claims) / len(claims) if claims else float(right["nothing_found"])
    is_english = draft.look is None or draft.look.is_english
    mean *= 1.0 if is_english else float(numbers["other_language"])
    bound = "" if is_english else " It is not in English: most rules were not used."
    return JudgedSection(
        title=draft.name,
        is_answered=True,
        confidence=round(mean * coverage, 4),
        claims=claims,
        reason=f"{counted(len(claims), 'finding')}; each counts as often right as its rule is.{bound}",
    )


def _judge_point(
    part: Part, case: citing.CitingCase, assignment: Assignment, numbers: Mapping[str, Any]
) -> JudgedSection:
    lexicon = Lexicon()
    title = part.path[-1].partition(". ")[2]
    wanted = frozenset(lexicon.in_text(title))
    known = frozenset(term for one in case.documents.values() for term in lexicon.in_text(one.text))
    topic = frozenset(lexicon.in_text(assignment.subject)) & known
    likely = tuple(
        _likely(
            wanted, topic, frozenset(lexicon.in_text(f"{quote.text} / {case.path_of(quote.number)}")), numbers["quote"]
        )
        for quote in case.quotes
        if quote.part is part
    )
    best = max(likely, default=0.0)
    return JudgedSection(
        title=title,
        is_answered=bool(likely),
        confidence=round(best, 4),
        claims=tuple(round(one, 4) for one in likely),
        reason="The best quote, by the words of the point and of the subject in it and above it."
        if likely
        else "No quote.",
    )


def _likely(wanted: frozenset[str], topic: frozenset[str], held: frozenset[str], weights: Mapping[str, Any]) -> float:
    """The logistic function of two shares: of the point's words, and of the subject's words that the sources know."""
    enough = min(int(weights["topic_words_enough"]), len(topic))
    of_topic = min(1.0, len(topic & held) / enough) if enough else 0.0
    of_point = share(len(wanted & held), len(wanted))
    logit = float(weights["intercept"]) + float(weights["point"]) * of_point + float(weights["topic"]) * of_topic
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _unmentioned(case: citing.CitingCase, assignment: Assignment) -> Iterator[str]:
    """Terms that have to be mentioned, are in no source, and are not said to be open."""
    part = case.reading.part("Open points")
    told = " ".join(part.items).casefold() if part else ""
    for term in _missing_terms(assignment.constraints, case.documents):
        if term.casefold() not in told:
            yield f"“{term}” is in no source, and the brief does not say so."


def _toneless(case: citing.CitingCase, task: str) -> Iterator[str]:
    """A tone that the task speaks of and the brief does not repeat."""
    part = case.reading.part("What the task says")
    if lint.speaks_of_tone(task) and (part is None or "Tone: not said" in part.items):
        yield "The task speaks of a tone, and the brief says that it does not."


def _missing_terms(constraints: Sequence[Constraint], documents: "Mapping[str, Document]") -> Iterator[str]:
    for constraint in constraints:
        if constraint.kind is ConstraintKind.MENTION and not any(
            constraint.value.lower() in one.text.lower() for one in documents.values()
        ):
            yield constraint.value


def _kept_by_sources(constraints: Sequence[Constraint], documents: "Mapping[str, Document]") -> tuple[float, str]:
    terms = sum(one.kind is ConstraintKind.MENTION for one in constraints)
    missing = len(list(_missing_terms(constraints, documents)))
    return share(
        terms - missing, terms
    ), f"{terms - missing} of {counted(terms, 'term')} to mention found in the sources."
