"""Clients: one a loop, closed with it, and nothing sent but what is configured."""

import asyncio
import gc
import warnings

import httpx
import pytest
from django.test import Client

from studio.deployments import assistants
from studio.deployments.gateway import Gateway, close_gateways, gateway, upstream
from studio.testing import FakeDeployment, playing

ENVIRONMENT_KEYS = ("LANGGRAPH_API_KEY", "LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")


async def test_a_loop_has_one_gateway_to_a_deployment(fake_deployment: FakeDeployment) -> None:
    assert await gateway(fake_deployment.deployment) is await gateway(fake_deployment.deployment)


def test_each_loop_has_its_own_gateway_and_closes_it(fake_deployment: FakeDeployment) -> None:
    async def used() -> Gateway:
        mine = await gateway(fake_deployment.deployment)
        await assistants.search(mine)
        return mine

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = asyncio.run(used()), asyncio.run(used())
        gc.collect()
    assert first is not second
    assert first.http.is_closed
    assert first.streams.http.client.is_closed
    assert second.http.is_closed


async def test_closed_gateways_are_replaced(fake_deployment: FakeDeployment) -> None:
    before = await gateway(fake_deployment.deployment)
    await close_gateways()
    assert before.http.is_closed
    await assistants.search(await gateway(fake_deployment.deployment))


async def test_requests_and_streams_have_pools_of_their_own(fake_deployment: FakeDeployment) -> None:
    mine = await gateway(fake_deployment.deployment)
    assert mine.streams.http.client is not mine.http
    assert mine.streams.http.client.timeout.read == upstream.silence
    assert mine.http.timeout.read == upstream.timeout


def test_the_pages_of_a_synchronous_client_each_get_a_loop_that_works(
    fake_deployment: FakeDeployment, client: Client
) -> None:
    thread = fake_deployment.add_thread("hello")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(3):
            assert thread.id in client.get("/d/local/threads/").content.decode()
        gc.collect()


async def test_a_key_goes_to_its_own_deployment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT_KEYS:
        monkeypatch.setenv(name, "from the environment")
    mine, other = FakeDeployment("mine", headers={"x-api-key": "mine", "X-Team": "blue"}), FakeDeployment("other")
    with playing(mine, other):
        for fake in (mine, other):
            await assistants.search(await gateway(fake.deployment))
    assert (mine.requests[0].headers["x-api-key"], mine.requests[0].headers["x-team"]) == ("mine", "blue")
    assert "x-api-key" not in other.requests[0].headers
    assert "from the environment" not in str([seen.headers for seen in mine.requests + other.requests])


async def test_a_redirect_takes_no_key_elsewhere(fake_deployment: FakeDeployment) -> None:
    mine = await gateway(fake_deployment.deployment)
    assert mine.http.follow_redirects is False
    assert mine.http.trust_env is False
    assert isinstance(mine.http, httpx.AsyncClient)
