"""What a workspace is: the tenant, with the settings its runs start from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from futurone_server.kit import limits


class RetentionMode(StrEnum):
    """What becomes of a run's content after its end."""

    ZERO = "zero"
    KEEP = "keep"


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """A tenant. ``window_s`` is how long a finished run's content stays for collection, in seconds.

    ``runs_at_once`` are in work together, ``queued_runs`` wait at most. ``models`` names those that its runs may ask;
    None are all that are configured.
    """

    id: str
    name: str
    threshold: float
    retention: RetentionMode
    window_s: int
    default_agent: str
    default_project_id: str
    created_at: datetime
    runs_at_once: int = limits.RUNS_PER_WORKSPACE_MAX
    queued_runs: int = limits.QUEUE_PER_WORKSPACE_MAX
    models: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Project:
    """A part of a workspace that keys can be limited to."""

    id: str
    workspace_id: str
    name: str
    created_at: datetime
