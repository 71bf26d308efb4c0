"""Which questions an edit inside of a subgraph has withdrawn, however deep it was made."""

from dataclasses import replace

import pytest

from studio.deployments.errors import DeploymentError
from studio.deployments.withdrawn import DEEPEST, MOST, without_withdrawn
from studio.history.model import Checkpoint, Interrupt, Snapshot, Task


def task(name: str, *ids: str, namespace: str | None = None) -> Task:
    return Task(f"task-{name}", name, interrupts=tuple(Interrupt(id, "?") for id in ids), namespace=namespace)


def state(*tasks: Task, edited: bool = False) -> Snapshot:
    source, following = "update" if edited else "loop", tuple(task.name for task in tasks)
    return Snapshot(Checkpoint("c", source=source, next=following), {}, tasks)


HEAD = state(task("hotel", "h"), task("visa", "a", "b", namespace="visa:1"))
LEFT, RIGHT = task("left", "a", namespace="visa:1|left:2"), task("right", "b", namespace="visa:1|right:3")


class Deployment:
    """Subgraphs by namespace, and how often one was read."""

    def __init__(self, **inside: Snapshot | None) -> None:
        self.inside, self.reads = {name.replace("__", "|").replace("_", ":"): s for name, s in inside.items()}, 0

    async def read(self, namespace: str) -> Snapshot | None:
        self.reads += 1
        if namespace not in self.inside:
            raise DeploymentError("failed", "boom")
        return self.inside[namespace]


async def told(head: Snapshot, **inside: Snapshot | None) -> tuple[list[str | None], list[str | None]]:
    """The ids of the questions that are open, and of those that are withdrawn."""
    found = await without_withdrawn(head, Deployment(**inside).read)
    return [i.id for i in found.interrupts], [i.id for task in found.tasks for i in task.withdrawn]


async def test_questions_that_are_asked_inside_are_open() -> None:
    assert await told(HEAD, visa_1=state(task("ask", "a", "b"))) == (["h", "a", "b"], [])


async def test_those_of_before_an_edit_are_withdrawn() -> None:
    assert await told(HEAD, visa_1=state(task("ask"), edited=True)) == (["h"], ["a", "b"])


async def test_what_is_asked_anew_after_an_edit_is_open() -> None:
    assert await told(HEAD, visa_1=state(task("ask", "a", "b"), edited=True)) == (["h", "a", "b"], [])


async def test_an_edit_two_levels_down_withdraws_what_was_asked_there_alone() -> None:
    inside = {"visa_1": state(LEFT, RIGHT), "visa_1__left_2": state(task("ask"), edited=True)}
    assert await told(HEAD, **inside, visa_1__right_3=state(task("ask", "b"))) == (["h", "b"], ["a"])


async def test_an_edit_one_level_down_withdraws_all_that_was_asked_below() -> None:
    begins_anew = state(replace(LEFT, interrupts=()), replace(RIGHT, interrupts=()), edited=True)
    assert await told(HEAD, visa_1=begins_anew) == (["h"], ["a", "b"])


@pytest.mark.parametrize("inside", [{}, {"visa_1": None}, {"visa_1": state(LEFT, RIGHT)}])
async def test_where_nothing_can_be_read_questions_count_as_open(inside: dict[str, Snapshot | None]) -> None:
    assert await told(HEAD, **inside) == (["h", "a", "b"], [])


async def test_nothing_is_read_where_no_subgraph_asks() -> None:
    deployment = Deployment()
    head = state(task("hotel", "h"), task("visa", namespace="visa:1"))
    assert await without_withdrawn(head, deployment.read) is head
    assert deployment.reads == 0


async def test_of_a_subgraph_that_asks_only_what_asks_is_read() -> None:
    deployment = Deployment(visa_1=state(task("ask", "a", "b"), task("idle", namespace="visa:1|idle:2")))
    await without_withdrawn(HEAD, deployment.read)
    assert deployment.reads == 1


async def test_of_very_many_subgraphs_that_ask_only_some_are_read_and_the_others_count_as_open() -> None:
    ids = [f"{n}" for n in range(MOST + 2)]
    head = state(*(task(id, id, namespace=f"visa:{id}") for id in ids))
    deployment = Deployment(**{f"visa_{id}": state(task("ask"), edited=True) for id in ids})
    found = await without_withdrawn(head, deployment.read)
    assert [interrupt.id for interrupt in found.interrupts] == ids[MOST:]
    assert deployment.reads == MOST


async def test_a_deployment_that_nests_without_end_is_not_followed_without_end() -> None:
    deployment = Deployment(visa_1=state(task("visa", "a", "b", namespace="visa:1")))
    found = await without_withdrawn(HEAD, deployment.read)
    assert found.interrupts == HEAD.interrupts
    assert deployment.reads == DEEPEST + 1
