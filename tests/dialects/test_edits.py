"""Editing on the other servers: messages and states, at the head and in the middle, and what runs after it."""

import pytest

from tests.dialects.world import World
from tests.support.pages import form_of, read

JSON = {"as-goal": "json", "as-log": "json"}
"""The channels are given as JSON, whatever form the server's schema would make of them."""


@pytest.mark.parametrize("place", ["head", "middle"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_message_is_edited_where_it_stands(number: int, place: str, world: World) -> None:
    thread = world.said("Hello", "And then?")
    at = world.first_turn(thread) if place == "middle" else world.head(thread)
    held, walked = world.state(thread, at)["values"]["messages"], world.history(thread)
    page = world.edit(thread, held[number]["id"], at=at, where="selected", **{"text-0": "Something else"})
    assert "Replaced under its own id, nothing else changed." in page.one(id="verdicts").text
    now = world.state(thread)
    assert now["parent_checkpoint"]["checkpoint_id"] == at
    assert [m["id"] for m in now["values"]["messages"]] == [m["id"] for m in held]
    texts = [m["content"] for m in held]
    texts[number] = "Something else"
    assert [m["content"] for m in now["values"]["messages"]] == texts
    assert world.history(thread)[1:] == walked, "nothing of the past has changed"


def test_a_message_is_edited_where_it_was_said_and_answered_anew(world: World) -> None:
    thread = world.said("Hello", "And then?")
    walked = {s["checkpoint"]["checkpoint_id"] for s in world.history(thread)}
    first = world.messages(thread)[0]
    world.edit(thread, first["id"], "Save and rerun", **{"text-0": "Good morning"})
    now = world.settled(thread)
    assert [m["content"] for m in now["values"]["messages"]] == [
        "Good morning",
        "You said: Good morning. 1 2 3 4 5 6 7 8 9 10 11 12",
    ]
    assert now["values"]["messages"][0]["id"] == first["id"]
    assert now["next"] == []
    assert walked < {s["checkpoint"]["checkpoint_id"] for s in world.history(thread)}
    assert "2 branches" in world.page(thread).one(id="head").text


def test_a_message_in_a_channel_without_a_reducer_is_edited_and_the_others_stay(world: World) -> None:
    thread = world.said("Hello")
    held = world.state(thread)["values"]["plain"]
    page = world.edit(thread, held[0]["id"], channel="plain", where="selected", **{"text-0": "Hi"})
    assert "Replaced under its own id, nothing else changed." in page.one(id="verdicts").text
    now = world.state(thread)["values"]
    assert now["plain"] == [{**held[0], "content": "Hi"}, held[1]]
    assert now["messages"][0]["content"] == "Hello"


def test_a_message_is_deleted_inserted_and_made_anew(world: World) -> None:
    thread = world.said("Hello")
    human, ai = world.messages(thread)
    page = world.verb(thread, human["id"], "Insert", **{"text-new": "By the way", "where": "after"})
    assert [m["content"] for m in world.messages(thread)] == ["Hello", "By the way", ai["content"]], page.text
    world.verb(thread, human["id"], "Delete")
    assert [m["content"] for m in world.messages(thread)] == ["By the way", ai["content"]]
    world.verb(thread, ai["id"], "Regenerate")
    now = world.settled(thread)["values"]["messages"]
    assert [m["content"] for m in now] == ["Hello", ai["content"]]
    assert now[1]["id"] != ai["id"]


def test_a_state_is_edited_as_its_preview_tells(world: World) -> None:
    thread = world.ran("work", '{"goal": 2}')
    at = world.head(thread)
    form = form_of(world.page(thread, "state/edit/", checkpoint=at), "Preview")
    typed = JSON | {"channel-goal": "7", "channel-log": '["prepared", "tick 1", "tick 2", "published", "noted"]'}
    address, fields = form
    previewed = read(world.client.post(address, fields | typed))
    assert previewed.all(class_="problem") == []
    told = previewed.one(class_="effect").text
    assert "goal" in told
    assert '+1[4] "noted"' in told, "only what is new is added"
    assert world.head(thread) == at, "nothing was written"
    world.submit(form_of(previewed, "Save only"))
    now = world.state(thread)
    assert (now["values"]["goal"], now["values"]["log"][-1]) == (7, "noted")
    assert len(now["values"]["log"]) == 5
    assert now["parent_checkpoint"]["checkpoint_id"] == at


def test_a_state_is_edited_as_a_node_and_run_on(world: World) -> None:
    thread = world.ran("work", '{"goal": 2}')
    form = form_of(world.page(thread, "state/edit/", checkpoint=world.head(thread)), "Save and run")
    world.submit(form, **JSON, **{"channel-goal": "4", "as_node": "tick"})
    now = world.settled(thread)
    assert now["values"]["count"] == 4
    assert now["values"]["log"] == ["prepared", "tick 1", "tick 2", "published", "tick 3", "tick 4", "published"]
    assert now["next"] == []
