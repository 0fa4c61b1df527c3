"""The use cases of runs: take an order, show, answer, cancel, erase."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from futurone_server.eventlog import SYSTEM_ACTOR, Actor, Content, Draft, EventType
from futurone_server.features.keys import Capability, Mode, Principal
from futurone_server.features.runs import rules, store
from futurone_server.features.runs.house import House
from futurone_server.features.runs.journal.ending import end_run
from futurone_server.features.runs.listing import store as listing
from futurone_server.features.runs.ordering import new_run, project_of
from futurone_server.features.runs.types import Ending, Order, Run, Status
from futurone_server.features.workspaces import RetentionMode, Workspace
from futurone_server.kit import limits
from futurone_server.kit.errors import Conflict, Gone, NotFound, RateLimited, invalid_field
from futurone_server.kit.page import Page, Window
from futurone_server.store import idempotency
from futurone_server.store.database import Tx, of_workspace
from futurone_server.store.idempotency import Once
from futurone_server.store.messages import Statement
from futurone_server.store.messages import run as send
from futurone_server.store.news import tell, telling
from futurone_server.store.refusals import AlreadyThereError, ParentMissingError, telling_apart

_COUNT_EVERY_S = 1.0
CANCELLED = Ending(status=Status.CANCELLED, summary="Cancelled on request.")


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A run that was ordered, or found again by its idempotency key."""

    run: Run
    replayed: bool


class RunService:
    """What callers can do with runs. Every method asks for a capability and stays inside the caller's workspace."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._queued: dict[str, tuple[float, int]] = {}

    async def create(
        self,
        caller: Principal,
        order: Order,
        *,
        request_id: str,
        once: Once | None = None,
        along: Callable[[Run], Sequence[Statement]] = lambda run: (),
    ) -> Placed:
        """Take an order. The run, its first event, its idempotency row and its wake-up exist together or not at all.

        ``along`` says what else is to be stored with a new run, first of all; when that fails, nothing is. Raises
        Invalid, Forbidden, Conflict (IDEMPOTENCY_KEY_REUSED), Gone (the key's run was deleted), RateLimited
        (QUEUE_FULL, BUDGET_EXHAUSTED), and of what comes along AlreadyThereError and ParentMissingError.
        """
        caller.require(Capability.RUNS_CREATE)
        run = await self.draft(caller, order, request_id=request_id)
        try:
            if once is not None and once.unless_repeated is not None:
                raise once.unless_repeated
            await self._check_queue(caller.workspace_id)
            await self._house.gate(run)
            await self._store(caller, run, order, [*_claiming(once, run), *along(run)])
        except (AlreadyThereError, RateLimited):
            earlier = await self._placed(caller, once, run.project_id)
            if earlier is None:
                raise
            return Placed(run=earlier, replayed=True)
        return Placed(run=run, replayed=False)

    async def draft(self, caller: Principal, order: Order, *, request_id: str) -> Run:
        """The run that an order would become. Nothing is stored. Raises Invalid and Forbidden."""
        caller.require(Capability.RUNS_CREATE)
        if order.files:
            caller.require(Capability.VAULT_READ)
        rules.check_order(order)
        workspace = await self._house.workspaces.settings(caller.workspace_id)
        run = new_run(caller, order, workspace, at=self._house.clock.now(), request_id=request_id)
        rules.check_rubric(run.rubric, run.agent)
        caller.require_agent(run.agent)
        await self._check_project(caller, run.project_id, workspace)
        return run

    async def _store(self, caller: Principal, run: Run, order: Order, first: Sequence[Statement]) -> None:
        scope = of_workspace(caller.workspace_id)
        try:
            await self._house.db.write(scope, *first, *await self._writing(caller, run, order))
        except ParentMissingError:  # the hour whose key was to wrap the run's has been closed meanwhile
            self.next_hour()
            await self._house.db.write(scope, *first, *await self._writing(caller, run, order))

    async def placing(self, caller: Principal, run: Run, order: Order) -> Sequence[Statement]:
        """What stores a run that was drafted, for ``place`` in the transaction of what made it necessary.

        Ask before that is open: this looks into the database by itself, and whoever holds one connection and locks must
        not wait for another. Raises RateLimited (QUEUE_FULL, BUDGET_EXHAUSTED).
        """
        caller.require(Capability.RUNS_CREATE)
        await self._house.gate(run)
        await self._check_queue(caller.workspace_id)
        return await self._writing(caller, run, order)

    async def place(self, tx: Tx, statements: Sequence[Statement]) -> None:
        """Store a run in an open transaction.

        Raises ParentMissingError when the hour that was to wrap its key has ended: ``next_hour``, and once more.
        """
        async with telling_apart():
            await send(tx, *statements)

    def next_hour(self) -> None:
        """The hour has ended whose key was to wrap those of new runs."""
        self._house.log.epochs.turn()

    async def placed_before(self, caller: Principal, once: Once | None, project_id: str | None) -> Run | None:
        """The run that the same request made before: asked first where a repetition must need nothing but the run."""
        caller.require(Capability.RUNS_CREATE)
        if once is None:
            return None
        workspace = await self._house.workspaces.settings(caller.workspace_id)
        return await self._placed(caller, once, project_of(caller, project_id, workspace))

    async def _placed(self, caller: Principal, once: Once | None, project_id: str) -> Run | None:
        if once is None:
            return None
        scope = of_workspace(caller.workspace_id)
        finding = idempotency.finding(once, workspace_id=caller.workspace_id, project_id=project_id)
        (rows,) = await self._house.db.read(scope, finding)
        run_id = idempotency.found(once, rows)
        if run_id is None:
            return None
        (rows,) = await self._house.db.read(scope, store.getting(run_id))
        run = store.got(rows)
        if run is None:
            raise Gone("The run that this Idempotency-Key made has been deleted.")
        self._check_reach(caller, run)
        return run

    async def _check_project(self, caller: Principal, project_id: str, workspace: Workspace) -> None:
        if project_id != workspace.default_project_id:
            async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
                if project_id not in await self._house.workspaces.project_ids(tx, workspace.id):
                    raise invalid_field("project_id", "there is no such project in this workspace")
        caller.require_project(project_id)

    async def _check_queue(self, workspace_id: str) -> None:
        """Refuse when too many runs wait; counted at most once a second, for the bound need not be exact."""
        at, count = self._queued.get(workspace_id, (-1e9, 0))
        if self._house.clock.monotonic() - at > _COUNT_EVERY_S:
            (rows,) = await self._house.db.read(of_workspace(workspace_id), store.counting_queued(workspace_id))
            count = int(rows[0].n)
            self._queued[workspace_id] = (self._house.clock.monotonic(), count)
        workspace = await self._house.workspaces.settings(workspace_id)
        if count >= min(workspace.queued_runs, limits.QUEUE_PER_WORKSPACE_MAX):
            said = f"{count} runs of this workspace wait already: let some finish or cancel some, then try again."
            raise RateLimited(said, "QUEUE_FULL", retry_after_s=30)

    async def _writing(self, caller: Principal, run: Run, order: Order) -> list[Statement]:
        """What stores a new run: its log with the first event, its sealed brief, its row, and the wake-up."""
        facts = {"agent": run.agent, "mode": run.mode.value, "origin": run.origin}
        created = Draft(type=EventType.CREATED, facts=facts, name="created")
        is_kept = run.retention.mode is RetentionMode.KEEP
        log = self._house.log
        seal, opening = await log.opening(run.workspace_id, run.id, created, actor=caller.actor, is_kept=is_kept)
        # A run reads no more than its creator might: without vault:read it does not look into the vault by itself.
        workspace = await self._house.workspaces.settings(run.workspace_id)
        may = {"may_search_vault": caller.can(Capability.VAULT_READ), "models": workspace.models}
        told = {**rules.as_mapping(order.brief.value), **may}
        brief = log.contents.putting(seal, "brief", told)
        return [*opening, (brief.statement, brief.values), store.adding(run, order.priority), telling("queue")]

    def _check_reach(self, caller: Principal, run: Run) -> None:
        # A run outside the key's projects, agents or mode is as absent as another workspace's.
        if not rules.is_within_reach(caller, run):
            raise NotFound("There is no such run in this workspace.")

    async def find(self, tx: Tx, caller: Principal, run_id: str) -> Run:
        """A run of the caller's workspace and reach, in an open transaction. Raises NotFound."""
        return self._reachable(caller, await store.get(tx, run_id))

    async def find_all(self, tx: Tx, caller: Principal, run_ids: Sequence[str]) -> dict[str, Run]:
        """Those of several runs that are in the caller's reach, by id."""
        found = await store.get_many(tx, run_ids)
        return {run.id: run for run in found if rules.is_within_reach(caller, run)}

    def _reachable(self, caller: Principal, run: Run | None) -> Run:
        if run is None:
            raise NotFound("There is no such run in this workspace.")
        self._check_reach(caller, run)
        return run

    async def get(self, caller: Principal, run_id: str) -> Run:
        """One run, consistent with its stream: if it says terminal, the terminal event can be read."""
        caller.require(Capability.RUNS_READ)
        (rows,) = await self._house.db.read(of_workspace(caller.workspace_id), store.getting(run_id))
        return self._reachable(caller, store.got(rows))

    async def list(self, caller: Principal, wanted: listing.Filter, window: Window) -> Page[Run]:
        """The workspace's runs that match, newest first."""
        caller.require(Capability.RUNS_READ)
        within = Mode.TEST.value if caller.mode is Mode.TEST else None
        reach = replace(wanted, projects=caller.projects, agents=caller.agents, within_mode=within)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            return await listing.page(tx, caller.workspace_id, reach, window)

    async def cancel(self, caller: Principal, run_id: str) -> tuple[Run, bool]:
        """End a run as cancelled, whatever it is doing and whether or not its worker lives.

        One commit decides: the run's worker is fenced out in it and told to stop. Returns the run, and whether this
        call was the one that cancelled it. Raises Conflict when the run ended otherwise.
        """
        caller.require(Capability.RUNS_CANCEL)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self.find(tx, caller, run_id)
            if run.status is Status.CANCELLED:
                return run, False
            try:
                await self.end(tx, run, CANCELLED, caller.actor)
            except Conflict:
                run = await self.find(tx, caller, run_id)
                if run.status is Status.CANCELLED:
                    return run, False
                raise rules.already_ended(run) from None
            return await self.find(tx, caller, run_id), True

    async def end(self, tx: Tx, run: Run, ending: Ending, actor: Actor = SYSTEM_ACTOR) -> None:
        """End a run in an open transaction: last events, state, consequences. Raises Conflict if it has ended."""
        await end_run(self._house, tx, run, ending, actor)

    async def resume(self, caller: Principal, run_id: str) -> Run:
        """Have a stalled run handed to a worker now instead of at the next watch; otherwise change nothing."""
        caller.require(Capability.RUNS_SIGNAL)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self.find(tx, caller, run_id)
            if run.status is Status.STALLED:
                await tell(tx, "watch")
            return run

    async def order_again(self, caller: Principal, run_id: str) -> Order:
        """The order of a run, to be placed again while its content exists. Raises Gone once it is erased."""
        caller.require(Capability.RUNS_CREATE)
        caller.require(Capability.RUNS_READ)
        async with self._house.db.transaction(of_workspace(caller.workspace_id)) as tx:
            run = await self.find(tx, caller, run_id)
            seal = await self._house.log.contents.seal_of(tx, run.workspace_id, run_id)
            brief = await self._house.log.contents.get(tx, seal, "brief")
        return Order(
            agent=run.agent,
            brief=Content(brief),
            files=run.files,
            webhook_url=run.webhook_url,
            deliver_to=run.deliver_to,
            metadata=run.metadata,
            project_id=run.project_id,
            threshold=run.threshold,
            budget=run.budget,
            retention=run.retention,
            rubric=run.rubric,
            caller_workspace_id=run.caller_workspace_id,
            subject_id=run.subject_id,
            origin="rerun",
            parent_run_id=run.id,
            attempt=run.attempt + 1,
        )


def brief_of(content: object) -> Mapping[str, object]:
    """The brief as a mapping: ``task``, and ``input`` where the order came as a free-form object."""
    assert isinstance(content, dict)
    return content


def _claiming(once: Once | None, run: Run) -> list[Statement]:
    """What claims an idempotency key for a new run."""
    if once is None:
        return []
    within = {"workspace_id": run.workspace_id, "project_id": run.project_id}
    return [idempotency.claiming(once, **within, resource_id=run.id, at=run.created_at)]
