"""The index in the database. Each page is stored in one short transaction that subtracts it from the gaps, so a
crash between pages loses nothing and two workers that read the same page do no harm."""

from dataclasses import asdict, dataclass

from django.db import transaction

from studio.history.coverage import EVERYTHING, Gap, close, reopen
from studio.history.model import Checkpoint
from studio.models import CheckpointRow, ThreadIndex

FIELDS = (
    "parent_id",
    "step",
    "source",
    "next",
    "created_at",
    "run_id",
    "message_ids",
    "messages_digest",
    "interrupted",
    "error",
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the index holds of a thread: checkpoints (newest first), unread gaps, bytes per checkpoint as measured."""

    checkpoints: tuple[Checkpoint, ...] = ()
    gaps: tuple[Gap, ...] = EVERYTHING
    page_bytes: int = 0

    @property
    def complete(self) -> bool:
        """Whether the whole tree is known, as of the last sync."""
        return not self.gaps

    @property
    def newest(self) -> str | None:
        """The id of the newest known checkpoint."""
        return self.checkpoints[0].id if self.checkpoints else None


def load(deployment: str, thread_id: str) -> Known:
    """All that is known of a thread."""
    index = ThreadIndex.objects.filter(deployment=deployment, thread_id=thread_id).first()
    if index is None:
        return Known()
    rows = index.rows.order_by("-checkpoint_id").values("checkpoint_id", *FIELDS)
    return Known(tuple(_checkpoint(row) for row in rows), _gaps(index), index.page_bytes)


def begin(deployment: str, thread_id: str) -> Known:
    """Open the gap above the newest known checkpoint: a sync starts. What is known before it."""
    with transaction.atomic():
        index, _ = ThreadIndex.objects.select_for_update().get_or_create(deployment=deployment, thread_id=thread_id)
        newest = index.rows.order_by("-checkpoint_id").values_list("checkpoint_id", flat=True).first()
        index.gaps = reopen(_gaps(index), newest)
        index.save(update_fields=["gaps"])
    return load(deployment, thread_id)


def store(
    deployment: str, thread_id: str, before: str | None, checkpoints: list[Checkpoint], *, size: int, last: bool
) -> tuple[Gap, ...]:
    """Add a page that was read from `before` downwards, drop what it proves to be gone; the gaps that are left."""
    floor = None if last or not checkpoints else checkpoints[-1].id
    with transaction.atomic():
        index, _ = ThreadIndex.objects.select_for_update().get_or_create(deployment=deployment, thread_id=thread_id)
        proven = index.rows.all()
        proven = proven.filter(checkpoint_id__lt=before) if before else proven
        proven = proven.filter(checkpoint_id__gte=floor) if floor else proven
        proven.exclude(checkpoint_id__in=[c.id for c in checkpoints]).delete()
        CheckpointRow.objects.bulk_create(
            [_row(index, c) for c in checkpoints],
            update_conflicts=True,
            unique_fields=["thread", "checkpoint_id"],
            update_fields=list(FIELDS),
        )
        index.gaps = close(_gaps(index), before, floor)
        index.page_bytes = size // len(checkpoints) if checkpoints else index.page_bytes
        index.save(update_fields=["gaps", "page_bytes"])
    return _gaps(index)


def forget(deployment: str, thread_id: str) -> None:
    """Drop everything known of a thread: it was deleted."""
    ThreadIndex.objects.filter(deployment=deployment, thread_id=thread_id).delete()


def _gaps(index: ThreadIndex) -> tuple[Gap, ...]:
    return tuple((newer, older) for newer, older in index.gaps)


def _row(index: ThreadIndex, checkpoint: Checkpoint) -> CheckpointRow:
    facts = asdict(checkpoint)
    facts["next"], facts["message_ids"] = list(checkpoint.next), list(checkpoint.message_ids)
    facts["error"] = checkpoint.error[:120]
    return CheckpointRow(thread=index, checkpoint_id=facts.pop("id"), **facts)


def _checkpoint(row: dict[str, object]) -> Checkpoint:
    facts = {name: row[name] for name in FIELDS}
    facts["next"], facts["message_ids"] = tuple(row["next"]), tuple(row["message_ids"])  # type: ignore[arg-type]
    return Checkpoint(id=str(row["checkpoint_id"]), **facts)  # type: ignore[arg-type]
