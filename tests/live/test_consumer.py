"""The socket of a thread page, from the browser's side: frames, resume, several viewers, faults."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from studio.asgi import application
from studio.live import feed as feed_module
from studio.live import hub as hub_module
from studio.live.hub import hub
from studio.testing import FakeDeployment, FakeThread
from tests.support.sockets import Socket

pytestmark = pytest.mark.django_db(transaction=True)  # Channels tidies database connections around each message
WORDS = "one two three four five six seven eight nine ten eleven twelve"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, so that no test waits for the pace that suits people."""
    monkeypatch.setattr(feed_module, "IDLE", 0.02)
    monkeypatch.setattr(hub_module, "GRACE", 0)
    monkeypatch.setattr(feed_module, "REJOIN", 0.02)
    monkeypatch.setattr(feed_module, "COALESCE", 0.005)


class Viewer:
    """What a browser does with the messages: keeps the cursor, adds up the text, acknowledges."""

    def __init__(self, socket: Socket, cursor: str = "") -> None:
        self.socket, self.cursor = socket, cursor
        self.text, self.status, self.resyncs, self.frames = "", {}, 0, 0  # type: str, dict[str, Any], int, int
        self.acknowledges = True

    async def hello(self) -> None:
        await self.socket.send_to(text_data=json.dumps({"type": "hello", "cursor": self.cursor}))

    async def until(self, met: Callable[["Viewer"], bool]) -> None:
        """Take messages until a condition is met; fails when none comes any more."""
        while not met(self):
            await self.take(json.loads(await self.socket.receive_from()))

    async def take(self, message: dict[str, Any]) -> None:
        match message.pop("type"):
            case "status":
                self.status = message
            case "resync":
                self.text, self.cursor, self.resyncs = "", "", self.resyncs + 1
            case "frame":
                self.text += "".join(re.findall(r'-text">([^<]*)</div>', message["html"]))
                self.cursor, self.frames = f"{self.status['feed']}.{message['seq']}", self.frames + 1
                if self.acknowledges:
                    await self.socket.send_to(text_data=json.dumps({"type": "ack", "seq": message["seq"]}))


@asynccontextmanager
async def viewing(thread: FakeThread, cursor: str = "", deployment: str = "local") -> AsyncIterator[Viewer]:
    """A viewer whose socket is open and greeted."""
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
    socket = Socket(application, f"/ws/d/{deployment}/threads/{thread.id}/", headers)
    connected, _ = await socket.connect()
    assert connected
    viewer = Viewer(socket, cursor)
    await viewer.hello()
    try:
        yield viewer
    finally:
        await socket.disconnect()


def followed(thread: FakeThread) -> int:
    """How many feeds there are for a thread; those of other tests may outlive them for a moment."""
    return sum(thread.id in key for key in hub._followed)


async def running(fake: FakeDeployment) -> tuple[FakeThread, Any]:
    """A thread with a run that answers with WORDS, as far as the test lets it."""
    fake.reply(WORDS)
    fake.hold()
    thread = fake.add_thread()
    run = fake.start_run(
        thread,
        {
            "assistant_id": "chat",
            "input": {"messages": []},
            "stream_resumable": True,
            "stream_mode": ["messages-tuple", "updates", "custom"],
        },
    )
    return thread, run


def ended(viewer: Viewer) -> bool:
    return viewer.frames > 0 and viewer.status.get("run") is None


async def test_a_viewer_gets_every_token_of_a_run_once(fake_deployment: FakeDeployment) -> None:
    thread, run = await running(fake_deployment)
    async with viewing(thread) as viewer:
        await viewer.until(lambda v: v.status.get("run") == run.id)
        for _ in range(6):
            run.advance(3)
            await asyncio.sleep(0)
        fake_deployment.release()
        await viewer.until(lambda v: v.text == WORDS)
        await viewer.until(lambda v: v.status.get("run") is None)


async def test_a_late_viewer_gets_the_run_from_its_start(fake_deployment: FakeDeployment) -> None:
    thread, run = await running(fake_deployment)
    async with viewing(thread) as early:
        run.advance(6)
        await early.until(lambda v: v.text != "")
        async with viewing(thread) as late:
            await late.until(lambda v: v.text == early.text)
            fake_deployment.release()
            await asyncio.gather(early.until(lambda v: v.text == WORDS), late.until(lambda v: v.text == WORDS))


async def test_a_viewer_that_comes_back_with_its_cursor_misses_nothing_and_repeats_nothing(
    fake_deployment: FakeDeployment,
) -> None:
    thread, run = await running(fake_deployment)
    async with viewing(thread) as other:
        async with viewing(thread) as viewer:
            run.advance(6)
            await viewer.until(lambda v: v.text != "")
        run.advance(4)
        await other.until(lambda v: len(v.text) > len(viewer.text))
        async with viewing(thread, viewer.cursor) as again:
            again.text, again.status = viewer.text, viewer.status
            fake_deployment.release()
            await again.until(lambda v: v.text == WORDS)
            assert again.resyncs == 0


async def test_a_foreign_cursor_starts_over(fake_deployment: FakeDeployment) -> None:
    thread, run = await running(fake_deployment)
    run.advance(6)
    for cursor in ("abc.3", "abc.99999999999999999999", "nonsense", "."):
        async with viewing(thread, cursor) as viewer:
            await viewer.until(lambda v: v.text != "")
            assert viewer.resyncs >= 1


@pytest.mark.parametrize("quietly", [False, True])
@pytest.mark.parametrize("after", [1, 2, 5, 9])
async def test_a_stream_that_is_cut_is_joined_again_after_the_last_event(
    after: int, quietly: bool, fake_deployment: FakeDeployment
) -> None:
    fake_deployment.habits.reconnects = False  # leave it to us, not to the SDK
    thread, run = await running(fake_deployment)
    fake_deployment.faults.cut_stream(after, times=2 if after < 4 else 1, quietly=quietly)
    async with viewing(thread) as viewer:
        run.advance(9)
        await viewer.until(lambda v: "six" in v.text)
        assert WORDS.startswith(viewer.text.strip())
        stream = f"GET /threads/{thread.id}/runs/{run.id}/stream"
        while quietly and len(fake_deployment.seen(stream)) < 2:  # noqa: ASYNC110 – nothing tells
            await asyncio.sleep(0)
        fake_deployment.release()
        await viewer.until(lambda v: v.text == WORDS)


async def test_a_deployment_that_goes_away_is_stale_and_comes_back(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    async with viewing(thread) as viewer:
        await viewer.until(lambda v: v.status.get("connection") == "live")
        fake_deployment.faults.refuse()
        await viewer.until(lambda v: v.status.get("connection") == "stale")
        fake_deployment.faults.mend()
        await viewer.until(lambda v: v.status.get("connection") == "live")


async def test_a_thread_that_somebody_else_changes_is_news(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    async with viewing(thread) as viewer:
        await viewer.until(lambda v: v.status.get("connection") == "live")
        version = viewer.status["version"]
        fake_deployment.run(thread, {"messages": [{"type": "human", "content": "More"}]})
        await viewer.until(lambda v: v.status["version"] != version)


async def test_many_viewers_share_one_stream_which_ends_with_the_last(fake_deployment: FakeDeployment) -> None:
    thread, run = await running(fake_deployment)
    run.advance(4)
    async with viewing(thread) as one, viewing(thread) as two, viewing(thread) as three:
        viewers = (one, two, three)
        await asyncio.gather(*(viewer.until(lambda v: v.text != "") for viewer in viewers))
        assert len(fake_deployment.seen(f"GET /threads/{thread.id}/runs/{run.id}/stream")) == 1
        assert followed(thread) == 1
    assert followed(thread) == 0


async def test_a_lone_viewer_that_comes_back_soon_finds_its_place(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "GRACE", 60)
    thread, run = await running(fake_deployment)
    async with viewing(thread) as viewer:
        run.advance(6)
        await viewer.until(lambda v: v.text != "")
    monkeypatch.setattr(hub_module, "GRACE", 0)
    async with viewing(thread, viewer.cursor) as again:
        again.text, again.status = viewer.text, viewer.status
        fake_deployment.release()
        await again.until(lambda v: v.text == WORDS)
        assert again.resyncs == 0
    assert followed(thread) == 0


async def test_a_viewer_that_never_acknowledges_is_held_back_and_does_not_hold_others(
    fake_deployment: FakeDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.live.consumer.CREDIT", 300)
    thread, run = await running(fake_deployment)
    async with viewing(thread) as silent, viewing(thread) as reader:
        silent.acknowledges = False
        await asyncio.gather(*(viewer.until(lambda v: v.status.get("run") == run.id) for viewer in (silent, reader)))
        while "ten" not in reader.text:
            run.advance(1)
            before = reader.frames
            await reader.until(lambda v, before=before: v.frames > before)  # type: ignore[misc]
        while not await silent.socket.receive_nothing(timeout=0.1):
            await silent.take(json.loads(await silent.socket.receive_from()))
        assert len(silent.text) < len(reader.text)
        silent.acknowledges = True
        last = silent.cursor.partition(".")[2]
        await silent.socket.send_to(text_data=json.dumps({"type": "ack", "seq": int(last)}))
        await silent.until(lambda v: v.text == reader.text)


@pytest.mark.parametrize(
    "message", ["no json", "[]", '{"type": "run"}', '{"type": "hello", "cursor": 5}', "x" * 5000, '{"type": "ack"}']
)
async def test_a_message_that_means_nothing_ends_the_connection(message: str, fake_deployment: FakeDeployment) -> None:
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
    path = f"/ws/d/local/threads/{fake_deployment.add_thread().id}/"
    socket = Socket(application, path, headers)
    await socket.connect()
    await socket.send_to(text_data=message)
    assert (await socket.receive_output())["type"] == "websocket.close"
    await socket.disconnect()


async def test_a_deployment_that_is_not_configured_has_no_socket(fake_deployment: FakeDeployment) -> None:
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
    socket = Socket(application, "/ws/d/elsewhere/threads/x/", headers)
    await socket.connect()
    assert (await socket.receive_output()) == {"type": "websocket.close", "code": 4404}
    await socket.disconnect()


async def test_a_run_that_is_rolled_back_is_over(fake_deployment: FakeDeployment) -> None:
    thread, run = await running(fake_deployment)
    async with viewing(thread) as viewer:
        run.advance(6)
        await viewer.until(lambda v: v.text != "")
        fake_deployment.faults.fail(f"/threads/{thread.id}/runs/{run.id}$", 404)
        fake_deployment.release()
        await viewer.until(lambda v: v.status.get("run") is None and v.status["version"].endswith(".0") is False)


async def test_a_page_that_was_cut_off_hears_that_it_may_have_missed_something(fake_deployment: FakeDeployment) -> None:
    thread = fake_deployment.add_thread("Hello")
    async with viewing(thread) as viewer:
        await viewer.until(lambda v: v.status.get("connection") == "live")
        version = viewer.status["version"]
        fake_deployment.faults.refuse()
        await viewer.until(lambda v: v.status["connection"] == "stale")
        fake_deployment.faults.mend()
        await viewer.until(lambda v: v.status["connection"] == "live")
        assert viewer.status["version"] != version
