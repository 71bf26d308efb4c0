"""Interrupts on the other servers: on the thread's page and in the inbox, one and several."""

from tests.dialects.world import World
from tests.support.pages import Element, form_of, read


def asked(page: Element) -> list[str]:
    """The ids of the questions that can be answered on a page."""
    return [box["value"] for box in page.all(name="interrupt")]


def test_a_question_is_answered_on_the_page_of_its_thread(world: World) -> None:
    thread = world.ran("one")
    page = world.page(thread)
    assert "What is your name?" in page.text
    (id,) = asked(page)
    world.press(thread, "Resume", **{f"answer-{id}": "Ada"})
    now = world.settled(thread)
    assert (now["values"]["name"], now["values"]["done"], now["next"]) == ("Ada", True, [])
    assert asked(world.page(thread)) == []


def test_two_questions_are_answered_together(world: World) -> None:
    thread = world.ran("two")
    address, fields = form_of(world.page(thread), "Resume")
    ids = asked(world.page(thread))
    assert len(ids) == 2
    told = {task["name"]: task["interrupts"][0]["id"] for task in world.state(thread)["tasks"]}
    typed = {f"answer-{told['ask_name']}": "Ada"}
    typed |= {f"answer-{told['ask_city']}": '"Rome"', f"kind-{told['ask_city']}": "json"}
    answer = world.client.post(address, {**fields, **typed, "interrupt": ids})
    assert answer.status_code == 303, read(answer).text
    now = world.settled(thread)
    assert (now["values"]["name"], now["values"]["city"], now["values"]["done"]) == ("Ada", "Rome", True)


def test_the_inbox_has_the_thread_and_takes_the_answer(world: World) -> None:
    thread = world.ran("one")
    (row,) = world.get("inbox/").all(data_waits=True, data_thread_id=thread)
    assert "What is your name?" in row.text or "no question is known" in row.text
    ask = world.page(thread, "ask/", **{"from": "inbox"})
    (id,) = asked(ask)
    page = world.submit(form_of(ask, "Resume"), **{f"answer-{id}": "Ada"})
    assert "Answered. The thread goes on" in page.text
    assert world.settled(thread)["values"]["name"] == "Ada"
    assert world.get("inbox/").all(data_thread_id=thread) == []
    told = world.client.get("/d/local/inbox/count/").json()["waiting"]
    assert (told is None) is not world.js


def test_a_message_is_no_answer_by_itself(world: World) -> None:
    thread = world.ran("one")
    address, fields = form_of(world.page(thread), "Send")
    answer = world.client.post(address, fields | {"mode": "json", "input": "{}"})
    assert answer.status_code == 409
    assert "The thread waits for an answer." in read(answer).text


def test_a_thread_ends_where_it_waits(world: World) -> None:
    thread = world.ran("one")
    (id,) = asked(world.page(thread))
    answer = world.post(thread, "end/", interrupt=id)
    assert answer.status_code == 303, read(answer).text
    now = world.state(thread)
    assert (now["next"], now["tasks"]) == ([], [])
    assert asked(world.page(thread)) == []


def test_a_question_is_asked_anew_from_an_earlier_checkpoint(world: World) -> None:
    thread = world.ran("one")
    (id,) = asked(world.page(thread))
    world.press(thread, "Resume", **{f"answer-{id}": "Ada"})
    world.settled(thread)
    before = next(s["checkpoint"]["checkpoint_id"] for s in world.history(thread) if s["next"] == ["__start__"])
    world.press(thread, "Rerun from here", at=before)
    assert world.settled(thread)["next"] == ["ask_name"]
    (id,) = asked(world.page(thread))
    world.press(thread, "Resume", **{f"answer-{id}": "Bob"})
    assert world.settled(thread)["values"]["name"] == "Bob"
