"""What a worker does with deliveries of all workspaces: claim, settle, give back, clear away."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from futurone_server.eventlog import SYSTEM_ACTOR, AuditLine, Seals, record
from futurone_server.features.connections import ConnectionSeals, Sealed
from futurone_server.features.keys import Mode
from futurone_server.features.webhooks import rules, wording
from futurone_server.features.webhooks.posting import store
from futurone_server.features.webhooks.sealing import SecretSeals, secret_id
from futurone_server.features.webhooks.types import Attempt, Because, EndpointStatus, Parcel, State
from futurone_server.kit.clock import Clock
from futurone_server.kit.crypto import CannotOpen
from futurone_server.store.database import SYSTEM, Database
from futurone_server.store.messages import Row, run


class Posting:
    """The worker's side of webhooks. ``public_url`` is what links for people are made of."""

    def __init__(self, db: Database, clock: Clock, seals: Seals, *, public_url: str | None = None) -> None:
        self._db = db
        self._clock = clock
        self._seals = SecretSeals(seals)
        self._addresses = ConnectionSeals(seals)
        self._public_url = public_url

    @property
    def now(self) -> datetime:
        """Aware UTC time."""
        return self._clock.now()

    async def claim(self, limit: int) -> list[Parcel]:
        """Claim deliveries whose time has come, each under a lease; returns what is to be sent now.

        What is for an endpoint that has been disabled or deleted, or for a connection that has been deleted or does not
        open, goes to the dead letters instead.
        """
        _, rows = await self._db.write(SYSTEM, *store.claiming(self.now, limit))
        parcels = []
        for row in rows:
            reason = _hopeless(row)
            url = row.url if row.connection_id is None else self._address(row)
            if reason is None and url is not None:
                parcels.append(await self._parcel(row, url))
            else:
                reason = reason or Because.UNREADABLE
                await self._db.write(SYSTEM, store.dying(row.id, row.claims, reason, self.now))
        return parcels

    def _address(self, row: Row) -> str | None:
        """The Apprise URL of a connection; None where there is none that opens."""
        if row.sealed_secret is None:
            return None
        sealed = Sealed(key=row.sealed_key, secret=row.sealed_secret)
        try:
            return self._addresses.open(row.workspace_id, row.connection_id, sealed)
        except CannotOpen:
            return None

    async def _parcel(self, row: Row, url: str) -> Parcel:
        is_letter = row.connection_id is not None
        return Parcel(
            delivery_id=row.id,
            claim=row.claims,
            workspace_id=row.workspace_id,
            endpoint_id=row.endpoint_id,
            connection_id=row.connection_id,
            letter=wording.letter(row.type, row.data, row.note, public_url=self._public_url) if is_letter else None,
            url=url,
            event_id=row.event_id,
            type=row.type,
            body=rules.body(row.event_id, row.type, row.data, row.happened_at),
            secrets=() if is_letter else await self._secrets(row),
            attempts=row.attempts,
            history=tuple(row.history),
            is_test=rules.is_test(row.type),
        )

    async def _secrets(self, row: Row) -> tuple[bytes, ...]:
        if row.endpoint_id is not None:
            return self._seals.valid(row.endpoint_id, row.secret, row.old_secret, row.old_until, self.now)
        owner = secret_id(row.workspace_id, Mode(row.mode))
        if row.secret is None:
            _, sealed = self._seals.new(owner)
            making = store.making_secret(owner, row.workspace_id, sealed, self.now)
            _, (row,) = await self._db.write(SYSTEM, *making)
        return self._seals.valid(owner, row.secret, row.old_secret, row.old_until, self.now)

    async def settle(self, parcel: Parcel, attempt: Attempt) -> None:
        """Note what came of an attempt: delivered, to be tried again, or given up.

        An endpoint that says it is gone, or that has failed for too long, is disabled in the same transaction, and what
        waits for it goes to the dead letters. That a connection was used is told in the audit trail.
        """
        now = self.now
        settling = store.settling(parcel, attempt, now)
        if parcel.connection_id is not None:
            async with self._db.transaction(SYSTEM) as tx:
                (rows,) = await run(tx, settling)
                if rows:
                    await record(tx, parcel.workspace_id, _used(parcel, parcel.connection_id, attempt), at=now)
            return
        if attempt.is_success or parcel.endpoint_id is None:
            await self._db.write(SYSTEM, settling)
            return
        async with self._db.transaction(SYSTEM) as tx:
            (rows,) = await run(tx, settling)
            if not rows or not rows[0].has_endpoint:
                return
            because = Because.GONE if attempt.is_gone else Because.FAILING
            if attempt.is_gone or rules.is_given_up(rows[0].failing_since, now):
                (disabled,) = await run(tx, store.disabling(parcel.endpoint_id, because))
                if disabled:
                    details = {"because": because.value}
                    line = _told("webhook.endpoint_disabled", parcel.endpoint_id, details)
                    await record(tx, parcel.workspace_id, line, at=now)
            await run(tx, store.burying(parcel.endpoint_id, now))

    async def release(self, parcels: Sequence[Parcel]) -> None:
        """Give claimed deliveries back at once: this worker does not get to send them."""
        if parcels:
            claims = {parcel.delivery_id: parcel.claim for parcel in parcels}
            await self._db.write(SYSTEM, store.releasing(claims, self.now))

    async def clear(self) -> int:
        """Remove dead letters after their week and the log of deliveries after its month; returns how many.

        Of each dead letter a line in the audit trail remains.
        """
        async with self._db.transaction(SYSTEM) as tx:
            (rows,) = await run(tx, store.clearing(self.now))
            await run(tx, store.clearing_messages(list({row.message_id for row in rows})))
            for row in sorted(rows, key=lambda row: str(row.workspace_id)):
                if row.state == State.DEAD:
                    await record(tx, row.workspace_id, _told("webhook.dead_letter_expired", row.id), at=self.now)
        return len(rows)


def _used(parcel: Parcel, connection_id: str, attempt: Attempt) -> AuditLine:
    fault = attempt.fault and attempt.fault.value
    details = {"delivery_id": parcel.delivery_id, "type": parcel.type, "error": fault}
    return _told("connection.used", connection_id, details)


def _told(action: str, resource: str, details: Mapping[str, object] | None = None) -> AuditLine:
    return AuditLine(action=action, actor=SYSTEM_ACTOR, resource=resource, details=details or {})


def _hopeless(row: Row) -> Because | None:
    """Why a claimed delivery cannot be sent, if it cannot."""
    if row.url is None and row.sealed_secret is None:
        return Because.DELETED
    if row.endpoint_status == EndpointStatus.DISABLED and not rules.is_test(row.type):
        return Because(row.disabled_because or Because.BY_REQUEST)
    return None
