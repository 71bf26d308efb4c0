"""A LangGraph deployment played by the test: any suite can drive Studio without a server.

Load the fixture with `pytest_plugins = ["studio.testing"]` in the topmost conftest (or import it in another one). The
fake then is the only deployment that Studio knows, for Django's `client` and `async_client` alike:

    def test_a_thread_is_listed_with_its_last_words(fake_deployment, client):
        fake_deployment.reply("Nice to meet you, Lance!")
        thread = fake_deployment.add_thread("Hi! I'm Lance.")
        page = client.get("/d/local/threads/").content.decode()
        assert f'data-thread-id="{thread.id}"' in page
        assert "Nice to meet you, Lance!" in page
        assert fake_deployment.seen("POST /threads/search")[0].json["limit"] == 51

The graph `chat` (one node, `conversation`) is served from the start; `add_graph` serves others, whose nodes are plain
functions that may raise and `interrupt()`. A run is over as soon as it is started, unless the fake was told to
`hold()`; then `fake.runs[-1].advance(3)` sends three events more, and `release()` the rest. `fake.faults` makes
requests `fail`, be `refuse`d, be `slow`, `drop`, or `cut_stream`. `fake.habits` (or `Habits.js()`, `Habits.aegra()`)
is in what servers differ. `thread.nest(checkpoint, task)` is the history of a subgraph, which `fake.grow` extends.
Several deployments at once: `with playing(FakeDeployment("a"), FakeDeployment("b")): …`.
"""

from studio.testing.asgi import FakeApplication
from studio.testing.deployment import FakeDeployment
from studio.testing.exchange import Seen
from studio.testing.fixtures import fake_deployment, playing
from studio.testing.graph import Graph, interrupt
from studio.testing.habits import Habits
from studio.testing.model import FakeCheckpoint, FakeRun, FakeTask, FakeThread
from studio.testing.reducers import add_messages, append, drop
from studio.testing.transport import FakeTransport

__all__ = [
    "FakeApplication",
    "FakeCheckpoint",
    "FakeDeployment",
    "FakeRun",
    "FakeTask",
    "FakeThread",
    "FakeTransport",
    "Graph",
    "Habits",
    "Seen",
    "add_messages",
    "append",
    "drop",
    "fake_deployment",
    "interrupt",
    "playing",
]
