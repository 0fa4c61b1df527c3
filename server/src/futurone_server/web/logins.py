"""Wrong passwords by account and by address: guessing gets slow, and nobody is locked out for good."""

from collections import OrderedDict

from futurone_server.kit.clock import Clock
from futurone_server.kit.errors import RateLimited
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

    def check(self, scope: Scope, account: str) -> None:
        """Refuse to look at a password after too many wrong ones. Raises RateLimited."""
        address = address_of(scope)
        both = _both(account, address)
        seconds = self._both.wait_s(both)
        if both not in self._known:
            seconds = max(seconds, self._account.wait_s(account))
        if address is not None:
            seconds = max(seconds, self._address.wait_s(address))
        if seconds:
            raise RateLimited(
                f"Too many wrong passwords. Try again in {seconds} seconds.",
                retry_after_s=seconds,
                details={"retry_after_s": seconds},
            )

    def failed(self, scope: Scope, account: str) -> None:
        """A password was wrong, or there is no such account."""
        address = address_of(scope)
        self._both.note(_both(account, address))
        self._account.note(account)
        if address is not None:
            self._address.note(address)

    def held(self, scope: Scope, account: str) -> None:
        """A password was right."""
        both = _both(account, address_of(scope))
        self._both.forgive(both)
        self._known[both] = None
        self._known.move_to_end(both)
        if len(self._known) > _KNOWN_MAX:
            self._known.popitem(last=False)


def _both(account: str, address: str | None) -> str:
    return f"{address or _LOCAL} {account}"
