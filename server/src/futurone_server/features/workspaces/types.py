"""What a workspace is: the tenant, with the settings its runs start from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RetentionMode(StrEnum):
    """What becomes of a run's content after its end."""

    ZERO = "zero"
    KEEP = "keep"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A tenant. ``window_s`` is how long a finished run's content stays for collection, in seconds."""

    id: str
    name: str
    threshold: float
    retention: RetentionMode
    window_s: int
    default_agent: str
    default_project_id: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Project:
    """A part of a workspace that keys can be limited to."""

    id: str
    workspace_id: str
    name: str
    created_at: datetime
