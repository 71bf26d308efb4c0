"""A run played again: the frames, and the player on its page."""

import json
import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from studio.deployments.run_rows import Run
from studio.deployments.runs import Event
from studio.live.recorder import recorder
from studio.live.recording import Recording, record, recording_of, time_of
from studio.live.replay import moments, play
from studio.testing import FakeDeployment, FakeRun, FakeThread
from studio.workbench.running import replay
from tests.support.pages import Element, read

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
EVIL = "</div><script>alert(1)</script><img src=x onerror=alert(2)>"
database = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing recorded yet, and no test waits for as long as a person may."""
    recorder.clear()
    monkeypatch.setattr(replay, "PATIENCE", 0.1)


def token(text: str, id: str = "") -> Event:
    return Event(id, "messages", [{"type": "AIMessageChunk", "id": "m", "content": text}, {"langgraph_node": "model"}])


def recording(*events: tuple[float, Event], lost: int = 0) -> Recording:
    """Events that came so many seconds after the start."""
    kept = [record(event, lost + n, NOW + timedelta(seconds=at)) for n, (at, event) in enumerate(events)]
    return Recording(kept, lost, True)


def stamp(seconds: float, number: int = 0) -> str:
    """An event id as the official server makes it."""
    return f"{round((NOW.timestamp() + seconds) * 1000)}-{number}"


# When the events came


@pytest.mark.parametrize(
    "id", ["", "7", "7-0", "run_event_12", "-", "１２３４５６７８９０１２３-0", "1234567890123", "x234567890123-0"]
)
def test_other_ids_tell_no_time(id: str) -> None:
    assert time_of(id) is None


def test_the_official_ids_tell_their_time() -> None:
    assert time_of(stamp(1.5, 3)) == NOW + timedelta(seconds=1.5)


def test_events_came_when_their_ids_say_so() -> None:
    """A stream that is joined late repeats at once what it has sent."""
    late = [(60.0, Event(stamp(at), "custom", at)) for at in (0, 1, 2.5)]
    assert moments(recording(*late)).at == [0, 1, 2.5]


def test_without_such_ids_they_came_when_they_were_recorded() -> None:
    assert moments(recording((3, Event("1", "custom", 1)), (4.25, Event("", "custom", 2)))).at == [0, 1.25]


def test_an_event_without_an_id_came_with_the_one_before() -> None:
    events = [
        Event("", "metadata", {}),
        Event(stamp(1), "custom", 1),
        Event("", "error", 2),
        Event(stamp(3), "custom", 3),
    ]
    assert moments(recording(*((0.0, event) for event in events))).at == [0, 0, 0, 2]


def test_collected_events_have_a_time_only_by_their_ids() -> None:
    assert moments(recording_of([Event("1", "custom", 1), Event("2", "custom", 2)], NOW)).at == []
    assert moments(recording_of([Event(stamp(1), "custom", 1), Event(stamp(2), "custom", 2)], NOW)).seconds == 1


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(["", "a-0", "id"])), min_size=1))
def test_time_never_goes_back(given: list[tuple[float, str]]) -> None:
    events = [(at, Event(stamp(at) if id == "id" else id, "custom", at)) for at, id in given]
    when = moments(recording(*events))
    assert when.at == sorted(when.at)
    assert (when.at[0], when.at[-1], len(when.at)) == (0, when.seconds, len(events))


# Frames


def test_tokens_that_came_together_are_one_frame() -> None:
    played = play(recording((0, token("a")), (0.03, token("b")), (0.05, token("c")), (1, token("d"))))
    assert [frame.at for frame in played.frames] == [0.03, 0.05, 1]
    assert ["ab" in frame.html for frame in played.frames] == [True, False, False]
    assert (played.seconds, played.lost) == (1, 0)


@examples(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from(["a", "é<b>", ""])), max_size=30))
def test_all_frames_together_are_what_streamed(given: list[tuple[int, str]]) -> None:
    at, events = 0.0, []
    for pause, text in given:
        at += pause / 1000
        events.append((at, token(text)))
    frames = play(recording(*events)).frames
    html = "".join(frame.html for frame in frames)
    assert html.count("<article") == bool(given)
    assert "".join(re.findall(r'-text">([^<]+)</div>', html)) == escape("".join(text for _, text in given))
    times = [frame.at for frame in frames]
    assert all(early < late for early, late in pairwise(times))
    assert not times or (times[-1] <= at + 0.001 and len(times) <= at / 0.04 + 1)


def test_what_streams_nothing_has_no_frames() -> None:
    played = play(recording((0, Event("", "nothing", 1)), (2, Event("", "nothing", 2)), lost=4))
    assert (played.frames, played.seconds, played.lost) == ([], 2, 4)


# On the page


def start(fake: FakeDeployment, thread: FakeThread | None = None, **asked: Any) -> FakeRun:
    given = {"messages": [{"type": "human", "content": "Hello"}]}
    thread = thread or fake.new_thread({"graph_id": "chat"})
    return fake.start_run(thread, {"assistant_id": "chat", "input": given, "stream_resumable": True} | asked)


def keep(run: FakeRun, *events: tuple[float, Event]) -> None:
    for at, event in events:
        recorder.add("local", run.id, event, datetime.now(UTC) + timedelta(seconds=at - 60))
    recorder.end("local", run.id)


def page_of(client: Client, run: FakeRun) -> Element:
    return read(client.get(f"/d/local/threads/{run.thread_id}/runs/{run.id}/"))


def why(client: Client, run: FakeRun) -> str:
    panel = page_of(client, run).one(id="replay")
    assert panel.all(tag="run-replay") == []
    return panel.text


@database
def test_a_recorded_run_has_a_player(client: Client, fake_deployment: FakeDeployment) -> None:
    run = start(fake_deployment)
    keep(run, (0, token("a")), (5, Event("", "updates", {})), (10, Event("", "error", {"message": "no"})))
    player = page_of(client, run).one(tag="run-replay")
    assert float(player["data-seconds"]) == pytest.approx(10, abs=0.1)
    slider = player.one(tag="input", type="range")
    assert float(slider["max"]) == float(player["data-seconds"])
    assert player.one(class_="step")["d"] in ("M499 0v8", "M500 0v8", "M501 0v8")
    assert player.one(class_="failure")["d"] == "M1000 0v8"
    assert [o["value"] for o in player.all(tag="option")] == ["0.25", "0.5", "1", "2", "4", "8"]
    assert "checked" in player.one(type="checkbox").attributes
    assert len(player.all(id="live")) == len(player.all(id="progress")) == 1
    answer = client.get(player["data-url"])
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert told.keys() == {"seconds", "frames", "lost"}
    assert told["frames"][0]["at"] == 0
    assert "The run failed" in told["frames"][-1]["html"]


@pytest.mark.parametrize(
    ("modes", "marked"),
    [(("updates", "values"), "M0 0v8"), (("messages", "values"), "M1000 0v8"), (("messages", "custom"), "")],
)
def test_steps_are_marked_by_what_the_run_streams(modes: tuple[str, str], marked: str) -> None:
    events = ((float(at), Event("", mode, {})) for at, mode in enumerate(modes))
    assert replay.player(Run("r", "t", "a", "success"), recording(*events)).steps == marked


@database
def test_a_run_that_the_deployment_replays_with_times_has_a_player_too(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    run = start(fake_deployment)
    assert len({time_of(event.id) for event in run.events}) > 1  # the fake's clock goes on by itself
    player = page_of(client, run).one(tag="run-replay")
    assert float(player["data-seconds"]) > 0
    assert client.get(player["data-url"]).json()["frames"]


@database
def test_a_hostile_run_is_replayed_as_text(client: Client, fake_deployment: FakeDeployment) -> None:
    run = start(fake_deployment)
    keep(run, (0, token(EVIL)), (1, Event("", EVIL, EVIL)), (2, Event("", "error", {"error": EVIL, "message": EVIL})))
    answer = client.get(page_of(client, run).one(tag="run-replay")["data-url"])
    html = "".join(frame["html"] for frame in json.loads(answer.content)["frames"])
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "<img" not in html


@database
def test_an_active_run_is_replayed_later_and_the_page_then_gets_its_player(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.hold()
    run = start(fake_deployment)
    run.advance(2)
    assert "once it is over" in why(client, run)
    again = page_of(client, run).one(id="events")["hx-get"]
    assert read(client.get(again, headers={"HX-Request": "true"})).all(id="replay") == []
    fake_deployment.release()
    panel = read(client.get(again, headers={"HX-Request": "true"})).one(id="replay")
    assert panel["hx-swap-oob"] == "true"
    assert panel.all(tag="run-replay")


@database
def test_why_a_run_cannot_be_replayed_is_told(client: Client, fake_deployment: FakeDeployment, settings: Any) -> None:
    silent = start(fake_deployment, stream_resumable=False)
    silent.updated_at = datetime.now(UTC)
    assert "no page watched its thread" in why(client, silent)
    silent.updated_at = datetime.now(UTC) - timedelta(hours=25)
    assert "more than 24 hours ago" in why(client, silent)
    settings.STUDIO_RECORDER = "off"
    assert "recorder is switched off" in why(client, silent)


def test_events_without_times_are_not_replayed() -> None:
    run = Run("r", "t", "a", "success", updated_at=datetime.now(UTC))
    collected = recording_of([Event("1", "custom", 1), Event("2", "custom", 2)], NOW)
    assert "but not when they came" in replay.player(run, collected).why


@database
def test_events_of_one_moment_are_not_replayed(client: Client, fake_deployment: FakeDeployment) -> None:
    run = start(fake_deployment)
    at = datetime.now(UTC)
    for place in range(3):
        recorder.add("local", run.id, Event("", "custom", place), at)
    recorder.end("local", run.id)
    assert "in one moment" in why(client, run)
