"""What changed between two states."""

import json
import random
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.diff import CHANGES_SHOWN, FIRST, LONG, ChannelDiff, compare
from studio.history.model import Json
from studio.history.value_diff import CHARACTERS_SHOWN, Change, short_json
from studio.history.words import Part, word_parts

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
    began = time.perf_counter()
    parts = word_parts(old, new)
    assert time.perf_counter() - began < 3
    assert "".join(part.text for part in parts if part.kind != "added") == old
    assert "".join(part.text for part in parts if part.kind != "removed") == new


def test_two_unlike_essays_are_compared_at_once() -> None:
    some = random.Random(7)  # noqa: S311 – the same essay every time
    old, new = (" ".join(f"{kind}{some.randrange(400)}" for _ in range(990)) for kind in "ab")
    began = time.perf_counter()
    word_parts(old, new)
    assert time.perf_counter() - began < 1


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
    differ = {name for name in old.keys() | new.keys() if (name in old) != (name in new) or old[name] != new[name]}
    assert set(names) == differ
    assert len(names) == len(differ)
    assert all(part.text for diff in diffs for change in diff.changes for part in change.parts)


def test_a_value_nested_too_deeply_to_be_written_is_still_told() -> None:
    deep: Json = []
    for _ in range(50_000):
        deep = [deep]
    assert "deep" in short_json(deep)


def test_short_json_says_how_much_it_left_out() -> None:
    assert short_json({"a": "é"}) == '{"a": "é"}'
    assert short_json("x" * 9_998).endswith("… (10,000 characters)")
