"""The tree of a thread's checkpoints: children, paths, siblings and the branches that end in its heads.

Ids sort by time (they are UUIDs of version 6), so "newest" is the greatest id. A parent that has not been read yet
makes its child a root for the time being; a cycle, which only a broken deployment can send, is cut at its oldest
member. Nothing here recurses: a branch may be tens of thousands of checkpoints long.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from studio.history.model import NOTHING, Checkpoint, Shared, Snapshot


@dataclass(frozen=True)
class Tree:
    """An immutable view of all known checkpoints of one thread. Build it with `grow`."""

    nodes: dict[str, Checkpoint] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)
    children: dict[str | None, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def head(self) -> Checkpoint | None:
        """The newest checkpoint, the one that the thread's next run starts from."""
        return self.nodes[max(self.nodes)] if self.nodes else None

    @cached_property
    def leaves(self) -> int:
        """How many branches the tree has."""
        return len(self.nodes) - len(self.children) + (None in self.children)

    def parent(self, id: str) -> Checkpoint | None:
        """The checkpoint before `id`, when it is known."""
        parent = self.parents.get(id)
        return self.nodes[parent] if parent is not None else None

    def path(self, id: str) -> list[Checkpoint]:
        """From the root to `id`, both included; empty for an unknown id."""
        path: list[Checkpoint] = []
        step: str | None = id if id in self.nodes else None
        while step is not None:
            path.append(self.nodes[step])
            step = self.parents[step]
        return path[::-1]

    def followed_by(self, checkpoint: Checkpoint) -> "Tree":
        """The tree with one more checkpoint, which is newer than all others and whose parent is known."""
        id, parent = checkpoint.id, checkpoint.parent_id
        beside = self.children.get(parent, ())
        return Tree(self.nodes | {id: checkpoint}, self.parents | {id: parent}, self.children | {parent: (*beside, id)})

    def siblings(self, id: str) -> tuple[str, ...]:
        """All checkpoints with the parent of `id`, itself included, oldest first; empty for an unknown id. Roots are
        siblings when they name the same parent: two whose parents are yet to be read have nothing in common."""
        if id not in self.nodes:
            return ()
        together = self.children[self.parents[id]]
        if self.parents[id] is not None or len(together) == 1:
            return together
        return tuple(root for root in together if self.nodes[root].parent_id == self.nodes[id].parent_id)

    def tip(self, id: str) -> str:
        """The newest head below `id`: where the branch that `id` is on goes on to."""
        best, stack = id, [id]
        while stack:
            here = stack.pop()
            stack.extend(self.children.get(here, ()))
            if here not in self.children and (best in self.children or here > best):
                best = here
        return best

    def shared(self, before: str | None, after: Snapshot) -> Shared:
        """What a state is known to have in common with that of another checkpoint. Nothing, where it may be the newest
        one with nodes that are done while others are not: it has in it what those have written."""
        known = self.nodes.get(after.checkpoint.id)
        if known is None or (after.done and known.id not in self.children):
            return NOTHING
        return known.shares(self.nodes.get(before) if before else None)

    def ran(self, id: str) -> tuple[str, ...]:
        """The nodes whose super-step made this checkpoint, each once; empty for inputs, edits and unread parents."""
        parent = self.parent(id)
        if parent is None or self.nodes[id].source != "loop":
            return ()
        return tuple(dict.fromkeys(parent.next))


def grow(checkpoints: Iterable[Checkpoint]) -> Tree:
    """The tree of these checkpoints, in whatever order they come; the last of two with the same id counts."""
    nodes = {c.id: c for c in checkpoints}
    parents = {id: c.parent_id if c.parent_id in nodes else None for id, c in nodes.items()}
    _cut_cycles(parents)
    children: dict[str | None, list[str]] = {}
    for id in sorted(nodes):
        children.setdefault(parents[id], []).append(id)
    return Tree(nodes, parents, {parent: tuple(ids) for parent, ids in children.items()})


def _cut_cycles(parents: dict[str, str | None]) -> None:
    """Make the oldest member of each cycle a root."""
    safe: set[str] = set()
    for start in parents:
        trail: dict[str, None] = {}
        step: str | None = start
        while step is not None and step not in safe and step not in trail:
            trail[step] = None
            step = parents[step]
        if step is not None and step in trail:
            ids = list(trail)
            parents[min(ids[ids.index(step) :])] = None
        safe.update(trail)
