"""A thread of which the official server cannot read the newest state any more, because a value in it is of a type that
its channel does not take: what can be read of it is shown, and one goes on beside it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from langgraph_sdk.client import SyncLangGraphClient
from langgraph_sdk.errors import InternalServerError

from tests.support.deployed import serving, witnessed
from tests.support.pages import form_of, read

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.server]
GRAPH = Path(__file__).with_name("reducing_graph.py")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("unreadable"), reducing=GRAPH) as address:
        yield address


@pytest.fixture
def sdk(url: str) -> Iterator[SyncLangGraphClient]:
    with witnessed(url) as client:
        yield client


@pytest.fixture
def spoilt(sdk: SyncLangGraphClient, client: Client) -> str:
    """Such a thread, which had been looked at before."""
    id = str(sdk.threads.create(graph_id="reducing")["thread_id"])
    said: Any = {"messages": [{"type": "human", "content": "Hello"}]}
    sdk.runs.wait(id, "reducing", input=said)
    assert client.get(f"/d/local/threads/{id}/").status_code == 200
    wrong: Any = {"log": "not a list"}
    sdk.runs.wait(id, "reducing", input=wrong, raise_error=False)
    with pytest.raises(InternalServerError):
        sdk.threads.get_state(id)
    return id


def test_the_newest_state_that_can_be_read_is_shown_with_the_reason(client: Client, spoilt: str) -> None:
    answer = client.get(f"/d/local/threads/{spoilt}/")
    assert answer.status_code == 200
    page = read(answer)
    assert "The newest state cannot be read" in page.one(id="conversation").text
    assert "Hello" in page.one(id="conversation").text
    assert len(page.all(data_checkpoint_id=True)) >= 4


def test_one_goes_on_beside_it(client: Client, sdk: SyncLangGraphClient, spoilt: str) -> None:
    page = read(client.get(f"/d/local/threads/{spoilt}/"))
    here = page.one(aria_current="true", data_checkpoint_id=True)["data-checkpoint-id"]
    editor = read(client.get(f"/d/local/threads/{spoilt}/state/edit/", {"checkpoint": here}))
    address, fields = form_of(editor, "Save only")
    after = client.post(address, fields | {"channel-plain": "1", "as-plain": "json"}, follow=True)
    assert "plain: as meant" in read(after).one(id="verdicts").text
    assert sdk.threads.get_state(spoilt)["values"]["plain"] == 1  # type: ignore[call-overload]


@pytest.mark.parametrize("tail", ["history.json", "runs/", "graph/", "history/"])
def test_the_other_pages_of_it_work_as_far_as_they_can(tail: str, client: Client, spoilt: str) -> None:
    assert client.get(f"/d/local/threads/{spoilt}/{tail}").status_code == 200
