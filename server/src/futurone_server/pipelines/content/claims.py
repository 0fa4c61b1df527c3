"""Statements that a reader cannot follow up: numbers without a source, claims without a citation."""

import re
from collections.abc import Iterator

from futurone_server.pipelines.content.finding import Finding, Rule, found_at
from futurone_server.pipelines.content.manuscript import Manuscript, Passage, Sentence

CITED = re.compile(
    r"\[\^?\d{1,4}\]|\[\^[\w-]{1,40}\]|\[[^\[\]\n]{1,200}\]\((?!#)[^()\s]{1,400}|https?://\S"
    r"|\((?:[^()\n]{0,80}[\s,])?(?:19|20)\d\d[a-z]?(?:,\s*p{1,2}\.\s*\d+)?\)"
    r"|\b(?:according to|source:|as reported (?:by|in)|see (?:section|table|figure|appendix|chapter))",
    re.IGNORECASE,
)
"""What leads a reader to where a statement comes from."""

_CLOSING = re.compile(r"(?:\[\^?[\w-]{1,40}\]|\((?:[^()\n]{0,80}[\s,])?(?:19|20)\d\d[a-z]?\))[\s.\"”*_]*\Z")
"""A citation that ends a paragraph stands for all of it."""

QUANTITY = re.compile(
    r"(?:[$€£¥]\s?\d(?:[\d.,]*\d)?(?:\s?(?:k|m|bn|million|billion|trillion))?"
    r"|\b\d(?:[\d.,]*\d)?\s?(?:%|percent\b|per cent\b|percentage points\b)"
    r"|\b(?!0x)\d(?:[\d.,]*\d)?\s?(?:times\b|x\b|fold\b)"
    r"|\b\d{1,3}(?:,\d{3})+\b"
    r"|\b\d(?:[\d.,]*\d)?\s?(?:thousand|million|billion|trillion)\b"
    r"|\b\d{2,}\s(?:people|users|customers|companies|teams|respondents|countries|employees|patients|students)\b)",
    re.IGNORECASE,
)
"""A number that somebody measured or counted."""

_CLAIM = re.compile(
    r"\b(?:(?:stud(?:y|ies)|research|surveys?|experts?|analysts?|scientists)\s+"
    r"(?:has |have )?(?:shows?|shown|suggests?|suggested|proves?|proven|says?|said|agrees?|agreed|finds?|found|"
    r"indicates?|confirms?)"
    r"|it is (?:well[- ])?(?:known|proven|established|widely accepted)"
    r"|(?:most|the majority of|nearly all|almost all) (?:customers|companies|teams|experts|people|users)"
    r" (?:prefer|agree|want|believe|say|trust|choose|think|know|love)"
    r"|the (?:world's|market's|industry's) (?:\w+ )?(?:largest|biggest|fastest|best|leading|cheapest|first)"
    r"|the (?:leading|best-selling|most popular|most widely used|number one)"
    r"|the (?:largest|biggest|fastest|best|cheapest|first) [\w -]{0,40}"
    r"(?:in the world|on the market|in the industry|of its kind|in europe)"
    r"|has been (?:proven|shown|demonstrated) to)\b",
    re.IGNORECASE,
)


def check_claims(manuscript: Manuscript) -> Iterator[Finding]:
    """Every sentence with a measured number or a claim of fact that neither it nor its paragraph's end supports."""
    for passage in manuscript.passages:
        for sentence in passage.sentences:
            if not _is_supported(passage, sentence):
                yield from _of_sentence(manuscript, sentence)


def _is_supported(passage: Passage, sentence: Sentence) -> bool:
    return CITED.search(sentence.shown) is not None or _CLOSING.search(passage.sentences[-1].shown) is not None


def _of_sentence(manuscript: Manuscript, sentence: Sentence) -> Iterator[Finding]:
    for number in QUANTITY.finditer(sentence.masked):
        yield found_at(
            manuscript,
            Rule.NUMBER_UNSOURCED,
            sentence.start + number.start(),
            sentence.shown[number.start() : number.end()],
            message="A number, and nothing says where it comes from.",
            suggestion="Name its source.",
        )
    claim = _CLAIM.search(sentence.masked)
    if claim:
        yield found_at(
            manuscript,
            Rule.CLAIM_UNCITED,
            sentence.start + claim.start(),
            sentence.shown[claim.start() :],
            message="A claim of fact without a citation.",
            suggestion="Cite it or leave it out.",
        )
