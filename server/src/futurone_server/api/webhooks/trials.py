"""How a route waits for what becomes of a delivery that was sent to try something out."""

import asyncio
from collections.abc import Awaitable, Callable

from futurone_server.features.webhooks import Delivery, State
from futurone_server.kit.clock import Clock

_TRIAL_S = 25.0
_LOOK_S = 0.2


async def settled(clock: Clock, look: Callable[[], Awaitable[Delivery]]) -> Delivery:
    """The delivery once it has been sent or given up; after 25 seconds as it then stands."""
    deadline = clock.monotonic() + _TRIAL_S
    while True:
        found = await look()
        if found.state not in (State.PENDING, State.SENDING) or clock.monotonic() >= deadline:
            return found
        await asyncio.sleep(_LOOK_S)
