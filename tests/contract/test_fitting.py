"""Values that would break a thread on the official server for good are refused before they are sent."""

from typing import Any

import pytest
from django.test import Client
from langgraph_sdk.client import SyncLangGraphClient

from tests.support.deployed import ran
from tests.support.pages import form_of, read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asking(sdk: SyncLangGraphClient) -> str:
    """A pipeline that asks whether to publish."""
    return ran(sdk, "pipeline", {"steps": 1, "delay": 0})


@pytest.mark.parametrize(
    ("update", "why"),
    [('{"log": "not a list"}', "“log”: "), ('{"nope": 1}', "The graph has no channel “nope”.")],
)
def test_an_update_with_an_answer_that_does_not_fit_is_refused(
    update: str, why: str, client: Client, sdk: SyncLangGraphClient, asking: str
) -> None:
    address, fields = form_of(read(client.get(f"/d/local/threads/{asking}/ask/")), "Resume")
    answer = next(name for name in fields if name.startswith("answer-"))
    refused = client.post(address, fields | {answer: "yes", "update": update})
    assert refused.status_code == 422
    assert "The deployment would not take the update." in read(refused).text
    assert why in read(refused).text
    assert len(sdk.runs.list(asking)) == 1
    assert sdk.threads.get_state(asking)["next"] == ["confirm"]
    assert client.post(address, fields | {answer: "yes", "update": '{"log": ["mine"]}'}).status_code == 303
    sdk.runs.join(asking, sdk.runs.list(asking, limit=1)[0]["run_id"])
    values: Any = sdk.threads.get_state(asking)["values"]
    assert "mine" in values["log"]


def test_an_input_that_does_not_fit_is_refused_and_may_be_sent_all_the_same(
    client: Client, sdk: SyncLangGraphClient, asking: str
) -> None:
    typed = {"mode": "json", "input": '{"log": "not a list"}', "assistant": "pipeline", "anyway": "1"}
    refused = client.post(f"/d/local/threads/{asking}/send/", typed, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "The deployment would not take this input." in read(refused).text
    assert "Send it all the same" in read(refused).text
    assert len(sdk.runs.list(asking)) == 1
    fine = typed | {"input": '{"log": ["mine"], "steps": 1, "delay": 0}'}
    assert client.post(f"/d/local/threads/{asking}/send/", fine).status_code == 303
    sdk.runs.join(asking, sdk.runs.list(asking, limit=1)[0]["run_id"])
    assert client.post(f"/d/local/threads/{asking}/send/", typed | {"untried": "1"}).status_code == 303
    sdk.runs.join(asking, sdk.runs.list(asking, limit=1)[0]["run_id"])
