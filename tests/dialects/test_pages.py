"""The pages beside that of a thread on the other servers."""

from tests.dialects.world import World
from tests.support.pages import read


def test_the_graph_is_drawn_with_the_way_that_was_taken(world: World) -> None:
    thread = world.ran("work", '{"goal": 1}')
    page = world.page(thread, "graph/").one(id="graph")
    assert {"prepare", "tick", "publish"} <= set(page.text.split())
    assert page.all(tag="svg")
    assert "5 nodes" in page.text or "3 nodes" in page.text


def test_what_was_sent_is_listed_as_code_that_does_it_again(world: World) -> None:
    thread = world.said("Hello")
    page = world.page(thread, "sent/")
    assert f"/threads/{thread}/runs" in page.text
    assert "runs.create(" in page.text
    assert "curl" in page.text
    assert world.get("sent/").all(data_sent=True)


def test_what_an_assistant_takes_is_a_form_or_the_page_says_why_there_is_none(world: World) -> None:
    thread = world.new("work")
    (work,) = [one["assistant_id"] for one in world.assistants() if one["graph_id"] == "work"]
    page = world.page(thread, assistant=work)
    if world.js:  # it describes graphs in TypeScript only
        assert "There is no form: The input schema cannot be read" in page.one(id="fields").text
    else:
        assert "Goal" in page.one(id="fields").text
    fields = world.client.get(f"/d/local/threads/{thread}/fields/", {"assistant": work}, headers={"HX-Request": "true"})
    assert fields.status_code == 200
    versions = world.client.get(
        f"/d/local/threads/{thread}/versions/", {"assistant": work}, headers={"HX-Request": "true"}
    )
    assert versions.status_code == 200, read(versions).text


def test_studio_is_ready_and_names_its_server(world: World) -> None:
    assert world.client.get("/readyz").status_code == 200
    assert world.url.removeprefix("http://") in world.get("threads/").text
