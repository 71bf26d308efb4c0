"""Histories of many checkpoints, and of large ones that take a while to be read."""

import asyncio
from typing import Any

from playwright.async_api import Page, Response, Route, expect

from tests.browser.looking import shows
from tests.support.opened import REFRESH
from tests.support.sdk import witness

NODES = "() => document.querySelectorAll('#history *').length"


async def test_ten_thousand_checkpoints_are_scrolled_to_their_end(page: Page, studio_url: str, seeded_url: str) -> None:
    steps: Any = [{"updates": [{"values": {"attempts": n}, "as_node": "plan"}]} for n in range(10_000)]
    async with witness(seeded_url) as client:
        thread_id = (await client.threads.create(graph_id="flaky", supersteps=steps))["thread_id"]
        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        await expect(page.locator("#history[data-complete]")).to_have_count(1, timeout=30_000)
        await expect(page.locator("#head")).to_contain_text("10,000 checkpoints")
        scroll = page.locator("history-list")
        for line, step in ((5_000, 4_999), (10_000, 0)):
            await scroll.evaluate("(list, line) => { list.scrollTop = line * 28; }", line)
            await expect(page.locator(f"[data-step='{step}']")).to_be_in_viewport()
            assert await page.evaluate(NODES) <= 800
        row = page.locator("[data-checkpoint-id]").nth(-3)
        id = str(await row.get_attribute("data-checkpoint-id"))
        await row.click()
        await shows(page, id)
        await expect(row).to_be_in_viewport()
        await expect(page.locator("#conversation h2")).to_have_text("Step 2")
        await page.keyboard.press("j")
        await expect(page.locator("[aria-current=true] .step")).to_have_text("1")
        await page.keyboard.press("g")
        await expect(page.locator("[aria-current=true] .step")).to_have_text("9999", timeout=15_000)
        assert await page.evaluate(NODES) <= 800
        await page.goto("about:blank")  # it may still be reading
        await client.threads.delete(thread_id)


async def test_the_reading_of_older_checkpoints_is_stopped_and_goes_on(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    asked, may_read = list[str](), asyncio.Event()

    def note(response: Response) -> None:
        if "/history/?" in response.url:
            asked.append(response.url)

    async def hold(route: Route) -> None:
        if "pause=" not in route.request.url:
            await may_read.wait()
        await route.continue_()

    page.on("response", note)
    await page.route("**/history/?*", hold)
    async with witness(seeded_url) as client:
        thread_id = (await client.threads.create(graph_id="chat", supersteps=large(110)))["thread_id"]
        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        told = page.locator("#history .note")
        await expect(told).to_contain_text("reading older checkpoints")
        await told.get_by_role("button", name="Stop").click()
        await expect(told).to_contain_text("checkpoints read; reading is stopped.")
        read = int(str(await page.locator("#history").get_attribute("data-total")))
        assert 0 < read < 110
        may_read.set()
        stopped = len(asked)
        await page.evaluate(REFRESH)
        await expect(told).to_contain_text("reading is stopped")  # a refresh does not begin it anew
        assert all("pause" in url for url in asked[stopped:])
        may_read.clear()
        await told.get_by_role("button", name="Read on").click()
        await expect(told).to_contain_text("reading older checkpoints: ")
        may_read.set()
        await expect(page.locator("#history[data-complete]")).to_have_count(1, timeout=30_000)
        await expect(told).to_have_count(0)
        await expect(page.locator("#head")).to_contain_text("110 checkpoints")
        assert len(asked) - stopped > 2, "it took several requests"
        await page.goto("about:blank")  # it may still be reading
        await client.threads.delete(thread_id)


def large(count: int) -> Any:
    """Super-steps that each add a message of 20 KB, so that the whole history is count² × 10 KB."""
    text = "0123456789abcdef" * 1250
    nodes = ["__start__", *["conversation"] * (count - 1)]
    return [
        {"updates": [{"values": {"messages": [{"type": "human", "id": f"m{n}", "content": text}]}, "as_node": node}]}
        for n, node in enumerate(nodes)
    ]
