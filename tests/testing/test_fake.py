"""What the fake can be told to do. That it does as a real server does is for tests/contract to say."""

import asyncio
from typing import Any

import httpx
import pytest
from django.test import AsyncClient, Client

from studio.deployments import dialect, runs, states
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import gateway, upstream
from studio.deployments.run_rows import Run
from studio.deployments.runs import Event
from studio.deployments.starts import Start
from studio.history.messages import conversation
from studio.testing import (
    FakeApplication,
    FakeDeployment,
    FakeTask,
    FakeThread,
    Habits,
    append,
    drop,
    interrupt,
    playing,
)

SAY: Any = {"messages": [{"type": "human", "content": "hello"}]}


def texts(thread: FakeThread) -> list[str]:
    return [message.text for message in conversation(thread.head.values["messages"])]


async def start(fake: FakeDeployment, thread: FakeThread, **more: Any) -> Run:
    return await runs.start(await gateway(fake.deployment), thread.id, Start("chat", SAY, **more))


def test_replies_are_said_one_a_run_and_then_it_repeats_what_it_hears(fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("First.", {"type": "ai", "id": "x", "content": "Second."})
    thread = fake_deployment.add_thread("a", "b", "c")
    assert texts(thread) == ["a", "First.", "b", "Second.", "c", "You say “c”."]
    assert thread.head.values["messages"][3]["id"] == "x"


def test_ids_only_grow(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread(*"abc")
    ids = [checkpoint.id for checkpoint in thread.checkpoints]
    assert ids == sorted(set(ids))
    assert ids[0][19:23] == "bfff"


def test_an_exception_as_a_reply_is_the_error_of_the_node(fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply(ValueError("boom"))
    thread = fake_deployment.add_thread("hello")
    assert (thread.status, thread.runs[0].status) == ("error", "error")
    assert thread.head.tasks[0].error == "ValueError('boom')"


async def test_two_nodes_may_ask_at_once_and_are_answered_by_id(fake_deployment: FakeDeployment) -> None:
    nodes = {name: lambda values, name=name: {name: interrupt(f"{name}?")} for name in ("flight", "visa")}
    fake_deployment.add_graph("trip", {**nodes, "end": lambda values: {"done": True}}, steps=(tuple(nodes), ("end",)))
    thread = fake_deployment.add_thread(graph_id="trip")
    fake_deployment.run(thread, {}, "trip")
    assert thread.status == "interrupted"
    questions = {task.interrupts[0]["id"]: task.name for task in thread.head.tasks}
    for answers in (dict(list(questions.items())[:1]), questions):
        fake_deployment.run(thread, None, "trip", command={"resume": answers})
    assert thread.head.values == {"messages": [], "flight": "flight", "visa": "visa", "done": True}


def test_a_node_that_asks_twice_remembers_the_first_answer(fake_deployment: FakeDeployment) -> None:
    def ask(values: dict[str, Any]) -> dict[str, Any]:
        return {"both": [interrupt("one?"), interrupt("two?")]}

    fake_deployment.add_graph("asks", {"ask": ask})
    thread = fake_deployment.add_thread(graph_id="asks")
    fake_deployment.run(thread, {}, "asks")
    fake_deployment.run(thread, None, "asks", command={"resume": 1})
    assert thread.head.tasks[0].interrupts[0]["value"] == "two?"
    fake_deployment.run(thread, None, "asks", command={"resume": 2})
    assert thread.head.values["both"] == [1, 2]


async def test_events_of_a_held_run_arrive_one_by_one(fake_deployment: FakeDeployment) -> None:
    fake_deployment.hold()
    fake_deployment.reply("one two")
    run = await start(fake_deployment, fake_deployment.add_thread())
    script = fake_deployment.runs[0]
    stream = aiter(runs.follow(await gateway(fake_deployment.deployment), run.thread_id, run.id))
    seen: list[Event] = []
    for _ in range(4):
        waiting = asyncio.ensure_future(anext(stream))
        done, _ = await asyncio.wait([waiting], timeout=0.02)
        assert not done
        script.advance()
        seen.append(await waiting)
    assert [event.mode for event in seen] == ["metadata", "messages", "messages", "updates"]
    assert script.active
    script.release()
    assert [event async for event in stream] == []
    assert script.status == "success"


def test_a_held_run_leaves_its_checkpoints_as_it_goes(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    run = fake_deployment.start_run(thread, {"assistant_id": "chat", "input": SAY})
    assert (run.status, len(thread.checkpoints)) == ("pending", 0)
    run.advance(2)
    assert (run.status, thread.status, [c.step for c in thread.checkpoints]) == ("running", "busy", [-1, 0])
    fake_deployment.release()
    assert (run.status, thread.status, thread.head.step) == ("success", "idle", 1)


@pytest.mark.parametrize(
    ("strategy", "statuses"),
    [("enqueue", ["pending", "pending"]), ("interrupt", ["interrupted", "pending"]), ("rollback", ["pending"])],
)
async def test_a_second_run_does_what_its_strategy_says(
    fake_deployment: FakeDeployment, strategy: str, statuses: list[str]
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    await start(fake_deployment, thread)
    await start(fake_deployment, thread, multitask_strategy=strategy)
    assert [run.status for run in thread.runs] == statuses
    fake_deployment.release()
    assert thread.runs[-1].status == "success"


@pytest.mark.parametrize(("reducer", "after"), [(append, ["hello", "edited"]), (drop, ["hello"])])
async def test_other_reducers_make_something_else_of_an_edit(
    fake_deployment: FakeDeployment, reducer: Any, after: list[str]
) -> None:
    thread = fake_deployment.add_thread("hello")
    fake_deployment.reduce_messages(reducer)
    asked = thread.checkpoints[1]
    edited: Any = {"messages": [{**asked.values["messages"][0], "content": "edited"}]}
    await states.update(await gateway(fake_deployment.deployment), thread.id, edited, asked.id)
    assert texts(thread) == after


async def test_requests_are_remembered_as_they_were_sent(fake_deployment: FakeDeployment) -> None:
    run = await start(fake_deployment, fake_deployment.add_thread())
    (seen,) = fake_deployment.seen("POST /threads/")
    assert seen.path == f"/threads/{run.thread_id}/runs"
    assert seen.headers["content-type"] == "application/json"
    assert seen.json["input"] == SAY


async def test_a_fault_strikes_where_its_pattern_is_found_as_often_as_it_was_told(
    fake_deployment: FakeDeployment,
) -> None:
    thread = fake_deployment.add_thread("hello")
    mine = await gateway(fake_deployment.deployment)
    fake_deployment.faults.fail("/history$", status=503, times=1)
    assert await states.current(mine, thread.id)
    with pytest.raises(DeploymentError) as caught:
        await states.history(mine, thread.id, 5)
    assert caught.value.kind == "busy"
    assert (await states.history(mine, thread.id, 5)).checkpoints


@pytest.mark.parametrize(("fault", "kind"), [("refuse", "unreachable"), ("slow", "timeout"), ("drop", "broken")])
async def test_connections_fail_in_the_way_asked_for(fake_deployment: FakeDeployment, fault: str, kind: str) -> None:
    getattr(fake_deployment.faults, fault)(times=None)
    with pytest.raises(DeploymentError) as caught:
        await dialect.dialect(await gateway(fake_deployment.deployment))
    assert caught.value.kind == kind
    fake_deployment.faults.mend()
    assert await dialect.dialect(await gateway(fake_deployment.deployment))


async def test_a_stream_may_end_quietly_before_its_run_does(fake_deployment: FakeDeployment) -> None:
    fake_deployment.habits = Habits.js()
    fake_deployment.add_thread("hello")
    run = fake_deployment.runs[0]
    fake_deployment.faults.cut_stream(after=1, quietly=True)
    mine = await gateway(fake_deployment.deployment)
    first = [event async for event in runs.follow(mine, run.thread_id, run.id)]
    rest = [event async for event in runs.follow(mine, run.thread_id, run.id, first[-1].id)]
    assert (len(first), len(rest)) == (1, len(run.events) - 1)


async def test_a_task_may_run_a_subgraph_with_a_history_of_its_own(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("hello")
    at = thread.checkpoints[1]
    inner = thread.nest(at, at.tasks[0])
    steps = fake_deployment.grow(inner, 3, {"visa": "granted"})
    deeper = inner.nest(steps[0], FakeTask("t", "check"))
    (deepest,) = fake_deployment.grow(deeper, 1)
    mine = await gateway(fake_deployment.deployment)
    (task,) = (await states.at(mine, thread.id, at.id)).tasks
    assert task.namespace == inner.namespace == f"conversation:{at.tasks[0].id}"
    page = await states.history(mine, thread.id, 2, None, inner.namespace)
    assert [c.id for c in page.checkpoints] == [steps[2].id, steps[1].id]
    rest = await states.history(mine, thread.id, 2, steps[1].id, inner.namespace)
    assert ([c.id for c in rest.checkpoints], rest.last) == ([steps[0].id], True)
    newest = await states.current(mine, thread.id, inner.namespace)
    assert newest
    assert (newest.checkpoint.id, newest.channels["visa"]) == (steps[2].id, "granted")
    assert newest.metadata["parents"] == {"": at.id}
    assert newest.config["checkpoint_ns"] == inner.namespace
    old = await states.at(mine, thread.id, deepest.id, deeper.namespace)
    assert old.metadata["parents"] == {"": at.id, inner.namespace: steps[0].id}
    assert deeper.namespace == f"{inner.namespace}|check:t"
    assert await states.current(mine, thread.id, "conversation:unknown") is None
    assert (await states.history(mine, thread.id, 5, None, "conversation:unknown")).checkpoints == []
    assert len((await states.history(mine, thread.id, 9)).checkpoints) == 3, "the thread's own are beside them"


async def test_checkpoints_are_counted_with_those_of_subgraphs(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("hello")
    mine = await gateway(fake_deployment.deployment)
    assert await states.count(mine, thread.id) == 3
    fake_deployment.grow(thread.nest(thread.checkpoints[1], thread.checkpoints[1].tasks[0]), 4)
    assert await states.count(mine, thread.id) == 7
    copied = (await mine.sdk.threads.copy(thread.id))["thread_id"]  # type: ignore[func-returns-value,index]
    assert await states.count(mine, copied) == 7
    thread.remove_run(thread.runs[0])
    assert await states.count(mine, thread.id) == 0, "what its subgraphs did goes with a run"
    fake_deployment.habits.measures = False
    assert await states.count(mine, copied) is None


@pytest.mark.parametrize(
    ("habits", "told"),
    [
        (Habits(), [1, 0]),
        (Habits(before="ignored"), [3, 2, 1]),
        (Habits(largest_page=1), [1]),
        (Habits(stutters=True), [1, 1, 0]),
    ],
)
async def test_histories_differ_in_what_they_make_of_a_question(
    fake_deployment: FakeDeployment, habits: Habits, told: list[int]
) -> None:
    fake_deployment.habits = habits
    thread = fake_deployment.add_thread("hello")
    made = [*thread.checkpoints, *fake_deployment.grow(thread, 1)]
    inner = thread.nest(made[1], made[1].tasks[0])
    steps = fake_deployment.grow(inner, 4)
    mine = await gateway(fake_deployment.deployment)
    path = f"/threads/{thread.id}/history"
    before: Any = {"limit": 3, "before": made[2].id}
    assert [row["checkpoint_id"] for row in (await mine.http.get(path, params=before)).json()] == [
        made[number].id for number in told
    ]
    within: Any = {"limit": 3, "before": steps[2].id, "checkpoint": {"checkpoint_ns": inner.namespace}}
    assert [row["checkpoint_id"] for row in (await mine.http.post(path, json=within)).json()] == [
        steps[number].id for number in told
    ]


async def test_a_server_may_refuse_to_begin_a_history_below_the_newest_checkpoint(
    fake_deployment: FakeDeployment,
) -> None:
    fake_deployment.habits.before = "refused"
    thread = fake_deployment.add_thread("hello")
    mine = await gateway(fake_deployment.deployment)
    assert (await states.history(mine, thread.id, 3)).checkpoints
    with pytest.raises(DeploymentError) as caught:
        await states.history(mine, thread.id, 3, thread.head.id)
    assert caught.value.kind == "failed"


def test_a_synchronous_client_sees_what_changes_between_its_pages(
    fake_deployment: FakeDeployment, client: Client
) -> None:
    assert b"data-thread-id" not in client.get("/d/local/threads/").content
    thread = fake_deployment.add_thread("hello")
    assert f'data-thread-id="{thread.id}"' in client.get("/d/local/threads/").content.decode()


async def test_an_asynchronous_client_sees_the_same(fake_deployment: FakeDeployment, async_client: AsyncClient) -> None:
    thread = fake_deployment.add_thread("hello")
    assert f'data-thread-id="{thread.id}"' in (await async_client.get("/d/local/threads/")).content.decode()


def test_the_thread_page_works_on_it(fake_deployment: FakeDeployment, client: Client, db: None) -> None:
    thread = fake_deployment.add_thread("hello")
    page = client.get(f"/d/local/threads/{thread.id}/").content.decode()
    assert "You say “hello”." in page
    assert page.count("data-checkpoint-id=") >= 3


def test_a_blocks_end_restores_what_was() -> None:
    before = upstream.transport
    with playing(FakeDeployment()):
        assert upstream.transport is not before
    assert upstream.transport is before
    assert dialect._known == {}


async def test_it_can_be_served_as_an_asgi_application() -> None:
    fake = FakeDeployment()
    fake.reply("one two")
    thread = fake.add_thread("hello")
    transport = httpx.ASGITransport(FakeApplication(fake))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://fake.test") as client:
        state = (await client.get(f"/threads/{thread.id}/state")).json()
        assert state["checkpoint_id"] == thread.head.id
        path = f"/threads/{thread.id}/runs/{thread.runs[0].id}/stream"
        stream = await client.get(path, headers={"Last-Event-ID": "-"})
        assert stream.text.count("event: messages") == 2
        missing = await client.post("/threads/search/nothing", json={})
        assert (missing.status_code, missing.json()) == (404, {"detail": "Not Found"})
        assert (await client.put("/threads/search")).status_code == 405
