"""Studio before a server of another dialect, used by its pages as a person does; the SDK tells what the server has."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from langgraph_sdk.client import SyncLangGraphClient

from tests.support.pages import Element, form_of, read

PATIENCE = 30
"""Seconds in which a run of these graphs has surely done what is waited for."""


@dataclass(frozen=True)
class World:
    """A Studio whose only deployment, “local”, is a `flavour` server at `url`."""

    flavour: str
    url: str
    sdk: SyncLangGraphClient
    client: Client = field(default_factory=Client)

    @property
    def js(self) -> bool:
        return self.flavour == "js"

    def get(self, path: str, **asked: Any) -> Element:
        """A page that must be there, by its path below the deployment's."""
        answer = self.client.get(f"/d/local/{path}", asked)
        assert answer.status_code == 200, read(answer).text
        return read(answer)

    def page(self, thread: str, rest: str = "", **asked: Any) -> Element:
        """The page of a thread, or one below it."""
        return self.get(f"threads/{thread}/{rest}", **asked)

    def submit(self, form: tuple[str, dict[str, str]], **typed: Any) -> Element:
        """Send a form that must be taken, and the page that it leads to."""
        address, fields = form
        answer = self.client.post(address, fields | typed, follow=True)
        assert answer.status_code == 200, read(answer).text
        assert answer.redirect_chain, f"{address} was not taken: {read(answer).text}"
        return read(answer)

    def press(self, thread: str, button: str, at: str = "", **typed: Any) -> Element:
        """Press a button of a thread's page, and the page that answers."""
        return self.submit(form_of(self.page(thread, **({"checkpoint": at} if at else {})), button), **typed)

    def post(self, thread: str, rest: str, **typed: Any) -> Any:
        """The answer to a form of the thread that is sent by hand."""
        return self.client.post(f"/d/local/threads/{thread}/{rest}", typed)

    def new(self, graph: str, title: str = "") -> str:
        """A thread made by the form for that; its id."""
        (chosen,) = [one for one in self.assistants() if one["graph_id"] == graph]
        made = self.client.post("/d/local/threads/new/", {"assistant": chosen["assistant_id"], "title": title})
        assert made.status_code == 303, read(made).text
        return str(made["Location"]).split("/threads/")[1].split("/")[0]

    def assistants(self) -> list[Any]:
        return list(self.sdk.assistants.search(limit=100))

    def said(self, *texts: str) -> str:
        """A chat in which these were said and answered."""
        thread = self.new("chat")
        for text in texts:
            self.press(thread, "Send", input=text)
            self.settled(thread)
        return thread

    def ran(self, graph: str, given: str = "{}") -> str:
        """A thread on which a graph has run with this input, in JSON."""
        thread = self.begun(graph, given)
        self.settled(thread)
        return thread

    def begun(self, graph: str, given: str = "{}") -> str:
        """The same, without waiting for what comes of it."""
        thread = self.new(graph)
        self.press(thread, "Send", mode="json", input=given, recursion_limit="200")
        return thread

    def runs(self, thread: str) -> list[Any]:
        """All runs of a thread, newest first."""
        found: list[Any] = list(self.sdk.runs.list(thread, limit=100))
        return sorted(found, key=lambda run: str(run["created_at"]), reverse=True)

    def settled(self, thread: str) -> Any:
        """The state once every run of the thread is over."""
        self.until(lambda: not any(run["status"] in ("pending", "running") for run in self.runs(thread)))
        return self.state(thread)

    def state(self, thread: str, checkpoint: str = "") -> Any:
        """The state of a thread as the server tells it."""
        return self.sdk.threads.get_state(thread, checkpoint_id=checkpoint or None)

    def head(self, thread: str) -> str:
        return str(self.state(thread)["checkpoint"]["checkpoint_id"])

    def history(self, thread: str) -> list[Any]:
        """The whole history, newest first."""
        return list(self.sdk.threads.get_history(thread, limit=1000))

    def spine(self, thread: str) -> list[Any]:
        """The checkpoints that Studio knows, newest first; it must know all."""
        told = self.client.get(f"/d/local/threads/{thread}/history.json").json()
        assert told["complete"] is True
        return list(told["checkpoints"])

    def edit(self, thread: str, message: str, button: str = "Save only", at: str = "", **typed: str) -> Element:
        """Edit a message of the state at a checkpoint (default: the head); `channel` is the one that holds it."""
        place = {"message": message, "checkpoint": at or self.head(thread), "channel": typed.pop("channel", "messages")}
        return self.submit(form_of(self.page(thread, "edit/", **place), button), **typed)

    def verb(self, thread: str, message: str, button: str, at: str = "", **typed: str) -> Element:
        """Press a button of the menu of a message."""
        place = {"message": message, "checkpoint": at or self.head(thread), "channel": "messages"}
        return self.submit(form_of(self.page(thread, "message/", **place), button), **typed)

    def first_turn(self, thread: str) -> str:
        """The checkpoint at which the first turn of a chat was over."""
        ends = [s for s in self.history(thread) if len(s["values"].get("messages", [])) == 2 and not s["next"]]
        return str(ends[0]["checkpoint"]["checkpoint_id"])

    def messages(self, thread: str) -> list[Any]:
        return list(self.state(thread)["values"]["messages"])

    @staticmethod
    def until(met: Any) -> None:
        """Look until a condition is met."""
        deadline = time.monotonic() + PATIENCE
        while not met():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.05)
