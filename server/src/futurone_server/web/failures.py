"""Failed attempts by name: so many in a time are allowed, then one by one. In this process, and in bounded memory."""

from collections import OrderedDict

from futurone_server.kit.clock import Clock

_NAMES_MAX = 10_000


class Failures:
    """``allowed`` failures in ``window_s`` seconds are forgiven; each is forgotten after its share of the window."""

    def __init__(self, clock: Clock, *, allowed: int, window_s: float) -> None:
        self._clock = clock
        self._window_s = window_s
        self._cost_s = window_s / allowed
        self._failed: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, name: str) -> int:
        """In how many seconds another attempt may be made; 0 for now."""
        now = self._clock.monotonic()
        wait_s = self._failed.get(name, now) + self._cost_s - self._window_s - now
        return 0 if wait_s <= 0 else int(wait_s) + 1

    def note(self, name: str) -> None:
        """An attempt failed."""
        now = self._clock.monotonic()
        self._failed[name] = max(now, self._failed.get(name, now)) + self._cost_s
        self._failed.move_to_end(name)
        if len(self._failed) > _NAMES_MAX:
            self._failed.popitem(last=False)

    def take_back(self, name: str) -> None:
        """What was noted last under a name was no failure."""
        if name in self._failed:
            self._failed[name] -= self._cost_s

    def forgive(self, name: str) -> None:
        """Forget what failed under a name."""
        self._failed.pop(name, None)
