"""The servers as processes of ours, each with nothing in it but the graphs of this folder."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.embedded import FOREIGN, Child, free_port, get_local
from tests.dialects.installing import HERE, aegra_python, node_modules
from tests.support.need import missing

GRAPHS = ("chat", "work", "one", "two")
START_SECONDS = 60
POSTGRES = "Aegra needs PostgreSQL. Install it (Debian: apt install postgresql)."


@dataclass(frozen=True)
class Server:
    """A server that answers: its address, and the file that it writes its log to."""

    url: str
    log: Path


@contextmanager
def js_server(home: Path) -> Iterator[Server]:
    """The development server of LangGraph.js, which keeps its state in `home`."""
    (home / "node_modules").symlink_to(node_modules())  # a graph finds its packages beside itself
    shutil.copy(HERE / "js" / "graphs.mjs", home)
    served = {name: f"./graphs.mjs:{name}" for name in GRAPHS}
    (home / "langgraph.json").write_text(json.dumps({"node_version": "20", "graphs": served}))
    program = home / "node_modules" / ".bin" / "langgraphjs"
    command = [str(program), "dev", "--no-browser", "--host", "127.0.0.1", "--port"]
    with _listening("The server of LangGraph.js", command, home, {}) as server:
        yield server


@contextmanager
def aegra_server(home: Path) -> Iterator[Server]:
    """Aegra with a database of its own."""
    python = aegra_python()
    shutil.copy(HERE / "aegra" / "graphs.py", home)
    served = {name: f"./graphs.py:{name}" for name in GRAPHS}
    (home / "aegra.json").write_text(json.dumps({"graphs": served}))
    with _postgres(home) as database:
        settings = {"DATABASE_URL": database, "AEGRA_CONFIG": str(home / "aegra.json"), "LOG_LEVEL": "WARNING"}
        command = [str(python), "-m", "uvicorn", "aegra_api.main:app", "--host", "127.0.0.1", "--port"]
        with _listening("Aegra", command, home, settings) as server:
            yield server


@contextmanager
def _listening(name: str, command: list[str], home: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    """A server on a free port, once it answers."""
    port = free_port()
    server = Child(name, [*command, str(port)], home / "server.log", cwd=home, env={**_environment(), **settings})
    try:
        _wait(server, lambda: get_local(port, "/info")[0] == 200)
        yield Server(f"http://127.0.0.1:{port}", server.log)
    finally:
        server.stop()


def _environment() -> dict[str, str]:
    """Ours without what belongs to other deployments."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    quiet = {"LANGSMITH_TRACING": "false", "LANGGRAPH_CLI_NO_ANALYTICS": "1", "NO_COLOR": "1"}
    return inherited | quiet | {"PYTHONUNBUFFERED": "1"}


@contextmanager
def _postgres(home: Path) -> Iterator[str]:
    """The address of a database in a cluster that lives as long as the block."""
    initdb, postgres = _program("initdb"), _program("postgres")
    cluster, port = Path(tempfile.mkdtemp(prefix="studio-postgres-")), free_port()
    as_user = _unprivileged(cluster)
    try:
        made = [*as_user, initdb, "--auth=trust", "--username=aegra", "--no-sync", "--pgdata", str(cluster / "data")]
        subprocess.run(made, cwd=cluster, capture_output=True, check=True)
        started = [*as_user, postgres, "-D", str(cluster / "data"), "-F", "-p", str(port), "-h", "127.0.0.1", "-k", ""]
        child = Child("PostgreSQL", started, home / "postgres.log", cwd=cluster, env=_environment())
        try:
            _wait(child, lambda: "ready to accept connections" in child.log.read_text(errors="replace"))
            yield f"postgresql://aegra@127.0.0.1:{port}/postgres"
        finally:
            child.stop(patience=20)  # it ends by itself, once nobody is connected any more
    finally:
        shutil.rmtree(cluster, ignore_errors=True)


def _program(name: str) -> str:
    """A program of PostgreSQL; Debian keeps them where no shell finds them."""
    hidden = sorted(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))
    return shutil.which(name) or (hidden[-1] if hidden else missing(POSTGRES))


def _unprivileged(cluster: Path) -> list[str]:
    """What to put before a command so that it does not run as root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return []
    shutil.chown(cluster, "postgres", "postgres")
    ids = ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=TERM"]
    return ["setpriv", *ids, "--"]


def _wait(server: Child, met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not met():
        server.require_alive()
        if time.monotonic() > deadline:
            raise server.failure(f"did not answer within {START_SECONDS} s")
        time.sleep(0.05)
