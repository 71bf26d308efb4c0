"""Opening threads in the browser, and what is on show there."""

import asyncio
from typing import Any

from playwright.async_api import Page, expect

from tests.support.opened import live
from tests.support.sdk import thread_titled, witness


def said(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


async def open_thread(page: Page, studio_url: str, seeded_url: str, title: str, query: str = "") -> None:
    async with witness(seeded_url) as client:
        thread_id = await thread_titled(client, title)
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/{query}")
    await live(page)


async def ids(page: Page, row: int) -> str:
    return str(await page.locator("[data-checkpoint-id]").nth(row).get_attribute("data-checkpoint-id"))


async def shows(page: Page, checkpoint_id: str) -> None:
    """The checkpoint is the one on show in the history, the conversation and the inspector."""
    await asyncio.gather(
        expect(page.locator("[data-checkpoint-id][aria-current=true]")).to_have_attribute(
            "data-checkpoint-id", checkpoint_id
        ),
        expect(page.locator("#conversation")).to_have_attribute("data-checkpoint", checkpoint_id),
        expect(page.locator("#inspector .facts").first).to_contain_text(checkpoint_id),
    )
