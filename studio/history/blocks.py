"""The content of a message in its blocks, in the many shapes in use, and the first words of any value."""

from collections.abc import Iterable
from dataclasses import dataclass

from studio.history.model import Json

TEXT_BLOCKS = ("text", "text-plain", "input_text", "output_text")
THOUGHT_BLOCKS = ("reasoning", "thinking")
CALL_BLOCKS = ("tool_use", "tool_call", "tool_call_chunk", "input_json_delta", "function_call")
MEDIA = {
    "image": "image",
    "image_url": "image",
    "input_image": "image",
    "audio": "file",
    "video": "file",
    "file": "file",
}


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a message's content. `kind`: text, thought, image, file or other; `index`: its place, for edits."""

    kind: str
    index: int
    text: str = ""
    data: str = ""
    url: str = ""
    mime: str = ""
    name: str = ""
    raw: Json = None


def first_words(value: Json, limit: int = 140) -> str:
    """One line that says what a message content, an interrupt's value or any other value is about."""
    if isinstance(value, str):
        words = value
    elif isinstance(value, list):
        words = " ".join(block.text for block in blocks_of(value) if block.text) or f"{len(value)} items"
    elif isinstance(value, dict):
        told = (value.get(key) for key in ("question", "message", "text", "content", "description", "action", "q"))
        words = next((v for v in told if isinstance(v, str) and v), ", ".join(map(str, value)))
    else:
        words = "" if value is None else str(value)
    line = " ".join(words[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def blocks_of(content: Json) -> Iterable[Block]:
    """The blocks of a message's content, whatever it is."""
    if isinstance(content, str):
        yield Block("text", 0, text=content, raw=content)
    elif isinstance(content, list):
        for index, item in enumerate(content):
            yield _block(index, item)
    elif content is not None:
        yield Block("other", 0, raw=content)


def _block(index: int, item: Json) -> Block:
    if isinstance(item, str):
        return Block("text", index, text=item, raw=item)
    if not isinstance(item, dict):
        return Block("other", index, raw=item)
    kind = text_of(item.get("type"))
    if kind in TEXT_BLOCKS and isinstance(item.get("text"), str):
        return Block("text", index, text=text_of(item["text"]), raw=item)
    if kind in THOUGHT_BLOCKS:
        return Block("thought", index, text=text_of(item.get("reasoning") or item.get("thinking")), raw=item)
    if kind in MEDIA:
        return _media(index, MEDIA[kind], item)
    return Block("call" if kind in CALL_BLOCKS else "other", index, raw=item)


def _media(index: int, kind: str, item: dict[str, Json]) -> Block:
    """An image or file in one of the shapes in use: LangChain v0 and v1 blocks, OpenAI's, Anthropic's."""
    inner = next((v for k in ("image_url", "source", "file") if isinstance(v := item.get(k), dict)), {})
    facts = {**item, **inner}
    url = text_of(facts.get("url")) or text_of(item.get("image_url")) or text_of(item.get("file_url"))
    data = text_of(facts.get("base64")) or text_of(facts.get("data")) or text_of(facts.get("file_data"))
    mime = text_of(facts.get("mime_type")) or text_of(facts.get("media_type"))
    if url.startswith("data:"):
        head, _, data = url.partition(",")
        mime, url = mime or head[5:].partition(";")[0], ""
    name = text_of(facts.get("filename")) or text_of(facts.get("name")) or text_of(facts.get("file_id"))
    return Block(kind, index, data=data, url=url, mime=mime, name=name, raw=item)


def text_of(value: Json) -> str:
    """The value when it is a text, else \"\"."""
    return value if isinstance(value, str) else ""
