"""The pieces in which hosted models send a message: tokens, parts of tool calls, and the usage at the end."""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk

ARGUMENT_PIECE = 12  # characters of JSON in one tool-call chunk


def tokens(text: str) -> list[str]:
    """Cut a text into words with the blanks after them; joined they give the text again."""
    return re.findall(r"\S+\s*|\s+", text)


def call_id(messages: Sequence[BaseMessage], index: int) -> str:
    """Name a tool call after the conversation that led to it, so that a replay gives it the same id."""
    said = json.dumps([[message.type, message.content] for message in messages], default=str)
    return "call_" + hashlib.sha256(f"{index}:{said}".encode()).hexdigest()[:16]


def call_chunks(index: int, name: str, args: dict[str, Any], identity: str) -> list[AIMessageChunk]:
    """The name and id first, then the arguments in pieces, as hosted models send them."""
    text = json.dumps(args, ensure_ascii=False)
    parts = [text[at : at + ARGUMENT_PIECE] for at in range(0, len(text), ARGUMENT_PIECE)]
    head = tool_call_chunk(name=name, args="", id=identity, index=index)
    rest = [tool_call_chunk(args=part, index=index) for part in parts]
    return [AIMessageChunk(content="", tool_call_chunks=[chunk]) for chunk in [head, *rest]]


def last_chunk(messages: Sequence[BaseMessage], spoken: int, reason: str) -> AIMessageChunk:
    heard = sum(len(tokens(message.text)) for message in messages)
    return AIMessageChunk(
        content="",
        usage_metadata=UsageMetadata(input_tokens=heard, output_tokens=spoken, total_tokens=heard + spoken),
        response_metadata={"model_name": "scripted", "finish_reason": reason},
        chunk_position="last",
    )
