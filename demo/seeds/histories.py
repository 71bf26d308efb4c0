"""Threads made to measure: their super-steps are written, not run."""

from collections.abc import Sequence
from typing import Any

from demo.seeds.hostile import messages

Superstep = dict[str, Sequence[dict[str, Any]]]

LONG = 300  # checkpoints
LARGE = 2_000_000  # bytes of JSON, at least


def superstep(node: str, values: dict[str, Any]) -> Superstep:
    return {"updates": [{"values": values, "as_node": node}]}


def research() -> list[Superstep]:
    """Graph `chat`: `LONG` checkpoints, one for each source read, a message now and then."""
    question = {
        "type": "human",
        "id": "question",
        "content": "Read what there is about drawing the lanes of a history.",
    }
    read = [superstep("conversation", source(number)) for number in range(1, LONG - 1)]
    end = f"Summary of {len(read)} sources, with the five that disagree about the order of the branches."
    last = {"messages": [{"type": "ai", "id": "answer", "content": end}], "summary": end}
    return [superstep("__start__", {"messages": [question]}), *read, superstep("summarize_conversation", last)]


def source(number: int) -> dict[str, Any]:
    values: dict[str, Any] = {"summary": f"{number} sources read, {number // 60} of them disagree"}
    if number % 20 == 1:
        text = f"Source {number}: lanes in **branch order** stay narrow, lanes in time order do not."
        values["messages"] = [{"type": "ai", "id": f"source-{number}", "content": text}]
    return values


def export() -> list[Superstep]:
    """Graph `pipeline`: a value of two megabytes, half of it many small rows and half of it one long text."""
    rows = [
        {"id": number, "name": f"row {number}", "price": number / 4, "tags": ["a", "b"]} for number in range(15_500)
    ]
    sample = {"columns": ["id", "name", "price", "tags"], "rows": rows, "raw": "0123456789abcdef" * (LARGE // 32)}
    done = {"step": 1, "of": 1, "rows": len(rows), "sample": sample, "log": ["step 1 of 1"]}
    return [
        superstep("__start__", {"steps": 1, "delay": 0.0}),
        superstep("prepare", {"of": 1, "step": 0, "rows": 0, "log": ["prepared 1 steps"]}),
        superstep("process", done),
        superstep("confirm", {"approved": False, "log": ["refused"]}),
    ]


def oddities() -> list[Superstep]:
    """Graph `chat`: one checkpoint for each of the messages that try to break the page."""
    first, *others = messages()
    written = [superstep("conversation", {"messages": [message]}) for message in others[:-1]]
    end = superstep("summarize_conversation", {"messages": others[-1:], "summary": "<script>alert('summary')</script>"})
    return [superstep("__start__", {"messages": [first]}), *written, end]
