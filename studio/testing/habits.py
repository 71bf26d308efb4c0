"""In what servers differ: switches of a fake deployment."""

from dataclasses import dataclass
from typing import Any, Literal

Option = Literal["honoured", "ignored", "refused"]


@dataclass(slots=True)
class Habits:
    """How this server behaves; the defaults are those of the official one.

    `reconnects`: streams name their own address, so that the SDK joins a broken one again by itself, after a second.
    `before`: what becomes of it in a history. `largest_page`: entries of a history that are given out at most, whatever
    was asked for. `stutters`: histories have each entry twice. `measures`: a thread tells what it stores. `builds`: a
    thread can be made with super-steps in it; else they are ignored. `sticks`: a run begins at the checkpoint of the
    last one that named one, unless it names another, or null. `restarts`: a run without input begins at the start.
    """

    flavour: Literal["official", "js", "aegra"] = "official"
    select: Option = "honoured"
    extract: Option = "honoured"
    ids: Literal["honoured", "ignored"] = "honoured"
    before: Option = "honoured"
    largest_page: int | None = None
    stutters: bool = False
    measures: bool = True
    counts: bool = True
    copies: bool = True
    builds: bool = True
    reconnects: bool = True
    oldest_runs_first: bool = False
    sticks: bool = False
    restarts: bool = False

    @classmethod
    def js(cls) -> "Habits":
        """Those of the JS server."""
        return cls("js", extract="ignored", measures=False, reconnects=False, oldest_runs_first=True, sticks=True)

    @classmethod
    def aegra(cls) -> "Habits":
        """Those of Aegra."""
        ignored: Literal["ignored"] = "ignored"
        lacks = cls("aegra", ignored, ignored, ignored, ignored)
        lacks.restarts = True
        lacks.measures = lacks.counts = lacks.copies = lacks.builds = lacks.reconnects = False
        return lacks

    @property
    def info(self) -> dict[str, Any]:
        """What `/info` says."""
        by_flavour: dict[str, dict[str, Any]] = {
            "official": {"version": "0.16.7", "langgraph_py_version": "1.2.22"},
            "js": {"version": "1.5.1", "context": "js"},
            "aegra": {"name": "Aegra", "version": "0.6.0"},
        }
        return by_flavour[self.flavour]
