"""What a line of the audit trail is, which lines are looked for, and where a trail stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Record:
    """One line: its number, its bytes as they were hashed, the hash that binds them to all before."""

    seq: int
    at: datetime
    line: bytes
    hash: bytes


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which lines are looked for; None means any. Times are aware; ``since`` is inclusive, ``before`` is not."""

    action: str | None = None
    actor: str | None = None
    resource: str | None = None
    since: datetime | None = None
    before: datetime | None = None

    def names(self) -> Mapping[str, str]:
        """The columns that must have a value."""
        wanted = {"action": self.action, "actor": self.actor, "resource": self.resource}
        return {name: value for name, value in wanted.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Head:
    """Where a workspace's trail stands: the number and hash of its last line, and the last number signed outside."""

    workspace_id: str
    seq: int
    hash: bytes
    anchored: int
