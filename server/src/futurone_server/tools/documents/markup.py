"""HTML as a flat run of tags and texts, in one pass and linear time.

No tree is built: what the HTML standard asks of a tree builder is quadratic in nesting by design, and a page of 1 MB
of nested elements held a thread for five minutes. Quotes need the text a reader sees, and a flat run gives that.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ATTRIBUTES_MAX = 64

_NAME = re.compile(r"[a-zA-Z][^\s/>]{0,60}")
_ATTRIBUTE = re.compile(r"[\s/]*([^\s/>=]{1,200})\s*(=?)\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_RAW = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}


def tag_names(text: str) -> frozenset[str]:
    """A set of tag names, written as words."""
    return frozenset(text.split())


_UNSEEN = tag_names("""
    script style template noscript svg iframe object canvas audio video select button textarea nav datalist
    dialog head xmp noembed noframes
""")
_VOID = tag_names("""
    area base br col embed hr img input link meta param source track wbr
""")
_HIDING_STYLE = re.compile(
    r"(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|(?:font-size|opacity)\s{0,9}:\s{0,9}0(?![.\d]))",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A start tag (or end tag, ``is_end``) with its attributes, names in lower case."""

    name: str
    is_end: bool = False
    is_self_closing: bool = False
    attributes: dict[str, str] = field(default_factory=dict)


def is_unseen(tag: Tag) -> bool:
    """Whether a reader does not see what is inside: scripts, navigation, controls, and what the page hides."""
    if tag.name in _VOID or tag.is_self_closing:
        return False
    if tag.name in _UNSEEN:
        return True
    attributes = tag.attributes
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    return "style" in attributes and _HIDING_STYLE.search(attributes["style"][:2000]) is not None


def read_markup(page: str) -> Iterator[Tag | str]:
    """Tags and texts in the order of the page; comments are left out and character references are resolved.

    The text inside ``title`` and other raw elements comes as one text between its tags. Never raises.
    """
    at = 0
    while (opening := page.find("<", at)) >= 0:
        if opening > at:
            yield html.unescape(page[at:opening])
        tag, at = _read_tag(page, opening)
        if tag is not None:
            yield tag
        if isinstance(tag, Tag) and not tag.is_end and tag.name in _RAW:
            closing = _RAW[tag.name].search(page, at)
            end = closing.start() if closing else len(page)
            yield html.unescape(page[at:end])
            at = end
    if at < len(page):
        yield html.unescape(page[at:])


def _read_tag(page: str, at: int) -> tuple[Tag | str | None, int]:
    """What begins with the ``<`` at one place, and where it ends."""
    if page.startswith("<!--", at):
        end = page.find("-->", at + 2)
        return None, len(page) if end < 0 else end + 3
    if page.startswith(("<!", "<?"), at):
        return None, _after(page, at)
    is_end = page.startswith("</", at)
    name = _NAME.match(page, at + 1 + is_end)
    if name is None:
        return "<", at + 1
    if is_end:
        return Tag(name=name.group().lower(), is_end=True), _after(page, name.end())
    attributes, end = _read_attributes(page, name.end())
    is_self_closing = page.startswith("/>", end - 2)
    return Tag(name=name.group().lower(), is_self_closing=is_self_closing, attributes=attributes), end


def _read_attributes(page: str, at: int) -> tuple[dict[str, str], int]:
    attributes: dict[str, str] = {}
    while at < len(page):
        found = _ATTRIBUTE.match(page, at)
        if found is None:
            return attributes, _after(page, at)
        at = found.end()
        value = ""
        if found.group(2):
            value, at = _read_value(page, at)
        if len(attributes) < _ATTRIBUTES_MAX:
            attributes.setdefault(found.group(1).lower(), value)
    return attributes, len(page)


def _read_value(page: str, at: int) -> tuple[str, int]:
    quote = page[at : at + 1]
    if quote in {'"', "'"}:
        end = page.find(quote, at + 1)
        # An unclosed quote takes the rest of the page, as in browsers.
        return ("", len(page)) if end < 0 else (page[at + 1 : end], end + 1)
    unquoted = _UNQUOTED.match(page, at)
    return (unquoted.group(), unquoted.end()) if unquoted else ("", at)


def _after(page: str, at: int) -> int:
    end = page.find(">", at)
    return len(page) if end < 0 else end + 1
