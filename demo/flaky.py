"""Graph `flaky`: a node that raises until the state is mended, by a better `url` or by `repaired`."""

from typing import Any
from urllib.parse import urlsplit

from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

BROKEN = "https://prices.invalid/hong-kong"


class Request(TypedDict, total=False):
    """The page to fetch. No host under `.invalid` ever answers (RFC 2606)."""

    url: str


class State(Request, total=False):
    """Set `repaired`, or a `url` whose host can answer, and go on from where it failed."""

    repaired: bool
    attempts: int
    page: str
    report: str


async def plan(state: State) -> dict[str, Any]:
    """Choose the page."""
    return {"url": state.get("url") or BROKEN, "attempts": state.get("attempts", 0) + 1}


async def fetch(state: State) -> dict[str, Any]:
    """Pretend to fetch: nothing leaves the process, only the state decides."""
    host = urlsplit(state["url"]).hostname or ""
    if not state.get("repaired") and (not host or host.endswith(".invalid")):
        raise TimeoutError(f"fetch of {state['url']} took longer than 30 s")
    return {"page": f"<h1>Prices</h1><p>from {host}</p>"}


async def report(state: State) -> dict[str, Any]:
    """Say what was found."""
    return {"report": f"{len(state['page'])} characters fetched from {state['url']}"}


builder = StateGraph(State, input_schema=Request)
builder.add_sequence([plan, fetch, report])
builder.add_edge(START, "plan")
builder.add_edge("report", END)
graph = builder.compile(name="flaky")
