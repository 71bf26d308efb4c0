"""The graph beside a thread, in the browser: breakpoints, links of the drawing, what stays open, and a run at work."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.opened import PATIENT, REFRESH
from tests.support.sdk import new_thread, ran, stop_all, witness


async def open_tab(page: Page, studio_url: str, thread_id: str, rest: str = "") -> None:
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/?tab=graph{rest}")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")


def toggle(page: Page, side: str, node: str) -> Locator:
    return page.get_by_role("checkbox", name=f"break {side} {node}", exact=True)


def figure(page: Page, node: str) -> Locator:
    return page.locator(f'svg.graph [data-node="{node}"]')


async def test_a_breakpoint_survives_refreshes_other_tabs_and_a_reload_and_stops_the_run(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "chat", {"messages": [{"role": "user", "content": "Hello"}]})
        await open_tab(page, studio_url, thread_id)
        box, drawn = toggle(page, "before", "conversation"), figure(page, "conversation")
        await expect(drawn.locator(".bar.before")).to_be_hidden()
        await box.check()
        await expect(drawn.locator(".bar.before")).to_be_visible()
        await expect(drawn.locator(".bar.after")).to_be_hidden()
        await expect(page.locator(".options > summary")).to_have_text("Options (1)")

        await page.evaluate(REFRESH)
        await expect(box).to_be_checked()
        await expect(drawn.locator(".bar.before")).to_be_visible()
        await page.get_by_role("link", name="Metadata").click()
        await expect(box).to_have_count(0)
        await page.get_by_role("link", name="Graph", exact=True).click()
        await expect(box).to_be_checked()
        await page.reload()
        await expect(box).to_be_checked()
        await expect(page.locator(".options > summary")).to_have_text("Options (1)")

        await page.get_by_role("link", name="Metadata").click()
        await page.locator("#input").fill("And again")
        await page.get_by_role("button", name="Send", exact=True).click()
        await expect(page.get_by_text("The thread stopped before conversation")).to_be_visible(timeout=PATIENT)
        state: Any = await client.threads.get_state(thread_id)
        assert state["next"] == ["conversation"]


async def test_toggles_and_the_options_are_one_thing(page: Page, studio_url: str, server_url: str) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "chat", {"messages": [{"role": "user", "content": "Hello"}]})
        await open_tab(page, studio_url, thread_id)
        await toggle(page, "after", "conversation").check()
        await toggle(page, "after", "summarize_conversation").check()
        await page.locator(".options > summary").click()
        typed = page.get_by_label("Break after", exact=True)
        await expect(typed).to_have_value("conversation, summarize_conversation")
        await typed.fill("summarize_conversation")
        await expect(toggle(page, "after", "conversation")).not_to_be_checked()
        await typed.fill("*")
        await expect(toggle(page, "after", "conversation")).to_be_checked()
        await expect(figure(page, "summarize_conversation").locator(".bar.after")).to_be_visible()
        await page.locator(".options > summary").click()
        await toggle(page, "after", "conversation").uncheck()
        await page.locator(".options > summary").click()
        await expect(typed).to_have_value("summarize_conversation")
        await page.get_by_role("button", name="Forget them").click()
        await expect(toggle(page, "after", "summarize_conversation")).not_to_be_checked()
        await page.reload()
        await expect(figure(page, "conversation")).to_be_visible()
        await expect(page.locator("[data-break]:checked")).to_have_count(0)


async def test_the_page_of_its_own_and_the_thread_share_their_breakpoints(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "parallel", {"destination": "Rome"})
        await open_tab(page, studio_url, thread_id)
        other = await page.context.new_page()
        await other.goto(f"{studio_url}/d/local/threads/{thread_id}/graph/")
        await toggle(other, "before", "combine").check()
        await expect(figure(other, "combine").locator(".bar.before")).to_be_visible()
        await expect(toggle(page, "before", "combine")).to_be_checked()
        await expect(page.locator(".ask [data-next-stops]")).to_be_visible()
        await page.get_by_text("Start another run instead").click()
        await page.locator(".options > summary").click()
        await expect(page.get_by_label("Break before", exact=True)).to_have_value("combine")


async def test_the_drawing_leads_to_checkpoints_and_what_is_expanded_stays(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "parallel", {"destination": "Rome"})
        await open_tab(page, studio_url, thread_id)
        await page.evaluate("() => { window.stayed = true; }")
        await expect(figure(page, "visa:ask")).to_have_count(0)
        await page.get_by_role("link", name="Show what is inside of visa", exact=True).click()
        await expect(figure(page, "visa:ask")).to_be_visible()
        head = await page.locator("#conversation").get_attribute("data-checkpoint")
        await page.locator("[data-checkpoint-id]").last.click()
        await expect(page.locator("#conversation")).not_to_have_attribute("data-checkpoint", str(head))
        await expect(figure(page, "visa:ask")).to_be_visible()
        assert "xray=visa" in page.url
        await page.go_back()
        await expect(page.locator("#conversation")).to_have_attribute("data-checkpoint", str(head))

        start = figure(page, "start")
        await start.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#conversation")).to_have_attribute("data-following", "false")
        await expect(page.locator('[data-checkpoint-id][aria-current="true"]')).to_contain_text("start")
        await expect(figure(page, "start")).to_have_class(re.compile(r"\bmade\b"))
        assert await page.evaluate("window.stayed"), "no page was loaded anew"


async def test_the_running_node_is_lit_step_by_step(page: Page, studio_url: str, server_url: str) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "pipeline")
        await open_tab(page, studio_url, thread_id)
        modes: Any = ["updates", "custom"]
        given = {"steps": 1000, "delay": 0.2}
        await client.runs.create(thread_id, "pipeline", input=given, stream_mode=modes, stream_resumable=True)
        await expect(figure(page, "process")).to_have_class(re.compile("now-running"), timeout=PATIENT)
        row = page.locator('[data-row="process"]')
        await expect(row).to_contain_text("is running")
        await expect(row).to_contain_text(re.compile(r"×([3-9]|\d\d)"), timeout=PATIENT)
        await toggle(page, "after", "process").check()
        await expect(row).to_contain_text(re.compile(r"×\d\d"), timeout=PATIENT)
        await expect(toggle(page, "after", "process")).to_be_checked()
        await stop_all(client, thread_id)
        await expect(page.locator('[data-now="running"]')).to_have_count(0, timeout=PATIENT)


@pytest.mark.parametrize("width", [1440, 390])
async def test_it_fits_and_can_be_enlarged(page: Page, studio_url: str, server_url: str, width: int) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "parallel", {"destination": "Rome"})
        await page.set_viewport_size({"width": width, "height": 900})
        for rest in ("?tab=graph", "graph/?xray=1"):
            await page.goto(f"{studio_url}/d/local/threads/{thread_id}/{rest}")
            if width < 860 and rest.startswith("?"):
                await page.get_by_role("link", name="Inspector").click()
            svg = page.locator("svg.graph")
            await expect(svg).to_be_visible()
            before = float(str(await svg.get_attribute("width")))
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            await page.get_by_role("button", name="Larger").click()
            assert float(str(await svg.get_attribute("width"))) > before
            await page.get_by_role("button", name="Fit").click()
            pane = "document.querySelector('.drawing')"
            await page.wait_for_function(f"() => {pane}.scrollWidth <= {pane}.clientWidth")


async def test_without_motion_nothing_pulses(page: Page, studio_url: str, server_url: str) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "pipeline")
        await page.emulate_media(reduced_motion="reduce")
        await client.runs.create(thread_id, "pipeline", input={"steps": 50, "delay": 0.3}, stream_resumable=True)
        await open_tab(page, studio_url, thread_id)
        ring = page.locator(".now-running > .ring")
        await expect(ring).to_be_visible(timeout=PATIENT)
        assert await ring.evaluate("ring => getComputedStyle(ring).animationName") == "none"
        await stop_all(client, thread_id)
