"""How a draft is built: its headings, and the links that lead into it or to files beside it."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import pairwise
from urllib.parse import unquote

from futurone_server.pipelines.content.finding import Finding, Rule, found_at
from futurone_server.pipelines.content.manuscript import Manuscript

LINK = re.compile(r"(?<!\\)\[(?P<text>[^\[\]\n]{0,300})\]\((?P<target>[^()\s]{1,400})(?:\s+\"[^\"\n]{0,200}\")?\)")
_EMPTY = re.compile(
    r"(?<!\\)\[(?P<text>[^\[\]\n]{0,300})\]\(\s*(?:<\s*>|#|(?:(?:https?|ftp):/{0,3}|mailto:|tel:)?)\s*\)"
    r"|(?<![\\!])\[\s*\]\([^()\s]{1,400}\)",
    re.IGNORECASE,
)
_CODE = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1|\Z)|`[^`\n]{1,400}`", re.DOTALL | re.MULTILINE)
_MARKED_ID = re.compile(r"\{#([\w.:-]{1,100})\}|\b(?:id|name)=[\"']([\w.:-]{1,100})[\"']")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


def anchors(manuscript: Manuscript) -> frozenset[str]:
    """What a link into the draft may name: its headings as they become anchors, and ids set by hand."""
    found: set[str] = set()
    seen: Counter[str] = Counter()
    for heading in manuscript.headings:
        slug = slug_of(heading.title)
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    found.update(one or other for one, other in _MARKED_ID.findall(manuscript.text))
    return frozenset(found)


def slug_of(title: str) -> str:
    """A heading as the anchor that Markdown renderers make of it."""
    return _NOT_IN_SLUG.sub("", title.lower()).replace(" ", "-")


def check_structure(manuscript: Manuscript, beside: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Headings and links; ``beside`` gives the anchors of each file that was given, by its name."""
    if manuscript.document.media_type != "text/markdown":
        return
    yield from _headings(manuscript)
    yield from _links(manuscript, beside)


def _headings(manuscript: Manuscript) -> Iterator[Finding]:
    titles: Counter[tuple[int, str]] = Counter()
    for heading in manuscript.headings:
        titles[heading.level, heading.title.lower()] += 1
        if heading.title == "—":
            line = manuscript.text[heading.start :].partition("\n")[0]
            yield found_at(
                manuscript, Rule.HEADING_EMPTY, heading.start, line, message="A heading without words.",
                suggestion="Name it or remove it.",
            )  # fmt: skip
        elif titles[heading.level, heading.title.lower()] == 2:
            yield found_at(
                manuscript, Rule.HEADING_TWICE, heading.start, heading.title,
                message="Another heading of this level has the same words.", suggestion="Tell them apart.",
            )  # fmt: skip
    for above, heading in pairwise(manuscript.headings):
        if heading.level > above.level + 1:
            yield found_at(
                manuscript, Rule.HEADING_LEVEL, heading.start, heading.title,
                message=f"Level {heading.level} follows level {above.level}.",
                suggestion=f"Make it level {above.level + 1}.",
            )  # fmt: skip
    tops = [heading for heading in manuscript.headings if heading.level == 1]
    for heading in tops[1:]:
        yield found_at(
            manuscript, Rule.HEADING_LEVEL, heading.start, heading.title, message="A second heading of level 1.",
            suggestion="Make it level 2.",
        )  # fmt: skip


def _links(manuscript: Manuscript, beside: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    own = anchors(manuscript)
    code = [found.span() for found in _CODE.finditer(manuscript.text)]
    for empty in _EMPTY.finditer(manuscript.text):
        if not any(start <= empty.start() < end for start, end in code):
            lacking = "It leads nowhere." if empty.group("text") else "It has no words."
            yield found_at(
                manuscript, Rule.EMPTY_LINK, empty.start(), empty.group(), message=f"An empty link: {lacking.lower()}",
                suggestion="Complete the link, or remove it.",
            )  # fmt: skip
    for link in LINK.finditer(manuscript.text):
        if any(start <= link.start() < end for start, end in code) or _EMPTY.match(manuscript.text, link.start()):
            continue
        target = unquote(link.group("target"))
        if _SCHEME.match(target):
            continue
        file, _, anchor = target.partition("#")
        name = file.rpartition("/")[2]
        shown = link.group()
        if not file and anchor not in own:
            yield found_at(
                manuscript, Rule.DEAD_ANCHOR, link.start(), shown, message=f"There is no heading “{anchor}” here.",
                suggestion=_nearest(anchor, own),
            )  # fmt: skip
        elif name and name not in beside:
            yield found_at(
                manuscript, Rule.LINK_UNCHECKED, link.start(), shown,
                message=f"{file} was not given, so it is not known whether it is there.",
                suggestion="Check it by hand.",
            )  # fmt: skip
        elif name and anchor and anchor not in beside[name]:
            yield found_at(
                manuscript, Rule.DEAD_LINK, link.start(), shown,
                message=f"{name} has no heading “{anchor}”.", suggestion=_nearest(anchor, beside[name]),
            )  # fmt: skip


def _nearest(anchor: str, known: frozenset[str]) -> str:
    """The anchor that is spelt most like a dead one, if any is."""
    best = get_close_matches(anchor.lower(), sorted(known), n=1)
    return f"#{best[0]}" if best else "Remove the link, or add the heading."
