"""The threads that are measured, built through the SDK."""

from typing import Any

from langgraph_sdk.client import LangGraphClient

BATCH = 500


async def conversation(client: LangGraphClient, messages: int) -> str:
    """A thread of so many messages, each with a checkpoint of its own."""
    return await _grown(client, "chat", "conversation", [_message(number) for number in range(messages)])


async def small_states(client: LangGraphClient, checkpoints: int) -> str:
    """A thread of so many checkpoints whose state never grows."""
    return await _grown(client, "flaky", "plan", [{"attempts": number} for number in range(checkpoints)])


async def large_value(client: LangGraphClient, size: int) -> str:
    """A thread with about so many bytes in one channel."""
    rows = {f"row {number}": "x" * 1000 for number in range(size // 1000)}
    return await _grown(client, "pipeline", "prepare", [{"sample": rows}])


async def _grown(client: LangGraphClient, graph: str, node: str, values: list[Any]) -> str:
    """A thread with one checkpoint for each of the values; later ones are written one by one."""
    first, rest = values[:BATCH], values[BATCH:]
    steps: Any = [{"updates": [{"values": value, "as_node": node}]} for value in first]
    thread_id = str((await client.threads.create(graph_id=graph, supersteps=steps))["thread_id"])
    for value in rest:
        await client.threads.update_state(thread_id, value, as_node=node)
    return thread_id


def _message(number: int) -> dict[str, Any]:
    kind = "ai" if number % 2 else "human"
    text = f"Message {number}: " + "some words about the weather in Kyoto " * 6
    return {"messages": [{"type": kind, "id": f"m{number}", "content": text}]}
