"""Database tables of Studio. The checkpoint index holds no values and no message texts. The events of runs do: they are
here only where the recorder is told to keep them in the database."""

from secrets import token_hex
from typing import ClassVar

from django.db import models
from django.utils import timezone


def everything() -> list[tuple[None, None]]:
    """The gaps of a thread of which nothing has been read."""
    return [(None, None)]


def new_token() -> str:
    """A name that no index has had before."""
    return token_hex(8)


class ThreadIndex(models.Model):
    """What is known of one history: a thread's own (`namespace` "") or that of one of its subgraphs. `gaps` are the
    unread parts (see studio.history.coverage)."""

    deployment = models.CharField(max_length=255)
    thread_id = models.CharField(max_length=64)
    namespace = models.CharField(max_length=1000, blank=True)
    token = models.CharField(max_length=16, default=new_token)
    """Tells this index from one that was forgotten and begun anew."""
    gaps = models.JSONField(default=everything)
    barred = models.BooleanField(default=False)
    """Whether the deployment gives out nothing older than what has been read."""
    opened = models.PositiveIntegerField(default=0)
    """How many syncs have begun: a page that was asked for before the latest one began may be out of date."""
    edition = models.PositiveIntegerField(default=0)
    """Counts the changes of the rows."""
    purged = models.PositiveIntegerField(default=0)
    """The edition in which rows were removed last."""
    page_bytes = models.PositiveIntegerField(default=0)
    """Bytes of one checkpoint on the wire, as last measured: sizes the next page."""
    counted = models.PositiveIntegerField(null=True)
    """How many checkpoints the deployment counted when all were known, those of subgraphs included."""
    counted_with = models.PositiveIntegerField(default=0)
    """How many rows there were then."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deployment", "thread_id", "namespace"], name="one_index_a_history")
        ]

    def __str__(self) -> str:
        return f"{self.thread_id} on {self.deployment} {self.namespace}".strip()


class CheckpointRow(models.Model):
    """One checkpoint of a spine. Messages and channels are kept as what they add to those of its parent."""

    thread = models.ForeignKey(ThreadIndex, models.CASCADE, related_name="rows")
    checkpoint_id = models.CharField(max_length=64)
    edition = models.PositiveIntegerField(default=0)
    """That of the index when this row was written."""
    parent_id = models.CharField(max_length=64, null=True)  # noqa: DJ001 – no parent is not an empty id
    step = models.IntegerField(null=True)
    source = models.CharField(max_length=32)
    next = models.JSONField(default=list)
    created_at = models.DateTimeField(null=True)
    run_id = models.CharField(max_length=64, null=True)  # noqa: DJ001 – edits have no run
    kept = models.PositiveIntegerField(null=True)
    """How many of its parent's messages it begins with; null: what follows is whole, and the parent not looked at."""
    messages = models.JSONField(default=list)
    """The marks of the messages after those: [id, hash], or [id, hash, tokens in, tokens out]."""
    channels = models.JSONField(default=dict)
    """Hash and size of the channels that differ from the parent's; null for one that is gone."""
    interrupted = models.BooleanField(default=False)
    error = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "checkpoint_id"], name="one_row_a_checkpoint")
        ]

    def __str__(self) -> str:
        return self.checkpoint_id


class RecordedRun(models.Model):
    """One relay of a run, of which the events are kept for a while. Sizes are bytes of JSON and what goes with it, not
    those on the disk."""

    deployment = models.CharField(max_length=255)
    run_id = models.CharField(max_length=100)
    relay = models.CharField(max_length=16)
    """Tells relays by different workers apart."""
    next = models.PositiveIntegerField(default=0)
    """The place of the event that would come next: how many have been relayed."""
    count = models.PositiveIntegerField(default=0)
    """How many of them are kept, the newest."""
    size = models.PositiveBigIntegerField(default=0)
    whole = models.BooleanField(default=False)
    """Whether the run was relayed to its end without gaps."""
    written_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["deployment", "run_id", "relay"], name="one_recording_a_relay")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} on {self.deployment}"


class EventBatch(models.Model):
    """Events that were written at once: compressed lines of JSON."""

    run = models.ForeignKey(RecordedRun, models.CASCADE, related_name="batches")
    place = models.PositiveIntegerField()
    """That of its first event."""
    count = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "place"], name="one_batch_a_place")]

    def __str__(self) -> str:
        return f"{self.count} events from {self.place}"
