"""Where messages and channels come from, and what everything cost, as the page tells it."""

from dataclasses import dataclass

from studio.history.measures import Measures, measure
from studio.history.model import Checkpoint
from studio.history.provenance import Origin
from studio.history.spine import Spine
from studio.history.tree import Tree
from studio.workbench.page.titles import nodes, title


@dataclass(frozen=True, slots=True)
class Event:
    """A checkpoint that did something to a message or channel: its step, and the nodes that ran, or what happened."""

    id: str
    step: int | None
    by: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Life:
    """Since when something is there, what changed it last, and what removes it further on."""

    introduced: Event | None
    changed: Event | None
    removed: Event | None


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """One channel of a state: its bytes on the wire, and where it comes from."""

    name: str
    size: int
    life: Life


@dataclass(frozen=True, slots=True)
class GoneView:
    """Something that was there before: `last` is the checkpoint at which it still was."""

    name: str
    introduced: Event | None
    removed: Event
    last: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a checkpoint and the path to it cost, and where the parts of its state come from. `whole`: the path has been
    read down to its root."""

    own: Measures
    path: Measures
    run: Measures | None
    size: int
    growth: int
    whole: bool
    channels: list[ChannelFacts]
    gone: list[GoneView]
    strangers: list[str]


def life_of(tree: Tree, origin: Origin) -> Life:
    """A life as the page tells it."""
    return Life(
        introduced=_maybe(tree, origin.introduced),
        changed=_maybe(tree, origin.changed),
        removed=_maybe(tree, origin.removed),
    )


def facts(spine: Spine, checkpoint: Checkpoint) -> Facts:
    """The facts about a checkpoint of the spine."""
    tree, lineage = spine.tree, spine.lineage(checkpoint.id)
    parent = tree.parent(checkpoint.id)
    sizes = {name: held.size for name, held in checkpoint.channels.items()}
    return Facts(
        own=measure(checkpoint, parent),
        path=lineage.cost,
        run=spine.costs.get(checkpoint.run_id or ""),
        size=checkpoint.size,
        growth=checkpoint.size - (parent.size if parent else 0),
        whole=lineage.whole,
        channels=[
            ChannelFacts(name, sizes[name], life_of(tree, lineage.channels[name]))
            for name in sorted(sizes, key=lambda name: -sizes[name])
            if name in lineage.channels
        ],
        gone=[
            GoneView(
                gone.name, _maybe(tree, gone.introduced), _event(tree, gone.removed), tree.parents[gone.removed.id]
            )
            for gone in reversed(lineage.gone)
        ],
        strangers=spine.strangers(checkpoint.id),
    )


def _maybe(tree: Tree, checkpoint: Checkpoint | None) -> Event | None:
    return _event(tree, checkpoint) if checkpoint else None


def _event(tree: Tree, checkpoint: Checkpoint) -> Event:
    by = nodes(tree, checkpoint) or title(tree, checkpoint)
    return Event(checkpoint.id, checkpoint.step, by, checkpoint.run_id or "")
