"""The conversation at a checkpoint: who said what, since when, and where other branches lead."""

from hypothesis import given, settings

from studio.history.model import Checkpoint, Json, Snapshot
from studio.history.tree import grow
from studio.workbench.page.conversation import Switch, TurnView, channels, others, switch
from tests.history.trees import sound, spine
from tests.workbench.spines import at, branch, known, marks, said


def events(turn: TurnView) -> tuple[str | None, str | None, str | None]:
    """The ids of the checkpoints that introduced, changed and will remove a message."""
    found = (turn.life.introduced, turn.life.changed, turn.life.removed) if turn.life else (None, None, None)
    introduced, changed, removed = (event.id if event else None for event in found)
    return introduced, changed, removed


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
    told = [(turn.message.id, *events(turn), turn.switch) for turn in channel.turns]
    assert told == [
        ("a", "s", None, None, None),
        ("b", "t", None, None, Switch(1, 2, None, "w")),
        ("c", "u", None, None, None),
    ]
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
    assert events(turn.calls[1].result) == ("r", None, None)


def test_every_channel_of_messages_is_a_conversation_and_the_rest_is_not() -> None:
    tree = branch(r=("", "a"))
    snapshot = at(tree, "r", notes=[said("b")], messages=[said("a")], plan={"x": 1}, empty=[])
    assert [channel.name for channel in channels(snapshot, tree)] == ["messages", "notes"]
    assert others(snapshot, ["messages", "notes"]) == {"plan": {"x": 1}, "empty": []}


def test_messages_without_ids_and_states_outside_the_tree_are_shown_all_the_same() -> None:
    lost = Snapshot(Checkpoint("lost"), {"messages": [{"type": "human", "content": "hi"}, said("a")]})
    (channel,) = channels(lost, TREE)
    assert [(turn.message.text, turn.life, turn.switch) for turn in channel.turns] == [
        ("hi", None, None),
        ("words of a", None, None),
    ]


def test_a_state_that_is_no_object_has_no_conversation() -> None:
    assert channels(Snapshot(TREE.tree.nodes["r"], [1, 2]), TREE) == []
    assert others(Snapshot(TREE.tree.nodes["r"], "text"), []) == {}


def test_a_message_names_the_nodes_and_the_step_that_brought_it() -> None:
    first = Checkpoint("a", step=-1, source="input", next=("__start__",))
    asked = Checkpoint("b", "a", 0, "loop", ("agent",), messages=marks("x"), run_id="run-1")
    answered = Checkpoint("c", "b", 1, "loop", messages=marks("xy"), run_id="run-1")
    snapshot = Snapshot(answered, {"messages": [said("x"), said("y", "ai")]})
    (channel,) = channels(snapshot, known([first, asked, answered]))
    introduced = [turn.life.introduced for turn in channel.turns if turn.life]
    assert [(event.by, event.step, event.run_id) for event in introduced if event] == [
        ("input read", 0, "run-1"),
        ("agent", 1, "run-1"),
    ]


def test_a_message_tells_what_changed_it_and_what_removes_it_further_on() -> None:
    tree = branch(r=("", "a"), s=("r", "ab"), t=("s", "Ab"), u=("t", "Abc"), v=("u", "Ac"))
    (channel,) = channels(at(tree, "u"), tree)
    assert [events(turn) for turn in channel.turns] == [("r", "t", None), ("s", None, "v"), ("u", None, None)]
    (before,) = channels(at(tree, "s"), tree)
    assert [events(turn) for turn in before.turns] == [("r", None, None), ("s", None, "v")], "not changed yet"


def test_a_switch_stands_on_the_message_that_an_edit_changed() -> None:
    tree = branch(r=("", "a"), s=("r", "ab"), t=("r", "A"), u=("t", "Ac"))
    (edited,) = channels(at(tree, "u"), tree)
    assert [turn.switch for turn in edited.turns] == [Switch(2, 2, "s", None), None]
    (original,) = channels(at(tree, "s"), tree)
    assert [turn.switch for turn in original.turns] == [None, Switch(1, 2, None, "u")]


def test_a_message_older_than_what_has_been_read_has_no_beginning() -> None:
    tree = branch(s=("unread", "a"), t=("s", "ab"))
    (channel,) = channels(at(tree, "t"), tree)
    assert [events(turn)[0] for turn in channel.turns] == [None, "t"]
