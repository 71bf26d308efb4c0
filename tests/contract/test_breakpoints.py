"""Breakpoints on the official server, sent with the form of each verb that starts a run: where it stops, what the page
says of it, and how it goes on. The SDK tells what the server holds."""

from typing import Any

import pytest
from django.test import Client
from langgraph_sdk.client import SyncLangGraphClient

from tests.support.deployed import ran
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
MENDED = {"url": "https://prices.example"}
TRIP = {"destination": "Rome"}


def press(client: Client, thread_id: str, button: str, at: str = "", **typed: Any) -> Element:
    """Press a button of the thread's page, as the script sends its form with the breakpoints; the page that answers."""
    page = read(client.get(f"/d/local/threads/{thread_id}/", {"checkpoint": at} if at else {}))
    address, fields = form_of(page, button)
    asked = {"interrupt": [box["value"] for box in page.all(name="interrupt")]}
    answer = client.post(address, fields | asked | typed)
    assert answer.status_code == 303, read(answer).text
    return page


def stopped(sdk: SyncLangGraphClient, thread_id: str) -> tuple[str, list[str]]:
    """The status of a thread once its runs are over, and what is next."""
    for run in sdk.runs.list(thread_id):
        sdk.runs.join(thread_id, run["run_id"])
    return sdk.threads.get(thread_id)["status"], sorted(sdk.threads.get_state(thread_id)["next"])


def told(client: Client, thread_id: str) -> str:
    """What the page says of the stop."""
    return read(client.get(f"/d/local/threads/{thread_id}/")).one(class_="panel goon").text


@pytest.mark.parametrize(
    ("breaks", "next", "why"),
    [
        ({"before": "fetch"}, ["fetch"], "met a breakpoint before fetch."),
        ({"after": "plan"}, ["fetch"], "met a breakpoint after plan."),
        (
            {"before": ["report", "fetch"], "after": ["plan"]},
            ["fetch"],
            "met a breakpoint before fetch and after plan.",
        ),
        ({"before": "*"}, ["plan"], "was to stop before every node."),
        ({"after": "*"}, ["fetch"], "met a breakpoint after plan."),
    ],
)
def test_a_run_stops_where_it_was_told_to(
    breaks: dict[str, Any], next: list[str], why: str, client: Client, sdk: SyncLangGraphClient
) -> None:
    thread_id = str(sdk.threads.create(graph_id="flaky")["thread_id"])
    press(client, thread_id, "Send", mode="json", input='{"url": "https://prices.example"}', **breaks)
    assert stopped(sdk, thread_id) == ("interrupted", next)
    assert why in told(client, thread_id)


def test_resume_goes_past_a_breakpoint_that_is_still_set_and_meets_the_next(
    client: Client, sdk: SyncLangGraphClient
) -> None:
    thread_id = ran(sdk, "flaky", MENDED, interrupt_before=["fetch"])
    press(client, thread_id, "Resume", before=["fetch", "report"])
    assert stopped(sdk, thread_id) == ("interrupted", ["report"])
    assert "met a breakpoint before report." in told(client, thread_id)
    press(client, thread_id, "Resume", before=["fetch", "report"])
    assert stopped(sdk, thread_id) == ("idle", [])


def test_a_rerun_stops_too(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "flaky", MENDED)
    first = next(s for s in sdk.threads.get_history(thread_id) if s["next"] == ["plan"])["checkpoint"]
    press(client, thread_id, "Rerun from here", at=str(first["checkpoint_id"]), after="fetch")
    assert stopped(sdk, thread_id) == ("interrupted", ["report"])
    assert "met a breakpoint after fetch." in told(client, thread_id)


def calling(sdk: SyncLangGraphClient) -> tuple[str, Any]:
    """A thread on which a tool was called, and what was said."""
    thread_id = ran(sdk, "songs", {"messages": [{"role": "user", "content": "Multiply 6 by 7."}]})
    return thread_id, sdk.threads.get_state(thread_id)["values"]["messages"]  # type: ignore[call-overload]


def test_an_edit_that_is_run_stops_too(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id, (human, *_) = calling(sdk)
    head = str(sdk.threads.get_state(thread_id)["checkpoint"]["checkpoint_id"])
    place = {"message": human["id"], "checkpoint": head, "channel": "messages"}
    address, fields = form_of(read(client.get(f"/d/local/threads/{thread_id}/edit/", place)), "Save and rerun")
    client.post(address, fields | {"text-0": "Multiply 6 by 8.", "before": "tools"})
    assert stopped(sdk, thread_id) == ("interrupted", ["tools"])
    assert "met a breakpoint before tools." in told(client, thread_id)


def test_a_message_that_is_made_anew_stops_too(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id, messages = calling(sdk)
    head = str(sdk.threads.get_state(thread_id)["checkpoint"]["checkpoint_id"])
    place = {"message": messages[1]["id"], "checkpoint": head, "channel": "messages", "before": "tools"}
    assert client.post(f"/d/local/threads/{thread_id}/message/regenerate/", place).status_code == 303
    assert stopped(sdk, thread_id) == ("interrupted", ["tools"])


def test_a_state_that_is_saved_and_run_stops_too(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "flaky", {})
    head = str(sdk.threads.get_state(thread_id)["checkpoint"]["checkpoint_id"])
    page = read(client.get(f"/d/local/threads/{thread_id}/state/edit/", {"checkpoint": head}))
    address, fields = form_of(page, "Save and run")
    typed = {"as-url": "json", "channel-url": '"https://prices.example"', "before": "report"}
    client.post(address, fields | typed)
    assert stopped(sdk, thread_id) == ("interrupted", ["report"])


def test_an_answer_goes_on_to_the_next_breakpoint(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "pipeline", {"steps": 1, "delay": 0})
    (id,) = [box["value"] for box in read(client.get(f"/d/local/threads/{thread_id}/")).all(name="interrupt")]
    press(client, thread_id, "Resume", before="publish", **{f"answer-{id}": "yes"})
    assert stopped(sdk, thread_id) == ("interrupted", ["publish"])
    press(client, thread_id, "Resume")
    assert stopped(sdk, thread_id) == ("idle", [])
    assert sdk.threads.get_state(thread_id)["values"]["published"] is True  # type: ignore[call-overload]


def test_step_by_step_it_comes_to_the_end(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "flaky", MENDED, interrupt_before="*")
    seen = [stopped(sdk, thread_id)[1]]
    while seen[-1] and len(seen) < 9:
        press(client, thread_id, "Step", after="plan", step="1")
        seen.append(stopped(sdk, thread_id)[1])
    assert seen == [["plan"], ["fetch"], ["report"], []]


def test_a_breakpoint_beside_open_questions_waits_until_they_are_answered(
    client: Client, sdk: SyncLangGraphClient
) -> None:
    thread_id = ran(sdk, "parallel", TRIP, interrupt_before=["flight", "hotel"])
    assert stopped(sdk, thread_id) == ("interrupted", ["flight", "hotel", "visa"])
    assert "met a breakpoint before hotel, flight." in told(client, thread_id)
    press(client, thread_id, "Resume", before=["flight", "hotel"], after=["hotel"])
    assert stopped(sdk, thread_id) == ("interrupted", ["flight", "visa"])
    page = read(client.get(f"/d/local/threads/{thread_id}/"))
    assert (len(page.all(name="interrupt")), page.all(class_="panel goon")) == (2, []), "the questions come first"


def test_a_stop_of_which_the_server_does_not_tell_what_is_next_can_be_left(
    client: Client, sdk: SyncLangGraphClient
) -> None:
    thread_id = ran(sdk, "parallel", TRIP)
    ids = [box["value"] for box in read(client.get(f"/d/local/threads/{thread_id}/")).all(name="interrupt")]
    press(client, thread_id, "Resume", before="combine", **{f"answer-{id}": "yes" for id in ids})
    assert stopped(sdk, thread_id) == ("interrupted", []), "the node that joins the branches is not told"
    assert "does not tell before which node" in told(client, thread_id)
    assert "Its run was to stop before combine." in told(client, thread_id)
    assert "Nobody is asked" in read(client.get(f"/d/local/threads/{thread_id}/ask/")).text
    press(client, thread_id, "Resume")
    assert stopped(sdk, thread_id) == ("idle", [])
    assert sdk.threads.get_state(thread_id)["values"]["plan"]  # type: ignore[call-overload]


def test_the_inside_of_a_subgraph_has_no_breakpoints_and_the_page_says_so(
    client: Client, sdk: SyncLangGraphClient
) -> None:
    thread_id = ran(sdk, "parallel", TRIP, interrupt_before=["visa:ask", "ask", "gather"])
    assert stopped(sdk, thread_id) == ("interrupted", ["flight", "visa"]), "they were ignored"
    graph = read(client.get(f"/d/local/threads/{thread_id}/graph/?xray=visa")).one(id="graph")
    assert "Runs stop at the nodes of the outer graph only" in graph.text
    assert not [box for box in graph.all(data_break=True) if ":" in box["value"]]


def test_a_cancelled_run_and_an_edit_are_told_apart_from_a_breakpoint(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = str(sdk.threads.create(graph_id="pipeline")["thread_id"])
    run = sdk.runs.create(thread_id, "pipeline", input={"steps": 500, "delay": 0.1}, interrupt_before=["publish"])
    while "process" not in sdk.threads.get_state(thread_id)["next"]:
        pass
    sdk.runs.cancel(thread_id, run["run_id"], wait=True)
    assert "Its run was paused, or stopped by hand." in told(client, thread_id)
    sdk.threads.update_state(thread_id, {"sample": 1})
    assert "The state was edited here, and nothing has run since." in told(client, thread_id)


def test_a_failed_run_is_told_as_such(client: Client, sdk: SyncLangGraphClient) -> None:
    thread_id = ran(sdk, "flaky", {}, interrupt_before=["report"])
    assert stopped(sdk, thread_id) == ("error", ["fetch"])
    page = read(client.get(f"/d/local/threads/{thread_id}/"))
    assert page.one(data_task_error=True).one(tag="h3").text == "fetch failed"
    assert page.all(class_="panel goon") == []


def test_a_message_where_a_run_was_stopped_is_asked_about(client: Client, sdk: SyncLangGraphClient) -> None:
    said = {"messages": [{"type": "human", "content": "Hello"}]}
    thread_id = ran(sdk, "chat", said, interrupt_before=["conversation"])
    address, typed = f"/d/local/threads/{thread_id}/send/", {"assistant": "chat", "input": "Hi again"}
    refused = client.post(address, typed)
    assert (refused.status_code, len(sdk.runs.list(thread_id))) == (409, 1)
    assert "The thread stopped before conversation." in read(refused).text
    assert "Hi again" in read(refused).text
    assert client.post(address, typed | {"anyway": "1"}).status_code == 303
    assert stopped(sdk, thread_id) == ("idle", [])
