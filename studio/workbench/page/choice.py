"""Which lines of a history are listed: the view, what is folded away, the run that is marked, the words looked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from studio.history.lanes import Drawing, forks
from studio.history.spine import Spine

VIEWS = {"": "Branches", "path": "Path", "time": "Time"}
MANY = 30
"""Branches up to which all are listed unless somebody folds them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`view`: one of VIEWS; `fold`: "all" or "none" of the side branches, or "" for what suits their number, but for
    those of the checkpoints in `flipped`; `run`: the id of a run whose checkpoints are marked; `paused`: somebody has
    stopped the reading of older checkpoints."""

    view: str = ""
    words: str = ""
    fold: str = ""
    flipped: frozenset[str] = field(default_factory=frozenset)
    run: str = ""
    paused: bool = False

    @property
    def flips(self) -> str:
        """`flipped` as it goes through a form."""
        return " ".join(sorted(self.flipped))


def choice_of(asked: Mapping[str, str]) -> Choice:
    """The choice in an address. A button adds `flip` (one more checkpoint) or `mark` (a run, or the same one again to
    unmark it)."""
    fold = asked.get("fold_all", "") or asked.get("fold", "")
    flipped = frozenset() if asked.get("fold_all") else frozenset(asked.get("flipped", "")[:8000].split())
    flip = frozenset(asked.get("flip", "").split()[:1])
    run, mark = asked.get("run", ""), asked.get("mark", "")
    return Choice(
        view=asked.get("view", "") if asked.get("view") in VIEWS else "",
        words=asked.get("find", "").strip()[:200],
        fold=fold if fold in ("all", "none") else "",
        flipped=flipped ^ flip,
        run=("" if mark == run else mark) if mark else run,
        paused=asked.get("pause", asked.get("paused", "")) == "1",
    )


def folds_all(spine: Spine, choice: Choice) -> bool:
    """Whether side branches are folded away unless somebody unfolds them."""
    return choice.fold == "all" or (choice.fold == "" and spine.tree.leaves > MANY)


def drawing(spine: Spine, selected_id: str | None, choice: Choice) -> Drawing:
    """The lines to list. The side branch that the selected checkpoint is on is never folded away."""
    if choice.view == "path" and selected_id in spine.tree.nodes:
        return spine.branch(selected_id)
    if choice.view == "time":
        return spine.by_time
    folded = frozenset(forks(spine.tree)) ^ choice.flipped if folds_all(spine, choice) else choice.flipped
    shown = spine.folded(folded)
    if selected_id and selected_id in spine.tree.nodes and shown.place(selected_id) is None:
        shown = spine.folded(folded - _left(spine, selected_id))
    return shown


def _left(spine: Spine, id: str) -> set[str]:
    """The checkpoints on the path to one at which the path leaves their lane."""
    lines, place = spine.drawing.lines, spine.drawing.place
    return {
        parent.id
        for parent, child in pairwise(spine.tree.path(id))
        if (at := place(child.id)) is not None and lines[at].row.forks
    }
