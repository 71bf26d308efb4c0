"""The history beside a thread: its windows, its choices, and how it is read while it is looked at."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from django.test import AsyncClient, Client

from studio.testing import FakeDeployment, FakeThread
from studio.testing.exchange import Answer, Seen
from studio.testing.faults import Unreachable
from studio.workbench.page.choice import MANY
from studio.workbench.page.rows import LINE, WINDOW
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
Get = Callable[..., Awaitable[Element]]


def url(thread: FakeThread, rest: str = "") -> str:
    return f"/d/local/threads/{thread.id}/{rest}"


@pytest.fixture
def get(async_client: AsyncClient) -> Get:
    """A page that has to be there: of a thread, of what lies below it, with what is asked."""

    async def ask(thread: FakeThread, rest: str = "", **asked: Any) -> Element:
        response = await async_client.get(url(thread, rest), asked)
        assert response.status_code == 200
        return read(response)

    return ask


def chosen(page: Element) -> dict[str, str]:
    """What the form of the history sends, wherever on the page its fields are."""
    form = page.one(id="choice")
    fields = [*form.all(tag="input"), *page.all(tag="input", form="choice")]
    return {
        field["name"]: field["value"]
        for field in fields
        if field.attributes.get("type") != "radio" or "checked" in field.attributes
    }


def pressing(page: Element, button: Element) -> dict[str, str]:
    """What the form sends when one of its buttons is pressed."""
    assert (button["type"], button["form"]) == ("submit", "choice")
    named = button.attributes.get("name")
    return chosen(page) | ({named: button["value"]} if named else {})


def button(page: Element, words: str) -> Element:
    found = [one for one in page.all(tag="button", form="choice") if one.text == words]
    assert len(found) == 1, f"{len(found)} buttons “{words}”"
    return found[0]


def listed(page: Element) -> list[str]:
    return [row["data-checkpoint-id"] for row in page.all(data_checkpoint_id=True)]


def newest_first(thread: FakeThread) -> list[str]:
    return [checkpoint.id for checkpoint in reversed(thread.checkpoints)]


def forked(fake: FakeDeployment, times: int = 1) -> FakeThread:
    """A thread with a conversation, and reruns of its answer on branches of their own."""
    thread = fake.add_thread("Hello")
    answered = thread.checkpoints[1].id
    for _ in range(times):
        fake.run(thread, None, checkpoint={"checkpoint_id": answered})
    return thread


@dataclass
class Long:
    """A long thread, which is read in small pages."""

    thread: FakeThread
    fake: FakeDeployment

    def asked(self) -> list[Seen]:
        return self.fake.seen(f"GET /threads/{self.thread.id}/history")


@pytest.fixture
def long(fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch) -> Long:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.grow(thread, 150, {"messages": [{"type": "ai", "content": "more " * 20}]})
    monkeypatch.setattr("studio.index.sync.PAGE_BYTES", 100_000)
    monkeypatch.setattr("studio.workbench.page.page.READ_ON", 400_000)
    return Long(thread, fake_deployment)


# Windows


async def test_a_window_of_the_history_begins_where_it_is_asked_to(get: Get, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.grow(thread, 3 * WINDOW)
    everything = newest_first(thread)
    for asked, first in (("0", 0), ("70", 70), ("9999", 2 * WINDOW), ("-3", 0), ("x", 0), ("9" * 5000, 0)):
        history = (await get(thread, "history/", **{"from": asked})).one(id="history")
        assert listed(history) == everything[first : first + WINDOW]
        assert (history["data-first"], history["data-lines"]) == (str(first), str(3 * WINDOW))
        heights = [int(space["height"]) for space in history.all(class_="space")]
        assert sum(heights) + WINDOW * LINE == 3 * WINDOW * LINE


async def test_the_page_of_an_old_checkpoint_opens_the_window_around_it(
    get: Get, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.grow(thread, 3 * WINDOW)
    old = thread.checkpoints[20]
    page = await get(thread, checkpoint=old.id)
    assert page.one(data_checkpoint_id=True, aria_current="true")["data-checkpoint-id"] == old.id
    slider = page.one(id="scrubber")
    assert (slider["min"], slider["max"], slider["value"]) == ("1", str(3 * WINDOW), "21")
    assert page.one(id="history")["data-selected"] == old.id


async def test_a_part_of_the_history_brings_what_changes_with_it(
    async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    part = await async_client.get(url(thread, "history/"), headers=HTMX)
    assert b"<html" not in part.content
    page = read(part)
    assert listed(page.one(id="history")) == newest_first(thread)
    for id in ("scrub", "head", "runstate"):
        assert "hx-swap-oob" in page.one(id=id).attributes
    assert "hx-swap-oob" not in page.one(id="history").attributes
    assert page.all(id="conversation") == []


def test_every_part_works_under_the_sync_client(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = forked(fake_deployment)
    for rest in ("", "live/", "history/", "earlier/", "inspector/"):
        for asked in ({}, {"view": "path"}, {"view": "time", "find": "step 0"}, {"fold": "all", "run": "x"}):
            response = client.get(url(thread, rest), asked)
            assert response.status_code == 200
            assert response.headers["Cache-Control"] == "no-store"


# Choices


async def test_side_branches_are_folded_away_and_listed_again_by_their_line(
    get: Get, fake_deployment: FakeDeployment
) -> None:
    thread = forked(fake_deployment)
    page = await get(thread)
    fold = page.one(class_="foldline")
    assert (fold["value"], fold["aria-expanded"]) == (thread.checkpoints[1].id, "true")
    assert fold.text == "1 fork · 1 checkpoint"
    assert thread.checkpoints[2].id in listed(page)
    folded = await get(thread, **pressing(page, fold))
    fold = folded.one(class_="foldline")
    assert fold["aria-expanded"] == "false"
    assert thread.checkpoints[2].id not in listed(folded)
    assert folded.one(id="history")["data-total"] == str(len(thread.checkpoints)), "what is folded away is counted"
    again = await get(thread, **pressing(folded, fold))
    assert listed(again) == listed(page)


async def test_a_folded_branch_is_listed_while_its_checkpoint_is_on_show(
    get: Get, fake_deployment: FakeDeployment
) -> None:
    thread = forked(fake_deployment)
    aside = thread.checkpoints[2].id
    page = await get(thread, checkpoint=aside, fold="all")
    assert page.one(data_checkpoint_id=aside)["aria-current"] == "true"


async def test_all_side_branches_are_folded_and_unfolded_by_one_button(
    get: Get, fake_deployment: FakeDeployment
) -> None:
    thread = forked(fake_deployment, times=3)
    page = await get(thread, flipped=thread.checkpoints[0].id)
    folded = await get(thread, **pressing(page, button(page, "Fold")))
    assert len(listed(folded)) < len(listed(page)) == len(thread.checkpoints)
    assert chosen(folded)["flipped"] == "", "what was flipped is forgotten"
    again = await get(thread, **pressing(folded, button(folded, "Unfold")))
    assert listed(again) == listed(page)


async def test_many_side_branches_are_folded_from_the_start(get: Get, fake_deployment: FakeDeployment) -> None:
    thread = forked(fake_deployment, times=MANY)
    page = await get(thread)
    assert len(listed(page)) < WINDOW // 2
    unfolded = await get(thread, **pressing(page, button(page, "Unfold")))
    assert len(listed(unfolded)) + len(unfolded.all(data_line=True, tag="button")) == WINDOW
    assert int(unfolded.one(id="history")["data-lines"]) > len(thread.checkpoints)


async def test_a_thread_without_branches_has_nothing_to_fold(get: Get, fake_deployment: FakeDeployment) -> None:
    page = await get(fake_deployment.add_thread("Hello", "Hello again"))
    assert page.all(class_="foldline") == []
    assert page.all(name="fold_all") == []


async def test_a_run_is_marked_by_its_heading_and_unmarked_by_it(get: Get, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello", "Hello again")
    first, second = thread.runs
    page = await get(thread)
    assert [heading["value"] for heading in page.all(class_="runline")] == [second.id, first.id]
    assert page.all(class_="map-run") == []
    marked = await get(thread, **pressing(page, page.all(class_="runline")[1]))
    of_run = [row["data-checkpoint-id"] for row in marked.all(data_checkpoint_id=True) if "ofrun" in row["class"]]
    assert of_run == [c.id for c in reversed(thread.checkpoints) if c.run_id == first.id]
    headings = marked.all(class_="runline")
    assert [heading["aria-pressed"] for heading in headings] == ["false", "true"]
    assert len(marked.all(class_="map-run")) == 1
    other = await get(thread, **pressing(marked, headings[0]))
    assert [heading["aria-pressed"] for heading in other.all(class_="runline")] == ["true", "false"]
    unmarked = await get(thread, **pressing(marked, headings[1]))
    assert chosen(unmarked) == chosen(page)
    assert unmarked.all(class_="map-run") == []


async def test_a_run_is_marked_from_the_inspector_too(get: Get, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    page = await get(thread)
    mark = page.one(id="inspector").one(tag="button", form="choice")
    assert mark.text == "3 checkpoints"
    assert chosen(await get(thread, **pressing(page, mark)))["run"] == thread.runs[0].id


async def test_the_views_list_a_branch_all_of_them_or_everything_by_time(
    get: Get, fake_deployment: FakeDeployment
) -> None:
    thread = forked(fake_deployment, times=2)
    aside = thread.checkpoints[2]
    assert listed(await get(thread, view="time")) == newest_first(thread)
    assert listed(await get(thread, view="path", checkpoint=aside.id)) == [
        c.id for c in reversed(thread.checkpoints[:3])
    ]
    for view in ("", "path", "time"):
        page = await get(thread, view=view)
        assert chosen(page)["view"] == view
        assert len(page.all(name="fold_all")) == (not view), "only a tree can be folded"


async def test_the_choice_survives_a_look_at_another_part(get: Get, fake_deployment: FakeDeployment) -> None:
    asked = {"view": "time", "find": "step 0", "fold": "none", "flipped": "b", "run": "r", "paused": "1"}
    thread = forked(fake_deployment)
    assert chosen(await get(thread, **asked)) == asked | {"flipped": "b"}
    assert chosen(await get(thread, **(asked | {"flip": "a"})))["flipped"] == "a b"


# Search


async def test_checkpoints_are_found_by_the_words_of_their_messages(get: Get, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("Try the noodles in Osaka.", "Then the temples of Nara.")
    thread = fake_deployment.add_thread("Where to eat?", "And after that?")
    page = await get(thread, find="text:noodles")
    (row,) = page.all(data_checkpoint_id=True)
    assert row["data-checkpoint-id"] == thread.checkpoints[2].id
    assert "Try the noodles in Osaka." in row.text
    history = page.one(id="history")
    assert (history["data-lines"], history["data-total"]) == ("1", str(len(thread.checkpoints)))
    assert history.all(tag="button", class_="runline") == []
    assert page.all(name="fold_all") == []


async def test_checkpoints_are_found_by_node_step_and_kind(get: Get, fake_deployment: FakeDeployment) -> None:
    thread = forked(fake_deployment)
    assert listed(await get(thread, find="node:conversation step:2")) == [thread.checkpoints[4].id]
    assert listed(await get(thread, find="step −1")) == [thread.checkpoints[0].id]
    assert listed(await get(thread, find="is:fork")) == [thread.checkpoints[3].id]
    assert listed(await get(thread, find=thread.checkpoints[1].id)) == [thread.checkpoints[1].id]


async def test_what_is_found_nowhere_is_said_and_the_state_stays_on_show(
    get: Get, fake_deployment: FakeDeployment
) -> None:
    page = await get(fake_deployment.add_thread("Hello"), find="<b>nothing</b>")
    assert "Nothing has “<b>nothing</b>”" in page.one(id="history").text
    assert len(page.all(tag="article", data_message_id=True)) == 2
    assert chosen(page)["find"] == "<b>nothing</b>"


# Reading on


def test_reading_goes_on_until_everything_is_read(client: Client, long: Long) -> None:
    totals: list[int] = []
    note = read(client.get(url(long.thread))).one(id="history").one(role="status")
    while "hx-get" in note.attributes and len(totals) < 50:
        history = read(client.get(note["hx-get"], headers=HTMX)).one(id="history")
        totals.append(int(history["data-total"]))
        notes = history.all(role="status")
        note = notes[0] if notes else Element("", {})
    assert totals == sorted(set(totals)), "each answer brings more"
    assert len(totals) > 1
    assert totals[-1] == len(long.thread.checkpoints)


@pytest.mark.parametrize("states", [0.2, 1.5])
def test_states_as_large_as_what_is_read_at_once_do_not_stop_the_reading(
    states: float, client: Client, long: Long, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get(url(long.thread), {"paused": "1"})
    size = len(client.get(url(long.thread, "state.json"), {"checkpoint": long.thread.head.id}).content)
    monkeypatch.setattr("studio.index.sync.PAGE_BYTES", size)
    monkeypatch.setattr("studio.workbench.page.page.READ_ON", int(states * size))
    totals: list[int] = []
    for _ in range(3):
        history = read(client.get(url(long.thread, "history/"), headers=HTMX)).one(id="history")
        totals.append(int(history["data-total"]))
    assert totals == sorted(set(totals)), "else the page asks again and again, and gets no further"


async def test_a_reading_that_is_stopped_asks_for_nothing_and_says_how_far_it_came(get: Get, long: Long) -> None:
    page = await get(long.thread)
    read_so_far = page.one(id="history")["data-total"]
    stopped = await get(long.thread, **pressing(page, button(page, "Stop")))
    long.fake.requests.clear()
    stopped = await get(long.thread, **chosen(stopped))
    assert long.asked() == []
    history = stopped.one(id="history")
    assert history["data-total"] == read_so_far
    assert "reading is stopped" in history.text
    assert "hx-get" not in history.one(role="status").attributes
    assert "data-complete" not in history.attributes


@pytest.mark.parametrize("rest", ["", "history/"])
async def test_a_stopped_reading_goes_on_when_it_is_told_to(rest: str, get: Get, long: Long) -> None:
    stopped = await get(long.thread, paused="1")
    before = int(stopped.one(id="history")["data-total"])
    on = await get(long.thread, rest, **pressing(stopped, button(stopped, "Read on")))
    history = on.one(id="history")
    assert int(history["data-total"]) > before
    assert chosen(on)["paused"] == ""
    assert "hx-get" in history.one(role="status").attributes


async def test_a_stopped_reading_still_follows_the_head(get: Get, long: Long) -> None:
    await get(long.thread)
    long.fake.grow(long.thread, 1)
    page = await get(long.thread, paused="1")
    assert listed(page)[0] == long.thread.head.id
    assert "reading is stopped" in page.one(id="history").text


async def test_what_is_read_to_its_end_has_nothing_to_stop(get: Get, fake_deployment: FakeDeployment) -> None:
    for paused in ("", "1"):
        page = await get(fake_deployment.add_thread("Hello"), paused=paused)
        assert "data-complete" in page.one(id="history").attributes
        assert page.all(name="pause") == []


async def test_a_history_that_fails_half_way_keeps_what_was_read_and_can_be_tried_again(get: Get, long: Long) -> None:
    before = (await get(long.thread)).one(id="history")["data-total"]
    long.fake.faults.slow(f"GET /threads/{long.thread.id}/history")
    page = await get(long.thread)
    history = page.one(id="history")
    assert history["data-total"] == before
    assert listed(page) == newest_first(long.thread)[: int(before)]
    assert "Older checkpoints could not be read: " in history.one(role="alert").text
    assert [note for note in history.all(role="status") if "hx-get" in note.attributes] == [], "nothing asks by itself"
    assert page.all(tag="article", data_message_id=True), "the conversation is there"
    long.fake.faults.mend()
    again = await get(long.thread, **pressing(page, button(page, "Try again")))
    assert again.all(role="alert") == []
    assert int(again.one(id="history")["data-total"]) > int(before)


async def test_a_history_that_breaks_after_its_first_page_shows_that_page(
    get: Get, long: Long, monkeypatch: pytest.MonkeyPatch
) -> None:
    strike = long.fake.faults.strike

    def too_slow_below_the_top(seen: Seen) -> Answer | None:
        if "before" in seen.query:
            raise Unreachable(httpx.ReadTimeout)
        return strike(seen)

    monkeypatch.setattr(long.fake.faults, "strike", too_slow_below_the_top)
    page = await get(long.thread)
    assert 1 < len(listed(page)) < 20
    assert len(long.asked()) > 1
    assert "Older checkpoints could not be read" in page.one(id="history").one(role="alert").text


async def test_a_history_that_cannot_be_read_at_all_leaves_the_head(get: Get, long: Long) -> None:
    long.fake.faults.fail(f"GET /threads/{long.thread.id}/history")
    for rest in ("", "live/", "history/"):
        page = await get(long.thread, rest)
        assert listed(page) == [long.thread.head.id]
        assert "could not be read" in page.one(id="history").one(role="alert").text
        assert page.all(tag="article", data_message_id=True)


async def test_while_the_path_is_not_read_to_its_root_the_inspector_says_so(get: Get, long: Long) -> None:
    page = await get(long.thread, paused="1")
    assert "read so far" in page.one(id="inspector").text
    state = (await get(long.thread, "inspector/", tab="state", paused="1")).one(data_channel="messages")
    assert "older than what has been read" in state.text


# Checking


@pytest.mark.parametrize("rest", ["history/", "in/inner:1/history/"])
async def test_a_check_that_finds_nothing_missing_is_answered_with_nothing(
    rest: str, async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    await async_client.get(url(thread))
    answer = await async_client.get(url(thread, rest), {"check": "1"}, headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_check_is_answered_to_the_sync_client_too(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    client.get(url(thread))
    assert client.get(url(thread, "history/"), {"check": "1"}).status_code == 204


async def test_a_page_asks_for_a_check_once_all_is_read(get: Get, long: Long, fake_deployment: FakeDeployment) -> None:
    def checks(page: Element) -> list[Element]:
        return [one for one in page.all(hx_get=True) if "check=1" in one["hx-get"]]

    assert checks(await get(long.thread)) == []
    whole = fake_deployment.add_thread("Hello")
    (check,) = checks(await get(whole))
    assert check["hx-get"] == url(whole, f"history/?checkpoint={whole.head.id}&check=1")
