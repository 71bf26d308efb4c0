"""Parts of pages that are remembered: bounded, and never shown where they are not true any more."""

from collections.abc import Hashable
from typing import Any

import pytest
from django.test import Client
from django.utils.safestring import SafeString, mark_safe

from studio.testing import FakeDeployment, FakeThread
from studio.web import fragments
from studio.web.fragments import fragment
from tests.support.pages import Element, read

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing remembered yet, and nothing of these tests afterwards."""
    monkeypatch.setattr(fragments, "_kept", type(fragments._kept)())
    monkeypatch.setattr(fragments, "_size", 0)


def made(text: str) -> SafeString:
    return mark_safe(text)  # noqa: S308 – the texts are ours


# The memory


def test_a_part_is_made_once_for_its_key() -> None:
    times: list[str] = []

    def render(text: str) -> SafeString:
        times.append(text)
        return made(text)

    for key in ("a", "b", "a", "b", ("a",)):
        assert fragment(key, lambda: render("<b>x</b>")) == "<b>x</b>"
    assert len(times) == 3


def test_the_same_key_is_the_same_text_and_another_key_is_not() -> None:
    def named(key: Hashable) -> SafeString:
        return fragment(key, lambda: made(str(key)))

    assert [named(key) for key in (1, (1, 2), 1, (1, 2))] == ["1", "(1, 2)", "1", "(1, 2)"]


def test_the_part_used_longest_ago_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "CHARACTERS_KEPT", 30)
    for key in "abc":
        fragment(key, lambda: made("x" * 10))
    fragment("a", lambda: made("never made again"))
    fragment("d", lambda: made("y" * 10))
    assert list(fragments._kept) == ["c", "a", "d"]
    assert fragments._size == sum(map(len, fragments._kept.values())) == 30


def test_a_large_part_is_made_each_time_and_pushes_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "LARGEST", 20)
    fragment("small", lambda: made("x" * 20))
    texts = iter("ab")
    assert [fragment("large", lambda: made(next(texts) * 21)) for _ in range(2)] == ["a" * 21, "b" * 21]
    assert list(fragments._kept) == ["small"]


def test_a_part_that_fails_is_not_remembered() -> None:
    def fail() -> SafeString:
        raise ValueError("no such price")

    with pytest.raises(ValueError, match="price"):
        fragment("a", fail)
    assert fragment("a", lambda: made("fine")) == "fine"


def test_a_part_may_hold_others() -> None:
    assert fragment("outer", lambda: made("<" + fragment("inner", lambda: made("x")) + ">")) == "<x>"


# Pages

pages = pytest.mark.django_db(transaction=True)


def see(client: Client, thread: FakeThread, query: str = "") -> Element:
    """The page, looked at twice: the second time its parts are remembered. Both have to say the same."""
    first, again = (read(client.get(f"/d/local/threads/{thread.id}/{query}")) for _ in range(2))
    assert talk(first) == talk(again)
    assert rows(first) == rows(again)
    return again


def talk(page: Element) -> str:
    return page.one(id="conversation").text


def rows(page: Element) -> list[str]:
    return [row["data-checkpoint-id"] for row in page.one(id="history").all(data_checkpoint_id=True)]


def newest_first(thread: FakeThread) -> list[str]:
    return [checkpoint.id for checkpoint in reversed(thread.checkpoints)]


def selected(page: Element) -> str:
    return page.one(id="history").one(aria_current="true")["data-checkpoint-id"]


@pages
def test_a_new_checkpoint_is_on_the_next_page(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    see(client, thread)
    fake_deployment.grow(thread, 1, {"messages": [{"type": "ai", "content": "A late thought"}]})
    page = see(client, thread)
    assert "A late thought" in talk(page)
    assert rows(page) == newest_first(thread)


@pages
def test_a_message_that_was_changed_is_shown_as_it_is_now(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    see(client, thread)
    first = thread.head.values["messages"][0]
    fake_deployment.grow(thread, 1, {"messages": [first | {"content": "Good evening"}]})
    assert "Good evening" in talk(see(client, thread))
    fake_deployment.grow(thread, 1, {"messages": [{"type": "remove", "id": first["id"], "content": ""}]})
    assert see(client, thread).one(id="conversation").all(tag="article", data_message_id=first["id"]) == []


@pages
def test_the_status_of_a_run_is_told_as_it_is_now(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    see(client, thread)
    fake_deployment.hold()
    run = fake_deployment.start_run(thread, {"assistant_id": "chat", "input": {"messages": []}})
    run.advance(1)

    def heading() -> str:
        return see(client, thread).one(id="history").one(value=run.id, tag="button").text

    run.advance(2)
    assert " · running" in heading()
    run.stop("interrupted")
    assert " · interrupted" in heading()


@pages
def test_a_checkpoint_that_fails_without_a_successor_is_marked(client: Client, fake_deployment: FakeDeployment) -> None:
    def fail(values: Any) -> None:
        raise ValueError("no such price")

    fake_deployment.add_graph("fails", {"fetch": fail})
    thread = fake_deployment.add_thread(graph_id="fails")
    fake_deployment.hold()
    run = fake_deployment.start_run(thread, {"assistant_id": "fails", "input": {}})
    run.advance(1)
    see(client, thread)
    fake_deployment.release()
    page = see(client, thread)
    assert "ValueError" in page.one(data_checkpoint_id=thread.head.id).text
    assert "no such price" in talk(page)


@pages
def test_what_becomes_of_a_checkpoint_without_a_run_is_marked_too(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    fake_deployment.grow(thread, 1)
    see(client, thread)
    thread.head.next, thread.updated_at = ("conversation",), fake_deployment.clock.now()
    page = see(client, thread)
    assert "conversation" in page.one(data_checkpoint_id=thread.head.id).text


@pages
def test_each_selection_shows_its_own_state(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("First", "Second")
    for checkpoint in [*thread.checkpoints, *reversed(thread.checkpoints)]:
        page = see(client, thread, f"?checkpoint={checkpoint.id}")
        assert selected(page) == checkpoint.id
        contents = [message["content"] for message in checkpoint.values.get("messages", [])]
        articles = page.one(id="conversation").all(tag="article", data_message_id=True)
        assert len(articles) == len(contents)
        assert all(content in article.text for content, article in zip(contents, articles, strict=True))
        edits = [a["href"] for a in page.one(id="conversation").all(data_edit=True)]
        assert all(f"checkpoint={checkpoint.id}" in href for href in edits)


def branched(fake: FakeDeployment) -> FakeThread:
    """A thread with one question and three answers."""
    fake.reply("One", "Two", "Three")
    thread = fake.add_thread("Hello")
    for _ in range(2):
        fake.run(thread, None, checkpoint={"checkpoint_id": thread.checkpoints[1].id})
    return thread


@pages
def test_each_branch_lists_its_own_path(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = branched(fake_deployment)
    tips = [c for c in thread.checkpoints if not c.next]
    assert len(tips) == 3
    for tip in tips * 2:
        page = see(client, thread, f"?view=path&checkpoint={tip.id}")
        assert rows(page)[0] == tip.id
        assert selected(page) == tip.id


@pages
def test_each_choice_lists_what_it_chooses(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = branched(fake_deployment)
    run = thread.runs[1]
    for _ in range(2):
        assert sorted(rows(see(client, thread)), reverse=True) == newest_first(thread)
        assert rows(see(client, thread, "?view=time")) == newest_first(thread)
        assert len(rows(see(client, thread, "?fold=all"))) < len(thread.checkpoints)
        assert len(rows(see(client, thread, "?find=fork"))) < len(thread.checkpoints)
        assert rows(see(client, thread, "?find=nowhere")) == []
        assert "“elsewhere”" in see(client, thread, "?find=elsewhere").one(id="history").text
        marked = see(client, thread, f"?run={run.id}").one(id="history")
        assert any("ofrun" in row["class"] for row in marked.all(data_checkpoint_id=True))
        plain = see(client, thread).one(id="history")
        assert not any("ofrun" in row["class"] for row in plain.all(data_checkpoint_id=True))


@pages
def test_a_folded_side_branch_opens_for_whatever_is_selected_in_it(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = branched(fake_deployment)
    for checkpoint in thread.checkpoints * 2:
        page = see(client, thread, f"?fold=all&checkpoint={checkpoint.id}")
        assert selected(page) == checkpoint.id


@pages
def test_words_found_in_a_state_are_found_in_that_state_only(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = branched(fake_deployment)
    tips = [c for c in thread.checkpoints if not c.next]
    found = [rows(see(client, thread, f"?find=text:Two&checkpoint={tip.id}")) for tip in tips * 2]
    assert [bool(one) for one in found] == [False, True, False] * 2


@pages
def test_windows_of_a_long_history_are_each_their_own(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.grow(thread, 150)
    for first in (0, 50, 100, 0):
        assert rows(see(client, thread, f"?from={first}")) == newest_first(thread)[first : first + 50]


@pages
def test_a_studio_that_is_switched_to_reading_offers_no_edit(
    client: Client, fake_deployment: FakeDeployment, settings: Any
) -> None:
    thread = fake_deployment.add_thread("Hello")
    for only_reads in (False, True, False, True):
        settings.STUDIO_READ_ONLY = only_reads
        edits = see(client, thread).one(id="conversation").all(data_edit=True)
        assert bool(edits) is not only_reads


@pages
def test_more_messages_come_when_they_are_asked_for(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.grow(thread, 1, {"messages": [{"type": "ai", "content": f"number {n}."} for n in range(80)]})

    def count(query: str = "") -> int:
        return len(see(client, thread, query).one(id="conversation").all(tag="article"))

    few = count()
    assert few < 80
    assert (count("?all=1"), count("?latest=60"), count()) == (80, 60, few)


@pages
def test_threads_do_not_show_each_other(client: Client, fake_deployment: FakeDeployment) -> None:
    threads = [fake_deployment.add_thread(text) for text in ("Mine", "Yours")]
    for thread, words in zip(threads * 2, ("Mine", "Yours") * 2, strict=True):
        page = see(client, thread)
        assert words in talk(page)
        links = [a["href"] for a in page.one(id="history").all(tag="a")]
        assert all(thread.id in href for href in links)


@pages
def test_a_copy_links_to_itself(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    see(client, thread)
    client.post(f"/d/local/threads/{thread.id}/fork/", {"checkpoint": thread.head.id})
    copied = next(other for other in fake_deployment.threads.values() if other.id != thread.id)
    client.get(f"/d/local/threads/{copied.id}/")  # tells once that it is a copy
    page = see(client, copied)
    assert rows(page) == newest_first(thread)
    assert thread.id not in "".join(a["href"] for a in page.one(id="history").all(tag="a"))
    assert thread.id not in "".join(a["href"] for a in page.one(id="conversation").all(data_edit=True))


@pages
def test_a_subgraph_that_is_open_is_read_only_and_its_own(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    inner = thread.nest(thread.checkpoints[1], thread.checkpoints[1].tasks[0])
    fake_deployment.grow(inner, 2, {"messages": [{"type": "ai", "content": "Inside"}]})
    for _ in range(2):
        assert see(client, thread).one(id="conversation").all(data_edit=True)
        page = see(client, thread, f"in/{inner.namespace}/")
        assert "Inside" in talk(page)
        assert page.one(id="conversation").all(data_edit=True) == []
        assert all("/in/" in row["href"] for row in page.one(id="history").all(data_checkpoint_id=True))


@pages
def test_what_is_refreshed_is_as_true_as_the_whole_page(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    see(client, thread)
    fake_deployment.run(thread, {"messages": [{"type": "human", "content": "Again"}]})
    for tail in ("live/", "history/"):
        part = read(client.get(f"/d/local/threads/{thread.id}/{tail}", headers=HTMX))
        assert rows(part) == newest_first(thread)
    assert "Again" in talk(read(client.get(f"/d/local/threads/{thread.id}/live/", headers=HTMX)))
    assert "Again" in talk(see(client, thread))
