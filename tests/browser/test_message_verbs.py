"""The “…” menu of a message as a person uses it, with the SDK as witness."""

from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.browser.looking import said
from tests.support.sdk import witness


async def chat(url: str, *texts: str) -> str:
    """A conversation in which these things were said and answered."""
    async with witness(url) as client:
        thread = await client.threads.create(graph_id="chat")
        for text in texts:
            await client.runs.wait(thread["thread_id"], "chat", input=said(text))
        return str(thread["thread_id"])


async def messages(url: str, thread_id: str) -> list[str]:
    async with witness(url) as client:
        found: Any = (await client.threads.get_state(thread_id))["values"]
        return [message["content"] for message in found["messages"]]


async def open_chat(page: Page, studio_url: str, thread_id: str) -> Locator:
    """The page of a conversation; its messages."""
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    return page.locator("#conversation article[data-message-id]")


async def open_menu(article: Locator) -> Locator:
    await article.get_by_role("button", name="More for this message").click()
    menu = article.locator(".messagemenu")
    await expect(menu).to_be_visible()
    return menu


async def test_a_message_is_deleted_and_another_one_inserted(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await chat(seeded_url, "Hi! I'm Lance.", "I like trains.")
    articles = await open_chat(page, studio_url, thread_id)
    await expect(articles).to_have_count(4)
    kept = (await messages(seeded_url, thread_id))[1:]
    await (await open_menu(articles.first)).get_by_role("button", name="Delete", exact=True).click()
    await expect(articles).to_have_count(3)
    await expect(page.locator("#verdicts")).to_contain_text("messages: as meant")
    assert await messages(seeded_url, thread_id) == kept

    menu = await open_menu(articles.first)
    await menu.get_by_label("After").check()
    await menu.get_by_label("Who says it").select_option("system")
    await menu.get_by_label("The new message").fill("You are brief.")
    await menu.get_by_role("button", name="Insert", exact=True).click()
    await expect(articles).to_have_count(4)
    await expect(articles.nth(1)).to_contain_text("You are brief.")
    assert await messages(seeded_url, thread_id) == [kept[0], "You are brief.", *kept[1:]]


async def test_an_insertion_is_refused_beside_what_was_typed(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    thread_id = await chat(seeded_url, "Hello")
    articles = await open_chat(page, studio_url, thread_id)
    menu = await open_menu(articles.first)
    await menu.get_by_label("Who says it").select_option("json")
    await menu.get_by_label("The new message").fill("{no json")
    await menu.get_by_role("button", name="Insert", exact=True).click()
    await expect(menu.get_by_role("alert")).to_contain_text("not valid JSON")
    await expect(menu.get_by_label("The new message")).to_have_value("{no json")
    assert all("422" in complaint for complaint in page_complaints)
    page_complaints.clear()


async def test_nothing_is_inserted_without_a_text(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await chat(seeded_url, "Hello")
    menu = await open_menu((await open_chat(page, studio_url, thread_id)).first)
    await menu.get_by_role("button", name="Insert", exact=True).click()
    await expect(menu.get_by_label("The new message")).to_be_focused()
    await expect(page.locator("#runproblem")).to_be_empty()
    assert len(await messages(seeded_url, thread_id)) == 2


async def test_regenerate_says_it_anew_on_another_branch(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await chat(seeded_url, "Hello")
    articles = await open_chat(page, studio_url, thread_id)
    await (await open_menu(articles.nth(1))).get_by_role("button", name="Regenerate").click()
    await expect(page.locator("#verdicts")).to_contain_text("side effects happen anew")
    await expect(page.locator(".head")).to_contain_text("2 branches", timeout=20_000)
    await expect(articles).to_have_count(2)


async def test_the_menu_is_used_with_the_keyboard_and_closed(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await chat(seeded_url, "Hello")
    articles = await open_chat(page, studio_url, thread_id)
    more = articles.first.get_by_role("button", name="More for this message")
    await more.focus()
    await page.keyboard.press("Enter")
    menu = articles.first.locator(".messagemenu")
    await expect(menu).to_be_visible()
    await menu.get_by_role("button", name="Close").focus()
    await page.keyboard.press("Enter")
    await expect(menu).to_have_count(0)
    await more.focus()
    await page.keyboard.press("Enter")
    await menu.get_by_role("button", name="Delete", exact=True).focus()
    await page.keyboard.press("Enter")
    await expect(articles).to_have_count(1)


async def test_the_menu_and_what_is_typed_survive_a_run(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await chat(seeded_url, "Hello")
    articles = await open_chat(page, studio_url, thread_id)
    menu = await open_menu(articles.first)
    text = menu.get_by_label("The new message")
    await text.fill("half a thought")
    async with witness(seeded_url) as client:
        await client.runs.wait(thread_id, "chat", input=said("Meanwhile"))
    await expect(articles).to_have_count(4, timeout=20_000)
    await expect(page.locator(".head .chip")).to_have_attribute("data-status", "idle", timeout=20_000)
    await expect(text).to_have_value("half a thought")
    await menu.get_by_role("button", name="Insert", exact=True).click()
    await expect(page.locator("#conversation")).to_contain_text("half a thought")
    assert "half a thought" in await messages(seeded_url, thread_id)


async def test_a_message_that_somebody_edited_meanwhile_is_deleted_only_when_asked_again(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    thread_id = await chat(seeded_url, "Hello")
    articles = await open_chat(page, studio_url, thread_id)
    menu = await open_menu(articles.first)
    async with witness(seeded_url) as client:
        state: Any = await client.threads.get_state(thread_id)
        changed = {**state["values"]["messages"][0], "content": "Theirs"}
        await client.threads.update_state(thread_id, {"messages": [changed]}, checkpoint_id=state["checkpoint_id"])
    await menu.get_by_role("button", name="Delete", exact=True).click()
    told = page.locator("#runproblem")
    await expect(told).to_contain_text("Somebody else edited this message meanwhile.")
    await expect(told.get_by_label("What it says there")).to_have_value("Theirs")
    await told.get_by_role("button", name="Delete it all the same").click()
    await expect(page.locator("#verdicts")).to_contain_text("messages: as meant")
    assert len(await messages(seeded_url, thread_id)) == 1
    assert all("409" in complaint for complaint in page_complaints)
    page_complaints.clear()
