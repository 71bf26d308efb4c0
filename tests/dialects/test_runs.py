"""Runs on the other servers: begun, stopped, gone on with, queued, listed."""

import pytest

from tests.dialects.world import World
from tests.support.pages import Element, form_of, read

LONG = '{"goal": 40, "delay": 0.3}'


def at_work(world: World, given: str = LONG) -> tuple[str, str]:
    """A thread on which a run works, which has ticked; and the id of the run."""
    thread = world.begun("work", given)
    world.until(lambda: world.state(thread)["values"].get("count", 0) >= 1)
    (run,) = world.runs(thread)
    return thread, str(run["run_id"])


def status(world: World, thread: str, run: str) -> str:
    return str(world.sdk.runs.get(thread, run)["status"])


def rows(page: Element) -> list[tuple[str, str]]:
    return [(row["data-run-id"], row["data-status"]) for row in page.one(id="runs").all(data_run_id=True)]


def stop(world: World, thread: str) -> None:
    """Leave no work behind for the tests that follow."""
    for run in world.runs(thread):
        if run["status"] in ("pending", "running"):
            world.sdk.runs.cancel(thread, run["run_id"], wait=False)
    world.settled(thread)


def test_a_paused_run_is_resumed_where_it_was(world: World) -> None:
    thread, run = at_work(world)
    world.press(thread, "Pause")
    paused = world.settled(thread)
    assert status(world, thread, run) == "interrupted"
    assert paused["next"] == ["tick"]
    form = form_of(world.page(thread, "state/edit/", checkpoint=world.head(thread)), "Save only")
    typed = {"as-goal": "json", "channel-goal": str(paused["values"]["count"] + 2), "as-delay": "json"}
    world.submit(form, **typed, **{"channel-delay": "0"})
    world.press(thread, "Resume")
    now = world.settled(thread)
    assert now["next"] == []
    ticks = [f"tick {number}" for number in range(1, paused["values"]["count"] + 3)]
    assert now["values"]["log"] == ["prepared", *ticks, "published"], "no node ran twice"


def test_a_run_is_stopped_and_what_it_did_is_kept(world: World) -> None:
    thread, run = at_work(world)
    page = world.press(thread, "Stop")
    assert "What the run has done is kept." in page.text
    now = world.settled(thread)
    assert now["values"]["count"] >= 1
    assert rows(world.page(thread, "runs/")) == [(run, "interrupted")]
    again = world.post(thread, f"runs/{run}/cancel/")
    assert again.status_code == 303, "a run that has ended is no failure"


def test_a_run_of_which_the_checkpoints_would_stay_is_not_said_to_be_erased(world: World) -> None:
    thread, run = at_work(world)
    answer = world.post(thread, f"runs/{run}/cancel/", erase="1")
    assert answer.status_code == 501
    assert "does not take back what a run has done" in read(answer).text
    assert status(world, thread, run) == "running"
    stop(world, thread)


def test_the_queue_is_cleared_where_there_is_one(world: World) -> None:
    thread, run = at_work(world)
    for _ in range(2 if world.js else 0):
        world.press(thread, "Send", mode="json", input='{"goal": 1}', multitask="enqueue")
    answer = world.post(thread, "runs/clear/")
    assert answer.status_code == 303, read(answer).text
    assert rows(world.page(thread, "runs/")) == [(run, "running")]
    stop(world, thread)


def test_a_run_goes_on_from_a_checkpoint_of_the_middle(world: World) -> None:
    thread = world.ran("work", '{"goal": 3}')
    walked = world.history(thread)
    middle = next(s for s in walked if s["values"].get("count") == 1 and s["next"] == ["tick"])
    world.press(thread, "Rerun from here", at=middle["checkpoint"]["checkpoint_id"])
    now = world.settled(thread)
    assert now["values"]["log"] == ["prepared", "tick 1", "tick 2", "tick 3", "published"]
    assert now["next"] == []
    fresh = world.history(thread)[: -len(walked)]
    parents = {s["parent_checkpoint"]["checkpoint_id"] for s in fresh}
    assert middle["checkpoint"]["checkpoint_id"] in parents
    assert not [s for s in fresh if s["next"] == ["prepare"]], "what came before did not run again"


def test_a_message_goes_on_from_the_checkpoint_on_show_and_the_next_one_from_the_head(world: World) -> None:
    thread = world.said("Hello", "And then?")
    world.press(thread, "Send", at=world.first_turn(thread), input="Another way")
    assert [m["content"] for m in world.settled(thread)["values"]["messages"]][::2] == ["Hello", "Another way"]
    world.press(thread, "Send", input="Further")
    said = [m["content"] for m in world.settled(thread)["values"]["messages"]]
    assert said[::2] == ["Hello", "Another way", "Further"]


@pytest.mark.parametrize("strategy", ["reject", "enqueue", "interrupt", "rollback"])
def test_what_is_sent_to_a_thread_at_work_never_runs_beside_it(strategy: str, world: World) -> None:
    thread, first = at_work(world)
    typed = {"mode": "json", "input": '{"goal": 1, "delay": 0}', "multitask": strategy, "confirmed": "1"}
    address, fields = form_of(world.page(thread), "Send")
    answer = world.client.post(address, fields | typed)
    told = read(answer).text
    runs = {run["run_id"]: run["status"] for run in world.runs(thread)}
    if strategy == "reject":
        assert answer.status_code == 409, told
        assert "A run is active on this thread" in told
        assert list(runs) == [first]
        stop(world, thread)
    elif strategy == "interrupt":
        assert answer.status_code == 303, told
        world.settled(thread)
        assert status(world, thread, first) == "interrupted"
        assert world.state(thread)["values"]["log"][-3:] == ["prepared", "tick 1", "published"]
    elif world.js and strategy == "enqueue":
        assert answer.status_code == 303, told
        assert sorted(runs.values()) == ["pending", "running"]
        world.press(thread, "Stop")
        assert world.settled(thread)["values"]["log"][-1] == "published"
    else:
        assert answer.status_code == 501, told
        assert "Stop the run first" in told
        assert runs == {first: "running"}
        stop(world, thread)


def test_an_edit_during_a_run_is_refused_and_what_was_typed_is_kept(world: World) -> None:
    thread = world.said("Hello")
    first = world.messages(thread)[0]
    place = {"message": first["id"], "checkpoint": world.head(thread), "channel": "messages"}
    address, fields = form_of(world.page(thread, "edit/", **place), "Save only")
    world.press(thread, "Send", input="Say a lot " * 20)
    answer = world.client.post(address, fields | {"text-0": "Typed in vain?"})
    assert answer.status_code == 409, read(answer).text
    assert "A run is active on this thread" in read(answer).text
    assert form_of(read(answer), "Save only")[1]["text-0"] == "Typed in vain?"
    world.settled(thread)
    assert world.messages(thread)[0]["content"] == "Hello"


def test_breakpoints_stop_a_run_and_steps_go_on_or_the_page_says_that_there_are_none(world: World) -> None:
    thread = world.new("work")
    page = world.page(thread)
    if not world.js:
        assert "This server ignores breakpoints" in page.text
        assert page.all(data_break=True) == []
        return
    world.press(thread, "Send", mode="json", input='{"goal": 1}', before="tick")
    assert world.settled(thread)["next"] == ["tick"]
    assert "met a breakpoint before tick" in world.page(thread).one(class_="panel goon").text
    world.press(thread, "Step", step="1")
    assert world.settled(thread)["next"] == ["publish"]
    world.press(thread, "Resume")
    assert world.settled(thread)["values"]["log"] == ["prepared", "tick 1", "published"]


def test_a_run_that_fails_says_why_and_goes_on_once_the_state_is_mended(world: World) -> None:
    thread = world.ran("work", '{"goal": 1}')
    form = form_of(world.page(thread, "state/edit/", checkpoint=world.head(thread)), "Save and run")
    world.submit(form, **{"as-count": "json", "channel-count": "200", "as_node": "tick"})
    failed = world.settled(thread)
    assert failed["next"] == ["publish"]
    assert world.runs(thread)[0]["status"] == "error"
    assert "too many ticks" in world.page(thread).text
    form = form_of(world.page(thread, "state/edit/", checkpoint=world.head(thread)), "Save and run")
    world.submit(form, **{"as-count": "json", "channel-count": "3", "as_node": "tick"})
    assert world.settled(thread)["values"]["log"][-1] == "published"


def test_the_runs_of_a_thread_are_listed_looked_at_repeated_and_deleted(world: World) -> None:
    thread = world.ran("work", '{"goal": 1}')
    first = world.runs(thread)[0]["run_id"]
    page = world.page(thread, f"runs/{first}/")
    world.submit(form_of(page, "Run it again"), json='{"goal": 2}')
    assert world.settled(thread)["values"]["count"] == 2
    second = world.runs(thread)[0]["run_id"]
    assert rows(world.page(thread, "runs/")) == [(second, "success"), (first, "success")]
    answer = world.post(thread, f"runs/{first}/delete/")
    assert answer.status_code == 303, read(answer).text
    assert rows(world.page(thread, "runs/")) == [(second, "success")]


def test_a_run_is_waited_for(world: World) -> None:
    thread = world.new("work")
    page = world.press(thread, "Send", mode="json", input='{"goal": 2, "delay": 0.2}', how="wait")
    assert "is over: success" in page.one(id="verdicts").text
    assert world.state(thread)["next"] == []
