"""Parts of pages that depend on nothing but their key, rendered once: a page that is opened again shows the same
messages and rows. In memory, bounded by characters; the part used longest ago goes first."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from django.utils.safestring import SafeString

CHARACTERS_KEPT = 24_000_000
LARGEST = 400_000

_lock = Lock()
_kept: OrderedDict[Hashable, SafeString] = OrderedDict()
_size = 0


def fragment(key: Hashable, render: Callable[[], SafeString]) -> SafeString:
    """The part with this key."""
    global _size
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    made = render()
    if len(made) > LARGEST:
        return made
    with _lock:
        if key not in _kept:
            _kept[key] = made
            _size += len(made)
        while _size > CHARACTERS_KEPT:
            _size -= len(_kept.popitem(last=False)[1])
    return made
