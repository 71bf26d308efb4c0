"""What a fake deployment holds, as the JSON that the official server sends."""

import re
from typing import Any

from studio.testing.model import FakeCheckpoint, FakeRun, FakeTask, FakeThread


def thread_row(thread: FakeThread) -> dict[str, Any]:
    """A thread with its newest values."""
    head = None if thread.untouched_copy else thread.find(None)
    return {
        "thread_id": thread.id,
        "created_at": thread.created_at.isoformat(),
        "updated_at": thread.updated_at.isoformat(),
        "state_updated_at": thread.updated_at.isoformat(),
        "metadata": thread.metadata,
        "status": thread.status,
        "config": {},
        "values": head.values if head else None,
        "error": thread.error,
        "interrupts": {t.id: t.interrupts for t in (head.tasks if head else []) if t.interrupts and t.result is None},
    }


def state_row(thread: FakeThread, checkpoint: FakeCheckpoint | None, asked_id: str | None = None) -> dict[str, Any]:
    """A state; an empty one for an unknown checkpoint, as servers do."""
    if checkpoint is None:
        pointer = {"checkpoint_id": asked_id, "thread_id": thread.id} if asked_id else None
        empty: dict[str, Any] = {
            "values": {},
            "next": [],
            "tasks": [],
            "metadata": None,
            "created_at": None,
            "interrupts": [],
        }
        return empty | _pointers(pointer, None)
    parent = _pointer(thread, checkpoint.parent_id) if checkpoint.parent_id else None
    return {
        "values": checkpoint.values,
        "next": list(checkpoint.next),
        "tasks": [_task_row(thread, task) for task in checkpoint.tasks],
        "metadata": _metadata(thread, checkpoint),
        "created_at": checkpoint.created_at.isoformat(),
        "interrupts": [question for task in checkpoint.tasks for question in task.interrupts],
    } | _pointers(_pointer(thread, checkpoint.id), parent)


def run_row(run: FakeRun) -> dict[str, Any]:
    """A run, its configuration filled up with what is the server's own."""
    config = run.asked.get("config") or {}
    own = {"run_id": run.id, "thread_id": run.thread_id, "graph_id": run.graph_id, "assistant_id": run.assistant_id}
    context = run.asked.get("context") or {}
    configurable = {
        **context,
        "user_id": "",
        "langgraph_request_id": run.id,
        **(config.get("configurable") or {}),
        **own,
    }
    return {
        "run_id": run.id,
        "thread_id": run.thread_id,
        "assistant_id": run.assistant_id,
        "metadata": (run.asked.get("metadata") or {})
        | {"created_by": "system", "graph_id": run.graph_id, "assistant_id": run.assistant_id},
        "status": run.status,
        "kwargs": {
            "input": run.asked.get("input"),
            "command": run.asked.get("command"),
            "config": config | {"configurable": configurable},
            "context": context,
            "stream_mode": run.asked.get("stream_mode") or ["values"],
            "interrupt_before": run.asked.get("interrupt_before"),
            "interrupt_after": run.asked.get("interrupt_after"),
            "webhook": run.asked.get("webhook"),
        },
        "multitask_strategy": run.asked.get("multitask_strategy", "enqueue"),
        "created_at": run.created_at.isoformat(),
        "updated_at": run.updated_at.isoformat(),
    }


def extracted(row: dict[str, Any], path: str) -> Any:
    """What stands at a path such as `values.messages[-1].content`, None where there is nothing."""
    value: Any = row
    for name, index in re.findall(r"(\w+)|\[(-?\d+)\]", path):
        try:
            value = value[name] if name else value[int(index)]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _metadata(thread: FakeThread, checkpoint: FakeCheckpoint) -> dict[str, Any]:
    known = {key: thread.metadata[key] for key in ("graph_id", "assistant_id") if key in thread.metadata}
    made_by = {"run_id": checkpoint.run_id} if checkpoint.run_id else {}
    place = {"thread_id": thread.id, "source": checkpoint.source, "step": checkpoint.step, "parents": thread.parents}
    return known | made_by | place


def _task_row(thread: FakeThread, task: FakeTask) -> dict[str, Any]:
    return {
        "id": task.id,
        "name": task.name,
        "path": ["__pregel_pull", task.name],
        "error": task.error,
        "interrupts": task.interrupts,
        "checkpoint": {"checkpoint_ns": task.namespace, "thread_id": thread.id} if task.namespace else None,
        "state": None,
        "result": task.result,
    }


def _pointer(thread: FakeThread, checkpoint_id: str) -> dict[str, Any]:
    return {"checkpoint_id": checkpoint_id, "thread_id": thread.id, "checkpoint_ns": thread.namespace}


def _pointers(checkpoint: dict[str, Any] | None, parent: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "checkpoint": checkpoint,
        "parent_checkpoint": parent,
        "checkpoint_id": checkpoint["checkpoint_id"] if checkpoint else None,
        "parent_checkpoint_id": parent["checkpoint_id"] if parent else None,
    }
