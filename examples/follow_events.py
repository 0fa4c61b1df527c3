"""Follow several runs at once, and go on after the last event seen when the program is started again."""

import asyncio
import sys

from futurone import AsyncFuturOne

DOCUMENT = "examples/handbook/keys-and-permissions.md"
TASKS = ("How long is the default overlap of a rotation?", "What is a workspace?")


async def follow(client: AsyncFuturOne, run_id: str, *, after: int = 0) -> int:
    """Print a run's events after a number; returns the last number, for whoever goes on from there."""
    last = after
    async for event in client.runs.events(run_id, after=after):
        last = event.id
        sys.stdout.write(f"{run_id[-6:]} {event.id:>3} {event.type}\n")
    return last


async def main() -> None:
    """Start a run for each task and follow them side by side."""
    async with AsyncFuturOne() as client:
        file = await client.vault.upload(DOCUMENT)
        runs = [await client.runs.create(agent="research", task=task, files=[file.id]) for task in TASKS]
        lasts = await asyncio.gather(*(follow(client, run.id) for run in runs))
        for run, last in zip(runs, lasts, strict=True):
            assert await follow(client, run.id, after=last) == last  # nothing comes twice
            ended = await client.runs.get(run.id)
            sys.stdout.write(f"{run.id} {ended.status} after {last} events\n")


if __name__ == "__main__":
    asyncio.run(main())
