"""Graphs of a fake deployment: nodes are plain functions from the values to what they write."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from studio.testing.reducers import OVERWRITE, Reducer, add_messages, past_reducer, replace

Values = dict[str, Any]
Node = Callable[[Values], Any]
_answers: ContextVar[list[Any]] = ContextVar("answers")


class Interrupted(Exception):
    """A node waits for a person."""

    def __init__(self, question: Any) -> None:
        super().__init__("interrupted")
        self.question = question


def interrupt(question: Any) -> Any:
    """To be called in a node: asks a person, and returns the answer when the run is resumed, as LangGraph's does."""
    answers = _answers.get()
    if answers:
        return answers.pop(0)
    raise Interrupted(question)


@dataclass(slots=True)
class Graph:
    """Nodes in the order in which they run, one a super-step; `steps` names the nodes of each where several run
    at once. A node returns a dict of channels, or a text or list for `messages`; it may raise and `interrupt`.
    `input_schema` is told as it is, whatever it is."""

    id: str
    nodes: Mapping[str, Node]
    steps: tuple[tuple[str, ...], ...] = ()
    reducers: dict[str, Reducer] = field(default_factory=lambda: {"messages": add_messages})
    input_schema: Any = None

    def __post_init__(self) -> None:
        self.steps = self.steps or tuple((name,) for name in self.nodes)

    @property
    def empty(self) -> Values:
        """The values before anything was written."""
        return {channel: [] for channel in self.reducers}

    def after(self, nodes: tuple[str, ...]) -> tuple[str, ...]:
        """What runs once these nodes have."""
        if nodes == ("__start__",):
            return self.steps[0]
        place = next((i for i, step in enumerate(self.steps) if set(nodes) & set(step)), len(self.steps))
        return self.steps[place + 1] if place + 1 < len(self.steps) else ()

    def call(self, node: str, values: Values, answers: list[Any]) -> Values:
        """What a node writes. Raises what the node raises, and Interrupted."""
        token = _answers.set(list(answers))
        try:
            written = self.nodes[node](values)
        finally:
            _answers.reset(token)
        if isinstance(written, str):
            written = [{"type": "ai", "content": written}]
        return {"messages": written} if isinstance(written, list) else dict(written or {})

    def write(self, values: Values, written: Values) -> Values:
        """The values after a write, each channel through its reducer."""
        return values | {name: self._reduced(name, values.get(name), new) for name, new in written.items()}

    def _reduced(self, name: str, old: Any, new: Any) -> Any:
        """A channel without a reducer of its own keeps what goes past reducers as it is."""
        if name in self.reducers and past_reducer(new):
            return new[OVERWRITE]
        return self.reducers.get(name, replace)(old, new)
