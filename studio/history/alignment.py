"""What two long lists that are nearly the same do not have in common, at the speed of comparing them."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from studio.history.words import common

T = TypeVar("T", bound=Hashable)
ATTEMPTS = 3
"""Places at which two lists go apart that are looked into one by one."""
NEAR = 16
"""Items among which the place at which they go on alike is looked for first."""


@dataclass(frozen=True, slots=True)
class Alignment(Generic[T]):
    """The items of one list that are `gone` from the next one, and those that `came`, each in order; one that moved may
    be among both. `shared` is the next list, made of the items of the first one where they are equal."""

    gone: tuple[T, ...] = ()
    came: tuple[T, ...] = ()
    shared: tuple[T, ...] = ()


def align(old: tuple[T, ...], new: tuple[T, ...]) -> Alignment[T]:
    """What makes the one list of the other. It costs no more than some passes over them."""
    start = common(old, new)
    end = common(old[start:][::-1], new[start:][::-1])
    head, tail = old[:start], old[len(old) - end :]
    inner = _inner(old[start : len(old) - end], new[start : len(new) - end])
    return Alignment(inner.gone, inner.came, head + inner.shared + tail)


def _inner(old: tuple[T, ...], new: tuple[T, ...]) -> Alignment[T]:
    """The same where neither the first nor the last items are equal."""
    gone: list[T] = []
    came: list[T] = []
    shared: list[T] = []
    for _ in range(ATTEMPTS):
        if not old or not new:
            break
        left, fresh = _apart(old, new)
        same = common(old[left:], new[fresh:])
        gone += old[:left]
        came += new[:fresh]
        shared += new[:fresh] + old[left : left + same]
        old, new = old[left + same :], new[fresh + same :]
    left_over, added = _unlike(old, new)
    return Alignment((*gone, *left_over), (*came, *added), (*shared, *new))


def _apart(old: tuple[T, ...], new: tuple[T, ...]) -> tuple[int, int]:
    """How many items of each are passed until both go on alike: the fewest of one of them, or one of each."""
    for reach in (NEAR, max(len(old), len(new))):
        gone, came = _place(old[:reach], new[0]), _place(new[:reach], old[0])
        if gone is not None and (came is None or gone <= came):
            return gone, 0
        if came is not None:
            return 0, came
    return 1, 1


def _place(items: tuple[T, ...], item: T) -> int | None:
    try:
        return items.index(item)
    except ValueError:
        return None


def _unlike(old: tuple[T, ...], new: tuple[T, ...]) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Two lists without what is in both; as they are where anything is in one of them twice."""
    before, after = set(old), set(new)
    if len(before) < len(old) or len(after) < len(new):
        return old, new
    return tuple(item for item in old if item not in after), tuple(item for item in new if item not in before)
