"""How English asks and restrains: the patterns by which a task's clauses are told apart."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


QUESTION_WORDS = _words(
    """
    what which how why when where who whom whose whether
    """
)
AUXILIARIES = _words(
    """
    does do did is are was were can could should must may will would has have had isn't aren't doesn't don't
    """
)
CLEAR_VERBS = _words(
    """
    explain describe compare contrast summarise summarize identify define determine analyse analyze evaluate
    assess enumerate investigate examine discuss clarify collect gather extract find tell give provide quote
    """
)
"""Verbs that ask wherever they stand."""

NOUNLIKE_VERBS = _words(
    """
    list name state report outline detail research review check show document note look survey map study
    """
)
"""Verbs that are nouns as often: they ask only at the start, or before a determiner."""

DETERMINERS = _words(
    """
    the a an all any each every how what which why whether when where who its their his her if our your this
    these those
    """
)


def _one_of(words: str) -> str:
    return "(?:" + "|".join(re.escape(word).replace("_", r"\s+") for word in words.split()) + ")"


BULLET = re.compile(r"[ \t]*(?:[-*+•‣–—]|\(?(?:\d{1,2}|[a-zA-Z])[.)])[ \t]+(?=\S)")
INLINE_ITEM = re.compile(r"(?:(?<=\s)|\A)\(?(?:\d{1,2}|[a-h])\)[ \t]+(?=\S)")

LABEL = re.compile(
    r"(?:tasks?|questions?|q\d{0,2}|goals?|brief|research(?: question| task| brief)?|request|objective)"
    r"[ \t]{0,3}[:.–-][ \t]+",
    re.IGNORECASE,
)

FILLER = re.compile(
    r"(?:(?:please|kindly|then|and|also|finally|first|firstly|second|secondly|third|thirdly|next|lastly|additionally|"
    r"furthermore|moreover|in addition|in particular|as well as|to start|afterwards|"
    r"(?:i|we)(?: would|'d)? (?:want|like|need)(?: you)? to(?: know| find out| understand)?|"
    r"(?:could|can|would|will) you(?: please)?|your (?:task|job) is to|you (?:should|must)|help (?:me|us)(?: to)?|"
    r"(?:tell|show|give) (?:me|us)(?: about)?|find out|let (?:me|us) know|i wonder|do you know)\b[ ,:]*)+",
    re.IGNORECASE,
)
"""Politeness and connection before what is asked."""

JOINT = re.compile(
    r"(?:\s*[,;]\s*(?:and\s+then\s+|and\s+|then\s+|as\s+well\s+as\s+|also\s+)?|\s+and\s+(?:then\s+|also\s+)?)(?=\w)",
    re.IGNORECASE,
)
"""Where one sentence may pass from one request to the next."""

_LANGUAGES = _one_of(
    "english german french spanish italian dutch portuguese polish chinese japanese korean russian arabic turkish"
)
_LENGTH = (
    _one_of(
        "at_most no_more_than not_more_than a_maximum_of maximum max max. under below fewer_than less_than up_to within"
        " about around approximately roughly limit_to limited_to"
    )
    + r"\s+\d[\d,]{0,6}\s+(?:words?|pages?|sentences?|characters?|lines?|paragraphs?|bullets?|quotes?)"
)
_WRITES = _one_of("write answer respond reply report present format return output structure deliver phrase")
_MATERIAL = _one_of(
    "only solely exclusively source sources document documents file files attached provided vault attachments"
)
_CLAIMS = _one_of(
    "claim claims statement statements source sources answer answers fact facts everything citations section sections"
)
_MANNERS = _one_of(
    "brief concise short precise specific thorough neutral factual simple exact cited formal clear objective"
)
_FORMS = _one_of(
    "markdown table tables bullets bulleted json heading headings paragraph paragraphs tone style sentences words html"
)

CONSTRAINT = re.compile(
    rf"""
    .*\b{_LENGTH}\b
    | (?:in|at)?\s*\d[\d,]*\s+(?:words|pages|sentences)(?:\s+(?:or\s+(?:less|fewer)|at\s+most|max(?:imum)?))?[.!]?\Z
    | (?:always\s+)?(?:cite|reference|footnote|attribute|support|back)\b.*\b{_CLAIMS}\b
    | (?:include|add|use|with|provide|give)\s+(?:\w+\s+){{0,3}}(?:citations?|references|footnotes|sources)\b
    | (?:every|each|all)\s+(?:\w+\s+){{0,3}}(?:must|should|needs?\s+to|has\s+to)\b
    | (?:use|consult|rely\s+on|draw\s+on|refer\s+to|stick\s+to|base\s+\w+(?:\s+\w+)?\s+on|based\s+on|work\s+from)\b
      .*\b{_MATERIAL}\b
    | (?:only|do\s+not|don't|never|avoid|no\s|without)\b
    | (?:keep|be|stay|remain|make)\s+(?:it\s+|the\s+\w+\s+|your\s+\w+\s+|them\s+|sure\s+)?(?:\w+\s+){{0,2}}{_MANNERS}\b
    | (?:{_WRITES}\b.*)?\b(?:in|into|as)\s+(?:plain\s+|simple\s+|british\s+|american\s+)?{_LANGUAGES}\b[.!]?\Z
    | {_WRITES}\b.*\b{_FORMS}\b
    | (?:use|with)\s+(?:\w+\s+){{0,2}}(?:markdown|tables?|bullets?|headings?|bullet\s+points)\b
    | quote\s+(?:exactly|verbatim|literally|the\s+exact|directly|from\s+the\s+(?:sources?|documents?))
    | (?:deadline|audience|tone|format|length|language|style)\s*:
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""A clause about how to answer rather than what."""

CONSTRAINT_HEAD = re.compile(
    r"(?:constraints?|requirements?|rules?|conditions?|guidelines?|format|notes?)\s*:\Z", re.IGNORECASE
)
"""What leads a list of constraints."""

TAIL = re.compile(
    rf"[,;]?\s+\(?(?:(?:in|with|using)\s+{_LENGTH}|(?:with|citing|including|and\s+cite)\s+(?:your\s+|the\s+|exact\s+)?"
    r"(?:citations?|sources?|references|quotes?))\)?(?=[?.!]*\Z)",
    re.IGNORECASE,
)
"""A constraint at the end of a question."""

WORDS_MAX = re.compile(
    r"(?:at most|no more than|not more than|a maximum of|maximum|max\.?|under|below|fewer than|less than|up to|within|"
    r"limit(?:ed)? to)\s+(\d[\d,]{0,6})\s+words?|(\d[\d,]{0,6})\s+words?\s+(?:or (?:less|fewer)|at most|max)",
    re.IGNORECASE,
)

_THINGS = _one_of(
    """
    former latter first second one ones option setting feature command function tool method parameter flag policy
    product company system service limit plan contract agreement module variable key file format protocol period rule
    """
)
REFERRING = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|he|him|his|she|her|these|those|this|the same)\b"
    rf"|\bthe {_THINGS}\b|\b(?:is|are|does|do|was|were|of|about|for|with|by|to) that\b|\bones?\?",
    re.IGNORECASE,
)
"""A question with one of these is about what an earlier one named."""

OPENS = re.compile(
    r"(?:research|investigate|study|review|survey|look (?:at|into)|evaluate|assess)\b(?!.*\?)", re.IGNORECASE
)
"""A request that only opens the subject when questions follow."""
