"""A change of a state: tried on a thread of its own, written as it was tried, read back and judged."""

from typing import Any

import pytest

from studio.deployments import states
from studio.deployments.gateway import Gateway, gateway
from studio.history.model import Snapshot
from studio.history.tree import grow
from studio.history.writes import AS_PLAIN, PAST
from studio.testing import FakeDeployment, FakeThread, Habits, append, drop, playing
from studio.testing.exchange import Refused
from studio.workbench.edits.changes import Change, Preview
from studio.workbench.edits.writing import NO_COPY, NO_GRAPH, NO_WRITER, OTHER_COPY, foretell, write, writer_of

pytestmark = pytest.mark.django_db(transaction=True)
HELD: dict[str, Any] = {
    "log": ["one"],
    "facts": {"a": 1, "b": 2},
    "count": 5,
    "most": 7,
    "once": "first",
    "plain": {"deep": [True, 12000000000000000001]},
}


def add(old: Any, new: Any) -> Any:
    return old + new if old else new


def throwing(old: Any, new: Any) -> Any:
    if new == "boom":
        raise Refused(500, "Internal Server Error")
    return new


REDUCERS = {
    "messages": append,
    "log": append,
    "facts": lambda old, new: {**(old or {}), **new},
    "count": add,
    "most": lambda old, new: max(old, new) if old else new,
    "once": drop,
    "fuse": throwing,
}


def thread_of(fake: FakeDeployment, **values: Any) -> FakeThread:
    """A thread of the graph `reducing`, whose first node has written these values."""
    if "reducing" not in fake.graphs:
        nodes: Any = {"work": lambda known: {}, "rest": lambda known: {}}
        fake.add_graph("reducing", nodes, reducers=dict(REDUCERS))
    thread = fake.new_thread({"graph_id": "reducing"})
    fake.write(thread, None, HELD | values, "work")
    return thread


async def scene(fake: FakeDeployment, thread: FakeThread) -> tuple[Gateway, Snapshot]:
    upstream = await gateway(fake.deployment)
    snapshot = await states.current(upstream, thread.id)
    assert snapshot
    return upstream, snapshot


async def tried(fake: FakeDeployment, as_node: str = "", writer: str = "work", **meant: Any) -> Preview:
    """The preview of a change on a thread of its own; nothing of the trial is left behind."""
    thread = thread_of(fake)
    upstream, snapshot = await scene(fake, thread)
    seen = await foretell(upstream, "reducing", Change(snapshot, meant, as_node), writer)
    assert [*fake.threads] == [thread.id], "what was tried is gone"
    assert len(thread.checkpoints) == 1, "nothing was written"
    return seen


@pytest.mark.parametrize(
    ("name", "meant", "way"),
    [
        ("log", ["one", "two"], "rest"),
        ("log", ["two"], "overwrite"),
        ("log", [], "overwrite"),
        ("facts", {"a": 3}, "overwrite"),
        ("facts", {"a": 3, "b": 2}, "value"),
        ("count", 2, "overwrite"),
        ("most", 9, "value"),
        ("most", 3, "overwrite"),
        ("once", "second", "overwrite"),
        ("plain", {"deep": [1, 12000000000000000002]}, "value"),
        ("plain", None, "value"),
        ("fuse", "ok", "value"),
    ],
)
async def test_of_the_ways_to_write_a_channel_the_first_is_found_that_does_what_is_meant(
    name: str, meant: Any, way: str, fake_deployment: FakeDeployment
) -> None:
    seen = await tried(fake_deployment, **{name: meant})
    assert seen.ways == {name: way}
    assert [verdict.text for verdict in seen.verdicts] == [PAST if way == "overwrite" else "as meant"]
    assert seen.after
    assert (seen.after.channels[name], seen.after.checkpoint.next) == (meant, ("rest",))


async def test_each_channel_is_written_in_a_way_of_its_own_and_the_result_is_what_was_foretold(
    fake_deployment: FakeDeployment,
) -> None:
    thread = thread_of(fake_deployment)
    upstream, snapshot = await scene(fake_deployment, thread)
    meant: Any = {"log": ["one", "two"], "facts": {"z": True}, "most": 9, "plain": 1, "count": 0}
    change = Change(snapshot, meant)
    seen = await foretell(upstream, "reducing", change, "work")
    assert seen.ways == {"log": "rest", "facts": "overwrite", "most": "value", "plain": "value", "count": "overwrite"}
    written = await write(upstream, thread.id, change, seen)
    assert written.as_meant
    assert {name: thread.head.values[name] for name in HELD} == HELD | meant
    assert (thread.head.id, thread.head.parent_id) == (written.checkpoint_id, snapshot.checkpoint.id)
    assert seen.after
    assert written.after
    assert seen.after.channels == written.after.channels
    assert seen.after.checkpoint.next == written.after.checkpoint.next


async def test_messages_of_a_reducer_that_ignores_ids_are_replaced_as_plain_objects_and_that_is_told(
    fake_deployment: FakeDeployment,
) -> None:
    said: Any = [{"type": "human", "content": text, "id": text} for text in ("one", "two")]
    thread = thread_of(fake_deployment, messages=said)
    upstream, snapshot = await scene(fake_deployment, thread)
    held: Any = snapshot.channels["messages"]
    change = Change(snapshot, {"messages": held[1:]})
    seen = await foretell(upstream, "reducing", change, "work")
    assert (seen.ways, [v.text for v in seen.verdicts]) == ({"messages": "overwrite"}, [AS_PLAIN])
    assert (await write(upstream, thread.id, change, seen)).as_meant
    assert thread.head.values["messages"] == held[1:]


async def test_messages_that_a_reducer_changes_are_never_forced_past_it(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("One", "Two")
    shouting = fake_deployment.graphs["chat"]

    def shouts(old: Any, new: Any) -> Any:
        merged = {message["id"]: message for message in [*(old or []), *new] if message["type"] != "remove"}
        return [{**message, "content": message["content"].upper()} for message in merged.values()]

    shouting.reducers["messages"] = shouts
    for message in thread.head.values["messages"]:
        message["content"] = message["content"].upper()
    upstream, snapshot = await scene(fake_deployment, thread)
    held: Any = snapshot.channels["messages"]
    change = Change(snapshot, {"messages": [{**held[0], "content": "quiet"}, *held[1:]]})
    seen = await foretell(upstream, "chat", change, "conversation")
    assert (seen.ways, [v.kind for v in seen.verdicts]) == ({"messages": "messages"}, ["altered"])


async def test_the_node_in_whose_name_it_is_tried_decides_what_follows(fake_deployment: FakeDeployment) -> None:
    for as_node, writer, follows in (("", "work", ("rest",)), ("rest", "rest", ()), ("__start__", "work", ("work",))):
        seen = await tried(fake_deployment, as_node, writer, plain=1)
        fake_deployment.threads.clear()
        assert seen.after
        assert seen.after.checkpoint.next == follows
        assert seen.as_node == as_node or writer


async def test_what_was_tried_as_a_node_is_written_as_that_node(fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    upstream, snapshot = await scene(fake_deployment, thread)
    change = Change(snapshot, {"plain": 1})
    await write(upstream, thread.id, change, await foretell(upstream, "reducing", change, "rest"))
    assert thread.head.wrote == ("rest",)
    await write(upstream, thread.id, change, Preview({"plain": "value"}))
    assert fake_deployment.seen(f"POST /threads/{thread.id}/state")[-1].json.get("as_node") is None


async def test_only_what_follows_can_be_changed_too(fake_deployment: FakeDeployment) -> None:
    seen = await tried(fake_deployment, "rest")
    assert seen.after
    assert (seen.verdicts, seen.after.checkpoint.next) == ([], ())


async def test_a_reducer_that_throws_refuses_the_change(fake_deployment: FakeDeployment) -> None:
    seen = await tried(fake_deployment, fuse="boom")
    assert seen.refused
    assert seen.after is None
    assert (seen.ways, [*seen.refusals]) == ({"fuse": "value"}, ["fuse"])
    assert seen.problem
    assert seen.problem.kind == "invalid", "it was never written, whatever the server said"


async def test_a_value_that_cannot_be_sent_exactly_is_refused_before_it_is_sent(
    fake_deployment: FakeDeployment,
) -> None:
    seen = await tried(fake_deployment, plain=2**70)
    assert seen.refused
    assert seen.problem
    assert "plain: This cannot be sent exactly: it holds an integer of more than 64 bits." in seen.problem.detail
    tries = [request for request in fake_deployment.seen("POST") if request.path.endswith("/state")]
    assert [request.json["values"] for request in tries] == [{}] * len(tries), "of it nothing was sent"


@pytest.mark.parametrize(
    ("pattern", "status", "kind"),
    [
        (r"POST /threads$", 500, "silent"),
        (r"POST /threads$", 422, "silent"),
        (r"POST /threads$", 409, "silent"),
        (r"GET /threads/[^/]+/state$", 503, "silent"),
        (r"POST /threads/[^/]+/state$", 422, "refused"),
        (r"POST /threads/[^/]+/state$", 500, "refused"),
        (r"POST /threads/[^/]+/state$", 503, "problem"),
        (r"GET /threads/[^/]+/state/", 500, "refused"),
    ],
)
async def test_a_trial_that_fails_says_so_and_leaves_no_thread(
    pattern: str, status: int, kind: str, fake_deployment: FakeDeployment
) -> None:
    thread = thread_of(fake_deployment)
    upstream, snapshot = await scene(fake_deployment, thread)
    fake_deployment.faults.fail(pattern, status)
    seen = await foretell(upstream, "reducing", Change(snapshot, {"log": []}), "work")
    assert [*fake_deployment.threads] == [thread.id]
    assert seen.ways == {"log": "value"}
    assert seen.after is None
    found = "silent" if seen.silent else "refused" if seen.refused else "problem" if seen.problem else ""
    assert found == kind


@pytest.mark.parametrize("happens", ["drop", "fail", "slow"])
async def test_a_removal_that_fails_once_is_repeated(happens: str, fake_deployment: FakeDeployment) -> None:
    getattr(fake_deployment.faults, happens)(r"DELETE /threads/", times=2)
    assert (await tried(fake_deployment, plain=1)).after


@pytest.mark.parametrize("happens", ["refuse", "fail", "slow"])
async def test_a_removal_that_never_works_spoils_nothing_and_leaves_a_marked_thread(
    happens: str, fake_deployment: FakeDeployment
) -> None:
    thread = thread_of(fake_deployment)
    upstream, snapshot = await scene(fake_deployment, thread)
    getattr(fake_deployment.faults, happens)(r"DELETE /threads/")
    assert (await foretell(upstream, "reducing", Change(snapshot, {"plain": 1}), "work")).after
    (left,) = (held for held in fake_deployment.threads.values() if held is not thread)
    assert left.metadata["studio"] == "preview"


async def test_a_thread_of_which_the_making_failed_is_removed_too(fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment, fuse="ok")
    upstream, snapshot = await scene(fake_deployment, thread)
    assert isinstance(snapshot.values, dict)
    snapshot.values["fuse"] = "boom"  # what the graph takes now is not what it took then
    seen = await foretell(upstream, "reducing", Change(snapshot, {"plain": 1}), "work")
    assert seen.silent
    assert len(fake_deployment.seen("POST /threads")) == 1, "it was made, as the official server does, and refused then"
    assert [*fake_deployment.threads] == [thread.id]


async def test_a_state_of_which_a_reducer_makes_something_else_is_put_right_and_tried(
    fake_deployment: FakeDeployment,
) -> None:
    thread = thread_of(fake_deployment)
    upstream, snapshot = await scene(fake_deployment, thread)
    fake_deployment.graphs["reducing"].reducers["count"] = lambda old, new: (old or 0) + 2 * new
    seen = await foretell(upstream, "reducing", Change(snapshot, {"plain": 1}), "work")
    assert seen.before
    assert seen.after
    assert seen.before.channels["count"] == seen.after.channels["count"] == snapshot.channels["count"]
    assert [*fake_deployment.threads] == [thread.id]


async def test_a_state_that_cannot_be_made_again_is_not_tried(fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    upstream, snapshot = await scene(fake_deployment, thread)
    fake_deployment.graphs["reducing"].reducers["count"] = lambda old, new: (old or 0) + 2 * new
    fake_deployment.faults.fail(r"POST /threads/[^/]+/state$", 422)
    seen = await foretell(upstream, "reducing", Change(snapshot, {"plain": 1}), "work")
    assert (seen.after, seen.problem, seen.silent, [*fake_deployment.threads]) == (None, None, OTHER_COPY, [thread.id])


async def test_where_threads_are_made_empty_nothing_is_foretold_and_the_verdict_comes_afterwards() -> None:
    fake = FakeDeployment(habits=Habits(builds=False))
    with playing(fake):
        thread = thread_of(fake)
        upstream, snapshot = await scene(fake, thread)
        change = Change(snapshot, {"log": ["two"], "plain": 1})
        seen = await foretell(upstream, "reducing", change, "work")
        assert (seen.after, seen.silent, [*fake.threads]) == (None, NO_COPY, [thread.id])
        written = await write(upstream, thread.id, change, seen)
        assert {v.name: v.kind for v in written.verdicts} == {"log": "appended", "plain": "meant"}
        assert not written.as_meant
        assert thread.head.values["log"] == ["one", "two"]


@pytest.mark.parametrize(("graph", "writer", "why"), [("", "work", NO_GRAPH), ("reducing", "", NO_WRITER)])
async def test_without_a_graph_or_a_writer_nothing_is_tried(
    graph: str, writer: str, why: str, fake_deployment: FakeDeployment
) -> None:
    thread = thread_of(fake_deployment)
    upstream, snapshot = await scene(fake_deployment, thread)
    seen = await foretell(upstream, graph, Change(snapshot, {"plain": 1}), writer)
    assert (seen.silent, seen.after, fake_deployment.seen("POST /threads")) == (why, None, [])


async def test_a_write_that_cannot_be_read_back_is_written_all_the_same(fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    upstream, snapshot = await scene(fake_deployment, thread)
    fake_deployment.faults.fail(f"GET /threads/{thread.id}/state/", 500)
    written = await write(upstream, thread.id, Change(snapshot, {"plain": 1}), Preview({"plain": "value"}))
    assert (written.checkpoint_id, written.after) == (thread.head.id, None)
    assert written.problem
    assert not written.as_meant


async def test_the_writer_of_a_state_is_the_node_that_ran_last(fake_deployment: FakeDeployment) -> None:
    async def writers(thread: FakeThread) -> list[str]:
        upstream = await gateway(fake_deployment.deployment)
        tree = grow((await states.history(upstream, thread.id, 100)).checkpoints)
        return [writer_of(tree, checkpoint.id) for checkpoint in thread.checkpoints]

    chat = fake_deployment.add_thread("Hello")
    fake_deployment.grow(chat, 1)
    assert await writers(chat) == ["", "__start__", "conversation", "conversation"]
    nodes: Any = {name: lambda values: {} for name in ("a", "b", "c")}
    fake_deployment.add_graph("wide", nodes, steps=(("a", "b"), ("c",)))
    wide = fake_deployment.add_thread(graph_id="wide")
    fake_deployment.run(wide, {}, "wide")
    assert await writers(wide) == ["", "__start__", "", "c"]
