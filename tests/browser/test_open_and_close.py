"""Keys that send a form, and what closes that which is open over the page."""

from playwright.async_api import Page, expect

from tests.browser.test_message_verbs import chat, open_chat, open_menu
from tests.support.opened import PATIENT
from tests.support.sdk import witness


async def test_control_enter_in_the_message_editor_saves_and_reruns(
    page: Page, studio_url: str, server_url: str
) -> None:
    thread_id = await chat(server_url, "Hi! I'm Lance.")
    articles = await open_chat(page, studio_url, thread_id)
    await articles.first.locator("[data-edit]").click()
    box = page.locator("article.editing textarea[name=text-0]")
    await box.fill("Hi! I'm Ann.")
    await box.press("Control+Enter")
    await expect(articles.first).to_contain_text("Ann", timeout=PATIENT)
    await expect(articles.last).to_contain_text("Ann", timeout=PATIENT)
    async with witness(server_url) as client:
        assert len(await client.runs.list(thread_id)) == 2


async def test_options_are_closed_by_escape_and_by_a_click_beside_them(
    page: Page, studio_url: str, server_url: str
) -> None:
    await open_chat(page, studio_url, await chat(server_url, "Hi!"))
    button, field = page.locator(".options > summary"), page.get_by_label("Recursion limit")
    await button.click()
    await field.fill("7")
    await field.press("Escape")
    await expect(field).to_be_hidden()
    await expect(button).to_be_focused()
    await button.press("Enter")
    await expect(field).to_be_visible()
    await button.press("Escape")
    await expect(field).to_be_hidden()
    await button.click()
    await page.locator("#conversation h2").first.click()
    await expect(field).to_be_hidden()
    await expect(button).to_have_text("Options (1)")


async def test_escape_closes_the_panel_of_a_message_unless_something_is_typed_there(
    page: Page, studio_url: str, server_url: str
) -> None:
    articles = await open_chat(page, studio_url, await chat(server_url, "Hi!"))
    menu = await open_menu(articles.first)
    await page.keyboard.press("Escape")
    await expect(menu).to_have_count(0)
    await expect(articles.first.locator("[data-more]")).to_be_focused()
    menu = await open_menu(articles.first)
    box = menu.get_by_role("textbox", name="The new message")
    await box.fill("a thought")
    await box.press("Escape")
    await page.keyboard.press("Escape")
    await expect(box).to_have_value("a thought")
    await box.fill("")
    await box.press("Escape")
    await expect(menu).to_have_count(0)
