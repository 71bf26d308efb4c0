"""What a deployment is, and its assistants."""

from uuid import uuid4

import pytest

from studio.deployments import assistants, graphs
from studio.deployments.dialect import dialect
from studio.deployments.errors import DeploymentError
from tests.contract.conftest import World


async def test_the_official_server_is_recognised(world: World) -> None:
    speech = await dialect(await world.gateway())
    assert (speech.flavour, speech.replay_from) == ("official", "-")
    assert speech.version.startswith("0.")


async def test_each_graph_has_its_default_assistant(world: World) -> None:
    listed = await assistants.search(await world.gateway())
    assert {"chat", "flaky", "pipeline"} <= {a.graph_id for a in listed if a.default}
    assert [a.graph_id for a in listed] == sorted(a.graph_id for a in listed)


async def test_a_graph_has_its_nodes_without_start_and_end(world: World) -> None:
    gateway = await world.gateway()
    flaky = next(a for a in await assistants.search(gateway) if a.graph_id == "flaky")
    assert await graphs.names(gateway, flaky.id) == ["plan", "fetch", "report"]


async def test_the_nodes_of_an_unknown_assistant_are_not_found(world: World) -> None:
    with pytest.raises(DeploymentError) as caught:
        await graphs.names(await world.gateway(), str(uuid4()))
    assert caught.value.kind == "not_found"
