"""Graph `parallel`: three nodes in one super-step: one works, one asks, one is a subgraph that asks.

So two interrupts are open at once, one of them inside a subgraph with a state of its own.
"""

import operator
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import interrupt
from typing_extensions import TypedDict

Findings = Annotated[dict[str, str], operator.or_]


class Request(TypedDict):
    """Where the trip goes."""

    destination: str


class State(Request, total=False):
    """`findings` holds one line from each branch."""

    findings: Findings
    plan: str


class VisaState(Request, total=False):
    """The subgraph's own: only `destination` and `findings` are shared with the trip."""

    documents: list[str]
    passport: str
    findings: Findings


async def start(state: State) -> dict[str, Any]:
    """Name the trip before the branches begin."""
    return {"findings": {"trip": state.get("destination") or "Hong Kong"}}


async def hotel(state: State) -> dict[str, Any]:
    """The branch that needs nobody."""
    return {"findings": {"hotel": f"A room with a view in {state['findings']['trip']}"}}


async def flight(state: State) -> dict[str, Any]:
    """Ask which flight to take."""
    question = f"Which flight to {state['findings']['trip']}?"
    choice = interrupt({"question": question, "options": ["morning, 1 stop", "night, direct"]})
    return {"findings": {"flight": str(choice)}}


async def gather(state: VisaState) -> dict[str, Any]:
    """List what the visa takes."""
    return {"documents": ["passport", "photo", f"proof of a hotel in {state['findings']['trip']}"]}


async def ask(state: VisaState) -> dict[str, Any]:
    """Ask for what only the person knows."""
    number = interrupt({"question": "When does the passport expire?", "documents": state["documents"]})
    return {"passport": str(number)}


async def check(state: VisaState) -> dict[str, Any]:
    """Say what came of it."""
    return {"findings": {"visa": f"{len(state['documents'])} documents, passport until {state['passport']}"}}


async def combine(state: State) -> dict[str, Any]:
    """Wait for all three branches and put their lines together."""
    lines = [f"- {name}: {text}" for name, text in sorted(state["findings"].items())]
    return {"plan": "\n".join(lines)}


visa_builder = StateGraph(VisaState)
visa_builder.add_sequence([gather, ask, check])
visa_builder.add_edge(START, "gather")

builder = StateGraph(State, input_schema=Request)
builder.add_node(start)
builder.add_node(hotel)
builder.add_node(flight)
builder.add_node("visa", visa_builder.compile(name="visa"))
builder.add_node(combine)
builder.add_edge(START, "start")
for branch in ("hotel", "flight", "visa"):
    builder.add_edge("start", branch)
builder.add_edge(["hotel", "flight", "visa"], "combine")
builder.add_edge("combine", END)
graph = builder.compile(name="parallel")
