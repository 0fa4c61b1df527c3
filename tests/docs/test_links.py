"""Every link from one file of the repository to another leads somewhere, and to a heading that is there."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache

import pytest

from docs.blocks import ROOT

_LINK = re.compile(r"(?<!\!)\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^\s{0,3}```.*?^\s{0,3}```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*$", re.MULTILINE)


@cache
def tracked() -> tuple[str, ...]:
    """The Markdown files under version control, or all there are outside a checkout."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, check=False).stdout
    names = [name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]
    return tuple(names or ["README.md", *(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))])


def anchors(text: str) -> set[str]:
    """The names under which a page's headings can be linked to, as the usual hosts make them."""
    plain = _FENCED.sub("", text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(plain)}


def lost_links(page: str, text: str) -> Iterator[str]:
    """Links of a page that lead nowhere."""
    shown = _CODE.sub("", _FENCED.sub("", text))
    for link in _LINK.findall(shown):
        if "://" in link or link.startswith("mailto:"):
            continue
        target, _, anchor = link.partition("#")
        path = (ROOT / page).parent / target
        if not path.exists():
            yield f"{page}: links to {link}, which is not there"
        elif anchor and path.suffix != ".py" and anchor not in anchors(path.read_text("utf-8") if target else text):
            yield f"{page}: links to {link}, and the page has no such heading"


@pytest.mark.parametrize("page", tracked())
def test_the_links_of_a_page_lead_somewhere(page: str) -> None:
    found = list(lost_links(page, (ROOT / page).read_text("utf-8")))
    assert not found, "\n".join(found)


def test_a_link_to_nothing_is_reported() -> None:
    text = "# A heading, with words\n[x](lost.md) [y](docs/README.md#lost) [z](#a-heading-with-words) `[w](x)` [v](#no)"
    assert [one.split(",")[0] for one in lost_links("README.md", text)] == [
        "README.md: links to lost.md",
        "README.md: links to docs/README.md#lost",
        "README.md: links to #no",
    ]


def test_every_page_of_the_documentation_is_on_its_map() -> None:
    text = (ROOT / "docs/README.md").read_text("utf-8")
    linked = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in _LINK.findall(text)}
    there = {path.resolve() for path in (ROOT / "docs").rglob("*.md") if "decisions" not in path.parts}
    lost = sorted(path.relative_to(ROOT).as_posix() for path in there - linked - {(ROOT / "docs/README.md").resolve()})
    assert lost == []


def test_every_decision_is_named_by_its_number_and_has_four_parts() -> None:
    for path in sorted((ROOT / "docs/decisions").glob("0*.md")):
        parts = re.findall(r"^## (\w+)", path.read_text("utf-8"), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives"], path.name
        assert path.read_text("utf-8").startswith(f"# {path.name[:4]} "), path.name
