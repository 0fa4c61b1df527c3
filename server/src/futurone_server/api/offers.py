"""What is known here of parts that others plug in: which members they have, not where they come from."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from futurone_server.features.runs import Artifact, Form


class Price(Protocol):
    """What a million tokens cost in US dollars, and where that is known from."""

    @property
    def input_usd(self) -> Decimal:
        """In."""

    @property
    def output_usd(self) -> Decimal:
        """Out."""

    @property
    def source(self) -> str:
        """From where."""


class Model(Protocol):
    """What is shown of a configured model."""

    @property
    def name(self) -> str:
        """``provider:model``."""

    @property
    def provider(self) -> str:
        """Whose protocol it speaks."""

    @property
    def family(self) -> str:
        """Which models judge alike."""

    @property
    def routings(self) -> Sequence[StrEnum]:
        """Its classes of work."""

    @property
    def window(self) -> int | None:
        """How many tokens it can take, where that was configured."""

    @property
    def price(self) -> Price | None:
        """What it costs, where that is known."""


class Exports(Protocol):
    """Makes files of deliverables."""

    async def make(self, form: Form, artifact: Artifact, content: Mapping[str, object]) -> bytes:
        """An artifact in a form. Raises Invalid where it cannot be had, Unavailable when there is too much to do."""
