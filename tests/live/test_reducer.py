"""Events of a run in, pieces of HTML out."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.deployments.runs import Event
from studio.live.reducer import Reducer
from tests.web.markup import Markup


def token(text: Any, id: str = "m1", node: str = "agent", **more: Any) -> Event:
    """A piece of a message as a run streams it."""
    chunk = {"type": "AIMessageChunk", "id": id, "content": text, **more}
    return Event("", "messages", [chunk, {"langgraph_node": node}])


def call(index: int, args: Any, name: Any = None, id: Any = None) -> Event:
    """A piece of a tool call."""
    return token("", tool_call_chunks=[{"index": index, "args": args, "name": name, "id": id}])


class Page:
    """What a browser has after the pieces that it was sent: texts by the element that they were appended to."""

    def __init__(self) -> None:
        self.articles: list[dict[str, str | None]] = []
        self.texts: dict[str, str] = {}
        self.calls: list[str] = []
        self.progress: list[str] = []
        self.order: list[str] = []

    def take(self, html: str) -> "Page":
        markup = Markup(html)
        assert markup.odd == []
        for element in markup.elements:
            assert element.tag in ("div", "article", "header", "span", "b", "code", "pre", "progress", "h3", "p")
            assert element.attributes.keys() <= {
                "id",
                "class",
                "role",
                "max",
                "value",
                "hx-swap-oob",
                "data-message-id",
                "data-role",
                "data-numbers",
            }
            target = str(element.attributes.get("hx-swap-oob", "")).removeprefix("beforeend:#")
            if element.tag == "article":
                self.articles.append(element.attributes)
                self.order.append(f"article {element.attributes['data-message-id']}")
            elif element.attributes.get("class") == "call":
                self.calls.append("".join(element.text))
                self.order.append("call")
            elif element.attributes.get("hx-swap-oob") == "innerHTML:#progress":
                self.progress.append("".join(element.text))
            elif target.endswith("-text") or "-args-" in target:
                self.texts[target] = self.texts.get(target, "") + "".join(element.text)
                self.order.append("".join(element.text))
        return self

    @property
    def text(self) -> str:
        """The text of the one message on the page."""
        (only,) = self.texts.values()
        return only


def played(*events: Event) -> Page:
    reducer = Reducer()
    for event in events:
        reducer.feed(event)
    return Page().take(reducer.flush())


TOKENS = st.lists(st.text("<&>\"'a é{}%\n", max_size=4), max_size=12)


@given(TOKENS, st.data())
@settings(max_examples=150)
def test_a_text_is_the_same_wherever_it_is_cut_into_frames(tokens: list[str], data: st.DataObject) -> None:
    reducer, page = Reducer(), Page()
    for text in tokens:
        reducer.feed(token(text))
        if data.draw(st.booleans()):
            page.take(reducer.flush())
            assert reducer.empty
    page.take(reducer.flush())
    assert "".join(page.texts.values()) == "".join(tokens)
    assert len(page.articles) == bool(tokens)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.text("<xy", min_size=1, max_size=2)), max_size=12), st.data())
@settings(max_examples=100)
def test_messages_that_stream_side_by_side_do_not_mix(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    reducer, page = Reducer(), Page()
    for id, text in parts:
        reducer.feed(token(text, id=id))
        if data.draw(st.booleans()):
            page.take(reducer.flush())
    page.take(reducer.flush())
    keys = {str(a["data-message-id"]): f"{a['id']}-text" for a in page.articles}
    assert {id: page.texts[key] for id, key in keys.items()} == {
        id: "".join(text for other, text in parts if other == id) for id in dict(parts)
    }


def test_what_happens_stands_in_the_order_in_which_it_happened() -> None:
    page = played(
        token("one"), token(" two"), token("three", id="m2"), token("four"), call(0, "{", name="f"), token("!")
    )
    assert page.order == ["article m1", "one two", "article m2", "three", "four", "call", "{", "!"]


def test_nothing_is_sent_when_nothing_happened() -> None:
    reducer = Reducer()
    told = [(reducer.empty, reducer.flush() == "")]
    reducer.feed(token("a"))
    told.append((reducer.empty, reducer.flush() == ""))
    told.append((reducer.empty, reducer.flush() == ""))
    assert told == [(True, True), (False, False), (True, True)]


ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{x}{0}%s"


@pytest.mark.parametrize(
    "event",
    [
        token(ATTACK),
        token("x", id=ATTACK),
        token("x", node=ATTACK),
        token("", tool_call_chunks=[{"index": ATTACK, "name": ATTACK, "args": ATTACK, "id": ATTACK}]),
        Event("", "custom", ATTACK),
        Event("", "custom", {ATTACK: ATTACK}),
        Event("", "custom", {"progress": 5, ATTACK: ATTACK}),
        Event("", "error", {"error": ATTACK, "message": ATTACK}),
        Event("", "error", ATTACK),
    ],
)
def test_hostile_words_stay_words(event: Event) -> None:
    reducer = Reducer()
    reducer.feed(event)
    html = reducer.flush()
    Page().take(html)
    assert "<script" not in html
    assert "<img" not in html


def test_an_attack_is_shown_as_it_was_said() -> None:
    page = played(token(ATTACK, id=ATTACK))
    assert page.text == ATTACK
    assert page.articles[0]["data-message-id"] == ATTACK
    assert str(page.articles[0]["id"]).replace("-", "").isalnum()


def test_the_arguments_of_a_call_grow_beside_its_name() -> None:
    page = played(
        call(0, None, name="search", id="c1"),
        call(0, '{"q":'),
        call(1, "{}", name="add", id="c2"),
        call(0, ' "x"}'),
    )
    assert page.calls == ["searchc1", "addc2"]
    assert sorted(page.texts.values()) == ['{"q": "x"}', "{}"]


def test_a_call_is_announced_once_however_many_frames_it_takes() -> None:
    reducer, page = Reducer(), Page()
    for event in (call(0, "a", name="f"), call(0, "b"), call(0, "c")):
        reducer.feed(event)
        page.take(reducer.flush())
    assert page.calls == ["f"]
    assert page.text == "abc"


@pytest.mark.parametrize("type", ["human", "tool", "system", "HumanMessageChunk", "?", None, 5])
def test_messages_of_other_roles_come_with_the_state_instead(type: Any) -> None:
    assert played(Event("", "messages", [{"type": type, "id": "m", "content": "x"}, {}])).articles == []


def test_thoughts_and_pictures_are_not_streamed_as_words() -> None:
    page = played(token([{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "so", "index": 1}]))
    assert page.text == "so"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"progress": 40, "step": "reading"}, "40 %40 % step reading"),
        ({"progress": 12.5}, "12.5 %12.5 % "),
        ({"progress": -3}, "0 %0 % "),
        ({"progress": 10**400}, "100 %100 % "),
        ({"progress": float("nan")}, "0 %0 % "),
        ({"progress": True}, '{"progress": true}'),
        ({"progress": "half"}, '{"progress": "half"}'),
        ("almost there", "almost there"),
        (None, "null"),
        ([1], "[1]"),
        ("x" * 300, "x" * 200 + "…"),
    ],
)
def test_news_of_the_graph_itself_are_told(data: Any, told: str) -> None:
    assert played(Event("", "custom", data)).progress == [told]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"error": "ValueError", "message": "boom"}, "The run failed: ValueErrorboom"),
        ({"error": "ValueError"}, "The run failed: ValueError"),
        ("boom", "The run failed: errorboom"),
        (None, "The run failed: error"),
    ],
)
def test_a_failure_says_what_failed(data: Any, words: str) -> None:
    reducer = Reducer()
    reducer.feed(Event("", "error", data))
    assert Markup(reducer.flush()).text == words


def test_the_state_has_changed_after_a_step_and_not_after_a_token() -> None:
    reducer = Reducer()
    for event, stepped in (
        (Event("", "metadata", {"run_id": "r"}), True),
        (Event("", "updates", {"agent": {}}), True),
        (token("a"), True),
        (token("b"), False),
        (Event("", "custom", "x"), False),
        (Event("", "values", {}), True),
        (Event("", "tasks", {}), True),
        (Event("", "tools", {}), False),
    ):
        reducer.stepped = False
        reducer.feed(event)
        assert reducer.stepped == stepped, event


def whole(text: str, id: str = "m1", **more: Any) -> Event:
    """A message as it is so far, in the mode that repeats it with every token."""
    return Event("", "messages/partial", [{"type": "ai", "id": id, "content": text, **more}])


def traced(text: str, id: str = "m1") -> Event:
    """A piece of a message among the events of the graph's inner life."""
    chunk = {"type": "AIMessageChunk", "id": id, "content": text}
    about = {"event": "on_chat_model_stream", "metadata": {"langgraph_node": "agent"}}
    return Event("", "events", {**about, "data": {"chunk": chunk}})


@given(TOKENS, st.data())
@settings(max_examples=100)
def test_a_message_that_comes_as_a_whole_is_appended_once(tokens: list[str], data: st.DataObject) -> None:
    reducer, page, said = Reducer(), Page(), ""
    for text in tokens:
        said += text
        reducer.feed(whole(said))
        if data.draw(st.booleans()):
            page.take(reducer.flush())
    reducer.feed(whole(said))
    assert "".join(page.take(reducer.flush()).texts.values()) == said


@given(st.permutations([token, whole, traced]), st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=6))
@settings(max_examples=60)
def test_a_message_that_comes_in_several_ways_is_told_once(ways: list[Any], tokens: list[str]) -> None:
    reducer, said = Reducer(), ""
    for text in tokens:
        said += text
        for way in ways:
            reducer.feed(way(said if way is whole else text))
    page = Page().take(reducer.flush())
    assert page.text == said
    assert len(page.articles) == 1
    assert reducer.tokens == len(tokens)


def test_a_call_in_a_whole_message_is_announced_by_its_name() -> None:
    page = played(*(whole("", tool_calls=[{"name": "search", "id": "c1", "args": args}]) for args in ({}, {"q": "x"})))
    assert page.calls == ["searchc1"]
    assert page.texts == {}


def test_a_run_that_is_tried_again_starts_over_on_the_page() -> None:
    again = Event("", "metadata", {"run_id": "r", "attempt": 2})
    reducer = Reducer()
    for event in (token("lost"), again, token("kept")):
        reducer.feed(event)
    html = reducer.flush()
    assert "lost" not in html
    assert html.index('<div hx-swap-oob="innerHTML:#live"></div>') < html.index("attempt 2") < html.index("kept")
    assert html.count("<article") == 1


def test_the_end_of_a_run_is_no_news_of_a_beginning() -> None:
    assert played(Event("", "metadata", {"status": "run_done", "run_id": "r"})).progress == []


def test_numbers_of_the_graph_itself_are_told_as_numbers() -> None:
    reducer = Reducer()
    reducer.feed(Event("", "custom", {"done": 3, "total": 10, "file": "a.txt", "ready": False}))
    (told,) = [e for e in Markup(reducer.flush()).elements if "data-numbers" in e.attributes]
    assert json.loads(str(told.attributes["data-numbers"])) == {"done": 3, "total": 10}


FIELDS = ["type", "id", "content", "tool_call_chunks", "index", "name", "args", "progress", "error", "message"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner | st.sampled_from(["AIMessageChunk", "ai", "m1"]),
            max_size=6,
        )
    ),
    max_leaves=20,
)
CHUNKS = st.fixed_dictionaries(
    {"type": st.just("AIMessageChunk"), "id": st.text(st.characters(), max_size=3), "content": ANYTHING},
    optional={"tool_call_chunks": ANYTHING | st.lists(ANYTHING, max_size=3)},
)
EVENTS = st.builds(
    Event,
    st.just(""),
    st.sampled_from(
        ["messages", "messages/partial", "events", "metadata", "updates", "custom", "error", "values", "?"]
    ),
    st.tuples(CHUNKS, ANYTHING).map(list) | ANYTHING,
)


@given(st.lists(EVENTS, max_size=6))
@settings(max_examples=250)
def test_no_event_is_too_malformed(events: list[Event]) -> None:
    reducer = Reducer()
    for event in events:
        reducer.feed(event)
    Page().take(reducer.flush())
    assert reducer.empty


@pytest.mark.parametrize("calls", [5, True, "ab", {"index": 0}, [5], [{"index": True}], [{"index": -1, "args": {}}]])
def test_calls_that_are_none_do_not_hide_the_words(calls: Any) -> None:
    assert "words" in played(token("words", tool_call_chunks=calls)).texts.values()


def test_a_value_nested_a_thousand_deep_does_not_end_the_feed() -> None:
    deep: Any = []
    for _ in range(2000):
        deep = [deep]
    assert "deep" in played(Event("", "custom", deep)).progress[0]
