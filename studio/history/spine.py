"""All known checkpoints of a thread, and what is derived from them: made at first use, kept as long as the spine is.

A spine is immutable. What comes after its head is added by `with_news`, which carries the drawing over instead of
making it anew, and what is known of each checkpoint by itself.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, TypeVar

from studio.history.lanes import Drawing, draw, draw_by_time, draw_path
from studio.history.measures import Measures, by_run
from studio.history.messages import message_channels
from studio.history.minimap import Minimap, minimap
from studio.history.model import Checkpoint, Snapshot
from studio.history.provenance import Lineage, trace
from studio.history.strangers import Brought, strangers
from studio.history.tree import Tree, grow

T = TypeVar("T")
KEPT = 16
"""Drawings and lineages that are kept of one spine."""
FEW = 16
"""Checkpoints up to which a drawing is added to; it is made anew for more."""


@dataclass(frozen=True)
class Spine:
    """All known checkpoints of a thread, newest first."""

    checkpoints: tuple[Checkpoint, ...] = ()
    _made: OrderedDict[Any, Any] = field(default_factory=OrderedDict, compare=False, repr=False)
    _brought: Brought = field(default_factory=Brought, compare=False, repr=False)
    number: int = field(default_factory=count().__next__, compare=False)
    """Tells this spine from every other one of the process."""

    @cached_property
    def drawing(self) -> Drawing:
        """The tree with all its branches."""
        return draw(grow(self.checkpoints))

    @property
    def tree(self) -> Tree:
        """The tree of the checkpoints."""
        return self.drawing.tree

    @cached_property
    def costs(self) -> dict[str, Measures]:
        """What each run cost."""
        return by_run(self.tree)

    @cached_property
    def by_time(self) -> Drawing:
        """All checkpoints, newest first."""
        return draw_by_time(self.tree)

    def folded(self, folds: frozenset[str]) -> Drawing:
        """The tree without the side branches of some checkpoints."""
        return self._kept(("folded", folds), lambda: draw(self.tree, folds)) if folds else self.drawing

    def branch(self, id: str) -> Drawing:
        """Only the branch that a checkpoint is on."""
        return self._kept(("branch", id), lambda: draw_path(self.tree, id))

    def lineage(self, id: str) -> Lineage:
        """How a checkpoint came to be."""
        return self._kept(("lineage", id), lambda: trace(self.tree, id))

    def strangers(self, id: str) -> list[str]:
        """The messages of a checkpoint that another branch wrote first."""
        return self._kept(("strangers", id), lambda: strangers(self.tree, id, self._brought))

    def with_news(self, news: Iterable[Checkpoint]) -> "Spine":
        """The spine with checkpoints that are new, or that are known and have changed."""
        known = self.tree.nodes
        fresh = sorted((c for c in news if known.get(c.id) != c), key=lambda checkpoint: checkpoint.id)
        if not fresh:
            return self
        drawing: Drawing | None = self.drawing
        for checkpoint in fresh:
            drawing = drawing.followed_by(checkpoint) if drawing and len(fresh) <= FEW else None
        if drawing is None:
            nodes = known | {c.id: c for c in fresh}
            return Spine(tuple(nodes[id] for id in sorted(nodes, reverse=True)), _brought=self._brought)
        spine = Spine((*reversed(fresh), *self.checkpoints), _brought=self._brought)
        spine.__dict__["drawing"] = drawing
        return spine

    def minimap(self, drawing: Drawing) -> Minimap:
        """The strip for one of the spine's drawings."""
        return self._kept(("minimap", id(drawing)), lambda: (drawing, minimap(drawing.lines)))[1]

    def conversations(self, snapshot: Snapshot) -> list[str]:
        """The channels of a state that hold messages; to tell, every message of it is looked at once."""
        key = ("conversations", snapshot.checkpoint.id)
        return self._kept(key, lambda: message_channels(snapshot.channels))

    def _kept(self, key: Any, make: Callable[[], T]) -> T:
        found: T | None = self._made.pop(key, None)
        found = make() if found is None else found
        self._made[key] = found  # at the end: the one used last
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        return found
