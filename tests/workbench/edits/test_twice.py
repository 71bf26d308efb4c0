"""Messages that share an id: by it neither can be told from the other, so neither is edited or removed by it."""

from typing import Any

import pytest
from django.test import Client

from studio.testing import FakeDeployment
from studio.testing.model import FakeThread
from tests.support.pages import read

pytestmark = pytest.mark.django_db(transaction=True)
TWICE: list[dict[str, Any]] = [
    {"type": "human", "content": "first", "id": "d"},
    {"type": "ai", "content": "second", "id": "d"},
]


@pytest.fixture
def thread(fake_deployment: FakeDeployment) -> FakeThread:
    fake_deployment.reduce_messages(lambda old, new: [*(old or []), *new])
    made = fake_deployment.new_thread({"graph_id": "chat"})
    fake_deployment.run(made, {"messages": TWICE})
    return made


def test_neither_is_edited(client: Client, thread: FakeThread) -> None:
    asked = {"message": "d", "checkpoint": thread.head.id}
    before = len(thread.checkpoints)
    opened = client.get(f"/d/local/threads/{thread.id}/edit/", asked)
    posted = client.post(f"/d/local/threads/{thread.id}/edit/", asked | {"text-0": "mine", "verb": "save"})
    for answer in (opened, posted):
        assert answer.status_code == 409
        assert "2 messages have the id “d”" in read(answer).text
    assert "mine" in posted.content.decode()
    assert len(thread.checkpoints) == before


def test_neither_is_removed(client: Client, thread: FakeThread) -> None:
    asked = {"message": "d", "checkpoint": thread.head.id, "verb": "save"}
    before = len(thread.checkpoints)
    answer = client.post(f"/d/local/threads/{thread.id}/message/delete/", asked)
    assert (answer.status_code, len(thread.checkpoints)) == (409, before)
