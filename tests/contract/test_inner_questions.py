"""A question that is asked inside of a subgraph: seen there, answered on the page of its thread, and what follows."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from langgraph_sdk.client import SyncLangGraphClient

from tests.contract.test_breakpoints import TRIP, press, stopped
from tests.support.deployed import ran
from tests.support.pages import read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def thread(sdk: SyncLangGraphClient) -> str:
    """A thread of which only the subgraph still asks."""
    thread_id = ran(sdk, "parallel", TRIP)
    (flight,) = next(t for t in sdk.threads.get_state(thread_id)["tasks"] if t["name"] == "flight")["interrupts"]
    sdk.runs.wait(thread_id, "parallel", command={"resume": {str(flight["id"]): "night"}})
    return thread_id


def inner(sdk: SyncLangGraphClient, thread_id: str) -> str:
    """The namespace of the subgraph."""
    tasks: Any = sdk.threads.get_state(thread_id)["tasks"]
    return str(next(task["checkpoint"]["checkpoint_ns"] for task in tasks if task["name"] == "visa"))


def test_inside_it_is_read_and_says_where_it_is_answered(client: Client, sdk: SyncLangGraphClient, thread: str) -> None:
    page = read(client.get(f"/d/local/threads/{thread}/in/{quote(inner(sdk, thread))}/"))
    form = page.one(class_="ask")
    assert "When does the passport expire?" in form.text
    assert "It is answered on its thread" in form.text
    assert [link["href"] for link in form.all(tag="a")] == [f"/d/local/threads/{thread}/"]
    assert [button.text for button in form.all(tag="button")] == []


def test_answered_on_its_thread_the_subgraph_goes_on_where_it_stood(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    namespace = inner(sdk, thread)
    (id,) = [box["value"] for box in read(client.get(f"/d/local/threads/{thread}/")).all(name="interrupt")]
    press(client, thread, "Resume", **{f"answer-{id}": "2031"})
    assert stopped(sdk, thread) == ("idle", [])
    state: Any = sdk.threads.get_state(thread)
    assert "passport until 2031" in state["values"]["findings"]["visa"]
    assert state["values"]["findings"]["flight"] == "night"
    asked: Any = {"checkpoint_ns": namespace}
    inside = sdk.threads.get_history(thread, limit=100, checkpoint=asked)
    assert sum(entry["next"] == ["gather"] for entry in inside) == 1, "it did not begin anew"


def test_a_long_answer_arrives_whole(client: Client, sdk: SyncLangGraphClient, thread: str) -> None:
    long = "2031 " * 1_000_000
    (id,) = [box["value"] for box in read(client.get(f"/d/local/threads/{thread}/")).all(name="interrupt")]
    press(client, thread, "Resume", **{f"answer-{id}": long})
    assert stopped(sdk, thread) == ("idle", [])
    assert long in sdk.threads.get_state(thread)["values"]["findings"]["visa"]  # type: ignore[call-overload]


def test_nodes_that_were_done_before_the_question_count_as_run(
    client: Client, sdk: SyncLangGraphClient, thread: str
) -> None:
    page = read(client.get(f"/d/local/threads/{thread}/?tab=graph"))
    assert "is done, its super-step is not" in page.one(data_row="hotel").text
    (id,) = [box["value"] for box in page.all(name="interrupt")]
    press(client, thread, "Resume", **{f"answer-{id}": "2031"})
    stopped(sdk, thread)
    after = read(client.get(f"/d/local/threads/{thread}/?tab=graph"))
    for node in ("hotel", "flight", "visa"):
        assert "×1" in after.one(data_row=node).text
