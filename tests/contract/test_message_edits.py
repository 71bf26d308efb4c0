"""Editing messages by id on the official server: whoever says them, wherever they stand, whatever the reducer of their
channel makes of it. The SDK tells what the server holds; what the page says has to agree with that."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from studio.deployments.gateway import Gateway
from studio.workbench.edits.changes import Change, Preview
from studio.workbench.edits.writing import foretell
from tests.support.deployed import serving, witnessed
from tests.support.pages import Element, form_of, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]
GRAPH = Path(__file__).with_name("speaking_graph.py")
BLOCKS: list[Any] = [{"type": "text", "text": "What?"}, {"type": "hologram", "beam": 12000000000000000001}]
EXTRA = {"additional_kwargs": {"order": 7, "tags": ["a", {"b": None}]}, "response_metadata": {"from": "phone"}}
SAID: list[dict[str, Any]] = [
    {"type": "human", "id": "asked", "name": "Lance", "content": BLOCKS, **EXTRA},
    {
        "type": "ai",
        "id": "called",
        "content": BLOCKS,
        "tool_calls": [{"id": "c1", "name": "multiply", "args": {"a": 6}, "type": "tool_call"}],
        **EXTRA,
    },
    {"type": "tool", "id": "found", "tool_call_id": "c1", "content": BLOCKS, "artifact": {"rows": 3}, **EXTRA},
]

CHANGED = "Replaced under its own id, but the deployment changed what was written (seen)."
VERDICTS = dict.fromkeys(("messages", "plain", "added"), "Replaced under its own id, nothing else changed.")
VERDICTS["marked"] = CHANGED


@pytest.fixture(scope="module")
def speaking_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that serves the graph."""
    with serving(tmp_path_factory.mktemp("speaking"), speaking=GRAPH) as address:
        yield address


@pytest.fixture
def sdk(speaking_url: str) -> Iterator[SyncLangGraphClient]:
    with witnessed(speaking_url) as client:
        yield client


@pytest.fixture(scope="module")
def ran(speaking_url: str) -> str:
    """A thread on which the conversation has come into every channel."""
    with get_sync_client(url=speaking_url, api_key=None) as client:
        id = str(client.threads.create(graph_id="speaking")["thread_id"])
        given: Any = {"messages": SAID}
        client.runs.wait(id, "speaking", input=given)
        return id


@pytest.fixture
def thread(sdk: SyncLangGraphClient, ran: str) -> Iterator[str]:
    """A copy of that thread, for one test."""
    copied: Any = sdk.threads.copy(ran)  # type: ignore[func-returns-value]
    yield str(copied["thread_id"])
    sdk.threads.delete(copied["thread_id"])


def state(sdk: SyncLangGraphClient, thread: str, checkpoint: str = "") -> Any:
    return sdk.threads.get_state(thread, checkpoint_id=checkpoint or None)


def middle(sdk: SyncLangGraphClient, thread: str) -> str:
    """The checkpoint before the reply, when every channel holds the conversation."""
    found = (s for s in sdk.threads.get_history(thread) if s["next"] == ["reply"])
    return str(next(found)["checkpoint"]["checkpoint_id"])


def edit(client: Client, thread: str, asked: dict[str, str], **typed: str) -> Element:
    """Edit a message in the state on show as a browser would; the page that answers."""
    page = read(client.get(f"/d/local/threads/{thread}/edit/", asked))
    address, fields = form_of(page, "Save only")
    where = {"where": "selected"} if "where" in fields else {}
    return read(client.post(address, fields | where | typed, follow=True))


def bare(message: dict[str, Any]) -> dict[str, Any]:
    """A message without what is empty: a deployment may add or drop that."""
    return {name: value for name, value in message.items() if value}


@pytest.mark.parametrize("place", ["head", "middle"])
@pytest.mark.parametrize("channel", ["messages", "plain", "added", "marked"])
@pytest.mark.parametrize("message_id", ["asked", "called", "found"])
def test_a_message_is_edited_and_the_page_says_what_became_of_it(
    message_id: str, channel: str, place: str, client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    base = state(sdk, thread, middle(sdk, thread) if place == "middle" else "")
    held = base["values"][channel]
    asked = {"message": message_id, "channel": channel, "checkpoint": base["checkpoint"]["checkpoint_id"]}
    page = edit(client, thread, asked, **{"text-0": "What now?"})
    now = state(sdk, thread)
    (made,) = [m for m in held if m["id"] == message_id]
    meant = [{**m, "content": [{**BLOCKS[0], "text": "What now?"}, BLOCKS[1]]} if m is made else m for m in held]
    found, seen = now["values"][channel], {"seen": 0} if channel == "marked" else {}
    assert VERDICTS[channel] in page.one(id="verdicts").text
    assert now["parent_checkpoint"]["checkpoint_id"] == base["checkpoint"]["checkpoint_id"]
    assert [m["id"] for m in found] == [m["id"] for m in held], "no message was lost, and none was added"
    assert [repr(bare(m) | seen) for m in found] == [repr(bare(m) | seen) for m in meant]
    others = {name: value for name, value in now["values"].items() if name != channel}
    assert others == {name: value for name, value in base["values"].items() if name != channel}


@pytest.mark.parametrize(
    ("channel", "verdict"),
    [
        ("messages", "Replaced under its own id, nothing else changed."),
        ("plain", "Replaced under its own id. Other messages: 2 before, 0 now."),
        ("added", "Appended instead of replaced: the channel grew to 4 messages."),
        ("marked", CHANGED),
    ],
)
def test_where_nothing_can_be_tried_the_verdict_is_no_better_than_what_has_happened(
    channel: str,
    verdict: str,
    client: Client,
    sdk: SyncLangGraphClient,
    thread: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("studio.workbench.edits.writing.foretell", unable)
    head = state(sdk, thread)["checkpoint"]["checkpoint_id"]
    page = edit(client, thread, {"message": "asked", "channel": channel, "checkpoint": head}, **{"text-0": "What now?"})
    assert verdict in page.one(id="verdicts").text


async def unable(gateway: Gateway, graph_id: str, change: Change, writer: str) -> Preview:
    """A preview by a server on which nothing can be tried."""
    return await foretell(gateway, "", change, writer)
