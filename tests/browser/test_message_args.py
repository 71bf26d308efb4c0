"""Editing what a tool is called with, as a person does; and what two people at one message see of each other."""

from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

from tests.support.opened import open_page
from tests.support.sdk import witness

HUGE = 12000000000000000001
CALLED: list[Any] = [
    {"type": "human", "id": "asked", "content": "How much?"},
    {
        "type": "ai",
        "id": "called",
        "content": "Let me see.",
        "tool_calls": [
            {"id": "c1", "name": "multiply", "args": {"a": HUGE}, "type": "tool_call"},
            {"id": "c2", "name": "add", "args": {"b": 1}, "type": "tool_call"},
        ],
    },
]


async def called(url: str) -> str:
    """A conversation in which two tools are called."""
    async with witness(url) as client:
        thread_id = str((await client.threads.create(graph_id="chat"))["thread_id"])
        await client.threads.update_state(thread_id, {"messages": CALLED}, as_node="conversation")
        return thread_id


async def messages(url: str, thread_id: str) -> list[Any]:
    async with witness(url) as client:
        found: Any = (await client.threads.get_state(thread_id))["values"]
        return list(found["messages"])


async def open_form(page: Page, id: str) -> Locator:
    """The form of a message on the page of its thread."""
    await page.locator(f"article[data-message-id={id}] [data-edit]").click()
    form = page.locator(f"article.editing[data-message-id={id}]")
    await expect(form).to_be_visible()
    return form


async def type_args(page: Page, form: Locator, name: str, text: str) -> None:
    """Type into the editor of a call's arguments, with the keyboard."""
    await form.locator(f"json-editor[label='Arguments of {name}'] .cm-content").focus()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(text)


async def test_the_arguments_of_a_tool_call_are_edited_with_the_keyboard(
    page: Page, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    thread_id = await called(seeded_url)
    await open_page(page, studio_url, thread_id)
    form = await open_form(page, "called")
    await type_args(page, form, "add", '{\n  "b": \n}')
    await form.get_by_role("button", name="Save only").press("Enter")
    await expect(form.locator(".callargs .problem")).to_contain_text("at line 3, column 1")
    await expect(form.get_by_role("alert")).to_contain_text("what you typed is still here")
    await expect(form.locator("json-editor[label='Arguments of add'] .cm-content")).to_be_focused()
    await expect(form.locator(".callargs .problem")).to_be_hidden()
    assert [call["args"] for call in (await messages(seeded_url, thread_id))[1]["tool_calls"]] == [
        {"a": HUGE},
        {"b": 1},
    ]
    await type_args(page, form, "add", '{"b": 2}')
    await form.get_by_role("button", name="Save only").press("Enter")
    await expect(page.locator("#verdicts")).to_contain_text("Replaced under its own id")
    now = (await messages(seeded_url, thread_id))[1]
    assert [call["args"] for call in now["tool_calls"]] == [{"a": HUGE}, {"b": 2}]
    assert now["content"] == "Let me see."
    assert all("422" in complaint for complaint in page_complaints)
    page_complaints.clear()


async def test_of_two_people_at_one_message_the_second_reads_the_first_and_keeps_both(
    page: Page, browser: Browser, studio_url: str, seeded_url: str, page_complaints: list[str]
) -> None:
    thread_id = await called(seeded_url)
    context = await browser.new_context()
    other = await context.new_page()
    for one in (page, other):
        await open_page(one, studio_url, thread_id)
    mine, theirs = await open_form(page, "asked"), await open_form(other, "asked")
    await mine.locator("[name=text-0]").fill("Mine")
    await theirs.locator("[name=text-0]").fill("Theirs")
    await theirs.get_by_role("button", name="Save only").click()
    await expect(other.locator("#verdicts")).to_contain_text("Replaced under its own id")
    await context.close()
    await mine.get_by_role("button", name="Save only").click()
    told = mine.get_by_role("alert")
    await expect(told).to_contain_text("Somebody else edited this message meanwhile.")
    await expect(told.get_by_label("What it says there")).to_have_value("Theirs")
    await expect(mine.locator("[name=text-0]")).to_have_value("Mine")
    await mine.get_by_role("button", name="Save mine on a branch of its own").click()
    await expect(page.locator("#verdicts")).to_contain_text("Replaced under its own id")
    await expect(page.locator(".head")).to_contain_text("2 branches")
    assert (await messages(seeded_url, thread_id))[0]["content"] == "Mine"
    assert all("409" in complaint for complaint in page_complaints)
    page_complaints.clear()
