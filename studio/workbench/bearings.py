"""Where a desk stands: the way down into a subgraph, and the assistant of what is on show."""

from dataclasses import dataclass

from studio.workbench.desk import Desk
from studio.workbench.links import thread_url


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way down to a subgraph."""

    label: str
    url: str


def crumbs(desk: Desk) -> list[Crumb]:
    """The way from the thread down into the subgraph on show, which is the last one; none for the thread itself. Each
    leads to the checkpoint at which the next one was entered."""
    parents = desk.selected.metadata.get("parents") if desk.selected else None
    parts = desk.namespace.split("|") if desk.namespace else []
    found = []
    for depth, part in enumerate(parts):
        above = "|".join(parts[:depth])
        entered = parents.get(above) if isinstance(parents, dict) else None
        at = entered if isinstance(entered, str) else None
        label = parts[depth - 1].partition(":")[0] if depth else desk.thread.title
        found.append(Crumb(label, thread_url(desk.slug, desk.thread.id, at, namespace=above)))
        if depth == len(parts) - 1:
            found.append(Crumb(part.partition(":")[0], ""))
    return found


def default_assistant(desk: Desk) -> str:
    """The assistant for the next run: that of the run that made this checkpoint, else the thread's."""
    made_by = desk.selected.checkpoint.run_id if desk.selected else None
    run = next((r for r in desk.runs if r.id == made_by), desk.runs[0] if desk.runs else None)
    graph = next((a.id for a in desk.assistants if a.graph_id == desk.thread.graph_id), "")
    return (run.assistant_id if run else "") or desk.thread.assistant_id or graph
