"""The threads that are measured, built through the SDK."""

from typing import Any

from langgraph_sdk.client import LangGraphClient

WORDS = "some words about the weather in Kyoto " * 6


def message(number: int) -> dict[str, Any]:
    """One of the messages of a long conversation."""
    return {"type": "ai" if number % 2 else "human", "id": f"m{number}", "content": f"Message {number}: {WORDS}"}


async def conversation(client: LangGraphClient, messages: int) -> str:
    """A thread of so many messages, each with a checkpoint of its own."""
    return await _grown(client, "chat", "conversation", [{"messages": [message(n)]} for n in range(messages)])


async def small_states(client: LangGraphClient, checkpoints: int) -> str:
    """A thread of so many checkpoints whose state never grows."""
    return await _grown(client, "flaky", "plan", [{"attempts": number} for number in range(checkpoints)])


async def large_value(client: LangGraphClient, size: int) -> str:
    """A thread with about so many bytes in one channel, an integer among them that JavaScript would round."""
    rows: dict[str, Any] = {f"row {number}": "x" * 1000 for number in range(size // 1000)}
    return await _grown(client, "pipeline", "prepare", [{"sample": {"digits": 9007199254740993} | rows}])


async def more(client: LangGraphClient, thread_id: str, count: int) -> None:
    """So many more checkpoints at the head of a conversation."""
    for number in range(count):
        values = {"messages": [message(10_000 + number)]}
        await client.threads.update_state(thread_id, values, as_node="conversation")


async def _grown(client: LangGraphClient, graph: str, node: str, values: list[Any]) -> str:
    """A thread with one checkpoint for each of the values."""
    steps: Any = [{"updates": [{"values": value, "as_node": node}]} for value in values]
    return str((await client.threads.create(graph_id=graph, supersteps=steps))["thread_id"])
