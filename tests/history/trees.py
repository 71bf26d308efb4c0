"""Trees of checkpoints: sound ones as deployments make them, and hostile ones."""

from collections.abc import Mapping

from hypothesis import strategies as st

from studio.history.model import Checkpoint


def name(number: int) -> str:
    """Ids that sort by their number, as checkpoint ids sort by time."""
    return f"c{number:05}"


def spine(parents: Mapping[int, int | None]) -> list[Checkpoint]:
    """Checkpoints by number, each with the number of its parent."""
    return [Checkpoint(name(n), None if p is None else name(p)) for n, p in parents.items()]


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
    pairs = draw(st.lists(st.tuples(numbers, numbers | st.none()), max_size=2 * most))
    return [Checkpoint(name(n), None if p is None else name(p)) for n, p in pairs]
