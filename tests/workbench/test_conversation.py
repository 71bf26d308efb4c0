"""The conversation at a checkpoint: who said what, since when, and where other branches lead."""

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.edits import introduced_at
from studio.history.model import Checkpoint, Json, Snapshot
from studio.history.tree import Tree, grow
from studio.workbench.conversation import Switch, channels, introductions, others, switch
from tests.history.trees import name, sound, spine


def said(id: str, type: str = "human", **more: Json) -> Json:
    return {"type": type, "id": id, "content": f"words of {id}", **more}


def branch(**checkpoints: tuple[str, str]) -> Tree:
    """Checkpoints by id, each with its parent ("" for none) and the ids of its messages, a letter each."""
    return grow(Checkpoint(id, parent or None, message_ids=tuple(ids)) for id, (parent, ids) in checkpoints.items())


def at(tree: Tree, id: str, **values: Json) -> Snapshot:
    """The state at a checkpoint: its own messages, unless others are given."""
    held: list[Json] = [said(message) for message in tree.nodes[id].message_ids]
    return Snapshot(tree.nodes[id], values or {"messages": held})


IDS = st.lists(st.sampled_from("abcdef"), max_size=6).map(tuple)
GROWN = st.lists(st.tuples(st.booleans(), IDS), max_size=8)


@given(GROWN)
@settings(max_examples=200)
def test_a_message_has_been_there_since_it_was_introduced(steps: list[tuple[bool, tuple[str, ...]]]) -> None:
    path: list[Checkpoint] = []
    for place, (adds, ids) in enumerate(steps):
        before = path[-1].message_ids if path else ()
        path.append(Checkpoint(name(place), message_ids=before + ids if adds else ids))
    since = introductions(path)
    assert since == {id: introduced_at(path, id) for id in (path[-1].message_ids if path else ())}


@given(sound(20))
@settings(max_examples=60)
def test_a_switch_counts_the_branches_and_leads_to_the_tips_beside(checkpoints: list[Checkpoint]) -> None:
    tree = grow(checkpoints)
    for id in tree.nodes:
        siblings = tree.siblings(id)
        found = switch(tree, id)
        assert (found is None) == (len(siblings) < 2)
        if found:
            assert siblings[found.place - 1] == id
            assert found.count == len(siblings)
            assert (found.before is None) == (found.place == 1)
            assert (found.after is None) == (found.place == found.count)
            if found.before:
                assert siblings[found.place - 2] in [c.id for c in tree.path(found.before)]


def test_a_checkpoint_that_is_not_known_has_no_switch() -> None:
    assert switch(grow(spine({0: None, 1: None})), "nobody") is None


TREE = branch(r=("", ""), s=("r", "a"), t=("s", "ab"), u=("t", "abc"), v=("s", "ax"), w=("v", "axy"))


def test_each_turn_knows_what_brought_it_and_its_other_branches() -> None:
    (channel,) = channels(at(TREE, "u"), TREE)
    told = [(turn.message.id, turn.introduced.id if turn.introduced else None, turn.switch) for turn in channel.turns]
    assert told == [("a", "s", None), ("b", "t", Switch(1, 2, None, "w")), ("c", "u", None)]
    (other,) = channels(at(TREE, "w"), TREE)
    assert [turn.switch for turn in other.turns] == [None, Switch(2, 2, "u", None), None]


def test_a_fork_that_brought_no_message_is_told_at_the_next_one() -> None:
    tree = branch(r=("", "a"), s=("r", "a"), t=("s", "ab"), u=("r", "a"))
    (channel,) = channels(at(tree, "t"), tree)
    assert [turn.switch for turn in channel.turns] == [None, Switch(1, 2, None, "u")]


def test_a_fork_after_the_last_message_has_nothing_to_stand_on() -> None:
    tree = branch(r=("", "a"), s=("r", "a"), u=("r", "a"))
    (channel,) = channels(at(tree, "s"), tree)
    assert [turn.switch for turn in channel.turns] == [None]


def test_only_the_latest_turns_are_shown_unless_all_are_asked_for() -> None:
    tree = branch(r=("", "abcdef"))
    (channel,) = channels(at(tree, "r"), tree, latest=2)
    assert ([turn.message.id for turn in channel.turns], channel.earlier) == (["e", "f"], 4)
    (whole,) = channels(at(tree, "r"), tree, latest=0)
    assert (len(whole.turns), whole.earlier) == (6, 0)
    assert [turn.position for turn in channel.turns] == [4, 5]


def test_results_are_shown_with_their_calls() -> None:
    tree = branch(r=("", "ab"))
    calls: Json = [{"id": "c1", "name": "f", "args": {}}, {"id": "c2", "name": "g", "args": {}}, {"name": "h"}]
    messages: list[Json] = [said("a", "ai", tool_calls=calls), said("b", "tool", tool_call_id="c2")]
    (channel,) = channels(at(tree, "r", messages=messages), tree)
    (turn,) = channel.turns
    results = [(view.call.name, view.result.message.id if view.result else None) for view in turn.calls]
    assert results == [("f", None), ("g", "b"), ("h", None)]
    assert turn.calls[1].result
    assert turn.calls[1].result.introduced == tree.nodes["r"]


def test_every_channel_of_messages_is_a_conversation_and_the_rest_is_not() -> None:
    tree = branch(r=("", "a"))
    snapshot = at(tree, "r", notes=[said("b")], messages=[said("a")], plan={"x": 1}, empty=[])
    assert [channel.name for channel in channels(snapshot, tree)] == ["messages", "notes"]
    assert others(snapshot) == {"plan": {"x": 1}, "empty": []}


def test_messages_without_ids_and_states_outside_the_tree_are_shown_all_the_same() -> None:
    lost = Snapshot(Checkpoint("lost"), {"messages": [{"type": "human", "content": "hi"}, said("a")]})
    (channel,) = channels(lost, TREE)
    assert [(turn.message.text, turn.introduced, turn.switch) for turn in channel.turns] == [
        ("hi", None, None),
        ("words of a", None, None),
    ]


def test_a_state_that_is_no_object_has_no_conversation() -> None:
    assert channels(Snapshot(TREE.nodes["r"], [1, 2]), TREE) == []
    assert others(Snapshot(TREE.nodes["r"], "text")) == {}


def test_a_message_names_the_nodes_that_brought_it() -> None:
    first = Checkpoint("a", step=-1, source="input", next=("__start__",))
    asked = Checkpoint("b", "a", 0, "loop", ("agent",), message_ids=("1",))
    answered = Checkpoint("c", "b", 1, "loop", message_ids=("1", "2"))
    (channel,) = channels(
        Snapshot(answered, {"messages": [said("1"), said("2", "ai")]}), grow([first, asked, answered])
    )
    assert [(turn.by, turn.introduced.step if turn.introduced else None) for turn in channel.turns] == [
        ("", 0),
        ("agent", 1),
    ]
