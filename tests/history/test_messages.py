"""Messages in the shapes that models and libraries write them, and in no shape at all."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.blocks import first_words
from studio.history.messages import (
    Message,
    ToolCall,
    Usage,
    conversation,
    is_conversation,
    message_channels,
    message_ids,
    parse_message,
    turns,
)
from studio.history.model import Json


def parsed(value: Any) -> Message:
    message = parse_message(value)
    assert message
    return message


def kinds(content: Json) -> list[tuple[str, str]]:
    """Kind and text of each block of a content."""
    return [(block.kind, block.text) for block in parsed({"type": "ai", "content": content}).blocks]


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ({"type": "human"}, "human"),
        ({"type": "ai"}, "ai"),
        ({"type": "AIMessageChunk"}, "ai"),
        ({"type": "tool"}, "tool"),
        ({"type": "function"}, "tool"),
        ({"type": "system"}, "system"),
        ({"role": "user"}, "human"),
        ({"role": "assistant"}, "ai"),
        ({"role": "developer"}, "system"),
        ({"type": "chat", "role": "moderator"}, "chat"),
        ({"type": ["?"], "role": "user"}, "human"),
        ({"type": "made-up"}, "made-up"),
    ],
)
def test_the_role_is_known_whoever_wrote_the_message(kind: dict[str, Json], role: str) -> None:
    assert parsed({**kind, "content": "hi"}).role == role


def test_a_plain_message_is_one_block_of_text() -> None:
    message = parsed({"type": "human", "id": "1", "name": "Ann", "content": "hi"})
    assert (message.id, message.name, message.text) == ("1", "Ann", "hi")
    assert [(b.kind, b.index, b.raw) for b in message.blocks] == [("text", 0, "hi")]


@pytest.mark.parametrize("content", ["", None, []])
def test_a_message_may_say_nothing(content: Json) -> None:
    assert parsed({"type": "ai", "content": content}).text == ""


@pytest.mark.parametrize(
    "value", [None, 1, "hi", [], {}, {"type": "ai"}, {"content": "hi"}, {"type": 1, "content": ""}]
)
def test_what_is_no_message_is_none(value: Json) -> None:
    assert parse_message(value) is None


def test_a_removal_needs_no_content() -> None:
    assert parsed({"type": "remove", "id": "1"}).role == "remove"


def test_texts_of_blocks_are_joined_and_thoughts_kept_apart() -> None:
    message = parsed(
        {
            "type": "ai",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                "plain",
                {"type": "text", "text": "block"},
                {"type": "reasoning", "reasoning": "so"},
                {"type": "output_text", "text": "said"},
            ],
        }
    )
    assert message.text == "plain\nblock\nsaid"
    assert [b.kind for b in message.blocks] == ["thought", "text", "text", "thought", "text"]
    assert [b.index for b in message.blocks] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("kind", ["tool_use", "tool_call", "tool_call_chunk", "input_json_delta", "function_call"])
def test_calls_inside_a_content_are_not_shown_twice(kind: str) -> None:
    assert kinds([{"type": kind, "name": "search"}]) == [("call", "")]


@pytest.mark.parametrize("item", [1, None, [], {}, {"type": "text"}, {"type": "text", "text": 5}, {"type": "server"}])
def test_a_block_of_no_known_kind_is_kept_as_it_is(item: Json) -> None:
    (block,) = parsed({"type": "ai", "content": [item]}).blocks
    assert (block.kind, block.raw) == ("other", item)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        # LangChain v0 and v1
        (
            {"type": "image", "source_type": "base64", "data": "QQ==", "mime_type": "image/png"},
            ("image", "QQ==", "", "image/png", ""),
        ),
        ({"type": "image", "base64": "QQ==", "mime_type": "image/png"}, ("image", "QQ==", "", "image/png", "")),
        ({"type": "image", "url": "https://e.org/a.png"}, ("image", "", "https://e.org/a.png", "", "")),
        (
            {"type": "file", "base64": "QQ==", "mime_type": "application/pdf", "filename": "a.pdf"},
            ("file", "QQ==", "", "application/pdf", "a.pdf"),
        ),
        ({"type": "audio", "file_id": "f1"}, ("file", "", "", "", "f1")),
        # OpenAI
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,QQ=="}},
            ("image", "QQ==", "", "image/png", ""),
        ),
        ({"type": "image_url", "image_url": "https://e.org/a.png"}, ("image", "", "https://e.org/a.png", "", "")),
        ({"type": "input_image", "image_url": "data:image/gif,QQ"}, ("image", "QQ", "", "image/gif", "")),
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data"}},
            ("file", "data", "", "", "a.pdf"),
        ),
        # Anthropic
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "QQ=="}},
            ("image", "QQ==", "", "image/jpeg", ""),
        ),
        (
            {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}},
            ("image", "", "https://e.org/a.png", "", ""),
        ),
        # nobody's
        ({"type": "image", "image_url": 5, "source": [1], "url": None}, ("image", "", "", "", "")),
    ],
)
def test_pictures_and_files_are_found_in_every_shape(item: Json, expected: tuple[str, ...]) -> None:
    (block,) = parsed({"type": "human", "content": [item]}).blocks
    assert (block.kind, block.data, block.url, block.mime, block.name) == expected


def test_calls_that_could_not_be_parsed_say_why() -> None:
    message = parsed(
        {
            "type": "ai",
            "content": "",
            "tool_calls": [{"id": "c1", "name": "search", "args": {"q": "x"}}, {}, "?"],
            "invalid_tool_calls": [{"id": "c2", "name": "search", "args": "{q", "error": None}],
        }
    )
    assert message.tool_calls == (
        ToolCall("c1", "search", {"q": "x"}),
        ToolCall(None, "?", None),
        ToolCall("c2", "search", "{q", "its arguments could not be parsed"),
    )


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}, Usage(3, 4)),
        ({"input_tokens": 3}, Usage(3, 0)),
        ({"input_tokens": "3"}, None),
        ({}, None),
        ("many", None),
        (None, None),
    ],
)
def test_usage_is_what_the_model_reported(usage: Json, expected: Usage | None) -> None:
    assert parsed({"type": "ai", "content": "", "usage_metadata": usage}).usage == expected


def caller(*ids: str | None) -> Message:
    calls: list[Json] = [{"id": id, "name": "f", "args": {}} for id in ids]
    return parsed({"type": "ai", "content": "", "tool_calls": calls})


def result(id: Json, text: str = "done") -> Message:
    return parsed({"type": "tool", "content": text, "tool_call_id": id})


def test_results_stand_beside_their_calls_whatever_their_order() -> None:
    laid = turns([caller("a", "b"), result("b", "second"), result("a", "first")])
    assert len(laid) == 1
    assert {id: (turn.message.text, turn.position) for id, turn in laid[0].results.items()} == {
        "b": ("second", 1),
        "a": ("first", 2),
    }


def test_results_without_a_call_stay_where_they_are() -> None:
    laid = turns([result("a"), caller("a"), result("a", "first"), result("a", "again"), result(None), result("x")])
    assert [turn.position for turn in laid] == [0, 1, 3, 4, 5]
    assert laid[1].results["a"].message.text == "first"


def test_an_id_that_is_used_again_belongs_to_the_latest_call() -> None:
    laid = turns([caller("a"), caller("a"), result("a")])
    assert (list(laid[0].results), list(laid[1].results)) == ([], ["a"])


FIELDS = [
    "type",
    "role",
    "id",
    "name",
    "content",
    "text",
    "args",
    "error",
    "url",
    "data",
    "source",
    "image_url",
    "file",
]
FIELDS += ["tool_calls", "invalid_tool_calls", "tool_call_id", "usage_metadata", "input_tokens", "status", "reasoning"]
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["a", "b", "tool"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner
            | st.sampled_from(
                ["ai", "human", "tool", "image", "image_url", "file", "text", "thinking", "data:", "remove"]
            ),
            max_size=6,
        )
    ),
    max_leaves=25,
)
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(["ai", "tool", "human"]), "content": HOSTILE},
    optional={
        "id": HOSTILE,
        "tool_calls": st.lists(st.fixed_dictionaries({"id": st.sampled_from("abc")}) | HOSTILE, max_size=3) | HOSTILE,
        "invalid_tool_calls": HOSTILE,
        "tool_call_id": st.sampled_from("abc") | HOSTILE,
        "usage_metadata": HOSTILE,
        "name": HOSTILE,
        "status": HOSTILE,
    },
)


@given(st.lists(MESSAGES | HOSTILE, max_size=6))
@settings(max_examples=200)
def test_nothing_that_a_deployment_holds_is_too_malformed(value: list[Json]) -> None:
    read = conversation(value)
    laid = turns(read)
    shown = [turn for top in laid for turn in (top, *top.results.values())]
    assert sorted(turn.position for turn in shown) == list(range(len(read))), "each message once"
    assert all(turn.message is read[turn.position] for turn in shown)
    assert [top.position for top in laid] == sorted(top.position for top in laid)
    channels: dict[str, Json] = {"messages": value, "x": value}
    assert message_channels(channels) in ([], ["messages", "x"])
    assert all(isinstance(id, str) and id for id in message_ids(channels))
    for message in read:
        assert [block.index for block in message.blocks] == list(range(len(message.blocks)))
        assert len(message.text) >= 0


@given(HOSTILE, st.integers(1, 80))
@settings(max_examples=150)
def test_first_words_are_one_short_line(value: Json, limit: int) -> None:
    line = first_words(value, limit)
    assert len(line) <= limit
    assert line == " ".join(line.split())


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("  two\n words ", "two words"),
        ("x" * 200, "x" * 139 + "…"),
        ([{"type": "text", "text": "a"}, {"type": "image"}, "b"], "a b"),
        ([1, 2], "2 items"),
        ({"question": "Sure?", "text": "no"}, "Sure?"),
        ({"b": 1, "a": 2}, "b, a"),
        (None, ""),
        (False, "False"),
        (0, "0"),
    ],
)
def test_first_words_say_what_a_value_is_about(value: Json, line: str) -> None:
    assert first_words(value) == line


def test_a_conversation_is_a_list_of_messages_and_of_nothing_else() -> None:
    said: Json = {"type": "human", "content": "hi"}
    assert is_conversation([said])
    assert is_conversation([said, {"type": "made-up", "content": ""}])
    assert not is_conversation([{"type": "made-up", "content": ""}])
    assert not is_conversation([said, 1])
    assert not is_conversation([])
    assert not is_conversation(said)


def test_the_channel_called_messages_comes_first() -> None:
    said: list[Json] = [{"type": "human", "content": "hi", "id": "1"}]
    assert message_channels({"a": said, "messages": said, "b": [1], "c": None}) == ["messages", "a"]
    assert message_ids({"a": said, "messages": [*said, {"type": "ai", "content": ""}]}) == ("1", "1")
