"""How a run is started: each option of the send form, on its way from the form to the deployment."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import AsyncClient, Client, override_settings
from langgraph_sdk import get_sync_client

from studio.deployments.config import Deployment
from studio.deployments.starts import EVERY_MODE, Start
from studio.testing import FakeDeployment, FakeRun, FakeThread
from studio.workbench.options import Options, read_options
from tests.support.pages import Element, form_of, read

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
ALWAYS = {
    "assistant_id",
    "input",
    "stream_mode",
    "stream_subgraphs",
    "stream_resumable",
    "multitask_strategy",
}
"""What a start without any option consists of."""
MODES = ["messages-tuple", "updates", "custom"]


def typed(thread: FakeThread, client: Client, **options: Any) -> dict[str, Any]:
    """What a browser sends of the page's own form, with these options chosen."""
    _, fields = form_of(read(client.get(f"/d/local/threads/{thread.id}/")), "Send")
    return fields | {"input": "Hello"} | options


def send(client: Client, thread: FakeThread, **options: Any) -> Any:
    return client.post(f"/d/local/threads/{thread.id}/send/", typed(thread, client, **options), follow=True)


def started(fake: FakeDeployment) -> list[dict[str, Any]]:
    """The bodies of all starts that reached the deployment, without what the SDK leaves empty."""
    sent = [seen.json for seen in fake.seen("POST /threads/") if seen.path.endswith("/runs")]
    return [{name: value for name, value in body.items() if value is not None} for body in sent]


def told(answer: Any) -> str:
    return read(answer).one(role="alert").text


# What is sent


def test_without_any_option_nothing_is_sent_but_what_a_run_needs(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    assert send(client, thread).status_code == 200
    (sent,) = started(fake_deployment)
    assert sent.keys() == ALWAYS
    assert (sent["stream_mode"], sent["stream_subgraphs"], sent["multitask_strategy"]) == (MODES, True, "reject")


@pytest.mark.parametrize(
    ("chosen", "sent"),
    [
        ({"durability": "exit"}, {"durability": "exit"}),
        ({"delay": "90"}, {"after_seconds": 90}),
        ({"delay": "0"}, {}),
        ({"recursion_limit": "7"}, {"config": {"recursion_limit": 7}}),
        ({"before_list": "conversation"}, {"interrupt_before": ["conversation"]}),
        ({"after_list": " tools , conversation,, "}, {"interrupt_after": ["tools", "conversation"]}),
        ({"before_list": "tools, *"}, {"interrupt_before": "*"}),
        ({"before": "plan, act"}, {"interrupt_before": ["plan, act"]}),
        ({"before_list": ' "plan, act" ,tools', "before": ["tools"]}, {"interrupt_before": ["tools", "plan, act"]}),
        ({"before_list": 'say "a, b" twice'}, {"interrupt_before": ['say "a', 'b" twice']}),
        ({"webhook": " https://hooks.example/run "}, {"webhook": "https://hooks.example/run"}),
        ({"config": '{"configurable": {"user_id": "zoe"}}'}, {"config": {"configurable": {"user_id": "zoe"}}}),
        ({"context": '{"user_id": "zoe"}'}, {"context": {"user_id": "zoe"}}),
        ({"metadata": '{"ticket": 7}'}, {"metadata": {"ticket": 7}}),
        ({"modes": ["values", "debug"]}, {"stream_mode": [*MODES, "values", "debug"]}),
        ({"modes": list(EVERY_MODE)}, {"stream_mode": [*MODES, *(m for m in EVERY_MODE if m not in MODES)]}),
        ({"multitask": "interrupt"}, {"multitask_strategy": "interrupt"}),
        ({"multitask": "rollback"}, {"multitask_strategy": "rollback"}),
        ({"how": "background"}, {}),
        (
            {"recursion_limit": "7", "config": '{"tags": ["a"]}'},
            {"config": {"tags": ["a"], "recursion_limit": 7}},
        ),
        (
            {"recursion_limit": "7", "context": '{"user_id": "zoe"}'},
            {"config": {"configurable": {"user_id": "zoe"}, "recursion_limit": 7}},
        ),
    ],
)
def test_an_option_reaches_the_deployment_and_nothing_else_is_sent(
    chosen: dict[str, Any], sent: dict[str, Any], client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    plain = typed(thread, client)
    fake_deployment.faults.fail("/graph$", 404)  # no node is known, so any may be broken at
    assert client.post(f"/d/local/threads/{thread.id}/send/", plain | chosen, follow=True).status_code == 200
    (body,) = started(fake_deployment)
    expected: dict[str, Any] = {"stream_mode": MODES, "stream_subgraphs": True, "multitask_strategy": "reject"} | sent
    assert body.keys() == ALWAYS | sent.keys()
    assert {name: body[name] for name in expected} == expected


def test_the_form_offers_what_the_options_understand(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    _, fields = form_of(read(client.get(f"/d/local/threads/{thread.id}/")), "Send")
    wanted = {"options", "how", "durability", "recursion_limit", "delay", "before_list", "after_list", "webhook"}
    assert wanted | {"config", "context", "metadata", "modes", "subgraphs"} <= fields.keys()


def test_subgraphs_are_streamed_unless_the_box_is_cleared(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    cleared = typed(thread, client)
    del cleared["subgraphs"]
    client.post(f"/d/local/threads/{thread.id}/send/", cleared)
    client.post(f"/d/local/threads/{thread.id}/send/", {"input": "Hi", "assistant": "chat"})
    assert [sent["stream_subgraphs"] for sent in started(fake_deployment)] == [False, True]


# What the run before had


def told_by(fake: FakeDeployment, **asked: Any) -> FakeThread:
    """A thread with one run that somebody else configured."""
    thread = fake.new_thread({"graph_id": "chat"})
    fake.run(thread, {"messages": [{"type": "human", "content": "Hello"}]}, **asked)
    return thread


@pytest.mark.parametrize(
    ("chosen", "config", "context"),
    [
        ({}, {"configurable": {"depth": 3}}, None),
        ({"recursion_limit": "9"}, {"configurable": {"depth": 3}, "recursion_limit": 9}, None),
        ({"config": '{"tags": ["mine"]}'}, {"tags": ["mine"]}, None),
        ({"context": '{"user_id": "bob"}'}, None, {"user_id": "bob"}),
        ({"context": "{}"}, None, None),
        ({"config": "{}"}, None, None),
    ],
)
@pytest.mark.parametrize("before", [{"config": {"configurable": {"depth": 3}}}, {"context": {"depth": 3}}])
def test_what_is_typed_takes_the_place_of_what_the_run_before_had(
    before: Any, chosen: Any, config: Any, context: Any, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = told_by(fake_deployment, **before)
    send(client, thread, **chosen)
    sent = started(fake_deployment)[-1]
    assert (sent.get("config"), sent.get("context")) == (config, context)


def test_options_left_alone_change_nothing_of_a_start() -> None:
    start = Start("chat", {"a": 1}, checkpoint_id="c", config={"tags": ["a"]}, context={"user_id": "zoe"})
    assert Options().applied(start) == start


# What is refused


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ({"config": '{"a": 1'}, "The configuration is not valid JSON: "),
        ({"context": "[1]"}, "The context has to be a JSON object."),
        ({"metadata": "7"}, "The metadata has to be a JSON object."),
        ({"metadata": '{"a": NaN}'}, "The metadata holds NaN, which is no JSON."),
        ({"config": '{"configurable": "abc"}'}, "“configurable” in the configuration has to be a JSON object."),
        ({"config": '{"configurable": [1]}'}, "“configurable” in the configuration has to be a JSON object."),
        ({"config": "{}", "context": "{}"}, "Give either a configuration or a context: servers refuse both at once."),
        ({"recursion_limit": "0"}, "The recursion limit has to be a whole number from 1 to 100,000."),
        ({"recursion_limit": "1.5"}, "The recursion limit has to be a whole number from 1 to 100,000."),
        ({"recursion_limit": "9" * 5000}, "The recursion limit has to be a whole number from 1 to 100,000."),
        ({"recursion_limit": "000000000001000000"}, "The recursion limit has to be a whole number from 1 to 100,000."),
        ({"delay": "-1"}, "The delay has to be a whole number from 0 to 604,800."),
        ({"delay": "604801"}, "The delay has to be a whole number from 0 to 604,800."),
        ({"delay": "0" * 5000}, "The delay has to be a whole number from 0 to 604,800."),
        ({"webhook": "javascript:alert(1)"}, "The webhook has to be an address that begins with http"),
        ({"modes": ["values", "<b>all"]}, "“<b>all” is no stream mode."),
        ({"durability": "forever"}, "“forever” is no choice for durability."),
        ({"multitask": "x" * 90}, f"“{'x' * 40}” is no choice for multitask."),
        ({"how": "twice"}, "“twice” is no choice for how."),
    ],
)
def test_a_wrong_option_is_refused_with_a_sentence_and_nothing_is_sent(
    chosen: dict[str, Any], sentence: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    answer = send(client, thread, **chosen)
    assert answer.status_code == 422
    assert sentence in told(answer)
    assert "What you typed is still there." in told(answer)
    assert "Hello" in [box.text for box in read(answer).all(tag="textarea")]
    assert fake_deployment.runs == []


@pytest.mark.parametrize("name", ["config", "context", "metadata"])
def test_what_was_typed_into_an_option_is_given_back_too(
    name: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    answer = send(client, thread, **{name: '{"long": "and nearly right",}'})
    assert '{"long": "and nearly right",}' in [box.text for box in read(answer).all(tag="textarea")]


def test_inside_the_page_a_refusal_stands_beside_the_form(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fields = typed(thread, client, delay="soon")
    answer = client.post(f"/d/local/threads/{thread.id}/send/", fields, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#runproblem")
    assert b"<html" not in answer.content


def test_a_form_without_options_is_a_plain_start() -> None:
    assert read_options(QueryDict("input=Hello&assistant=chat")) == Options()


def test_studio_that_only_reads_starts_nothing_whatever_was_chosen(
    client: Client, fake_deployment: FakeDeployment, settings: Any
) -> None:
    thread = fake_deployment.add_thread("Hello")
    settings.STUDIO_READ_ONLY = True
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    assert page.all(id="send") == page.all(name="multitask") == []
    plain = {"input": "Hello", "assistant": "chat", "multitask": "rollback", "confirmed": "1"}
    answer = client.post(f"/d/local/threads/{thread.id}/send/", plain)
    assert answer.status_code == 403
    assert len(fake_deployment.runs) == 1


# What becomes of the run


def verdict(answer: Any) -> str:
    return read(answer).one(id="verdicts").text


def test_a_run_in_the_background_is_said_to_need_no_page(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.hold()
    answer = send(client, thread, how="background")
    run = fake_deployment.runs[0]
    assert run.active
    assert verdict(answer) == f"Run …{run.id[-6:]} works in the background; this page may be closed."


def test_a_run_that_is_watched_needs_no_words(client: Client, fake_deployment: FakeDeployment) -> None:
    assert verdict(send(client, fake_deployment.add_thread())) == ""


def test_a_delay_is_told(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    answer = send(client, thread, delay="90", how="wait")
    assert "begins in " in verdict(answer)
    assert "90" in verdict(answer) or "1 m" in verdict(answer)
    assert fake_deployment.seen(f"GET /threads/{thread.id}/runs/{fake_deployment.runs[0].id}/join") == []


async def until(met: Callable[[], bool]) -> None:
    """Wait for something that the fake or a feed will have done in a moment."""
    async with asyncio.timeout(20):
        while True:
            if met():
                return
            await asyncio.sleep(0.002)


async def waiting(client: AsyncClient, fake: FakeDeployment, thread: FakeThread) -> "tuple[asyncio.Task[Any], FakeRun]":
    """A send that waits for the end of its run, once the deployment has been asked to tell it."""
    fake.hold()
    sent = {"input": "Hello", "assistant": "chat", "how": "wait"}
    task = asyncio.create_task(client.post(f"/d/local/threads/{thread.id}/send/", sent, follow=True))
    await until(lambda: task.done() or any(str(seen).endswith("/join") for seen in fake.requests))
    assert not task.done()
    return task, fake.runs[0]


async def test_waiting_ends_when_the_run_does(async_client: AsyncClient, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    task, run = await waiting(async_client, fake_deployment, thread)
    run.advance(2)
    await asyncio.wait([task], timeout=0.05)
    assert not task.done()
    fake_deployment.release()
    answer = await asyncio.wait_for(task, 20)
    words = read(answer).one(class_="verdict success").text
    assert words.startswith(f"Run …{run.id[-6:]} is over: success, after ")


async def test_waiting_ends_when_the_run_fails(async_client: AsyncClient, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply(ValueError("no such price"))
    thread = fake_deployment.add_thread()
    task, run = await waiting(async_client, fake_deployment, thread)
    fake_deployment.release()
    words = read(await asyncio.wait_for(task, 20)).one(class_="verdict warning").text
    assert words.startswith(f"Run …{run.id[-6:]} is over: error")


async def test_waiting_ends_when_somebody_stops_the_run(
    async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    task, run = await waiting(async_client, fake_deployment, thread)
    run.stop("interrupted")
    words = read(await asyncio.wait_for(task, 20)).one(class_="verdict warning").text
    assert "is over: interrupted" in words


async def test_waiting_goes_on_when_the_deployment_is_silent_for_long(
    async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.faults.slow("/join", times=1)
    task, _ = await waiting(async_client, fake_deployment, thread)
    fake_deployment.release()
    assert "is over: success" in verdict(await asyncio.wait_for(task, 20))


@pytest.mark.parametrize("how", ["fails", "erased"])
async def test_a_wait_that_breaks_off_does_not_deny_that_the_run_was_started(
    how: str, async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    task, run = await waiting(async_client, fake_deployment, thread)
    if how == "fails":
        fake_deployment.faults.fail(f"GET /threads/{thread.id}/runs/{run.id}$", status=500)
        fake_deployment.release()
    else:
        thread.remove_run(run)
    answer = await asyncio.wait_for(task, 20)
    assert "Nothing was started." not in read(answer).text


def test_a_start_that_the_deployment_refuses_says_that_nothing_was_started(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/runs", status=422, body={"detail": "Unknown node 'x'"})
    answer = send(client, thread, before="*")
    assert "Nothing was started." in told(answer)
    assert "Unknown node 'x'" in told(answer)


def options(page: Element) -> Element:
    return page.one(tag="details", class_="options")


def test_the_names_of_graphs_are_text_in_the_options(client: Client, fake_deployment: FakeDeployment) -> None:
    evil = '"><script>alert(1)</script>'
    fake_deployment.add_graph(evil, {"work": lambda values: {}})
    thread = fake_deployment.add_thread(graph_id=evil)
    answer = client.get(f"/d/local/threads/{thread.id}/")
    assert b"<script>alert" not in answer.content
    assert evil in options(read(answer)).text


# The form


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "topic": {"type": "string", "title": "Topic", "description": "A few words"},
        "depth": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3},
        "tone": {"enum": ["dry", "warm"]},
        "cite": {"type": "boolean"},
        "notes": {"type": "array"},
    },
    "required": ["topic"],
}
FORM = "input-field-"


def add_graph(fake: FakeDeployment, schema: Any, graph: str = "report") -> FakeThread:
    """A new thread of a graph that takes this."""
    fake.add_graph(graph, {"write": lambda values: {}}, input_schema=schema)
    return fake.new_thread({"graph_id": graph})


def fill(client: Client, thread: FakeThread, headers: Any = None, **texts: str) -> Any:
    _, fields = form_of(read(client.get(f"/d/local/threads/{thread.id}/")), "Send")
    filled = {FORM + name: text for name, text in texts.items()}
    return client.post(f"/d/local/threads/{thread.id}/send/", fields | filled, follow=True, headers=headers or {})


def ways(page: Element) -> dict[str, bool]:
    return {radio["value"]: "checked" in radio.attributes for radio in page.all(tag="input", name="mode")}


def test_a_graph_without_messages_is_started_by_its_form(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = add_graph(fake_deployment, SCHEMA)
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    assert ways(page) == {"message": False, "form": True, "json": False}
    assert page.one(name=f"{FORM}depth").attributes.items() >= {"min": "1", "max": "9", "placeholder": "3"}.items()
    answer = fill(client, thread, topic="Kyoto", depth="1", tone='"warm"', cite="false", notes='[{"a": 1}]')
    assert answer.status_code == 200
    expected = {"topic": "Kyoto", "depth": 1, "tone": "warm", "cite": False, "notes": [{"a": 1}]}
    assert started(fake_deployment)[-1]["input"] == expected


def test_a_graph_that_only_talks_has_no_form_but_its_message_box(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    page = read(client.get(f"/d/local/threads/{fake_deployment.add_thread().id}/"))
    assert ways(page) == {"message": True, "json": False}
    assert page.one(id="fields").text == ""


def test_a_graph_that_talks_and_takes_more_has_all_three_ways(client: Client, fake_deployment: FakeDeployment) -> None:
    properties = {"messages": {"type": "array"}, "topic": {"type": "string"}}
    thread = add_graph(fake_deployment, {"properties": properties})
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    assert ways(page) == {"message": True, "form": False, "json": False}
    _, fields = form_of(page, "Send")
    more = {"mode": "form", f"{FORM}messages": "Hello", f"{FORM}topic": "x"}
    client.post(f"/d/local/threads/{thread.id}/send/", fields | more)
    said = [{"type": "human", "content": "Hello"}]
    assert started(fake_deployment)[-1]["input"] == {"messages": said, "topic": "x"}


def test_the_way_decides_on_the_server_whatever_else_was_typed(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = add_graph(fake_deployment, SCHEMA)
    _, fields = form_of(read(client.get(f"/d/local/threads/{thread.id}/")), "Send")
    client.post(
        f"/d/local/threads/{thread.id}/send/",
        fields | {"mode": "json", "input": '{"topic": 1}', f"{FORM}topic": "typed", f"{FORM}depth": "nonsense"},
    )
    assert started(fake_deployment)[-1]["input"] == {"topic": 1}


def test_what_does_not_fit_is_told_beside_its_field_and_given_back(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = add_graph(fake_deployment, SCHEMA)
    answer = fill(client, thread, HTMX, topic="Kyoto", depth="many", notes="[1,\n]")
    assert (answer.status_code, answer.headers["HX-Retarget"]) == (422, "#runproblem")
    page = read(answer)
    assert "2 fields cannot be sent as they are." in page.one(role="alert").text
    sentences = {place["id"]: place.text for place in page.all(hx_swap_oob="true")}
    shown = read(client.get(f"/d/local/threads/{thread.id}/"))
    for name, sentence in (("depth", "“depth” has to be a whole number."), ("notes", "at line 2, column 1.")):
        places = shown.one(name=FORM + name)["aria-describedby"].split()
        assert sentence in next(text for id, text in sentences.items() if id in places)
    plain = fill(client, thread, topic="Kyoto <b>", depth="many")
    assert "Kyoto <b>" in [box.text for box in read(plain).all(tag="textarea")]
    assert fake_deployment.runs == []


def test_what_is_required_and_empty_may_be_sent_all_the_same(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = add_graph(fake_deployment, SCHEMA)
    answer = fill(client, thread, HTMX, depth="2")
    assert "“Topic” is required." in told(answer)
    button = read(answer).one(tag="button")
    assert button.text == "Send it all the same"
    _, fields = form_of(read(client.get(f"/d/local/threads/{thread.id}/")), "Send")
    again = fields | {f"{FORM}depth": "2", button["name"]: button["value"]}
    assert client.post(f"/d/local/threads/{thread.id}/send/", again, headers=HTMX).status_code == 204
    assert started(fake_deployment)[-1]["input"] == {"depth": 2}


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ({"$ref": "#"}, "leads back to itself"),
        ({"properties": "none"}, "names no fields"),
        ({"type": "string"}, "of the type “string”"),
        (["wild"], "does not tell"),
    ],
)
def test_a_schema_that_makes_no_form_leaves_json_and_says_why(
    schema: Any, sentence: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = add_graph(fake_deployment, schema)
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    assert ways(page).keys() == {"message", "json"}
    assert sentence in page.one(id="fields").text
    _, fields = form_of(page, "Send")
    refused = client.post(f"/d/local/threads/{thread.id}/send/", fields | {"mode": "form"})
    assert "has no form. Send its input as JSON." in told(refused)


def test_a_schema_that_cannot_be_read_does_not_break_the_page(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = add_graph(fake_deployment, SCHEMA)
    fake_deployment.faults.fail("/schemas", status=500)
    page = read(client.get(f"/d/local/threads/{thread.id}/"))
    assert ways(page) == {"message": True, "json": False}
    assert "The input schema cannot be read: " in page.one(id="fields").text
    _, fields = form_of(page, "Send")
    answer = client.post(f"/d/local/threads/{thread.id}/send/", fields | {"mode": "form"})
    assert answer.status_code == 502
    assert "Nothing was started." in told(answer)


def test_all_that_a_schema_says_is_text(client: Client, fake_deployment: FakeDeployment) -> None:
    evil = '"><script>alert(1)</script>'
    told = {"type": "string", "title": evil, "description": evil, "default": evil}
    odd = {"enum": [evil], "default": evil}
    part = {"type": "object", "properties": {evil: {}}, "description": evil, "default": {evil: evil}}
    thread = add_graph(fake_deployment, {"properties": {evil: told, "b": odd, "c": part}, "required": [evil]})
    answer = client.get(f"/d/local/threads/{thread.id}/")
    assert b"<script>alert" not in answer.content
    assert read(answer).one(name=FORM + evil)["placeholder"] == evil


def test_the_fields_follow_the_assistant(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = add_graph(fake_deployment, SCHEMA)
    chat, report = (
        next(row["assistant_id"] for row in fake_deployment.assistants if row["graph_id"] == graph)
        for graph in ("chat", "report")
    )
    url = f"/d/local/threads/{thread.id}/fields/"
    answer = client.get(url, {"assistant": report, "mode": "message"}, headers=HTMX)
    page = read(answer)
    assert b"<html" not in answer.content
    assert ways(page) == {"message": False, "form": True, "json": False}
    assert page.one(id="ways")["hx-swap-oob"] == "true"
    assert report in page.one(id="versions")["hx-get"]
    assert len(page.all(name=f"{FORM}topic")) == 1
    talk = read(client.get(url, {"assistant": chat, "mode": "form"}, headers=HTMX))
    assert ways(talk) == {"message": True, "json": False}
    kept = read(client.get(url, {"assistant": report, "mode": "json"}, headers=HTMX))
    assert ways(kept)["json"]
    assert client.get(url, {"assistant": report}).headers["Location"].endswith(f"/{thread.id}/?assistant={report}")


# The version of an assistant


def versioned(fake: FakeDeployment) -> tuple[FakeThread, str]:
    """A thread of an assistant with four versions, of which one is of another graph."""
    made = fake.add_assistant("planner", "chat")
    fake.add_version(made, context={"user_id": "two"}, description="with <b>a user")
    fake.add_version(made, graph_id="other", context={})
    latest = {"configurable": {"depth": 3, "user_id": "four"}, "tags": ["t"]}
    fake.add_version(made, graph_id="chat", config=latest)
    return fake.new_thread({"graph_id": "chat", "assistant_id": made}), made


def versions(client: Client, thread: FakeThread, assistant: str, **more: str) -> Element:
    asked = {"assistant": assistant, **more}
    return read(client.get(f"/d/local/threads/{thread.id}/versions/", asked, headers=HTMX))


def test_the_versions_are_offered_newest_first_and_those_of_another_graph_are_not(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread, made = versioned(fake_deployment)
    page = versions(client, thread, made)
    listed = page.all(tag="option")
    assert [option["value"] for option in listed] == ["", "4", "3", "2", "1"]
    assert ["disabled" in option.attributes for option in listed] == [False, False, True, False, False]
    assert ["the latest ·" in option.text for option in listed] == [False, True, False, False, False]
    assert "it is of the graph other, and the assistant of chat now" in listed[2].text
    assert "with <b>a user" in listed[3].text
    assert "with version 2 that is depth, tags" in page.text
    assert "with version 1 that is depth, tags, user_id" in page.text
    assert versions(client, thread, made, version="2").one(selected=True)["value"] == "2"
    for gone in ("3", "77"):
        page = versions(client, thread, made, version=gone)
        assert page.all(selected=True) == []
        assert f"Version {gone} cannot be chosen any more" in page.text


@pytest.mark.parametrize(
    ("status", "sentence"), [(404, "keeps no versions"), (405, "keeps no versions"), (500, "(500)")]
)
def test_a_server_without_versions_is_told_in_a_sentence(
    status: int, sentence: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread, made = versioned(fake_deployment)
    fake_deployment.faults.fail("/versions", status=status)
    page = versions(client, thread, made)
    assert sentence in page.text
    assert page.all(tag="select") == []


@pytest.mark.parametrize(
    ("chosen", "config"),
    [
        ({"version": "2"}, {"configurable": {"user_id": "two"}}),
        ({"version": "1"}, None),
        ({"version": "4"}, {"configurable": {"depth": 3, "user_id": "four"}, "tags": ["t"]}),
        ({"version": ""}, None),
        ({"version": "2", "recursion_limit": "9"}, {"configurable": {"user_id": "two"}, "recursion_limit": 9}),
        ({"version": "2", "config": '{"tags": ["mine"]}'}, {"configurable": {"user_id": "two"}, "tags": ["mine"]}),
        ({"version": "2", "context": '{"user_id": "bob"}'}, {"configurable": {"user_id": "bob"}}),
        (
            {"version": "2", "config": '{"configurable": {"n": 1}}'},
            {"configurable": {"user_id": "two", "n": 1}},
        ),
    ],
)
def test_a_version_sends_its_own_configuration_under_what_is_typed(
    chosen: dict[str, str], config: Any, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread, made = versioned(fake_deployment)
    assert send(client, thread, assistant=made, **chosen).status_code == 200
    sent = started(fake_deployment)[-1]
    assert (sent.get("config"), sent.get("context"), sent["assistant_id"]) == (config, None, made)


def test_a_version_takes_the_place_of_what_the_run_before_had_but_for_its_user(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    made = fake_deployment.add_assistant("planner", "chat", metadata={})
    fake_deployment.add_version(made, config={"recursion_limit": 5})
    fake_deployment.add_version(made, config={})
    thread = fake_deployment.new_thread({"graph_id": "chat"})
    before = {"configurable": {"depth": 3, "user_id": "zoe"}}
    fake_deployment.run(thread, {"messages": [{"type": "human", "content": "Hello"}]}, made, config=before)
    send(client, thread, assistant=made, version="2")
    expected = {"recursion_limit": 5, "configurable": {"user_id": "zoe"}}
    assert started(fake_deployment)[-1]["config"] == expected


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        ("3", "Version 3 cannot be run: it is of the graph other"),
        ("77", "This assistant has no version 77."),
        ("0", "The version has to be a whole number from 1"),
        ("latest", "The version has to be a whole number from 1"),
    ],
)
def test_a_version_that_cannot_be_run_is_refused(
    version: str, sentence: str, client: Client, fake_deployment: FakeDeployment
) -> None:
    thread, made = versioned(fake_deployment)
    answer = send(client, thread, assistant=made, version=version)
    assert answer.status_code == 422
    assert sentence in told(answer)
    assert fake_deployment.runs == []


def test_on_the_official_server_a_run_has_the_configuration_of_the_version_chosen(
    client: Client, server_url: str
) -> None:
    deployment = Deployment("local", server_url)
    with (
        override_settings(STUDIO_DEPLOYMENTS={"local": deployment}),
        get_sync_client(url=server_url, api_key=None) as sdk,
    ):
        first: Any = {"configurable": {"user_id": "first", "todo_category": "work"}}
        made = sdk.assistants.create("todo", config=first, name="Planner")["assistant_id"]
        sdk.assistants.update(made, config={"configurable": {"user_id": "second", "todo_category": "home"}})
        thread = str(sdk.threads.create(graph_id="todo")["thread_id"])
        chosen = {"input": "Hello", "assistant": made, "how": "wait"}
        for version, user, category in (("", "second", "home"), ("1", "first", "work"), ("2", "second", "home")):
            answer = client.post(f"/d/local/threads/{thread}/send/", chosen | {"version": version}, follow=True)
            assert answer.status_code == 200
            run: Any = sdk.runs.list(thread)[0]
            assert run["assistant_id"] == made
            for held in (run["kwargs"]["config"]["configurable"], run["kwargs"]["context"]):
                assert (held["user_id"], held["todo_category"]) == (user, category)
        sdk.assistants.delete(made)
