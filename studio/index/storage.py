"""The index in the database. Each page is stored in one short transaction that subtracts it from the gaps, so a
crash between pages loses nothing and two workers that read the same page do no harm.

Spines that have been read are kept in memory. Every change of the rows has a number, its edition; so a process that
holds a spine reads only the rows that were written since, and all of them anew when some were removed.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from django.db import transaction

from studio.history.coverage import EVERYTHING, Gap, close, reopen
from studio.history.model import Checkpoint
from studio.history.spine import Spine
from studio.index.rows import FIELDS, from_rows, to_rows, whole
from studio.models import CheckpointRow, ThreadIndex

CHECKPOINTS_KEPT = 60_000
"""Checkpoints that are kept in memory, over all threads."""


class Key(NamedTuple):
    """Names one history: that of a thread, or of one of its subgraphs by its checkpoint namespace."""

    deployment: str
    thread_id: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What the index holds of a history: its spine, unread gaps, bytes per checkpoint as measured. `barred`: the
    deployment gives out nothing older; `counted`: how many checkpoints it counted, those of subgraphs included, and
    `counted_with`: how many were known then; `opened` is the number of the latest sync, which goes with each page that
    is read in it."""

    spine: Spine = field(default_factory=Spine)
    gaps: tuple[Gap, ...] = EVERYTHING
    page_bytes: int = 0
    barred: bool = False
    counted: int | None = None
    counted_with: int = 0
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
    def reached(self) -> str:
        """The id below which nothing has been read, "" before the first page; another one after each page."""
        return (self.gaps[0][0] or "") if self.gaps else ""

    @property
    def newest(self) -> str | None:
        """The id of the newest known checkpoint."""
        return self.checkpoints[0].id if self.checkpoints else None


class _Kept(NamedTuple):
    edition: int
    spine: Spine


_keeping = Lock()  # requests look here from several threads
_spines: OrderedDict[str, _Kept] = OrderedDict()
"""Spines by the token of their index; the one used last is at the end."""


def load(key: Key) -> Known:
    """All that is known of a history."""
    index = ThreadIndex.objects.filter(**key._asdict()).first()
    return _known(index) if index else Known()


def begin(key: Key) -> Known:
    """A sync starts: the gap above what is known is open again, and so is the newest known checkpoint, whose tasks may
    have changed. What is known, with that gap in it."""
    with transaction.atomic():
        index = _locked(key)
        newest = index.rows.order_by("-checkpoint_id").values_list("checkpoint_id", flat=True)[:2]
        index.gaps, index.opened = reopen(_gaps(index), newest[1] if len(newest) == 2 else None), index.opened + 1
        index.save(update_fields=["gaps", "opened"])
    return load(key)


def store(
    key: Key,
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
        index = _locked(key)
        if before is None and opened is not None and opened != index.opened:
            before = checkpoints[0].id if checkpoints else floor or ""
        if _remove(index, before, floor, {c.id for c in checkpoints}):
            index.purged = index.edition + 1
        _write(index, checkpoints)
        index.gaps = close(_gaps(index), before, floor)
        index.page_bytes = size // len(checkpoints) if checkpoints else index.page_bytes
        index.save(update_fields=["gaps", "page_bytes", "edition", "purged"])
    return _gaps(index)


def amend(key: Key, checkpoints: list[Checkpoint]) -> None:
    """Write down what may change of known checkpoints; what is not known (any more) is left to a sync."""
    with transaction.atomic():
        index = _locked(key)
        index.edition += 1
        for checkpoint in checkpoints:
            index.rows.filter(checkpoint_id=checkpoint.id).update(
                next=list(checkpoint.next),
                interrupted=checkpoint.interrupted,
                error=checkpoint.error[:120],
                edition=index.edition,
            )
        index.save(update_fields=["edition"])


def bar(key: Key) -> None:
    """Remember that the deployment gives out nothing older than what is known."""
    ThreadIndex.objects.filter(**key._asdict()).update(barred=True)


def count(key: Key, counted: int, known: int) -> None:
    """Remember how many checkpoints the deployment counts when so many are known."""
    ThreadIndex.objects.filter(**key._asdict()).update(counted=counted, counted_with=known)


def doubt(key: Key) -> None:
    """Something that was known is gone: everything has to be read again, and what is not found is dropped then."""
    ThreadIndex.objects.filter(**key._asdict()).update(gaps=list(EVERYTHING), barred=False, counted=None)


def forget(key: Key) -> None:
    """Drop everything known of a thread and its subgraphs: it was deleted."""
    ThreadIndex.objects.filter(deployment=key.deployment, thread_id=key.thread_id).delete()


def _locked(key: Key) -> ThreadIndex:
    return ThreadIndex.objects.select_for_update().get_or_create(**key._asdict())[0]


def _known(index: ThreadIndex) -> Known:
    return Known(
        spine=_spine(index),
        gaps=_gaps(index),
        page_bytes=index.page_bytes,
        barred=index.barred,
        counted=index.counted,
        counted_with=index.counted_with,
        opened=index.opened,
    )


def _write(index: ThreadIndex, checkpoints: list[Checkpoint]) -> None:
    index.edition += 1
    CheckpointRow.objects.bulk_create(
        to_rows(index, checkpoints),
        update_conflicts=True,
        unique_fields=["thread", "checkpoint_id"],
        update_fields=["edition", *FIELDS],
    )


def _remove(index: ThreadIndex, before: str | None, floor: str | None, present: set[str]) -> bool:
    """Drop what a page from `before` down to `floor` would have shown, were it still there; whether anything was."""
    proven = index.rows.all() if before is None else index.rows.filter(checkpoint_id__lt=before)
    proven = proven.filter(checkpoint_id__gte=floor) if floor else proven
    gone = set(proven.values_list("checkpoint_id", flat=True)) - present
    if not gone:
        return False
    some = sorted(gone)
    batches = [some[start : start + 500] for start in range(0, len(some), 500)]  # a query takes only so many variables
    children = [row for batch in batches for row in index.rows.filter(parent_id__in=batch, kept__isnull=False)]
    orphans = [row for row in children if row.checkpoint_id not in gone]
    nodes = _spine(index).tree.nodes if orphans else {}
    whole_rows = [whole(row, nodes[row.checkpoint_id]) for row in orphans]
    CheckpointRow.objects.bulk_update(whole_rows, ["kept", "messages", "channels"], batch_size=500)
    for batch in batches:
        index.rows.filter(checkpoint_id__in=batch).delete()
    return True


def _gaps(index: ThreadIndex) -> tuple[Gap, ...]:
    return tuple((newer, older) for newer, older in index.gaps)


def _spine(index: ThreadIndex) -> Spine:
    """The spine of an index: from memory as far as it is there and still right."""
    kept = _spines.get(index.token)
    if kept is None or kept.edition < index.purged:
        kept = _Kept(-1, Spine())
    if kept.edition < index.edition:
        rows = index.rows.filter(edition__gt=kept.edition) if kept.edition > 0 else index.rows.all()
        read = rows.order_by("checkpoint_id").values_list("checkpoint_id", *FIELDS)
        kept = _Kept(index.edition, kept.spine.with_news(from_rows(read.iterator(), kept.spine.tree.nodes)))
    with _keeping:
        _spines[index.token] = kept
        _spines.move_to_end(index.token)
        held = sum(len(other.spine.checkpoints) for other in _spines.values())
        while held > CHECKPOINTS_KEPT and len(_spines) > 1:
            held -= len(_spines.popitem(last=False)[1].spine.checkpoints)
    return kept.spine
