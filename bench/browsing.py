"""What a person waits for, in a fresh Chromium: the newest message, and frames while the history is scrolled."""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bench.threads import message
from tests.support.browser import ARGUMENTS, find_chromium

TIMES = 5
WATCH = """() => {
  window.long = [];
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: "longtask" });
}"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser | None]:
    """A browser, or None where there is none."""
    path = find_chromium()
    if path is None:
        yield None
        return
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()


def static_page(folder: Path, messages: int) -> str:
    """The address of a file with the same messages and nothing else."""
    said = (message(number) for number in range(messages))
    articles = "".join(f'<article data-message-id="{m["id"]}"><p>{escape(m["content"])}</p></article>' for m in said)
    page = folder / "static.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><title>Static</title>{articles}")
    return page.as_uri()


async def until_visible(browser: Browser, url: str, selector: str) -> float:
    """Milliseconds from the request for a page, in a fresh profile, until something on it can be seen."""
    taken = []
    for _ in range(TIMES):
        context = await browser.new_context()
        page = await context.new_page()
        began = time.perf_counter()
        await page.goto(url, wait_until="commit")
        await page.locator(selector).first.wait_for(state="visible")
        taken.append((time.perf_counter() - began) * 1000)
        await context.close()
    return statistics.median(taken)


async def long_tasks(browser: Browser, url: str) -> list[float]:
    """Milliseconds of the tasks over 50 ms while the history is scrolled from end to end and back."""
    page = await browser.new_page()
    await page.goto(url)
    await page.locator("history-list [data-checkpoint-id]").first.wait_for()
    await page.evaluate(WATCH)
    await page.locator("history-list").hover()
    for step in (*[2000] * 40, *[-4000] * 20):
        await page.mouse.wheel(0, step)
        await asyncio.sleep(0.05)
    await page.locator("history-list [data-checkpoint-id]").first.wait_for()
    found: list[float] = await page.evaluate("() => window.long")
    await page.close()
    return found
