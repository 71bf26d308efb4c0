"""Database tables of Studio: so far the checkpoint index. No values and no message texts are kept."""

from secrets import token_hex
from typing import ClassVar

from django.db import models


def everything() -> list[tuple[None, None]]:
    """The gaps of a thread of which nothing has been read."""
    return [(None, None)]


def new_version() -> str:
    """A version that no thread has had before."""
    return token_hex(8)


class ThreadIndex(models.Model):
    """What is known of one thread's tree. `gaps` are the unread parts (see studio.history.coverage)."""

    deployment = models.CharField(max_length=255)
    thread_id = models.CharField(max_length=64)
    gaps = models.JSONField(default=everything)
    opened = models.PositiveIntegerField(default=0)
    """How many syncs have begun: a page that was asked for before the latest one began may be out of date."""
    version = models.CharField(max_length=16, default=new_version)
    """Another one after each change of the rows."""
    page_bytes = models.PositiveIntegerField(default=0)
    """Bytes of one checkpoint on the wire, as last measured: sizes the next page."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["deployment", "thread_id"], name="one_index_a_thread")]

    def __str__(self) -> str:
        return f"{self.thread_id} on {self.deployment}"


class CheckpointRow(models.Model):
    """One checkpoint of a thread's spine."""

    thread = models.ForeignKey(ThreadIndex, models.CASCADE, related_name="rows")
    checkpoint_id = models.CharField(max_length=64)
    parent_id = models.CharField(max_length=64, null=True)  # noqa: DJ001 – no parent is not an empty id
    step = models.IntegerField(null=True)
    source = models.CharField(max_length=32)
    next = models.JSONField(default=list)
    created_at = models.DateTimeField(null=True)
    run_id = models.CharField(max_length=64, null=True)  # noqa: DJ001 – edits have no run
    ids_kept = models.PositiveIntegerField(null=True)
    """How many of its parent's message ids it begins with; null: none, and the parent is not looked at."""
    ids_added = models.JSONField(default=list)
    """The message ids after those."""
    messages_digest = models.CharField(max_length=32, blank=True)
    interrupted = models.BooleanField(default=False)
    error = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["thread", "checkpoint_id"], name="one_row_a_checkpoint")
        ]

    def __str__(self) -> str:
        return self.checkpoint_id
