"""The JSON editor of forms: a textarea to the form, to the page and to its code; an editor to whoever looks at it."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.async_api import Browser, Page, expect

from tests.support.page_guard import collect_complaints

FORM = """<form id="x"><label for="field">State</label>
<json-editor{host}><textarea id="field" class="field mono" name="json" rows="3"{area}>
{text}</textarea></json-editor><button class="btn primary">Go</button></form>"""
PUT = """html => {
  document.getElementById("main").innerHTML = html;
  window.sent = [];
  window.heard = [];
  const form = document.querySelector("#main form");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sent.push(new FormData(form).get("json").replaceAll("\\r\\n", "\\n"));
  });
  for (const name of ["input", "change", "keydown"])
    form.addEventListener(name, (event) => heard.push(`${name} of ${event.target.localName}`));
}"""
TEXT = '{\n  "a": [1, 2],\n  "b": {"c": "d"}\n}'
HUGE = '{"id":1},' * 555_555
LONG = HUGE[:300_000]
PASTE = """(content, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  content.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
STATIC = 'new URL("json-check.js", document.querySelector("script[type=module]").src)'


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(browser: Browser, studio_url: str) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page of Studio for all tests of this module, and what it complains of."""
    context = await browser.new_context()
    page, complaints = await context.new_page(), list[str]()
    collect_complaints(page, complaints)
    await page.goto(f"{studio_url}/d/local/threads/")
    yield page, complaints
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(stage: tuple[Page, list[str]]) -> AsyncIterator[Page]:
    """The page that the tests share: each puts a form of its own there."""
    page, complaints = stage
    complaints.clear()
    yield page
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session")
async def fresh(browser: Browser, studio_url: str, page_complaints: list[str]) -> AsyncIterator[Page]:
    """A page of its own, which has fetched nothing yet that is not of every page."""
    context = await browser.new_context()
    page = await context.new_page()
    collect_complaints(page, page_complaints)
    await page.goto(f"{studio_url}/d/local/threads/")
    yield page
    await context.close()
    assert page_complaints == []


async def show(page: Page, text: str = TEXT, host: str = "", area: str = "") -> None:
    """Nothing on the page but a form around an editor."""
    await page.evaluate(PUT, FORM.format(host=host, area=area, text=text))
    await expect(page.locator(".cm-content")).to_be_visible()
    await expect(page.locator("textarea")).to_be_hidden()


async def value(page: Page) -> str:
    return str(await page.locator("#field").input_value())


async def replace(page: Page, text: str) -> None:
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(text)


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.localName"))


async def test_what_is_typed_is_in_the_field_at_once_and_is_sent_to_the_letter(page: Page) -> None:
    await show(page)
    typed = '{"n": 12345678901234567890.10, "e": 1E+400, "o": 1.0, "u": "\\u00e9 é 😀"}'
    await replace(page, typed)
    assert await value(page) == typed
    await page.get_by_role("button", name="Go").click()
    assert await page.evaluate("sent") == [typed]


async def test_the_form_hears_of_changes_as_those_of_a_textarea(page: Page) -> None:
    await show(page, text="1")
    await page.locator(".cm-content").click()
    await page.keyboard.press("End")
    await page.keyboard.type("2")
    assert await page.evaluate("heard.filter((one) => one.startsWith('input'))") == ["input of textarea"]
    await page.keyboard.press("Tab")
    assert (await page.evaluate("heard"))[-1] == "change of textarea"
    assert [one for one in await page.evaluate("heard") if not one.endswith("textarea")] == []
    await page.locator(".cm-content").click()
    await page.keyboard.press("Tab")
    assert (await page.evaluate("heard")).count("change of textarea") == 1, "nothing was changed this time"


async def test_an_error_is_told_with_its_place_and_marked_in_the_gutter(page: Page) -> None:
    await show(page)
    told = page.locator("json-editor [role=status]")
    content = page.locator(".cm-content")
    await expect(told).to_be_empty()
    await replace(page, '{\n"a": 1,\n"b": [1 2]}')
    await expect(told).to_have_text("Line 3, column 9: a comma or ] is missing.")
    await expect(page.locator(".cm-lint-marker-error")).to_have_count(1)
    await expect(content).to_have_attribute("aria-invalid", "true")
    await replace(page, "[]")
    await expect(told).to_be_empty()
    await expect(page.locator(".cm-lint-marker-error")).to_have_count(0)
    await expect(content).to_have_attribute("aria-invalid", "false")


async def test_an_error_that_was_there_before_is_told_at_once(page: Page) -> None:
    await show(page, text="[1,]")
    await expect(page.locator("json-editor [role=status]")).to_have_text(
        "Line 1, column 4: a value is missing before ]."
    )


@pytest.mark.parametrize("keys", ["Control+Enter", "Meta+Enter"])
async def test_the_form_is_sent_with_the_keys_of_the_page(page: Page, keys: str) -> None:
    await show(page, text="1")
    await replace(page, "[2]")
    await page.keyboard.press(keys)
    assert await page.evaluate("sent") == ["[2]"]
    assert await value(page) == "[2]"


async def test_letters_are_typed_and_are_no_shortcuts(page: Page) -> None:
    await show(page, text="")
    await page.locator(".cm-content").click()
    await page.keyboard.type("?/jkgGm")
    assert await value(page) == "?/jkgGm"
    await expect(page.locator("#keys")).to_be_hidden()
    await page.keyboard.press("Control+f")
    await page.keyboard.type("?")
    await expect(page.locator("#keys")).to_be_hidden()


async def test_the_keyboard_is_not_trapped(page: Page) -> None:
    await show(page)
    go = page.get_by_role("button", name="Go")
    await page.locator(".cm-content").click()
    await page.keyboard.press("Tab")
    await expect(go).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(page.locator(".cm-content")).to_be_focused()
    await page.keyboard.press("Escape")
    assert await focused(page) == "body"
    await page.keyboard.press("Tab")
    await expect(go).to_be_focused()
    assert await value(page) == TEXT


async def test_a_text_is_searched_inside(page: Page) -> None:
    await show(page)
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+f")
    await expect(page.locator(".cm-search [name=search]")).to_be_focused()
    await page.keyboard.type('"c"')
    await expect(page.locator(".cm-searchMatch")).to_have_text(['"c"'])
    await page.keyboard.press("Enter")
    assert await page.evaluate("sent") == []
    await page.keyboard.press("Escape")
    await expect(page.locator(".cm-search")).to_have_count(0)
    await expect(page.locator(".cm-content")).to_be_focused()


async def test_lines_are_indented_folded_and_brackets_matched(page: Page) -> None:
    await show(page, text="{}")
    await page.locator(".cm-content").click()
    await page.keyboard.press("Home")
    await expect(page.locator(".cm-matchingBracket")).to_have_count(2)
    await replace(page, '{"a": [')
    await page.keyboard.press("Enter")
    await page.keyboard.type("1")
    await page.keyboard.press("Enter")
    await page.keyboard.type("]}")
    assert await value(page) == '{"a": [\n  1\n]}'
    await expect(page.locator(".cm-content .k").first).to_have_text('"a"')
    await page.locator(".cm-foldGutter svg").locator("visible=true").click()
    await expect(page.locator(".cm-foldPlaceholder")).to_be_visible()
    assert await value(page) == '{"a": [\n  1\n]}'


async def test_what_was_done_is_undone_and_done_again(page: Page) -> None:
    await show(page)
    await replace(page, "[1]")
    await page.keyboard.press("Control+z")
    assert await value(page) == TEXT
    await page.keyboard.press("Control+Shift+z")
    assert await value(page) == "[1]"


async def test_the_editor_has_the_name_of_its_field_and_its_label_leads_there(page: Page) -> None:
    await show(page)
    await expect(page.get_by_role("textbox", name="State", exact=True)).to_be_visible()
    await page.locator("label[for=field]").click()
    await expect(page.locator(".cm-content")).to_be_focused()
    await page.evaluate("document.getElementById('field').blur()")
    assert await focused(page) == "body"
    await page.evaluate("document.getElementById('field').focus()")
    await expect(page.locator(".cm-content")).to_be_focused()
    await page.evaluate("document.querySelector('json-editor').setAttribute('label', 'Input as JSON')")
    await expect(page.get_by_role("textbox", name="Input as JSON", exact=True)).to_be_visible()


async def test_a_field_that_is_read_only_is_read_and_searched(page: Page) -> None:
    await show(page, area=" readonly")
    await page.locator(".cm-content").focus()
    await page.keyboard.type("1")
    await page.keyboard.press("Control+f")
    await expect(page.locator(".cm-search")).to_be_visible()
    await page.keyboard.press("Escape")
    assert await value(page) == TEXT
    await page.evaluate("document.getElementById('field').readOnly = false")
    await expect(page.locator(".cm-content")).to_have_attribute("contenteditable", "true")
    await replace(page, "[]")
    assert await value(page) == "[]"


async def test_a_required_field_that_is_empty_says_so(page: Page) -> None:
    await show(page, text="", area=" required")
    await page.get_by_role("button", name="Go").click()
    await expect(page.locator(".cm-content")).to_be_focused()
    await expect(page.locator("json-editor [role=status]")).not_to_be_empty()
    assert await page.evaluate("sent") == []


async def test_it_is_as_high_as_the_rows_ask_and_grows_up_to_a_part_of_the_page(page: Page) -> None:
    await show(page, text="")
    height = "document.querySelector('json-editor').shadowRoot.querySelector('.cm-editor').offsetHeight"
    small = await page.evaluate(height)
    await page.evaluate("document.getElementById('field').rows = 10")
    await page.wait_for_function(f"() => {height} > 2 * {small}")
    await replace(page, "\n" * 300)
    await page.wait_for_function(f"() => Math.abs({height} - innerHeight * .6) < 3")


async def test_there_is_no_space_for_what_is_not_told(page: Page) -> None:
    await show(page, text="[1]")
    below = """() => {
      const editor = document.querySelector("json-editor");
      const frame = editor.shadowRoot.querySelector("[part=editor]");
      return editor.getBoundingClientRect().bottom - frame.getBoundingClientRect().bottom;
    }"""
    assert await page.evaluate(below) == 0
    await replace(page, "[1 2]")
    await expect(page.locator("json-editor [role=status]")).not_to_be_empty()
    assert await page.evaluate(below) > 15


async def test_it_follows_the_theme(fresh: Page) -> None:
    await show(fresh)
    await fresh.emulate_media(color_scheme="light")
    colour = "getComputedStyle(document.querySelector('json-editor').shadowRoot.querySelector('.cm-content .k')).color"
    light = await fresh.evaluate(colour)
    await fresh.emulate_media(color_scheme="dark")
    dark = await fresh.evaluate(colour)
    assert dark != light
    await fresh.evaluate("document.documentElement.dataset.theme = 'light'")
    assert await fresh.evaluate(colour) == light


async def test_its_styles_are_adopted_and_none_is_in_the_page(page: Page) -> None:
    await show(page)
    assert await page.evaluate("document.querySelector('json-editor').shadowRoot.adoptedStyleSheets.length") == 2
    assert await page.evaluate("document.querySelector('json-editor').shadowRoot.querySelectorAll('style').length") == 0
    assert await page.evaluate("document.querySelectorAll('style').length") == 0


async def test_it_is_fetched_once_and_only_when_one_is_in_view(fresh: Page) -> None:
    fetched: list[str] = []
    fresh.on("request", lambda request: fetched.append(request.url) if "codemirror" in request.url else None)
    editor = "<json-editor><textarea name=json>1</textarea></json-editor>"
    await fresh.evaluate(PUT, f"<form><details><summary>More</summary>{editor}{editor}</details><i></i></form>")
    await fresh.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    assert fetched == []
    await fresh.locator("summary").click()
    await expect(fresh.locator(".cm-content")).to_have_count(2)
    await fresh.evaluate(
        """html => {
          const place = document.querySelector("#main i");
          htmx.swap(place, html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
        }""",
        editor,
    )
    await expect(fresh.locator(".cm-content")).to_have_count(3)
    assert len(fetched) == 1
    assert re.search(r"/static/[0-9a-f]{12}/vendor/codemirror\.min\.js$", fetched[0])


async def test_without_the_bundle_the_textarea_does(fresh: Page, page_complaints: list[str]) -> None:
    await fresh.route("**/codemirror.min.js", lambda route: route.abort())
    async with fresh.expect_event("requestfailed"):
        await fresh.evaluate(PUT, FORM.format(host="", area="", text=TEXT))
    await fresh.locator("#field").fill("[1")
    await fresh.keyboard.press("Control+Enter")
    assert await fresh.evaluate("sent") == ["[1"]
    assert await fresh.locator(".cm-content").count() == 0
    assert all("codemirror.min.js" in one for one in page_complaints)
    page_complaints.clear()


async def test_one_who_types_already_goes_on_in_the_editor(fresh: Page) -> None:
    await fresh.evaluate(PUT, FORM.format(host=" hidden", area="", text="12"))
    await fresh.evaluate(
        """() => {
          const field = document.getElementById("field");
          document.querySelector("json-editor").hidden = false;
          field.focus();
          field.setSelectionRange(1, 1);
        }"""
    )
    await expect(fresh.locator(".cm-content")).to_be_focused()
    await fresh.keyboard.type("0")
    assert await value(fresh) == "102"


async def test_an_editor_that_is_moved_or_taken_out_and_put_back_still_works(page: Page) -> None:
    await show(page)
    await replace(page, "[1]")
    await page.evaluate("document.getElementById('x').prepend(document.querySelector('json-editor'))")
    await expect(page.locator(".cm-content")).to_have_text("[1]")
    await page.evaluate(
        """() => {
          const editor = document.querySelector("json-editor");
          editor.remove();
          setTimeout(() => document.getElementById("x").append(editor));
        }"""
    )
    await expect(page.locator(".cm-content")).to_have_text("[1]")
    await replace(page, "[2]")
    assert await value(page) == "[2]"


async def test_another_textarea_in_its_place_is_taken_up(page: Page) -> None:
    await show(page)
    await page.evaluate(
        "document.querySelector('json-editor').innerHTML = '<textarea id=field name=json>[3]</textarea>'"
    )
    await expect(page.locator(".cm-content")).to_have_text("[3]")
    await replace(page, "[4]")
    assert await value(page) == "[4]"


async def test_five_megabytes_are_taken_kept_and_sent(page: Page) -> None:
    await show(page, text="[")
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+End")
    await page.locator(".cm-content").evaluate(PASTE, HUGE)
    told = page.locator("json-editor [role=status]")
    await expect(told).to_have_text("Longer than 200 KB: without colours, and checked only when it is sent.")
    await page.keyboard.press("Control+End")
    await page.keyboard.type("1]")
    await page.keyboard.press("Control+Enter")
    assert await page.evaluate("text => [sent.length, sent[0] === text]", f"[{HUGE}1]") == [1, True]
    await page.keyboard.type(" ")
    await page.evaluate("sent.push(new FormData(document.getElementById('x')).get('json'))")
    assert await page.evaluate("text => sent[1] === text", f"[{HUGE}1] ")
    assert await page.evaluate("text => document.getElementById('field').value === text", f"[{HUGE}1] ")
    await replace(page, "[1 2]")
    await expect(told).to_have_text("Line 1, column 4: a comma or ] is missing.")
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Go").press("Enter")
    assert await page.evaluate("sent[2]") == "[1 2]"


async def test_a_long_text_that_is_left_is_in_the_field(page: Page) -> None:
    await show(page, text="")
    await page.locator(".cm-content").click()
    await page.locator(".cm-content").evaluate(PASTE, LONG)
    await page.keyboard.press("Tab")
    native = "Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').get.call(field).length"
    assert await page.evaluate(f"(field => {native})(document.getElementById('field'))") == len(LONG)


@pytest.mark.parametrize("text", ["[" * 190_000, '"' + "a" * 190_000, "[" * 20_000 + "]" * 20_000], ids=len)
async def test_texts_that_are_hard_to_show_are_shown(page: Page, text: str) -> None:
    await show(page, text="")
    await page.locator("#field").evaluate("(field, text) => { field.value = text; }", text)
    await page.locator(".cm-content").click()
    await page.keyboard.press("Control+Home")
    await page.keyboard.type(" ")
    assert await value(page) == f" {text}"


# What people, code and servers do to a field, beside a plain textarea that goes through the same.
PLAY = """async (games) => {
  const form = document.getElementById("x");
  const wrong = [];
  for (const game of games) {
    form.innerHTML = "<json-editor><textarea name=json>1</textarea></json-editor>";
    const editor = form.querySelector("json-editor");
    const twin = document.createElement("textarea");
    twin.defaultValue = "1";
    form.append(twin);
    while (!editor.view) await new Promise((done) => setTimeout(done));
    for (const [how, text, part] of game) {
      const area = editor.querySelector("textarea");
      const { length } = twin.value;
      const from = Math.floor(length * part);
      if (how === "type") {
        editor.view.dispatch({ changes: { from, to: Math.min(length, from + 2), insert: text } });
        const old = twin.value;
        twin.value = old.slice(0, from) + text + old.slice(Math.min(length, from + 2));
      } else if (how === "set") for (const one of [area, twin]) one.value = text;
      else if (how === "default") for (const one of [area, twin]) one.defaultValue = text;
      else if (how === "range") {
        for (const one of [area, twin]) one.setRangeText(text, 0, 0);
        area.dispatchEvent(new Event("input"));
      } else if (how === "reset") form.reset();
      else if (how === "move") form.prepend(editor);
      else if (how === "morph") {
        const fresh = document.createElement("template");
        fresh.innerHTML = "<json-editor><textarea name=json></textarea></json-editor>";
        fresh.content.querySelector("textarea").defaultValue = text;
        Idiomorph.morph(editor, fresh.innerHTML, { morphStyle: "outerHTML" });
        twin.value = area.value;
        twin.defaultValue = area.defaultValue;
        if (area.value.trim() !== text.trim()) wrong.push(["morph", area.value, text]);
      }
      await new Promise((done) => setTimeout(done));
      const seen = [editor.view.state.doc.toString(), area.value];
      const sent = new FormData(form).get("json").replaceAll("\\r", ""); // half a character is not sent
      const same = seen.every((one) => one === twin.value) && sent === twin.value.toWellFormed();
      if (!same) wrong.push([game, how, text, seen, twin.value]);
    }
  }
  return wrong;
}"""


def examples(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """So many examples, to be tried in the browser in one go."""
    found: list[Any] = []

    @given(strategy)
    @settings(max_examples=count, database=None, deadline=None)
    def collect(example: Any) -> None:
        found.append(example)

    collect()
    return found


async def test_the_editor_and_its_field_never_part(page: Page) -> None:
    await show(page)
    ways = st.sampled_from(["type", "type", "set", "default", "range", "reset", "move", "morph"])
    texts = st.text('{"a": 1😀\n', max_size=8)
    moves = st.tuples(ways, texts, st.floats(0, 1))
    assert await page.evaluate(PLAY, examples(st.lists(moves, max_size=8), 40)) == []


def is_json(text: str) -> bool:
    """Whether a text is JSON to Python, which knows three numbers too many."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse)
    except ValueError:
        return False
    return True


async def test_the_check_agrees_with_other_parsers_and_points_into_the_text(page: Page) -> None:
    values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    )
    written = st.builds(json.dumps, values, ensure_ascii=st.booleans(), indent=st.sampled_from([None, 1]))
    pieces = [*list('{}[],:"\\ \n\t1-+.eE0'), "true", "NaN", "None", "😀", "\\u00e9", "'", "//", "\x00", "\u2028"]
    spoiled = st.builds(
        lambda text, at, gone, piece: text[: int(at * len(text))] + piece + text[int(at * len(text)) + gone :],
        written,
        st.floats(0, 1),
        st.integers(0, 2),
        st.sampled_from(["", *pieces]),
    )
    soup = st.lists(st.sampled_from(pieces), max_size=8).map("".join)
    texts = [text for text in examples(written | spoiled | soup, 700) if text.strip(" \t\n\r")]
    errors = await page.evaluate(
        f"""async (texts) => {{
          const {{ firstError }} = await import({STATIC});
          return texts.map((text) => {{
            const error = firstError(text);
            return error && {{ ...error, before: text.slice(0, error.from) }};
          }});
        }}""",
        texts,
    )
    assert [text for text, error in zip(texts, errors, strict=True) if (error is None) != is_json(text)] == []
    assert sum(error is None for error in errors) > 35
    for text, error in zip(texts, errors, strict=True):
        if error is None:
            continue
        before = error["before"]
        assert text.startswith(before)
        assert error["from"] <= error["to"] <= len(text.encode("utf-16-le")) // 2
        assert (error["line"], error["column"]) == (before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
        assert error["reason"]


async def test_nothing_is_said_of_a_field_without_any_text(page: Page) -> None:
    await show(page, text="\n ", area=' placeholder="as the run before"')
    await expect(page.locator("json-editor [role=status]")).to_be_empty()
    await page.locator("#field").evaluate("(field) => { field.value = ''; }")
    await expect(page.locator(".cm-placeholder")).to_have_text("as the run before")
