"""What a file of the vault is, what is said of one on its way in, and how one is looked for."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from futurone_server.store.idempotency import Once


class IndexState(StrEnum):
    """Whether a file can be found by its words."""

    PENDING = "pending"
    READY = "ready"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file; ``size`` in bytes. Name and digest are content: they are stored sealed and do not print."""

    id: str
    workspace_id: str
    name: str = field(repr=False)
    type: str
    size: int
    folder_id: str | None
    sha256: str = field(repr=False)
    index_state: IndexState
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class Label:
    """What an uploader says of a file beside its bytes.

    ``once`` is the wish that the upload happen once; its fingerprint covers the bytes' digest and what else is said.
    """

    name: str = field(repr=False)
    declared_type: str | None = None
    folder_id: str | None = None
    once: Once | None = None


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A file that was stored, or found again by its idempotency key."""

    file: File
    replayed: bool


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which files are asked for; None means: any. ``type`` is a media type, ``image/*``, or an extension."""

    search: str | None = field(default=None, repr=False)
    type: str | None = None
    folder_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Link:
    """A path that gives a file's bytes to whoever has it, until it expires."""

    path: str = field(repr=False)
    expires_at: datetime


class Described(NamedTuple):
    """A file as a worker needs to know it; ``size`` in bytes."""

    id: str
    name: str
    type: str
    size: int
