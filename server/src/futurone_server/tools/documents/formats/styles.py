"""The paragraph styles of a Word document: which are headings, and which make list items."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from docx.oxml.ns import qn
from docx.parts.document import DocumentPart
from lxml import etree

_HEADING = re.compile(r"heading ([1-9])\Z", re.IGNORECASE)
_NAMED = {"title": 1, "subtitle": 2}
_BODY_LEVEL = 9
_ANCESTORS_MAX = 12


@dataclass(frozen=True, kw_only=True)
class Style:
    """What a style says of a paragraph: its level as a heading, 0 for none, and whether it is a list item."""

    heading: int = 0
    is_list: bool = False

    def with_own(self, properties: etree._Element) -> Self:
        """This style with a paragraph's (or a derived style's) own properties laid over it."""
        style = self
        level = _value(properties, "w:outlineLvl")
        if level is not None and level.isdecimal():
            style = replace(style, heading=int(level) + 1 if int(level) < _BODY_LEVEL else 0)
        numbered = properties.find(qn("w:numPr"))
        if numbered is not None:
            # Number 0 takes a paragraph out of the list that its style puts it into.
            style = replace(style, is_list=_value(numbered, "w:numId") != "0")
        return style


def styles_of(main: DocumentPart) -> dict[str, Style]:
    """The styles of a document by their id; that of paragraphs without one under the empty id."""
    elements = {
        str(one.get(qn("w:styleId"))): one
        for one in main.styles.element.iter(qn("w:style"))
        if one.get(qn("w:type")) == "paragraph"
    }
    found = {identity: _style(one, elements) for identity, one in elements.items()}
    usual = next((found[id_] for id_, one in elements.items() if one.get(qn("w:default")) in {"1", "true"}), Style())
    return {"": usual, **found}


def _style(element: etree._Element, elements: Mapping[str, etree._Element]) -> Style:
    chain = [element]
    while len(chain) < _ANCESTORS_MAX and (above := elements.get(_value(chain[-1], "w:basedOn") or "")) is not None:
        chain.append(above)
    style = Style()
    for one in reversed(chain):
        style = _named(style, _value(one, "w:name") or "")
        properties = one.find(qn("w:pPr"))
        if properties is not None:
            style = style.with_own(properties)
    return style


def _named(style: Style, name: str) -> Style:
    heading = _HEADING.match(name)
    level = int(heading.group(1)) if heading else _NAMED.get(name.casefold(), style.heading)
    return replace(style, heading=level, is_list=style.is_list or name.casefold().startswith("list"))


def _value(parent: etree._Element, name: str) -> str | None:
    found = parent.find(qn(name))
    return None if found is None else found.get(qn("w:val"))
