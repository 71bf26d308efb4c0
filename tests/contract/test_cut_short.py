"""A run that is stopped after a node told its result and before its edges were followed, on the official server: left
alone, nothing would ever run after that node."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from langgraph_sdk.client import SyncLangGraphClient

from tests.contract.test_breakpoints import press, stopped, told
from tests.support.deployed import serving, witnessed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]
GRAPH = Path(__file__).with_name("lingering_graph.py")


@pytest.fixture(scope="module")
def own_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("lingering"), lingering=GRAPH) as url:
        yield url


@pytest.fixture
def sdk(own_url: str) -> Iterator[SyncLangGraphClient]:
    with witnessed(own_url) as client:
        yield client


def cut_short(sdk: SyncLangGraphClient, name: str) -> str:
    """A thread whose run was stopped while `work` chose its way out."""
    thread_id = str(sdk.threads.create(graph_id="lingering")["thread_id"])
    run = sdk.runs.create(thread_id, "lingering", input={"name": name}, stream_mode="updates", stream_resumable=True)
    for part in sdk.runs.join_stream(thread_id, run["run_id"], last_event_id="-"):
        if part.event == "updates" and "beside" in part.data:
            break
    sdk.runs.cancel(thread_id, run["run_id"], wait=True)
    return thread_id


def test_the_server_itself_takes_the_node_for_done_and_ends_there(sdk: SyncLangGraphClient) -> None:
    thread_id = cut_short(sdk, "by itself")
    state: Any = sdk.threads.get_state(thread_id)
    task = next(task for task in state["tasks"] if task["name"] == "work")
    assert (state["next"], task["result"], task["error"]) == ([], {"log": ["worked"]}, "CancelledError()")
    sdk.runs.wait(thread_id, "lingering", input=None)
    state = sdk.threads.get_state(thread_id)
    assert (state["next"], state["values"]["log"]) == ([], ["stood by", "worked"]), "it never finishes"


def test_resume_runs_the_super_step_again_and_what_follows(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = cut_short(sdk, "by Studio")
    panel = told(client, thread_id)
    assert "The thread stopped when work, beside were done" in panel
    assert "before the edges of work were followed, so “Resume” runs this whole super-step again." in panel
    press(client, thread_id, "Resume")
    assert stopped(sdk, thread_id) == ("idle", [])
    state: Any = sdk.threads.get_state(thread_id)
    assert state["values"]["log"] == ["stood by", "worked", "finished"]


def test_a_step_runs_the_super_step_again_and_stops_after_it(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = cut_short(sdk, "by steps")
    press(client, thread_id, "Step")
    assert stopped(sdk, thread_id) == ("interrupted", ["finish"])


def test_a_resume_that_is_stopped_before_it_begins_does_not_end_the_thread(
    client: Client, sdk: SyncLangGraphClient
) -> None:
    """The deployment calls such a thread idle, like one that has ended."""
    thread_id = cut_short(sdk, "twice")
    run = sdk.runs.create(thread_id, "lingering", input=None, after_seconds=3600)
    sdk.runs.cancel(thread_id, run["run_id"])
    assert stopped(sdk, thread_id) == ("idle", [])
    assert "The thread stopped when work, beside were done" in told(client, thread_id)
    press(client, thread_id, "Resume")
    assert stopped(sdk, thread_id) == ("idle", [])
    state: Any = sdk.threads.get_state(thread_id)
    assert state["values"]["log"] == ["stood by", "worked", "finished"]
