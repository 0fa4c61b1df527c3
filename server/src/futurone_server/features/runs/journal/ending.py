"""How a run ends: its last events and every row that changes with them, as one thing to commit."""

from dataclasses import asdict, dataclass
from datetime import datetime

from futurone_server.eventlog import SYSTEM_ACTOR, Actor, Draft, EventType, Write
from futurone_server.features.runs import rules
from futurone_server.features.runs.house import House
from futurone_server.features.runs.journal import store
from futurone_server.features.runs.types import Consequences, Ending, Escalation, Run, Spent
from futurone_server.kit import json
from futurone_server.store.database import Tx
from futurone_server.store.messages import run as send
from futurone_server.store.news import telling


@dataclass(frozen=True, kw_only=True)
class End:
    """The last events of a run and the row changes that go with them."""

    drafts: tuple[Draft, ...]
    writes: tuple[Write, ...]


def compose_end(run: Run, ending: Ending, now: datetime, consequences: Consequences) -> End:
    """Everything that is to be committed when a run ends this way."""
    drafts = []
    if ending.failure is not None:
        facts = {"reason_code": ending.failure.reason, "message": ending.failure.message, "step": ending.failure.step}
        drafts.append(Draft(type=EventType.ERROR, facts=facts, name="error"))
    drafts.append(_last(ending, run.spent, is_erased=rules.goes_with_its_end(run, ending.status)))
    values = {
        "run_id": run.id,
        "status": ending.status.value,
        "confidence": ending.confidence,
        "error": _json(ending.failure and {**asdict(ending.failure), "reason_code": ending.failure.reason}),
        "escalation": _json(ending.escalation and _told(run, ending.escalation)),
        "score": _json(ending.score and asdict(ending.score)),
        "at": now,
        "erases_at": rules.erases_at(run, ending.status, now),
    }
    own = Write(statement=store.END, values=values)
    return End(drafts=tuple(drafts), writes=(own, *consequences(run, ending, now)))


async def end_run(house: House, tx: Tx, run: Run, ending: Ending, actor: Actor = SYSTEM_ACTOR) -> None:
    """End a run in an open transaction: last events, state, consequences. Raises Conflict if it has ended."""
    composed = compose_end(run, ending, house.clock.now(), house.consequences)
    await house.log.add(tx, run.workspace_id, run.id, *composed.drafts, close=True, actor=actor)
    writes = [(write.statement, write.values) for write in composed.writes]
    await send(tx, *writes, telling(f"ended {run.id}"))


def _last(ending: Ending, spent: Spent, *, is_erased: bool) -> Draft:
    score = ending.score
    reason = ending.failure.reason if ending.failure else ending.escalation.reason if ending.escalation else None
    facts = {
        "erased": is_erased or None,
        "status": ending.status.value,
        "confidence": ending.confidence,
        "reason_code": reason,
        "verification": score and {"rubric": score.rubric, "passed": score.passed, "total": score.total},
        "usage": {
            "input_tokens": spent.input_tokens,
            "output_tokens": spent.output_tokens,
            "cost_usd": rules.shown_cost(spent),
            "priced": spent.is_priced,
        },
    }
    return Draft(type=EventType.ENDED, facts=facts, content={"summary": ending.summary}, name="ended")


def _told(run: Run, escalation: Escalation) -> dict[str, object]:
    return {**asdict(escalation), "reason_code": escalation.reason, "review_id": rules.review_id(run.id)}


def _json(value: object) -> str | None:
    return None if value is None else json.dump(value).decode()
