"""What is sent to start a run, and what is read out of streams and configurations."""

from typing import Any

import pytest

from studio.deployments import runs
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import gateway
from studio.deployments.run_rows import choices
from studio.deployments.runs import Event
from studio.deployments.starts import Start
from studio.testing import FakeDeployment, Habits


async def followed(fake: FakeDeployment, run_id: str = "", after: str | None = None) -> list[Event]:
    run = fake.runs[-1]
    mine = await gateway(fake.deployment)
    return [event async for event in runs.follow(mine, run.thread_id, run_id or run.id, after)]


@pytest.mark.parametrize(
    ("config", "kept"),
    [
        ({}, {}),
        ({"configurable": None}, {}),
        ({"configurable": "broken"}, {}),
        ({"configurable": {"run_id": "r", "thread_id": "t", "graph_id": "g", "assistant_id": "a"}}, {}),
        ({"configurable": {"checkpoint_id": "c", "checkpoint_ns": "", "checkpoint_map": {}}}, {}),
        ({"configurable": {"langgraph_auth_user": None, "__pregel_node_finished": None}}, {}),
        ({"configurable": {"user_id": ""}}, {}),
        ({"configurable": {"user_id": "lance"}}, {"configurable": {"user_id": "lance"}}),
        ({"configurable": {"depth": 0}}, {"configurable": {"depth": 0}}),
        ({"tags": ["a"], "recursion_limit": 50, "metadata": {"x": 1}}, {"tags": ["a"], "recursion_limit": 50}),
        ({"tags": [], "recursion_limit": None}, {}),
    ],
)
def test_of_a_configuration_only_the_creators_choices_are_kept(config: dict[str, Any], kept: dict[str, Any]) -> None:
    assert choices(config) == kept


async def test_what_servers_default_differently_is_always_sent(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    await runs.start(await gateway(fake_deployment.deployment), thread.id, Start("chat", {"messages": []}))
    sent = fake_deployment.requests[-1].json
    assert sent["multitask_strategy"] == "reject"
    assert sent["stream_resumable"] is True
    assert sent["stream_mode"] == ["messages-tuple", "updates", "custom"]
    assert sent["stream_subgraphs"] is True
    assert not {"checkpoint", "checkpoint_id", "config", "context", "command"} & sent.keys()


async def test_going_on_from_a_checkpoint_sends_the_checkpoint_and_no_input(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("hello")
    wanted = Start("chat", checkpoint_id=thread.checkpoints[1].id)
    await runs.start(await gateway(fake_deployment.deployment), thread.id, wanted)
    sent = fake_deployment.requests[-1].json
    assert sent["checkpoint"] == {"checkpoint_id": thread.checkpoints[1].id}
    assert "input" not in sent


async def test_of_configuration_and_context_only_one_is_sent(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    wanted = Start("chat", {"messages": []}, config={"configurable": {"user_id": "a"}}, context={"user_id": "a"})
    await runs.start(await gateway(fake_deployment.deployment), thread.id, wanted)
    sent = fake_deployment.requests[-1].json
    assert sent["config"] == {"configurable": {"user_id": "a"}}
    assert "context" not in sent


@pytest.mark.parametrize(("habits", "start"), [(Habits(), "-"), (Habits.js(), "-1"), (Habits.aegra(), "-")])
async def test_following_begins_where_the_dialect_calls_it_the_start(
    fake_deployment: FakeDeployment, habits: Habits, start: str
) -> None:
    fake_deployment.habits = habits
    fake_deployment.add_thread("hello")
    assert len(await followed(fake_deployment)) > 2
    assert fake_deployment.seen("GET /threads")[0].headers["last-event-id"] == start


async def test_events_of_a_subgraph_name_their_place(fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_thread("hello")
    fake_deployment.runs[-1].events[0].name = "updates|visa:1|ask:2"
    assert (await followed(fake_deployment))[0].namespace == ("visa:1", "ask:2")


@pytest.mark.parametrize("reconnects", [True, False])
async def test_a_stream_that_breaks_is_told_at_once_whatever_the_sdk_would_do(
    reconnects: bool, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.habits.reconnects = reconnects
    fake_deployment.add_thread("one two three")
    fake_deployment.faults.cut_stream(after=2)
    run, mine = fake_deployment.runs[-1], await gateway(fake_deployment.deployment)
    stream = aiter(runs.follow(mine, run.thread_id, run.id))
    assert [(await anext(stream)).mode for _ in range(2)] == ["metadata", "messages"]
    with pytest.raises(DeploymentError) as caught:
        await anext(stream)
    assert caught.value.kind == "broken"


async def test_a_stream_that_is_refused_is_told(fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_thread("hello")
    fake_deployment.faults.fail("/stream", status=503)
    with pytest.raises(DeploymentError) as caught:
        await followed(fake_deployment)
    assert caught.value.kind == "busy"


async def test_runs_are_the_newest_first_whatever_order_the_server_has(fake_deployment: FakeDeployment) -> None:
    fake_deployment.habits = Habits.js()
    thread = fake_deployment.add_thread(*"abcdefghijkl")
    recent = await runs.recent(await gateway(fake_deployment.deployment), thread.id, limit=3)
    assert [run.id for run in recent] == [run.id for run in thread.runs[:-4:-1]]


async def test_other_failures_of_a_cancellation_are_not_swallowed(fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_thread("hello")
    run = fake_deployment.runs[0]
    fake_deployment.faults.fail("/cancel", status=500)
    with pytest.raises(DeploymentError):
        await runs.cancel(await gateway(fake_deployment.deployment), run.thread_id, run.id)
