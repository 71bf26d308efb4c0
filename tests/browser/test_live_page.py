"""The page while things happen: what a person has opened stays open, and what was missed is fetched."""

from typing import Any

from playwright.async_api import Page, Route, expect

from tests.support.sdk import witness


async def test_an_opened_branch_of_the_state_stays_open_and_fresh_while_a_run_works(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    async with witness(seeded_url) as client:
        thread_id = (await client.threads.create(graph_id="pipeline"))["thread_id"]
        await client.runs.wait(thread_id, "pipeline", input={"steps": 1, "delay": 0})
        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/?tab=state")
        await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
        log = page.locator("#inspector details[data-path='/values/log']")
        await log.locator("summary").first.click()
        await expect(log.locator(".leaf").first).to_be_visible()
        await client.runs.wait(thread_id, "pipeline", input={"steps": 12, "delay": 0.2})
    await expect(log.locator("summary .m").first).to_have_text("[15]", timeout=20_000)
    await expect(log).to_have_attribute("open", "")
    await expect(log.locator(".leaf", has_text="step 12 of 12").first).to_be_visible()


async def test_a_refresh_that_failed_is_tried_again(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    failed = 0

    async def fail_once(route: Route) -> None:
        nonlocal failed
        failed += 1
        await (route.fulfill(status=502, body="") if failed == 1 else route.continue_())

    async with witness(seeded_url) as client:
        thread_id = (await client.threads.create(graph_id="chat"))["thread_id"]
        await page.route("**/live/*", fail_once)
        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
        said: dict[str, Any] = {"messages": [{"role": "user", "content": "Hi! I'm Lance."}]}
        await client.runs.wait(thread_id, "chat", input=said)
    await expect(page.locator("#conversation article[data-role=ai]")).to_be_visible(timeout=20_000)
    assert failed > 1
    assert all("502" in text for text in page_complaints)
    page_complaints.clear()


async def test_a_thread_that_is_deleted_says_so(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    async with witness(seeded_url) as client:
        thread_id = (await client.threads.create(graph_id="chat"))["thread_id"]
        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
        await page.locator("#input").fill("a thought")
        await client.threads.delete(thread_id)
    await expect(page.locator("#runproblem")).to_contain_text("is not on the deployment", timeout=20_000)
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "stale")
    await expect(page.locator("#input")).to_have_value("a thought")
    assert all("404" in text for text in page_complaints)
    page_complaints.clear()
