"""A graph with the same conversation in channels of every kind, for the tests of editing messages."""

import operator
from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages


def by_id(old: list[Any], new: list[Any]) -> list[Any]:
    """Put new messages in the place of those with their id, and count how often they came through here."""
    fresh = {message["id"]: {**message, "seen": message.get("seen", 0) + 1} for message in new}
    kept = [fresh.pop(message["id"], message) for message in old]
    return [*kept, *fresh.values()]


class State(TypedDict, total=False):
    """`messages` replaces by id, `plain` has no reducer, `added` ignores ids, `marked` replaces and changes."""

    messages: Annotated[list[AnyMessage], add_messages]
    plain: list[Any]
    added: Annotated[list[Any], operator.add]
    marked: Annotated[list[Any], by_id]
    turns: Annotated[int, operator.add]


def listen(state: State) -> State:
    """Take the conversation into every channel."""
    said: Sequence[Any] = [message.model_dump() for message in state["messages"]]
    return {"plain": [*said], "added": [*said], "marked": [*said], "turns": 1}


def reply(state: State) -> State:
    """Say how many messages each channel holds."""
    counts = ", ".join(str(len(state[name])) for name in ("messages", "plain", "added", "marked"))
    return {"messages": [AIMessage(f"I see {counts}.", id="reply")], "turns": 1}


builder = StateGraph(State)
builder.add_node(listen)
builder.add_node(reply)
builder.add_edge(START, "listen")
builder.add_edge("listen", "reply")
builder.add_edge("reply", END)
graph = builder.compile(name="speaking")
