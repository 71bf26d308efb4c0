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
