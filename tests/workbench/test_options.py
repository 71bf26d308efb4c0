"""How a run is started: each option of the send form, on its way from the form to the deployment."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import AsyncClient, Client

from studio.deployments.runs import EVERY_MODE, Start
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
        ({"before": "conversation"}, {"interrupt_before": ["conversation"]}),
        ({"after": " tools , conversation,, "}, {"interrupt_after": ["tools", "conversation"]}),
        ({"before": "tools, *"}, {"interrupt_before": "*"}),
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
    assert client.post(f"/d/local/threads/{thread.id}/send/", plain | chosen, follow=True).status_code == 200
    (body,) = started(fake_deployment)
    expected: dict[str, Any] = {"stream_mode": MODES, "stream_subgraphs": True, "multitask_strategy": "reject"} | sent
    assert body.keys() == ALWAYS | sent.keys()
    assert {name: body[name] for name in expected} == expected


def test_the_form_offers_what_the_options_understand(client: Client, fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread()
    _, fields = form_of(read(client.get(f"/d/local/threads/{thread.id}/")), "Send")
    wanted = {"options", "how", "durability", "recursion_limit", "delay", "before", "after", "webhook"}
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
    async with asyncio.timeout(5):
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
    answer = await asyncio.wait_for(task, 5)
    words = read(answer).one(class_="verdict success").text
    assert words.startswith(f"Run …{run.id[-6:]} is over: success, after ")


async def test_waiting_ends_when_the_run_fails(async_client: AsyncClient, fake_deployment: FakeDeployment) -> None:
    fake_deployment.reply(ValueError("no such price"))
    thread = fake_deployment.add_thread()
    task, run = await waiting(async_client, fake_deployment, thread)
    fake_deployment.release()
    words = read(await asyncio.wait_for(task, 5)).one(class_="verdict warning").text
    assert words.startswith(f"Run …{run.id[-6:]} is over: error")


async def test_waiting_ends_when_somebody_stops_the_run(
    async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    task, run = await waiting(async_client, fake_deployment, thread)
    run.stop("interrupted")
    words = read(await asyncio.wait_for(task, 5)).one(class_="verdict warning").text
    assert "is over: interrupted" in words


async def test_waiting_goes_on_when_the_deployment_is_silent_for_long(
    async_client: AsyncClient, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.faults.slow("/join", times=1)
    task, _ = await waiting(async_client, fake_deployment, thread)
    fake_deployment.release()
    assert "is over: success" in verdict(await asyncio.wait_for(task, 5))


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
    answer = await asyncio.wait_for(task, 5)
    assert "Nothing was started." not in read(answer).text


def test_a_start_that_the_deployment_refuses_says_that_nothing_was_started(
    client: Client, fake_deployment: FakeDeployment
) -> None:
    thread = fake_deployment.add_thread()
    fake_deployment.faults.fail(f"POST /threads/{thread.id}/runs", status=422, body={"detail": "Unknown node 'x'"})
    answer = send(client, thread, before="x")
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
