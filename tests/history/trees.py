"""Trees of checkpoints: sound ones as deployments make them, and hostile ones."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from studio.history.marks import Mark, Marks
from studio.history.model import Checkpoint, Held

BEGAN = datetime(2025, 1, 1, tzinfo=UTC)


def name(number: int) -> str:
    """Ids that sort by their number, as checkpoint ids sort by time."""
    return f"c{number:05}"


def spine(parents: Mapping[int, int | None]) -> list[Checkpoint]:
    """Checkpoints by number, each with the number of its parent."""
    return [Checkpoint(name(n), None if p is None else name(p)) for n, p in parents.items()]


def marks(*ids: str) -> Marks:
    """Messages by their ids, each with words of its own."""
    return Marks(Mark(id, f"words of {id}") for id in ids)


def at(seconds: float) -> datetime:
    """So many seconds after the tests' first moment."""
    return BEGAN + timedelta(seconds=seconds)


def line(length: int) -> list[Checkpoint]:
    """One branch, the root first."""
    return spine({n: n - 1 if n else None for n in range(length)})


@st.composite
def sound(draw: st.DrawFn, most: int = 40) -> list[Checkpoint]:
    """Every parent is older than its child; some parents were never read. In any order."""
    size = draw(st.integers(1, most))
    # Near parents make long branches, far ones make forks.
    back = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    parents = {n: None if n - step < 0 or n == 0 else n - max(step, 1) for n, step in enumerate(back)}
    unread = draw(st.sets(st.integers(0, size - 1), max_size=3))
    known = [c for n, c in enumerate(spine(parents)) if n not in unread]
    return draw(st.permutations(known))


@st.composite
def hostile(draw: st.DrawFn, most: int = 9) -> list[Checkpoint]:
    """Anything at all: cycles, checkpoints that are their own parents, duplicates, parents that nobody knows."""
    numbers = st.integers(0, most)
    size = draw(st.integers(0, 2 * most))  # a list left to itself is short, and short ones have hardly an edge
    pairs = draw(st.lists(st.tuples(numbers, numbers | st.none()), min_size=size, max_size=size))
    return [Checkpoint(name(n), None if p is None else name(p)) for n, p in pairs]


Step = tuple[str, int, int]
Change = tuple[str, list[Step], int | None]
CHANGES = st.tuples(
    st.sampled_from(["after", "after", "whole", "same"]),
    st.lists(
        st.tuples(
            st.sampled_from(["add", "add", "add", "edit", "remove", "move", "set", "set", "drop"]),
            st.integers(0, 6),
            st.integers(0, 6),
        ),
        max_size=3,
    ),
    st.none() | st.integers(0, 60),
)
#: message number 0 has no id: it is known by its words
IDS = ("", "1", "2", "3", "4", "5", "6")


@st.composite
def lived(draw: st.DrawFn, most: int = 25) -> list[Checkpoint]:
    """A sound tree with times, runs, messages and channels that come, change, move, go and come again. No two messages
    of a checkpoint have the same key. Oldest first."""
    found: dict[str, Checkpoint] = {}
    for bare in oldest_first(draw(sound(most))):
        found[bare.id] = _changed(bare, found.get(bare.parent_id or ""), draw(CHANGES))
    return list(found.values())


def _changed(bare: Checkpoint, parent: Checkpoint | None, change: Change) -> Checkpoint:
    telling, steps, seconds = change
    before = parent.messages if parent else Marks()
    said, held = list(before), dict(parent.channels) if parent else {}
    for step in steps:
        _take(said, held, step)
    after = Marks(said)
    if telling == "after" or (telling == "same" and after == before):
        after = after.after(before)
    return replace(
        bare,
        source=("loop", "loop", "input", "update")[len(said) % 4],
        created_at=None if seconds is None else at(seconds),
        run_id=(None, "a", "b")[len(steps) % 3],
        interrupted=len(held) == 1,
        messages=after,
        channels=held,
    )


def _take(said: list[Mark], held: dict[str, Held], step: Step) -> None:
    what, one, other = step
    place = one % len(said) if said else None
    if what == "add":
        mark = Mark(IDS[one], f"{other}", one, other)
        if mark.key not in {said_before.key for said_before in said}:
            said.append(mark)
    elif what == "set":
        held[f"channel {one % 3}"] = Held(f"{other}", other)
    elif what == "drop":
        held.pop(f"channel {one % 3}", None)
    elif place is not None:
        mark = said.pop(place)
        if what == "move":
            said.insert(other % (len(said) + 1), mark)
        elif what == "edit":
            said.insert(place, mark._replace(hash=f"{other}") if mark.id else mark)


def oldest_first(checkpoints: Iterable[Checkpoint]) -> list[Checkpoint]:
    """In the order of their ids."""
    return sorted(checkpoints, key=lambda checkpoint: checkpoint.id)
