"""The nodes of a graph as lines of a list: all that the drawing shows, in words."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.safestring import SafeString

from studio.deployments.graphs import END, START, Node

LEFT = "the run stopped after it"
NAMES = {START: "start", END: "end"}


@dataclass(frozen=True, slots=True)
class Goal:
    """What may run after a node."""

    name: str
    conditional: bool
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A node in the list. `depth`: in how many subgraphs it is; `checkpoint`: the id of the one it leads to, or "";
    `now`: what is going on, in `words`; `expands`: whether it is a graph; `breakable`: whether a run can be told to
    stop at it; `left`: whether the last run stopped after it; `inside`: the address of its own history."""

    node: Node
    depth: int = 0
    checkpoint: str = ""
    times: int = 0
    made: bool = False
    now: str = ""
    words: str = ""
    goals: tuple[Goal, ...] = ()
    expands: bool = False
    open: bool = False
    fold: str = ""
    breakable: bool = False
    left: bool = False
    inside: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return NAMES.get(self.node.name, self.node.name)

    @property
    def tone(self) -> str:
        """How its mark looks."""
        return {"failed": "err", "waits": "wait", "halted": "wait", "done": "ok"}.get(self.now, "")

    @property
    def icon(self) -> str:
        """The icon of its mark."""
        icons = {
            "running": "play",
            "waits": "pause",
            "halted": "pause",
            "failed": "cross",
            "stopped": "stop",
            "done": "check",
        }
        return icons.get(self.now, "right")


@dataclass(frozen=True, slots=True)
class Shown:
    """A graph on show. `svg` is empty when it was `large` and nobody asked for it, or `vast`. `page` is the address of
    the page that it is on, `part` that of the part at `target` which is fetched anew; `here`, `alone` (on a page of its
    own), `anyway` (drawn whatever its size) and `every` (with all subgraphs expanded) are queries to go with them."""

    rows: Sequence[Row]
    nodes: int
    edges: int
    svg: SafeString = field(default=SafeString(""))
    drawn: bool = False
    large: bool = False
    vast: bool = False
    page: str = ""
    part: str = ""
    target: str = ""
    here: str = ""
    alone: str = ""
    anyway: str = ""
    every: str = ""

    @property
    def deep(self) -> bool:
        """Whether something is shown of the inside of a subgraph."""
        return any(row.depth for row in self.rows)


def words(row: Row) -> str:
    """All there is to say of a node, on one line."""
    if row.node.ends:
        return row.name
    told = [row.words, "made this step" if row.made else "", LEFT if row.left else ""]
    told += [f"ran {row.times:,} time{'s' * (row.times != 1)}" if row.times else ""]
    told += ["calls " + ", ".join(row.node.tools) if row.node.tools else ""]
    return ": ".join(filter(None, [row.name, ", ".join(filter(None, told))]))
