"""Questions about a folder of text: those that stand beside it, or made from its headings and definitions."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from benches.quality.corpus import (
    Asked,
    Original,
    Part,
    Place,
    bound,
    folder_documents,
    installed_questions,
    questions_of,
)
from futurone_server.tools.documents import BlockKind, Document, Section, SectionKind
from futurone_server.tools.retrieval import words
from futurone_server.tools.retrieval.words import ASKING, STOP

GENERATED_MAX = 60
_PER_DOCUMENT = 6
_DEFINITION = re.compile(r"(?:The|A|An)?\s*((?:[A-Za-z][\w-]+ ?){1,4}?)\s(?:is|are) (?:an?|the) \w")
_TITLE = re.compile(r"[A-Za-z][\w ,'-]{4,60}\Z")
_VAGUE = frozenset(
    {
        "it", "this", "that", "these", "those", "there", "what", "which", "here", "one", "name", "note", "overview",
        "introduction", "description", "example", "examples", "synopsis", "options", "see", "also", "author", "authors",
        "contents", "index", "summary", "background", "notes",
    }
)  # fmt: skip


def folder_part(folder: Path) -> Part:
    """The documents of a folder with the questions of ``FOLDER.toml`` or ``FOLDER/questions.toml``, else generated.

    Such a file has ``answerable`` (document, question, pattern), ``outside`` and ``traps``, as in questions.toml.
    """
    originals = folder_documents(folder)
    for path in (folder.with_suffix(".toml"), folder / "questions.toml"):
        if path.is_file():
            told = tomllib.loads(path.read_text(encoding="utf-8"))
            return bound(folder.name, originals, questions_of(told))
    return Part(name=f"{folder.name}, generated questions", originals=originals, asked=generated(originals))


def generated(originals: Sequence[Original]) -> list[Asked]:
    """Questions whose answer has a known place, and general ones that no document has the words for.

    A sentence "An X is a …" becomes "What is X?", answered where the sentence stands; a heading becomes "What is said
    about X?", answered anywhere in its section. Whoever asks these knows the words of the text: real questions are
    harder. Nothing near the domain but unanswerable is made: that takes a person.
    """
    found: list[Asked] = []
    for original in originals:
        found += list(_of_document(original.document))[:_PER_DOCUMENT]
    unique = {one.text: one for one in found}
    repeated = {one.text for at, one in enumerate(found) if one.text in {other.text for other in found[:at]}}
    kept = [one for one in unique.values() if one.text not in repeated]
    step = max(1, -(-len(kept) // GENERATED_MAX))
    return [*kept[::step], *_outside(originals)]


def _of_document(document: Document) -> Iterator[Asked]:
    for section in document.sections:
        for block in section.blocks:
            text = document.text[block.start : block.end]
            subject = _DEFINITION.match(text)
            if block.kind is BlockKind.PROSE and subject and _is_telling(subject[1]):
                place = Place(sha256=document.sha256, start=block.start, end=block.end, text=text)
                yield Asked(kind="answerable", text=f"What is {subject[1].strip()}?", place=place)
        if _TITLE.match(section.title) and _is_telling(section.title) and _has_text(section):
            text = document.text[section.body : section.end]
            place = Place(sha256=document.sha256, start=section.body, end=section.end, text=text)
            yield Asked(kind="answerable", text=f"What is said about {section.title.strip()}?", place=place)


def _has_text(section: Section) -> bool:
    is_headed = section.kind is SectionKind.HEADING
    return is_headed and any(block.kind is BlockKind.PROSE for block in section.blocks)


def _is_telling(subject: str) -> bool:
    told = [word for word in re.findall(r"[\w-]+", subject.lower()) if word not in STOP]
    return bool(told) and not _VAGUE.intersection(told)


def _outside(originals: Sequence[Original]) -> Iterator[Asked]:
    """General questions; one that has half of its words in a single document is left out."""
    texts = [set(re.findall(r"\w+", original.document.text.lower())) for original in originals]
    for asked in installed_questions("outside"):
        told = {word.text for word in words(asked.text.lower())} - STOP - ASKING
        if all(2 * len(told & text) < len(told) for text in texts):
            yield asked
