"""Threads made by real runs. Each function fills one new thread of the deployment."""

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.schema import Checkpoint, Config

PERSONAL: Mapping[str, Any] = {"user_id": "Test", "todo_category": "personal"}
WORK: Mapping[str, Any] = {"user_id": "Test", "todo_category": "work"}
ALL = "Give me a summary of all ToDos."
WEEK = "Give me a summary of all ToDos that need to be done in the next week."


def in_days(days: int) -> str:
    """A day to come, as a person writes it: `Nov 22`."""
    day = datetime.now(UTC).date() + timedelta(days=days)
    return f"{calendar.month_abbr[day.month]} {day.day}"


async def run(
    client: LangGraphClient, thread: str, graph: str, *, may_fail: bool = False, **options: Any
) -> dict[str, Any]:
    """Run to the end or an interrupt, or to the error that was to be; answers with the values."""
    config = Config(configurable=dict(options.pop("configurable", {})))
    values = await client.runs.wait(
        thread,
        graph,
        config=config,
        multitask_strategy="enqueue",
        on_disconnect="continue",
        raise_error=not may_fail,
        **options,
    )
    return cast(dict[str, Any], values)


async def say(client: LangGraphClient, thread: str, graph: str, *texts: str, **configurable: str) -> None:
    """Say one thing after the other, each in a run of its own."""
    for text in texts:
        sent = {"messages": [{"type": "human", "content": text}]}
        await run(client, thread, graph, input=sent, configurable=configurable)


async def book_travel(client: LangGraphClient, thread: str) -> None:
    add = f"Add a ToDo: finish booking travel to Hong Kong by {in_days(3)}"
    await say(client, thread, "todo", add, ALL, WEEK, **PERSONAL)


async def thanksgiving(client: LangGraphClient, thread: str) -> None:
    add = f"Before Thanksgiving I need to call parents back by {in_days(1)}."
    await say(client, thread, "todo", add, WEEK, **PERSONAL)


async def work_list(client: LangGraphClient, thread: str) -> None:
    await say(client, thread, "todo", ALL, "I finished the release notes.", **WORK)


async def three_answers(client: LangGraphClient, thread: str) -> None:
    """One question, then two other versions of it, each a fork of the checkpoint where it was asked."""
    await say(client, thread, "todo", ALL, **PERSONAL)
    history = await client.threads.get_history(thread, limit=10)
    asked = next(state for state in history if state["next"] and state["next"][0] == "task_maistro")
    message = cast(dict[str, Any], asked["values"])["messages"][-1]
    for text in (WEEK, "Show me only the ones for tomorrow."):
        edited = {"messages": [{"type": "human", "id": message["id"], "content": text}]}
        fork = await client.threads.update_state(thread, edited, checkpoint=only_id(asked["checkpoint"]))
        await run(client, thread, "todo", checkpoint=only_id(fork["checkpoint"]), configurable=PERSONAL)


def only_id(checkpoint: Any) -> Checkpoint:
    """All servers take a checkpoint that is named by nothing but its id."""
    return cast(Checkpoint, {"checkpoint_id": checkpoint["checkpoint_id"]})


async def getting_to_know(client: LangGraphClient, thread: str) -> None:
    texts = ("Hi! I'm Lance.", "I like the 49ers.", "What's my name?", "I love surfing.", "So what is my name?")
    await say(client, thread, "chat", *texts)


async def songs(client: LangGraphClient, thread: str) -> None:
    first = "Play Taylor Swift's most popular song on Apple Music."
    await say(client, thread, "songs", first, "Play Here Comes the Sun on Spotify and multiply 6 by 7.")


async def october(client: LangGraphClient, thread: str) -> None:
    """Stops where a person has to confirm."""
    await run(client, thread, "pipeline", input={"steps": 4, "delay": 0.1})


async def september(client: LangGraphClient, thread: str) -> None:
    """Was confirmed and published."""
    await run(client, thread, "pipeline", input={"steps": 24, "delay": 0.02})
    await run(client, thread, "pipeline", command={"resume": "yes"})


async def trip(client: LangGraphClient, thread: str) -> None:
    """Stops with two open interrupts."""
    await run(client, thread, "parallel", input={"destination": "Hong Kong"})


async def broken(client: LangGraphClient, thread: str) -> None:
    """Ends with an error."""
    await run(client, thread, "flaky", input={}, may_fail=True)


async def mended(client: LangGraphClient, thread: str) -> None:
    """Failed, was given a better address, and went on."""
    await broken(client, thread)
    fixed = await client.threads.update_state(thread, {"url": "https://prices.example/hong-kong"})
    await run(client, thread, "flaky", checkpoint=only_id(fixed["checkpoint"]))
