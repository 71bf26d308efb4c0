"""What is typed into an editor is not lost by a click beside it, and two clicks are not two wishes."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Dialog, Page, expect

from tests.support.opened import open_page
from tests.support.sdk import witness


async def talked(url: str) -> str:
    """A conversation with two checkpoints."""
    async with witness(url) as client:
        thread_id = str((await client.threads.create(graph_id="chat"))["thread_id"])
        for id in ("one", "two"):
            said: Any = {"messages": [{"type": "human", "id": id, "content": id}]}
            await client.threads.update_state(thread_id, said, as_node="conversation")
        return thread_id


def answering(page: Page, leave: bool) -> list[str]:
    """What the page asks from now on; each is answered alike."""
    asked: list[str] = []

    async def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await (dialog.accept() if leave else dialog.dismiss())

    page.on("dialog", answer)
    return asked


async def type_into_edit(page: Page) -> None:
    await page.locator("article[data-message-id=two] [data-edit]").click()
    await page.locator("article.editing textarea").first.fill("half a thought")


Leaving = Callable[[Page], Any]
LEAVING: list[Leaving] = [
    lambda page: page.locator("#history [data-checkpoint-id]").last.click(),
    lambda page: page.get_by_role("link", name="Threads").click(),
]


@pytest.mark.parametrize("leaving", LEAVING, ids=["another checkpoint", "another page"])
@pytest.mark.parametrize("leave", [False, True])
async def test_whoever_leaves_what_they_typed_is_asked(
    leave: bool, leaving: Leaving, page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_page(page, studio_url, await talked(seeded_url))
    asked = answering(page, leave)
    await type_into_edit(page)
    here = page.url
    await leaving(page)
    await expect(page.locator("article.editing")).to_have_count(int(not leave))
    assert len(asked) == 1
    if not leave:
        assert page.url == here
        await expect(page.locator("article.editing textarea").first).to_have_value("half a thought")


async def test_an_editor_in_which_nothing_was_typed_is_left_without_a_question(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await open_page(page, studio_url, await talked(seeded_url))
    asked = answering(page, leave=False)
    await page.locator("article[data-message-id=two] [data-edit]").click()
    await expect(page.locator("article.editing")).to_be_visible()
    await page.locator("#history [data-checkpoint-id]").last.click()
    await expect(page.locator("article.editing")).to_have_count(0)
    assert asked == []


async def test_what_is_saved_is_left_without_a_question(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await talked(seeded_url)
    await open_page(page, studio_url, thread_id)
    asked = answering(page, leave=False)
    await type_into_edit(page)
    await page.get_by_role("button", name="Save only").click()
    await expect(page.locator("#verdicts")).to_contain_text("Replaced under its own id")
    await page.get_by_role("link", name="Threads").click()
    await expect(page.locator("[data-thread-id]").first).to_be_visible()
    assert asked == []


async def test_a_double_click_saves_once(page: Page, studio_url: str, seeded_url: str) -> None:
    thread_id = await talked(seeded_url)
    await open_page(page, studio_url, thread_id)
    await page.locator("article[data-message-id=two] [data-more]").click()
    await page.locator(".insertform textarea").fill("put in")
    await page.get_by_role("button", name="Insert", exact=True).dblclick()
    await expect(page.locator("#verdicts")).to_contain_text("Saved")
    async with witness(seeded_url) as client:
        assert len(await client.threads.get_history(thread_id)) == 3
