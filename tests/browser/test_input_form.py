"""The form made from a graph's input schema, and the versions of assistants, in the browser."""

import asyncio
import json
from typing import Any

from langgraph_sdk.client import LangGraphClient
from playwright.async_api import Page, expect

from tests.support.opened import PATIENT, live, open_page
from tests.support.sdk import new_thread, stop_all, witness


async def input_of_last(client: LangGraphClient, thread_id: str) -> Any:
    runs: list[Any] = await client.runs.list(thread_id)
    return runs[0]["kwargs"]["input"] if runs else None


async def test_a_form_is_filled_in_refused_corrected_and_sent_by_the_keyboard(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "parallel")
        await open_page(page, studio_url, thread_id)
        await expect(page.get_by_label("Form", exact=True)).to_be_checked()
        await expect(page.locator("#input")).to_be_hidden()
        destination = page.get_by_label("Destination")
        await page.locator("body").press("m")
        await expect(destination).to_be_focused()
        await destination.press("Enter")
        assert await client.runs.list(thread_id) == []
        await destination.press("Control+Enter")
        problem = page.locator(".entry .problem:not(:empty)")
        await expect(problem).to_have_text("“Destination” is required.")
        await expect(page.locator("#runproblem")).to_contain_text("“Destination” is required.")
        await expect(destination).to_have_attribute("aria-invalid", "true")
        await expect(destination).to_be_focused()
        assert [text for text in page_complaints if "422" not in text] == []
        page_complaints.clear()
        await destination.press_sequentially("Kyoto")
        await expect(problem).to_have_count(0)
        await destination.press("Control+Enter")
        await expect(page.locator("[data-checkpoint-id]").first).to_be_visible(timeout=PATIENT)
        assert await input_of_last(client, thread_id) == {"destination": "Kyoto"}
        await expect(page.locator("#runproblem")).to_be_empty()
        await expect(destination).to_have_value("Kyoto")


async def test_the_fields_follow_the_assistant_and_keep_what_was_typed(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "pipeline")
        await open_page(page, studio_url, thread_id)
        assistant, steps = page.get_by_label("Assistant", exact=True), page.get_by_label("Steps", exact=True)
        await steps.fill("7")
        await assistant.select_option(label="todo")
        await expect(page.get_by_role("radio", name="Message")).to_be_checked()
        await expect(steps).to_have_count(0)
        await expect(page.locator("#input")).to_be_visible()
        await assistant.select_option(label="pipeline")
        await expect(page.get_by_label("Form", exact=True)).to_be_checked()
        await expect(steps).to_have_value("7")
        await page.get_by_label("JSON input").check()
        await expect(steps).to_be_hidden()
        example = await page.locator("#input").get_attribute("placeholder")
        assert json.loads(example or "") == {"steps": 1, "delay": 1.0}


async def test_a_number_that_the_browser_refuses_does_not_stop_another_way(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "pipeline")
        await open_page(page, studio_url, thread_id)
        await page.get_by_label("Steps", exact=True).press_sequentially("1e")
        await page.get_by_role("button", name="Send", exact=True).click()
        await page.get_by_label("JSON input").check()
        await page.locator("#input").fill('{"steps": 1, "delay": 0}')
        await page.locator("#input").press("Control+Enter")
        await expect(page.locator("#input")).to_have_value("", timeout=PATIENT)
        runs: list[Any] = await client.runs.list(thread_id)
        assert [run["kwargs"]["input"] for run in runs] == [{"steps": 1, "delay": 0}]


async def test_the_way_and_the_version_are_remembered_and_what_was_typed_is_not(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        config: Any = {"configurable": {"user_id": "first"}}
        made = await client.assistants.create("pipeline", config=config, name="Twice")
        await client.assistants.update(made["assistant_id"], config={"configurable": {"user_id": "second"}})
        thread_id = await new_thread(client, "pipeline")
        await open_page(page, studio_url, thread_id)
        assistant = page.get_by_label("Assistant", exact=True)
        async with asyncio.timeout(30):  # the list of assistants is taken for true for a while
            while not await assistant.locator(f'option[value="{made["assistant_id"]}"]').count():
                await page.reload()
        await live(page)
        await assistant.select_option(value=made["assistant_id"])
        options, version = page.locator(".options > summary"), page.get_by_label("Version")
        await options.click()
        await version.select_option(value="1")
        await expect(options).to_have_text("Options (1)")
        await options.click()
        await page.get_by_label("JSON input").check()
        await page.locator("#input").fill('{"steps": 1000, "delay": 1}')  # no question comes in between
        await page.get_by_role("button", name="Send", exact=True).click()
        await expect(page.locator("#input")).to_have_value("", timeout=PATIENT)
        run: Any = (await client.runs.list(thread_id))[0]
        assert run["kwargs"]["config"]["configurable"]["user_id"] == "first"

        await page.goto(f"{studio_url}/d/local/threads/{thread_id}/?assistant={made['assistant_id']}")
        await expect(page.get_by_label("JSON input")).to_be_checked()
        await expect(page.locator("#input")).to_have_value("")
        await expect(options).to_have_text("Options (1)")
        await options.click()
        await expect(version).to_have_value("1")
        await page.get_by_role("button", name="Forget them").click()
        await expect(version).to_have_value("")
        await version.select_option(value="2")
        await assistant.select_option(label="pipeline")
        await expect(page.locator("[name=version]")).to_have_value("")
        await stop_all(client, thread_id)
        await client.assistants.delete(made["assistant_id"])


async def test_without_a_script_all_ways_work(page: Page, studio_url: str, server_url: str) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "parallel")
        browser = page.context.browser
        assert browser
        context = await browser.new_context(java_script_enabled=False)
        plain = await context.new_page()
        await plain.goto(f"{studio_url}/d/local/threads/{thread_id}/")
        await plain.get_by_label("JSON input").check()
        await expect(plain.get_by_label("Destination")).to_be_hidden()
        await expect(plain.locator("#input")).to_be_visible()
        await plain.get_by_label("Form", exact=True).check()
        await plain.get_by_label("Destination").fill("Kyoto")
        async with plain.expect_response("**/send/"):
            await plain.get_by_role("button", name="Send", exact=True).click()
        assert await input_of_last(client, thread_id) == {"destination": "Kyoto"}
        await context.close()
