"""What a checkpoint is called in a word or two, and what is special about it."""

from studio.history.model import STOPPED, Checkpoint
from studio.history.tree import Tree

SOURCES = {"input": "input", "update": "state edited", "fork": "fork"}


def title(tree: Tree, checkpoint: Checkpoint) -> str:
    """What happened at a checkpoint: the nodes that ran, or where it came from."""
    ran = tree.ran(checkpoint.id)
    if ran:
        return "input read" if ran == ("__start__",) else " · ".join(ran)
    if checkpoint.source == "update":
        parent = tree.parent(checkpoint.id)
        return _edited(parent, checkpoint) if parent else "state edited"
    return SOURCES.get(checkpoint.source, checkpoint.source or "checkpoint")


def nodes(tree: Tree, checkpoint: Checkpoint) -> str:
    """The nodes that made a checkpoint; "" when a person did."""
    return " · ".join(node for node in tree.ran(checkpoint.id) if node != "__start__")


def then(checkpoint: Checkpoint) -> str:
    """What follows a checkpoint."""
    names = list(dict.fromkeys(checkpoint.next))
    if checkpoint.interrupted:
        return "waits for a person"
    if names == ["__start__"]:
        return ""
    return "→ " + ", ".join(names) if names else "end"


def mark(checkpoint: Checkpoint) -> str:
    """What is special: error, stop, interrupt, edit, fork or ""."""
    if checkpoint.error:
        return "stop" if checkpoint.error == STOPPED else "error"
    if checkpoint.interrupted:
        return "interrupt"
    return {"update": "edit", "fork": "fork"}.get(checkpoint.source, "")


def _edited(parent: Checkpoint, checkpoint: Checkpoint) -> str:
    """What an update changed, as far as the spine tells."""
    kept, added = checkpoint.messages.since(parent.messages)
    if kept == len(parent.messages):
        return "message added" if added else "state edited"
    gone, fresh = {m.key for m in tuple(parent.messages)[kept:]}, {m.key for m in added}
    if gone == fresh:
        return "message edited"
    return "message added" if gone < fresh else "messages removed" if fresh < gone else "messages changed"
