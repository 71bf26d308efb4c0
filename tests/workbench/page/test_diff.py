"""Comparing checkpoints on a page of their own."""

from dataclasses import replace

import pytest
from django.test import Client

from studio.deployments import states
from studio.deployments.gateway import Gateway
from studio.history.model import Snapshot, Task
from studio.testing import FakeDeployment, FakeThread
from tests.support.pages import read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def thread(fake_deployment: FakeDeployment) -> FakeThread:
    """A question with two answers, on two branches."""
    fake_deployment.reply("It will rain in Kyoto.", "It will snow in Kyoto.")
    made = fake_deployment.add_thread("How is the weather?")
    fake_deployment.run(made, None, checkpoint={"checkpoint_id": made.checkpoints[1].id})
    return made


def url(thread: FakeThread, query: str = "") -> str:
    return f"/d/local/threads/{thread.id}/diff/{query}"


def test_the_head_is_compared_with_its_parent_unless_told_otherwise(client: Client, thread: FakeThread) -> None:
    page = read(client.get(url(thread)))
    assert page.one(name="a")["value"] == thread.head.parent_id
    assert page.one(name="b")["value"] == thread.head.id
    assert page.one(data_channel="messages").one(tag="ins").text == "It will snow in Kyoto."


@pytest.mark.parametrize("place", ["diff/", "inspector/?tab=changes&now=1"])
def test_what_the_done_nodes_of_an_open_super_step_have_written_is_among_the_changes(
    place: str, client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread, read_current = fake_deployment.add_thread("Hello"), states.current
    fake_deployment.grow(thread, 2, {"note": "as it was"})

    async def half_done(gateway: Gateway, thread_id: str, namespace: str = "") -> Snapshot | None:
        """The newest state as deployments tell it; the history tells the same checkpoint without what is written."""
        head = await read_current(gateway, thread_id, namespace)
        assert head
        tasks = (Task("1", "writer", result={"note": "written"}), Task("2", "other"))
        return replace(head, values={**head.channels, "note": "written"}, tasks=tasks)

    monkeypatch.setattr(states, "current", half_done)
    page = read(client.get(f"/d/local/threads/{thread.id}/{place}"))
    assert "written" in page.one(data_channel="note").one(tag="ins").text


def test_two_branches_are_compared_and_swapped(client: Client, thread: FakeThread) -> None:
    other = thread.checkpoints[2].id
    page = read(client.get(url(thread, f"?a={other}&b={thread.head.id}")))
    messages = page.one(data_channel="messages")
    assert [e.text for e in messages.all(tag="del")] == ["It will rain in Kyoto."]
    assert [e.text for e in messages.all(tag="ins")] == ["It will snow in Kyoto."]
    swap = next(a["href"] for a in page.all(tag="a") if a.text == "Swap sides")
    assert f"a={thread.head.id}&b={other}" in swap
    assert {"parent", "head of branch 1"} <= {a.text for a in page.one(class_="offers").all(tag="a")}


def test_a_message_edited_under_its_id_has_its_words_marked(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("How is the weather?")
    changed = thread.head.values["messages"][0] | {"content": "How is the food?"}
    fake_deployment.grow(thread, 1, {"messages": [changed]})
    messages = read(client.get(url(thread))).one(data_channel="messages")
    assert [e.text for e in messages.all(tag="del")] == ["weather"]
    assert [e.text for e in messages.all(tag="ins")] == ["food"]


def test_another_thread_is_compared_too(client: Client, fake_deployment: FakeDeployment, thread: FakeThread) -> None:
    fake_deployment.reply("All quiet.")
    other = fake_deployment.add_thread("And the news?")
    page = read(client.get(url(thread, f"?a_thread={other.id}")))
    assert page.one(name="a")["value"] == other.head.id
    assert "All quiet." in page.one(data_channel="messages").text


def test_equal_states_and_a_first_checkpoint_are_told(client: Client, thread: FakeThread) -> None:
    head, root = thread.head.id, thread.checkpoints[0].id
    assert "No difference." in read(client.get(url(thread, f"?a={head}&b={head}"))).text
    assert "The first checkpoint has no parent." in read(client.get(url(thread, f"?b={root}"))).text


def test_what_is_not_there_cannot_be_compared(
    client: Client, fake_deployment: FakeDeployment, thread: FakeThread
) -> None:
    gone = "1f1e573b-207a-6466-8003-21427f843601"
    assert client.get(url(thread, f"?a={gone}")).status_code == 404
    assert client.get(url(fake_deployment.add_thread())).status_code == 404
