"""`python -m demo`, what `make run` runs: Studio, with an embedded deployment unless the environment names one.

Starts the children (deployment, Daphne), says the address once both answer, and watches them until Ctrl-C or until one
of them dies. Ends everything it started, however it ends.
"""

import asyncio
import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path

import environ
import httpx

from demo.embedded import ROOT, Child, ChildFailed, EmbeddedServer, embedded_server, get_local
from studio.deployments.config import ConfigurationError, parse_deployments

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
START_SECONDS = 60


class CannotStart(Exception):
    """Something the person has to change; the text says what and how."""


def main() -> int:
    """Run until stopped; the exit status is 0 after a stop and 1 after a failure."""
    environ.Env.read_env(ROOT / ".env")
    try:
        data = Path(os.environ.get("STUDIO_DATA_DIR") or ROOT / ".studio").resolve()
        data.mkdir(parents=True, exist_ok=True)
        asyncio.run(_until_stopped(_launch(_wanted_port(), data)))
    except (CannotStart, ChildFailed, ConfigurationError) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


async def _until_stopped(work: Coroutine[None, None, None]) -> None:
    """Let a stop signal, or the end of the make that started us, end the work as if it had been finished."""
    task = asyncio.create_task(work, name="launch")
    for number in STOP_SIGNALS:
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    following = asyncio.create_task(_follow_make(task.cancel), name="follow make")
    with suppress(asyncio.CancelledError):
        await task
    following.cancel()


async def _launch(port: int, data: Path) -> None:
    named = [] if _is_embedded() else [deployment.url for deployment in parse_deployments(os.environ).values()]
    with ExitStack() as running:
        server = None if named else running.enter_context(embedded_server(data / "embedded"))
        seeding = asyncio.create_task(_seed(server), name="seed")
        running.callback(seeding.cancel)
        await _migrate(data)
        studio = _start_studio(port, data, server)
        running.callback(studio.stop)
        await _all_true([lambda: _answers(studio, port), *([server.answers] if server else [])])
        print(f"Studio is ready at http://127.0.0.1:{port}", flush=True)
        await _describe(server, named, data)
        await _watch([studio, *([server.child] if server else [])])


def _is_embedded() -> bool:
    return not (os.environ.get("LANGGRAPH_URL") or os.environ.get("LANGGRAPH_DEPLOYMENTS"))


def _wanted_port() -> int:
    """The port of $PORT, known to be free."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT={text} is not a port number. Try: PORT=8001 make run")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            why = "taken" if error.errno == errno.EADDRINUSE else f"not for us ({error.strerror})"
            raise CannotStart(f"Port {text} is {why}. Choose another: PORT={int(text) % 65535 + 1} make run") from None
    return int(text)


async def _migrate(data: Path) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input"]
    migration = Child("The preparation of the database", command, data / "migrate.log", cwd=ROOT, env=_environment({}))
    try:
        while migration.alive:
            await asyncio.sleep(0.05)
    finally:
        migration.stop()
    if migration.process.returncode:
        migration.require_alive()


def _start_studio(port: int, data: Path, server: EmbeddedServer | None) -> Child:
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "studio.asgi:application"]
    embedded = {"LANGGRAPH_URL": server.url, "LANGGRAPH_DEPLOYMENTS": ""} if server else {}
    environment = _environment({"PORT": str(port), **embedded})
    return Child("Studio", command, data / "studio.log", cwd=ROOT, env=environment)


def _environment(more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "studio.settings", "PYTHONUNBUFFERED": "1", **more}


def _answers(studio: Child, port: int) -> bool:
    """Whether Daphne is up. Any answer counts: with ALLOWED_HOSTS set, this address may rightly be refused."""
    studio.require_alive()
    return get_local(port, "/healthz")[0] > 0


async def _all_true(conditions: Iterable[Callable[[], bool]]) -> None:
    deadline = time.monotonic() + START_SECONDS
    for holds in conditions:
        while not holds():
            if time.monotonic() > deadline:
                raise CannotStart(f"Not everything was up after {START_SECONDS} s; the logs may say why.")
            await asyncio.sleep(0.1)


async def _seed(server: EmbeddedServer | None) -> None:
    """Fill the embedded deployment with sample threads, while Studio starts. Without them Studio works all the same."""
    if server is None:
        return
    from demo.seed import seed  # needs the SDK, which a start with a deployment of one's own can do without

    with suppress(ChildFailed):  # whoever watches the server reports it
        await _all_true([server.answers])
        try:
            await seed(server.url)
        except Exception as error:  # noqa: BLE001 - sample data, whatever is wrong with it, must not stop Studio
            print(f"Some sample threads are missing: {error!r}", file=sys.stderr, flush=True)


async def _describe(server: EmbeddedServer | None, named: list[str], data: Path) -> None:
    logs = [data / "studio.log"]
    if server:
        print(f"  deployment: embedded at {server.url}, its threads are kept in {data / 'embedded'}")
        logs.append(server.child.log)
    for url in named:
        print(f"  deployment: {url}" + ("" if await _is_reachable(url) else " – WARNING: it does not answer"))
    print("  logs: " + ", ".join(str(log) for log in logs) + "\n  Ctrl-C stops everything", flush=True)


async def _is_reachable(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=3) as client:
            await client.get(f"{url}/info")
    except httpx.HTTPError:
        return False
    return True


async def _watch(children: list[Child]) -> None:
    while True:
        for child in children:
            child.require_alive()
        await asyncio.sleep(0.2)


async def _follow_make(stop: Callable[[], object]) -> None:
    """Stop when make does. Of a Ctrl-C that it alone receives it tells us nothing and waits; of its kill neither."""
    if "MAKELEVEL" not in os.environ:
        return
    make = os.getppid()
    handled = _handled_signals(make)
    while os.getppid() == make and _handled_signals(make) == handled:
        await asyncio.sleep(0.3)
    stop()


def _handled_signals(process: int) -> int:
    """Which stop signals a process has handlers for, as bits: make drops its own at the first. 0 where Linux is not."""
    stopping = sum(1 << (number - 1) for number in STOP_SIGNALS)
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return int(line.split()[1], 16) & stopping
    return 0


if __name__ == "__main__":
    sys.exit(main())
