"""What was read last of a thread's head, as long as the thread has not been touched since.

A thread of the official server carries a stamp (its status and the time of its last change), so that one small request
tells whether the state, which may be large, has to be read again. The stamp is always read before the state: when
something changes in between, the state is newer than its stamp, and the next stamp differs. Deleting a run is the one
change that leaves no stamp: so nothing is kept for long, and nothing after a deletion that Studio knows of.
"""

from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic

from studio.deployments.config import Deployment
from studio.deployments.dialect import dialect
from studio.deployments.gateway import Gateway
from studio.deployments.run_rows import Run
from studio.deployments.thread_rows import Thread
from studio.history.model import Snapshot

LARGEST = 2_000_000
"""Bytes of a state up to which it is kept."""
KEPT = 16
KEPT_SECONDS = 60

_Key = tuple[Deployment, str, str]


@dataclass(frozen=True, slots=True)
class Head:
    """The newest state of a thread and its newest runs, as of a stamp; good `until` the clock says so."""

    stamp: str
    until: float
    snapshot: Snapshot | None
    runs: tuple[Run, ...]


_heads: OrderedDict[_Key, Head] = OrderedDict()


def recall(gateway: Gateway, thread: Thread, namespace: str) -> Head | None:
    """The head of a thread that nobody has touched since it was read, and on which nothing works."""
    head = _heads.get((gateway.deployment, thread.id, namespace))
    if head is None or head.stamp != thread.stamp or head.until < monotonic() or thread.status == "busy":
        return None
    return head


def forget(gateway: Gateway, thread_id: str) -> None:
    """Something was removed from a thread."""
    for key in [key for key in _heads if key[:2] == (gateway.deployment, thread_id)]:
        _heads.pop(key, None)


async def remember(
    gateway: Gateway, thread: Thread, namespace: str, snapshot: Snapshot | None, runs: tuple[Run, ...]
) -> None:
    """Keep what was read after the thread's stamp, where the server stamps every change."""
    if thread.updated_at is None or (await dialect(gateway)).flavour != "official":
        return
    if any(run.active for run in runs) or (snapshot and len(snapshot.raw) > LARGEST):
        return
    key = (gateway.deployment, thread.id, namespace)
    _heads.pop(key, None)
    _heads[key] = Head(thread.stamp, monotonic() + KEPT_SECONDS, snapshot, runs)
    while len(_heads) > KEPT:
        _heads.popitem(last=False)
