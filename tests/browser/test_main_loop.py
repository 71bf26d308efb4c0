"""The time-travel loop as a person does it, with the SDK as witness."""

import re

from playwright.async_api import Page, expect

from tests.support.opened import PATIENT, answer, live, send, send_json, thread_of
from tests.support.sdk import spine, thread_titled, witness

ASKED = "Give me a summary of all ToDos."
WATCH_ARGUMENTS = """() => {
  window.streamedArguments = [];
  const note = () => {
    for (const pre of document.querySelectorAll("#live .call pre")) window.streamedArguments.push(pre.textContent);
  };
  new MutationObserver(note).observe(document.getElementById("live"), { childList: true, subtree: true });
}"""
EDITED = "Give me a summary of all ToDos that need to be done in the next week."


async def test_edit_a_message_by_id_and_rerun_from_the_second_checkpoint(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await make_thread(page, studio_url, "todo")
    await send(page, ASKED)
    await expect(page.locator("#input")).to_have_value("")  # it is on its way
    said = answer(page)
    await expect(said).to_contain_text("summary of all your ToDos", timeout=PATIENT)
    rows = page.locator("[data-checkpoint-id]")
    await expect(rows).to_have_count(3)
    second = rows.nth(1)  # newest first: the second from the start
    checkpoint_id = await second.get_attribute("data-checkpoint-id")
    await second.click()
    await expect(second).to_have_attribute("aria-current", "true")
    human = page.locator("#conversation article[data-role=human]")
    message_id = await human.get_attribute("data-message-id")
    await human.get_by_role("button", name="Edit").click()
    box = page.locator("article.editing textarea[name=text-0]")
    await expect(box).to_have_value(ASKED)
    await box.fill(EDITED)
    await page.get_by_role("button", name="Save and rerun").click()

    await expect(page.locator("#verdicts")).to_contain_text("Replaced under its own id, nothing else changed.")
    await expect(page.locator("#live article.streaming, #conversation article[data-role=ai]")).to_be_visible()
    await expect(said).to_contain_text("need to be done in the next week", timeout=PATIENT)
    await expect(rows).to_have_count(5)
    await expect(page.locator(".head")).to_contain_text("2 branches")
    await expect(human).to_contain_text(EDITED)

    async with witness(seeded_url) as client:
        history = await spine(client, thread_of(page))
    edit = next(entry for entry in history if entry["metadata"]["source"] == "update")
    assert edit["parent_checkpoint"]["checkpoint_id"] == checkpoint_id
    assert [(m["id"], m["content"]) for m in edit["values"]["messages"]] == [(message_id, EDITED)]
    assert history[0]["parent_checkpoint"]["checkpoint_id"] == edit["checkpoint"]["checkpoint_id"]
    assert ASKED in [m["content"] for entry in history for m in entry["values"].get("messages", [])]

    await page.get_by_role("link", name="Previous branch").click()
    await expect(human).to_have_text(re.compile(re.escape(ASKED)))
    await expect(said).to_contain_text("summary of all your ToDos")


async def test_tool_calls_stream_with_their_arguments_and_results_stand_beside_them(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await make_thread(page, studio_url, "songs")
    await page.evaluate(WATCH_ARGUMENTS)  # they stream for a moment only, so they are watched rather than polled for
    await send(page, "Play Here Comes the Sun on Spotify and multiply 6 by 7.")
    call = page.locator("#conversation .call", has_text="multiply")
    await expect(call.locator("article[data-role=tool]")).to_contain_text("42", timeout=PATIENT)
    await expect(page.locator("#live article")).to_have_count(0)
    assert any("{" in text for text in await page.evaluate("() => window.streamedArguments"))


async def test_stop_cancels_the_run_on_the_server_and_keeps_its_work(
    page: Page, studio_url: str, seeded_url: str
) -> None:
    await make_thread(page, studio_url, "pipeline")
    await send_json(page, '{"steps": 200, "delay": 0.2}')
    await expect(page.locator("#progress progress")).to_be_visible(timeout=PATIENT)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.locator("#verdicts")).to_contain_text("Stopping. What the run has done is kept.")
    await expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=PATIENT)
    thread_id = thread_of(page)
    async with witness(seeded_url) as client:
        runs = await client.runs.list(thread_id)
    assert [run["status"] for run in runs] == ["interrupted"]
    await expect(page.locator("[data-checkpoint-id]").nth(2)).to_be_attached()


async def test_two_questions_are_answered_together(page: Page, studio_url: str, seeded_url: str) -> None:
    await make_thread(page, studio_url, "parallel")
    await send_json(page, '{"destination": "Kyoto"}')
    answers = page.locator(".ask textarea")
    await expect(answers).to_have_count(2, timeout=PATIENT)
    await expect(page.locator(".head .chip")).to_have_attribute("data-status", "interrupted")
    await page.get_by_role("radio", name="Something else").check()
    await answers.nth(0).fill("the night flight")
    await answers.nth(1).fill("2031-05-01")
    await page.get_by_role("button", name="Resume").click()
    await expect(page.locator(".ask")).to_have_count(0, timeout=PATIENT)
    await expect(page.locator(".head .chip")).to_have_attribute("data-status", "idle", timeout=PATIENT)


async def test_a_fork_opens_a_copy_with_the_whole_history(page: Page, studio_url: str, seeded_url: str) -> None:
    async with witness(seeded_url) as client:
        original = await thread_titled(client, "One question, three answers")
    await page.goto(f"{studio_url}/d/local/threads/{original}/")
    count = await page.locator("[data-checkpoint-id]").count()
    await page.get_by_role("button", name="Fork to new thread").click()
    await expect(page.locator("#verdicts")).to_contain_text("copy with the whole history")
    assert original not in page.url
    await expect(page.locator("[data-checkpoint-id]")).to_have_count(count)
    await expect(page.locator("h1")).to_have_text("One question, three answers (copy)")
    copy = thread_of(page)
    await page.goto("about:blank")  # it may still be reading
    async with witness(seeded_url) as client:  # the sample threads shall stay what they are
        await client.threads.delete(copy)


async def test_rerun_from_here_adds_a_branch_without_an_edit(page: Page, studio_url: str, seeded_url: str) -> None:
    await make_thread(page, studio_url, "todo")
    await send(page, ASKED)
    rows = page.locator("[data-checkpoint-id]")
    await expect(rows).to_have_count(3, timeout=PATIENT)
    await expect(page.locator(".head .chip")).to_have_attribute("data-status", "idle", timeout=PATIENT)
    await rows.nth(1).click()
    await page.get_by_role("button", name="Rerun from here").click()
    await expect(page.locator(".head")).to_contain_text("2 branches", timeout=PATIENT)
    await expect(page.locator("#verdicts")).to_contain_text("side effects happen anew")


async def make_thread(page: Page, studio_url: str, graph: str) -> None:
    """Make a thread for a graph, as a person does, and wait until its page is live."""
    await page.goto(f"{studio_url}/d/local/threads/")
    await page.get_by_role("link", name="New thread").click()
    await page.get_by_label("Assistant").select_option(label=graph)
    await page.get_by_role("button", name="Create").click()
    await live(page)
