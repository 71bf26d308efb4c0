"""The list of threads and the making of new ones, through Django's own clients."""

import json
from typing import Any

import pytest
from django.test import AsyncClient, Client

from studio.testing import FakeDeployment, Habits, interrupt, playing
from tests.support.pages import read

LIST = "/d/local/threads/"


def listed(client: Client, query: str = "") -> list[str]:
    return [row["data-thread-id"] for row in read(client.get(LIST + query)).all(data_thread_id=True)]


def asked(fake: FakeDeployment) -> Any:
    return fake.seen("POST /threads/search")[-1].json


def test_home_leads_to_the_first_deployment(client: Client, fake_deployment: FakeDeployment) -> None:
    assert client.get("/").headers["Location"] == LIST


def test_an_unknown_deployment_is_not_found(client: Client, fake_deployment: FakeDeployment) -> None:
    assert client.get("/d/elsewhere/threads/").status_code == 404


def test_a_row_tells_title_status_graph_and_last_words(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply("In **April**.", "Good idea.")
    titled = fake_deployment.add_thread("When to Kyoto?", metadata={"title": "Kyoto"})
    untitled = fake_deployment.add_thread("By train?")
    page = read(client.get(LIST))
    row = page.one(data_thread_id=titled.id)
    assert row["data-status"] == "idle"
    assert [cell.text for cell in row.all(tag="b")] == ["Kyoto"]
    assert "In April." in row.text
    assert "chat" in row.text
    assert page.one(data_thread_id=untitled.id).all(tag="b")[0].text == "By train?"
    assert page.one(data_total="2").text == "2"


async def test_the_list_works_under_the_async_client(
    async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread("Hello")
    assert thread.id in (await async_client.get(LIST)).content.decode()


def test_a_thread_without_words_is_called_by_its_id(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    assert read(client.get(LIST)).one(data_thread_id=thread.id).all(tag="b")[0].text == thread.id


def test_an_interrupted_thread_shows_its_question(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_graph("asks", {"confirm": lambda values: {"ok": interrupt({"question": "Publish?"})}})
    thread = fake_deployment.add_thread(graph_id="asks")
    fake_deployment.run(thread, {}, "asks")
    row = read(client.get(LIST)).one(data_thread_id=thread.id)
    assert row["data-status"] == "interrupted"
    assert "Publish?" in row.text


def test_only_what_a_row_shows_is_asked_for(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_thread("Hello")
    client.get(LIST)
    assert "values" not in asked(fake_deployment)["select"]
    assert len(asked(fake_deployment)["extract"]) <= 10


@pytest.mark.parametrize(
    "habits",
    [
        Habits(select="refused", extract="refused"),
        Habits(extract="refused"),
        Habits(select="ignored", extract="ignored"),
        Habits.js(),
        Habits.aegra(),
        Habits(counts=False),
    ],
    ids=["refuses both", "refuses extract", "ignores both", "js", "aegra", "cannot count"],
)
def test_servers_that_lack_something_show_the_same_rows(habits: Habits, client: Client) -> None:
    fake = FakeDeployment(habits=habits)
    with playing(fake):
        fake.reply("In April.")
        thread = fake.add_thread("When to Kyoto?")
        row = read(client.get(LIST)).one(data_thread_id=thread.id)
        assert row.all(tag="b")[0].text == "When to Kyoto?"
        assert "In April." in row.text


def test_filters_reach_the_server(client: Client, fake_deployment: FakeDeployment) -> None:
    idle = fake_deployment.add_thread("Hello", metadata={"team": "blue", "n": 5})
    assert listed(client, "?status=idle") == [idle.id]
    assert listed(client, "?status=busy") == []
    assert listed(client, f"?q={idle.id}") == [idle.id]
    assert listed(client, "?q=team%3Dblue") == [idle.id]
    assert listed(client, "?q=team%3Dred") == []
    assert listed(client, "?q=n%3D5,team%3Dblue") == [idle.id]
    assert listed(client, "?graph=chat") == [idle.id]
    assert asked(fake_deployment)["metadata"] == {"graph_id": "chat"}


def test_a_search_that_means_nothing_is_told(client: Client, fake_deployment: FakeDeployment) -> None:
    page = read(client.get(LIST + "?q=kyoto"))
    assert "neither a whole thread id nor key=value" in page.one(role="alert").text
    assert page.one(name="q")["value"] == "kyoto"


def test_an_empty_answer_says_why(client: Client, fake_deployment: FakeDeployment) -> None:
    assert "No threads yet." in read(client.get(LIST)).text
    assert "No thread matches." in read(client.get(LIST + "?status=busy")).text


@pytest.mark.parametrize(
    ("query", "sort"),
    [
        ("", ("updated_at", "desc")),
        ("?sort=created_at", ("created_at", "desc")),
        ("?sort=thread_id", ("thread_id", "asc")),
        ("?sort=status&order=desc", ("status", "desc")),
        ("?sort=password", ("updated_at", "desc")),
    ],
)
def test_the_server_sorts(query: str, sort: tuple[str, str], client: Client, fake_deployment: FakeDeployment) -> None:
    client.get(LIST + query)
    assert (asked(fake_deployment)["sort_by"], asked(fake_deployment)["sort_order"]) == sort


def test_a_column_head_sorts_by_it_and_then_the_other_way(client: Client, fake_deployment: FakeDeployment) -> None:
    fake_deployment.add_thread("Hello")
    head = read(client.get(LIST + "?status=idle")).one(tag="th", class_="col-status")
    assert head.one(tag="a")["href"] == "?status=idle&sort=status&order=asc"
    head = read(client.get(LIST + "?sort=status&order=asc")).one(tag="th", class_="col-status")
    assert head["aria-sort"] == "ascending"
    assert head.one(tag="a")["href"] == "?sort=status&order=desc"


def test_pages_of_fifty(client: Client, fake_deployment: FakeDeployment) -> None:
    for _ in range(120):
        fake_deployment.add_thread()
    pages = [listed(client, f"?page={number}&status=idle") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len(set().union(*pages)) == 120
    page = read(client.get(LIST + "?page=2&status=idle"))
    assert page.one(rel="next")["href"] == "?page=3&status=idle"
    assert page.one(rel="prev")["href"] == "?page=1&status=idle"
    assert "51–100 of 120" in page.text
    assert listed(client, "?page=99999999999999999999") == pages[0]


def test_the_rows_on_screen_stay_fresh(client: Client, fake_deployment: FakeDeployment) -> None:
    thread, other = fake_deployment.add_thread("Hello"), fake_deployment.add_thread("Other")
    fake_deployment.hold()
    fake_deployment.start_run(thread, {"assistant_id": "chat", "input": {}})
    page = read(client.get(f"{LIST}fresh/", {"id": [thread.id, "not-an-id"]}, headers={"HX-Request": "true"}))
    assert [chip["data-status"] for chip in page.all(data_status=True)] == ["busy"]
    assert page.one(data_status="busy")["hx-swap-oob"] == "true"
    assert "Other" not in page.text
    assert "1 thread more or moved" in page.one(id="news").text
    assert page.one(id="news").one(tag="a")["href"] == LIST
    page = read(client.get(f"{LIST}fresh/", {"id": [thread.id, other.id]}, headers={"HX-Request": "true"}))
    assert page.one(id="news").text == ""


@pytest.mark.django_db(transaction=True)
def test_a_row_that_left_the_list_stays_fresh_too(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    asked = {"id": [thread.id], "status": "interrupted"}
    page = read(client.get(f"{LIST}fresh/", asked, headers={"HX-Request": "true"}))
    assert [chip["data-status"] for chip in page.all(data_status=True)] == ["idle"]
    assert page.one(id="news").text == ""


@pytest.mark.django_db(transaction=True)
def test_a_new_thread_is_made_for_the_chosen_assistant(client: Client, fake_deployment: FakeDeployment) -> None:
    assistant = fake_deployment.add_assistant("Chat, but rude", "chat")
    page = read(client.get(f"{LIST}new/"))
    assert "Chat, but rude (chat)" in page.one(id="assistant").text
    answer = client.post(f"{LIST}new/", {"assistant": assistant, "title": "Kyoto"})
    (made,) = fake_deployment.threads.values()
    assert made.metadata == {"graph_id": "chat", "title": "Kyoto"}
    assert answer.headers["Location"] == f"{LIST}{made.id}/?assistant={assistant}"
    shown = read(client.get(f"{LIST}{made.id}/?assistant={assistant}")).one(id="run-assistant")
    assert [option["value"] for option in shown.all(selected=True)] == [assistant]


def test_an_assistant_that_does_not_exist_is_refused_and_the_title_kept(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    answer = client.post(f"{LIST}new/", {"assistant": "nobody", "title": "Kyoto"})
    assert answer.status_code == 422
    assert read(answer).one(id="title")["value"] == "Kyoto"
    assert fake_deployment.threads == {}


def test_the_deployments_are_a_menu_when_there_are_several(client: Client) -> None:
    with playing(FakeDeployment("dev"), FakeDeployment("prod")):
        page = read(client.get("/d/prod/threads/"))
        assert [a["href"] for a in page.one(class_="sheet").all(tag="a")] == ["/d/dev/threads/", "/d/prod/threads/"]


def test_keys_go_to_their_own_deployment_and_to_no_page(client: Client) -> None:
    dev, prod = FakeDeployment("dev"), FakeDeployment("prod", headers={"x-api-key": "very-secret"})
    with playing(dev, prod):
        for slug in ("dev", "prod"):
            assert b"very-secret" not in client.get(f"/d/{slug}/threads/").content
        assert {seen.headers.get("x-api-key") for seen in prod.requests} == {"very-secret"}
        assert {seen.headers.get("x-api-key") for seen in dev.requests} == {None}


@pytest.mark.django_db(transaction=True)
def test_readiness_needs_a_deployment_that_answers(client: Client, fake_deployment: FakeDeployment) -> None:
    assert client.get("/readyz").json() == {"ready": True, "database": True, "deployments": {"local": True}}
    fake_deployment.faults.refuse()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["deployments"]) == (503, {"local": False})
    assert json.loads(client.get("/healthz").content) == {"ok": True}
