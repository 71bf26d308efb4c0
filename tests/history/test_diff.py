"""What changed between two states."""

import json
import random
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.diff import CHANGES_SHOWN, FIRST, LONG, ChannelDiff, compare
from studio.history.model import Checkpoint, Held, Shared
from studio.history.plain import Json, same_json
from studio.history.value_diff import CHARACTERS_SHOWN, Change, short_json
from studio.history.words import Part, word_parts
from tests.history.trees import marks
from tests.support.effort import lines_run

TEXTS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(["one", "two ", " ", ",", "\r\n", "é"])).map("".join))


def human(text: Any, id: str | None = None, **more: Json) -> dict[str, Json]:
    return {"type": "human", "content": text, **({"id": id} if id else {}), **more}


def messages(old: list[Json], new: list[Json]) -> ChannelDiff:
    (diff,) = compare({"messages": old}, {"messages": new})
    return diff


def told(diff: ChannelDiff) -> list[tuple[str, str]]:
    """Each change as its kind and its words."""
    return [(change.kind, "".join(part.text for part in change.parts)) for change in diff.changes]


@given(TEXTS, TEXTS)
@settings(max_examples=200)
def test_the_parts_hold_both_texts_whole(old: str, new: str) -> None:
    parts = word_parts(old, new)
    assert "".join(part.text for part in parts if part.kind != "added") == old
    assert "".join(part.text for part in parts if part.kind != "removed") == new
    assert all(part.text for part in parts)


@given(TEXTS)
@settings(max_examples=50)
def test_equal_texts_have_no_marks(text: str) -> None:
    assert all(part.kind == "same" for part in word_parts(text, text))


def test_single_words_are_marked() -> None:
    assert word_parts("The quick fox jumps.", "The slow fox jumped.") == (
        Part("same", "The "),
        Part("removed", "quick"),
        Part("added", "slow"),
        Part("same", " fox "),
        Part("removed", "jumps"),
        Part("added", "jumped"),
        Part("same", "."),
    )


HARD = {
    "nothing in common but the blanks": ("a " * 990, "b " * 990),
    "nothing in common but the commas": (".," * 990, ";," * 990),
    "few words, all over": ("a b " * 490, "b a a b " * 240),
    "many words, each often": (" ".join(f"w{i % 50}" for i in range(990)), " ".join(f"w{-i % 50}" for i in range(990))),
    "longer than is compared": ("a " * 50_000, "b " * 50_000),
    "one word in the middle": ("a " * 50_000 + "x " + "b " * 50_000, "a " * 50_000 + "y " + "b " * 50_000),
}


@pytest.mark.parametrize("case", HARD)
def test_comparing_long_texts_takes_no_time_to_speak_of(case: str) -> None:
    old, new = (f"{end}{text}{end}" for end, text in zip("<>", HARD[case], strict=True))
    assert lines_run(partial(word_parts, old, new)) < 3_000_000
    parts = word_parts(old, new)
    assert "".join(part.text for part in parts if part.kind != "added") == old
    assert "".join(part.text for part in parts if part.kind != "removed") == new


def test_two_unlike_essays_are_compared_at_once() -> None:
    some = random.Random(7)  # noqa: S311 – the same essay every time
    old, new = (" ".join(f"{kind}{some.randrange(400)}" for _ in range(990)) for kind in "ab")
    assert lines_run(partial(word_parts, old, new)) < 50_000


def test_a_changed_message_shows_the_words_that_changed() -> None:
    diff = messages([human("Hello Ann", "1")], [human("Hello Bob", "1")])
    assert diff.changes == (
        Change("changed", (Part("same", "Hello "), Part("removed", "Ann"), Part("added", "Bob")), "human"),
    )
    assert (diff.added, diff.removed, diff.changed) == (0, 0, 1)


def test_added_and_removed_messages_are_told_with_their_words() -> None:
    diff = messages([human("one", "1"), human("two", "2")], [human("two", "2"), human("three", "3")])
    assert told(diff) == [("removed", "one"), ("added", "three")]
    assert (diff.added, diff.removed, diff.changed) == (1, 1, 0)


def test_a_message_that_changed_beside_its_words_shows_the_fields() -> None:
    diff = messages([human("same", "1", name="a")], [human("same", "1", name="b")])
    assert told(diff) == [("changed", "ab")]
    assert diff.changes[0].label == "human name"


def calling(**args: Json) -> dict[str, Json]:
    call: Json = {"name": "search", "args": args, "id": "c"}
    return {"type": "ai", "id": "1", "content": "", "tool_calls": [call]}


def test_the_arguments_of_a_call_that_changed_are_told_by_their_place() -> None:
    diff = messages([calling(city="Bern", days=3, gone=1)], [calling(city="Ulm", days=3, come=[2])])
    assert [(change.label, *words) for change, words in zip(diff.changes, told(diff), strict=True)] == [
        ("ai tool_calls[0].args.gone", "changed", "1"),
        ("ai tool_calls[0].args.come", "changed", "[2]"),
        ("ai tool_calls[0].args.city", "changed", "BernUlm"),
    ]
    assert (diff.added, diff.removed, diff.changed) == (0, 0, 1), "one message is different"
    both = messages([calling(city="Bern")], [calling(city="Ulm") | {"content": "Now."}])
    assert ([change.label for change in both.changes], both.changed) == (["ai", "ai tool_calls[0].args.city"], 1)


def test_a_call_without_words_is_told_by_its_name() -> None:
    call: Json = {"type": "ai", "id": "1", "content": "", "tool_calls": [{"name": "search", "args": {}, "id": "c"}]}
    assert told(messages([], [call])) == [("added", "search()")]


def test_messages_without_ids_are_told_apart_by_what_they_hold() -> None:
    assert told(messages([human("one"), human("two")], [human("two"), human("three")])) == [
        ("removed", "one"),
        ("added", "three"),
    ]


def test_the_same_words_said_again_without_an_id_are_an_addition() -> None:
    assert told(messages([human("hi")], [human("hi"), human("hi")])) == [("added", "hi")]
    assert told(messages([human("hi"), human("hi")], [human("hi")])) == [("removed", "hi")]


def test_channels_come_and_go() -> None:
    old: dict[str, Json] = {"plan": 1, "kept": 1, "gone": [1]}
    new: dict[str, Json] = {"plan": 2, "kept": 1, "fresh": None, "messages": [human("hi", "1")]}
    diffs = {diff.name: told(diff) for diff in compare(old, new)}
    assert diffs == {
        "messages": [("added", "hi")],
        "plan": [("changed", "12")],
        "fresh": [("added", "null")],
        "gone": [("removed", "[1]")],
    }
    assert compare(old, new)[0].name == "messages"


def test_values_inside_of_values_are_told_by_their_place() -> None:
    old: Json = {"a": {"x": [1, 2, 3], "gone": 1}, "b": "one two"}
    new: Json = {"a": {"x": [1, 5, 3, 4], "come": None}, "b": "one three"}
    (diff,) = compare({"plan": old}, {"plan": new})
    assert [(change.label, *words) for change, words in zip(diff.changes, told(diff), strict=True)] == [
        ("a.gone", "removed", "1"),
        ("a.come", "added", "null"),
        ("a.x[1]", "changed", "25"),
        ("a.x[3]", "added", "4"),
        ("b", "changed", "one twothree"),
    ]


def test_messages_in_another_order_have_moved() -> None:
    a, b, c = human("a", "1"), human("b", "2"), human("c", "3")
    assert told(messages([a, b, c], [c, a, b])) == [("moved", "c")]
    assert told(messages([a, b, c], [b, c, human("d", "4"), a])) == [("added", "d"), ("moved", "a")]
    assert told(messages([a, b, c], [a, c])) == [("removed", "b")]


def test_very_many_changes_are_cut() -> None:
    (diff,) = compare({"plan": list(range(1000))}, {"plan": [n + 1 for n in range(0, 2000, 2)]})
    assert diff.cut
    assert len(diff.changes) == CHANGES_SHOWN
    assert not messages([], [human("a", "1")]).cut


def test_a_list_is_told_in_the_order_of_its_items() -> None:
    (diff,) = compare({"plan": [1, [2], 3, 4]}, {"plan": [5, [6]]})
    assert [change.label for change in diff.changes] == ["[0]", "[1][0]", "[2]", "[3]"]


@pytest.mark.parametrize(("length", "folded"), [(LONG - 1, 0), (LONG, LONG - FIRST), (LONG + 20, LONG + 20 - FIRST)])
def test_of_a_long_run_of_one_kind_only_the_first_are_shown_at_once(length: int, folded: int) -> None:
    (diff,) = compare({"plan": [*range(length), {}]}, {"plan": [{"a": 1}]})
    changed, gone = diff.runs
    assert (len(changed.shown), changed.folded) == (1, ())
    assert (len(gone.shown), len(gone.folded)) == (length - folded, folded)
    assert [*changed.shown, *gone.shown, *gone.folded] == list(diff.changes)


def test_equal_states_do_not_differ() -> None:
    state: dict[str, Json] = {"messages": [human("hi", "1")], "plan": {"a": [1, 2]}}
    assert compare(state, json.loads(json.dumps(state))) == []


def test_a_channel_that_became_a_conversation_is_a_change_of_value() -> None:
    (diff,) = compare({"notes": "text"}, {"notes": [human("hi", "1")]})
    assert diff.changed == 1


def test_a_conversation_that_was_emptied_lost_its_messages() -> None:
    assert told(messages([human("hi", "1")], [])) == [("removed", "hi")]


@pytest.mark.parametrize("text", ["x" * 100_000, "word " * 20_000])
def test_what_is_shown_is_bounded(text: str) -> None:
    old: dict[str, Json] = {"messages": [human(text, "1"), human("b", "2")], "file": text}
    new: dict[str, Json] = {"messages": [human(text + "!", "1"), human(text, "3")], "file": text + "!"}
    for diff in compare(old, new):
        for change in diff.changes:
            assert all(len(part.text) < CHARACTERS_SHOWN + 60 for part in change.parts)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "id", "content", "x"]), inner),
    max_leaves=12,
)
STATES = st.dictionaries(st.sampled_from(["messages", "plan", "notes"]), VALUES | st.lists(VALUES, max_size=3))


@given(STATES, STATES)
@settings(max_examples=150)
def test_any_two_states_can_be_compared(old: dict[str, Json], new: dict[str, Json]) -> None:
    diffs = compare(old, new)
    names = [diff.name for diff in diffs]
    differ = {
        name
        for name in old.keys() | new.keys()
        if (name in old) != (name in new) or not same_json(old[name], new[name], exactly=True)
    }
    assert set(names) == differ
    assert len(names) == len(differ)
    assert all(part.text for diff in diffs for change in diff.changes for part in change.parts)


def test_a_value_nested_too_deeply_to_be_written_is_still_told() -> None:
    assert "deep" in short_json(nested([]))
    (diff,) = compare({"plan": nested(1)}, {"plan": nested(2)})
    assert (diff.changed, "deep" in told(diff)[0][1]) == (1, True)
    assert compare({"plan": nested(1)}, {"plan": nested(1)}) == []
    assert told(messages([human(nested(1))], [human(nested(2))]))[0][0] == "removed"
    assert messages([human(nested(1), "1")], [human(nested(2), "1")]).changed == 1


def nested(value: Json, levels: int = 100_000) -> Json:
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


#: what Python takes for the same, and JSON does not
LIKE: list[Json] = [0, 0.0, False, 1, 1.0, True]
CLOSE = st.recursive(
    st.sampled_from([*LIKE, "", "1", None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)
SAID = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["human", "ai"]), "content": st.sampled_from(["", "hi"]) | CLOSE},
        optional={"id": st.sampled_from("12"), "x": CLOSE},
    ),
    max_size=4,
)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_nothing_is_told_of_a_channel_exactly_when_it_is_the_same(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([CLOSE, SAID, CLOSE | SAID]))
    before, after = data.draw(kind), data.draw(kind)
    if data.draw(st.booleans()):
        after = otherwise(before, data.draw(st.integers(0, 5)))
    diffs = compare({"plan": before}, {"plan": after})
    assert (diffs == []) == same_json(before, after, exactly=True)
    assert all(diff.changes for diff in diffs)
    assert compare({"plan": before}, {"plan": after}, Shared(frozenset({"plan"}))) == []


@given(SAID, SAID, st.integers(0, 4), st.integers(0, 4))
def test_what_is_known_to_be_the_same_hides_no_difference(
    before: list[Json], after: list[Json], kept: int, sure: int
) -> None:
    after = [*before[:kept], *after]
    known = Shared(frozenset(), min(sure, len(before[:kept])))
    old: dict[str, Json] = {"messages": before, "said": before, "n": 1}
    new: dict[str, Json] = {"messages": after, "said": after, "n": True}
    assert compare(old, new, known) == compare(old, new)
    assert compare(old, new, known)[-1].name == "n"


def test_states_share_the_channels_that_hold_the_same_and_the_messages_that_they_begin_with() -> None:
    one = Checkpoint("a", messages=marks("1", "2"), channels={"n": Held("x", 1), "m": Held("y", 1)})
    other = Checkpoint("b", "a", messages=marks("1", "3"), channels={"n": Held("x", 1), "m": Held("y", 2)})
    assert other.shares(one) == Shared(frozenset({"n"}), 1)
    assert other.shares(None) == Shared()


def otherwise(value: Json, turn: int) -> Json:
    """The same value to Python, with some numbers and booleans of another kind and its keys in another order."""
    if isinstance(value, dict):
        return {key: otherwise(part, turn + 1) for key, part in reversed(value.items())}
    if isinstance(value, list):
        return [otherwise(part, turn + 1) for part in value]
    alike = [one for one in LIKE if one == value]
    return alike[turn % len(alike)] if alike else value


def test_true_is_not_one_and_one_is_not_one_point_nought() -> None:
    (diff,) = compare({"plan": {"a": [True, 1, 2]}, "kept": 1}, {"plan": {"a": [1, 1.0, 2]}, "kept": 1})
    assert [(change.label, *words) for change, words in zip(diff.changes, told(diff), strict=True)] == [
        ("a[0]", "changed", "true1"),
        ("a[1]", "changed", "11.0"),
    ]
    told_of = messages([human("hi", "1", name=True), human("yo", "2")], [human("hi", "1", name=1), human("yo", "2")])
    assert [change.label for change in told_of.changes] == ["human name"]


def test_messages_that_cannot_be_told_apart_by_ids_are_told_by_their_places() -> None:
    assert told(messages([human("a"), human("b")], [human("b"), human("a")])) == [("changed", "ab"), ("changed", "ba")]
    assert told(messages([human("a", "1"), human("b", "1")], [human("b", "1"), human("b", "1")])) != []


def test_a_field_that_is_null_is_not_a_field_that_is_not_there() -> None:
    diff = messages([human("hi", "1", name=None)], [human("hi", "1")])
    assert (diff.changes[0].label, told(diff)) == ("human name", [("changed", "null")])


def test_what_is_no_list_is_not_a_conversation_without_messages() -> None:
    assert told(messages([], [human("hi", "1")])) == [("added", "hi")]
    (diff,) = compare({"messages": False}, {"messages": [human("hi", "1")]})
    assert told(diff)[0][0] == "changed"


def test_the_label_of_a_place_far_inside_is_cut() -> None:
    (diff,) = compare({"plan": {"k" * 10_000: 1}}, {"plan": {"k" * 10_000: 2}})
    assert len(diff.changes[0].label) < 300


def test_short_json_says_how_much_it_left_out() -> None:
    assert short_json({"a": "é"}) == '{"a": "é"}'
    assert short_json("x" * 9_998).endswith("… (10,000 characters)")
