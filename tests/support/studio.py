"""Studio as a real server: Daphne in a process of its own, with a database of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from demo.embedded import ROOT, Child, free_port, get_local

START_SECONDS = 60


@contextmanager
def running_studio(home: Path, **settings: str) -> Iterator[tuple[str, Path]]:
    """Address and log file of a Studio that keeps its data in `home`; `settings` go to its environment."""
    with studio_process(home, **settings) as (url, child):
        yield url, child.log


@contextmanager
def studio_process(home: Path, **settings: str) -> Iterator[tuple[str, Child]]:
    """The same with its process."""
    port = free_port()
    environment = _environment(home) | settings | {"PORT": str(port)}
    subprocess.run([sys.executable, "manage.py", "migrate", "--no-input"], cwd=ROOT, env=environment, check=True)
    command = [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "studio.asgi:application"]
    studio = Child("Studio", command, home / "studio.log", cwd=ROOT, env=environment)
    try:
        _wait_until_healthy(studio, port)
        yield f"http://127.0.0.1:{port}", studio
    finally:
        studio.stop()


def _environment(home: Path) -> dict[str, str]:
    own = {
        "DJANGO_SETTINGS_MODULE": "studio.settings",
        "DATABASE_URL": f"sqlite:///{home / 'studio.sqlite3'}",
        "STUDIO_DATA_DIR": str(home),
        "PYTHONUNBUFFERED": "1",
    }
    return os.environ | own


def _wait_until_healthy(studio: Child, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while get_local(port, "/healthz")[0] != 200:
        studio.require_alive()
        if time.monotonic() > deadline:
            raise studio.failure(f"was not healthy after {START_SECONDS} s")
        time.sleep(0.05)
