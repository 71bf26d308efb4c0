"""Starting, stopping and resuming runs, and forking a thread, through forms."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.messages import get_messages
from django.test import AsyncClient, Client

from studio.deployments import runs
from studio.deployments.runs import Event
from studio.live.recorder import recorder
from studio.testing import FakeDeployment, FakeTask, FakeThread, interrupt
from tests.support.pages import form_of, read

pytestmark = pytest.mark.django_db(transaction=True)


def press(client: Client, thread: FakeThread, button: str, query: str = "", **typed: str) -> Any:
    page = read(client.get(f"/d/local/threads/{thread.id}/{query}"))
    address, fields = form_of(page, button)
    return client.post(address, fields | typed, follow=True)


def started(fake: FakeDeployment) -> Any:
    return [seen for seen in fake.seen("POST /threads/") if seen.path.endswith("/runs")][-1].json


def test_a_message_is_sent_as_a_human_message(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("Hello yourself")
    thread = fake_deployment.add_thread()
    page = press(client, thread, "Send", input="Hello\r\nthere")
    assert started(fake_deployment)["input"] == {"messages": [{"type": "human", "content": "Hello\nthere"}]}
    assert started(fake_deployment)["stream_mode"] == ["messages-tuple", "updates", "custom"]
    assert "Hello yourself" in read(page).one(id="conversation").text


async def test_a_message_is_sent_under_the_async_client(
    async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    typed = {"input": "Again", "assistant": "chat"}
    answer = await async_client.post(f"/d/local/threads/{thread.id}/send/", typed)
    assert answer.status_code == 303
    assert len(thread.head.values["messages"]) == 4


def test_raw_json_is_sent_as_it_is(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    press(client, thread, "Send", mode="json", input='{"steps": 3, "messages": []}')
    assert started(fake_deployment)["input"] == {"steps": 3, "messages": []}


@pytest.mark.parametrize(
    ("mode", "typed", "problem"),
    [
        ("json", '{"a": 1,}', "not valid JSON"),
        ("message", "   ", "no message to send"),
        ("json", "[" * 100_000, "nested"),
    ],
)
def test_input_that_cannot_be_sent_is_given_back(
    mode: str, typed: str, problem: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    answer = press(client, thread, "Send", mode=mode, input=typed)
    assert answer.status_code == 422
    assert problem in read(answer).one(role="alert").text
    assert read(answer).one(tag="textarea").text == " ".join(typed.split())
    assert fake_deployment.runs == []


def test_sending_from_an_older_checkpoint_starts_a_branch_there(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("First", "Second")
    middle = thread.checkpoints[2]
    press(client, thread, "Send", f"?checkpoint={middle.id}", input="Otherwise")
    assert started(fake_deployment)["checkpoint"] == {"checkpoint_id": middle.id}
    assert [m["content"] for m in thread.head.values["messages"]][:3:2] == ["First", "Otherwise"]


def test_rerun_goes_on_from_the_checkpoint_without_input(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    first = thread.checkpoints[1]
    page = press(client, thread, "Rerun from here", f"?checkpoint={first.id}")
    assert started(fake_deployment)["checkpoint"] == {"checkpoint_id": first.id}
    assert "input" not in started(fake_deployment)
    fork = thread.find(thread.head.parent_id)
    assert fork is not None
    assert (fork.source, fork.parent_id) == ("fork", first.id)
    assert "side effects happen anew" in read(page).text


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["a"] * 200, "a is a graph of its own: it begins again from its start."),
        (["a", "b", "a"], "a, b are graphs of their own: they begin again from their start."),
        ([f"n{n}" for n in range(200)], "n0, n1, n2, n3, n4 and 195 more are graphs of their own: "),
    ],
    ids=["one", "two", "many"],
)
def test_graphs_that_begin_again_are_named_once_and_not_all_of_many(
    names: list[str], told: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    first = thread.checkpoints[1]
    first.tasks = [FakeTask(str(place), name, namespace=f"{name}:{place}") for place, name in enumerate(names)]
    answer = client.post(f"/d/local/threads/{thread.id}/rerun/", {"checkpoint": first.id})
    warning, _ = get_messages(answer.wsgi_request)
    assert warning.message.startswith(told)


def test_a_checkpoint_after_which_nothing_runs_is_not_rerun(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    answer = client.post(f"/d/local/threads/{thread.id}/rerun/", {"checkpoint": thread.head.id})
    assert answer.status_code == 422
    assert "Nothing runs after this checkpoint" in read(answer).text
    assert len(fake_deployment.runs) == 1


def test_a_busy_thread_keeps_what_was_typed(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    press(client, thread, "Send", input="First")
    answer = press(client, thread, "Send", input="Second thought", multitask="reject")
    assert answer.status_code == 409
    assert "A run is active on this thread" in read(answer).text
    assert read(answer).one(tag="textarea").text == "Second thought"


def test_stop_cancels_the_run_and_a_run_that_has_ended_is_no_failure(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    page = read(press(client, thread, "Send", input="Hello"))
    address, fields = form_of(page, "Stop")
    thread.runs[0].advance(2)
    assert "Stopping. What the run has done is kept." in read(client.post(address, fields, follow=True)).text
    assert fake_deployment.seen(f"POST /threads/{thread.id}/runs/")[-1].query["action"] == "interrupt"
    assert "The run had already ended." in read(client.post(address, fields, follow=True)).text


@pytest.mark.parametrize("button", ["Stop", "Pause"])
def test_a_run_that_is_stopped_before_it_began_leads_to_what_was_to_be_sent(
    button: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Earlier")
    fake_deployment.hold()
    press(client, thread, "Send", input="What I have typed")
    page = read(press(client, thread, button))
    told = page.one(class_="verdict info")
    assert "The run had not begun, so the thread stands where it stood." in told.text
    assert "“Resume”" not in told.text
    assert "What I have typed" in read(client.get(told.one(tag="a")["href"])).one(id="again").text


def test_all_questions_are_answered_by_id_together(client: Client, fake_deployment: FakeDeployment) -> None:
    nodes: Any = {
        "flight": lambda values: {"flight": interrupt("Which flight?")},
        "hotel": lambda values: {"hotel": interrupt({"question": "Which hotel?"})},
    }
    fake_deployment.add_graph("trip", nodes, steps=(("flight", "hotel"),))
    thread = fake_deployment.add_thread(graph_id="trip")
    fake_deployment.run(thread, {}, "trip")
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    address, fields = form_of(page, "Resume")
    names = [name for name in fields if name.startswith("answer-")]
    ids = [name.removeprefix("answer-") for name in names]
    answers = dict(zip(names, ("the late one", '{"stars": 4}'), strict=True)) | {f"kind-{ids[1]}": "json"}
    client.post(address, {"interrupt": ids, **answers, f"kind-{ids[0]}": "text"})
    assert started(fake_deployment)["command"] == {"resume": {ids[0]: "the late one", ids[1]: {"stars": 4}}}
    assert thread.head.values == thread.head.values | {"flight": "the late one", "hotel": {"stars": 4}}


def test_an_answer_to_a_question_that_is_gone_starts_nothing(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    typed = {"interrupt": "gone", "answer-gone": "my long answer"}
    answer = client.post(f"/d/local/threads/{thread.id}/resume/", typed)
    assert answer.status_code == 409
    assert "The questions have changed meanwhile" in read(answer).text
    assert read(answer).one(tag="textarea").text == "my long answer"
    assert len(fake_deployment.runs) == 1


def test_a_fork_is_a_copy_that_opens_at_the_same_checkpoint(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello", metadata={"title": "Kyoto"})
    shown = thread.checkpoints[1]
    page = press(client, thread, "Fork to new thread", f"?checkpoint={shown.id}")
    copied = next(other for other in fake_deployment.threads.values() if other.id != thread.id)
    assert page.redirect_chain[-1][0] == f"/d/local/threads/{copied.id}/?checkpoint={shown.id}"
    assert copied.metadata["title"] == "Kyoto (copy)"
    assert [c.id for c in copied.checkpoints] == [c.id for c in thread.checkpoints]


def test_inside_the_page_a_verb_answers_with_where_to_go(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    typed = {"input": "More", "assistant": "chat"}
    answer = client.post(f"/d/local/threads/{thread.id}/send/", typed, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert json.loads(answer.headers["HX-Location"])["path"] == f"/d/local/threads/{thread.id}/"
    assert answer.headers["HX-Trigger"] == "studio:changed"


def test_a_start_that_times_out_is_not_called_unstarted(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.slow(f"POST /threads/{thread.id}/runs")
    answer = press(client, thread, "Send", input="Hello again")
    assert answer.status_code == 504
    assert "It is not certain whether the run was started" in read(answer).text


def say(fake: FakeDeployment, thread: FakeThread, text: str, user: str) -> None:
    """A run of somebody, as another client would have started it."""
    said = {"messages": [{"type": "human", "content": text}]}
    fake.run(thread, said, config={"configurable": {"user_id": user}})


def test_a_rerun_is_configured_as_the_run_that_led_there_even_across_an_edit(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    say(fake_deployment, thread, "First", "zoe")
    origin = thread.checkpoints[1]
    say(fake_deployment, thread, "Second", "bob")
    message = origin.values["messages"][0]["id"]
    typed = {"message": message, "checkpoint": origin.id, "text-0": "Changed", "verb": "save"}
    client.post(f"/d/local/threads/{thread.id}/edit/", typed)
    edit = thread.head
    assert edit.source == "update"
    client.post(f"/d/local/threads/{thread.id}/rerun/", {"checkpoint": edit.id})
    assert started(fake_deployment)["config"] == {"configurable": {"user_id": "zoe"}}


def test_a_copy_runs_with_the_assistant_and_configuration_of_the_original(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    say(fake_deployment, thread, "First", "zoe")
    press(client, thread, "Fork to new thread")
    copied = next(other for other in fake_deployment.threads.values() if other.id != thread.id)
    answer = client.post(f"/d/local/threads/{copied.id}/rerun/", {"checkpoint": copied.checkpoints[1].id})
    assert answer.status_code == 303
    assert started(fake_deployment)["config"] == {"configurable": {"user_id": "zoe"}}
    assert started(fake_deployment)["assistant_id"]


def test_a_thread_without_runs_runs_its_graph(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    fake_deployment.grow(thread, 1, {"messages": [{"type": "human", "content": "Hello"}]})
    thread.head.next = ("conversation",)
    answer = client.post(f"/d/local/threads/{thread.id}/rerun/", {"checkpoint": thread.head.id})
    assert answer.status_code == 303
    assert started(fake_deployment)["assistant_id"] == "chat"


@pytest.mark.parametrize(
    "typed", ['{"a": NaN}', '{"a": -Infinity}', '{"a": 1e999}', '"\\ud800"', "[" * 250 + "]" * 250]
)
def test_json_that_nothing_can_store_is_refused_here(
    typed: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    answer = press(client, thread, "Send", mode="json", input=typed)
    assert answer.status_code == 422
    assert fake_deployment.runs == []
    assert "certain" not in read(answer).text


def test_a_rerun_has_to_name_its_checkpoint(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    answer = client.post(f"/d/local/threads/{thread.id}/rerun/")
    assert (answer.status_code, len(fake_deployment.runs)) == (422, 1)


def test_a_stopped_run_does_not_look_like_a_failure(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_graph("slow", {"work": lambda values: {}})
    thread = fake_deployment.add_thread(graph_id="slow")
    fake_deployment.run(thread, {}, "slow")
    thread.checkpoints[1].tasks[0].error = "CancelledError()"
    page = read(client.get(f"/d/local/threads/{thread.id}/?checkpoint={thread.checkpoints[1].id}"))
    assert "work was stopped" in page.one(data_task_error=True).text
    assert "stopped" in page.one(data_checkpoint_id=thread.checkpoints[1].id).text


@pytest.mark.parametrize("verb", ["delete/", "cancel/"])
def test_with_a_run_goes_what_was_recorded_of_it(verb: str, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("First", "Second")
    if verb == "cancel/":
        fake_deployment.hold()
        fake_deployment.start_run(thread, {"assistant_id": "chat", "input": {}})
    kept, gone = thread.runs[0], thread.runs[-1]
    for run in (kept, gone):
        recorder.add("local", run.id, Event("1-0", "custom", "words"))
    assert client.post(f"/d/local/threads/{thread.id}/runs/{gone.id}/{verb}", {"erase": "1"}).status_code == 303
    assert async_to_sync(recorder.find)("local", gone.id) is None
    assert async_to_sync(recorder.find)("local", kept.id) is not None


def test_what_was_recorded_of_a_run_stays_when_the_run_does(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("First")
    (run,) = thread.runs
    recorder.add("local", run.id, Event("1-0", "custom", "words"))
    fake_deployment.faults.fail("DELETE /threads", status=403)
    client.post(f"/d/local/threads/{thread.id}/runs/{run.id}/delete/")
    assert async_to_sync(recorder.find)("local", run.id) is not None


@pytest.mark.parametrize("verb", ["delete", "cancel"])
async def test_what_was_recorded_of_a_run_goes_even_when_the_browser_leaves_meanwhile(
    verb: str, async_client: AsyncClient, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = fake_deployment.add_thread("First")
    (run,) = thread.runs
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*args: Any, **more: Any) -> bool:
        begun.set()
        return await go_on.wait()

    monkeypatch.setattr(runs, verb, slow)
    recorder.add("local", run.id, Event("1-0", "custom", "words"))
    address = f"/d/local/threads/{thread.id}/runs/{run.id}/{verb}/"
    asked = asyncio.create_task(async_client.post(address, {"erase": "1"}))
    await begun.wait()
    asked.cancel()
    await asyncio.wait([asked])
    assert await recorder.find("local", run.id) is not None
    go_on.set()
    async with asyncio.timeout(20):
        while await recorder.find("local", run.id):  # noqa: ASYNC110 – nothing tells
            await asyncio.sleep(0)


def test_a_breakpoint_at_a_node_that_is_not_there_is_refused(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    typed = {"assistant": "chat", "input": "Hi", "options": "1", "before_list": "nope"}
    answer = client.post(f"/d/local/threads/{thread.id}/send/", typed)
    assert answer.status_code == 422
    assert "The graph has no node “nope” to break at." in answer.content.decode()
    assert len(thread.runs) == 1
