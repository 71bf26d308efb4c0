"""The ways to write a channel as a person chooses among them."""

from typing import Any

import pytest

from studio.history.model import Json
from studio.history.offers import Tried, as_chosen, best, offers, pick, reducer
from studio.history.writes import judge


def tried(way: str, before: Json, meant: Json, after: Json) -> Tried:
    """A way that made this of a channel."""
    return Tried(way, judge("c", before, meant, after, way=way), after)


APPENDED = tried("value", ["a"], ["b"], ["a", "b"])
FORCED = tried("overwrite", ["a"], ["b"], ["b"])
REFUSED = Tried("value", refused="boom")
SAID: list[Any] = [{"type": "human", "content": "x", "id": "1"}]
SHOUTED: list[Any] = [{"type": "human", "content": "X", "id": "1"}]
SHOUTING = (
    tried("messages", [], SAID, SHOUTED),
    tried("value", [], SAID, SHOUTED),
    tried("overwrite", [], SAID, SAID),
)


def test_what_the_reducer_does_is_said_with_what_would_be_there() -> None:
    assert reducer([APPENDED, FORCED]) == "Its reducer adds to what is there: it would be 2 items."
    assert reducer([tried("value", 5, 2, 7)]) == "Its reducer adds to what is there: it would be 7."
    assert reducer([tried("value", 7, 3, 7)]) == "Its reducer leaves it as it is."
    assert reducer([tried("value", 1, 2, 9)]) == "Its reducer makes something else of it: it would be 9."
    assert reducer([tried("value", 1, 2, 2)]) == ""
    assert reducer([REFUSED]) == "Its reducer refuses it."
    assert reducer([Tried("value")]) == "What its reducer makes of it is not known."


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1], "1 item."),
        ({"a": "x" * 80}, "an object of 1 key."),
        ({"a": 1}, '{"a": 1}.'),
        ("x" * 80, f'"{"x" * 59}….'),
    ],
)
def test_a_long_value_is_told_in_few_words(value: Json, words: str) -> None:
    assert reducer([tried("value", None, "else", value)]).endswith(f"it would be {words}")


def test_a_choice_is_offered_where_the_ways_differ() -> None:
    told = [(offer.value, offer.label, offer.picked) for offer in offers([APPENDED, FORCED], ["b"], "overwrite")]
    assert told == [
        ("value", "through its reducer: appended", False),
        ("overwrite?", "exactly as typed, past its reducer", True),
    ]
    rest = tried("rest", ["a"], ["a", "b"], ["a", "b"])
    whole = tried("value", ["a"], ["a", "b"], ["a", "a", "b"])
    assert [offer.value for offer in offers([whole, rest], ["a", "b"], "rest")] == ["value", "rest?"]


def test_nothing_is_offered_where_the_ways_come_to_the_same() -> None:
    assert offers([tried("value", 1, 2, 2)], 2, "value") == []
    ignored = [tried(way, 1, 2, 1) for way in ("value", "overwrite")]
    assert offers(ignored, 2, "value") == []
    assert [offer.value for offer in offers(SHOUTING, SAID, "messages")] == ["messages?", "overwrite"]
    assert [offer.value for offer in offers(SHOUTING, SAID, "value")] == ["value", "overwrite"], (
        "the chosen one is there"
    )


def test_a_way_that_is_refused_is_offered_only_while_it_is_the_chosen_one() -> None:
    assert [o.label for o in offers([REFUSED, FORCED], ["b"], "value")] == [
        "through its reducer: refused",
        "exactly as typed, past its reducer",
    ]
    assert offers([APPENDED, Tried("overwrite", refused="no")], ["b"], "value") == []
    assert offers([REFUSED, FORCED], ["b"], "overwrite") == []


def test_what_could_not_be_tried_is_offered_without_a_word_on_its_result() -> None:
    told = [offer.label for offer in offers([Tried("value"), Tried("overwrite")], 1, "value")]
    assert told == ["through its reducer", "exactly as typed, past its reducer"]


def test_the_first_way_that_does_what_is_meant_is_the_best() -> None:
    assert best([APPENDED, FORCED], ["b"]) is FORCED
    assert best([APPENDED], ["b"]) is APPENDED
    assert best([REFUSED, FORCED], ["b"]) is REFUSED, "nothing is forced past a reducer that says no"
    assert best(SHOUTING, SAID) is SHOUTING[0], "messages are not made plain objects without need"


def test_a_choice_counts_unless_another_way_does_the_same_with_less_force() -> None:
    assert pick([APPENDED, FORCED], ["b"], "value") is APPENDED
    assert pick([APPENDED, FORCED], ["b"], "") is FORCED
    assert pick([APPENDED, FORCED], ["b"], "magic") is FORCED
    assert pick([REFUSED, FORCED], ["b"], "overwrite") is FORCED
    assert pick(SHOUTING, SAID, "overwrite") is SHOUTING[2]
    assert pick([APPENDED, FORCED], ["b"], "value?") is FORCED, "what was suggested for another value is no choice"
    assert pick([Tried("value"), Tried("overwrite")], ["b"], "overwrite?").way == "overwrite"
    plain = tried("value", ["a"], ["b"], ["b"])
    assert pick([plain, FORCED], ["b"], "overwrite") is plain


def test_what_was_chosen_is_no_failure() -> None:
    assert APPENDED.verdict
    assert FORCED.verdict
    chosen = as_chosen(APPENDED.verdict)
    assert (chosen.as_meant, chosen.text) == (True, "added to what was there, as chosen")
    assert as_chosen(FORCED.verdict) == FORCED.verdict
