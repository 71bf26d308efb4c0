"""Runs that scripts start, seen in the browser: on the page of the thread, in the list, in a message of the browser,
and as numbers that a person calls progress."""

import asyncio
import re
from typing import Any

from langgraph_sdk.client import LangGraphClient
from playwright.async_api import Page, expect

from tests.support.opened import PATIENT, open_page
from tests.support.sdk import new_thread, stop_all, witness, work

WATCH = """
window.told = [];
new MutationObserver(() => {
  const said = [...document.querySelectorAll("#live article .text")].map((text) => text.textContent).join("");
  if (said !== told.at(-1)) told.push(said);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
"""Notes what streams, each time when it has changed."""
NOTICES = """
window.shown = [];
window.Notification = class {
  static permission = "granted";
  static requestPermission = async () => "granted";
  constructor(title, { body }) { document.documentElement.dataset.shown = shown.push([title, body]); }
  close() {}
};
"""
HIDE = "() => Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })"
ONE_FRAME = "() => document.querySelector('thread-live').cursor.endsWith('.1')"
SEND_NUMBERS = """([numbers, text]) => {
  const told = JSON.stringify(numbers).replaceAll('"', "&quot;");
  const line = `<span class="spinner"></span><span data-numbers="${told}">${text}</span>`;
  const html = `<div hx-swap-oob="innerHTML:#progress">${line}</div>`;
  const page = document.querySelector("thread-live");
  page.take({ type: "frame", seq: Number(page.cursor.split(".").pop()), html, tokens: 0, at: 0 });
}"""
"""Lets the page believe that its run has sent these numbers."""


def working(page: Page) -> Any:
    return expect(page.locator("#runstate"))


async def test_runs_of_scripts_show_whatever_they_stream(page: Page, studio_url: str, server_url: str) -> None:
    """Five scripts at once, each on a thread that is open in a tab."""
    modes = ("values", "messages", "messages-tuple", "events", None)
    async with witness(server_url) as client:
        tabs = {mode: await page.context.new_page() for mode in modes}
        await asyncio.gather(*(follows(tabs[mode], client, studio_url, mode) for mode in modes))


async def follows(page: Page, client: LangGraphClient, studio_url: str, mode: Any) -> None:
    """The page shows the run of a script from its beginning to its end."""
    await page.add_init_script(WATCH)
    asked = {"stream_mode": mode} if mode else {}
    thread_id = await new_thread(client, "chat")
    await open_page(page, studio_url, thread_id)
    said = "I like **bold** words, " + " ".join(f"word{number}" for number in range(300))
    given: Any = {"messages": [{"role": "user", "content": said}]}
    run = await client.runs.create(thread_id, "chat", input=given, **asked)
    await working(page).to_have_attribute("data-run-id", run["run_id"], timeout=PATIENT)
    await expect(page.locator("#conversation article[data-role=human]")).to_be_visible(timeout=PATIENT)
    answer = page.locator("#conversation article[data-role=ai]")
    await expect(answer.locator("strong")).to_have_text("bold", timeout=PATIENT)
    await working(page).not_to_have_attribute("data-run-id", re.compile("."), timeout=PATIENT)
    await expect(page.locator("#progress")).to_be_empty()
    await expect(page.locator("#live article")).to_have_count(0)
    history = await client.threads.get_history(thread_id, limit=100)
    await expect(page.locator("[data-checkpoint-id]")).to_have_count(len(history))
    values: Any = history[0]["values"]
    final = values["messages"][-1]["content"]
    await expect(answer).to_contain_text(final.replace("**", ""))
    told = await page.evaluate("told")
    assert [text for text in told if text not in final] == [], mode
    if mode in ("messages", "messages-tuple", "events"):
        assert any("word20 " in text for text in told if text != final), mode


async def test_the_list_of_threads_follows_what_scripts_do(page: Page, studio_url: str, server_url: str) -> None:
    async with witness(server_url) as client:
        busy, quick = await new_thread(client), await new_thread(client, "chat")
        await page.goto(f"{studio_url}/d/local/threads/")
        rows = {one: page.locator(f"tr[data-thread-id='{one}']") for one in (busy, quick)}
        for row in rows.values():
            await expect(row).to_have_attribute("data-status", "idle")
        await work(client, busy)
        made = await new_thread(client, "chat")
        await expect(rows[busy].locator(".chip")).to_have_text("busy", timeout=PATIENT)
        await expect(rows[busy]).to_have_attribute("data-status", "busy")
        await stop_all(client, busy)
        await expect(rows[busy].locator(".chip")).to_have_text("interrupted", timeout=PATIENT)
        await expect(rows[busy]).to_have_attribute("data-status", "interrupted")
        await expect(rows[quick].locator(".chip")).to_have_text("idle")
        await expect(page.locator(f"tr[data-thread-id='{made}']")).to_have_count(0)  # no row moves by itself
        await page.locator("#news a").click(timeout=PATIENT)
        await expect(page.locator(f"tr[data-thread-id='{made}']")).to_be_visible()
        await expect(page.locator("#news a")).to_have_count(0)


async def test_the_browser_tells_of_an_end_only_when_it_was_asked_to(
    page: Page, studio_url: str, server_url: str
) -> None:
    bell = page.get_by_role("button", name="Tell me when it ends")
    await page.add_init_script(NOTICES)
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        await open_page(page, studio_url, thread_id)
        await page.evaluate(HIDE)

        run = await work(client, thread_id)
        await expect(page.locator("thread-live")).to_have_js_property("run", run, timeout=PATIENT)
        await expect(bell).to_have_attribute("aria-pressed", "false", timeout=PATIENT)
        await client.runs.cancel(thread_id, run, wait=True)
        await expect(bell).to_have_count(0, timeout=PATIENT)
        assert await page.evaluate("shown") == []

        run = await work(client, thread_id)
        await expect(page.locator("thread-live")).to_have_js_property("run", run, timeout=PATIENT)
        await bell.click(timeout=PATIENT)
        await expect(bell).to_have_attribute("aria-pressed", "true")
        await client.runs.cancel(thread_id, run, wait=True)
        await expect(bell).to_have_count(0, timeout=PATIENT)
        title = await page.locator("#head h1").inner_text()
        await expect(page.locator("html")).to_have_attribute("data-shown", "1")
        assert await page.evaluate("shown") == [["A run has ended", title]]

        await work(client, thread_id, steps=1, delay=1)
        await expect(bell).to_have_attribute("aria-pressed", "true", timeout=PATIENT)  # it is remembered
        await expect(page.locator(".ask")).to_be_visible(timeout=PATIENT)
        await expect(page.locator("html")).to_have_attribute("data-shown", "2")
        told = await page.evaluate("shown[1]")
        assert told[0] == "A run needs you"
        assert "301 rows differ from the month before. Publish anyway?" in told[1]

        await page.evaluate("() => delete document.hidden")  # the person is back: what they see needs no message
        await page.bring_to_front()
        run = await work(client, thread_id)
        await expect(page.locator("thread-live")).to_have_js_property("run", run, timeout=PATIENT)
        await client.runs.cancel(thread_id, run, wait=True)
        await expect(bell).to_have_count(0, timeout=PATIENT)
        assert len(await page.evaluate("shown")) == 2


async def test_a_person_says_which_number_is_progress(page: Page, studio_url: str, server_url: str) -> None:
    numbers, choice = {"rows": 30, "total": 120, "errors": 2}, page.locator("[data-mapping]")
    bar, done, of = page.locator("#progress progress"), page.get_by_label("done"), choice.get_by_label("of")
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        await open_page(page, studio_url, thread_id)
        run = await work(client, thread_id, stream_mode="updates")
        await expect(page.locator(".timeline .now")).to_contain_text("process", timeout=PATIENT)
        await expect(choice).to_be_hidden()
        await page.wait_for_function(ONE_FRAME, timeout=PATIENT)

        await page.evaluate(SEND_NUMBERS, [numbers, "thirty rows"])
        await expect(page.locator("#progress")).to_contain_text("thirty rows")
        await expect(bar).to_have_count(0)  # nobody has said what they mean
        await choice.locator("summary").click()
        await expect(done.locator("option")).to_have_text(["nothing", "rows", "total", "errors"])
        await expect(of.locator("option")).to_have_text(["100", "rows", "total", "errors"])
        await done.select_option("rows")
        await expect(bar).to_have_js_property("value", 30)
        await of.select_option("total")
        await expect(bar).to_have_js_property("value", 25)
        await page.evaluate(SEND_NUMBERS, [numbers | {"rows": 60}, "sixty rows"])
        await expect(bar).to_have_js_property("value", 50)
        await expect(page.locator("#progress")).to_contain_text("sixty rows")

        await page.reload()
        await page.wait_for_function(ONE_FRAME, timeout=PATIENT)
        await page.evaluate(SEND_NUMBERS, [numbers | {"rows": 90}, "ninety rows"])
        await expect(bar).to_have_js_property("value", 75)
        await choice.locator("summary").click()
        await expect(done).to_have_value("rows")
        await expect(of).to_have_value("total")
        await client.runs.cancel(thread_id, run, wait=True)


async def test_progress_that_a_graph_reports_needs_no_choice(page: Page, studio_url: str, server_url: str) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        await open_page(page, studio_url, thread_id)
        run = await work(client, thread_id, steps=1000, delay=0.2, stream_mode=["custom"])
        bar, told = page.locator("#progress progress"), re.compile(r"^\d+ % step \d+ · of 1000$")
        await expect(page.locator("#progress progress + span")).to_have_text(told, timeout=PATIENT)
        await expect(bar).to_be_visible()
        await expect(page.locator("[data-mapping]")).to_be_hidden()
        await client.runs.cancel(thread_id, run, wait=True)
        await expect(bar).to_have_count(0, timeout=PATIENT)
