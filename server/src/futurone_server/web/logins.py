"""Wrong passwords by account and by address: guessing gets slow, and nobody is locked out for good."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import Forbidden, RateLimited, Unauthenticated
from futurone_server.web.door import Scope
from futurone_server.web.failures import Failures
from futurone_server.web.guesses import address_of

_KNOWN_MAX = 10_000
_LOCAL = "local"


class LogIns:
    """Three counts of failures: an account from one address, an account from anywhere, an address at any account.

    Who has signed in to an account from an address before is not held up by what others try from elsewhere. Accounts
    that do not exist are counted like those that do. In this process, and in bounded memory.
    """

    def __init__(self, clock: Clock) -> None:
        self._both = Failures(clock, allowed=10, window_s=600)
        self._account = Failures(clock, allowed=100, window_s=3600)
        self._address = Failures(clock, allowed=50, window_s=600)
        self._known: OrderedDict[str, None] = OrderedDict()

    @contextmanager
    def attempt(self, scope: Scope, account: str) -> Iterator[None]:
        """One look at a password; what is raised inside says that it was wrong. Raises RateLimited after too many.

        It counts as wrong from its beginning: a hundred that come at once are not looked at before the first is known.
        """
        self._check(scope, account)
        for failures, name in self._counts(scope, account):
            failures.note(name)
        try:
            yield
        except (Unauthenticated, Forbidden):
            raise
        except Exception:
            self._take_back(scope, account)
            raise
        self._take_back(scope, account)
        self._held(_both(account, address_of(scope)))

    def _counts(self, scope: Scope, account: str) -> list[tuple[Failures, str]]:
        address = address_of(scope)
        counts = [(self._both, _both(account, address)), (self._account, account)]
        return counts if address is None else [*counts, (self._address, address)]

    def _take_back(self, scope: Scope, account: str) -> None:
        for failures, name in self._counts(scope, account):
            failures.take_back(name)

    def _check(self, scope: Scope, account: str) -> None:
        known = _both(account, address_of(scope)) in self._known
        counts = [one for one in self._counts(scope, account) if one[0] is not self._account or not known]
        seconds = max(failures.wait_s(name) for failures, name in counts)
        if seconds:
            raise RateLimited(
                f"Too many wrong passwords. Try again in {seconds} seconds.",
                retry_after_s=seconds,
                details={"retry_after_s": seconds},
            )

    def _held(self, both: str) -> None:
        self._both.forgive(both)
        self._known[both] = None
        self._known.move_to_end(both)
        if len(self._known) > _KNOWN_MAX:
            self._known.popitem(last=False)


def _both(account: str, address: str | None) -> str:
    return f"{address or _LOCAL} {account}"
