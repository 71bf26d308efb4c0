"""Where the focus is after something was done with the keyboard: never lost, so that one can go on from there."""

import pytest
from playwright.async_api import Page, expect

from tests.support.opened import PATIENT, open_page
from tests.support.sdk import new_thread, stop_all, witness, work


async def open_chat(page: Page, studio_url: str, server_url: str) -> str:
    """The page of a chat in which three things were said; its thread."""
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "chat")
        for text in ("one", "two", "three"):
            said = {"messages": [{"type": "human", "id": text, "content": text}]}
            await client.threads.update_state(thread_id, said, as_node="conversation")
    await open_page(page, studio_url, thread_id)
    return thread_id


async def test_after_a_save_it_is_at_what_was_saved(page: Page, studio_url: str, server_url: str) -> None:
    await open_chat(page, studio_url, server_url)
    edit = page.locator("article[data-message-id=one] [data-edit]")
    await edit.focus()
    await page.keyboard.press("Enter")
    box = page.locator("article.editing textarea[name=text-0]")
    await expect(box).to_be_focused()
    await page.keyboard.type(" more")
    await page.get_by_role("button", name="Save only").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#verdicts .verdict").first).to_be_focused()
    await page.keyboard.press("Tab")
    assert await page.evaluate("() => document.activeElement.closest('#conversation') !== null")
    head = await page.locator("#conversation").get_attribute("data-checkpoint")
    await page.keyboard.press("j")  # the shortcuts go on working
    await expect(page.locator("#conversation")).not_to_have_attribute("data-checkpoint", str(head))


async def test_after_an_edit_that_was_given_up_it_is_where_it_began(
    page: Page, studio_url: str, server_url: str
) -> None:
    await open_chat(page, studio_url, server_url)
    edit = page.locator("article[data-message-id=one] [data-edit]")
    await edit.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("article.editing textarea[name=text-0]")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("article.editing")).to_have_count(0)
    await expect(edit).to_be_focused()


async def test_a_control_that_shows_another_checkpoint_keeps_it(page: Page, studio_url: str, server_url: str) -> None:
    await open_chat(page, studio_url, server_url)
    parent, shown = page.locator("#conversation [data-parent]"), page.locator("#conversation")
    head = await shown.get_attribute("data-checkpoint")
    await parent.focus()
    await page.keyboard.press("Enter")
    await expect(shown).not_to_have_attribute("data-checkpoint", str(head))
    await expect(parent).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(parent).to_have_count(0)  # the first one has none
    await expect(page.locator("talk-scroll")).to_be_focused()


async def test_after_a_form_of_a_page_of_its_own_it_is_at_the_verdict(
    page: Page, studio_url: str, server_url: str
) -> None:
    thread_id = await open_chat(page, studio_url, server_url)
    await page.get_by_role("button", name="Fork to new thread").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#verdicts .verdict")).to_be_focused(timeout=PATIENT)
    assert thread_id not in page.url


@pytest.mark.parametrize(("button", "told"), [("Pause", "Pausing."), ("Remove", "out of the queue")])
async def test_after_a_run_was_told_to_stop_it_is_at_what_becomes_of_it(
    button: str, told: str, page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        await work(client, thread_id)
        await work(client, thread_id, multitask_strategy="enqueue")
        await open_page(page, studio_url, thread_id)
        await expect(page.locator("#runstate")).to_have_attribute("data-status", "running", timeout=PATIENT)
        await page.get_by_role("button", name=button).focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#verdicts .verdict")).to_contain_text(told)
        await expect(page.locator("#verdicts .verdict")).to_be_focused()
        await stop_all(client, thread_id)
