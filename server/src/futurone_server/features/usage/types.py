"""What usage is: one call of a model as the meter writes it down, and the sums that callers ask for."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class Granularity(StrEnum):
    """How long a bucket is; all of them begin at borders in UTC."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


class GroupBy(StrEnum):
    """What usage can be split by."""

    AGENT = "agent"
    PROJECT = "project"
    KEY = "key"
    MODEL = "model"
    SUBJECT_ID = "subject_id"


class UsageEvent(StrEnum):
    """What is counted: calls of models, and runs that have ended."""

    MODEL_CALL = "model_call"
    RUN = "run"


@dataclass(frozen=True, kw_only=True)
class Metered:
    """One call of a model: which it is, when it began, and what it has used. ``cost_usd`` None: nobody knows."""

    id: str
    at: datetime
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal | None


@dataclass(frozen=True, kw_only=True)
class UsageQuery:
    """Which usage is asked for. ``start`` counts, ``end`` does not; ``mode`` None: both."""

    start: datetime
    end: datetime
    granularity: Granularity
    group_by: GroupBy | None = None
    event_type: UsageEvent | None = None
    caller_workspace_id: str | None = None
    subject_id: str | None = None
    mode: str | None = "live"


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Tokens and money of some calls. ``known_usd`` is what is known of it: less than all where not ``is_priced``."""

    input_tokens: int = 0
    output_tokens: int = 0
    known_usd: Decimal = Decimal(0)
    is_priced: bool = True

    def __add__(self, other: "Sums") -> "Sums":
        """Both together: a price that is not known on one side is not known of the sum."""
        return Sums(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            known_usd=self.known_usd + other.known_usd,
            is_priced=self.is_priced and other.is_priced,
        )

    @property
    def cost_usd(self) -> Decimal | None:
        """What is known of the cost; None where that is nothing though something was used."""
        return None if self.known_usd == 0 and not self.is_priced else self.known_usd


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """What was used in one stretch of time by one group: what is billed, what is not, and how many runs ended.

    ``start`` and ``group`` are None in a total. ``steps`` None: they belong to no model alone.
    """

    start: datetime | None
    group: str | None
    billed: Sums = Sums()
    not_billed: Sums = Sums()
    runs_counted: int = 0
    runs_not_counted: int = 0
    steps: int | None = 0


@dataclass(frozen=True, kw_only=True)
class Usage:
    """An answer of the meter: all buckets in their order, and their total."""

    query: UsageQuery
    buckets: tuple[Bucket, ...]
    total: Bucket
