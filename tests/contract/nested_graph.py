"""A graph in a graph in a graph, for the tests of editing inside: one node asks at the top, another two levels down.

start → flight, mid → combine        mid: before → deep → after        deep: gather → ask → check
"""

import operator
from typing import Annotated, Any, TypedDict

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import interrupt


def merged(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """Both dicts as one."""
    return {**(old or {}), **(new or {})}


class Deep(TypedDict, total=False):
    """What the innermost graph knows; its log is its own."""

    messages: Annotated[list[AnyMessage], add_messages]
    documents: list[str]
    passport: str
    findings: dict[str, str]
    log: Annotated[list[str], operator.add]


class Mid(TypedDict, total=False):
    """What the graph around it knows."""

    messages: Annotated[list[AnyMessage], add_messages]
    documents: list[str]
    findings: dict[str, str]


class State(TypedDict, total=False):
    """What the thread knows."""

    messages: Annotated[list[AnyMessage], add_messages]
    findings: Annotated[dict[str, str], merged]
    plan: str


def start(state: State) -> State:
    """Begin."""
    return {}


def flight(state: State) -> State:
    """Ask at the top."""
    return {"findings": {"flight": str(interrupt("Day or night?"))}}


def before(state: Mid) -> Mid:
    """Do nothing, so that there is a super-step before the innermost graph."""
    return {}


def after(state: Mid) -> Mid:
    """Do nothing, so that there is one after it."""
    return {}


def gather(state: Deep) -> Deep:
    """Collect what the question needs, and say so."""
    said = AIMessage(f"Gathered for {state['messages'][0].content}.", id="gathered")
    return {"documents": ["passport"], "log": ["gathered"], "messages": [said]}


def ask(state: Deep) -> Deep:
    """Ask at the bottom; “broken” documents make it fail."""
    if "broken" in state["documents"]:
        raise ValueError("no such document")
    return {"passport": str(interrupt({"question": "When does it expire?", "documents": state["documents"]}))}


def check(state: Deep) -> Deep:
    """Say what came of it."""
    said = " | ".join(str(message.content) for message in state["messages"])
    return {"findings": {"visa": f"{', '.join(state['documents'])} until {state.get('passport')}: {said}"}}


def combine(state: State) -> State:
    """Put it together."""
    return {"plan": "; ".join(f"{name}: {found}" for name, found in sorted(state["findings"].items()))}


def _sequence(schema: Any, *nodes: Any) -> Any:
    builder = StateGraph(schema)
    builder.add_sequence(nodes)
    builder.add_edge(START, nodes[0][0] if isinstance(nodes[0], tuple) else nodes[0].__name__)
    return builder.compile()


builder = StateGraph(State)
builder.add_node(start)
builder.add_node(flight)
builder.add_node("mid", _sequence(Mid, before, ("deep", _sequence(Deep, gather, ask, check)), after))
builder.add_node(combine)
builder.add_edge(START, "start")
builder.add_edge("start", "flight")
builder.add_edge("start", "mid")
builder.add_edge(["flight", "mid"], "combine")
builder.add_edge("combine", END)
graph = builder.compile(name="nested")
