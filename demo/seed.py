"""Fill a deployment with threads that are worth looking at: `python -m demo.seed URL`.

A second call makes nothing twice. A thread bears `seeded: true` in its metadata only when it is complete; what an
interrupted call left without it is made anew by the next.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
from langgraph_sdk.client import LangGraphClient

from demo.seeds import histories, runs
from demo.seeds.items import LISTS, seed_items

MARK = {"seeded": True}


@dataclass(frozen=True)
class Seed:
    """One thread: its key and title, the graph it belongs to, and either runs that fill it or super-steps to write."""

    key: str
    title: str
    graph: str
    fill: Callable[[LangGraphClient, str], Awaitable[None]] | None = None
    supersteps: Callable[[], list[histories.Superstep]] | None = None

    @property
    def thread_id(self) -> str:
        # The same in every deployment: an address that was noted down is still right after the state was thrown away.
        return str(uuid5(NAMESPACE_URL, f"demo-seed:{self.key}"))


SEEDS = (
    Seed("research", "Long research on lanes", "chat", supersteps=histories.research),
    Seed("export", "Export of two megabytes", "pipeline", supersteps=histories.export),
    Seed("oddities", "Messages that try to break the page", "chat", supersteps=histories.oddities),
    Seed("mended", "Price check, mended", "flaky", runs.mended),
    Seed("broken", "Price check that fails", "flaky", runs.broken),
    Seed("september", "Data pipeline for September", "pipeline", runs.september),
    Seed("october", "Data pipeline for October", "pipeline", runs.october),
    Seed("trip", "Trip with two open questions", "parallel", runs.trip),
    Seed("songs", "Songs for the drive", "songs", runs.songs),
    Seed("lance", "Getting to know Lance", "chat", runs.getting_to_know),
    Seed("work", "Work list for the week", "todo", runs.work_list),
    Seed("three", "One question, three answers", "todo", runs.three_answers),
    Seed("thanksgiving", "Thanksgiving plans", "todo", runs.thanksgiving),
    Seed("travel", "Book travel to Hong Kong", "todo", runs.book_travel),
)


def connect(url: str) -> LangGraphClient:
    """A client that sends no key of the environment, uses no proxy, and does not retry a refused connection."""
    timeout = httpx.Timeout(60, connect=5)
    return LangGraphClient(httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False))


async def seed(url: str) -> int:
    """Make the threads and store items that are missing at `url`; the number of threads made.

    All are tried before the failures are raised, as an ExceptionGroup.
    """
    async with connect(url) as client:
        await settle([seed_items(client, namespace) for namespace in LISTS])
        ids = [entry.thread_id for entry in SEEDS]
        found = await client.threads.search(ids=ids, limit=len(ids), select=["thread_id", "metadata"])
        complete = {thread["thread_id"]: (thread["metadata"] or {}).items() >= MARK.items() for thread in found}
        missing = [entry for entry in SEEDS if not complete.get(entry.thread_id)]
        await settle([make(client, entry, half_made=entry.thread_id in complete) for entry in missing])
        return len(missing)


async def make(client: LangGraphClient, entry: Seed, *, half_made: bool) -> None:
    """Fill a new thread, instead of one that an earlier call left half-made, and mark it when it is complete."""
    if half_made:
        await client.threads.delete(entry.thread_id)
    await client.threads.create(
        thread_id=entry.thread_id,
        graph_id=entry.graph,
        # Runs add the id of the assistant; nobody else may, so a thread of written super-steps knows its graph only.
        metadata={"seed": entry.key, "title": entry.title, "graph_id": entry.graph},
        supersteps=entry.supersteps() if entry.supersteps else None,
    )
    if entry.fill:
        await entry.fill(client, entry.thread_id)
    await client.threads.update(entry.thread_id, metadata=MARK)


async def settle(work: list[Coroutine[Any, Any, Any]]) -> None:
    results = await asyncio.gather(*work, return_exceptions=True)
    failures = [result for result in results if isinstance(result, Exception)]
    if failures:
        raise ExceptionGroup("seeding failed in part", failures)


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python -m demo.seed URL")
    try:
        made = asyncio.run(seed(sys.argv[1]))
    except ExceptionGroup as group:
        reasons = sorted({str(error) or repr(error) for error in group.exceptions})
        sys.exit(f"Could not seed {sys.argv[1]} in full: {'; '.join(reasons)}\nCall it again to complete it.")
    except httpx.HTTPError as error:
        sys.exit(f"Could not seed {sys.argv[1]}: {str(error) or repr(error)}")
    print(f"{made} threads made, {len(SEEDS) - made} were there.")


if __name__ == "__main__":
    main()
