"""The page while things happen: what a person has opened stays open, and what was missed is fetched."""

import asyncio
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.browser.looking import ids, open_thread, shows
from tests.support.opened import PATIENT, answer, open_page
from tests.support.sdk import new_thread, witness


async def test_an_opened_branch_of_the_state_stays_open_and_fresh_while_a_run_works(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    async with witness(seeded_url) as client:
        thread_id = await new_thread(client, "pipeline")
        await client.runs.wait(thread_id, "pipeline", input={"steps": 1, "delay": 0})
        await open_page(page, studio_url, thread_id, "?tab=state")
        log = page.locator("#inspector details[data-path='/values/log']")
        await log.locator("summary").first.click()
        await expect(log.locator(".leaf").first).to_be_visible()
        await client.runs.wait(thread_id, "pipeline", input={"steps": 6, "delay": 0.2})
    await expect(log.locator("summary .m").first).to_have_text("[9]", timeout=PATIENT)
    await expect(log).to_have_attribute("open", "")
    await expect(log.locator(".leaf", has_text="step 6 of 6").first).to_be_visible()


async def test_a_refresh_that_failed_is_tried_again(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    failed = 0

    async def fail_once(route: Route) -> None:
        nonlocal failed
        failed += 1
        await (route.fulfill(status=502, body="") if failed == 1 else route.continue_())

    async with witness(seeded_url) as client:
        thread_id = await new_thread(client, "chat")
        await page.route("**/live/*", fail_once)
        await open_page(page, studio_url, thread_id)
        said: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi! I'm Lance."}]}
        await client.runs.wait(thread_id, "chat", input=said)
    await expect(answer(page)).to_be_visible(timeout=PATIENT)
    assert failed > 1
    assert all("502" in text for text in page_complaints)
    page_complaints.clear()


async def test_a_refresh_that_comes_late_does_not_tell_of_another_checkpoint_than_that_on_show(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    chosen = asyncio.Event()

    async def hold(route: Route) -> None:
        await chosen.wait()
        await route.continue_()

    await open_thread(page, studio_url, seeded_url, "Songs for the drive")
    await page.route("**/live/*", hold)
    async with page.expect_request("**/live/*"):
        await page.evaluate("() => document.body.dispatchEvent(new Event('studio:changed'))")
    older = await ids(page, 4)
    await page.locator("[data-checkpoint-id]").nth(4).click()
    await shows(page, older)
    await expect(page.locator("#origin [name=checkpoint]")).to_have_value(older)
    async with page.expect_request("**/history/?*"):  # what is on show now is brought up to date instead
        chosen.set()
    await shows(page, older)
    await expect(page.locator("#origin [name=checkpoint]")).to_have_value(older)


async def test_a_thread_that_is_deleted_says_so(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    async with witness(seeded_url) as client:
        thread_id = await new_thread(client, "chat")
        await open_page(page, studio_url, thread_id)
        await page.locator("#input").fill("a thought")
        await client.threads.delete(thread_id)
    await expect(page.locator("#runproblem")).to_contain_text("is not on the deployment", timeout=PATIENT)
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "stale")
    await expect(page.locator("#input")).to_have_value("a thought")
    assert all("404" in text for text in page_complaints)
    page_complaints.clear()
