"""The sweep: now and then, what nobody will ask for again is cleared away."""

from datetime import timedelta

import structlog

from futurone_server.features.keys import KeyService
from futurone_server.features.people import People
from futurone_server.features.runs import RunWork
from futurone_server.features.schedules import Firing
from futurone_server.features.vault import VaultService
from futurone_server.kit.clock import Clock

_UPLOAD_LEFTOVER = timedelta(hours=1)
_REPEATS = timedelta(days=7)
"""So long a repeated request is told that what it made was deleted."""

_OVER = timedelta(days=30)
"""So long sessions, invitations and set-up links can be looked up that are over."""

_log = structlog.get_logger("futurone.sweep")


class Sweep:
    """Clears what interrupted uploads left, idempotency keys that outlived what they made, old uses and fires."""

    def __init__(
        self, work: RunWork, vault: VaultService, keys: KeyService, *, people: People, firing: Firing, clock: Clock
    ) -> None:
        self._work = work
        self._keys = keys
        self._people = people
        self._vault = vault
        self._firing = firing
        self._clock = clock

    async def round(self) -> int:
        """Sweep once; returns how much was cleared."""
        now = self._clock.now()
        uploads = await self._vault.sweep(now - _UPLOAD_LEFTOVER)
        repeats = await self._work.sweep(now - _REPEATS) + await self._vault.forget_repeats(now - _REPEATS)
        over = await self._keys.sweep(now) + await self._people.sessions.sweep(now - _OVER)
        return uploads + repeats + over + await self._firing.sweep(now - _REPEATS)
