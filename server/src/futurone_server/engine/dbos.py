"""The engine on DBOS Transact: each segment of a run is one durable workflow in PostgreSQL.

DBOS holds which segments are in hand and on which worker, fences a worker that lost one, and hands it on. The steps
inside a segment are journalled by the event log, in the commit of their events (``docs/decisions``). Arguments and
results that DBOS stores are keys and single words.
"""

import asyncio
import logging
from collections.abc import Sequence

import dbos
from dbos import DBOS, SetWorkflowID

from futurone_server.engine.port import Segment
from futurone_server.kit import json

_VERSION = "1"  # a constant, raised by hand: a version per build would strand what an older build began
_THREADS = 4


class WordSerializer(dbos.Serializer):
    """Writes what DBOS stores as JSON of words and numbers. An exception becomes its class name, never its text."""

    def serialize(self, data: object) -> str:
        """JSON of plain words; anything unknown becomes the name of its class."""
        return json.dump(_plain(data)).decode()

    def deserialize(self, serialized_data: str) -> object:
        """What ``serialize`` wrote; the name of an exception comes back as an exception of ours."""
        value = json.load(serialized_data)
        if isinstance(value, dict) and set(value) == {"error"}:
            return SegmentError(str(value["error"]))
        return value

    def name(self) -> str:
        """How stored values are marked."""
        return "futurone_words"


class SegmentError(Exception):
    """A segment ended with a defect; carries the name of its class only."""


def _plain(data: object) -> object:
    if isinstance(data, BaseException):
        return {"error": type(data).__name__}
    if isinstance(data, dict):
        return {str(name): _plain(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    if data is None or isinstance(data, str | int | float | bool):
        return data
    return {"error": type(data).__name__}


class DbosEngine:
    """The one DBOS of this process."""

    def __init__(self, url: str, worker_id: str) -> None:
        self._url = url
        self._worker_id = worker_id
        self._segment: Segment | None = None

    @property
    def worker_id(self) -> str:
        """The id of this process as an executor; new at every start."""
        return self._worker_id

    async def launch(self, segment: Segment) -> None:
        """Begin to carry out segments with this function, on the loop that is running."""
        self._segment = segment
        # DBOS prints the text of exceptions at lower levels; those may quote content.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        DBOS(
            config={
                "name": "futurone",
                "log_level": "CRITICAL",
                "application_version": _VERSION,
                "executor_id": self._worker_id,
                "max_executor_threads": _THREADS,
                "serializer": WordSerializer(),
                "system_database_url": self._url,
                "sys_db_pool_size": _THREADS,
                # A ping before each use costs a round trip; DBOS tries again by itself what a dead connection lost.
                "db_engine_kwargs": {"pool_pre_ping": False},
                "dbos_system_schema": "dbos",
                "use_listen_notify": False,  # we wait for nothing inside DBOS
                "scheduler_polling_interval_sec": 300.0,
                "notification_listener_polling_interval_sec": 1.0,  # asks nothing; an end waits for its next turn
                "notification_coalesce_sec": 0.1,
            }
        )

        async def run(key: str) -> str:
            assert self._segment is not None
            return await self._segment(key)

        self._workflow = DBOS.workflow(name="segment")(run)
        DBOS.launch()

    async def start(self, key: str) -> None:
        """Carry out a segment here and now."""
        with SetWorkflowID(key):
            await DBOS.start_workflow_async(self._workflow, key)

    async def pending(self, worker_id: str) -> list[str]:
        """The keys of the segments that a worker has begun and not finished."""
        found = await DBOS.list_workflows_async(
            status="PENDING", executor_id=worker_id, load_input=False, load_output=False
        )
        return [one.workflow_id for one in found]

    async def resume(self, keys: Sequence[str]) -> None:
        """Have segments carried out by whichever live worker is free."""
        if keys:
            await DBOS.resume_workflows_async(list(keys))

    async def cancel(self, keys: Sequence[str]) -> None:
        """Stop segments."""
        if keys:
            await DBOS.cancel_workflows_async(list(keys))

    async def forget(self, prefixes: Sequence[str]) -> None:
        """Delete what DBOS remembers of the segments whose keys begin like these."""
        found = await DBOS.list_workflows_async(workflow_id_prefix=list(prefixes), load_input=False, load_output=False)
        if found:
            await DBOS.delete_workflows_async([one.workflow_id for one in found])

    async def close(self, timeout_s: int) -> None:
        """Stop taking part; wait a while for what is in hand."""
        await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=timeout_s)
