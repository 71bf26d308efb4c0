"""Connections that fail: how soon people are told, and what is tried again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest

from demo.embedded import free_port
from studio.deployments import assistants, dialect, graphs, runs, states, threads
from studio.deployments.config import Deployment
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import close_gateways, gateway, upstream
from studio.deployments.starts import Start
from studio.testing import FakeDeployment


@pytest.fixture
async def silence() -> AsyncIterator[Deployment]:
    """A server that accepts connections and says nothing."""

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    yield Deployment("silence", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await close_gateways()
    server.close()
    await server.wait_closed()


async def test_a_refused_connection_is_told_at_once() -> None:
    """A client with the settings of the SDK tries for more than seven seconds."""
    with pytest.raises(DeploymentError) as caught:
        async with asyncio.timeout(5):
            await assistants.search(await gateway(Deployment("gone", f"http://127.0.0.1:{free_port()}")))
    assert caught.value.kind == "unreachable"


async def test_a_server_that_says_nothing_is_given_up(silence: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "timeout", 0.1)
    with pytest.raises(DeploymentError) as caught:
        await assistants.search(await gateway(silence))
    assert (caught.value.kind, caught.value.status) == ("timeout", 504)


async def test_what_only_reads_is_asked_once_more_when_the_connection_drops(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("hello")
    fake_deployment.faults.drop("GET /threads", times=1)
    assert await states.current(await gateway(fake_deployment.deployment), thread.id)
    assert len(fake_deployment.requests) == 2


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_what_only_reads_is_asked_once_more_when_the_server_fails(
    status: int, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail("/state$", status, times=1)
    assert await states.current(await gateway(fake_deployment.deployment), thread.id)
    assert len(fake_deployment.seen(f"GET /threads/{thread.id}/state")) == 2


@pytest.mark.parametrize("status", [400, 401, 404, 429, 503])
async def test_a_refusal_is_not_asked_again(status: int, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail("/state$", status, times=1)
    with pytest.raises(DeploymentError):
        await states.current(await gateway(fake_deployment.deployment), thread.id)
    assert len(fake_deployment.seen(f"GET /threads/{thread.id}/state")) == 1


async def test_what_only_reads_is_not_asked_for_ever(fake_deployment: FakeDeployment) -> None:
    fake_deployment.faults.drop(times=None)
    with pytest.raises(DeploymentError) as caught:
        await assistants.search(await gateway(fake_deployment.deployment))
    assert caught.value.kind == "broken"
    assert len(fake_deployment.requests) == 2


async def test_what_writes_is_sent_once(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("hello")
    mine = await gateway(fake_deployment.deployment)
    await dialect.dialect(mine)
    fake_deployment.faults.drop("POST", times=None)
    for writing in (
        runs.start(mine, thread.id, Start("chat", {"messages": []})),
        states.update(mine, thread.id, {}, thread.head.id),
        threads.create(mine, "chat"),
        threads.copy(mine, thread.id, "copy"),
        runs.cancel(mine, thread.id, thread.runs[0].id),
    ):
        fake_deployment.requests.clear()
        with pytest.raises(DeploymentError) as caught:
            await writing
        assert caught.value.kind == "broken"
        assert len(fake_deployment.requests) == 1


@pytest.mark.parametrize("nonsense", ["<html>Sign in</html>", "hello", 7, {"unexpected": True}, [1, "two"], None])
async def test_answers_of_something_else_are_malformed_and_nothing_worse(
    fake_deployment: FakeDeployment, nonsense: object
) -> None:
    thread = fake_deployment.add_thread("hello").id
    mine = await gateway(fake_deployment.deployment)
    await dialect.dialect(mine)
    fake_deployment.faults.answer_with("", nonsense)
    for asked in (
        assistants.search(mine),
        graphs.graph(mine, "x"),
        threads.search(mine, threads.Query()),
        threads.create(mine, "chat"),
        states.history(mine, thread, 5),
        runs.get(mine, thread, "r"),
        runs.recent(mine, thread),
    ):
        assert await _problem(asked) in ("", "malformed")  # some of it can be read


async def _problem(asked: Awaitable[object]) -> str:
    try:
        await asked
    except DeploymentError as error:
        return error.kind
    return ""
