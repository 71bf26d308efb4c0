"""The embedded deployment: the official in-memory LangGraph server (`langgraph dev`) as a child process of ours.

    with embedded_server(Path(".studio/embedded")) as server:
        server.wait_ready()
        ...  # talk to server.url

Its state goes to the folder named, never beside the graphs, and is found again at the next start. The server serves the
graphs of demo/langgraph.json, needs no key, and traces nothing. However we end, it ends with us.
"""

import ctypes
import fcntl
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "demo" / "langgraph.json"

# Whatever the shell holds for other deployments (keys, tracing, auth) is none of this one's business.
FOREIGN = ("LANGSMITH_", "LANGCHAIN_", "LANGGRAPH_", "LANGSERVE_")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FAILURE = re.compile(r"\b\w*(?:Error|Exception)\b")
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class ChildFailed(Exception):
    """A child process ended, or never got ready; the text holds one line of cause, then the end of its log."""


class Child:
    """A process in a group of its own that writes to a log file and dies with us, even when we are killed."""

    def __init__(self, name: str, command: list[str], log: Path, *, cwd: Path, env: Mapping[str, str]) -> None:
        self.name, self.log = name, log
        with log.open("wb") as output:
            self.process = subprocess.Popen(  # noqa: S603 - the commands are ours
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def require_alive(self) -> None:
        """Raise ChildFailed when the process has ended."""
        if (status := self.process.poll()) is not None:
            raise self.failure(f"stopped (exit status {status})")

    def failure(self, what: str) -> ChildFailed:
        lines = [line for line in self._log_lines() if line.strip()][-15:]
        telling = [line for line in lines if FAILURE.search(line)] or lines or ["it wrote nothing"]
        return ChildFailed("\n".join([f"{self.name} {what}: {telling[-1].strip()}", *(f"  | {x}" for x in lines)]))

    def stop(self, patience: float = 1.5) -> None:
        """End the whole group: asked first, so that it can write down its state; made to after `patience` seconds."""
        for request, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, None)):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, request)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)

    def _log_lines(self) -> list[str]:
        return COLOUR.sub("", self.log.read_text(errors="replace")).splitlines()


class EmbeddedServer:
    """A running server: `url`, and whether it answers yet."""

    def __init__(self, scratch: Path, config: Path) -> None:
        self._port = free_port()
        # The server reports this revision at /info. It moves to another port when its own gets taken in between, and
        # what took it may be a server too: only an answer with this mark proves that it is our child that listens.
        self._mark = f"embedded-{secrets.token_hex(8)}"
        self.url = f"http://127.0.0.1:{self._port}"
        (scratch / "langgraph.json").write_text(json.dumps(_relocated(config)))
        command = [sys.executable, "-m", "langgraph_cli", "dev", "--no-browser", "--no-reload"]
        command += ["--host", "127.0.0.1", "--port", str(self._port), "--n-jobs-per-worker", "20"]
        environment = _environment(self._mark)
        self.child = Child("The embedded deployment", command, scratch / "server.log", cwd=scratch, env=environment)

    def answers(self) -> bool:
        """Whether our own server is up. Raises ChildFailed when it is down for good."""
        self.child.require_alive()
        if "is already in use, using port" in self.child.log.read_text(errors="replace"):
            raise self.child.failure("lost its port to another program; start again")
        return self._mark in get_local(self._port, "/info")[1]

    def wait_ready(self, timeout: float = 60) -> None:
        """Block until the server answers; ChildFailed when it dies or takes longer than `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not self.answers():
            if time.monotonic() > deadline:
                raise self.child.failure(f"did not answer within {timeout:.0f} s")
            time.sleep(0.1)


@contextmanager
def embedded_server(scratch: Path, config: Path = CONFIG) -> Iterator[EmbeddedServer]:
    """Start a server that keeps its state in `scratch` and stop it at the end of the block."""
    scratch.mkdir(parents=True, exist_ok=True)
    with _only_user_of(scratch):
        server = EmbeddedServer(scratch.resolve(), config)
        try:
            yield server
        finally:
            server.child.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get_local(port: int, path: str) -> tuple[int, str]:
    """Status and text of an answer from this machine, (0, "") without one; never through a proxy of the shell's."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


@contextmanager
def _only_user_of(scratch: Path) -> Iterator[None]:
    """Two servers on one state would overwrite each other's threads."""
    with (scratch / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ChildFailed(f"Another embedded deployment keeps its state in {scratch}; stop it first.") from None
        yield


def _relocated(config: Path) -> dict[str, object]:
    """The configuration with absolute paths: the server keeps its state where it runs, which is not where this lies."""
    settings: dict[str, object] = json.loads(config.read_text())
    graphs = settings.get("graphs")
    if isinstance(graphs, dict):
        settings["graphs"] = {name: _absolute(target, config.parent) for name, target in graphs.items()}
    settings["dependencies"] = [str(config.parent)]
    settings.pop("env", None)
    return settings


def _absolute(target: object, home: Path) -> object:
    if isinstance(target, dict):  # the long form: {"path": …, "description": …}
        return target | {"path": _absolute(target["path"], home)}
    path, _, name = str(target).rpartition(":")
    return f"{(home / path).resolve()}:{name}" if path.endswith(".py") else target


def _environment(mark: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return inherited | {
        "PYTHONPATH": str(ROOT),  # graphs may import each other as demo.…
        "PYTHONUNBUFFERED": "1",
        "LOG_COLOR": "false",
        "LANGSMITH_TRACING": "false",
        "LANGSMITH_LANGGRAPH_API_REVISION": mark,
        "LANGGRAPH_NO_VERSION_CHECK": "true",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
    }


def _die_with_parent() -> None:
    """Runs in the child, before its program: have Linux end it when we vanish without a chance to do so."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
