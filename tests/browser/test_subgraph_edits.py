"""Editing inside of a subgraph as a person does it, while somebody else answers on the page of the thread."""

from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.test_state_edit import type_json
from tests.support.page_guard import collect_complaints
from tests.support.sdk import witness


async def trip(url: str) -> str:
    """A thread on which a flight is asked for, and a passport inside of a subgraph."""
    async with witness(url) as client:
        thread = await client.threads.create(graph_id="parallel")
        await client.runs.wait(thread["thread_id"], "parallel", input={"destination": "Rome"})
        return str(thread["thread_id"])


async def test_the_state_inside_is_edited_and_the_question_is_asked_again(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    thread_id = await trip(seeded_url)
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await page.get_by_role("link", name="Open its history").click()
    await page.get_by_role("link", name="Edit state").click()
    await expect(page.get_by_role("heading", name="Edit the state of visa in")).to_be_visible()
    await type_json(page, "documents", ["a new photo"])
    await page.get_by_role("button", name="Preview").click()
    preview = page.get_by_role("region", name="Preview")
    await expect(preview.locator("li").first).to_contain_text("documents as meant")
    await expect(preview).to_contain_text("Then: ask")
    await page.get_by_role("button", name="Save and run").click()
    await page.wait_for_url(f"{studio_url}/d/local/threads/{thread_id}/")
    await expect(page.locator("#verdicts")).to_contain_text("documents: as meant")
    visa = page.get_by_role("group", name="visa asks")
    await expect(visa).to_contain_text('["a new photo"]')
    await visa.get_by_role("textbox").fill("2031")
    await page.get_by_role("group", name="flight asks").get_by_label("night").check()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.locator("#conversation")).to_contain_text("1 documents, passport until 2031", timeout=20_000)
    async with witness(seeded_url) as client:
        state: Any = await client.threads.get_state(thread_id)
    assert "passport until 2031" in state["values"]["plan"]


async def test_an_answer_that_was_typed_meanwhile_is_given_back(
    page: Page, profile: BrowserContext, page_complaints: list[str], studio_url: str, seeded_url: str
) -> None:
    thread_id = await trip(seeded_url)
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    await page.get_by_role("group", name="visa asks").get_by_role("textbox").fill("in May, I think")
    other = await profile.new_page()
    collect_complaints(other, page_complaints)
    await other.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await other.get_by_role("link", name="Open its history").click()
    await other.get_by_role("link", name="Edit state").click()
    await type_json(other, "documents", ["a new photo"])
    await other.get_by_role("button", name="Save only").click()
    await expect(other.locator("#verdicts")).to_contain_text("documents: as meant")
    await expect(page.locator("[data-withdrawn]")).to_contain_text("It asks again when the thread goes on.")
    await expect(page.get_by_role("group", name="visa asks")).to_have_count(0)
    await expect(page.get_by_label("What you typed")).to_have_value("in May, I think")
    await other.close()
