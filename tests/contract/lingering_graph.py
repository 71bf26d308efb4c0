"""A graph whose way out of a node takes its time, once for each name: long enough to stop its run in between."""

import asyncio
import operator
from typing import Annotated, Any, Literal

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

lingered: set[str] = set()


class State(TypedDict, total=False):
    """`log` grows by one line a node, `name` is the caller's own."""

    name: str
    log: Annotated[list[str], operator.add]


async def work(state: State) -> dict[str, Any]:
    return {"log": ["worked"]}


async def beside(state: State) -> dict[str, Any]:
    return {"log": ["stood by"]}


async def finish(state: State) -> dict[str, Any]:
    return {"log": ["finished"]}


async def onward(state: State) -> Literal["finish"]:
    """The way out of `work`."""
    if state["name"] not in lingered:
        lingered.add(state["name"])
        await asyncio.sleep(60)
    return "finish"


builder = StateGraph(State)
for node in (work, beside, finish):
    builder.add_node(node)
builder.add_edge(START, "work")
builder.add_edge(START, "beside")
builder.add_conditional_edges("work", onward)
graph = builder.compile(name="lingering")
