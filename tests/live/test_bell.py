"""On the real server: a run that somebody else starts is seen at once, not at the next look."""

import asyncio
from typing import Any

import pytest

from studio.deployments import runs
from studio.deployments.config import Deployment
from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import gateway
from studio.live import feed as feed_module
from studio.live import hub as hub_module
from studio.live.hub import hub
from studio.testing import FakeDeployment
from tests.support.sdk import witness

NEVER = 600.0
SAID: Any = {"messages": [{"role": "user", "content": "Hello"}]}


async def test_a_run_that_somebody_else_starts_rings(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "ACTIVE", NEVER)
    monkeypatch.setattr(feed_module, "IDLE", NEVER)
    monkeypatch.setattr(hub_module, "GRACE", 0)
    here = await gateway(Deployment("local", server_url))
    async with witness(server_url) as client:
        thread_id = (await client.threads.create(graph_id="chat"))["thread_id"]
        watched = hub.join(here, thread_id)
        while watched._bell is None:  # noqa: ASYNC110 – nothing tells
            await asyncio.sleep(0)
        run = await client.runs.create(thread_id, "chat", input=SAID, stream_mode=["values"])
        seen: list[str] = []
        async with asyncio.timeout(20):
            while not seen or watched.run_id:
                await watched.news.wait()
                seen += [watched.run_id] if watched.run_id else []
        assert seen[0] == run["run_id"]
        await hub.leave(here, thread_id, watched)
    assert watched._bell is None, "the stream of the thread ends with the last viewer"


async def test_a_thread_that_is_gone_silences_no_other(fake_deployment: FakeDeployment) -> None:
    here = await gateway(fake_deployment.deployment)
    fake_deployment.faults.fail("/stream", 404, {"detail": "Thread 7 was not found"})
    with pytest.raises(DeploymentError):
        await anext(runs.begun(here, "7"))
    assert (await dialect(here)).rings


async def test_a_server_without_a_stream_of_threads_is_not_asked_twice(fake_deployment: FakeDeployment) -> None:
    here = await gateway(fake_deployment.deployment)
    assert (await dialect(here)).rings
    with pytest.raises(DeploymentError):
        await anext(runs.begun(here, fake_deployment.add_thread().id))
    assert not (await dialect(here)).rings
