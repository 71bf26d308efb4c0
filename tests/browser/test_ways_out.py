"""Ways out of a refusal in a browser without scripts: a page in place of the form sends the same once more."""

from typing import Any

from playwright.async_api import Page, expect

from tests.support.opened import PATIENT
from tests.support.sdk import ran, stop_all, witness, work


async def test_a_message_at_a_question_starts_a_run_when_that_is_meant(
    page: Page, studio_url: str, server_url: str
) -> None:
    assert page.context.browser
    context = await page.context.browser.new_context(java_script_enabled=False)
    async with witness(server_url) as client:
        thread_id = await ran(client, "pipeline", {"steps": 1, "delay": 0})
        plain = await context.new_page()
        await plain.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        await plain.get_by_text("Start another run instead").click()
        await plain.get_by_label("JSON input").check()
        await plain.locator("#input").fill('{"steps": 2,\n "delay": 0}')
        await plain.get_by_role("button", name="Send", exact=True).click()
        await expect(plain.get_by_role("alert")).to_contain_text("The thread waits for an answer.")
        await plain.get_by_role("button", name="Start a new run all the same").click()
        await expect(plain.locator("#input")).to_be_attached(timeout=PATIENT)
        newest: Any = (await client.runs.list(thread_id))[0]
        assert newest["kwargs"]["input"] == {"steps": 2, "delay": 0}
        await stop_all(client, thread_id)
    await context.close()


async def test_what_was_refused_is_queued_in_spite_of_the_choice_before(
    page: Page, studio_url: str, server_url: str
) -> None:
    assert page.context.browser
    context = await page.context.browser.new_context(java_script_enabled=False)
    async with witness(server_url) as client:
        thread_id = await ran(client, "pipeline", {"steps": 1, "delay": 0})
        await work(client, thread_id)
        plain = await context.new_page()
        await plain.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        await plain.get_by_label("refuse").check()
        await plain.get_by_label("JSON input").check()
        await plain.locator("#input").fill('{"steps": 1, "delay": 0}')
        await plain.get_by_role("button", name="Send", exact=True).click()
        await plain.get_by_role("alert").get_by_role("button", name="Queue it").click()
        await expect(plain.locator(".queue li")).to_have_count(1, timeout=PATIENT)
        newest: Any = (await client.runs.list(thread_id))[0]
        assert newest["multitask_strategy"] == "enqueue"
        await stop_all(client, thread_id)
    await context.close()
