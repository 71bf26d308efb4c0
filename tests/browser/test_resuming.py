"""Pages that are cut off from a run that works: whatever happens to the page, its socket or Studio, in the end every
word is there once, and meanwhile the page does not pretend to know."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

import tests.support.studio as support
from demo.embedded import free_port
from tests.support.opened import CUT, PATIENT, live
from tests.support.page_guard import collect_complaints
from tests.support.sdk import witness
from tests.support.studio import running_studio

WATCH = """
window.told = [];
window.chips = [];
new MutationObserver(() => {
  const said = [...document.querySelectorAll("#live article .text")].map((text) => text.textContent).join("");
  if (said !== told.at(-1)) told.push(said);
  const chip = document.getElementById("connection")?.dataset.connection;
  if (chip !== chips.at(-1)) chips.push(chip);
}).observe(document, { subtree: true, childList: true, characterData: true, attributeFilter: ["data-connection"] });
"""
"""Notes what streams, and what the chip says, each time when it has changed."""
CLOCKS = "all => all.map((clock) => clock.textContent)"
LOST = ("WebSocket", "ERR_CONNECTION", "error: htmx:afterRequest", "error: htmx:sendError")
HALF_A_MINUTE = 30_000
LONGEST_PAUSE = 13_000
"""Milliseconds after which a page has surely tried again to get a socket."""


def words(count: int) -> str:
    return " ".join(f"word{number}" for number in range(count))


async def ask(page: Page, studio_url: str, server_url: str, count: int) -> str:
    """Send a message that is answered with `count` words and more; the id of the thread once some have come."""
    async with witness(server_url) as client:
        thread_id = str((await client.threads.create(graph_id="chat"))["thread_id"])
    await page.add_init_script(WATCH)
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    await page.locator("#input").fill(f"I like {words(count)}")
    await page.get_by_role("button", name="Send", exact=True).click()
    await reached(page, 10)
    return thread_id


async def reached(page: Page, number: int) -> None:
    await expect(page.locator("#live article .text")).to_contain_text(f"word{number} ", timeout=PATIENT)


async def over(server_url: str, thread_id: str) -> None:
    """Wait for the end of the thread's only run."""
    async with witness(server_url) as client:
        (run,) = await client.runs.list(thread_id)
        await client.runs.join(thread_id, run["run_id"])


async def ends_well(page: Page, server_url: str, thread_id: str) -> str:
    """Wait for the end of the run; the page shows what the deployment holds, and nothing beside it."""
    await over(server_url, thread_id)
    await expect(page.locator("#conversation article[data-role=ai]")).to_be_visible(timeout=PATIENT)
    await expect(page.locator("#live article")).to_have_count(0)
    await expect(page.locator("#runstate [data-pulse]")).to_have_count(0, timeout=PATIENT)
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    async with witness(server_url) as client:
        state: Any = await client.threads.get_state(thread_id)
        runs = await client.runs.list(thread_id)
    final = state["values"]["messages"][-1]
    assert [run["status"] for run in runs] == ["success"]
    await expect(page.locator("#conversation article[data-role=ai] .body")).to_have_text(final["content"])
    await expect(page.locator(f"article[data-message-id='{final['id']}']")).to_have_count(1)
    return str(final["content"])


async def test_a_reload_in_the_middle_of_an_answer_begins_it_anew_and_repeats_nothing(
    page: Page, studio_url: str, server_url: str
) -> None:
    thread_id = await ask(page, studio_url, server_url, 400)
    before = await page.evaluate("told")
    await page.reload()
    await reached(page, 11)
    final = await ends_well(page, server_url, thread_id)
    after, chips = await page.evaluate("[told, chips]")
    assert [text for text in before + after if not final.startswith(text)] == []
    assert len([text for text in after if text]) > 1
    assert chips == ["reconnecting", "live"]


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "beside another viewer"])
async def test_a_lost_socket_is_taken_up_again(page: Page, studio_url: str, server_url: str, alone: bool) -> None:
    thread_id = await ask(page, studio_url, server_url, 500)
    if not alone:  # then the stream is followed on, and the page gets what it has missed of it
        other = await page.context.new_page()
        await other.goto(page.url)
        await reached(other, 11)
    for number in (20, 50, 80):
        await reached(page, number)
        await live(page)
        await page.evaluate(CUT)
    await reached(page, 81)
    told = await page.evaluate("told")
    assert alone or sorted(told, key=len) == told  # nothing was taken back to be told again
    final = await ends_well(page, server_url, thread_id)
    told, chips = await page.evaluate("[told, chips]")
    assert [text for text in told if not final.startswith(text)] == []
    assert chips == ["reconnecting", "live"] * 4


async def test_studio_is_restarted_in_the_middle_of_two_runs(
    page: Page, server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_complaints: list[str]
) -> None:
    """One of them ends while Studio is gone, the other goes on after."""
    port, short = free_port(), await page.context.new_page()
    monkeypatch.setattr(support, "free_port", lambda: port)
    collect_complaints(short, page_complaints)
    with running_studio(tmp_path, LANGGRAPH_URL=server_url) as (url, _):
        threads = {page: await ask(page, url, server_url, 1500), short: await ask(short, url, server_url, 300)}
    for one in threads:
        await expect(one.locator("#connection")).not_to_have_attribute("data-connection", "live")
        await one.evaluate("() => { chips.length = 0; }")
        async with one.expect_websocket():
            pass  # it has tried to come back
        await one.locator("#input").fill("a thought")
        assert "live" not in await one.evaluate("chips")
    await over(server_url, threads[short])
    assert await short.locator("#conversation article[data-role=ai]").count() == 0

    with running_studio(tmp_path, LANGGRAPH_URL=server_url):
        await expect(short.locator("#conversation article[data-role=ai]")).to_be_visible(timeout=PATIENT)
        assert await page.locator("#conversation article[data-role=ai]").count() == 0
        await reached(page, 200)
        for one, thread_id in threads.items():
            final = await ends_well(one, server_url, thread_id)
            told, chips = await one.evaluate("[told, chips]")
            await expect(one.locator("#input")).to_have_value("a thought")
            assert [text for text in told if not final.startswith(text)] == []
            assert chips[-1] == "live"
            await one.close()
    only_lost_connections(page_complaints)


async def test_clocks_stand_still_while_nothing_is_known(page: Page, studio_url: str, server_url: str) -> None:
    chip, clocks = page.locator("#connection"), page.locator("[data-elapsed]")
    async with witness(server_url) as client:
        thread_id = str((await client.threads.create(graph_id="pipeline"))["thread_id"])
        given = {"steps": 9, "delay": 10}  # so slow that no step ends while this is looked at
        run = await client.runs.create(thread_id, "pipeline", input=given, stream_mode="updates", stream_resumable=True)
        await page.clock.install()
        door = Door()
        await page.route_web_socket("**/ws/**", door.enter)
        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        await expect(page.locator(".timeline .now [data-elapsed]")).to_be_visible(timeout=PATIENT)
        await expect(chip).to_have_attribute("data-connection", "live")
        early = await clocks.evaluate_all(CLOCKS)
        await page.clock.run_for(HALF_A_MINUTE)
        assert [text for text in await clocks.evaluate_all(CLOCKS) if text in early] == []

        await door.shut()
        await expect(chip).to_have_attribute("data-connection", "reconnecting")
        stood, pulse = await clocks.evaluate_all(CLOCKS), await page.locator("[data-pulse]").text_content()
        await page.clock.run_for(LONGEST_PAUSE)
        assert await clocks.evaluate_all(CLOCKS) == stood
        async with asyncio.timeout(PATIENT / 1000):
            while await chip.get_attribute("data-connection") != "stale":
                await page.clock.run_for(LONGEST_PAUSE)
        await expect(chip).to_contain_text("stale since")
        await page.clock.run_for(HALF_A_MINUTE)
        assert await clocks.evaluate_all(CLOCKS) == stood
        assert await page.locator("[data-pulse]").text_content() == pulse

        door.open = True
        await page.clock.run_for(LONGEST_PAUSE)
        await expect(chip).to_have_text("live")
        await page.clock.run_for(HALF_A_MINUTE)
        assert [text for text in await clocks.evaluate_all(CLOCKS) if text in stood] == []
        await client.runs.cancel(thread_id, run["run_id"], wait=True)


class Door:
    """Lets the page's sockets through, until it is shut."""

    def __init__(self) -> None:
        self.open = True
        self._inside: list[WebSocketRoute] = []

    async def enter(self, route: WebSocketRoute) -> None:
        if not self.open:
            await route.close()
            return
        route.connect_to_server()
        self._inside.append(route)

    async def shut(self) -> None:
        self.open = False
        for route in self._inside:
            await route.close()


def only_lost_connections(complaints: list[str]) -> None:
    """Chromium reports each connection that was refused; where Studio was gone, they are wanted."""
    assert complaints
    assert [text for text in complaints if not any(word in text for word in LOST)] == []
    complaints.clear()
