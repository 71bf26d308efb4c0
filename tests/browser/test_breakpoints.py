"""Breakpoints as a person sets them: they go with whatever starts the next run, and the page says so."""

from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.async_api import Page, expect

from tests.support.sdk import ran, witness

PATIENT = 20_000
MENDED = {"url": "https://prices.example"}


async def open_tab(page: Page, studio_url: str, thread_id: str, rest: str = "") -> None:
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/?tab=graph{rest}")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")


async def check(page: Page, side: str, node: str) -> None:
    await page.get_by_role("checkbox", name=f"break {side} {node}", exact=True).check()


async def test_they_go_with_a_rerun_and_a_resume_until_they_are_cleared(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "flaky", MENDED)
        await open_tab(page, studio_url, thread_id)
        note = page.locator("#send [data-next-stops]")
        await expect(note).to_be_hidden()
        await check(page, "before", "fetch")
        await check(page, "after", "fetch")
        await expect(note).to_contain_text("The next run stops before fetch, and after fetch.")
        await page.locator("[data-checkpoint-id]").filter(has_text="plan").last.click()
        await page.get_by_role("button", name="Rerun from here").click()
        stopped = page.locator(".goon")
        await expect(stopped).to_contain_text("stopped before fetch", timeout=PATIENT)
        await expect(stopped).to_contain_text("Its run met a breakpoint before fetch.")
        await expect(page.locator('svg.graph [data-node="fetch"]')).to_have_class(
            "node now now-halted breaks-before breaks-after"
        )

        await page.get_by_role("button", name="Resume").click()
        await expect(stopped).to_contain_text("Its run met a breakpoint after fetch.", timeout=PATIENT)
        await expect(page.locator('[data-row="fetch"]')).to_contain_text("the run stopped after it")
        await note.get_by_role("button", name="Clear").click()
        await expect(note).to_be_hidden()
        await expect(page.locator("[data-break]:checked")).to_have_count(0)
        await expect(page.locator(".options > summary")).to_have_text("Options")
        await page.get_by_role("button", name="Resume").click()
        await expect(stopped).to_have_count(0, timeout=PATIENT)
        await page.reload()
        await expect(page.locator("svg.graph")).to_be_visible()
        await expect(note).to_be_hidden()
        kwargs: Any = [run["kwargs"] for run in await client.runs.list(thread_id)]  # type: ignore[typeddict-item]
        assert [(k["interrupt_before"], k["interrupt_after"]) for k in kwargs] == [
            (None, None),
            (["fetch"], ["fetch"]),
            (["fetch"], ["fetch"]),
            (None, None),
        ]


async def test_they_go_with_an_answer_in_the_inbox_which_says_so(page: Page, studio_url: str, server_url: str) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "pipeline", {"steps": 1, "delay": 0})
        await open_tab(page, studio_url, thread_id)
        await check(page, "before", "publish")
        await page.goto(f"{studio_url}/d/local/inbox/")
        item = page.locator(f'[data-thread-id="{thread_id}"]')
        await item.locator("summary").first.click()
        await expect(item.locator("[data-next-stops]")).to_contain_text("The next run stops before publish.")
        await item.get_by_role("radio", name="yes").check()
        await item.get_by_role("button", name="Resume").click()
        await expect(page.locator(".waits.done")).to_be_visible()
        await client.runs.join(thread_id, (await client.runs.list(thread_id))[0]["run_id"])
        state: Any = await client.threads.get_state(thread_id)
        assert (state["next"], state["values"]["approved"]) == (["publish"], True)


async def test_the_keyboard_goes_through_the_drawing_and_sets_them(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "parallel", {"destination": "Rome"})
        await open_tab(page, studio_url, thread_id, "&xray=visa")
        stops = page.locator('svg.graph [tabindex="0"]')
        await expect(stops).to_have_count(1)
        await page.get_by_role("link", name="Enlarge").focus()
        await page.keyboard.press("Tab")  # to the scroller of the drawing or to the drawing
        if not await page.evaluate("document.activeElement.closest('svg.graph') !== null"):
            await page.keyboard.press("Tab")
        ways = {"ArrowDown": "combine", "ArrowUp": "flight", "ArrowLeft": "hotel"}
        await page.locator('svg.graph [data-node="flight"]').focus()
        for key, node in ways.items():
            await page.keyboard.press(key)
            focused = page.locator(f'svg.graph [data-node="{node}"]')
            await expect(focused).to_be_focused()
            await expect(focused).to_have_attribute("tabindex", "0")
            await expect(stops).to_have_count(1)
        await page.keyboard.press("b")
        await page.keyboard.press("Shift+B")
        await expect(page.locator("#send [data-next-stops]")).to_contain_text("stops before hotel, and after hotel.")
        await page.keyboard.press("b")
        await expect(page.locator("#send [data-next-stops]")).to_contain_text("stops after hotel.")
        await page.locator('svg.graph [data-node="visa:ask"]').focus()
        await page.keyboard.press("b")
        await expect(page.locator("[data-break]:checked")).to_have_count(1)
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.closest('svg.graph') === null"), "one stop of the Tab key"


KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('studio-breakpoints:'))"


async def test_a_name_with_a_comma_stays_one_name_in_the_options(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "flaky", MENDED)
        await open_tab(page, studio_url, thread_id)
        await page.evaluate("localStorage.clear()")
        await page.locator(".options > summary").click()
        field = page.get_by_label("Break before", exact=True)
        await field.fill('"plan, act",plan')
        note = page.locator("#send [data-next-stops]")
        await expect(note).to_contain_text("The next run stops before plan, act, plan.")
        assert await page.evaluate(KEPT) == ["studio-breakpoints:local:flaky"], "other deployments have others"
        await check(page, "before", "fetch")
        await expect(field).to_have_value('"plan, act", plan, fetch')
        await expect(note).to_contain_text("The next run stops before plan, act, plan, fetch.")
        async with page.expect_request(lambda asked: asked.url.endswith("/send/")) as sent:
            await page.get_by_role("button", name="Send").click()
        posted = parse_qs((await sent.value).post_data or "")
        assert (posted["before_list"], posted["before"]) == (['"plan, act", plan, fetch'], ["plan", "fetch"])
        await expect(page.locator("#runproblem")).to_contain_text("The graph has no node “plan, act”")
        assert [told for told in page_complaints if "422" not in told] == []
        page_complaints.clear()
        await page.evaluate("localStorage.clear()")


async def test_they_work_as_long_as_the_page_does_where_storage_is_blocked(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "flaky", MENDED)
        blocked = "get() { throw new DOMException('blocked', 'SecurityError'); }"
        await page.add_init_script(f"Object.defineProperty(window, 'localStorage', {{ {blocked} }})")
        await open_tab(page, studio_url, thread_id)
        await check(page, "before", "fetch")
        await expect(page.get_by_role("checkbox", name="break before fetch", exact=True)).to_be_checked()
        note = page.locator("#send [data-next-stops]")
        await expect(note).to_contain_text("The next run stops before fetch.")
        await page.locator("[data-checkpoint-id]").filter(has_text="plan").last.click()
        await page.get_by_role("button", name="Rerun from here").click()
        await expect(page.locator(".goon")).to_contain_text("stopped before fetch", timeout=PATIENT)
        await note.get_by_role("button", name="Clear").click()
        await expect(note).to_be_hidden()


@pytest.mark.parametrize("width", [1440, 390])
async def test_a_failed_thread_is_mended_in_two_clicks(
    page: Page, studio_url: str, server_url: str, width: int
) -> None:
    async with witness(server_url) as client:
        thread_id = await ran(client, "flaky", {})
        await page.set_viewport_size({"width": width, "height": 900})
        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        failed = page.locator("[data-task-error]")
        await expect(failed).to_contain_text("TimeoutError")
        await page.get_by_role("link", name="Edit the state and try again").click()
        await page.get_by_role("textbox", name="url", exact=True).fill("https://prices.example")
        await page.get_by_role("button", name="Save and run").click()
        await expect(page.locator("#conversation")).to_contain_text("characters fetched from", timeout=PATIENT)
        await expect(failed).to_have_count(0)
        state: Any = await client.threads.get_state(thread_id)
        assert (state["next"], state["values"]["attempts"]) == ([], 1), "what had been done was not done again"
