"""A graph with a reducer of every kind, for the tests of writing a state: LangChain's, those that add, one that takes
messages for plain items, one that takes nothing once there is something, one that throws."""

import operator
from typing import Annotated, Any, Literal, TypedDict

from langchain_core.messages import AIMessage, AnyMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages


def larger(old: int, new: int) -> int:
    """Keep the larger number."""
    return max(old, new)


def first(old: str, new: str) -> str:
    """Keep what came first."""
    return old or new


def guarded(old: str, new: str) -> str:
    """Take anything but one word."""
    if new == "boom":
        raise ValueError("the fuse is blown")
    return new


class State(TypedDict, total=False):
    """`way` decides what follows the node `answer`."""

    messages: Annotated[list[AnyMessage], add_messages]
    said: Annotated[list[Any], operator.add]
    log: Annotated[list[str], operator.add]
    facts: Annotated[dict[str, Any], operator.or_]
    count: Annotated[int, operator.add]
    most: Annotated[int, larger]
    once: Annotated[str, first]
    fuse: Annotated[str, guarded]
    plain: Any
    way: str


def plan(state: State) -> State:
    """Fill every channel."""
    filled: State = {"log": ["planned"], "facts": {"a": 1, "b": 2}, "count": 5, "most": 7, "once": "first"}
    return filled | {"fuse": "ok", "plain": {"deep": [True, 12000000000000000001]}, "said": [AIMessage("hm", id="s1")]}


def answer(state: State, config: RunnableConfig) -> State:
    """Say how many messages there are, and to whom."""
    user = config.get("configurable", {}).get("user_id")
    return {"messages": [AIMessage(f"{len(state['messages'])} for {user}", id="a1")], "log": ["answered"]}


def left(state: State) -> State:
    """Tell of what kind the messages are that a node gets."""
    return {"log": [f"left, with {', '.join(type(message).__name__ for message in state['messages'])}"]}


def right(state: State) -> State:
    """Tell that the way went here."""
    return {"log": ["right"]}


def route(state: State) -> Literal["left", "right", "__end__"]:
    """Where `way` leads."""
    return {"left": "left", "right": "right"}.get(state.get("way", ""), END)  # type: ignore[return-value]


builder = StateGraph(State)
builder.add_node(plan)
builder.add_node(answer)
builder.add_node(left)
builder.add_node(right)
builder.add_edge(START, "plan")
builder.add_edge("plan", "answer")
builder.add_conditional_edges("answer", route)
graph = builder.compile(name="reducing")
