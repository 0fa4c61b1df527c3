"""Every route, from the application's own table."""

from collections.abc import Iterator
from dataclasses import dataclass

from contract.asking import Ids
from futurone_server.api.access import Counting
from futurone_server.api.app import make_api
from futurone_server.features.keys import Capability

TABLE = make_api(None).state.table  # type: ignore[arg-type]  # routes are made without any service


@dataclass(frozen=True, kw_only=True)
class One:
    """One method of one path."""

    method: str
    path: str
    takes_key: bool
    capability: Capability | None
    counting: Counting | None

    def at(self, ids: Ids) -> str:
        return self.path.format(**vars(ids))

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def every_route() -> Iterator[One]:
    for route in TABLE:
        guard = route.guard
        for method in sorted(route.methods - {"HEAD"}):
            yield One(
                method=method,
                path=route.path,
                takes_key=guard.takes_key,
                capability=guard.capability,
                counting=guard.counting,
            )


ALL = list(every_route())
KEYED = [one for one in ALL if one.takes_key]
LOCKED = [one for one in KEYED if one.capability is not None]
GETS = [one for one in ALL if one.method == "GET"]
