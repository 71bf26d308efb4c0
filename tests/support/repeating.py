"""Running the code that Studio shows: Python with the real SDK, and commands in a real shell."""

import ast
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from inspect import isawaitable
from typing import Any, NamedTuple
from unittest.mock import patch

import httpx
from langgraph_sdk.errors import APIStatusError

from tests.support.need import missing


class Arrived(NamedTuple):
    """A request as a server sees it; `path` has its query, `body` is JSON, None without one."""

    method: str
    path: str
    body: Any
    headers: dict[str, str]

    @property
    def essence(self) -> tuple[str, str, str]:
        """What makes two requests the same; 1, 1.0 and true are not."""
        return self.method, self.path, json.dumps(self.body, sort_keys=True)


class Watching(httpx.AsyncBaseTransport):
    """In the place of the SDK's connection: takes down what passes to the transport behind it, or answers itself."""

    def __init__(self, behind: httpx.AsyncBaseTransport | None = None) -> None:
        self.behind = behind
        self.arrived: list[Arrived] = []
        self.statuses: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of what is behind."""
        body = await request.aread()
        path = request.url.raw_path.decode("ascii")
        self.arrived.append(Arrived(request.method, path, json.loads(body) if body else None, dict(request.headers)))
        answer = await self.behind.handle_async_request(request) if self.behind else httpx.Response(200, json={})
        self.statuses.append(answer.status_code)
        return answer

    async def aclose(self) -> None:
        """Close what is behind."""
        if self.behind:
            await self.behind.aclose()


async def run_python(code: str, behind: httpx.AsyncBaseTransport | None = None) -> Watching:
    """Run code that awaits at its top level, with the SDK's own `get_client`; what it sent, and what was answered. A
    deployment may refuse what is done twice."""
    watching = Watching(behind)
    compiled = compile(code, "<sent>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    names: dict[str, Any] = {}
    with patch.object(httpx, "AsyncHTTPTransport", lambda **more: watching):
        result = eval(compiled, names)  # noqa: S307 – to run it is the purpose
        if isawaitable(result):
            with suppress(APIStatusError):
                await result
    await names["client"].aclose()
    return watching


@contextmanager
def listening() -> Iterator[tuple[str, list[Arrived]]]:
    """The address of a server that takes down all requests and says nothing."""
    arrived: list[Arrived] = []

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            arrived.append(Arrived(self.command, self.path, json.loads(body) if body else None, headers))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        do_POST = do_PUT = do_PATCH = do_DELETE = _take

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", arrived
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def need_shell(shell: str) -> str:
    """The path of a shell on a machine that has curl too."""
    if not shutil.which("curl"):
        missing("curl is not installed")
    return shutil.which(shell) or missing(f"{shell} is not installed")


def run_shell(shell: str, command: str) -> None:
    """Run a command as if it had been pasted; it must be well-formed and succeed."""
    for more in (["-n"], []):
        done = subprocess.run([shell, *more], input=command.encode(), capture_output=True, timeout=30, check=False)
        assert (done.returncode, done.stderr if more else b"") == (0, b""), (command, done.stderr)
