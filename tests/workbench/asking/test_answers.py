"""Answering questions through their forms, ending a thread instead, and a message where an answer is waited for."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from studio.testing import FakeDeployment, FakeThread, interrupt
from studio.web.templatetags.studio import key
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
EVIL = "<script>alert(1)</script>"
MAIL = {"action": "send_mail", "args": {"to": "ann", "n": 3}}
EVERYTHING = {"allow_accept": True, "allow_edit": True, "allow_respond": True, "allow_ignore": True}
Asks = Callable[..., FakeThread]


@pytest.fixture
def asks(fake_deployment: FakeDeployment) -> Asks:
    """Makes a thread that waits for answers to these questions, one a node. (The fake takes an update of a node that it
    has, so it has one called like the end.)"""

    def make(*values: Any) -> FakeThread:
        nodes: Any = {f"ask{n}": _asking(f"answer{n}", value) for n, value in enumerate(values)}
        rest: Any = {"after": lambda written: {"done": True}, "__end__": lambda written: {}}
        fake_deployment.add_graph("asks", nodes | rest, steps=(tuple(nodes), ("after",)))
        thread = fake_deployment.add_thread(graph_id="asks")
        fake_deployment.run(thread, {}, "asks")
        return thread

    return make


def _asking(name: str, value: Any) -> Callable[[Any], Any]:
    return lambda written: {name: interrupt(value)}


def ids_of(thread: FakeThread) -> list[str]:
    return [question["id"] for task in thread.head.tasks for question in task.interrupts]


def shown(client: Client, thread: FakeThread) -> Element:
    return read(client.get(f"/d/local/threads/{thread.id}/"))


def answer(client: Client, thread: FakeThread, typed: dict[str, str], htmx: bool = False) -> Any:
    """Press “Resume” with these fields; `{id}` and `{key}` in their names stand for the first question's."""
    address, fields = form_of(shown(client, thread), "Resume")
    id = ids_of(thread)[0]
    filled = {name.replace("{id}", id).replace("{key}", key(id)): text for name, text in typed.items()}
    return client.post(address, fields | {"interrupt": ids_of(thread)} | filled, headers=HTMX if htmx else {})


def resumed(fake: FakeDeployment) -> Any:
    """What the last run was told to answer with."""
    return fake.runs[-1].asked["command"]["resume"]


def told(response: Any) -> str:
    return read(response).one(role="alert").text


def with_schema(fake: FakeDeployment, thread: FakeThread, schema: Any) -> None:
    thread.head.tasks[0].interrupts[0]["response_schema"] = schema


@pytest.mark.parametrize(
    ("value", "typed", "expected"),
    [
        ("Well?", {"answer-{id}": "so\r\nso"}, "so\nso"),
        ("Well?", {"answer-{id}": "[1]"}, "[1]"),
        ("Well?", {"answer-{id}": "[1]", "kind-{id}": "json"}, [1]),
        ("Well?", {"answer-{id}": '""', "kind-{id}": "json"}, ""),
        ({"a": 1}, {"answer-{id}": '{"b": 2}'}, {"b": 2}),
        ({"question": "Right?", "draft": "Dear Ann,\nhello\n"}, {}, "Dear Ann,\nhello\n"),
        ({"question": "Right?", "draft": "Dear Ann"}, {"answer-{id}": "Dear Bob"}, "Dear Bob"),
        ({"question": "Which?", "options": ["a", "b"]}, {"choice-{key}": '"b"'}, "b"),
        ({"question": "Which?", "options": [{"label": "Yes", "value": True}]}, {"choice-{key}": "true"}, True),
        ({"question": "Which?", "options": [1, "1", "words"]}, {"choice-{key}": '"1"'}, "1"),
        ({"question": "Which?", "options": [1, "1", "words"]}, {"choice-{key}": '"words"'}, "words"),
        ({"question": "Which?", "options": ["a"]}, {"choice-{key}": "words", "answer-{id}": "c"}, "c"),
        ({"question": "Which?", "options": ["a"]}, {"answer-{id}": "c"}, "c"),
        (
            [{"action_request": MAIL, "config": EVERYTHING}],
            {"decision-{key}-0": "accept"},
            [{"type": "accept", "args": None}],
        ),
        (
            [{"action_request": MAIL, "config": EVERYTHING}],
            {"decision-{key}-0": "edit", "text-{key}-0-0": "", "text-{key}-0-1": "4"},
            [{"type": "edit", "args": {"action": "send_mail", "args": {"to": "", "n": 4}}}],
        ),
        (
            {"action_request": MAIL, "config": EVERYTHING},
            {"decision-{key}-0": "respond", "text-{key}-0-message": "No."},
            [{"type": "response", "args": "No."}],
        ),
        (
            {"action_requests": [{"name": "rm", "args": {"path": "/x"}}, {"name": "ls", "args": {}}]},
            {"decision-{key}-0": "reject", "text-{key}-0-message": "Keep it.", "decision-{key}-1": "approve"},
            {"decisions": [{"type": "reject", "message": "Keep it."}, {"type": "approve"}]},
        ),
        ({"action_requests": [{"name": "rm", "args": {}}]}, {"kind-{id}": "json", "answer-{id}": "[]"}, []),
    ],
)
def test_a_question_of_each_kind_is_answered(
    value: Any, typed: dict[str, str], expected: Any, client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks(value)
    (id,) = ids_of(thread)
    response = answer(client, thread, typed)
    assert (response.status_code, response.headers["Location"]) == (303, f"/d/local/threads/{thread.id}/")
    assert resumed(fake_deployment) == {id: expected}
    assert thread.head.values["answer0"] == expected
    assert thread.status == "idle"


@pytest.mark.parametrize(
    ("value", "typed", "problem"),
    [
        ("Well?", {}, "There is no answer to “Well?”"),
        ("Well?", {"answer-{id}": " \r\n "}, "There is no answer to “Well?”"),
        ("Well?", {"answer-{id}": '{"a": 1,\n}', "kind-{id}": "json"}, "line 2, column 1"),
        ("Well?", {"answer-{id}": "NaN", "kind-{id}": "json"}, "NaN"),
        ({"a": 1}, {}, "The answer to the question is not valid JSON"),
        ({"question": "Right?", "draft": "Dear Ann"}, {"answer-{id}": ""}, "There is no answer to “Right?”"),
        ({"question": "Which?", "options": ["a"]}, {}, "There is no answer to “Which?”"),
        ({"question": "Which?", "options": ["a"]}, {"choice-{key}": "a"}, "no option for “Which?”"),
        ({"question": "Which?", "options": ["a"]}, {"choice-{key}": '"a"', "answer-{id}": "b"}, "both an option and"),
        ({"action_request": MAIL}, {}, "“send_mail” waits for a decision"),
        ({"action_request": MAIL}, {"decision-{key}-0": "dance"}, "“send_mail” waits for a decision"),
        ({"action_request": MAIL}, {"decision-{key}-0": "respond"}, "no response to “send_mail”"),
        ({"action_request": MAIL}, {"decision-{key}-0": "edit", "text-{key}-0-1": "three"}, "“n” is not valid JSON"),
    ],
)
def test_an_answer_that_cannot_be_sent_is_told_and_given_back(
    value: Any, typed: dict[str, str], problem: str, client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks(value)
    response = answer(client, thread, typed)
    assert response.status_code == 422
    assert problem in told(response)
    assert "Your answers are still there." in told(response)
    given_back = [area.text for area in read(response).all(tag="textarea")]
    kept = [" ".join(text.split()) for name, text in typed.items() if name == "answer-{id}" and text.strip()]
    assert [text for text in kept if text not in given_back] == []
    assert len(fake_deployment.runs) == 1


SCHEMA = {
    "type": "object",
    "required": ["verdict", "amount"],
    "properties": {
        "verdict": {"enum": ["yes", "no"]},
        "amount": {"type": "integer", "minimum": 0, "maximum": 10},
        "share": {"type": "number"},
        "sure": {"type": "boolean"},
        "extra": {"type": "object"},
        "why": {"type": "string"},
    },
}


def test_the_fields_of_a_schema_make_the_answer(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks({"question": "Decide."})
    with_schema(fake_deployment, thread, SCHEMA)
    typed = ['"no"', "7", "0.5", "true", '{"a": 12345678901234567}', ""]
    answer(client, thread, {f"text-{{key}}-{n}": text for n, text in enumerate(typed)})
    (answered,) = resumed(fake_deployment).values()
    assert answered == {"verdict": "no", "amount": 7, "share": 0.5, "sure": True, "extra": {"a": 12345678901234567}}


def test_a_schema_of_one_value_is_answered_with_that_value(
    client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("How many?")
    with_schema(fake_deployment, thread, {"type": "integer"})
    answer(client, thread, {"text-{key}-0": "+12"})
    assert list(resumed(fake_deployment).values()) == [12]


@pytest.mark.parametrize(
    ("place", "text", "problem"),
    [
        (0, "", "“verdict” is required."),
        (0, "no", "no choice for “verdict”"),
        (1, "", "“amount” is required."),
        (1, "7.5", "“amount” has to be a whole number."),
        (1, "11", "“amount” has to be at most 10."),
        (1, "-1", "“amount” has to be at least 0."),
        (2, "half", "“share” has to be a number."),
        (2, "1e999", "“share” is too large"),
        (4, "[1]", "“extra” has to be a JSON object."),
        (4, "{", "“extra” is not valid JSON"),
    ],
)
def test_a_field_of_a_schema_gets_its_own_sentence(
    place: int, text: str, problem: str, client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks({"question": "Decide."})
    with_schema(fake_deployment, thread, SCHEMA)
    typed = {"text-{key}-0": '"yes"', "text-{key}-1": "5"} | {f"text-{{key}}-{place}": text}
    response = answer(client, thread, typed, htmx=True)
    assert response.status_code == 422
    assert response.headers["HX-Retarget"] == "#runproblem"
    assert told(response) == "An answer cannot be sent as it is. Your answers are still there."
    beside = read(response).one(id=f"problem-{key(ids_of(thread)[0])}-{place}")
    assert problem in beside.text
    assert beside["hx-swap-oob"] == "true"
    assert read(client.get(f"/d/local/threads/{thread.id}/")).one(id=beside["id"]).text == "", "it has its place"
    assert len(fake_deployment.runs) == 1


def test_every_missing_answer_is_named(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Which flight?", {"question": "Which hotel?"}, "Who?")
    response = answer(client, thread, {f"answer-{ids_of(thread)[1]}": "That one"}, htmx=True)
    assert told(response) == "2 answers cannot be sent as they are. Your answers are still there."
    alone = told(answer(client, thread, {}))
    assert all(f"“{question}?”" in alone for question in ("Which flight", "Which hotel", "Who")), "no form is beside it"
    places = [f"problem-{key(id)}" for id in ids_of(thread)]
    assert [bool(read(response).all(id=place)) for place in places] == [True, False, True]


def test_several_are_answered_together(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Which flight?", {"question": "Which hotel?", "options": ["Ritz", "Inn"]})
    first, second = ids_of(thread)
    answer(client, thread, {"answer-{id}": "the late one", f"choice-{key(second)}": '"Inn"'})
    assert resumed(fake_deployment) == {first: "the late one", second: "Inn"}


def test_the_only_question_of_a_server_without_ids_is_answered_without_one(
    client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    thread.head.tasks[0].interrupts[0]["id"] = None
    address, fields = form_of(shown(client, thread), "Resume")
    client.post(address, fields | {"answer-": "so so"})
    assert resumed(fake_deployment) == "so so"


def test_several_questions_without_ids_are_shown_and_cannot_be_answered(
    client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("One?", "Two?")
    for task in thread.head.tasks:
        task.interrupts[0]["id"] = None
    page = shown(client, thread)
    assert "does not tell its questions apart" in page.one(class_="ask").text
    assert page.one(class_="ask").all(tag="textarea") == []


@pytest.mark.parametrize("htmx", [True, False])
def test_questions_that_have_changed_are_not_answered_and_what_was_typed_is_given_back(
    htmx: bool, client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    address, fields = form_of(shown(client, thread), "Resume")
    typed = fields | {f"answer-{ids_of(thread)[0]}": "my long answer"}
    fake_deployment.run(thread, None, "asks", command={"resume": "somebody's"})
    response = client.post(address, typed, headers=HTMX if htmx else {})
    assert response.status_code == 409
    assert "The questions have changed meanwhile." in told(response)
    assert read(response).one(tag="textarea").text == "my long answer"
    assert len(fake_deployment.runs) == 2


def test_a_part_of_the_questions_is_no_answer(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("One?", "Two?")
    id = ids_of(thread)[0]
    response = client.post(f"/d/local/threads/{thread.id}/resume/", {"interrupt": id, f"answer-{id}": "x"})
    assert response.status_code == 409
    assert len(fake_deployment.runs) == 1


@pytest.mark.parametrize("verb", ["resume", "end"])
def test_a_busy_thread_is_neither_answered_nor_ended(
    verb: str, client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    fake_deployment.hold()
    fake_deployment.start_run(thread, {"assistant_id": "asks", "command": {"resume": "somebody's"}})
    response = client.post(
        f"/d/local/threads/{thread.id}/{verb}/",
        {"interrupt": ids_of(thread), f"answer-{ids_of(thread)[0]}": "mine"},
        headers=HTMX,
    )
    assert response.status_code == 409
    assert "A run is active on this thread." in told(response)
    assert read(response).one(tag="textarea").text == "mine"
    assert len(fake_deployment.runs) == 2


def test_a_run_that_comes_between_is_refused_by_the_server(
    client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    fake_deployment.faults.fail("POST .*/runs$", 409, {"detail": "busy"})
    response = answer(client, thread, {"answer-{id}": "mine"})
    assert response.status_code == 409
    assert "Your answers are still there. Nothing was started." in told(response)
    assert read(response).one(tag="textarea").text == "mine"


def test_an_answer_whose_fate_is_not_known_is_not_called_unsent(
    client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    fake_deployment.faults.slow("POST .*/runs$")
    response = answer(client, thread, {"answer-{id}": "mine"})
    assert response.status_code == 504
    assert "It is not certain whether the run was started" in told(response)


def test_an_update_and_a_node_go_with_the_answer(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Well?")
    part = read(client.get(f"/d/local/threads/{thread.id}/ask/?part=command", headers=HTMX))
    assert [option.text for option in part.one(name="goto").all(tag="option")] == [
        "where the graph leads",
        "ask0",
        "after",
    ]
    answer(client, thread, {"answer-{id}": "so", "update": '{"note": [1]}', "goto": "after"})
    assert fake_deployment.runs[-1].asked["command"] == {
        "resume": dict.fromkeys(resumed(fake_deployment), "so"),
        "update": {"note": [1]},
        "goto": "after",
    }


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"update": "[1]"}, "The update has to be a JSON object of channels."),
        ({"update": '{"a":'}, "The update is not valid JSON"),
        ({"goto": "nowhere"}, "The graph has no node “nowhere”"),
        ({"goto": "__end__"}, "The graph has no node “__end__”"),
    ],
)
def test_a_command_that_cannot_work_is_not_sent(
    typed: dict[str, str], problem: str, client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    response = answer(client, thread, {"answer-{id}": "so", **typed})
    assert response.status_code == 422
    assert problem in told(response)
    assert len(fake_deployment.runs) == 1


def test_a_server_that_cannot_tell_its_nodes_takes_any(
    client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    fake_deployment.faults.fail("GET /assistants/.*/graph", 501)
    assert (
        read(client.get(f"/d/local/threads/{thread.id}/ask/?part=command", headers=HTMX)).one(name="goto").tag
        == "input"
    )
    answer(client, thread, {"answer-{id}": "so", "goto": "anywhere"})
    assert fake_deployment.runs[-1].asked["command"]["goto"] == "anywhere"


def end(client: Client, thread: FakeThread) -> Any:
    page = shown(client, thread)
    _, fields = form_of(page, "End the thread here")
    button = next(b for b in page.all(tag="button") if b.text == "End the thread here")
    return client.post(button["formaction"], fields | {"interrupt": ids_of(thread)}, follow=True)


def test_a_thread_ends_where_it_waits(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Well?")
    page = end(client, thread)
    assert "Ended here: ask0 got no answer and does not run." in read(page).text
    assert (thread.head.next, thread.head.source, thread.status) == ((), "update", "idle")
    sent = fake_deployment.seen(f"POST /threads/{thread.id}/state")[-1].json
    assert (sent["values"], sent["as_node"]) == (None, "__end__")
    assert "checkpoint_id" not in sent
    assert len(fake_deployment.runs) == 1


def test_a_thread_that_did_not_end_is_told(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Well?")
    fake_deployment.faults.answer_with(f"POST /threads/{thread.id}/state$", {"checkpoint_id": thread.head.id})
    response = end(client, thread)
    assert response.status_code == 502
    assert "The thread did not end." in told(response)
    assert "ask0 is still to run" in told(response)


def test_a_server_that_refuses_to_end_is_told(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Well?")
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/state$", 400, {"detail": "Node __end__ does not exist"})
    response = end(client, thread)
    assert response.status_code == 422
    assert "Nothing was ended." in told(response)


def send(client: Client, thread: FakeThread, **typed: str) -> Any:
    fields = {"assistant": "asks", "mode": "message", "input": "a thought"} | typed
    return client.post(f"/d/local/threads/{thread.id}/send/", fields, headers=HTMX)


def ways(response: Any) -> dict[str, tuple[str, str]]:
    return {b.text: (b["name"], b["value"]) for b in read(response).all(tag="button", form="send")}


def test_a_message_at_a_question_starts_nothing_by_itself(
    client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    response = send(client, thread)
    assert response.status_code == 409
    assert "The thread waits for an answer." in told(response)
    assert len(fake_deployment.runs) == 1
    found = ways(response)
    assert list(found) == ["Answer the question with it", "Start a new run all the same"]
    name, value = found["Answer the question with it"]
    assert send(client, thread, **{name: value}).status_code == 204
    assert resumed(fake_deployment) == {value: "a thought"}
    assert thread.status == "idle"


def test_a_message_may_start_a_run_all_the_same(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Well?")
    name, value = ways(send(client, thread))["Start a new run all the same"]
    assert send(client, thread, **{name: value}).status_code == 204
    assert fake_deployment.runs[-1].asked["input"] == {"messages": [{"type": "human", "content": "a thought"}]}


@pytest.mark.parametrize(
    ("values", "typed"),
    [
        (["One?", "Two?"], {}),
        ([{"action_request": MAIL}], {}),
        ([{"a": 1}], {}),
        (["Well?"], {"mode": "json", "input": '{"a": 1}'}),
    ],
    ids=["several", "a decision", "a value", "json"],
)
def test_what_is_no_plain_answer_is_not_offered_as_one(
    values: list[Any], typed: dict[str, str], client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks(*values)
    response = send(client, thread, **typed)
    assert response.status_code == 409
    assert list(ways(response)) == ["Start a new run all the same"]
    assert send(client, thread, as_answer=ids_of(thread)[0], **typed).status_code == 409
    assert len(fake_deployment.runs) == 1


def test_a_message_is_no_answer_to_another_question(
    client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    response = send(client, thread, as_answer="another")
    assert response.status_code == 409
    assert len(fake_deployment.runs) == 1


def test_a_branch_from_an_older_checkpoint_leaves_the_question_alone(
    client: Client, fake_deployment: FakeDeployment, asks: Asks
) -> None:
    thread = asks("Well?")
    assert send(client, thread, checkpoint=thread.head.id).status_code == 409
    assert send(client, thread, checkpoint=thread.checkpoints[0].id).status_code == 204


def test_a_thread_that_does_not_wait_is_asked_nothing_more(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    before = len(fake_deployment.seen(f"GET /threads/{thread.id}/state"))
    assert send(client, thread, assistant="chat").status_code == 204
    assert len(fake_deployment.seen(f"GET /threads/{thread.id}/state")) == before


def test_a_question_after_a_failure_is_still_one(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Well?")
    thread.error = {"error": "ValidationError", "message": "2 validation errors"}
    assert thread.status == "error"
    assert send(client, thread).status_code == 409
    answer(client, thread, {"answer-{id}": "so"})
    assert thread.status == "idle"


@pytest.mark.parametrize(
    "value",
    [
        EVIL,
        {"question": EVIL * 9, EVIL: EVIL},
        {"question": EVIL, "draft": "</textarea>" + EVIL},
        {"question": EVIL, "options": [EVIL, {"label": EVIL, "value": 1}]},
        [{"action_request": {"action": EVIL, "args": {EVIL: EVIL, "n": [EVIL]}}, "description": EVIL}],
        {"action_requests": [{"name": EVIL, "args": EVIL, "description": EVIL}]},
    ],
)
def test_a_hostile_question_stays_text(value: Any, client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks(value)
    with_schema(fake_deployment, thread, None)
    task = thread.head.tasks[0]
    task.interrupts[0]["id"] = '"><script>alert(2)</script>'
    for page in (shown(client, thread), read(client.get(f"/d/local/threads/{thread.id}/ask/?from=inbox"))):
        assert all("alert" not in script.text for script in page.all(tag="script"))
        assert EVIL in page.one(class_="ask").text or "alert(1)" in str(page.one(class_="ask").text)


def test_a_hostile_schema_stays_text(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Decide.")
    told: Any = {"title": EVIL, "description": EVIL, "enum": [EVIL, {EVIL: 1}]}
    with_schema(fake_deployment, thread, {"properties": {EVIL: told, "</textarea>": {"default": EVIL}}})
    page = shown(client, thread)
    assert all("alert" not in script.text for script in page.all(tag="script"))
    assert len(page.one(class_="ask").one(tag="select").all(tag="option")) == 3


def test_the_form_stands_on_a_page_of_its_own_too(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Well?")
    page = read(client.get(f"/d/local/threads/{thread.id}/ask/"))
    address, fields = form_of(page, "Resume")
    assert {"update", "goto"} <= fields.keys()
    client.post(address, fields | {f"answer-{ids_of(thread)[0]}": "so"})
    assert thread.head.values["answer0"] == "so"
    assert "Nothing waits here any more." in read(client.get(f"/d/local/threads/{thread.id}/ask/")).text


def test_where_nothing_may_be_written_questions_are_only_read(
    client: Client, fake_deployment: FakeDeployment, asks: Asks, settings: Any
) -> None:
    thread = asks({"question": "Right?", "draft": "Dear Ann"}, {"action_request": MAIL})
    settings.STUDIO_READ_ONLY = True
    form = shown(client, thread).one(class_="ask")
    assert (form.all(tag="textarea"), form.all(tag="button")) == ([], [])
    assert "Dear Ann" in form.text
    assert "send_mail" in form.text
    assert "questions can be read, not answered" in form.text


def test_other_questions_have_another_form(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    """A refresh of the page keeps a form that somebody fills in; it must not keep one whose question is gone."""
    thread = asks("One?", "Two?")
    before = shown(client, thread).one(class_="ask")["id"]
    assert shown(client, thread).one(class_="ask")["id"] == before
    fake_deployment.run(thread, None, "asks", command={"resume": {ids_of(thread)[0]: "x"}})
    thread.head.tasks[0].interrupts = []
    assert shown(client, thread).one(class_="ask")["id"] != before


def test_resuming_inside_the_page_leads_back_to_it(client: Client, fake_deployment: FakeDeployment, asks: Asks) -> None:
    thread = asks("Well?")
    response = answer(client, thread, {"answer-{id}": "so"}, htmx=True)
    assert response.status_code == 204
    assert json.loads(response.headers["HX-Location"])["path"] == f"/d/local/threads/{thread.id}/"
