"""What tests of the way out share: name servers that say what a test wants, and the reason of a refusal."""

from collections.abc import Sequence

import pytest

from futurone_server.egress import Egress, EgressError, Outgoing


class Resolver:
    """Answers each question with the next list of addresses, and the last one for ever; an empty one is unknown."""

    def __init__(self, *rounds: Sequence[str]) -> None:
        self.rounds = rounds
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        answer = self.rounds[min(len(self.asked), len(self.rounds)) - 1]
        if not answer:
            raise OSError("unknown")
        return answer


async def refusal(egress: Egress, url: str, **changes: object) -> str:
    """The reason for which a request is not answered."""
    with pytest.raises(EgressError) as caught:
        await egress.fetch(Outgoing(url=url, **changes))  # type: ignore[arg-type] # a test's own words
    return caught.value.reason
