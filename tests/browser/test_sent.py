"""What Studio sent, in the browser: found from the thread, opened, copied, and run."""

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.support.opened import PATIENT, answer, open_page, send
from tests.support.repeating import run_python
from tests.support.sdk import new_thread, witness

TEXT = "It's “$HOME” `id` 🙂"


async def copied(page: Page, name: str) -> str:
    """What a button puts on the clipboard."""
    await page.get_by_role("button", name=name).click()
    await expect(page.locator("#toasts")).to_contain_text("Copied.")
    return str(await page.evaluate("navigator.clipboard.readText()"))


async def test_what_was_sent_is_copied_as_code_that_sends_it_again(
    page: Page, studio_url: str, server_url: str
) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "chat")
        await open_page(page, studio_url, thread_id)
        await send(page, TEXT)
        await expect(answer(page)).to_be_visible(timeout=PATIENT)

        await page.get_by_role("link", name="Sent", exact=True).click()
        entry = page.locator("li[data-sent]")
        await expect(entry.locator(".verb")).to_have_text(["Send"])
        python = await copied(page, "Copy the Python code")
        assert "await client.runs.create(" in python
        await entry.get_by_label("curl").check()
        await expect(entry.get_by_role("button", name="Copy the Python code")).to_be_hidden()
        command = await copied(page, "Copy the curl command")
        assert command.startswith("curl -X POST ")
        assert TEXT in command

        again = await run_python(python, httpx.AsyncHTTPTransport())
        assert again.statuses == [200]
        assert again.arrived[0].path == f"/threads/{thread_id}/runs"
        await client.runs.join(thread_id, (await client.runs.list(thread_id))[0]["run_id"])
        state = await client.threads.get_state(thread_id)
    said = [m["content"] for m in state["values"]["messages"] if m["type"] == "human"]  # type: ignore[call-overload]
    assert said == [TEXT, TEXT]


@pytest.mark.parametrize("width", [1440, 390])
async def test_older_ones_open_where_they_stand(page: Page, studio_url: str, server_url: str, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 900})
    async with witness(server_url) as client:
        thread_id = await new_thread(client, "chat")
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await page.get_by_role("button", name="Fork to new thread").click()
    await expect(page.get_by_text("This is a copy with the whole history.")).to_be_visible(timeout=PATIENT)
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/sent/")
    newest, before = await page.locator("li[data-sent]").all()
    await expect(newest.locator("pre").first).to_contain_text("client.threads.update(")
    await before.locator("summary").click()
    await expect(before.locator("pre").first).to_contain_text("client.threads.copy(")
    await before.locator("summary").click()
    await expect(before.locator("pre").first).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("link", name="All that was sent to local").click()
    await expect(page.get_by_role("heading", name="Sent to local")).to_be_visible()
