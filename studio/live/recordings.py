"""Recordings in the database: one row a relay of a run, and its events in batches of JSON lines, compressed.

Two workers may relay the same run at once, so each relay has rows of its own; the best one is what is read. Every
change is one short transaction.
"""

import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from studio.live.recording import Recorded, Recording
from studio.live.tape import Batch, Limits
from studio.models import EventBatch, RecordedRun

LONGEST_ID = 100
"""Characters of a run id that can stand in an address; nobody can ask for a run with a longer one."""
PARTS = 10
"""A run is let go in so many pieces: a batch holds no more than one of them, and at least one event."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Recorded)


def limits_at(now: datetime) -> Limits:
    """How much is kept, by the settings."""
    return Limits(
        settings.STUDIO_RECORDER_EVENTS,
        int(settings.STUDIO_RECORDER_MB * 1_000_000),
        now - timedelta(hours=settings.STUDIO_RECORDER_HOURS),
    )


def write(batches: Mapping[tuple[str, str], Batch], limits: Limits) -> None:
    """Add what was relayed, by deployment and run id; of each run the oldest batches go until it is within limits."""
    with transaction.atomic():
        for (deployment, run_id), batch in batches.items():
            if len(run_id) > LONGEST_ID or "\0" in run_id:
                continue
            run, _ = RecordedRun.objects.select_for_update().get_or_create(
                deployment=deployment, run_id=run_id, relay=batch.token
            )
            _append(run, batch, limits)
            if run.whole:
                _decide(run)


def read(key: tuple[str, str], limits: Limits) -> Recording | None:
    """What is kept of a run, by deployment and run id; None when that is nothing."""
    deployment, run_id = key
    runs = RecordedRun.objects.filter(deployment=deployment, run_id=run_id)
    best = max(runs, key=lambda run: (run.whole, run.count, run.pk), default=None)
    if best is None:
        return None
    # Batches may come and go between the two looks, so what is lost is told by the events themselves.
    batches = best.batches.order_by("place").values_list("data", flat=True)
    events = [event for data in batches for event in _unpack(data)]
    kept = [event for event in events if event.at >= limits.oldest][-limits.events :]
    return Recording(kept, kept[0].place if kept else best.next, best.whole)


def forget(deployment: str, runs: Iterable[str]) -> None:
    """Remove all that is kept of some runs."""
    RecordedRun.objects.filter(deployment=deployment, run_id__in=list(runs)).delete()


def prune(limits: Limits) -> None:
    """Let go of the runs that were relayed longest ago: those that are too old, and those beyond the bytes."""
    with transaction.atomic():
        runs = RecordedRun.objects.all()
        doomed = set(runs.filter(written_at__lt=limits.oldest).values_list("pk", flat=True))
        total = runs.aggregate(Sum("size"))["size__sum"] or 0
        if total > limits.bytes:
            room = limits.bytes
            for pk, size in runs.order_by("-written_at", "-pk").values_list("pk", "size").iterator():
                room -= size
                if room < 0:
                    doomed.add(pk)
        for pk in doomed:  # what another worker writes to or removes at this moment is not waited for
            if run := runs.filter(pk=pk).select_for_update(skip_locked=True).first():
                run.delete()


def _append(run: RecordedRun, batch: Batch, limits: Limits) -> None:
    if batch.place != run.next:  # something between is lost: what comes before it is no part of the end of the run
        run.batches.all().delete()
        run.count = run.size = 0
    rows = [_row(run, part) for part in _parts(batch.events, limits)]
    EventBatch.objects.bulk_create(rows)
    run.next, run.whole, run.written_at = batch.next, batch.whole, timezone.now()
    run.count += sum(row.count for row in rows)
    run.size += sum(row.size for row in rows)
    if run.count > limits.events or run.size > limits.bytes:
        for place, count, size in list(run.batches.order_by("place").values_list("place", "count", "size")):
            if run.count <= limits.events and run.size <= limits.bytes:
                break
            run.batches.filter(place=place).delete()
            run.count, run.size = run.count - count, run.size - size
    run.save()


def _decide(run: RecordedRun) -> None:
    """Of several whole relays of a run the one with the most events stays."""
    rivals = RecordedRun.objects.filter(deployment=run.deployment, run_id=run.run_id, whole=True).exclude(pk=run.pk)
    if rivals.filter(count__gte=run.count).exists():
        run.delete()
    else:
        rivals.delete()


def _parts(events: list[Recorded], limits: Limits) -> Iterable[list[Recorded]]:
    """The events, in parts that are small beside the limits."""
    part: list[Recorded] = []
    size = 0
    for event in events:
        if part and (len(part) >= limits.events // PARTS or size + event.weight > limits.bytes // PARTS):
            yield part
            part, size = [], 0
        part.append(event)
        size += event.weight
    if part:
        yield part


def _row(run: RecordedRun, events: list[Recorded]) -> EventBatch:
    size = sum(event.weight for event in events)
    return EventBatch(run=run, place=events[0].place, count=len(events), size=size, data=_pack(events))


def _pack(events: list[Recorded]) -> bytes:
    try:
        lines = _encoder.encode_lines(events)
    except UnicodeEncodeError:  # half of a surrogate pair in a name
        lines = _encoder.encode_lines([_clean(event) for event in events])
    return zlib.compress(lines, 1)


def _unpack(data: bytes | memoryview) -> list[Recorded]:
    return _decoder.decode_lines(zlib.decompress(data))


def _clean(event: Recorded) -> Recorded:
    names = tuple(_whole(name) for name in event.namespace)
    return msgspec.structs.replace(event, mode=_whole(event.mode), id=_whole(event.id), namespace=names)


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
