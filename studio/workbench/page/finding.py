"""Search inside a thread: checkpoints by their node, step, run, error, ids, and by the messages they brought.

A word is looked for everywhere; `node:`, `step:`, `role:`, `tool:`, `is:` and `text:` before it narrow it down. The
index holds no texts, so messages are searched in the state on show: those on the path to it that are still there.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studio.history.messages import Message, conversation, message_channels
from studio.history.model import STOPPED, Checkpoint, Snapshot
from studio.history.spine import Spine
from studio.workbench.page.titles import title

FIELDS = ("node", "step", "role", "tool", "is", "text", "id", "run")
SHORTEST_ID = 4
"""Characters from which on a plain word is looked for in ids too: shorter ones are in every second id."""
AROUND = 40
"""Characters shown on both sides of a word that was found."""


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint that was found, and where a message has the words, if one does."""

    checkpoint: Checkpoint
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class _Text:
    """What a message is searched by, in lower case, and its text as it is."""

    role: str
    tools: str
    lower: str
    text: str


def find(spine: Spine, snapshot: Snapshot | None, words: str) -> list[Found]:
    """The checkpoints in which every word is found, in the order of the drawing."""
    wanted = [_term(word) for word in re.sub(r"\bstep\s+(?=−?-?\d)", "step:", words.lower()).split()]
    texts = _texts(spine, snapshot) if snapshot else {}
    found = []
    for line in spine.drawing.lines:
        if line.kind != "row":
            continue
        checkpoint, brought = line.row.checkpoint, texts.get(line.row.checkpoint.id, ())
        facts = _facts(spine, checkpoint)
        if all(_has(facts, brought, field, word) for field, word in wanted):
            found.append(Found(checkpoint, _excerpt(brought, wanted)))
    return found


def _term(word: str) -> tuple[str, str]:
    """A word and the field it is looked for in, "" for all."""
    field, colon, rest = word.partition(":")
    return (field, rest) if colon and rest and field in FIELDS else ("", word)


def _facts(spine: Spine, checkpoint: Checkpoint) -> dict[str, str]:
    """What a checkpoint itself is found by."""
    special = ["interrupt" * checkpoint.interrupted, checkpoint.source, "fork" * (checkpoint.source == "fork")]
    special += ["edit" * (checkpoint.source == "update")]
    special += ["stopped" if checkpoint.error == STOPPED else f"error {checkpoint.error}"] if checkpoint.error else []
    return {
        "node": " ".join([title(spine.tree, checkpoint), *checkpoint.next]).lower(),
        "step": str(checkpoint.step),
        "is": " ".join(special).lower(),
        "id": checkpoint.id.lower(),
        "run": (checkpoint.run_id or "").lower(),
    }


def _has(facts: Mapping[str, str], brought: Sequence[_Text], field: str, word: str) -> bool:
    match field:
        case "step":
            return facts["step"] == word.replace("−", "-")
        case "role":
            return any(message.role == word for message in brought)
        case "tool":
            return any(word in message.tools for message in brought)
        case "text":
            return any(word in message.lower for message in brought)
        case "":
            names = ("node", "is", "id", "run") if len(word) >= SHORTEST_ID else ("node", "is")
            return (
                any(word in facts[name] for name in names)
                or facts["step"] == word
                or any(word == m.role or word in m.tools or word in m.lower for m in brought)
            )
    return word in facts[field]


def _texts(spine: Spine, snapshot: Snapshot) -> dict[str, list[_Text]]:
    """The messages of a state by the checkpoint that brought them as they are now."""
    origins = spine.lineage(snapshot.checkpoint.id).messages
    found: dict[str, list[_Text]] = {}
    for name in message_channels(snapshot.channels):
        for message in conversation(snapshot.channels[name]):
            origin = origins.get(message.id or "")
            at = (origin.changed or origin.introduced) if origin else None
            if at:
                found.setdefault(at.id, []).append(_text(message))
    return found


def _text(message: Message) -> _Text:
    tools = " ".join([*(call.name for call in message.tool_calls), message.name if message.role == "tool" else ""])
    return _Text(message.role, tools.lower(), message.text.lower(), message.text)


def _excerpt(brought: Sequence[_Text], wanted: Sequence[tuple[str, str]]) -> str:
    """The words around the first word that a message has."""
    for message in brought:
        for field, word in wanted:
            hit = re.search(re.escape(word), message.text, re.IGNORECASE) if field in ("", "text") else None
            if hit:
                start, end = max(0, hit.start() - AROUND), hit.end() + AROUND
                words = " ".join(message.text[start:end].split())
                return "…" * (start > 0) + words + "…" * (end < len(message.text))
    return ""
