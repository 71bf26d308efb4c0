"""Graph `pipeline`: long work in many super-steps, and a person who decides at the end whether it is published."""

import asyncio
import operator
from typing import Annotated, Any, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.types import StreamWriter, interrupt
from typing_extensions import TypedDict

MOST_STEPS = 1000
MOST_DELAY = 10.0  # seconds
ROWS_A_STEP = 301


class Request(TypedDict, total=False):
    """What a run asks for: how many steps, and how many seconds each takes."""

    steps: int
    delay: float


class State(Request, total=False):
    """`step` of `of` is finished; `log` grows by one line a super-step; `sample` is free for data to look at."""

    step: int
    of: int
    rows: int
    log: Annotated[list[str], operator.add]
    sample: Any
    approved: bool | None
    published: bool


async def prepare(state: State) -> dict[str, Any]:
    """Bring the request within bounds and start from zero."""
    of = min(max(int(state.get("steps", 5)), 1), MOST_STEPS)
    delay = min(max(float(state.get("delay", 0.2)), 0.0), MOST_DELAY)
    fresh = {"step": 0, "rows": 0, "approved": None, "published": False}
    return {"of": of, "delay": delay, **fresh, "log": [f"prepared {of} steps"]}


async def process(state: State, writer: StreamWriter) -> dict[str, Any]:
    """One step of the work: its own super-step, so it can be stopped and taken up again after each."""
    await asyncio.sleep(state["delay"])
    step, of = state["step"] + 1, state["of"]
    writer({"progress": round(100 * step / of), "step": step, "of": of})
    return {"step": step, "rows": state["rows"] + ROWS_A_STEP, "log": [f"step {step} of {of}"]}


async def confirm(state: State) -> dict[str, Any]:
    """Wait for a person."""
    question = f"{state['rows']:,} rows differ from the month before. Publish anyway?"
    answer = interrupt({"question": question, "rows": state["rows"], "options": ["yes", "no"]})
    approved = agrees(answer)
    return {"approved": approved, "log": ["confirmed" if approved else "refused"]}


def agrees(answer: Any) -> bool:
    """Only a clear yes publishes: true, “yes” and the like, or an object with `approve`."""
    if isinstance(answer, dict):
        return agrees(answer.get("approve", False))
    return answer is True or str(answer).strip().lower() in {"y", "yes", "ok", "approve", "publish", "true"}


async def publish(state: State) -> dict[str, Any]:
    """Reached only after a yes."""
    return {"published": True, "log": [f"published {state['rows']:,} rows"]}


def more(state: State) -> Literal["process", "confirm"]:
    return "process" if state["step"] < state["of"] else "confirm"


def decided(state: State) -> Literal["publish", "__end__"]:
    return "publish" if state.get("approved") else "__end__"


builder = StateGraph(State, input_schema=Request)
builder.add_node(prepare)
builder.add_node(process)
builder.add_node(confirm)
builder.add_node(publish)
builder.add_edge(START, "prepare")
builder.add_edge("prepare", "process")
builder.add_conditional_edges("process", more)
builder.add_conditional_edges("confirm", decided)
builder.add_edge("publish", END)
graph = builder.compile(name="pipeline")
