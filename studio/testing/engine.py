"""Runs at work: from the input to the last super-step, checkpoint by checkpoint, as LangGraph writes them."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from studio.testing.exchange import Refused
from studio.testing.graph import Graph, Interrupted, Values
from studio.testing.ids import Clock
from studio.testing.model import FakeCheckpoint, FakeEvent, FakeRun, FakeTask, FakeThread
from studio.testing.reducers import messages, past_reducer


class Engine:
    """Writes the checkpoints of one thread with one graph."""

    def __init__(self, clock: Clock, graph: Graph, thread: FakeThread) -> None:
        self.clock, self.graph, self.thread = clock, graph, thread

    def complete(self, written: Values) -> Values:
        """A write with whole messages in the channel of that name."""
        if "messages" not in written or past_reducer(written["messages"]):
            return written
        return written | {"messages": messages(written["messages"], lambda: self.clock.id("message"))}

    def add(
        self,
        parent: FakeCheckpoint | None,
        source: str,
        values: Values,
        next: tuple[str, ...],
        wrote: tuple[str, ...],
        run_id: str | None = None,
    ) -> FakeCheckpoint:
        """Write a checkpoint after `parent`."""
        step = parent.step + 1 if parent else -1 if source == "input" else 0
        id = self.clock.checkpoint_id(step)
        tasks = [FakeTask(str(uuid5(NAMESPACE_URL, id + name)), name) for name in next]
        made = FakeCheckpoint(
            id, parent.id if parent else None, step, source, values, next, wrote, self.clock.now(), run_id, tasks
        )
        self.thread.checkpoints.append(made)
        self.thread.updated_at, self.thread.untouched_copy = made.created_at, False
        return made

    def update(self, base: FakeCheckpoint | None, written: Values, as_node: str | None) -> FakeCheckpoint:
        """Write as a node, by default the one that wrote last."""
        wrote = (as_node,) if as_node else base.wrote if base else ("__start__",)
        values = self.graph.write(base.values if base else self.graph.empty, self.complete(written))
        return self.add(base, "update", values, self.graph.after(wrote), wrote)

    def work(self, run: FakeRun) -> Iterator[None]:
        """The script of a run: yields after each event that it sends."""
        run.status, self.thread.error = "running", None
        try:
            yield from self._steps(run)
        except Refused as refused:  # what was written does not fit a channel
            yield from self._broken(run, refused)
        run.status = "success" if run.status == "running" else run.status
        run.updated_at = self.thread.updated_at = self.clock.now()

    def _steps(self, run: FakeRun) -> Iterator[None]:
        yield from self._tell(run, "metadata", {"run_id": run.id, "attempt": 1})
        at = self._begin(run)
        while at is not None and at.next:
            writes: dict[str, Values] = {}
            for task in at.tasks:
                if task.result is None:
                    yield from self._do(run, at, task)
                writes[task.name] = task.result
            if run.status != "running" or any(result is None for result in writes.values()):
                break
            at = self._step(run, at, writes)

    def _begin(self, run: FakeRun) -> FakeCheckpoint | None:
        """Where the run starts: after its input, at the questions it answers, or at a checkpoint."""
        named = (run.asked.get("checkpoint") or {}).get("checkpoint_id")
        base = self.thread.find(named)
        given, command = run.asked.get("input"), run.asked.get("command")
        if given is not None:
            values = base.values if base else self.graph.empty
            start = self.add(base, "input", values, ("__start__",), base.wrote if base else (), run.id)
            start.tasks[0].result = written = self.complete(given)
            first = self.graph.after(("__start__",))
            return self.add(start, "loop", self.graph.write(values, written), first, ("__start__",), run.id)
        if base is not None and command and "resume" in command:
            _answer(base.tasks, command["resume"])
        elif base is not None and base.next and base is not self.thread.head:
            base = self.add(base, "fork", base.values, base.next, base.wrote, run.id)
        return base

    def _do(self, run: FakeRun, at: FakeCheckpoint, task: FakeTask) -> Iterator[None]:
        """One node: its tokens, then what it wrote; or its error or question."""
        try:
            written = self.complete(self.graph.call(task.name, at.values, task.answers))
        except Interrupted as asked:
            question = {"value": asked.question, "id": task.id.replace("-", "")}
            task.interrupts = [question]
            yield from self._tell(run, "updates", {"__interrupt__": [question]})
        except Exception as error:  # noqa: BLE001 – a node may raise anything, and the server goes on
            task.error = repr(error)
            yield from self._broken(run, error)
        else:
            for message in written.get("messages", []):
                yield from self._tokens(run, task.name, message)
            task.result = written
            yield from self._tell(run, "updates", {task.name: written})

    def _broken(self, run: FakeRun, error: Exception) -> Iterator[None]:
        run.status = "error"
        self.thread.error = {"error": type(error).__name__, "message": str(error)}
        yield from self._tell(run, "error", self.thread.error)

    def _tokens(self, run: FakeRun, node: str, message: dict[str, Any]) -> Iterator[None]:
        if message["type"] != "ai" or not isinstance(message["content"], str):
            return
        for token in re.findall(r"\S+\s*", message["content"]):
            chunk = message | {"type": "AIMessageChunk", "content": token, "tool_call_chunks": []}
            yield from self._tell(run, "messages", [chunk, {"langgraph_node": node, "run_id": run.id}])

    def _step(self, run: FakeRun, at: FakeCheckpoint, writes: dict[str, Values]) -> FakeCheckpoint:
        values = at.values
        for written in writes.values():
            values = self.graph.write(values, written)
        return self.add(at, "loop", values, self.graph.after(at.next), at.next, run.id)

    def _tell(self, run: FakeRun, name: str, data: Any) -> Iterator[None]:
        id = f"{int(self.clock.now().timestamp() * 1000)}-0" if run.asked.get("stream_resumable") else ""
        run.events.append(FakeEvent(id, name, data))
        yield


def _answer(tasks: list[FakeTask], resume: Any) -> None:
    """Give each waiting task its answer: by the id of its question, or the same to all."""
    for task in (task for task in tasks if task.interrupts and task.result is None):
        id = task.interrupts[0]["id"]
        if not (isinstance(resume, dict) and id not in resume):
            task.answers.append(resume[id] if isinstance(resume, dict) else resume)
