"""The inbox: which threads wait, answering them in place, and the count in the navigation."""

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from studio.catalog import inbox
from studio.deployments import waiting as waits
from studio.deployments.thread_rows import thread_of
from studio.deployments.threads import PAGE
from studio.testing import FakeDeployment, FakeThread, Habits, interrupt, playing
from tests.support.pages import form_of, read

pytestmark = pytest.mark.django_db(transaction=True)

INBOX = "/d/local/inbox/"
COUNT = "/d/local/inbox/count/"
HTMX = {"HX-Request": "true"}
EVIL = "<script>alert(1)</script>"


def waiting(fake: FakeDeployment, question: Any = "Well?", **metadata: Any) -> FakeThread:
    fake.add_graph(
        "asks", {"ask": lambda values: {"answer": interrupt(question)}, "__end__": lambda values: {}}, steps=(("ask",),)
    )
    thread = fake.add_thread(graph_id="asks", metadata=metadata)
    fake.run(thread, {}, "asks")
    return thread


def paused(fake: FakeDeployment) -> FakeThread:
    """A thread that stopped before a node without a question."""
    thread = fake.add_thread("Hello")
    thread.head.next = ("conversation",)
    return thread


def listed(client: Client, query: str = "") -> list[str]:
    return [item["data-thread-id"] for item in read(client.get(INBOX + query)).all(data_thread_id=True)]


def counted(client: Client) -> Any:
    return client.get(COUNT).json()["waiting"]


def searches(fake: FakeDeployment) -> list[Any]:
    return [seen.json for seen in fake.seen("POST /threads/search")]


def test_threads_that_wait_are_listed_with_question_graph_and_age(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.add_thread("Hello")
    first = waiting(fake_deployment, {"question": "Publish?"}, title="The report")
    second = waiting(fake_deployment, "Which way?")
    assert listed(client) == [second.id, first.id]
    page = read(client.get(INBOX))
    item = page.one(data_thread_id=first.id)
    assert item["data-status"] == "interrupted"
    assert "Publish?" in item.text
    assert "asks" in item.text
    assert item.one(title="Open the thread").text == "The report"
    assert item.one(title="Open the thread")["href"] == f"/d/local/threads/{first.id}/"
    assert item.all(tag="time")
    assert item.one(tag="summary").all(tag="a") == [], "what opens the question does nothing else"
    assert page.one(data_total=True).text == "2"
    assert page.one(aria_current="page").text.startswith("Inbox")


def test_a_thread_without_a_question_is_marked_as_paused(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = paused(fake_deployment)
    item = read(client.get(INBOX)).one(data_thread_id=thread.id)
    assert "data-paused" in item.attributes
    assert "nobody is asked" in item.text
    part = read(client.get(f"/d/local/threads/{thread.id}/ask/?from=inbox", headers=HTMX))
    assert "stopped before conversation" in part.text
    address, fields = form_of(part, "Resume")
    assert client.post(address, fields).status_code == 303
    assert thread.head.next == ()


def test_threads_that_merely_stopped_are_listed_apart_and_not_counted(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    asks, stopped = waiting(fake_deployment), paused(fake_deployment)
    assert listed(client) == [asks.id, stopped.id]
    page = read(client.get(INBOX))
    assert page.one(aria_label="Stopped").one(data_thread_id=True)["data-thread-id"] == stopped.id
    assert page.one(data_total=True).text == "1"
    assert counted(client) == 1


def standing(fake: FakeDeployment, count: int, *, asking: bool) -> list[str]:
    """The ids of so many interrupted threads, the newest first, each without what takes long to make."""
    first = waiting(fake) if asking else paused(fake)
    made = [first]
    for _ in range(count - 1):
        made.append(replace(first, id=fake.clock.id("thread"), updated_at=fake.clock.now()))
        fake.threads[made[-1].id] = made[-1]
    return [thread.id for thread in reversed(made)]


def test_of_very_many_threads_those_that_ask_come_first_and_are_counted(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    asking = standing(fake_deployment, 60, asking=True)
    stopped = standing(fake_deployment, 1440, asking=False)
    fake_deployment.requests.clear()
    page = read(client.get(INBOX))
    assert [str(seen) for seen in fake_deployment.requests] == ["GET /info", *["POST /threads/search"] * 3]
    assert [item["data-thread-id"] for item in page.all(data_thread_id=True)] == asking[:PAGE]
    assert page.one(data_total=True).text == "60"
    assert f"1–{PAGE} of 1500" in page.text
    assert listed(client, "?page=2") == asking[PAGE:] + stopped[: 2 * PAGE - 60]
    assert listed(client, "?page=30") == stopped[-PAGE:]
    assert listed(client, "?page=31") == []
    assert client.get(COUNT).json() == {"waiting": 60, "more": False}
    assert read(client.get("/d/local/threads/")).one(tag="inbox-count").text == "60"


@pytest.mark.parametrize("counts", [True, False])
def test_of_more_than_can_be_looked_through_the_count_says_so(
    counts: bool, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.deployments.waiting.MOST", PAGE)
    monkeypatch.setattr("studio.deployments.waiting.ROUNDS", 2)
    fake = FakeDeployment(habits=Habits(counts=counts))
    with playing(fake):
        older = standing(fake, 1, asking=True)
        stopped, asking = standing(fake, 99, asking=False), standing(fake, 1, asking=True)
        assert client.get(COUNT).json() == {"waiting": 1, "more": True}
        page = read(client.get(INBOX))
        assert page.one(tag="inbox-count").text == "1+"
        assert "1+" in page.one(tag="h1").text
        assert "the newest 100" in page.text
        assert (f"1–{PAGE} of 101" in page.text) == counts
        assert listed(client) == asking + stopped[: PAGE - 1]
        page = read(client.get(INBOX + "?page=2"))
        assert "None of these asks." in page.text
        assert listed(client, "?page=3") == older
        assert read(client.get(INBOX + "?page=3")).all(rel="next") == []


def test_one_that_is_answered_while_the_inbox_is_read_is_not_in_it(
    client: Client, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = waiting(fake_deployment), waiting(fake_deployment)
    survey = waits.survey

    async def answered_after(gateway: Any) -> Any:
        told = await survey(gateway)
        fake_deployment.run(first, None, "asks", command={"resume": "somebody's"})
        return told

    monkeypatch.setattr(waits, "survey", answered_after)
    assert listed(client) == [second.id]


def test_an_older_server_that_gives_out_whole_threads_is_counted_as_far_as_it_tells(client: Client) -> None:
    fake = FakeDeployment(habits=Habits(select="refused", extract="refused"))
    with playing(fake):
        standing(fake, 2, asking=False)
        assert client.get(COUNT).json() == {"waiting": 2, "more": False}
        assert len(listed(client)) == 2


def test_where_the_questions_are_not_told_nothing_is_said_to_have_merely_stopped() -> None:
    assert not thread_of({"thread_id": "1", "status": "interrupted"}).stopped
    assert thread_of({"thread_id": "1", "status": "interrupted", "interrupts": {}}).stopped


def test_an_item_says_how_many_more_questions_it_has(client: Client, fake_deployment: FakeDeployment) -> None:
    one, two = waiting(fake_deployment), waiting(fake_deployment)
    (task,) = two.head.tasks
    task.interrupts.append(task.interrupts[0] | {"id": "another"})
    page = read(client.get(INBOX))
    assert "+1 more question" in page.one(data_thread_id=two.id).text
    assert "more question" not in page.one(data_thread_id=one.id).text


def test_an_empty_inbox_teaches_what_comes_here(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_thread("Hello")
    page = read(client.get(INBOX))
    assert "Nobody is waited for." in page.text
    assert "interrupt()" in page.text


def test_the_inbox_comes_in_pages(client: Client, fake_deployment: FakeDeployment) -> None:
    threads = [waiting(fake_deployment).id for _ in range(PAGE + 1)]
    assert listed(client) == threads[:0:-1]
    assert listed(client, "?page=2") == threads[:1]
    page = read(client.get(INBOX))
    assert page.one(rel="next")["href"] == "?page=2"
    assert f"1–{PAGE} of {PAGE + 1}" in page.text
    assert read(client.get(INBOX + "?page=2")).one(rel="prev")["href"] == "?page=1"
    assert "Nothing more waits." in read(client.get(INBOX + "?page=3")).text
    assert listed(client, "?page=0") == listed(client, "?page=x") == listed(client)


def test_inside_the_page_the_list_alone_is_sent(client: Client, fake_deployment: FakeDeployment) -> None:
    waiting(fake_deployment)
    assert "<!doctype" not in client.get(INBOX, headers=HTMX).content.decode()


def test_a_question_is_answered_in_its_place(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = waiting(fake_deployment, title="The report")
    item = read(client.get(INBOX)).one(data_thread_id=thread.id)
    form = item.one(hx_get=True)
    address, fields = form_of(read(client.get(form["hx-get"], headers=HTMX)), "Resume")
    (name,) = [name for name in fields if name.startswith("answer-")]
    response = client.post(address, fields | {name: "so"}, headers=HTMX)
    assert (response.status_code, response.headers["HX-Trigger"]) == (200, "studio:answered")
    done = read(response).one(data_waits=True)
    assert "The report Answered. The thread goes on" in done.text
    assert done.one(tag="a")["href"] == f"/d/local/threads/{thread.id}/"
    assert thread.head.values["answer"] == "so"
    assert listed(client) == []


def test_without_a_script_an_answer_leads_back_to_the_inbox(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = waiting(fake_deployment)
    address, fields = form_of(read(client.get(f"/d/local/threads/{thread.id}/ask/?from=inbox")), "Resume")
    (name,) = [name for name in fields if name.startswith("answer-")]
    response = client.post(address, fields | {name: "so"}, follow=True)
    assert response.redirect_chain == [(INBOX, 303)]
    assert "Answered." in read(response).one(class_="verdict success").text


def test_a_problem_is_told_in_the_form_that_it_is_about(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = waiting(fake_deployment)
    part = read(client.get(f"/d/local/threads/{thread.id}/ask/?from=inbox", headers=HTMX))
    assert part.all(data_problem=True)
    address, fields = form_of(part, "Resume")
    response = client.post(address, fields, headers=HTMX)
    assert (response.status_code, response.headers["HX-Retarget"]) == (422, "find [data-problem]")


def test_ending_a_thread_in_the_inbox_says_what_happened(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = waiting(fake_deployment)
    _, fields = form_of(read(client.get(f"/d/local/threads/{thread.id}/ask/?from=inbox")), "End the thread here")
    response = client.post(f"/d/local/threads/{thread.id}/end/", fields, headers=HTMX)
    assert "Ended here: ask got no answer" in read(response).one(data_waits=True).text
    assert thread.status == "idle"


def test_what_was_answered_meanwhile_says_so_when_it_is_opened(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = waiting(fake_deployment)
    fake_deployment.run(thread, None, "asks", command={"resume": "somebody's"})
    part = read(client.get(f"/d/local/threads/{thread.id}/ask/?from=inbox", headers=HTMX))
    assert "Nothing waits here any more." in part.text


def test_the_count_is_in_the_navigation_of_every_page_once_it_is_known(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    waiting(fake_deployment)
    before = read(client.get("/d/local/threads/")).one(tag="inbox-count")
    assert (before.text, before["data-url"]) == ("", COUNT)
    assert counted(client) == 1
    assert read(client.get("/d/local/threads/")).one(tag="inbox-count").text == "1"


def test_no_page_waits_for_the_count(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    fake_deployment.requests.clear()
    client.get(f"/d/local/threads/{thread.id}/")
    assert fake_deployment.seen("POST /threads/count") == []
    assert all("status" not in asked for asked in searches(fake_deployment))


def test_a_count_is_one_request_and_is_kept_for_a_moment(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = waiting(fake_deployment)
    assert [counted(client), counted(client)] == [1, 1]
    (asked,) = searches(fake_deployment)
    assert (asked["status"], asked["select"]) == ("interrupted", ["thread_id", "interrupts"])
    assert fake_deployment.seen("POST /threads/count") == []
    answer = {"interrupt": [q["id"] for task in thread.head.tasks for q in task.interrupts]}
    client.post(f"/d/local/threads/{thread.id}/resume/", answer | {f"answer-{answer['interrupt'][0]}": "so"})
    assert counted(client) == 0


def test_counts_of_deployments_are_kept_apart(client: Client) -> None:
    here, there = FakeDeployment("local"), FakeDeployment("other")
    with playing(here, there):
        waiting(here)
        assert (counted(client), client.get("/d/other/inbox/count/").json()["waiting"]) == (1, 0)
        waiting(there)
        assert counted(client) == 1


def test_a_server_whose_list_tells_no_questions_and_cannot_count_shows_no_number(client: Client) -> None:
    fake = FakeDeployment(habits=Habits.aegra())
    with playing(fake):
        thread = waiting(fake)
        assert counted(client) is None
        page = read(client.get(INBOX))
        assert page.one(tag="inbox-count").text == ""
        assert page.all(data_total=True) == []
        assert page.one(data_thread_id=thread.id)
        assert "does not tell in its list which of them ask something" in page.text
        assert fake.seen("POST /threads/count") == [], "it is not asked for what it lacks"


@pytest.mark.parametrize("fault", ["fail", "refuse", "slow", "strange"])
def test_a_count_that_fails_breaks_nothing(fault: str, client: Client, fake_deployment: FakeDeployment) -> None:
    waiting(fake_deployment)
    if fault == "strange":
        fake_deployment.faults.answer_with("POST /threads/search", {"count": 3})
    else:
        getattr(fake_deployment.faults, fault)("POST /threads/search")
    assert counted(client) is None
    fake_deployment.faults.mend()
    inbox.forget(fake_deployment.deployment)
    assert counted(client) == 1


def test_a_deployment_that_is_away_is_told_on_the_page(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.faults.refuse()
    response = client.get(INBOX)
    assert response.status_code == 502
    assert "refuses connections" in read(response).one(role="alert").text
    assert counted(client) is None


def test_hostile_words_stay_text(client: Client, fake_deployment: FakeDeployment) -> None:
    waiting(fake_deployment, EVIL, title=EVIL, graph=EVIL)
    page = read(client.get(INBOX))
    assert all("alert" not in script.text for script in page.all(tag="script"))
    assert page.one(data_thread_id=True).text.count("alert(1)") == 2


def test_read_only_shows_the_questions_and_no_button(
    client: Client, fake_deployment: FakeDeployment, settings: Any
) -> None:
    thread, stopped = waiting(fake_deployment), paused(fake_deployment)
    settings.STUDIO_READ_ONLY = True
    assert listed(client) == [thread.id, stopped.id]
    for one in (thread, stopped):
        part = read(client.get(f"/d/local/threads/{one.id}/ask/?from=inbox", headers=HTMX))
        assert part.all(tag="button") == []
