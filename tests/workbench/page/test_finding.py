"""Searching inside a thread: by what a checkpoint is, and by the messages that it brought."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.history.marks import Mark, Marks
from studio.history.model import Checkpoint, Json, Snapshot
from studio.history.spine import Spine
from studio.workbench.page.finding import AROUND, find
from tests.history.trees import hostile, line
from tests.workbench.spines import at, branch, known, said


def ids(spine: Spine, words: str, snapshot: Snapshot | None = None) -> list[str]:
    return [found.checkpoint.id for found in find(spine, snapshot, words)]


RUN = "019f2b1c-run-of-tuesday"
FACTS = known(
    [
        Checkpoint("id-a", None, -1, "input", ("__start__",)),
        Checkpoint("id-b", "id-a", 0, "loop", ("agent",), run_id=RUN),
        Checkpoint("id-c", "id-b", 1, "loop", ("tools", "Search"), run_id=RUN),
        Checkpoint("id-d", "id-c", 2, "loop", ("tools",), interrupted=True),
        Checkpoint("id-e", "id-c", 12, "update", ("agent",), error="TimeoutError"),
        Checkpoint("id-f", "id-e", 13, "fork", (), error="CancelledError"),
        Checkpoint("id-g", "id-f", None, "loop"),
    ]
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("node:agent", "ecb"),
        ("node:AGENT", "ecb"),
        ("node:search", "dc"),
        ("node:sea", "dc"),
        ("agent", "ecb"),
        ("input", "ba"),
        ("step:1", "c"),
        ("step 1", "c"),
        ("STEP  12", "e"),
        ("step:-1", "a"),
        ("step −1", "a"),
        ("step:−1", "a"),
        ("1", "c"),
        ("12", "e"),
        ("step:", ""),
        ("step:x", ""),
        ("step:none", ""),
        ("is:interrupt", "d"),
        ("is:error", "e"),
        ("is:stopped", "f"),
        ("is:edit", "e"),
        ("is:update", "e"),
        ("is:fork", "f"),
        ("is:timeouterror", "e"),
        ("is:input", "a"),
        ("timeout", "e"),
        ("id-c", "c"),
        ("ID-C", "c"),
        ("id:id-c", "c"),
        ("id:d-c", "c"),
        ("id:c", "c"),
        ("id-", ""),
        ("run:tuesday", "cb"),
        ("tuesday", "cb"),
        ("tue", ""),
        ("run:id", ""),
        ("nothing", ""),
        ("node:agent step:1", "c"),
        ("node:agent step:2", ""),
        ("node:agent step:12", "e"),
        ("agent tuesday", "cb"),
        ("agent nothing", ""),
        ("agent edit 12", "e"),
        ("made-up:agent", ""),
        ("  agent  ", "ecb"),
    ],
)
def test_a_checkpoint_is_found_by_what_it_is(words: str, found: str) -> None:
    assert sorted(ids(FACTS, words)) == [f"id-{letter}" for letter in sorted(found)]


def test_what_was_found_comes_in_the_order_of_the_drawing() -> None:
    drawn = [line.row.checkpoint.id for line in FACTS.drawing.lines if line.kind == "row"]
    assert ids(FACTS, "id:id-") == drawn
    assert ids(FACTS, "") == drawn


def test_a_row_is_found_by_the_words_of_its_title() -> None:
    tree = known([Checkpoint("a", messages=Marks([Mark("m", "1")])), Checkpoint("b", "a", 1, "update")])
    assert ids(tree, "messages removed") == ["b"]


# r ── s ── t ── u, and aside s ── v: b is changed at u, c comes at u, x is on the other branch
TALK = branch(r=("", "a"), s=("r", "ab"), t=("s", "ab"), u=("t", "aBc"), v=("s", "abx"))


def talk(**texts: str) -> Snapshot:
    messages: list[Json] = [said(id, content=text) for id, text in texts.items()]
    return at(TALK, "u", messages=messages)


def test_a_message_is_found_at_the_checkpoint_that_brought_it_or_changed_it_last() -> None:
    state = talk(a="a ticket to Kyoto", b="two tickets to Nara", c="three tickets to Kyoto")
    assert ids(TALK, "kyoto", state) == ["u", "r"]
    assert ids(TALK, "NARA", state) == ["u"], "where its words are from"
    assert ids(TALK, "text:ticket", state) == ["u", "r"]
    assert ids(TALK, "tickets kyoto", state) == ["u"]


def test_messages_are_searched_on_the_path_of_the_state_on_show_only() -> None:
    here, there = talk(a="Kyoto", b="Nara", c="Osaka"), at(TALK, "v", messages=[said("x", content="Osaka in May")])
    assert ids(TALK, "osaka", here) == ["u"]
    assert ids(TALK, "osaka", there) == ["v"]
    assert ids(TALK, "osaka") == []
    assert ids(TALK, "osaka", at(TALK, "r", messages=[said("a", content="Kyoto")])) == []


def test_a_message_that_is_no_longer_there_is_not_found() -> None:
    tree = branch(r=("", "a"), s=("r", "ab"), t=("s", "a"))
    assert ids(tree, "words of b", at(tree, "t")) == []
    assert ids(tree, "text:b", at(tree, "s")) == ["s"]


def test_a_message_older_than_what_has_been_read_is_found_nowhere() -> None:
    tree = branch(s=("unread", "a"), t=("s", "ab"))
    assert ids(tree, "words", at(tree, "t")) == ["t"]


CALL: Json = [{"id": "1", "name": "web_search", "args": {}}, {"id": "2", "name": "Multiply", "args": {}}]
ROLES = at(
    TALK,
    "u",
    messages=[
        said("a", "human", content="What is six times seven?", name="lance"),
        said("b", "ai", content="Let me see.", tool_calls=CALL),
        said("c", "tool", content="42", name="multiply", tool_call_id="2"),
    ],
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("role:human", ["r"]),
        ("role:ai", ["u"]),
        ("role:tool", ["u"]),
        ("role:hum", []),
        ("role:system", []),
        ("human", ["r"]),
        ("tool:multiply", ["u"]),
        ("tool:web", ["u"]),
        ("tool:lance", []),
        ("web_search", ["u"]),
        ("text:web_search", []),
        ("text:42", ["u"]),
        ("text:human", []),
        ("role:human text:seven", ["r"]),
        ("role:human text:42", []),
        ("role:human tool:multiply", []),
        ("is:42", []),
        ("node:multiply", []),
    ],
)
def test_a_message_is_found_by_its_role_its_tools_and_its_words(words: str, found: list[str]) -> None:
    assert ids(TALK, words, ROLES) == found


def excerpt(text: str, words: str) -> str:
    (found,) = find(TALK, talk(a=text), words)
    return found.excerpt


def test_an_excerpt_shows_the_words_around_the_hit() -> None:
    assert excerpt("A short text", "short") == "A short text"
    long = "x" * 100 + " Kyoto " + "y" * 100
    assert excerpt(long, "kyoto") == f"…{'x' * (AROUND - 1)} Kyoto {'y' * (AROUND - 1)}…"
    assert excerpt("Kyoto " + "y" * 100, "text:kyoto") == f"Kyoto {'y' * (AROUND - 1)}…"
    assert excerpt("x" * 100 + " Kyoto", "kyoto") == f"…{'x' * (AROUND - 1)} Kyoto"
    assert excerpt("two\n\n  lines of Kyoto", "kyoto") == "two lines of Kyoto"


def test_what_is_found_by_its_facts_alone_has_no_excerpt() -> None:
    assert [found.excerpt for found in find(FACTS, None, "node:agent")] == [""] * 3
    assert excerpt("Kyoto", "role:human") == ""


@pytest.mark.parametrize("text", ["İİİİİİİİ" * 20 + " Kyoto in May", "ẞ Kyoto in May", "İ" * 500 + "Kyoto"])
def test_an_excerpt_has_the_hit_in_it_when_lower_case_is_longer(text: str) -> None:
    assert "Kyoto" in excerpt(text, "kyoto")


PIECES = ["step 1", "step:", ":", "node:", "is:error", "text:", "\0", " ", "c0", "id:", "−"]


@given(hostile(), st.lists(st.sampled_from(PIECES), max_size=4).map("".join))
@settings(max_examples=100)
def test_hostile_trees_and_words_are_searched_all_the_same(checkpoints: list[Checkpoint], words: str) -> None:
    found = find(known({c.id: c for c in checkpoints}.values()), None, words)
    assert len({one.checkpoint.id for one in found}) == len(found)


@pytest.mark.parametrize("values", [None, [], "text", {"messages": [7, None, {"type": "ai"}]}, {"x": {"y": 1}}])
def test_states_that_hold_no_conversation_are_searched_by_facts_alone(values: Any) -> None:
    assert ids(known(line(2)), "c00001", Snapshot(line(2)[1], values)) == ["c00001"]
