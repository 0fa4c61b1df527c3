"""The two clients: FuturOne, which blocks, and AsyncFuturOne for asyncio, with the same surface."""

from types import TracebackType
from typing import Self, Unpack

from futurone import _account_calls as calls
from futurone._async import AsyncDriver
from futurone._async_runs import AsyncRuns
from futurone._audit import AsyncAudit, Audit
from futurone._clock import Clock, SystemClock
from futurone._connections import AsyncConnections, Connections
from futurone._keys import AsyncKeys, Keys
from futurone._models import LanguageModel, ServerVersion, Whoami
from futurone._orders import UsageFilter
from futurone._people import AsyncInvitations, AsyncMembers, Invitations, Members
from futurone._review_calls import calibration as calibration_call
from futurone._review_models import CalibrationReport
from futurone._reviews import AsyncReviews, Reviews
from futurone._runs import Runs
from futurone._schedules import AsyncSchedules, Schedules
from futurone._settings import (
    DEFAULT_MAX_RETRIES,
    DEFAULT_SILENCE_TIMEOUT_S,
    DEFAULT_TIMEOUT_S,
    Settings,
    read_settings,
)
from futurone._sync import SyncDriver
from futurone._usage import AsyncBudgets, Budgets
from futurone._usage_calls import usage as usage_call
from futurone._usage_models import UsageReport
from futurone._vault import AsyncVault, Vault
from futurone._webhooks import AsyncWebhooks, Webhooks
from futurone._workspace import AsyncWorkspace, Workspace


class FuturOne:
    """A connection to a FuturOne server.

    ``api_key`` and ``base_url`` default to FUTURONE_API_KEY and FUTURONE_BASE_URL, the latter else to
    ``http://127.0.0.1:3000``. ``timeout`` is seconds without progress within one attempt, ``max_retries`` how often a
    failed attempt is repeated, ``silence_timeout`` seconds after which an event stream without even a heartbeat is
    dead. ``clock`` is for tests. Raises ValueError when the key or the URL cannot be one. Safe to share between
    threads; close it, or use it in ``with``.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT_S,
        max_retries: int = DEFAULT_MAX_RETRIES,
        silence_timeout: float = DEFAULT_SILENCE_TIMEOUT_S,
        clock: Clock | None = None,
    ) -> None:
        settings = read_settings(
            api_key, base_url, timeout_s=timeout, max_retries=max_retries, silence_timeout_s=silence_timeout
        )
        self._driver = SyncDriver(settings, clock or SystemClock())
        self.runs = Runs(self._driver)
        self.reviews = Reviews(self._driver)
        self.schedules = Schedules(self._driver)
        self.vault = Vault(self._driver)
        self.keys = Keys(self._driver)
        self.webhooks = Webhooks(self._driver)
        self.connections = Connections(self._driver)
        self.audit = Audit(self._driver)
        self.workspace = Workspace(self._driver)
        self.members = Members(self._driver)
        self.invitations = Invitations(self._driver)
        self.budgets = Budgets(self._driver)

    @property
    def base_url(self) -> str:
        """The server's URL, without ``/v1``."""
        return self._driver.settings.base_url

    def whoami(self) -> Whoami:
        """Whose key this is and what it may do."""
        return self._driver.perform(calls.whoami())

    def usage(self, **query: Unpack[UsageFilter]) -> UsageReport:
        """What was used in a stretch of time, by default the last 30 days by day. Raises a FuturOneError."""
        return self._driver.perform(usage_call(query))

    def calibration(self, agent: str | None = None) -> list[CalibrationReport]:
        """How well confidences hold, by what people decided: one report for each version of a rubric."""
        return self._driver.perform(calibration_call(agent))

    def models(self) -> list[LanguageModel]:
        """The language models the server is configured with."""
        return self._driver.perform(calls.models())

    def version(self) -> ServerVersion:
        """The server's version."""
        return self._driver.perform(calls.version())

    def close(self) -> None:
        """Close every connection; the client cannot be used afterwards."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return _describe(self, self._driver.settings)


class AsyncFuturOne:
    """FuturOne for asyncio: the same arguments and methods, awaited; ``events`` and lists are for ``async for``."""

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT_S,
        max_retries: int = DEFAULT_MAX_RETRIES,
        silence_timeout: float = DEFAULT_SILENCE_TIMEOUT_S,
        clock: Clock | None = None,
    ) -> None:
        settings = read_settings(
            api_key, base_url, timeout_s=timeout, max_retries=max_retries, silence_timeout_s=silence_timeout
        )
        self._driver = AsyncDriver(settings, clock or SystemClock())
        self.runs = AsyncRuns(self._driver)
        self.reviews = AsyncReviews(self._driver)
        self.schedules = AsyncSchedules(self._driver)
        self.vault = AsyncVault(self._driver)
        self.keys = AsyncKeys(self._driver)
        self.webhooks = AsyncWebhooks(self._driver)
        self.connections = AsyncConnections(self._driver)
        self.audit = AsyncAudit(self._driver)
        self.workspace = AsyncWorkspace(self._driver)
        self.members = AsyncMembers(self._driver)
        self.invitations = AsyncInvitations(self._driver)
        self.budgets = AsyncBudgets(self._driver)

    @property
    def base_url(self) -> str:
        """The server's URL, without ``/v1``."""
        return self._driver.settings.base_url

    async def whoami(self) -> Whoami:
        """Whose key this is and what it may do."""
        return await self._driver.perform(calls.whoami())

    async def usage(self, **query: Unpack[UsageFilter]) -> UsageReport:
        """What was used in a stretch of time, by default the last 30 days by day. Raises a FuturOneError."""
        return await self._driver.perform(usage_call(query))

    async def calibration(self, agent: str | None = None) -> list[CalibrationReport]:
        """How well confidences hold, by what people decided: one report for each version of a rubric."""
        return await self._driver.perform(calibration_call(agent))

    async def models(self) -> list[LanguageModel]:
        """The language models the server is configured with."""
        return await self._driver.perform(calls.models())

    async def version(self) -> ServerVersion:
        """The server's version."""
        return await self._driver.perform(calls.version())

    async def aclose(self) -> None:
        """Close every connection; the client cannot be used afterwards."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return _describe(self, self._driver.settings)


def _describe(client: object, settings: Settings) -> str:
    return f"<{type(client).__name__} base_url={settings.base_url!r}>"
