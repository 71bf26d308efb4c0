"""Whatever a message says, its HTML does nothing."""

from functools import partial
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.web.markdown import LONGEST, to_html
from tests.support.effort import growth
from tests.web.markup import Markup

# Written out, so that a change of the allow-list is a change here too.
PLAIN = ["blockquote", "br", "del", "em", "hr", "li", "p", "pre", "s", "strong", "ul"]
PLAIN += ["h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "td", "th", "thead", "tr"]
ALLOWED: dict[str, set[str]] = {
    **{tag: set() for tag in PLAIN},
    "a": {"href", "title", "rel", "target"},
    "ol": {"start"},
    "code": {"class"},
}


def check(html: str) -> Markup:
    """Only what is allowed is in it; every link is one that may be followed."""
    markup = Markup(html)
    assert markup.odd == []
    for element in markup.elements:
        assert element.tag in ALLOWED
        assert element.attributes.keys() <= ALLOWED[element.tag]
        if element.tag == "a":
            href = element.attributes.get("href") or ""
            assert urlsplit(href).scheme in ("", "http", "https", "mailto")
            assert not any(letter in href for letter in "\t\n\r\x00")
            assert element.attributes["target"] == "_blank"
            assert element.attributes["rel"] == "noopener noreferrer nofollow"
    return markup


ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//e.org></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>body{background:url(//e.org)}</style>",
    "<base href=//e.org>",
    "<form action=//e.org><button>x</button></form>",
    "<div hx-get=/d/local/threads/ hx-trigger=load>x</div>",
    "<p id=conversation data-message-id=x class=panel>x</p>",
    "<!-- --><script>alert(1)</script>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php alert(1) ?>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](data:image/png;base64,QQ==)",
    "[x](data:image/gif;base64,QQ==)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://e.org "\\"><script>alert(1)</script>")',
    "[x](https://e.org/'\"><script>)",
    '[x](https://e.org" onmouseover="alert(1))',
    "![x](https://e.org/pixel.png)",
    '![x](x"onerror="alert(1))',
    "![](javascript:alert(1))",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "``` x onclick=alert(1)\nx\n```",
    "`<img src=x onerror=alert(1)>`",
    "|a|\n|-|\n|<script>alert(1)</script>|",
    "|a|\n|:-:|\n|x|",
    "# <img src=x onerror=alert(1)>",
    "> <script>alert(1)</script>",
    "~~<script>~~",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\<script\\>",
    "9999999999. x",
    "5. x",
    "a\x00b<\x00script>",
    "half \ud83d of a pair",
    "\u202e<script>",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_gets_through(text: str) -> None:
    check(to_html(text))


@pytest.mark.parametrize("text", ["<b>bold</b>", "<script>x</script>", "a <br> b", "<!-- hidden -->"])
def test_markup_is_shown_as_it_was_written(text: str) -> None:
    assert Markup(to_html(text)).text.strip() == text


def test_a_picture_from_elsewhere_is_not_loaded() -> None:
    html = to_html("![a cat](https://e.org/cat.png)")
    assert "<img" not in html
    assert '<a href="https://e.org/cat.png"' in html


def test_what_people_write_is_rendered() -> None:
    markup = check(
        to_html("# T\n\n*a* **b** `c` ~~d~~\n\n- x\n\n3. y\n\n> z\n\n|h|\n|-|\n|v|\n\n---\n\n```py\n1<2\n```")
    )
    tags = {element.tag for element in markup.elements}
    assert tags >= {"h1", "em", "strong", "code", "s", "ul", "li", "ol", "blockquote", "table", "td", "hr", "pre"}
    assert "1<2" in markup.text


def test_links_leave_in_a_new_tab_and_tell_nobody() -> None:
    (_, link) = check(to_html("[x](https://e.org/?a=1&b=2 'title')")).elements
    assert link.attributes["href"] == "https://e.org/?a=1&b=2"
    assert link.attributes["title"] == "title"


MARKUP = [
    "<script>",
    "</script>",
    "<img ",
    "src=x ",
    "onerror=alert(1)>",
    "<a ",
    "href=",
    "<!--",
    "-->",
    "<svg>",
    "style=",
]
MARKUP += ["<![CDATA[", "javascript:", "data:text/html,", "http://", "&colon;", "&#x6A;"]
SIGNS = [
    "[x](",
    ")",
    "![",
    "]",
    "[x]:",
    "```",
    "`",
    "~~",
    "**",
    "_",
    ">",
    "- ",
    "1. ",
    "|",
    "|-|",
    "#",
    "\\",
    "&",
    ";",
    "<",
]
SIGNS += ["'", '"']
PIECES = st.lists(
    st.one_of(
        st.sampled_from(MARKUP),
        st.sampled_from(SIGNS),
        st.sampled_from(["\n", "\n\n", " ", "    ", "\t", "\x00", "\r\n"]),
        st.text(max_size=4),
        st.characters(),
    ),
    max_size=14,
).map("".join)


@given(PIECES)
@settings(max_examples=300)
def test_no_text_at_all_gets_through(text: str) -> None:
    check(to_html(text))


HARD = ["[", "*a", "> ", "- ", "`a``", "![](", "[a](", "<a", "_", "~~a", "\\", "&#", "a\n", "|", '[](b "', "**a *b "]


@pytest.mark.parametrize("piece", HARD)
def test_what_a_text_costs_is_in_proportion_to_its_length(piece: str) -> None:
    assert growth(lambda length: partial(to_html, (piece * length)[:length]), 1_000) < 2.2
    check(to_html((piece * 20_000)[:20_000]))


def test_a_very_long_text_is_shown_as_it_is() -> None:
    text = "<b>*x*</b>" * (LONGEST // 10 + 1)
    markup = check(to_html(text))
    assert [element.tag for element in markup.elements] == ["pre"]
    assert markup.text == text


def test_a_deep_nest_of_quotes_and_lists_is_no_matter() -> None:
    check(to_html(">" * 5_000 + "a"))
    check(to_html("\n".join(" " * depth + "- a" for depth in range(300))))
