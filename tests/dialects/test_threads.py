"""Threads on the other servers: made, listed, and read at any checkpoint."""

from uuid import uuid4

from tests.dialects.world import World
from tests.support.pages import form_of, read

SAID = "You said: Hello. 1 2 3 4 5 6 7 8 9 10 11 12"


def test_a_thread_is_made_talked_to_and_listed(world: World) -> None:
    thread = world.new("chat", "Trip to Kyoto")
    assert world.page(thread).all(tag="article") == []
    world.press(thread, "Send", input="Hello")
    world.settled(thread)
    assert [m["content"] for m in world.messages(thread)] == ["Hello", SAID]
    articles = world.page(thread).one(id="conversation").all(tag="article")
    assert {(a["data-message-id"], a["data-role"]) for a in articles} == {
        (m["id"], m["type"]) for m in world.messages(thread)
    }
    assert any(SAID in article.text for article in articles)
    (row,) = world.get("threads/", q=thread).all(data_thread_id=thread)
    assert row["data-status"] == "idle"
    assert "Trip to Kyoto" in row.text


def test_the_list_is_filtered_by_status_and_sorted(world: World) -> None:
    idle, asking = world.ran("work"), world.ran("one")
    waiting = [row["data-thread-id"] for row in world.get("threads/", status="interrupted").all(data_thread_id=True)]
    assert asking in waiting
    assert idle not in waiting
    for sort in ("updated_at", "created_at", "status", "thread_id"):
        assert world.get("threads/", sort=sort).all(data_thread_id=True)
    fresh = world.get("threads/fresh/", id=[idle, asking])
    assert {row["data-status"] for row in fresh.all(data_thread_id=idle)} <= {"idle"}


def test_the_spine_is_what_the_sdk_finds(world: World) -> None:
    thread = world.ran("work", '{"goal": 60}')
    walked = world.history(thread)
    told = [(c["checkpoint_id"], c["parent_checkpoint_id"], c["step"], c["next"]) for c in world.spine(thread)]
    assert len(walked) > 60
    assert told == [
        (
            state["checkpoint"]["checkpoint_id"],
            (state["parent_checkpoint"] or {}).get("checkpoint_id"),
            state["metadata"]["step"],
            list(state["next"]),
        )
        for state in walked
    ]


def test_any_checkpoint_is_shown_as_it_was(world: World) -> None:
    thread = world.said("Hello", "And then?")
    for state in world.history(thread):
        at = state["checkpoint"]["checkpoint_id"]
        page = world.page(thread, checkpoint=at)
        assert page.one(id="conversation")["data-checkpoint"] == at
        assert page.one(id="history").one(data_checkpoint_id=True, aria_current="true")["data-checkpoint-id"] == at
        shown = {article["data-message-id"] for article in page.one(id="conversation").all(tag="article")}
        assert shown == {m["id"] for m in state["values"].get("messages", [])}
        for tab in ("changes", "state", "tasks", "metadata", "raw"):
            world.page(thread, "inspector/", checkpoint=at, tab=tab)
        saved = world.client.get(f"/d/local/threads/{thread}/state.json", {"checkpoint": at}).json()
        assert saved["values"] == state["values"]
    newest, *_, oldest = [state["checkpoint"]["checkpoint_id"] for state in world.history(thread)]
    assert "And then?" in world.page(thread, "diff/", a=oldest, b=newest).text


def test_what_is_not_there_is_said_to_be_missing(world: World) -> None:
    thread = world.said("Hello")
    for path in (f"{uuid4()}/", f"{thread}/?checkpoint={uuid4()}", f"{thread}/runs/{uuid4()}/"):
        answer = world.client.get(f"/d/local/threads/{path}")
        assert answer.status_code == 404, path
        assert "is not on the deployment" in read(answer).text


def test_a_fork_is_a_thread_of_its_own_or_the_page_says_what_to_do_instead(world: World) -> None:
    thread = world.said("Hello")
    before = world.history(thread)
    address, fields = form_of(world.page(thread), "Fork to new thread")
    answer = world.client.post(address, fields, follow=True)
    if not world.js:
        assert answer.status_code == 501
        assert "does not copy threads" in read(answer).text
        assert "A branch does much of the same" in read(answer).text
        return
    copied = answer.redirect_chain[-1][0].split("/threads/")[1].split("/")[0]
    assert copied != thread
    assert [m["content"] for m in world.messages(copied)] == ["Hello", SAID]
    world.press(copied, "Send", input="More")
    world.settled(copied)
    assert len(world.messages(copied)) == 4
    assert world.history(thread) == before
