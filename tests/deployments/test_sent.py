"""What is remembered of requests: all that change something, none that only read, and never a key."""

import asyncio
import base64
import json
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest
from asgiref.sync import async_to_sync
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.deployments import assistants, runs, states, threads
from studio.deployments.config import Deployment
from studio.deployments.errors import DeploymentError
from studio.deployments.gateway import gateway
from studio.deployments.masking import Mask
from studio.deployments.sent import LARGEST, Journal, Sent, acting, changes, journal
from studio.deployments.starts import Start
from studio.deployments.threads import Query
from studio.history.model import Json
from studio.testing import FakeDeployment, playing

KEY = "lsv2_0123456789abcdef"


def sent(fake: FakeDeployment) -> list[tuple[str, str]]:
    """What was remembered, oldest first."""
    return [(one.method, one.path) for one in reversed(journal.of(fake.deployment))]


# What is remembered


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /threads/t",
        "POST /threads/search",
        "POST /threads/count",
        "POST /assistants/search",
        "POST /assistants/count",
        "POST /assistants/a/versions",
        "POST /runs/crons/search",
        "POST /store/items/search",
        "POST /store/namespaces",
        "POST /threads/t/history",
        "POST /threads/t/state/checkpoint",
        "POST /threads/t/storage",
        "POST /threads/search?x=1",
        "HEAD /threads/t",
    ],
)
def test_what_only_reads_is_no_change(request_line: str) -> None:
    assert not changes(*request_line.split(" "))


@pytest.mark.parametrize(
    "request_line",
    [
        "POST /threads",
        "POST /threads/t/state",
        "POST /threads/t/copy",
        "POST /threads/prune",
        "POST /threads/t/runs",
        "POST /threads/t/runs/search",
        "POST /assistants/a/latest",
        "PUT /store/items",
        "PATCH /threads/search",
        "DELETE /threads/history",
        "POST /something/new",
    ],
)
def test_what_may_change_something_is_one(request_line: str) -> None:
    assert changes(*request_line.split(" "))


async def test_reading_leaves_nothing_behind(fake_deployment: FakeDeployment) -> None:
    thread, mine = fake_deployment.add_thread("Hello"), await gateway(fake_deployment.deployment)
    await threads.search(mine, Query())
    await threads.count(mine, Query())
    await assistants.search(mine)
    await states.history(mine, thread.id, 10)
    await states.current(mine, thread.id)
    assert {seen.method for seen in fake_deployment.requests} == {"GET", "POST"}
    assert sent(fake_deployment) == []


async def test_a_change_is_remembered_with_its_body_and_its_answer(fake_deployment: FakeDeployment) -> None:
    made = await threads.create(await gateway(fake_deployment.deployment), "chat", "schön – 1")
    (one,) = journal.of(fake_deployment.deployment)
    assert (one.method, one.path, one.status, one.failure) == ("POST", "/threads", 200, "")
    assert json.loads(one.body) == {"metadata": {"graph_id": "chat", "title": "schön – 1"}}
    assert (one.verb, one.about, one.masked, one.cut) == ("", "", False, False)
    assert one.seconds is not None
    assert made in fake_deployment.threads


async def test_the_newest_comes_first(fake_deployment: FakeDeployment) -> None:
    thread, mine = fake_deployment.add_thread("Hello"), await gateway(fake_deployment.deployment)
    await threads.copy(mine, thread.id, "A copy")
    newest, before = journal.of(fake_deployment.deployment)
    assert (before.path, newest.method) == (f"/threads/{thread.id}/copy", "PATCH")
    assert newest.number > before.number


async def test_a_path_is_told_below_the_address_and_with_its_query() -> None:
    fake = FakeDeployment()
    fake.deployment = replace(fake.deployment, url=f"{fake.deployment.url}/below")
    with playing(fake):
        mine = await gateway(fake.deployment)
        await mine.http.post("/threads/t/runs/r/cancel?wait=0&action=rollback")
    assert fake.requests[0].path == "/below/threads/t/runs/r/cancel"
    assert sent(fake) == [("POST", "/threads/t/runs/r/cancel?wait=0&action=rollback")]


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (httpx.ConnectError, "no connection"),
        (httpx.ConnectTimeout, "no connection"),
        (httpx.ReadTimeout, "no answer in time"),
        (httpx.ReadError, "the connection broke"),
        (httpx.RemoteProtocolError, "the connection broke"),
    ],
)
async def test_a_request_without_an_answer_says_why(
    failure: type[httpx.TransportError], why: str, fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> httpx.Response:
        raise failure(f"a text with {KEY}")

    monkeypatch.setattr("studio.testing.transport.FakeTransport.handle_async_request", fail)
    with pytest.raises(DeploymentError):
        await threads.create(await gateway(fake_deployment.deployment), "chat")
    (one,) = journal.of(fake_deployment.deployment)
    assert (one.status, one.failure) == (None, why)
    assert one.seconds is not None


async def test_a_refusal_is_remembered_with_its_status(fake_deployment: FakeDeployment) -> None:
    fake_deployment.faults.fail("POST /threads$", 422)
    with pytest.raises(DeploymentError):
        await threads.create(await gateway(fake_deployment.deployment), "chat")
    assert [one.status for one in journal.of(fake_deployment.deployment)] == [422]


async def test_one_that_is_on_its_way_is_known_and_one_that_is_given_up_says_so(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def never(*_: object) -> httpx.Response:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("studio.testing.transport.FakeTransport.handle_async_request", never)
    task = asyncio.create_task(threads.create(await gateway(fake_deployment.deployment), "chat"))
    await begun.wait()
    (one,) = journal.of(fake_deployment.deployment)
    assert (one.status, one.failure, one.seconds) == (None, "", None)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (one.status, one.failure) == (None, "given up")


async def test_a_stream_is_passed_on_as_it_comes(fake_deployment: FakeDeployment) -> None:
    thread, mine = fake_deployment.add_thread("Hello"), await gateway(fake_deployment.deployment)
    run = await runs.start(mine, thread.id, Start("chat", {"messages": [{"type": "human", "content": "And now?"}]}))
    modes = [event.mode async for event in runs.follow(mine, thread.id, run.id)]
    assert modes[0] == "metadata"
    assert sent(fake_deployment) == [("POST", f"/threads/{thread.id}/runs")]


async def test_a_verb_is_remembered_with_what_it_sends_and_not_with_what_others_send(
    fake_deployment: FakeDeployment,
) -> None:
    thread, mine = fake_deployment.add_thread("Hello"), await gateway(fake_deployment.deployment)

    async def fork() -> None:
        acting("thread.copy", thread.id)
        await asyncio.create_task(threads.copy(mine, thread.id, "A copy"))

    await asyncio.gather(asyncio.create_task(fork()), asyncio.create_task(threads.create(mine, "chat")))
    told = {(one.method, one.path.rpartition("/")[2]): (one.verb, one.about) for one in journal.of(mine.deployment)}
    copied = next(id for id in fake_deployment.threads if fake_deployment.threads[id].metadata.get("title") == "A copy")
    assert told == {
        ("POST", "threads"): ("", ""),
        ("POST", "copy"): ("thread.copy", thread.id),
        ("PATCH", copied): ("thread.copy", thread.id),
    }
    assert len(journal.of(mine.deployment, thread.id)) == 2
    assert [one.method for one in journal.of(mine.deployment, copied)] == ["PATCH"]
    assert journal.of(mine.deployment, thread.id[:-1]) == []


def test_a_verb_of_another_loop_is_over(fake_deployment: FakeDeployment) -> None:
    async def verb() -> None:
        acting("thread.copy", "t")

    async def create() -> None:
        await threads.create(await gateway(fake_deployment.deployment), "chat")

    async_to_sync(verb)()
    async_to_sync(create)()
    assert [one.verb for one in journal.of(fake_deployment.deployment)] == [""]


# How much is remembered

ONE, OTHER = Deployment("one", "http://one.test"), Deployment("other", "http://other.test")


@given(st.lists(st.tuples(st.sampled_from([ONE, OTHER]), st.integers(0, 60)), max_size=40))
def test_a_journal_keeps_the_newest_within_its_bounds(written: list[tuple[Deployment, int]]) -> None:
    kept = Journal(kept=5, room=100)
    made = [Sent(deployment, "POST", "/threads", b"x" * size, size) for deployment, size in written]
    for one in made:
        kept.add(one)
    found = sorted(kept.of(ONE) + kept.of(OTHER), key=lambda one: one.number)
    assert max(len(kept.of(ONE)), len(kept.of(OTHER))) <= 5
    assert sum(len(one.body) for one in found) <= 100
    assert made[-1:] == found[-1:]
    lost = [one for one in made if one not in found]
    for one in lost:  # each of these had to go
        later = [other for other in made if other.number > one.number]
        assert (
            sum(other.deployment == one.deployment for other in later) >= 5
            or sum(len(other.body) for other in later if other in found) + len(one.body) > 100
            or any(other.number > one.number for other in lost)
        )


async def test_a_large_body_is_cut(fake_deployment: FakeDeployment) -> None:
    mine = await gateway(fake_deployment.deployment)
    await threads.create(mine, "chat", "é" * LARGEST)
    await threads.create(mine, "chat", "x" * (LARGEST - 100))
    small, large = journal.of(fake_deployment.deployment)
    assert (len(large.body), large.size > 2 * LARGEST, large.cut) == (LARGEST, True, True)
    assert (small.size, small.cut) == (len(small.body), False)


# Keys

SECRETS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=8, max_size=20)


def echo(secret: str) -> Json:
    """A body in which a secret stands wherever one can."""
    return {
        "text": f"my key is {secret}, honestly",
        secret: "a name",
        "inside": [[{"deep": secret}], secret.join("ab")],
        "quoted": quote(secret),
        "in JSON": json.dumps({"k": secret}),
        "number": 12,
    }


def keyless(text: str, secret: str) -> bool:
    return not any(form in text for form in (secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]))


@given(SECRETS, st.sampled_from(["x-api-key", "X-Team", "Authorization"]), st.booleans())
def test_no_secret_is_left_in_what_is_shown(secret: str, header: str, plain: bool) -> None:
    assume(
        keyless("my key is honestly inside deep quoted in JSON a name <your x-api-key Authorization X-Team>", secret)
    )
    mask = Mask(Deployment("d", "https://host.test", {header: secret}))
    shown = mask.body(json.dumps(echo(secret), ensure_ascii=plain).encode())
    value = json.loads(shown)
    assert keyless(json.dumps(value, ensure_ascii=False), secret)
    assert keyless(shown.decode(), secret)
    assert value["number"] == 12
    assert value["text"] == f"my key is {mask.headers[header]}, honestly"
    assert keyless(mask.text(f"/threads/{quote(secret, safe='')}?a={secret}"), secret)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x), max_leaves=8))
def test_a_body_without_secrets_stays_the_same_bytes(value: Json) -> None:
    body = json.dumps(value).encode()
    mask = Mask(Deployment("d", "https://host.test", {"x-api-key": KEY}))
    assert mask.body(body) is body


@pytest.mark.parametrize(
    ("headers", "secret"),
    [
        ({"Authorization": f"Bearer {KEY}"}, KEY),
        ({"Authorization": "Basic " + base64.b64encode(f"me:{KEY}".encode()).decode()}, KEY),
        ({"x-api-key": "k3y!"}, "k3y!"),
        ({"x-api-key": "12345678"}, "12345678"),
    ],
)
def test_a_secret_is_found_without_what_stands_around_it(headers: dict[str, str], secret: str) -> None:
    mask = Mask(Deployment("d", "https://host.test", headers))
    shown = mask.body(json.dumps({"text": f"it is {secret}", "number": 12345678}).encode()).decode()
    assert secret not in shown
    assert isinstance(json.loads(shown), dict)


def test_a_short_word_that_no_name_calls_a_key_is_left_in_the_text() -> None:
    mask = Mask(Deployment("d", "https://host.test", {"X-Team": "blue"}))
    assert (mask.text("the blue one"), mask.headers) == ("the blue one", {"X-Team": "<your X-Team>"})


@pytest.mark.parametrize(
    "url", [f"https://me:{KEY}@host.test/a", f"https://{KEY}@host.test/a", f"https://:{KEY}@host.test/a"]
)
def test_an_address_is_told_without_its_password(url: str) -> None:
    mask = Mask(Deployment("d", url))
    assert mask.url == "https://host.test/a"
    assert mask.headers == {"authorization": "<your authorization>"}
    assert mask.text(f"it is {KEY}") == "it is <your authorization>"


def test_a_key_in_the_path_of_an_address_is_taken_out() -> None:
    assert KEY not in Mask(Deployment("d", f"https://host.test/{KEY}/x", {"x-api-key": KEY})).url


def test_a_key_is_not_cut_in_two() -> None:
    mask = Mask(Deployment("d", "https://host.test", {"x-api-key": KEY}))
    body = json.dumps({"text": "x" * 90 + KEY}).encode()
    for size in range(80, 130):
        assert KEY[:6] not in mask.beginning(body, size).decode()


def test_a_key_that_only_the_text_holds_is_found_too() -> None:
    mask = Mask(Deployment("d", "https://host.test", {"x-api-key": KEY}))
    assert KEY.encode() not in mask.body(f'{{"a": "{KEY}", "a": 1}}'.encode())
    assert KEY.encode() not in mask.body(f"no JSON: {KEY}".encode())


async def test_a_key_reaches_the_deployment_and_no_memory() -> None:
    fake = FakeDeployment(headers={"x-api-key": KEY, "X-Team": "the-blue-team"})
    with playing(fake):
        mine = await gateway(fake.deployment)
        await threads.create(mine, "chat", f"{KEY} of the-blue-team")
        await mine.http.delete(f"/threads/{KEY}?of=the-blue-team")
    assert fake.requests[0].headers["x-api-key"] == KEY
    other, one = journal.of(fake.deployment)
    assert (other.path, other.masked) == ("/threads/<your key>?of=<your X-Team>", True)
    assert one.masked
    assert json.loads(one.body)["metadata"]["title"] == "<your key> of <your X-Team>"
    assert KEY not in repr([one, other])
