"""How a draft is written: repeated words, long sentences, passives, hedges and fillers."""

import re
from collections.abc import Iterator

from futurone_server.pipelines.content.finding import Finding, Rule, found_at
from futurone_server.pipelines.content.manuscript import Manuscript, Sentence

SENTENCE_WORDS_MAX = 30
"""A longer sentence is pointed at."""

WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")

_REPEATED = re.compile(r"(?<![\w'’-])([A-Za-z]{2,})(\s+)(\1)(?![\w'’-])", re.IGNORECASE)
_MAY_REPEAT = frozenset(["had", "that", "bye", "so", "very", "ha", "no", "hear", "knock", "chop", "long", "make"])
_SMALL = frozenset(["the", "a", "an", "in", "of", "to", "it", "is", "and", "we", "this", "for", "on", "at", "if", "as"])
"""Words that are doubled by mistake also where the first begins a sentence; a name and its kind are not."""
_BEING = r"(?:am|is|are|was|were|be|been|being)"
_IRREGULAR = (
    "built bought brought caught chosen done drawn driven eaten fallen felt fought found forgotten given gone held "
    "hidden kept known laid led left lent lost made meant met paid put read run said seen sent set shown shut sold "
    "spent spoken stolen taken taught told thought thrown understood won worn written broken begun cut hit"
)
_PASSIVE = re.compile(
    rf"\b{_BEING}\s+(?:(?:not|also|often|always|usually|then|now|only|just|already|being|been|\w{{3,}}ly)\s+){{0,2}}"
    rf"(?:(?!(?:need|speed|seed|weed|feed|bleed|breed|indeed|red|bed|shed|hundred|sacred|naked|wicked|"
    rf"tired|excited|interested|pleased|delighted|worried|supposed|used|allowed|limited|advanced|detailed|"
    rf"experienced|skilled|unexpected|aged|gifted|talented|related|dedicated)\b)[a-z]{{2,}}ed|"
    rf"{'|'.join(_IRREGULAR.split())})\b",
    re.IGNORECASE,
)
HEDGES = (
    "it seems that", "it would seem", "it could be argued", "it may be that", "it is possible that", "in some ways",
    "more or less", "somewhat", "arguably", "perhaps", "maybe", "presumably", "supposedly",
    "is kind of", "is sort of",
    "we believe", "i think", "i feel", "in my opinion", "to some extent", "fairly", "rather unclear",
)  # fmt: skip
FILLERS = {
    "in order to": "to", "due to the fact that": "because", "at this point in time": "now", "at the end of the day": "",
    "in the event that": "if", "for the purpose of": "for", "a large number of": "many", "the fact that": "",
    "it is important to note that": "", "it should be noted that": "", "needless to say": "", "as a matter of fact": "",
    "in terms of": "", "with regard to": "about", "has the ability to": "can", "is able to": "can",
    "are able to": "can", "make use of": "use", "basically": "", "actually": "", "really": "", "very": "", "quite": "",
    "literally": "", "simply": "", "obviously": "", "utilize": "use", "utilise": "use", "leverage": "use",
    "going forward": "from now on", "cutting-edge": "", "best-in-class": "", "world-class": "", "game-changing": "",
    "state-of-the-art": "", "seamlessly": "", "synergy": "",
}  # fmt: skip
"""Words that say nothing, and what says the same."""

_BY = re.compile(
    r"\bby\s+(?!\d|(?:hand|mistake|accident|default|design|chance|now|then|far|e?-?mail|post|phone|monday|tuesday|wednesday|"
    r"thursday|friday|saturday|sunday|tomorrow|tonight|noon|midnight|next|no means|\w+ing)\b)[^\W\d_]",
    re.IGNORECASE,
)
_HEDGE = re.compile(rf"\b(?:{'|'.join(map(re.escape, HEDGES))})\b", re.IGNORECASE)
_FILLER = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, FILLERS), key=len, reverse=True))})\b", re.IGNORECASE)


def check_style(manuscript: Manuscript) -> Iterator[Finding]:
    """Everything about how it is written, in the order of the rules."""
    yield from _repeated(manuscript)
    for sentence in manuscript.sentences:
        yield from _of_sentence(manuscript, sentence)


def check_length(manuscript: Manuscript) -> Iterator[Finding]:
    """Sentences of too many words, in any language that divides them by spaces."""
    for sentence in manuscript.sentences:
        words = count_words(sentence.masked)
        if words > SENTENCE_WORDS_MAX:
            yield found_at(
                manuscript,
                Rule.SENTENCE_LONG,
                sentence.start,
                sentence.shown,
                message=f"{words} words in one sentence.",
                suggestion="Divide it.",
            )


def count_words(text: str) -> int:
    """How many words: runs of letters and digits; an inner apostrophe or hyphen joins."""
    return sum(1 for _ in WORD.finditer(text))


def passives(masked: str) -> Iterator[re.Match[str]]:
    """Where a sentence is in the passive: a form of "to be" and a participle."""
    return _PASSIVE.finditer(masked)


def _repeated(manuscript: Manuscript) -> Iterator[Finding]:
    for passage in manuscript.passages:
        for twice in _REPEATED.finditer(passage.masked):
            if not _is_mistake(twice.group(1), twice.group(3)):
                continue
            yield found_at(
                manuscript,
                Rule.REPEATED_WORD,
                passage.start + twice.start(),
                twice.group(),
                message="The same word twice.",
                suggestion=twice.group(1),
            )


def _is_mistake(one: str, other: str) -> bool:
    if one.lower() in _MAY_REPEAT or one.isupper():
        return False
    return one == other or (one == other.capitalize() and other in _SMALL)


def _of_sentence(manuscript: Manuscript, sentence: Sentence) -> Iterator[Finding]:
    for found in passives(sentence.masked):
        # What is done by somebody is said before the next part of the sentence begins.
        is_said = _BY.search(re.split(r"[;:—]", sentence.masked[found.end() :])[0])
        message = "Passive: who does it comes last." if is_said else "Passive: who does it is not said."
        suggestion = "Begin with who does it." if is_said else "Name who does it."
        yield _at(manuscript, sentence, found, Rule.PASSIVE, message, suggestion)
    for found in _HEDGE.finditer(sentence.masked):
        yield _at(manuscript, sentence, found, Rule.HEDGE, "Hedging: it takes back what is said.", "Leave it out.")
    for found in _FILLER.finditer(sentence.masked):
        instead = FILLERS[" ".join(found.group().lower().split())]
        yield _at(
            manuscript, sentence, found, Rule.FILLER, "Says nothing that is not said without it.",
            instead or "Leave it out.",
        )  # fmt: skip


def _at(
    manuscript: Manuscript, sentence: Sentence, found: re.Match[str], rule: Rule, message: str, suggestion: str
) -> Finding:
    start = sentence.start + found.start()
    return found_at(manuscript, rule, start, found.group(), message=message, suggestion=suggestion)
