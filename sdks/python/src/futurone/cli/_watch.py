"""Staying with a run until it ends, waits for a person, or time is up."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from futurone._errors import TimedOut
from futurone._models import Event
from futurone._run_models import Run
from futurone.cli._desk import Desk
from futurone.cli._invocation import invocation
from futurone.cli._narration import Narrator


def follow(
    desk: Desk, run_id: str, *, narrator: Narrator, after: int | None = None, timeout_s: float | None = None
) -> Run:
    """Tell a run's events as they happen; return the run as it stands when there is nothing more to wait for."""
    with _goodbye(desk, run_id):
        try:
            waiting = _tell_all(desk, run_id, narrator=narrator, after=after, timeout_s=timeout_s)
        except TimedOut as error:
            desk.out.words(str(error))
            waiting = None
        return waiting or desk.client.runs.get(run_id)


def wait(desk: Desk, run_id: str, *, timeout_s: float | None = None) -> Run:
    """Return the run when it is at its end or waits for a person, at the latest when time is up."""
    with _goodbye(desk, run_id):
        try:
            return desk.client.runs.wait(run_id, timeout=timeout_s, or_waiting=True)
        except TimedOut as error:
            desk.out.words(str(error))
            return desk.client.runs.get(run_id)


@contextmanager
def _goodbye(desk: Desk, run_id: str) -> Iterator[None]:
    """Who interrupts the watching is told that the run goes on."""
    try:
        yield
    except KeyboardInterrupt:
        desk.out.words(f"The run goes on without you: {invocation('runs', 'follow', run_id)}")
        raise


def _tell_all(desk: Desk, run_id: str, *, narrator: Narrator, after: int | None, timeout_s: float | None) -> Run | None:
    """Tell events to the last one, or until the run waits for a person: then return it as it waits."""
    with closing(desk.client.runs.events(run_id, after=after, timeout=timeout_s)) as events:
        for event in events:
            _tell(desk, narrator, event)
            if event.type == "awaiting_input":
                run = desk.client.runs.get(run_id)
                if _waits_for(run, event):
                    return run
    return None


def _tell(desk: Desk, narrator: Narrator, event: Event) -> None:
    desk.out.record({"id": event.id, "type": event.type, "data": event.data})
    if not desk.out.as_json:
        for line in narrator.tell(event):
            desk.out.line(line.text, style=line.style)


def _waits_for(run: Run, event: Event) -> bool:
    """Whether the run still waits for this, rather than for something answered long before we looked."""
    return run.is_waiting and run.awaiting is not None and run.awaiting.input_id == event.data.get("input_id")
