"""What the pages of a thread take from the deployment into the index."""

from dataclasses import replace

import pytest
from django.test import AsyncClient

from studio.deployments import states
from studio.deployments.gateway import Gateway
from studio.history.model import Snapshot
from studio.testing import FakeDeployment

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_head_that_is_left_while_it_is_read_is_remembered_as_the_history_tells_it(
    fake_deployment: FakeDeployment, async_client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = fake_deployment.add_thread("Hello")
    left, read = thread.head.id, states.current

    async def in_the_middle(gateway: Gateway, thread_id: str, namespace: str = "") -> Snapshot | None:
        """The newest state, of which a task has just done its work, and the next one then."""
        head = await read(gateway, thread_id, namespace)
        fake_deployment.grow(thread, 3)
        assert head
        return replace(head, checkpoint=replace(head.checkpoint, next=("working",)))

    monkeypatch.setattr(states, "current", in_the_middle)
    await async_client.get(f"/d/local/threads/{thread.id}/")
    monkeypatch.undo()
    fake_deployment.grow(thread, 2)
    told = (await async_client.get(f"/d/local/threads/{thread.id}/history.json")).json()["checkpoints"]
    assert next(row["next"] for row in told if row["checkpoint_id"] == left) == []
