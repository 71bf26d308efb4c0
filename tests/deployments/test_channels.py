"""What the channels of a state are, told in a word or two, whatever the schema looks like."""

from typing import Any

import pytest

from studio.deployments import channels
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import gateway
from studio.testing import FakeDeployment


async def kinds(fake: FakeDeployment, schemas: Any) -> dict[str, str]:
    fake.faults.answer_with("GET /assistants/chat-id/schemas", schemas)
    return await channels.kinds(await gateway(fake.deployment), "chat-id")


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ({"type": "integer"}, "integer"),
        ({"type": "array", "items": {"type": "string"}}, "array of string"),
        ({"type": "array", "items": {}}, "array"),
        ({"type": "array", "items": {"type": "array", "items": {"type": "number"}}}, "array of array of number"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "boolean or null"),
        ({"anyOf": [{"$ref": "#/x"}, {"type": "null"}, {"type": "null"}]}, "null"),
        ({"type": "array", "items": {"oneOf": [{"$ref": "#/x"}]}}, "array"),
        ({"title": "Plain"}, ""),
        ({"type": ["string", "null"]}, ""),
        ({"type": "array", "items": {"type": "x" * 100}}, "array"),
        ({"anyOf": "nonsense"}, ""),
        (True, ""),
        (None, ""),
    ],
)
async def test_a_channel_is_told_in_a_word_or_two(field: Any, told: str, fake_deployment: FakeDeployment) -> None:
    assert await kinds(fake_deployment, {"state_schema": {"properties": {"x": field}}}) == {"x": told}


async def test_the_output_speaks_where_the_state_does_not(fake_deployment: FakeDeployment) -> None:
    output = {"properties": {"answer": {"type": "string"}}}
    assert await kinds(fake_deployment, {"state_schema": None, "output_schema": output}) == {"answer": "string"}


@pytest.mark.parametrize("schemas", [{}, {"state_schema": {}}, {"state_schema": {"properties": None}}])
async def test_a_schema_that_says_nothing_names_no_channels(schemas: Any, fake_deployment: FakeDeployment) -> None:
    assert await kinds(fake_deployment, schemas) == {}


@pytest.mark.parametrize("schemas", [[], "text", {"state_schema": "text"}, {"state_schema": {"properties": [1]}}])
async def test_a_schema_that_is_none_is_an_error_of_the_deployment(
    schemas: Any, fake_deployment: FakeDeployment
) -> None:
    with pytest.raises(DeploymentError) as caught:
        await kinds(fake_deployment, schemas)
    assert caught.value.kind == "malformed"


async def test_an_assistant_that_is_not_there_is_an_error(fake_deployment: FakeDeployment) -> None:
    with pytest.raises(DeploymentError) as caught:
        await channels.kinds(await gateway(fake_deployment.deployment), "00000000-0000-4000-8000-000000000000")
    assert caught.value.kind == "not_found"
