"""What a person meets at `make run`: the address, one clear line when it cannot be, and nothing left behind."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.embedded import get_local
from tests.launch.launcher import Launch, launched, wait_until
from tests.support.need import need_server

MAKE = ("make", "-o", "venv", "run", f"PY={sys.executable}")


@pytest.fixture
def listener() -> Iterator[int]:
    """A port where somebody listens but never answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def finished(launch: Launch) -> int:
    return launch.process.wait(30)


def test_a_taken_port_is_told_in_one_line_with_the_way_out(tmp_path: Path, listener: int) -> None:
    with launched(tmp_path, PORT=str(listener)) as launch:
        assert finished(launch) == 1
    assert launch.output == f"Port {listener} is taken. Choose another: PORT={listener + 1} make run\n"


@pytest.mark.parametrize("port", ["http", "0", "70000", "-1"])
def test_a_port_that_is_none_is_told_in_one_line(tmp_path: Path, port: str) -> None:
    with launched(tmp_path, PORT=port) as launch:
        assert finished(launch) == 1
    assert launch.output == f"PORT={port} is not a port number. Try: PORT=8001 make run\n"


def test_a_malformed_deployment_is_told_in_one_line(tmp_path: Path) -> None:
    with launched(tmp_path, LANGGRAPH_URL="localhost:2024") as launch:
        assert finished(launch) == 1
    assert launch.output.startswith("LANGGRAPH_URL: ")
    assert launch.output.count("\n") == 1


def test_a_named_deployment_starts_no_server_and_may_be_away(tmp_path: Path) -> None:
    with launched(tmp_path, LANGGRAPH_URL="http://127.0.0.1:9") as launch:
        launch.wait_ready()
        assert f"Studio is ready at http://127.0.0.1:{launch.port}\n" in launch.output
        assert "http://127.0.0.1:9 – WARNING: it does not answer" in launch.output
        assert get_local(launch.port, "/healthz")[0] == 200
        assert not (tmp_path / "data" / "embedded").exists()
        assert len(launch.family()) == 2  # the launcher and Daphne


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("whole_group", [True, False], ids=["group", "make only"])
def test_a_stop_signal_stops_everything(tmp_path: Path, number: signal.Signals, whole_group: bool) -> None:
    with launched(tmp_path, *MAKE, LANGGRAPH_URL="http://127.0.0.1:9") as launch:
        launch.wait_ready()
        (os.killpg if whole_group else os.kill)(launch.process.pid, number)
        launch.process.wait(20)
        wait_until(lambda: not launch.family())
        assert "Traceback" not in launch.output


def test_children_do_not_survive_a_launcher_that_was_killed(tmp_path: Path) -> None:
    with launched(tmp_path, LANGGRAPH_URL="http://127.0.0.1:9") as launch:
        launch.wait_ready()
        launch.process.kill()
        launch.process.wait()
        wait_until(lambda: not launch.family())


def test_a_dead_daphne_ends_the_launcher_with_its_last_words(tmp_path: Path) -> None:
    with launched(tmp_path, LANGGRAPH_URL="http://127.0.0.1:9") as launch:
        launch.wait_ready()
        (daphne,) = set(launch.family()) - {launch.process.pid}
        os.kill(daphne, signal.SIGKILL)
        assert finished(launch) == 1
        assert "Studio stopped (exit status -9): " in launch.output
        assert "  | " in launch.output


@pytest.mark.server
def test_without_a_deployment_one_is_embedded_and_seeded_and_stopped(tmp_path: Path) -> None:
    need_server()
    with launched(tmp_path) as launch:
        launch.wait_ready()
        assert "deployment: embedded at http://127.0.0.1:" in launch.output
        wait_until(lambda: "data-thread-id" in get_local(launch.port, "/d/local/threads/")[1], 60)
        os.kill(launch.process.pid, signal.SIGINT)
        assert launch.process.wait(20) == 0
        assert launch.family() == []
        assert "Traceback" not in launch.output
