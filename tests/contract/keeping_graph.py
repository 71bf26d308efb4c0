"""A graph with a subgraph that keeps its state from one run of a thread to the next."""

import operator
from typing import Annotated, TypedDict

from langgraph.graph import END, START, StateGraph


class State(TypedDict, total=False):
    """What was told last, and what is known."""

    told: list[str]
    known: list[str]


class Memory(TypedDict, total=False):
    """The same, where what is known only grows."""

    told: list[str]
    known: Annotated[list[str], operator.add]


def learn(state: Memory) -> Memory:
    """Know one thing more."""
    return {"known": [f"learnt {state['told'][-1]}"]}


inner = StateGraph(Memory)
inner.add_node(learn)
inner.add_edge(START, "learn")
inner.add_edge("learn", END)

builder = StateGraph(State, input_schema=State)
builder.add_node("memory", inner.compile(checkpointer=True))
builder.add_edge(START, "memory")
builder.add_edge("memory", END)
graph = builder.compile(name="keeping")
