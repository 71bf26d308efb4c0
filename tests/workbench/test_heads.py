"""What is remembered of a thread's head, and that a page is never older than the thread."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from studio.testing import FakeDeployment, FakeThread, Habits, playing
from studio.testing.exchange import Answer, Seen
from studio.workbench import heads
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db(transaction=True)


def open_page(client: Client, thread: FakeThread, query: str = "", slug: str = "local") -> Element:
    answer = client.get(f"/d/{slug}/threads/{thread.id}/{query}")
    assert answer.status_code == 200
    return read(answer)


def shown(page: Element) -> str:
    return page.one(id="conversation")["data-checkpoint"]


def asked(fake: FakeDeployment, client: Client, thread: FakeThread, query: str = "") -> int:
    """How often opening the page reads the thread's state."""
    before = len(states(fake, thread))
    open_page(client, thread, query)
    return len(states(fake, thread)) - before


def states(fake: FakeDeployment, thread: FakeThread) -> list[Seen]:
    return [seen for seen in fake.seen(f"GET /threads/{thread.id}/state") if seen.path.endswith("/state")]


def test_a_thread_that_nobody_touched_is_not_read_again(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    assert [asked(fake_deployment, client, thread) for _ in range(3)] == [1, 0, 0]
    runs = [s for s in fake_deployment.requests if s.method == "GET" and s.path.endswith(f"/{thread.id}/runs")]
    assert len(runs) == 1
    assert shown(open_page(client, thread)) == thread.head.id


TOUCHES: dict[str, Callable[[FakeDeployment, FakeThread], Any]] = {
    "a checkpoint": lambda fake, thread: fake.grow(thread, 1, {"messages": [{"type": "ai", "content": "Fresh"}]}),
    "a run": lambda fake, thread: fake.run(thread, {"messages": [{"type": "human", "content": "Fresh"}]}),
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_a_thread_that_was_touched_is_read_again(touch: str, client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    open_page(client, thread)
    TOUCHES[touch](fake_deployment, thread)
    page = open_page(client, thread)
    assert shown(page) == thread.head.id
    assert "Fresh" in page.one(id="conversation").text


def test_a_busy_thread_is_read_every_time(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    open_page(client, thread)
    fake_deployment.hold()
    run = fake_deployment.start_run(thread, {"assistant_id": "chat", "input": {"messages": []}})
    assert [asked(fake_deployment, client, thread) for _ in range(2)] == [1, 1]
    run.advance(1)
    assert open_page(client, thread).one(id="runstate")["data-status"] == "running"
    run.stop("interrupted")  # no checkpoint comes of it
    assert "data-status" not in open_page(client, thread).one(id="runstate").attributes


@pytest.mark.parametrize("habits", [Habits.js(), Habits.aegra()])
def test_servers_that_do_not_stamp_every_change_are_never_remembered(
    habits: Habits, client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.habits = habits
    thread = fake_deployment.add_thread("Hello")
    stamp = thread.updated_at
    assert [asked(fake_deployment, client, thread) for _ in range(3)] == [1, 1, 1]
    fake_deployment.grow(thread, 1, {"messages": [{"type": "ai", "content": "Unstamped"}]})
    thread.updated_at = stamp
    assert "Unstamped" in open_page(client, thread).one(id="conversation").text


def test_what_changes_between_stamp_and_state_is_seen_by_the_next_page(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = fake_deployment.add_thread("Hello")
    answer = fake_deployment.handle
    meddling = [f"GET /threads/{thread.id}/state", f"GET /threads/{thread.id}/runs"]

    def meddle(seen: Seen) -> Answer:
        """Somebody else is as quick: right before and right after the state is answered."""
        if str(seen) not in meddling:
            return answer(seen)
        meddling.remove(str(seen))
        say("Before")
        told = answer(seen)
        say("After")
        return told

    def say(text: str) -> None:
        fake_deployment.grow(thread, 1, {"messages": [{"type": "ai", "content": text}]})

    monkeypatch.setattr(fake_deployment, "handle", meddle)
    open_page(client, thread)
    assert meddling == []
    page = open_page(client, thread)
    assert shown(page) == thread.head.id
    assert page.one(id="conversation").text.count("After") == 2


def test_a_run_that_was_deleted_is_gone_from_the_page(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("First", "Second")
    open_page(client, thread)
    second = thread.runs[1]
    client.post(f"/d/local/threads/{thread.id}/runs/{second.id}/delete/")
    assert second not in thread.runs
    page = open_page(client, thread)
    assert shown(page) == thread.head.id
    assert "Second" not in page.one(id="conversation").text


def test_a_run_that_somebody_else_deleted_is_noticed_by_the_check_of_the_page(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("First", "Second")
    open_page(client, thread)
    thread.remove_run(thread.runs[1])  # the official server does not stamp this
    check = client.get(f"/d/local/threads/{thread.id}/history/?check=1", headers={"HX-Request": "true"})
    assert check.status_code == 200
    assert shown(open_page(client, thread)) == thread.head.id


def test_threads_with_the_same_stamp_are_kept_apart(client: Client, fake_deployment: FakeDeployment) -> None:
    one, other = fake_deployment.add_thread("Mine"), fake_deployment.add_thread("Yours")
    other.updated_at = one.updated_at
    for thread, words in ((one, "Mine"), (other, "Yours")) * 2:
        assert words in open_page(client, thread).one(id="conversation").text


def test_deployments_with_the_same_threads_are_kept_apart(client: Client) -> None:
    fakes = [FakeDeployment("one"), FakeDeployment("other")]
    with playing(*fakes):
        threads = []
        for fake in fakes:
            thread = fake.new_thread({"graph_id": "chat"}, id="11111111-1111-4111-8111-111111111111")
            fake.run(thread, {"messages": [{"type": "human", "content": f"I am {fake.deployment.slug}."}]})
            threads.append(thread)
        threads[1].updated_at = threads[0].updated_at
        for slug in ("one", "other", "one", "other"):
            page = open_page(client, threads[0], slug=slug)
            assert f"I am {slug}." in page.one(id="conversation").text
            assert f"/d/{'other' if slug == 'one' else 'one'}/" not in "".join(
                link["href"] for link in page.one(id="history").all(tag="a")
            )


def test_a_large_state_is_not_kept(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "LARGEST", 5_000)
    thread = fake_deployment.add_thread("Hello")
    assert [asked(fake_deployment, client, thread) for _ in range(2)] == [1, 0]
    fake_deployment.grow(thread, 1, {"messages": [{"type": "ai", "content": "x" * 5_000}]})
    assert [asked(fake_deployment, client, thread) for _ in range(2)] == [1, 1]


def test_only_so_many_heads_are_kept(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "KEPT", 2)
    threads = [fake_deployment.add_thread(name) for name in "abc"]
    for thread in threads:
        open_page(client, thread)
    assert len(heads._heads) == 2
    assert [asked(fake_deployment, client, thread) for thread in threads[::-1]] == [0, 0, 1]


def test_runs_that_could_not_be_read_are_asked_for_again(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.faults.fail(f"GET /threads/{thread.id}/runs$", status=500)
    assert "could not be read" in open_page(client, thread).one(id="conversation").text
    fake_deployment.faults.mend()
    assert "could not be read" not in open_page(client, thread).one(id="conversation").text
