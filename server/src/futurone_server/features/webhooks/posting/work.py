"""What a worker does with deliveries of all workspaces: claim, settle, give back, clear away."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from futurone_server.eventlog import SYSTEM_ACTOR, AuditLine, Seals, record
from futurone_server.features.keys import Mode
from futurone_server.features.webhooks import rules
from futurone_server.features.webhooks.posting import store
from futurone_server.features.webhooks.sealing import SecretSeals, secret_id
from futurone_server.features.webhooks.types import Attempt, Because, EndpointStatus, Parcel, State
from futurone_server.kit.clock import Clock
from futurone_server.store.database import SYSTEM, Database
from futurone_server.store.messages import Row, run


class Posting:
    """The worker's side of webhooks."""

    def __init__(self, db: Database, clock: Clock, seals: Seals) -> None:
        self._db = db
        self._clock = clock
        self._seals = SecretSeals(seals)

    @property
    def now(self) -> datetime:
        """Aware UTC time."""
        return self._clock.now()

    async def claim(self, limit: int) -> list[Parcel]:
        """Claim deliveries whose time has come, each under a lease; returns what is to be sent now.

        What is for an endpoint that has been disabled or deleted goes to the dead letters instead.
        """
        _, rows = await self._db.write(SYSTEM, *store.claiming(self.now, limit))
        parcels = []
        for row in rows:
            reason = _hopeless(row)
            if reason is None:
                parcels.append(await self._parcel(row))
            else:
                await self._db.write(SYSTEM, store.dying(row.id, row.claims, reason, self.now))
        return parcels

    async def _parcel(self, row: Row) -> Parcel:
        return Parcel(
            delivery_id=row.id,
            claim=row.claims,
            workspace_id=row.workspace_id,
            endpoint_id=row.endpoint_id,
            url=row.url,
            event_id=row.event_id,
            type=row.type,
            body=rules.body(row.event_id, row.type, row.data, row.happened_at),
            secrets=await self._secrets(row),
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
        waits for it goes to the dead letters.
        """
        now = self.now
        settling = store.settling(parcel, attempt, now)
        if attempt.is_success or parcel.endpoint_id is None:
            await self._db.write(SYSTEM, settling)
            return
        async with self._db.transaction(SYSTEM) as tx:
            (rows,) = await run(tx, settling)
            if not rows:
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


def _told(action: str, resource: str, details: Mapping[str, object] | None = None) -> AuditLine:
    return AuditLine(action=action, actor=SYSTEM_ACTOR, resource=resource, details=details or {})


def _hopeless(row: Row) -> Because | None:
    """Why a claimed delivery cannot be sent, if it cannot."""
    if row.url is None:
        return Because.DELETED
    if row.endpoint_status == EndpointStatus.DISABLED and not rules.is_test(row.type):
        return Because(row.disabled_because or Because.BY_REQUEST)
    return None
