"""The circuit breaker: a model that failed is left alone for a while, by every run of this process.

After a failure the model is tried last for ``FIRST_S`` seconds, twice as long after each further one (at most
``LONGEST_S``), or as long as the provider asked for. A success closes the circuit. It never refuses: when all models of
a chain are out, the one that comes back first is tried.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

FIRST_S = 10.0
LONGEST_S = 300.0


@dataclass(kw_only=True)
class _Open:
    until: float
    span_s: float
    reason: str
    is_probed: bool = False


class Breaker:
    """Which models are out, by name."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self._open: dict[str, _Open] = {}

    def order(self, names: Sequence[str]) -> list[str]:
        """The models as they should be tried: those in service in their order, then those that are out."""
        now = self.monotonic()
        out = {name: self._open[name] for name in names if name in self._open and not self._may_be_probed(name, now)}
        in_service = [name for name in names if name not in out]
        return in_service + sorted(out, key=lambda name: out[name].until)

    def _may_be_probed(self, name: str, now: float) -> bool:
        state = self._open[name]
        return now >= state.until and not state.is_probed

    def begin(self, name: str) -> None:
        """A model is about to be asked: where it was out, this is the one request that finds out."""
        if name in self._open:
            self._open[name].is_probed = True

    def succeed(self, name: str) -> None:
        """A model answered."""
        self._open.pop(name, None)

    def fail(self, name: str, reason: str, after_s: float | None = None) -> None:
        """A model failed; ``after_s`` where its provider said when to come back."""
        last = self._open.get(name)
        span_s = FIRST_S if last is None else min(last.span_s * 2, LONGEST_S)
        if after_s is not None:
            span_s = min(max(after_s, span_s), LONGEST_S)
        self._open[name] = _Open(until=self.monotonic() + span_s, span_s=span_s, reason=reason)

    def drop(self, name: str) -> None:
        """A request that was to find out was given up; the next one may."""
        if name in self._open:
            self._open[name].is_probed = False

    def reason(self, name: str) -> str:
        """Why a model is out: the reason code of its last failure."""
        return self._open[name].reason if name in self._open else "OUT_OF_SERVICE"
