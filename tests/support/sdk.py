"""The SDK as an independent witness: what the deployment really holds."""

from typing import Any

from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient


def witness(url: str) -> LangGraphClient:
    """A client that sends no key of the environment, to be used as a context manager."""
    return get_client(url=url, api_key=None)


async def thread_titled(client: LangGraphClient, title: str) -> str:
    """The id of a sample thread."""
    found: list[Any] = await client.threads.search(metadata={"title": title}, select=["thread_id"])
    return str(found[0]["thread_id"])


async def spine(client: LangGraphClient, thread_id: str) -> list[Any]:
    """The whole history, newest first."""
    return list(await client.threads.get_history(thread_id, limit=1000))


async def new_thread(client: LangGraphClient, graph: str = "pipeline") -> str:
    """The id of a thread on which nothing has happened."""
    return str((await client.threads.create(graph_id=graph))["thread_id"])


async def ran(client: LangGraphClient, graph: str, given: Any, **asked: Any) -> str:
    """The id of a thread with one run, which is over or waits."""
    thread_id = await new_thread(client, graph)
    await client.runs.wait(thread_id, graph, input=given, raise_error=False, **asked)
    return thread_id


async def work(client: LangGraphClient, thread_id: str, steps: int = 9, delay: float = 10, **asked: Any) -> str:
    """A run of `pipeline`, as somebody else would start it; one that lasts, when nothing else is said. Its id."""
    more: Any = {"stream_mode": ["updates", "custom"], "stream_resumable": True} | asked
    run = await client.runs.create(thread_id, "pipeline", input={"steps": steps, "delay": delay}, **more)
    return run["run_id"]


async def stop_all(client: LangGraphClient, thread_id: str) -> None:
    """Leave no work behind for the tests that follow."""
    for run in await client.runs.list(thread_id):
        if run["status"] in ("pending", "running"):
            await client.runs.cancel(thread_id, run["run_id"], wait=True)


async def rest(client: LangGraphClient) -> None:
    """Stop what earlier tests have left at work on any thread: it would end whenever it likes."""
    for thread in await client.threads.search(status="busy", limit=1000, select=["thread_id"]):
        await stop_all(client, thread["thread_id"])
