"""Starts `python -m demo` as a person would, away from the developer's data, and reads what it prints."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from demo.embedded import ROOT, free_port

READY = "Ctrl-C stops everything"


def _as_from_a_terminal() -> None:
    """What runs in the background ignores these signals, and so would its children; a person at a terminal does not."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


class Launch:
    """A started launcher in a process group of its own; `output` is all it printed until now."""

    def __init__(self, home: Path, command: list[str], settings: dict[str, str]) -> None:
        self.home, self.port = home, free_port()
        self._output = home / "output.txt"
        own = {"STUDIO_DATA_DIR": str(home / "data"), "PORT": str(self.port), "LANGGRAPH_URL": ""}
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | own | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_as_from_a_terminal,
            )

    @property
    def output(self) -> str:
        return self._output.read_text()

    def wait_ready(self, seconds: float = 60) -> None:
        wait_until(lambda: READY in self.output or self.process.poll() is not None, seconds)
        assert READY in self.output, self.output

    def family(self) -> list[int]:
        """Every living process that works on this launch, the launcher's children included."""
        mark = f"STUDIO_DATA_DIR={self.home / 'data'}".encode()
        return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if mark in _environment_of(entry)]


@contextmanager
def launched(home: Path, *command: str, **settings: str) -> Iterator[Launch]:
    """A launcher that is gone, with all its children, at the end of the block."""
    home.mkdir(parents=True, exist_ok=True)
    launch = Launch(home, list(command) or [sys.executable, "-m", "demo"], settings)
    try:
        yield launch
    finally:
        for process in [launch.process.pid, *launch.family()]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        launch.process.wait()


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Poll a callable until it is true; other processes give no event to wait for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.05)


def _environment_of(process: Path) -> list[bytes]:
    with suppress(OSError):
        return (process / "environ").read_bytes().split(b"\0")
    return []
