"""The engine on DBOS Transact: each segment of a run is one durable workflow in PostgreSQL.

DBOS holds which segments are in hand and on which worker, fences a worker that lost one, and hands it on. The steps
inside a segment are journalled by the event log, in the commit of their events (``docs/decisions``). Arguments and
results that DBOS stores are keys and single words.
"""

import asyncio
import logging
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import structlog

from futurone_server.engine.port import Segment
from futurone_server.store.refusals import as_unavailable

_VERSION = "1"  # a constant, raised by hand: a version per build would strand what an older build began
_THREADS = 4
_RETRY_S = 0.5
_log = structlog.get_logger("futurone.engine")


class DbosEngine:
    """The one DBOS of this process."""

    def __init__(self, url: str, worker_id: str) -> None:
        self._url = url
        self._worker_id = worker_id
        self._dbos: Any = None  # DBOS's module: loaded with the worker, which the API's start does not wait for

    @property
    def worker_id(self) -> str:
        """The id of this process as an executor; new at every start."""
        return self._worker_id

    async def launch(self, segment: Segment) -> None:
        """Begin to carry out segments with this function, on the loop that is running. Waits for the database."""
        dbos, serializer = await asyncio.to_thread(_load)
        # DBOS prints the text of exceptions at lower levels; those may quote content.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)

        async def run(key: str) -> str:
            return await segment(key)

        self._workflow = dbos.DBOS.workflow(name="segment")(run)
        while not await self._is_launched(dbos, serializer):  # noqa: ASYNC110 - what it waits for is the database
            await asyncio.sleep(_RETRY_S)
        self._dbos = dbos

    async def _is_launched(self, dbos: Any, serializer: object) -> bool:
        engine = dbos.DBOS(config=self._config(serializer))
        # It adopts the loop on which it is launched. It is launched beside ours, because it makes its tables then, and
        # that waits for every transaction that is open in the database, also for those of our loop.
        engine._background_event_loop.set_main_loop()
        try:
            await asyncio.to_thread(dbos.DBOS.launch)
        except Exception as error:
            if as_unavailable(error) is None:
                raise
            _log.info("engine.waiting_for_database")
            await asyncio.to_thread(dbos.DBOS.destroy)
            return False
        return True

    def _config(self, serializer: object) -> dict[str, object]:
        return {
            "name": "futurone",
            "log_level": "CRITICAL",
            "application_version": _VERSION,
            "executor_id": self._worker_id,
            "max_executor_threads": _THREADS,
            "serializer": serializer,
            "system_database_url": self._url,
            "sys_db_pool_size": _THREADS,
            # A ping before each use costs a round trip; DBOS tries again by itself what a dead connection lost.
            "db_engine_kwargs": {"pool_pre_ping": False},
            "use_listen_notify": False,  # we wait for nothing inside DBOS
            "scheduler_polling_interval_sec": 300.0,
            "notification_listener_polling_interval_sec": 1.0,  # asks nothing; an end waits for its next turn
            "notification_coalesce_sec": 0.1,
        }

    async def start(self, key: str) -> None:
        """Carry out a segment here and now."""
        with self._dbos.SetWorkflowID(key):
            await self._dbos.DBOS.start_workflow_async(self._workflow, key)

    async def pending(self, worker_id: str) -> list[str]:
        """The keys of the segments that a worker has begun and not finished."""
        found = await self._dbos.DBOS.list_workflows_async(
            status="PENDING", executor_id=worker_id, load_input=False, load_output=False
        )
        return [one.workflow_id for one in found]

    async def resume(self, keys: Sequence[str]) -> None:
        """Have segments carried out by whichever live worker is free."""
        if keys:
            await self._dbos.DBOS.resume_workflows_async(list(keys))

    async def cancel(self, keys: Sequence[str]) -> None:
        """Stop segments."""
        if keys:
            await self._dbos.DBOS.cancel_workflows_async(list(keys))

    async def forget(self, prefixes: Sequence[str]) -> None:
        """Delete what DBOS remembers of the segments whose keys begin like these."""
        found = await self._dbos.DBOS.list_workflows_async(
            workflow_id_prefix=list(prefixes), load_input=False, load_output=False
        )
        if found:
            await self._dbos.DBOS.delete_workflows_async([one.workflow_id for one in found])

    async def close(self, timeout_s: int) -> None:
        """Stop taking part; wait a while for what is in hand."""
        if self._dbos is not None:
            await asyncio.to_thread(self._dbos.DBOS.destroy, workflow_completion_timeout_sec=timeout_s)


def _load() -> tuple[ModuleType, object]:
    import dbos  # noqa: PLC0415 - loaded with the worker

    from futurone_server.engine.words import WordSerializer  # noqa: PLC0415 - likewise

    return dbos, WordSerializer()
