"""What is written when a message is edited, where, and what the deployment made of it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.edits import as_typed, judge, same_message, with_args, with_message, with_texts
from studio.history.messages import parse_message
from studio.history.model import Json


def say(id: str, text: str, **more: Json) -> dict[str, Json]:
    return {"type": "human", "id": id, "content": text, **more}


OLD: list[Json] = [say("1", "one"), say("2", "two"), say("3", "three")]
MEANT = say("2", "zwei")


@pytest.mark.parametrize(
    ("after", "kind", "words"),
    [
        ([OLD[0], MEANT, OLD[2]], "replaced", "nothing else changed"),
        ([OLD[0], {**MEANT, "example": False, "name": None, "tool_calls": []}, OLD[2]], "replaced", "nothing else"),
        ([*OLD, MEANT], "appended", "grew to 4"),
        ([*OLD, say("9", "zwei")], "appended", "Appended instead of replaced"),
        ([OLD[0], OLD[2]], "dropped", "no longer holds"),
        ([OLD[0], OLD[2], say("9", "zwei")], "dropped", "Other messages: 2 before, 3 now"),
        (None, "dropped", "Other messages: 2 before, 0 now"),
        (OLD, "unchanged", "Ignored"),
        ([OLD[0], say("2", "ZWEI"), OLD[2]], "altered", "changed what was written"),
        ([OLD[0], {**MEANT, "name": "x"}, OLD[2]], "altered", "changed what was written"),
        ([OLD[0], MEANT], "altered", "Other messages: 2 before, 1 now"),
        ([OLD[0], MEANT, say("3", "drei")], "altered", "Other messages changed too"),
        ([OLD[2], MEANT, OLD[0]], "altered", "Other messages changed too"),
        ([OLD[0], OLD[2], MEANT], "altered", "moved to another place"),
    ],
)
def test_the_verdict_says_what_the_deployment_now_holds(after: Json, kind: str, words: str) -> None:
    verdict = judge(OLD, MEANT, after)
    assert verdict.kind == kind
    assert words in verdict.text
    assert verdict.as_meant == (kind == "replaced")


def test_saving_a_message_as_it_was_is_as_meant() -> None:
    assert judge(OLD, say("2", "two"), OLD).as_meant


def called(id: str, value: Json) -> dict[str, Json]:
    return {"type": "ai", "id": id, "content": "", "tool_calls": [{"name": "tool", "args": {"sure": value}}]}


def test_true_is_not_1_to_any_verdict() -> None:
    old: list[Json] = [called("1", True), called("2", True)]
    assert judge(old, called("1", 1), old).kind == "unchanged"
    assert "Other messages changed too" in judge(old, called("1", 2), [called("1", 2), called("2", 1)]).text
    assert not same_message(called("1", True), called("1", 1))
    assert same_message(called("1", 1.0), called("1", 1)), "which is how servers in JavaScript write it"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "id", "content"]), inner),
    max_leaves=15,
)
STATES = st.lists(st.builds(say, st.sampled_from("123"), st.text(max_size=3)) | ANYTHING, max_size=5) | ANYTHING


@given(STATES, STATES)
@settings(max_examples=150)
def test_praise_is_never_given_for_anything_but_the_one_replacement(before: Json, after: Json) -> None:
    verdict = judge(before, MEANT, after)
    if verdict.as_meant:
        old, new = (
            [v for v in value if parse_message(v)] if isinstance(value, list) else [] for value in (before, after)
        )
        assert MEANT in new
        assert len(old) == len(new)
        assert all(a == b for a, b in zip(old, new, strict=True) if not (isinstance(b, dict) and b.get("id") == "2"))


def test_a_text_is_replaced_and_every_other_field_stays() -> None:
    raw: dict[str, Json] = {**MEANT, "additional_kwargs": {"a": [1]}, "response_metadata": {}, "odd": None}
    assert with_texts(raw, {0: "new"}) == {**raw, "content": "new"}
    assert with_texts(raw, {}) == raw
    assert raw["content"] == "zwei", "the original is not touched"


def test_texts_of_blocks_are_replaced_in_their_places() -> None:
    picture: Json = {"type": "image", "url": "https://e.org"}
    content: list[Json] = ["plain", picture, {"type": "text", "text": "old", "annotations": [1]}, 5]
    written = with_texts({"type": "ai", "content": content}, {0: "a", 2: "b"})
    assert written["content"] == ["a", picture, {"type": "text", "text": "b", "annotations": [1]}, 5]
    assert content[0] == "plain"


def browser(text: str) -> str:
    """What comes back of a text from a text area that nobody touched."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


LINES = st.lists(st.sampled_from(["a", "\r\n", "\n", "\r", "é", " "])).map("".join)


@given(LINES)
@settings(max_examples=150)
def test_line_ends_that_nobody_touched_stay_as_they_were(text: str) -> None:
    assert as_typed(text, browser(text)) == text
    plain: dict[str, Json] = {"type": "human", "content": text}
    assert with_texts(plain, {0: browser(text)}) == plain
    block: dict[str, Json] = {"type": "human", "content": [text, {"type": "text", "text": text, "cache": 1}]}
    assert with_texts(block, {0: browser(text), 1: browser(text)}) == block


@given(LINES, LINES)
@settings(max_examples=100)
def test_words_that_were_typed_have_plain_line_ends(old: str, typed: str) -> None:
    written = as_typed(old, browser(typed))
    assert browser(written) == browser(typed)
    assert written == old or "\r" not in written


@given(ANYTHING, st.dictionaries(st.integers(0, 4), st.text(max_size=4)))
@settings(max_examples=100)
def test_no_content_is_too_odd_to_be_edited(content: Json, texts: dict[int, str]) -> None:
    raw: dict[str, Json] = {"type": "ai", "id": "1", "content": content, "name": "x"}
    written = with_texts(raw, texts)
    assert {**written, "content": content} == raw


def test_a_message_takes_the_place_of_the_one_with_its_id() -> None:
    held: list[Any] = [{"id": "1", "content": "a"}, "no message", {"content": "nameless"}, {"id": "2", "content": "b"}]
    new = {"id": "2", "content": "c"}
    assert with_message(held, new) == [*held[:3], new]
    assert with_message(held, {"id": "3", "content": "c"}) == held
    assert with_message(None, new) == []


def test_only_the_calls_that_were_named_get_other_arguments() -> None:
    raw: dict[str, Any] = {"tool_calls": [{"args": {"a": 1.0}, "odd": 2**60}, "no call", {"args": {}}]}
    changed = with_args(raw, {1: {}, 2: {"b": 2}})
    assert repr(changed["tool_calls"]) == repr([{"args": {"a": 1.0}, "odd": 2**60}, "no call", {"args": {"b": 2}}])
    assert with_args(raw, {}) == raw
    assert with_args({"tool_calls": None}, {0: {}}) == {"tool_calls": None}
