"""A deployment played by the test: its threads, graphs and runs, and what shall go wrong."""

from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from studio.deployments.config import Deployment
from studio.testing.engine import Engine
from studio.testing.exchange import Answer, Refused, Seen, answer
from studio.testing.faults import Faults
from studio.testing.graph import Graph, Node, Values
from studio.testing.habits import Habits
from studio.testing.ids import Clock
from studio.testing.model import FakeCheckpoint, FakeRun, FakeThread
from studio.testing.reducers import Reducer
from studio.testing.routing import dispatch

_numbers = count(1)


class FakeDeployment:
    """Plain state, no event loop: any loop and any thread of a test may talk to it, one after the other.

    `requests` are all that reached it, in order; `faults` is what goes wrong; `habits` in what it differs.
    """

    def __init__(
        self, slug: str = "local", *, headers: dict[str, str] | None = None, habits: Habits | None = None
    ) -> None:
        host = f"fake-{next(_numbers)}.test"  # of its own, so that no client of an earlier one is met again
        self.deployment = Deployment(slug, f"http://{host}", headers or {})
        self.habits, self.faults, self.clock = habits or Habits(), Faults(), Clock(host)
        self.threads: dict[str, FakeThread] = {}
        self.graphs: dict[str, Graph] = {}
        self.assistants: list[dict[str, Any]] = []
        self.versions: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[Seen] = []
        self.held = False
        self._replies: list[Any] = []
        self.add_graph("chat", {"conversation": self._say})

    def add_graph(self, id: str, nodes: dict[str, Node], **more: Any) -> Graph:
        """Serve a graph, with the assistant that a server makes for it. `more`: see `Graph`."""
        self.graphs[id] = Graph(id, nodes, **more)
        self.add_assistant(id, id, str(uuid5(NAMESPACE_URL, id)), {"created_by": "system"})
        return self.graphs[id]

    def add_assistant(
        self, name: str, graph_id: str, id: str | None = None, metadata: dict[str, Any] | None = None
    ) -> str:
        """Another assistant for a graph; its id."""
        row = {"assistant_id": id or self.clock.id("assistant"), "graph_id": graph_id, "name": name}
        made = self.clock.now().isoformat()
        rest = {"config": {}, "context": {}, "metadata": metadata or {}, "created_at": made, "updated_at": made}
        self.assistants.append(row | rest | {"version": 1, "description": None})
        self.versions[str(row["assistant_id"])] = [dict(self.assistants[-1])]
        return str(row["assistant_id"])

    def add_version(self, assistant_id: str, **changed: Any) -> int:
        """Change an assistant, which makes another version of it, the latest from now on; its number. As on the
        official server, the configuration and the context are filled from each other."""
        row = next(row for row in self.assistants if row["assistant_id"] == assistant_id)
        if configurable := changed.get("config", {}).get("configurable"):
            changed["context"] = configurable
        elif changed.get("context"):
            changed["config"] = changed.get("config", {}) | {"configurable": changed["context"]}
        made = self.clock.now().isoformat()
        row.update(changed, version=len(self.versions[assistant_id]) + 1, updated_at=made)
        self.versions[assistant_id].append(row | {"created_at": made})
        return int(row["version"])

    def reply(self, *replies: Any) -> None:
        """What the graph `chat` says next, run by run: a text (streamed word by word), a message, or several, or an
        exception that it raises. After the last one it repeats what it hears."""
        self._replies.extend(replies)

    def reduce_messages(self, reducer: Reducer, graph_id: str = "chat") -> None:
        """Let a graph take in messages otherwise: `append` ignores ids, `drop` takes no changes."""
        self.graphs[graph_id].reducers["messages"] = reducer

    def hold(self) -> None:
        """Start no run by itself: `run.advance(n)` and `run.release()` do, until `release()`."""
        self.held = True

    def release(self) -> None:
        """Let held runs work to their end, and later ones at once."""
        self.held = False
        for thread in self.threads.values():
            self.work_on(thread)

    @property
    def runs(self) -> list[FakeRun]:
        """All runs, in the order in which they were started."""
        return sorted((run for thread in self.threads.values() for run in thread.runs), key=lambda r: r.created_at)

    def add_thread(self, *said: str, graph_id: str = "chat", metadata: dict[str, Any] | None = None) -> FakeThread:
        """A thread in which a person has said these things, each answered by a run of its own."""
        thread = self.new_thread({"graph_id": graph_id} | (metadata or {}))
        for text in said:
            self.run(thread, {"messages": [{"type": "human", "content": text}]}, graph_id)
        return thread

    def run(self, thread: FakeThread, input: Any, graph_id: str = "chat", **asked: Any) -> FakeRun:
        """A run to its end, as another client would have had it."""
        run = self.start_run(thread, {"assistant_id": graph_id, "input": input, "stream_resumable": True, **asked})
        run.release()
        return run

    def grow(self, thread: FakeThread, checkpoints: int, values: Values | None = None) -> list[FakeCheckpoint]:
        """Write so many checkpoints more, one after the other, each with these values written."""
        engine = self.engine(thread)
        return [engine.update(thread.find(None), values or {}, None) for _ in range(checkpoints)]

    def write(
        self, thread: FakeThread, after: FakeCheckpoint | None, values: Values, as_node: str | None
    ) -> FakeCheckpoint:
        """Write a checkpoint as a client does. Raises Refused for a node that the graph does not have."""
        engine = self.engine(thread)
        if as_node and as_node not in {"__start__", *engine.graph.nodes}:
            raise Refused(400, f"Node {as_node} does not exist")
        return engine.update(after, values, as_node)

    def seen(self, pattern: str) -> list[Seen]:
        """The requests whose “METHOD /path” starts like this, in order."""
        return [seen for seen in self.requests if str(seen).startswith(pattern)]

    def handle(self, seen: Seen) -> Answer:
        """Answer a request. Raises Unreachable where a fault says so."""
        self.requests.append(seen)
        struck = self.faults.strike(seen)
        if struck is not None:
            return struck
        try:
            return answer(dispatch(self, seen))
        except Refused as refused:
            return answer({"detail": refused.detail}, refused.status)

    def thread(self, id: str, otherwise: str = "") -> FakeThread:
        """The thread with this id. Raises Refused as the official server does."""
        try:
            UUID(id)
        except ValueError:
            raise Refused(422, "Invalid thread ID: must be a UUID") from None
        if id not in self.threads:
            raise Refused(404, otherwise or f"Thread with ID {id} not found")
        return self.threads[id]

    def new_thread(self, metadata: dict[str, Any], id: str | None = None) -> FakeThread:
        """An empty thread."""
        now = self.clock.now()
        made = FakeThread(id or self.clock.id("thread"), metadata, now, now)
        return self.threads.setdefault(made.id, made)

    def require_assistant(self, named: str) -> dict[str, Any]:
        """The assistant with this id, or of the graph of this name. Raises Refused."""
        for row in self.assistants:
            if named in (row["assistant_id"], row["graph_id"]):
                return row
        raise Refused(422, f"Invalid assistant: '{named}'. Must be either a valid assistant UUID, or a graph.")

    def start_run(self, thread: FakeThread, asked: dict[str, Any]) -> FakeRun:
        """A run, which works at once unless runs are held or another one works on the thread."""
        assistant = self.require_assistant(asked["assistant_id"])
        ids = {"graph_id": assistant["graph_id"], "assistant_id": assistant["assistant_id"]}
        thread.metadata |= ids
        now = self.clock.now()
        if self.habits.sticks:
            configured = (asked.get("config") or {}).get("configurable") or {}
            named = {name: value for name, value in configured.items() if name == "checkpoint_id"}
            thread.stuck |= named | (asked.get("checkpoint") or {})
            asked = asked | {"checkpoint": dict(thread.stuck)}
        if self.habits.restarts and asked.get("input") is None and not asked.get("command"):
            asked = asked | {"input": {}}
        run = FakeRun(self.clock.id("run"), thread.id, asked=asked, created_at=now, updated_at=now, **ids)
        run.script = self.engine(thread).work(run)
        thread.runs.append(run)
        self.work_on(thread)
        return run

    def work_on(self, thread: FakeThread) -> None:
        """Work on the runs of a thread that wait, the oldest first."""
        while thread.active and not self.held:
            thread.active[0].release()

    def engine(self, thread: FakeThread) -> Engine:
        """What writes the checkpoints of a thread. Raises Refused for one without a graph."""
        graph = self.graphs.get(str(thread.metadata.get("graph_id")))
        if graph is None:
            raise Refused(400, f"Thread '{thread.id}' has no assigned graph ID.")
        return Engine(self.clock, graph, thread)

    def _say(self, values: Values) -> Any:
        said = self._replies.pop(0) if self._replies else f"You say “{values['messages'][-1]['content']}”."
        if isinstance(said, Exception):
            raise said
        return [said] if isinstance(said, dict) else said
