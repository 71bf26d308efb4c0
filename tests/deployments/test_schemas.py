"""What assistants take as input, what their state is, and their versions, as deployments tell them."""

from collections.abc import Iterator
from typing import Any

import pytest
from langgraph_sdk import get_sync_client
from langgraph_sdk.client import SyncLangGraphClient

from studio.deployments import assistants, graphs, schemas
from studio.deployments.config import Deployment
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import gateway
from studio.testing import FakeDeployment

NODES: dict[str, Any] = {"work": lambda values: {}}


def default_of(fake: FakeDeployment, graph: str) -> str:
    return next(str(row["assistant_id"]) for row in fake.assistants if row["graph_id"] == graph)


async def test_the_schema_comes_as_it_is_and_is_asked_for_once(fake_deployment: FakeDeployment) -> None:
    wild: Any = {"properties": {"n": {"type": "integer", "minimum": 12000000000000000001}}}
    fake_deployment.add_graph("wild", NODES, input_schema=wild)
    door, assistant_id = await gateway(fake_deployment.deployment), default_of(fake_deployment, "wild")
    assert [await schemas.input_schema(door, assistant_id) for _ in range(2)] == [wild, wild]
    assert len(fake_deployment.seen(f"GET /assistants/{assistant_id}/schemas")) == 1


async def test_without_an_input_schema_that_of_the_state_has_to_do(fake_deployment: FakeDeployment) -> None:
    door = await gateway(fake_deployment.deployment)
    schema: Any = await schemas.input_schema(door, default_of(fake_deployment, "chat"))
    assert schema["properties"] == {"messages": {"type": "array"}}


async def test_the_state_is_told_by_the_same_answer(fake_deployment: FakeDeployment) -> None:
    door, assistant_id = await gateway(fake_deployment.deployment), fake_deployment.add_assistant("both", "chat")
    told: Any = {"input_schema": {"title": "in"}, "state_schema": {"title": "state"}, "output_schema": {"title": "out"}}
    fake_deployment.faults.answer_with("/schemas", told)
    assert await schemas.state_schema(door, assistant_id) == {"title": "state"}
    assert await schemas.input_schema(door, assistant_id) == {"title": "in"}
    assert len(fake_deployment.seen(f"GET /assistants/{assistant_id}/schemas")) == 1


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"state_schema": None, "output_schema": {"title": "out"}}, {"title": "out"}),
        ({}, None),
        ({"state_schema": 7}, 7),
    ],
)
async def test_the_output_speaks_where_the_state_does_not(
    told: Any, state: Any, fake_deployment: FakeDeployment
) -> None:
    door, assistant_id = await gateway(fake_deployment.deployment), fake_deployment.add_assistant("one", "chat")
    fake_deployment.faults.answer_with("/schemas", told)
    assert await schemas.state_schema(door, assistant_id) == state


async def test_a_refusal_is_not_remembered(fake_deployment: FakeDeployment) -> None:
    door, assistant_id = await gateway(fake_deployment.deployment), default_of(fake_deployment, "chat")
    fake_deployment.faults.fail("/schemas", status=403, times=1)
    with pytest.raises(DeploymentError):
        await schemas.input_schema(door, assistant_id)
    assert await schemas.input_schema(door, assistant_id)


async def test_a_description_that_fails_is_not_asked_for_by_every_page(fake_deployment: FakeDeployment) -> None:
    door, assistant_id = await gateway(fake_deployment.deployment), default_of(fake_deployment, "chat")
    fake_deployment.faults.fail("/schemas", times=9)
    for _ in range(3):
        with pytest.raises(DeploymentError, match="failed on its side"):
            await schemas.input_schema(door, assistant_id)
    assert len(fake_deployment.seen(f"GET /assistants/{assistant_id}/schemas")) == 2, "once, and once more"


async def test_a_description_that_takes_long_is_not_waited_for(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schemas, "PATIENCE", 0)
    door, assistant_id = await gateway(fake_deployment.deployment), default_of(fake_deployment, "chat")
    for _ in range(2):
        with pytest.raises(DeploymentError, match="takes long to describe this assistant"):
            await schemas.input_schema(door, assistant_id)
        monkeypatch.setattr(schemas, "PATIENCE", 20)  # by now it could be told, but nobody asks so soon


async def test_an_answer_that_is_no_object_is_malformed(fake_deployment: FakeDeployment) -> None:
    door, assistant_id = await gateway(fake_deployment.deployment), default_of(fake_deployment, "chat")
    fake_deployment.faults.fail("/schemas", status=200, body=[1])
    with pytest.raises(DeploymentError) as caught:
        await schemas.input_schema(door, assistant_id)
    assert caught.value.kind == "malformed"


async def test_a_graph_is_described_by_its_default_assistant(fake_deployment: FakeDeployment) -> None:
    door, other = await gateway(fake_deployment.deployment), fake_deployment.add_assistant("a", "chat")
    default = default_of(fake_deployment, "chat")
    asked = ("chat", default, other, "nothing")
    assert [await assistants.id_of(door, name) for name in asked] == [default, default, other, "nothing"]
    assert await schemas.state_schema(door, "chat") == await schemas.state_schema(door, default)


async def test_a_graph_is_drawn_by_its_default_assistant_where_a_server_wants_an_id(
    fake_deployment: FakeDeployment,
) -> None:
    door = await gateway(fake_deployment.deployment)
    fake_deployment.faults.fail("/assistants/chat/", 422, {"detail": "Invalid assistant ID: must be a UUID"})
    assert await graphs.names(door, "chat") == ["conversation"]


async def test_an_id_is_described_where_assistants_are_not_listed(fake_deployment: FakeDeployment) -> None:
    door, assistant_id = await gateway(fake_deployment.deployment), default_of(fake_deployment, "chat")
    fake_deployment.faults.fail("/assistants/search", 403)
    assert await graphs.names(door, assistant_id) == ["conversation"]
    assert await schemas.state_schema(door, assistant_id)


async def test_versions_come_newest_first_with_the_one_in_force_marked(fake_deployment: FakeDeployment) -> None:
    made = fake_deployment.add_assistant("planner", "chat")
    fake_deployment.add_version(made, context={"user_id": "two"}, description="with a user")
    fake_deployment.add_version(made, config={"recursion_limit": 7, "configurable": {"depth": 3}}, name="deep")
    found = await assistants.versions(await gateway(fake_deployment.deployment), made)
    assert [(v.number, v.name, v.latest) for v in found] == [
        (3, "deep", True),
        (2, "planner", False),
        (1, "planner", False),
    ]
    assert [v.configurable for v in found] == [{"depth": 3}, {"user_id": "two"}, {}]
    assert found[0].settings == {"recursion_limit", "depth"}
    times = [v.created_at for v in found]
    assert times == sorted(times, key=str, reverse=True)


async def test_more_versions_than_a_page_of_the_sdk_are_listed(fake_deployment: FakeDeployment) -> None:
    made = fake_deployment.add_assistant("busy", "chat")
    for number in range(40):
        fake_deployment.add_version(made, name=f"n{number}")
    assert len(await assistants.versions(await gateway(fake_deployment.deployment), made)) == 41


async def test_the_version_in_force_is_listed_even_when_the_list_lacks_it(fake_deployment: FakeDeployment) -> None:
    made = fake_deployment.add_assistant("lone", "chat")
    fake_deployment.versions[made].clear()
    (only,) = await assistants.versions(await gateway(fake_deployment.deployment), made)
    assert (only.number, only.latest) == (1, True)


# The official server


@pytest.fixture
def sdk(server_url: str) -> Iterator[SyncLangGraphClient]:
    with get_sync_client(url=server_url, api_key=None) as client:
        yield client


async def test_the_official_server_tells_versions(server_url: str, sdk: SyncLangGraphClient) -> None:
    made = sdk.assistants.create("todo", config={"configurable": {"user_id": "one"}}, name="First")["assistant_id"]
    sdk.assistants.update(made, context={"user_id": "two"}, name="Second", description="changed")
    door = await gateway(Deployment("local", server_url))
    second, first = await assistants.versions(door, made)
    assert (second.number, second.name, second.description, second.latest) == (2, "Second", "changed", True)
    assert (first.number, first.name, first.latest) == (1, "First", False)
    assert (first.configurable, second.configurable) == ({"user_id": "one"}, {"user_id": "two"})
    assert first.created_at
    assert second.created_at
    assert first.created_at < second.created_at
    sdk.assistants.set_latest(made, 1)
    assert [(v.number, v.latest) for v in await assistants.versions(door, made)] == [(2, False), (1, True)]
    sdk.assistants.delete(made)


async def test_the_official_server_tells_the_input_of_a_graph(server_url: str, sdk: SyncLangGraphClient) -> None:
    (pipeline, *_) = sdk.assistants.search(graph_id="pipeline")
    schema: Any = await schemas.input_schema(await gateway(Deployment("local", server_url)), pipeline["assistant_id"])
    assert {name: told["type"] for name, told in schema["properties"].items()} == {
        "steps": "integer",
        "delay": "number",
    }
