"""The index in the database. Each page is stored in one short transaction that subtracts it from the gaps, so a
crash between pages loses nothing and two workers that read the same page do no harm.

A spine that has been read is kept in memory until its version changes: whichever process stores a page gives the
thread a new version. The ids of messages are stored as what a checkpoint adds to its parent, because a conversation of
n messages would otherwise be stored n times over.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock

from django.db import transaction

from studio.history.coverage import EVERYTHING, Gap, close, reopen
from studio.history.lanes import Drawing, draw
from studio.history.model import Checkpoint
from studio.history.tree import grow
from studio.history.words import common
from studio.models import CheckpointRow, ThreadIndex, new_version

FIELDS = (
    "parent_id",
    "step",
    "source",
    "next",
    "created_at",
    "run_id",
    "ids_kept",
    "ids_added",
    "messages_digest",
    "interrupted",
    "error",
)
THREADS_KEPT = 32


@dataclass(frozen=True)
class Spine:
    """All known checkpoints of a thread, newest first."""

    checkpoints: tuple[Checkpoint, ...] = ()

    @cached_property
    def drawing(self) -> Drawing:
        """The tree with its rows, made at first use."""
        return draw(grow(self.checkpoints))


@dataclass(frozen=True, slots=True)
class Known:
    """What the index holds of a thread: its spine, unread gaps, bytes per checkpoint as measured. `opened` is the
    number of the latest sync, which goes with each page that is read in it."""

    spine: Spine = field(default_factory=Spine)
    gaps: tuple[Gap, ...] = EVERYTHING
    page_bytes: int = 0
    opened: int = field(default=0, compare=False)

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The known checkpoints, newest first."""
        return self.spine.checkpoints

    @property
    def complete(self) -> bool:
        """Whether the whole tree is known, as of the last sync."""
        return not self.gaps

    @property
    def newest(self) -> str | None:
        """The id of the newest known checkpoint."""
        return self.checkpoints[0].id if self.checkpoints else None


_keeping = Lock()  # requests look here from several threads
_spines: OrderedDict[int, tuple[str, Spine]] = OrderedDict()
"""Spines by the key of their index, with the version they were read at; the one used last is at the end."""


def load(deployment: str, thread_id: str) -> Known:
    """All that is known of a thread."""
    index = ThreadIndex.objects.filter(deployment=deployment, thread_id=thread_id).first()
    return Known(_spine(index), _gaps(index), index.page_bytes, index.opened) if index else Known()


def begin(deployment: str, thread_id: str) -> Known:
    """Open the gap above the newest known checkpoint: a sync starts. What is known, with that gap in it."""
    with transaction.atomic():
        index, _ = ThreadIndex.objects.select_for_update().get_or_create(deployment=deployment, thread_id=thread_id)
        newest = index.rows.order_by("-checkpoint_id").values_list("checkpoint_id", flat=True).first()
        index.gaps, index.opened = reopen(_gaps(index), newest), index.opened + 1
        index.save(update_fields=["gaps", "opened"])
    return load(deployment, thread_id)


def store(
    deployment: str,
    thread_id: str,
    before: str | None,
    checkpoints: list[Checkpoint],
    *,
    size: int,
    last: bool,
    opened: int | None = None,
) -> tuple[Gap, ...]:
    """Add a page that was read from `before` downwards, drop what it proves to be gone; the gaps that are left. Once
    another sync than `opened` has begun, a page from the top proves nothing above its own newest checkpoint: there may
    be newer ones by now, which somebody else has stored."""
    floor = None if last or not checkpoints else checkpoints[-1].id
    with transaction.atomic():
        index, _ = ThreadIndex.objects.select_for_update().get_or_create(deployment=deployment, thread_id=thread_id)
        if before is None and opened is not None and opened != index.opened:
            before = checkpoints[0].id if checkpoints else floor or ""
        _remove(index, before, floor, {c.id for c in checkpoints})
        CheckpointRow.objects.bulk_create(
            _rows(index, checkpoints),
            update_conflicts=True,
            unique_fields=["thread", "checkpoint_id"],
            update_fields=list(FIELDS),
        )
        index.gaps = close(_gaps(index), before, floor)
        index.page_bytes = size // len(checkpoints) if checkpoints else index.page_bytes
        index.version = new_version()
        index.save(update_fields=["gaps", "page_bytes", "version"])
    return _gaps(index)


def forget(deployment: str, thread_id: str) -> None:
    """Drop everything known of a thread: it was deleted."""
    ThreadIndex.objects.filter(deployment=deployment, thread_id=thread_id).delete()


def _remove(index: ThreadIndex, before: str | None, floor: str | None, present: set[str]) -> None:
    """Drop what a page from `before` down to `floor` would have shown, were it still there."""
    proven = index.rows.all() if before is None else index.rows.filter(checkpoint_id__lt=before)
    proven = proven.filter(checkpoint_id__gte=floor) if floor else proven
    gone = set(proven.values_list("checkpoint_id", flat=True)) - present
    if not gone:
        return
    orphans = list(index.rows.filter(parent_id__in=gone, ids_kept__isnull=False).exclude(checkpoint_id__in=gone))
    whole = {c.id: c.message_ids for c in _spine(index).checkpoints} if orphans else {}
    for orphan in orphans:  # what they added to a parent that is gone has to stand for itself
        orphan.ids_kept, orphan.ids_added = None, list(whole[orphan.checkpoint_id])
    CheckpointRow.objects.bulk_update(orphans, ["ids_kept", "ids_added"])
    for start in range(0, len(gone), 500):  # a database takes only so many variables
        index.rows.filter(checkpoint_id__in=sorted(gone)[start : start + 500]).delete()


def _gaps(index: ThreadIndex) -> tuple[Gap, ...]:
    return tuple((newer, older) for newer, older in index.gaps)


def _spine(index: ThreadIndex) -> Spine:
    """The spine of a thread: from memory, when no process has stored anything since it was read."""
    kept = _spines.get(index.pk)
    if kept is None or kept[0] != index.version:
        kept = (index.version, Spine(_read(index)))
    with _keeping:
        _spines[index.pk] = kept
        _spines.move_to_end(index.pk)
        while len(_spines) > THREADS_KEPT:
            _spines.popitem(last=False)
    return kept[1]


def _read(index: ThreadIndex) -> tuple[Checkpoint, ...]:
    """Every row as a checkpoint, newest first. Parents come before their children, so the ids add up."""
    whole: dict[str, tuple[str, ...]] = {}
    names: dict[str, str] = {}  # one object for each id, however many checkpoints have it
    found = []
    for id, parent, step, source, next, created, run, kept, added, digest, waits, error in (
        index.rows.order_by("checkpoint_id").values_list("checkpoint_id", *FIELDS).iterator()
    ):
        inherited = whole[parent][:kept] if kept is not None else ()
        whole[id] = ids = inherited + tuple(names.setdefault(name, name) for name in added)
        found.append(Checkpoint(id, parent, step, source, tuple(next), created, run, ids, digest, waits, error))
    return tuple(reversed(found))


def _rows(index: ThreadIndex, checkpoints: list[Checkpoint]) -> list[CheckpointRow]:
    """The rows of a page; a checkpoint whose parent is on it has its message ids stored as an addition to those."""
    page = {c.id: c for c in checkpoints}
    return [_row(index, c, page.get(c.parent_id) if c.parent_id and c.parent_id < c.id else None) for c in checkpoints]


def _row(index: ThreadIndex, checkpoint: Checkpoint, parent: Checkpoint | None) -> CheckpointRow:
    ids, before = checkpoint.message_ids, parent.message_ids if parent else ()
    kept = len(before) if ids[: len(before)] == before else common(before, ids)
    return CheckpointRow(
        thread=index,
        checkpoint_id=checkpoint.id,
        parent_id=checkpoint.parent_id,
        step=checkpoint.step,
        source=checkpoint.source,
        next=list(checkpoint.next),
        created_at=checkpoint.created_at,
        run_id=checkpoint.run_id,
        ids_kept=kept if parent else None,
        ids_added=list(ids[kept:]),
        messages_digest=checkpoint.messages_digest,
        interrupted=checkpoint.interrupted,
        error=checkpoint.error[:120],
    )
