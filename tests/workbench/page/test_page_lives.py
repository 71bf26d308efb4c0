"""What the thread page tells of where messages and channels come from, and of names that mean harm."""

from typing import Any

import pytest
from django.test import AsyncClient, Client

from studio.testing import FakeDeployment, FakeThread
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db(transaction=True)


def url(thread: FakeThread, rest: str = "") -> str:
    return f"/d/local/threads/{thread.id}/{rest}"


def said(id: str, content: str = "words", type: str = "ai", **more: Any) -> dict[str, Any]:
    return {"type": type, "id": id, "content": content, **more}


@pytest.fixture
def thread(fake_deployment: FakeDeployment) -> FakeThread:
    """A conversation whose second message is changed later, and whose third one is removed in the end."""
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.grow(thread, 1, {"messages": [said("m-kept"), said("m-gone")], "plan": "a" * 2000, "n": 1})
    fake_deployment.grow(thread, 1, {"messages": [said("m-kept", "other words")], "n": 2})
    fake_deployment.grow(thread, 1, {"messages": [said("m-gone", "", "remove")]})
    del thread.head.values["n"]
    return thread


def article(page: Element, id: str) -> Element:
    return page.one(tag="article", data_message_id=id)


def test_a_message_tells_what_brought_changed_and_will_remove_it(client: Client, thread: FakeThread) -> None:
    *_, came, changed, removed = thread.checkpoints
    page = read(client.get(url(thread), {"checkpoint": changed.id}))
    facts = article(page, "m-kept").one(class_="facts")
    assert facts.text.startswith(f"message added · step {came.step}")
    assert f"changed by message edited · step {changed.step}" in facts.text
    assert "removed" not in facts.text
    assert [a["href"] for a in facts.all(tag="a")] == [url(thread, f"?checkpoint={c.id}") for c in (came, changed)]
    leaves = article(page, "m-gone").one(class_="leaves")
    assert leaves.text == f"removed by messages removed · step {removed.step}"
    assert leaves.one(tag="a")["href"] == url(thread, f"?checkpoint={removed.id}")


def test_a_message_of_a_run_tells_its_node_unless_it_has_that_name(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.reply(said("a"), said("b", name="conversation"))
    page = read(client.get(url(fake_deployment.add_thread("Hello", "Hello again"))))
    assert article(page, "a").one(class_="facts").text == "conversation · step 1"
    assert article(page, "b").one(class_="facts").text == "step 4", "its name says so already"


def test_messages_that_are_gone_are_listed_with_the_checkpoint_that_still_has_them(
    client: Client, thread: FakeThread
) -> None:
    *_, came, changed, removed = thread.checkpoints
    gone = read(client.get(url(thread))).one(tag="details", class_="gone")
    assert gone.one(tag="summary").text == "1 message that was here is gone"
    (item,) = gone.all(tag="li")
    assert item.one(tag="code").text == "m-gone"
    assert [a["href"] for a in item.all(tag="a")] == [
        url(thread, f"?checkpoint={c.id}") for c in (came, removed, changed)
    ]
    seen = read(client.get(item.all(tag="a")[-1]["href"]))
    assert article(seen, "m-gone")
    assert seen.all(class_="gone") == []


def test_a_message_without_an_id_is_gone_without_one(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    before, last = thread.checkpoints[-2:]
    before.values = {"messages": [{"type": "human", "content": "nameless"}]}
    last.values = {"messages": []}
    gone = read(client.get(url(thread))).one(class_="gone")
    assert "a message without id" in gone.text


def test_the_state_tab_lists_channels_with_their_sizes_the_largest_first(client: Client, thread: FakeThread) -> None:
    *_, came, changed, removed = thread.checkpoints
    page = read(client.get(url(thread, "inspector/"), {"tab": "state", "checkpoint": changed.id}))
    channels = page.one(class_="channels").all(tag="li")
    assert {channel["data-channel"] for channel in channels} == {"messages", "plan", "n"}
    sizes = [int(channel.one(tag="meter")["value"]) for channel in channels]
    assert sizes == sorted(sizes, reverse=True)
    assert {channel.one(tag="meter")["max"] for channel in channels} == {str(sum(sizes))}
    plan = page.one(data_channel="plan")
    assert (plan.one(tag="meter")["value"], plan.one(class_="num").text) == ("2002", "2.0 KB")
    assert f"from state edited · step {came.step}" in plan.text or f"from message added · step {came.step}" in plan.text
    count = page.one(data_channel="n").one(class_="since").text
    assert f"changed by message edited · step {changed.step}" in count
    assert f"removed by messages removed · step {removed.step}" in count


def test_the_inspector_tells_what_a_checkpoint_and_its_path_cost(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    usage = {"input_tokens": 1200, "output_tokens": 34, "total_tokens": 1234}
    fake_deployment.reply(said("a", usage_metadata=usage), said("b", usage_metadata=usage))
    thread = fake_deployment.add_thread("Hello", "Hello again")
    page = read(client.get(url(thread)))
    own, path = page.one(id="inspector").all(tag="dl")
    assert "1,200 · 34" in own.text
    assert "2,400 · 68" in path.text
    assert path.all(tag="dd")[0].text == str(len(thread.checkpoints))
    assert "2,400 → 68 tokens" in page.one(id="head").text
    assert "1,234 tokens" in page.all(class_="runline")[0].text


@pytest.mark.parametrize("values", ["text", [1, 2], None, 7])
def test_values_that_are_no_object_count_as_one_channel(
    values: Any, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    thread.head.values = values
    page = read(client.get(url(thread), {"tab": "state"}))
    names = [channel.one(tag="code").text for channel in page.all(tag="li", data_channel=True)]
    assert names == ([] if values is None else ["(the whole state)"])


EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7 }}{% now %}"


def require_harmless(body: str) -> Element:
    """The page, in which nothing of the evil text has become markup."""
    assert "<script>alert" not in body
    assert "<img src=x" not in body

    class Response:
        content = body.encode()

    page = read(Response)
    for element in page.all():
        assert not {name for name in element.attributes if name.startswith("on")}
        assert not element.attributes.get("href", "").lower().startswith("javascript:")
    return page


@pytest.fixture
def evil(fake_deployment: FakeDeployment) -> FakeThread:
    """Names that mean harm wherever a deployment may give one: node, channel, message, run, checkpoint, task."""
    fake_deployment.add_graph(EVIL, {EVIL: lambda values: [said(EVIL, EVIL, name=EVIL), said(f"{EVIL}2")]})
    thread = fake_deployment.add_thread(graph_id=EVIL, metadata={"title": EVIL})
    fake_deployment.run(thread, {"messages": EVIL}, EVIL)
    fake_deployment.run(thread, None, EVIL, checkpoint={"checkpoint_id": thread.checkpoints[1].id})
    fake_deployment.grow(thread, 1, {EVIL: EVIL, "messages": [said(EVIL, "changed"), said(f"{EVIL}2", "", "remove")]})
    for checkpoint in thread.checkpoints:
        checkpoint.run_id = EVIL if checkpoint.run_id else None
        for task in checkpoint.tasks:
            task.id, task.error = EVIL, EVIL
    return thread


CHOICES = [
    {},
    {"view": "path"},
    {"find": EVIL},
    {"find": "script"},
    {"flipped": EVIL, "flip": EVIL},
    {"run": EVIL},
    {"mark": EVIL},
    {"paused": EVIL, "tab": EVIL, "view": EVIL, "fold": EVIL},
]


@pytest.mark.parametrize("asked", CHOICES, ids=lambda asked: "-".join(asked))
async def test_hostile_names_stay_text_whatever_is_chosen(
    asked: dict[str, str], async_client: AsyncClient, evil: FakeThread
) -> None:
    for rest in ("", "history/"):
        response = await async_client.get(url(evil, rest), asked)
        assert response.status_code == 200
        require_harmless(response.content.decode())


@pytest.mark.parametrize("tab", ["changes", "state", "tasks", "metadata", "raw"])
async def test_hostile_names_stay_text_in_every_tab(tab: str, async_client: AsyncClient, evil: FakeThread) -> None:
    for checkpoint in evil.checkpoints:
        asked = {"checkpoint": checkpoint.id, "tab": tab}
        response = await async_client.get(url(evil), asked)
        require_harmless(response.content.decode())


async def test_hostile_names_are_shown_as_they_are(async_client: AsyncClient, evil: FakeThread) -> None:
    page = require_harmless((await async_client.get(url(evil), {"tab": "state"})).content.decode())
    assert EVIL in page.one(id="head").text
    assert page.one(class_="gone").all(tag="code")[0].text == EVIL[:40].strip()
    assert page.one(id="inspector").one(tag="li", data_channel=EVIL)
    assert page.one(tag="article", data_message_id=EVIL)
    assert {heading["value"] for heading in page.all(class_="runline")} == {EVIL}
    ran = evil.checkpoints[2]
    page = require_harmless((await async_client.get(url(evil), {"checkpoint": ran.id})).content.decode())
    assert page.one(data_checkpoint_id=ran.id).one(class_="what").one(tag="b").text == EVIL
    assert page.one(id="conversation").one(tag="code", class_="what").text == EVIL


async def test_a_hostile_checkpoint_id_stays_an_address(
    async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    thread.head.id = f"{thread.head.id}{EVIL}&checkpoint=x#+%41"
    page = require_harmless((await async_client.get(url(thread))).content.decode())
    row = page.one(data_checkpoint_id=thread.head.id)
    again = require_harmless((await async_client.get(row["href"])).content.decode())
    assert again.one(aria_current="true", data_checkpoint_id=True)["data-checkpoint-id"] == thread.head.id
