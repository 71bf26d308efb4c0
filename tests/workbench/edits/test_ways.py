"""The choice among the ways to write a channel: offered where they differ, honoured, and told apart from a failure."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import AsyncClient, Client

from studio.deployments import states
from studio.deployments.gateway import gateway
from studio.history.offers import Tried
from studio.testing import FakeDeployment, FakeThread, Habits, append, drop, playing
from studio.testing.exchange import Refused
from studio.workbench.edits import trying
from studio.workbench.edits.changes import Change, Preview, Written, as_foretold
from studio.workbench.edits.ways import chosen
from studio.workbench.edits.writing import foretell, write
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)
HOSTILE = 'a"<b>\r\nc'
FORM = "application/x-www-form-urlencoded"
HELD: dict[str, Any] = {"log": ["one"], "other": ["x"], "once": "first", "plain": 1, "number": 5, HOSTILE: ["h"]}


def fused(old: Any, new: Any) -> Any:
    if new == "boom":
        raise Refused(500, "the fuse is blown")
    return new


def numeric(old: Any, new: Any) -> Any:
    if not isinstance(new, int):
        raise Refused(422, "no number")
    return (old or 0) + new


REDUCERS: dict[str, Any] = {"log": append, "other": append, "once": drop, "fuse": fused, "number": numeric}


def thread_of(fake: FakeDeployment) -> FakeThread:
    """A thread of a graph with reducers, whose first node has written these values."""
    nodes: Any = {"work": lambda known: {}, "rest": lambda known: {"plain": "rested"}}
    fake.add_graph("reducing", nodes, reducers={**REDUCERS, HOSTILE: append})
    thread = fake.new_thread({"graph_id": "reducing"})
    fake.run(thread, HELD, "reducing")
    return thread


async def tried(
    fake: FakeDeployment, ways: dict[str, str] | None = None, as_node: str = "", **meant: Any
) -> tuple[Change, Preview]:
    """A change in chosen ways, and its preview."""
    thread = thread_of(fake)
    upstream = await gateway(fake.deployment)
    snapshot = await states.current(upstream, thread.id)
    assert snapshot
    change = Change(snapshot, meant, as_node, ways or {})
    seen = await foretell(upstream, "reducing", change, "work")
    assert [*fake.threads] == [thread.id], "what was tried is gone"
    return change, seen


def editor(client: Client, thread: FakeThread, checkpoint: str = "") -> Element:
    asked = {"checkpoint": checkpoint or thread.head.id}
    return read(client.get(f"/d/local/threads/{thread.id}/state/edit/", asked))


def press(client: Client, page: Element, button: str, typed: Any = None, **more: str) -> Any:
    address, fields = form_of(page, button)
    fields |= {f"channel-{name}": json.dumps(value) for name, value in dict(typed or {}).items()}
    return client.post(address, fields | more, follow=True)


def radios(page: Element, name: str) -> dict[str, bool]:
    """The ways that are offered for a channel, and which one is chosen; a suggested one with a question mark."""
    return {radio["value"]: "checked" in radio.attributes for radio in page.all(name=f"way-{name}", type="radio")}


def verdicts(page: Any) -> str:
    return read(page).one(id="verdicts").text


async def test_every_way_that_was_tried_is_kept_with_what_came_of_it(fake_deployment: FakeDeployment) -> None:
    _, seen = await tried(fake_deployment, log=["two"], plain=2)
    told = {name: [(one.way, one.value) for one in known] for name, known in seen.tried.items()}
    assert told == {"log": [("value", ["one", "two"]), ("overwrite", ["two"])], "plain": [("value", 2)]}
    assert seen.ways == {"log": "overwrite", "plain": "value"}
    assert [(line.name, line.reducer, len(line.offers)) for line in seen.lines] == [
        ("log", "Its reducer adds to what is there: it would be 2 items.", 2),
        ("plain", "", 0),
    ]


async def test_the_way_that_was_chosen_is_taken_and_what_it_gives_is_no_failure(
    fake_deployment: FakeDeployment,
) -> None:
    change, seen = await tried(fake_deployment, {"log": "value"}, log=["two"], other=["y"])
    assert seen.ways == {"log": "value", "other": "overwrite"}
    assert [(v.kind, v.as_meant) for v in seen.verdicts] == [("chosen", True), ("meant", True)]
    assert seen.after
    assert seen.after.channels["log"] == ["one", "two"]
    (thread,) = fake_deployment.threads.values()
    written = await write(await gateway(fake_deployment.deployment), thread.id, change, seen)
    assert written.as_meant
    assert (thread.head.values["log"], thread.head.values["other"]) == (["one", "two"], ["y"])


async def test_a_way_that_there_is_not_is_no_choice(fake_deployment: FakeDeployment) -> None:
    _, seen = await tried(fake_deployment, {"log": "magic", "plain": "rest", "gone": "value"}, log=["two"], plain=2)
    assert seen.ways == {"log": "overwrite", "plain": "value"}


async def test_what_came_out_otherwise_than_it_was_foretold_is_not_called_chosen(
    fake_deployment: FakeDeployment,
) -> None:
    change, seen = await tried(fake_deployment, {"log": "value"}, log=["two"])
    assert seen.after
    assert isinstance(seen.after.values, dict)
    made = Written("c", change.judged(seen.after, seen.ways), seen.after)
    assert as_foretold(change, seen, made).as_meant
    assert not as_foretold(change, Preview(seen.ways), made).as_meant, "nobody could know"
    now = Written("c", made.verdicts, seen.before)
    assert not as_foretold(change, seen, now).as_meant


@pytest.mark.parametrize("others", [{}, {"plain": 2}, {"plain": 2, "log": ["two"], "once": "second"}], ids=len)
async def test_the_channel_that_is_refused_is_named(others: dict[str, Any], fake_deployment: FakeDeployment) -> None:
    _, seen = await tried(fake_deployment, fuse="boom", **others)
    assert seen.refused
    assert [*seen.refusals] == ["fuse"]
    assert seen.problem
    assert seen.problem.detail.startswith("fuse: ")
    assert [one.way for one in seen.tried["fuse"]] == ["value", "overwrite"]
    assert seen.ways == {"fuse": "value"} | {name: seen.ways[name] for name in others}


async def test_of_two_channels_that_are_refused_both_are_named(fake_deployment: FakeDeployment) -> None:
    _, seen = await tried(fake_deployment, fuse="boom", number="five", plain=2)
    assert set(seen.refusals) == {"fuse", "number"}
    assert seen.refusals["number"] == "no number"


async def test_past_the_reducer_that_refuses_it_can_be_written_where_that_is_chosen(
    fake_deployment: FakeDeployment,
) -> None:
    change, seen = await tried(fake_deployment, {"number": "overwrite"}, number="five", plain=2)
    assert (seen.refused, seen.refusals, seen.ways) == (False, {}, {"number": "overwrite", "plain": "value"})
    (thread,) = fake_deployment.threads.values()
    assert (await write(await gateway(fake_deployment.deployment), thread.id, change, seen)).as_meant
    assert thread.head.values["number"] == "five"


async def test_a_node_that_there_is_not_is_no_fault_of_a_channel(fake_deployment: FakeDeployment) -> None:
    _, seen = await tried(fake_deployment, as_node="nobody", plain=2, log=["two"])
    assert (seen.refused, seen.refusals) == (True, {})
    assert seen.problem
    assert "nobody" in seen.problem.detail


async def test_a_connection_that_is_dropped_after_a_failure_spoils_no_trial(fake_deployment: FakeDeployment) -> None:
    fake_deployment.faults.drop(r"POST /threads/[^/]+/state$")
    fake_deployment.faults.fail(r"POST /threads/[^/]+/state$", 500, times=1)
    _, seen = await tried(fake_deployment, log=["two"])
    assert (seen.ways, seen.problem) == ({"log": "overwrite"}, None)


async def test_so_many_channels_are_not_tried_one_by_one(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "MOST_APART", 1)
    _, seen = await tried(fake_deployment, fuse="boom", plain=2)
    assert (seen.refused, seen.refusals) == (True, {})


async def test_a_way_that_the_server_does_not_take_is_not_offered(fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    fake_deployment.graphs["reducing"].reducers["log"] = append
    upstream = await gateway(fake_deployment.deployment)
    snapshot = await states.current(upstream, thread.id)
    assert snapshot
    fails = iter(
        [False, True, False, True]
    )  # all by value, all past the reducer, nothing at all, the channel by itself
    fake_deployment.faults.fail(r"POST /threads/[^/]+/state$", 422, {"detail": "no"}, chosen=lambda: next(fails))
    seen = await foretell(upstream, "reducing", Change(snapshot, {"log": ["two"]}), "work")
    assert [(one.way, bool(one.refused)) for one in seen.tried["log"]] == [("value", False), ("overwrite", True)]
    assert (seen.ways, seen.lines[0].offers, seen.refused) == ({"log": "value"}, [], False)


def test_the_preview_offers_the_choice_and_saving_honours_it(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    before = next(checkpoint.id for checkpoint in thread.checkpoints if checkpoint.next == ("rest",))
    page = read(press(client, editor(client, thread, before), "Preview", {"log": ["two"], "plain": 2}))
    assert radios(page, "log") == {"value": False, "overwrite?": True}
    assert radios(page, "plain") == {}
    preview = page.one(aria_label="Preview")
    assert "Its reducer adds to what is there: it would be 2 items." in preview.text
    again = read(press(client, page, "Preview", **{"way-log": "value"}))
    assert radios(again, "log") == {"value": True, "overwrite?": False}
    assert "added to what was there, as chosen" in again.one(aria_label="Preview").text
    told = verdicts(press(client, again, "Save and run"))
    assert "log: added to what was there, as chosen; plain: as meant" in told
    made = next(
        checkpoint
        for checkpoint in thread.checkpoints
        if checkpoint.source == "update" and checkpoint.values["plain"] == 2
    )
    assert made.values["log"] == ["one", "two"]
    assert thread.head.values["plain"] == "rested", "a choice is no reason not to run"


def test_a_choice_is_honoured_without_a_preview(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    press(client, editor(client, thread), "Save only", {"log": ["two"]}, **{"way-log": "value"})
    assert thread.head.values["log"] == ["one", "two"]


def test_a_suggestion_is_no_choice_once_something_else_is_typed(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = thread_of(fake_deployment)
    page = read(press(client, editor(client, thread), "Preview", {"number": "five"}))
    assert form_of(page, "Save only")[1]["way-number"] == "value?"
    told = verdicts(press(client, page, "Save only", {"number": 7}, odd="number"))
    assert "number: as meant" in told, "nobody chose to add it"
    assert thread.head.values["number"] == 7


def test_what_was_suggested_is_kept_where_saving_cannot_try_it(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    page = read(press(client, editor(client, thread), "Preview", {"log": ["two"]}))
    fake_deployment.faults.fail(r"POST /threads$")
    assert "log: as meant" in verdicts(press(client, page, "Save only"))
    assert thread.head.values["log"] == ["two"]


def test_a_choice_survives_what_is_wrong_with_the_form(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    page = read(press(client, editor(client, thread), "Preview", {"log": ["two"]}))
    wrong = read(press(client, page, "Save only", **{"way-log": "value", "channel-plain": "{"}))
    assert form_of(wrong, "Save only")[1]["way-log"] == "value"
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/state", 409)
    busy = read(press(client, wrong, "Save only", {"plain": 2}))
    assert radios(busy, "log") == {"value": True, "overwrite?": False}
    fake_deployment.faults.mend()
    press(client, busy, "Save only")
    assert (thread.head.values["log"], thread.head.values["plain"]) == (["one", "two"], 2)


def test_a_hostile_channel_has_its_choice_too(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    address, fields = form_of(editor(client, thread), "Preview")
    typed = urlencode(fields | {f"channel-{HOSTILE}": '["i"]'})
    seen = client.post(address, typed, content_type=FORM)
    assert 'a"<b>' not in seen.content.decode()
    assert radios(read(seen), HOSTILE) == {"value": False, "overwrite?": True}
    fields = form_of(read(seen), "Save only")[1] | {f"way-{HOSTILE}": "value"}
    client.post(address, urlencode(fields), content_type=FORM)
    assert thread.head.values[HOSTILE] == ["h", "i"]


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r"], ids=repr)
def test_browsers_end_the_lines_of_a_name_in_their_own_ways(ending: str) -> None:
    assert chosen({f"way-a{ending}b": "value", "other": "x"}, ["a\nb", "c"]) == {"a\nb": "value"}
    assert chosen({f"way-a{ending}b": "value"}, ["a\r\nb"]) == {"a\r\nb": "value"}


def test_the_refused_channel_says_why_in_its_place_and_nothing_is_written(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = thread_of(fake_deployment)
    count = len(thread.checkpoints)
    page = read(press(client, editor(client, thread), "Preview", {"number": "five", "plain": 2}))
    assert "number is refused: no number" in page.one(aria_label="Preview").text
    (why,) = [told for told in page.all(class_="problem") if told.text]
    assert "no number" in why.text
    assert radios(page, "number") == {"value?": True, "overwrite": False}
    answer = press(client, page, "Save and run")
    assert answer.status_code == 422
    assert "Nothing was written, and what you typed is still here." in read(answer).text
    assert fake_deployment.seen(f"POST /threads/{thread.id}/state") == [], "what is known to be refused is not sent"
    assert len(thread.checkpoints) == count
    press(client, read(answer), "Save only", **{"way-number": "overwrite"})
    assert (thread.head.values["number"], thread.head.values["plain"]) == ("five", 2)


def test_where_nothing_can_be_tried_the_ways_are_offered_all_the_same(client: Client) -> None:
    fake = FakeDeployment(habits=Habits(builds=False))
    with playing(fake):
        thread = thread_of(fake)
        page = read(press(client, editor(client, thread), "Preview", {"log": ["two"]}))
        assert radios(page, "log") == {"value?": True, "overwrite": False}
        assert "What its reducer makes of it is not known." in page.one(aria_label="Preview").text
        told = verdicts(press(client, page, "Save only", **{"way-log": "overwrite"}))
        assert "log: as meant" in told
        assert thread.head.values["log"] == ["two"]


def test_what_nobody_could_foretell_is_not_called_chosen(client: Client) -> None:
    fake = FakeDeployment(habits=Habits(builds=False))
    with playing(fake):
        thread = thread_of(fake)
        told = verdicts(press(client, editor(client, thread), "Save and run", {"log": ["two"]}, **{"way-log": "value"}))
        assert "added to what was there, instead of taking its place" in told
        assert "Nothing was run" in told


async def test_the_async_client_gets_the_same(async_client: AsyncClient, fake_deployment: FakeDeployment) -> None:
    thread = thread_of(fake_deployment)
    asked = {"checkpoint": thread.head.id}
    page = read(await async_client.get(f"/d/local/threads/{thread.id}/state/edit/", asked))
    address, fields = form_of(page, "Preview")
    typed = fields | {"channel-log": '["two"]'}
    seen = read(await async_client.post(address, typed, headers={"HX-Request": "true"}))
    assert radios(seen, "log") == {"value": False, "overwrite?": True}
    fields = form_of(seen, "Save only")[1] | {"way-log": "value"}
    assert (await async_client.post(address, fields)).status_code == 303
    assert thread.head.values["log"] == ["one", "two"]


def test_what_could_not_be_tried_is_neither_met_nor_refused() -> None:
    assert not Tried("value").met
    assert Preview({"log": "value"}, tried={"log": (Tried("value"),)}).refusals == {}
