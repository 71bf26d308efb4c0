"""What was read last of a thread's head, as long as the thread has not been touched since.

A thread of the official server carries a stamp (its status and the time of its last change), so that one small request
tells whether the state, which may be large, has to be read again. The stamp is always read before the state: when
something changes in between, the state is newer than its stamp, and the next stamp differs.
"""

from collections import OrderedDict
from dataclasses import dataclass

from studio.deployments.dialect import dialect
from studio.deployments.gateway import Gateway
from studio.deployments.runs import Run
from studio.deployments.thread_rows import Thread
from studio.history.model import Snapshot

LARGEST = 2_000_000
"""Bytes of a state up to which it is kept."""
KEPT = 16

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Head:
    """The newest state of a thread and its newest runs, as of a stamp."""

    stamp: str
    snapshot: Snapshot | None
    runs: tuple[Run, ...]


_heads: OrderedDict[_Key, Head] = OrderedDict()


def recall(gateway: Gateway, thread: Thread, namespace: str) -> Head | None:
    """The head of a thread that nobody has touched since it was read, and on which nothing works."""
    head = _heads.get((gateway.deployment.url, thread.id, namespace))
    return head if head and head.stamp == thread.stamp and thread.status != "busy" else None


async def remember(
    gateway: Gateway, thread: Thread, namespace: str, snapshot: Snapshot | None, runs: tuple[Run, ...]
) -> None:
    """Keep what was read after the thread's stamp, where the server stamps every change."""
    if thread.updated_at is None or (await dialect(gateway)).flavour != "official":
        return
    if any(run.active for run in runs) or (snapshot and len(snapshot.raw) > LARGEST):
        return
    key = (gateway.deployment.url, thread.id, namespace)
    _heads.pop(key, None)
    _heads[key] = Head(thread.stamp, snapshot, runs)
    while len(_heads) > KEPT:
        _heads.popitem(last=False)
