"""What kind of thing would answer a question: a number, a date, a person, a definition, a procedure."""

import re

from futurone_server.pipelines.research.brief import Wanted

_MEASURES = "number|size|limit|port|percentage|rate|amount|length|duration|timeout|interval|maximum|minimum|version"
_NAMED = (
    "option|flag|switch|command|setting|parameter|variable|capability|function|method|directive|keyword|action|argument|"
    "property|event|class|module|signal|directory|file"
)
_PATTERNS = (
    (
        Wanted.MONEY,
        r"how much (?:does|do|did|will|would|is|are).*\b(?:cost|pay|charge|spend|fee)"
        r"|\b(?:price|costs?|fees?|salary|budget|revenue)\b",
    ),
    (
        Wanted.NUMBER,
        r"\bhow (?:many|much|long|often|large|big|far|fast|high|deep|old|small|wide|quickly|soon)\b"
        rf"|\b(?:what|which)(?: is| are)?(?: the)?(?: \w+){{0,3}} (?:{_MEASURES})\b",
    ),
    (
        Wanted.DATE,
        r"\bwhen (?:was|were|did|will)\b|\bwhen (?:is|are) .*\b(?:due|released|published|scheduled|held)\b"
        r"|\b(?:what|which|in what|in which) (?:year|date|day|month)\b",
    ),
    (Wanted.PERSON, r"\A(?:by )?who(?:m|se)?\b|\bwho (?:is|was|are|were|wrote|created|founded|invented)\b"),
    (Wanted.COMPARISON, r"\bcompare\b|\bcontrast\b|\bdifferences? between\b|\b(?:versus|vs)\b|\bdiffer\b"),
    (Wanted.REASON, r"\bwhy\b|\bwhat (?:is|are) the reasons?\b"),
    (Wanted.PROCEDURE, r"\bhow (?:do|does|can|should|to|would|could|is|are|must)\b"),
    (Wanted.NAME, rf"\b(?:which|what) (?:[\w-]+ ){{0,2}}(?:{_NAMED})\b"),
    (Wanted.LIST, r"\A(?:list|enumerate)\b|\bwhich (?:\w+ )?\w+s\b|\bwhat are\b"),
    (
        Wanted.DEFINITION,
        r"\Awhat(?: is|'s| does)\b(?!.*\b(?:default|maximum|minimum)\b)"
        r"|\bdefine\b|\bdefinition of\b|\bmean(?:s|ing)?\b",
    ),
    (Wanted.CHOICE, r"\A(?:is|are|does|do|did|can|could|should|must|may|will|has|have|was|were)\b"),
)
_COMPILED = tuple((wanted, re.compile(pattern, re.IGNORECASE)) for wanted, pattern in _PATTERNS)


def wanted(text: str) -> Wanted:
    """What kind of thing would answer a question; the first kind that fits."""
    return next((kind for kind, pattern in _COMPILED if pattern.search(text)), Wanted.ANY)
