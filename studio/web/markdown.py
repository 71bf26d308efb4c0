"""Markdown to HTML that is safe whatever the text says. The one sanitiser of Studio.

The parser is told not to pass HTML through, and its output goes through an allow-list all the same. Links leave in a
new tab without a referrer; pictures from elsewhere are not loaded but linked, so that opening a thread tells nobody.
"""

from functools import lru_cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

REMEMBERED = 4_000
"""Characters of a text that is kept rendered: a page shows the same messages again and again."""
LONGEST = 100_000
"""Characters that are parsed as markdown; a longer text is shown as it is."""

TAGS = {"a", "blockquote", "br", "code", "del", "em", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"}
TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "td", "th", "thead", "tr"}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}}
SCHEMES = {"http", "https", "mailto"}

_parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])
_parser.disable("image")


def to_html(text: str) -> SafeString:
    """The text as safe HTML."""
    return _remembered(text) if len(text) <= REMEMBERED else _render(text)


@lru_cache(maxsize=1024)
def _remembered(text: str) -> SafeString:
    return _render(text)


def _render(text: str) -> SafeString:
    text = text.encode("utf-8", "replace").decode()  # half of a surrogate pair is nothing that can be sent
    if len(text) > LONGEST:
        return mark_safe(f"<pre>{escape(text)}</pre>")  # noqa: S308 – escaped in the same breath
    html = _parser.render(text)
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return mark_safe(clean)  # noqa: S308 – this is the sanitiser's output
