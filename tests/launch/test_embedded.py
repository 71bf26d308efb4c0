"""The embedded deployment: it is ours, it is found again, and when it cannot start it says why."""

import json
from pathlib import Path

import httpx
import pytest

from demo import embedded
from demo.embedded import ChildFailed, embedded_server, free_port, get_local
from tests.support.need import need_server

pytestmark = pytest.mark.server


@pytest.fixture(autouse=True)
def _server_is_installed() -> None:
    need_server()


def test_its_threads_are_found_again_at_the_next_start(tmp_path: Path) -> None:
    for expected in (0, 1):
        with embedded_server(tmp_path) as server:
            server.wait_ready()
            threads = httpx.post(f"{server.url}/threads/search", json={}, trust_env=False).json()
            assert len(threads) == expected
            httpx.post(f"{server.url}/threads", json={}, trust_env=False).raise_for_status()


def test_it_keeps_its_state_in_the_folder_given_to_it(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as server:
        server.wait_ready()
    assert (tmp_path / ".langgraph_api").is_dir()
    assert not (embedded.ROOT / ".langgraph_api").exists()
    assert not (embedded.CONFIG.parent / ".langgraph_api").exists()


def test_a_stopped_server_answers_no_more(tmp_path: Path) -> None:
    with embedded_server(tmp_path) as server:
        server.wait_ready()
    assert not server.child.alive
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, trust_env=False)


def test_a_server_that_dies_at_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('no graph today')\n")
    config = tmp_path / "langgraph.json"
    config.write_text(json.dumps({"dependencies": ["."], "graphs": {"broken": "./broken.py:graph"}}))
    with embedded_server(tmp_path / "scratch", config) as server, pytest.raises(ChildFailed) as failure:
        server.wait_ready()
    first, *rest = str(failure.value).splitlines()
    assert first.startswith("The embedded deployment stopped (exit status ")
    assert "no graph today" in first
    assert 0 < len(rest) <= 15


def test_a_second_server_on_the_same_state_is_refused(tmp_path: Path) -> None:
    with embedded_server(tmp_path), pytest.raises(ChildFailed, match="keeps its state in"), embedded_server(tmp_path):
        pass


def test_someone_elses_answer_is_not_taken_for_ours(
    tmp_path: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server moves to another port when its own is taken, and the one that took it may look just like ours."""
    taken = int(server_url.rpartition(":")[2])
    monkeypatch.setattr(embedded, "free_port", lambda: taken)
    with embedded_server(tmp_path) as server:
        assert server.url == server_url
        with pytest.raises(ChildFailed, match="lost its port to another program"):
            server.wait_ready()


def test_keys_of_other_deployments_stay_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_API_KEY", "secret")
    monkeypatch.setenv("LANGGRAPH_AUTH", "{}")
    environment = embedded._environment("mark")
    assert "LANGSMITH_API_KEY" not in environment
    assert "LANGGRAPH_AUTH" not in environment


def test_nobody_there_is_status_zero() -> None:
    assert get_local(free_port(), "/") == (0, "")
