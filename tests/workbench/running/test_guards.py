"""What bars an input that has been tried: whatever happened meanwhile."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from studio.testing import FakeDeployment, FakeThread, interrupt
from studio.workbench.running import guards
from tests.support.pages import read

pytestmark = pytest.mark.django_db(transaction=True)
Meanwhile = Callable[[FakeDeployment, FakeThread], None]


def works(fake: FakeDeployment, thread: FakeThread) -> None:
    fake.hold()
    fake.start_run(thread, {"assistant_id": "asks", "input": {}})


def asks(fake: FakeDeployment, thread: FakeThread) -> None:
    thread.checkpoints.clear()  # as nothing was plain
    fake.run(thread, {}, "asks")


@pytest.mark.parametrize("verb", ["send", "repeat"])
@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [(works, "A run is active on this thread."), (asks, "The thread waits for an answer.")],
    ids=["works", "asks"],
)
def test_what_begins_while_an_input_is_tried_bars_it(
    meanwhile: Meanwhile,
    told: str,
    verb: str,
    client: Client,
    fake_deployment: FakeDeployment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake_deployment.add_graph("asks", {"ask": lambda values: {"said": values.get("plain") or interrupt("Well?")}})
    thread = fake_deployment.add_thread(graph_id="asks")
    fake_deployment.run(thread, {"plain": "so"}, "asks")

    async def tried(*given: Any, **more: Any) -> str:
        meanwhile(fake_deployment, thread)
        return ""

    monkeypatch.setattr(guards, "misfit", tried)
    given = json.dumps({"plain": "not so"})
    if verb == "send":
        form, address = {"mode": "json", "input": given, "assistant": "asks"}, "send/"
    else:
        form, address = {"mode": "json", "json": given}, f"runs/{thread.runs[0].id}/repeat/"
    answer = client.post(f"/d/local/threads/{thread.id}/{address}", form)
    assert (answer.status_code, len(thread.runs)) == (409, 2)
    assert told in read(answer).one(role="alert").text
