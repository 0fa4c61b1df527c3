"""What the SDK's tests share: a stand-in server, a clock that does not wait, and both clients behind one face."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from futurone import AsyncFuturOne, FuturOne
from sdk.commands import Command
from sdk.standin import StandIn


class InstantClock:
    """A clock on which pauses take no time and are remembered."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now_s

    def random(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now_s += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


class Awaited:
    """The asyncio client and what hangs on it, used as if it blocked."""

    def __init__(self, target: object, runner: asyncio.Runner) -> None:
        self._target = target
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        return self._face(getattr(self._target, name))

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return self._face(cast(Callable[..., Any], self._target)(*args, **kwargs))

    def __iter__(self) -> Iterator[Any]:
        iterator = aiter(cast(Any, self._target))
        while True:
            try:
                yield self._runner.run(anext(iterator))
            except StopAsyncIteration:
                return

    def _face(self, value: Any) -> Any:
        if inspect.iscoroutine(value):
            return self._runner.run(value)
        is_part = callable(value) or hasattr(value, "__aiter__") or type(value).__name__.startswith("Async")
        return Awaited(value, self._runner) if is_part else value


Connect = Callable[..., FuturOne]


@pytest.fixture
def server() -> Iterator[StandIn]:
    standin = StandIn()
    yield standin
    standin.close()


@pytest.fixture
def clock() -> InstantClock:
    return InstantClock()


@pytest.fixture(params=["blocking", "asyncio"])
def connect(request: pytest.FixtureRequest, server: StandIn, clock: InstantClock) -> Iterator[Connect]:
    """Makes clients of the stand-in: a test that uses it runs with the blocking and with the asyncio client."""
    with asyncio.Runner() as runner:
        closers: list[Callable[[], object]] = []

        def make(**options: Any) -> FuturOne:
            options = {"api_key": "fo_live_secret", "base_url": server.url, "clock": clock, **options}
            if request.param == "blocking":
                client = FuturOne(**options)
                closers.append(client.close)
                return client
            awaited = AsyncFuturOne(**options)
            closers.append(lambda: runner.run(awaited.aclose()))
            return cast(FuturOne, Awaited(awaited, runner))

        yield make
        for close in closers:
            close()


@pytest.fixture
def client(connect: Connect) -> FuturOne:
    return connect()


@pytest.fixture(scope="session")
def empty_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, empty_directory: Path) -> None:
    """No test depends on who runs it."""
    for name in ("FUTURONE_API_KEY", "FUTURONE_BASE_URL", "FUTURONE_LOG", "NO_COLOR", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FUTURONE_DATA_DIR", str(empty_directory))


@pytest.fixture
def command(server: StandIn, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(server, capsys)
