"""Messages that try to break a page: markup, odd content, odd tool calls. Plain data, as the API takes it."""

import base64
import struct
import zlib
from typing import Any

Message = dict[str, Any]

MARKDOWN = """# A heading of the first rank

| item | price |
|:-----|------:|
| left | 1,204 |
| `a|b` | **2** |

```python
print("</code></pre><script>alert('fence')</script>")
```

[a script](javascript:alert('link')) · [data](data:text/html,<script>alert(1)</script>) · [fine](https://example.com)
<https://example.com/?a=1&b=2> · ![remote](https://tracker.invalid/pixel.png)

> quoted <b onclick="alert(1)">html</b>

1. one
   - nested
     - deeper

<!-- an unclosed comment"""

SCRIPT = """<script>alert("script")</script></textarea></template></article><script src="https://evil.invalid/x.js"></script>
{{ 7 * 7 }} {% debug %} ${7 * 7} <style>*{display:none}</style> <svg onload=alert(1)> <!--"""

IMAGE = """\"><img src=x onerror="alert('attribute')"> ' onmouseover='alert(2) &lt;b&gt; &amp;amp; \x07 \u2028 \ufffd"""

# A right-to-left override that nothing ends, an isolate that nothing ends, Hebrew and Arabic among Latin letters.
BIDI = "invoice_\u202egpj.exe \u2067 \u05e9\u05dc\u05d5\u05dd, world \u0645\u0631\u062d\u0628\u0627 123 \u202d456"
EMOJI = (
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1ed\U0001f1f0 \U0001f44d\U0001f3fd "
    "e\u0301 Z\u0351\u0343\u0357\u0321\u0353algo \u200b|\ufeff|"
)


def png(width: int, height: int, red: int, green: int, blue: int) -> str:
    """A picture of one colour, as base64."""
    rows = (b"\0" + bytes((red, green, blue)) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    data = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + data).decode()


def tool_calls() -> list[dict[str, Any]]:
    """Arguments that are nested, empty, very long, or have names that mean something to a browser or a page."""
    nested: Any = "the bottom"
    for depth in range(40):
        nested = {f"level {depth}": [nested]}
    odd = {
        "nested": nested,
        "empty": {},
        "very_long": {"text": "argument " * 3000},
        "names": {"__proto__": {"polluted": True}, "constructor": {"prototype": 1}, "": "no name", "a.b[0]": None},
        "html": {"<b>key</b>": "</script><script>alert('args')</script>", "quote\"'": [True, False, None, 1.5e300]},
        "<i>tool</i>": {"big": 12000000000000000001, "negative_zero": -0.0},
    }
    return [{"name": name, "args": args, "id": f"call_odd_{at}"} for at, (name, args) in enumerate(odd.items())]


def blocks() -> list[dict[str, Any]]:
    """Content blocks: images that are here, images that are elsewhere, a file, reasoning, and a kind nobody knows."""
    here = png(48, 32, 59, 91, 219)
    return [
        {"type": "text", "text": "Blocks of every kind:"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{here}"}},
        {"type": "image", "base64": png(32, 32, 232, 89, 12), "mime_type": "image/png"},
        {"type": "image_url", "image_url": {"url": "https://tracker.invalid/pixel.png?who=you"}},
        {
            "type": "image_url",
            "image_url": {"url": "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"},
        },
        {"type": "file", "base64": "JVBERi0xLjQK", "mime_type": "application/pdf", "filename": "../../<b>plan</b>.pdf"},
        {"type": "hologram", "payload": {"html": "<script>alert('block')</script>", "depth": [1, [2, [3]]]}},
        {"type": "text", "text": ""},
    ]


def messages() -> list[Message]:
    """The whole conversation, with ids, one trap a message."""
    invalid = [
        {"name": "broken", "args": '{"unclosed": [1, 2', "id": "call_bad", "error": "Expecting ',' <b>delimiter</b>"}
    ]
    big = {"id": 9007199254740993, "tokens": 12000000000000000001, "ratio": 0.1, "html": "<script>alert(1)</script>"}
    conversation: list[Message] = [
        {"type": "human", "content": SCRIPT},
        {"type": "ai", "content": IMAGE},
        {"type": "human", "content": "Show me some Markdown.", "name": "<b>Ana</b>\" onclick=\"alert('name')"},
        {
            "type": "ai",
            "content": MARKDOWN,
            "additional_kwargs": big,
            "response_metadata": {"model_name": "<i>model</i>"},
        },
        {"type": "human", "content": BIDI},
        {"type": "ai", "content": EMOJI},
        {"type": "human", "content": "x" * 20_000},
        {"type": "ai", "content": "", "tool_calls": tool_calls()},
        *[tool_answer(call) for call in tool_calls()],
        {"type": "ai", "content": "", "invalid_tool_calls": invalid},
        {"type": "human", "content": blocks()},
        {
            "type": "ai",
            "content": [{"type": "reasoning", "reasoning": "<script>alert('thought')</script>"}, "plain text"],
        },
        {"type": "ai", "content": []},
        {"type": "ai", "content": None},  # the deployment makes an empty text of it
        {"type": "system", "content": " \n\t "},
        {"type": "human", "content": "", "name": ""},
        {
            "type": "ai",
            "content": "# Still standing?\n\nThis is the last message; everything above should be **visible text**.",
        },
    ]
    return [message | {"id": f"odd-{at}"} for at, message in enumerate(conversation)]


def tool_answer(call: dict[str, Any]) -> Message:
    content = '{"ok": true, "big": 9007199254740993, "html": "<img src=x onerror=alert(1)>"}'
    status = "error" if call["name"] == "empty" else "success"
    return {"type": "tool", "content": content, "tool_call_id": call["id"], "name": call["name"], "status": status}
