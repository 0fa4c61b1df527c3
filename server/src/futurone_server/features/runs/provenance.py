"""Provenance: what made a deliverable, of which sources, and by which rubric it was verified."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self


class Origin(Protocol):
    """What is known of a source that a deliverable was made from."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def sha256(self) -> str:
        """Of its bytes, in hex; empty when it could not be read."""

    @property
    def media_type(self) -> str | None:
        """What kind of file it was, where that is known."""


@dataclass(frozen=True, kw_only=True)
class SourceRef:
    """A source that a deliverable was made from. All of it is content: names of files say much."""

    name: str
    sha256: str
    media_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class RubricRef:
    """The rubric a run was verified with."""

    id: str
    version: int

    @classmethod
    def of(cls, score: Mapping[str, object] | None) -> Self | None:
        """That of a verified run's score; None where there was no verification, or not yet."""
        if score is None or score.get("rubric") is None:
            return None
        return cls(id=str(score["rubric"]), version=int(str(score["version"])))


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a deliverable comes from. ``sources`` are content, and None once the content is erased.

    ``version`` is the server's that made it. ``step`` and ``version`` are None for what older servers made.
    """

    engine: str
    models: tuple[str, ...]
    sources: tuple[SourceRef, ...] | None
    rubric: RubricRef | None
    step: str | None
    version: str | None

    def to_json(self) -> dict[str, Any]:
        """As the API shows it, and as exported files carry it."""
        return {
            "engine": self.engine,
            "models": list(self.models),
            "sources": None if self.sources is None else [dict(vars(source)) for source in self.sources],
            "rubric": None if self.rubric is None else dict(vars(self.rubric)),
            "step": self.step,
            "version": self.version,
        }


def sources_of(head: Mapping[str, Any]) -> tuple[SourceRef, ...]:
    """The sources that an artifact's sealed head tells of; none in those of older servers."""
    return tuple(SourceRef(**one) for one in head.get("sources", ()))


def refs(origins: Iterable[Origin]) -> tuple[SourceRef, ...]:
    """The sources that were read, each once, in their order."""
    found = (SourceRef(name=one.name, sha256=one.sha256, media_type=one.media_type) for one in origins if one.sha256)
    return tuple(dict.fromkeys(found))
