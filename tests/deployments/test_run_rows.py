"""A run as servers describe it, and the verbs on one that is there."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from studio.deployments import runs
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import gateway
from studio.deployments.run_rows import run_of
from studio.deployments.starts import Start
from studio.testing import FakeDeployment, FakeRun, FakeThread

ROW: dict[str, Any] = {
    "run_id": "r",
    "thread_id": "t",
    "assistant_id": "a",
    "status": "success",
    "created_at": "2026-01-05T09:00:00+00:00",
    "updated_at": "2026-01-05T09:01:30.500000+00:00",
    "multitask_strategy": "reject",
    "metadata": {"created_by": "system", "graph_id": "g", "assistant_id": "a", "run_attempt": 1, "ticket": 7},
    "kwargs": {
        "input": {"messages": []},
        "config": {"configurable": {"run_id": "r", "depth": 3}, "tags": ["mine"]},
        "context": {"depth": 3},
        "stream_mode": ["values", "updates"],
        "interrupt_before": ["tools"],
        "interrupt_after": "*",
    },
}


def test_a_run_is_read_out_of_its_row() -> None:
    run = run_of(ROW)
    assert (run.id, run.thread_id, run.assistant_id, run.status) == ("r", "t", "a", "success")
    assert run.created_at == datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert run.seconds == 90.5
    assert run.config == {"configurable": {"depth": 3}, "tags": ["mine"]}
    assert (run.context, run.metadata) == ({"depth": 3}, {"ticket": 7})
    assert (run.input, run.command) == ({"messages": []}, None)
    assert (run.strategy, run.modes, run.breaks) == ("reject", ("values", "updates"), (("tools",), ("*",)))


@pytest.mark.parametrize(
    "lacking",
    [
        {"metadata": None, "kwargs": None, "multitask_strategy": None, "created_at": None},
        {"metadata": "odd", "kwargs": {"stream_mode": None, "interrupt_before": None, "config": None, "context": None}},
        {"metadata": [], "kwargs": {"stream_mode": [1, None], "interrupt_after": [{}], "interrupt_before": 7}},
    ],
)
def test_what_a_server_does_not_tell_is_empty(lacking: dict[str, Any]) -> None:
    run = run_of(ROW | lacking)
    assert (run.metadata, run.config, run.context, run.input) == ({}, {}, {}, None)
    assert (run.modes, run.breaks) == ((), ((), ()))


def test_one_mode_may_be_told_by_its_name_alone() -> None:
    assert run_of(ROW | {"kwargs": {"stream_mode": "values"}}).modes == ("values",)


@pytest.mark.parametrize(
    ("status", "active"),
    [("pending", True), ("running", True), ("success", False), ("error", False), ("timeout", False), ("", False)],
)
def test_only_a_run_that_is_over_tells_how_long_it_took(status: str, active: bool) -> None:
    run = run_of(ROW | {"status": status})
    assert run.active is active
    assert (run.seconds is None) is active


@pytest.mark.parametrize("row", [{}, {"run_id": "r"}, [], None])
def test_what_is_no_run_is_refused(row: Any) -> None:
    with pytest.raises((LookupError, TypeError, AttributeError)):
        run_of(row)


async def test_a_start_is_read_back_as_it_was_asked(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    mine = await gateway(fake_deployment.deployment)
    wanted = Start(
        "chat",
        {"messages": []},
        config={"configurable": {"depth": 3}},
        metadata={"ticket": 7},
        modes=("values",),
        before=("tools", "conversation"),
        after=("*",),
        multitask_strategy="enqueue",
    )
    made = await runs.start(mine, thread.id, wanted)
    run = await runs.get(mine, thread.id, made.id)
    assert (run.config, run.metadata, run.input) == (wanted.config, wanted.metadata, wanted.input)
    assert (run.modes, run.breaks, run.strategy) == (wanted.modes, (wanted.before, wanted.after), "enqueue")


# Verbs


async def until(met: Callable[[], bool]) -> None:
    """Wait for something that the fake or a feed will have done in a moment."""
    async with asyncio.timeout(20):
        while True:
            if met():
                return
            await asyncio.sleep(0.002)


def held(fake: FakeDeployment) -> tuple[FakeThread, FakeRun]:
    thread = fake.add_thread("Earlier")
    fake.hold()
    run = fake.start_run(thread, {"assistant_id": "chat", "input": {"messages": []}})
    run.advance(1)
    return thread, run


async def test_a_run_is_deleted(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("First", "Second")
    first, second = thread.runs
    mine = await gateway(fake_deployment.deployment)
    await runs.delete(mine, thread.id, first.id)
    assert thread.runs == [second]
    with pytest.raises(DeploymentError) as caught:
        await runs.delete(mine, thread.id, first.id)
    assert caught.value.kind == "not_found"


@pytest.mark.parametrize(("erase", "action"), [(False, "interrupt"), (True, "rollback")])
async def test_a_run_is_stopped_or_erased(erase: bool, action: str, fake_deployment: FakeDeployment) -> None:
    thread, run = held(fake_deployment)
    mine = await gateway(fake_deployment.deployment)
    assert await runs.cancel(mine, thread.id, run.id, erase=erase) is True
    assert fake_deployment.requests[-1].query["action"] == action
    assert (run in thread.runs) is not erase
    assert await runs.cancel(mine, thread.id, run.id, erase=erase) is False


async def test_waiting_for_a_run_that_is_over_asks_once(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.requests.clear()
    await runs.wait(await gateway(fake_deployment.deployment), thread.id, thread.runs[0].id)
    assert [str(seen) for seen in fake_deployment.requests] == [f"GET /threads/{thread.id}/runs/{thread.runs[0].id}"]


@pytest.mark.parametrize("fault", ["drop", "slow"])
async def test_a_wait_outlasts_a_connection_that_does_not(fault: str, fake_deployment: FakeDeployment) -> None:
    thread, run = held(fake_deployment)
    getattr(fake_deployment.faults, fault)("/join", times=1)
    waiting = asyncio.create_task(runs.wait(await gateway(fake_deployment.deployment), thread.id, run.id))
    joins = f"GET /threads/{thread.id}/runs/{run.id}/join"
    await until(lambda: waiting.done() or len(fake_deployment.seen(joins)) >= 2)
    assert not waiting.done()
    fake_deployment.release()
    await asyncio.wait_for(waiting, 20)
    assert run.status == "success"
