"""Questions answered by a person: in the inbox, on the page of a thread, and by a message."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.sdk import rest, witness

PATIENT = 20_000
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def asking(server_url: str, graph: str = "pipeline") -> str:
    """The id of a thread that waits for an answer."""
    given: Any = {"destination": "Kyoto"} if graph == "parallel" else {"steps": 1, "delay": 0}
    async with witness(server_url) as client:
        thread_id = str((await client.threads.create(graph_id=graph))["thread_id"])
        await client.runs.wait(thread_id, graph, input=given)
    return thread_id


async def state(server_url: str, thread_id: str) -> Any:
    async with witness(server_url) as client:
        return await client.threads.get_state(thread_id)


async def runs(server_url: str, thread_id: str) -> int:
    async with witness(server_url) as client:
        return len(await client.runs.list(thread_id))


async def open_item(page: Page, thread_id: str) -> Locator:
    """Open the item of a thread in the inbox; it, once its form is there."""
    item = page.locator(f"[data-waits][data-thread-id='{thread_id}']")
    await item.locator("summary").first.click(position={"x": 5, "y": 5})
    await expect(item.locator(".ask")).to_be_visible()
    return item


async def open_thread(page: Page, studio_url: str, thread_id: str) -> None:
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")


async def test_a_question_is_answered_in_the_inbox(page: Page, studio_url: str, server_url: str) -> None:
    first, second = await asking(server_url), await asking(server_url)
    async with witness(server_url) as client:
        await rest(client)
    await page.goto(f"{studio_url}/d/local/inbox/")
    count = page.locator("inbox-count")
    before = int(await page.locator("[data-total]").get_attribute("data-total") or "")
    await expect(count).to_have_text(str(before), timeout=PATIENT)  # it is counted now and then only
    other = await open_item(page, second)
    await expect(other.get_by_role("textbox")).to_have_count(0)
    await other.get_by_role("radio", name="Something else").check()
    await other.get_by_role("textbox").fill("not yet")
    item = await open_item(page, first)
    await item.get_by_role("radio", name="yes").check()
    await item.get_by_role("button", name="Resume").click()
    done = page.locator(".waits.done")
    await expect(done).to_contain_text("Answered. The thread goes on")
    await expect(done).to_be_focused()
    await expect(page.locator("[data-total]")).to_have_text(str(before - 1))
    await expect(page.locator(f"[data-thread-id='{first}']")).to_have_count(0)
    await expect(count).to_have_text(str(before - 1), timeout=PATIENT)
    await expect(page.locator("inbox-news")).to_be_hidden()
    await expect(other.get_by_role("textbox")).to_have_value("not yet")
    await done.get_by_role("link", name="Open the thread").click()
    await expect(page.locator(".head .chip")).to_have_attribute("data-status", "idle", timeout=PATIENT)
    assert (await state(server_url, first))["values"]["published"] is True


async def test_a_problem_in_the_inbox_is_told_in_its_form_and_goes_with_the_next_attempt(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    thread_id = await asking(server_url, "parallel")
    await page.goto(f"{studio_url}/d/local/inbox/")
    item = await open_item(page, thread_id)
    answers = item.locator("textarea")
    await answers.nth(1).fill("2031-05-01")
    await item.get_by_role("button", name="Resume").click()
    problem = item.locator("[data-problem] .panel")
    await expect(problem).to_have_text("An answer cannot be sent as it is. Your answers are still there.")
    await expect(item.locator(".question .problem").first).to_contain_text("There is no answer to “Which flight to Ky")
    await expect(item.locator(".choices input").first).to_be_focused()
    await item.get_by_role("radio", name="Something else").check()
    await answers.nth(0).fill("by ship")
    await expect(item.locator(".question .problem").first).to_be_empty()
    await expect(problem).to_have_count(0)
    await item.get_by_role("button", name="Resume").click()
    await expect(page.locator(".waits.done")).to_contain_text("Answered.")
    refusals_only(page_complaints)


async def test_a_message_at_a_question_is_refused_and_may_be_the_answer(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    thread_id = await asking(server_url)
    await open_thread(page, studio_url, thread_id)
    await expect(page.locator("#input")).to_be_hidden()
    await page.get_by_text("Start another run instead").click()
    await expect(page.locator("#origin")).to_contain_text("waits for the answer above")
    await page.get_by_role("radio", name="Message").check()
    await page.locator("#input").fill("yes")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator("#runproblem")).to_contain_text("The thread waits for an answer.")
    await expect(page.locator("#input")).to_have_value("yes")
    assert await runs(server_url, thread_id) == 1
    await page.get_by_role("button", name="Answer the question with it").click()
    await expect(page.locator(".ask")).to_have_count(0, timeout=PATIENT)
    await expect(page.locator(".head .chip")).to_have_attribute("data-status", "idle", timeout=PATIENT)
    await expect(page.locator("#input")).to_have_value("")
    assert (await state(server_url, thread_id))["values"]["published"] is True
    assert await runs(server_url, thread_id) == 2
    refusals_only(page_complaints)


async def test_another_run_is_folded_away_while_a_question_waits(page: Page, studio_url: str, server_url: str) -> None:
    thread_id = await asking(server_url)
    await open_thread(page, studio_url, thread_id)
    send, folded = page.get_by_role("button", name="Send", exact=True), page.get_by_text("Start another run instead")
    await expect(send).to_be_hidden()
    await page.keyboard.press("m")
    await expect(send).to_be_visible()
    await folded.click()
    await page.get_by_role("radio", name="yes").check()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.locator(".head .chip")).to_have_attribute("data-status", "idle", timeout=PATIENT)
    await expect(folded).to_be_hidden()
    await expect(page.locator("#origin")).to_be_empty()
    await page.get_by_role("radio", name="JSON input").check()
    await page.locator("#input").fill('{"steps": 1, "delay": 0}')
    await send.click()
    await expect(page.locator(".ask")).to_be_visible(timeout=PATIENT)
    await expect(send).to_be_hidden()


async def test_a_message_that_is_written_when_a_question_comes_stays_in_sight(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = str((await client.threads.create(graph_id="pipeline"))["thread_id"])
        await open_thread(page, studio_url, thread_id)
        await page.get_by_role("radio", name="Message").check()
        await page.locator("#input").fill("a thought")
        await client.runs.wait(thread_id, "pipeline", input={"steps": 1, "delay": 0})
        await expect(page.locator(".ask")).to_be_visible(timeout=PATIENT)
        await expect(page.locator("#origin")).to_contain_text("waits for the answer above")
        await expect(page.locator("#input")).to_have_value("a thought")
        await expect(page.locator("#input")).to_be_visible()


async def test_options_that_are_open_when_a_question_comes_stay_in_sight(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = str((await client.threads.create(graph_id="pipeline"))["thread_id"])
        await open_thread(page, studio_url, thread_id)
        await page.locator(".options > summary").click()
        await client.runs.wait(thread_id, "pipeline", input={"steps": 1, "delay": 0})
        await expect(page.locator(".ask")).to_be_visible(timeout=PATIENT)
        await expect(page.locator("#origin")).to_contain_text("waits for the answer above")
        await expect(page.get_by_label("Recursion limit")).to_be_visible()


async def test_a_thread_is_ended_where_it_waits(page: Page, studio_url: str, server_url: str) -> None:
    thread_id = await asking(server_url, "parallel")
    await open_thread(page, studio_url, thread_id)
    button = page.get_by_role("button", name="End the thread here")
    await expect(button).to_be_hidden()
    await page.get_by_text("End here…").click()
    await button.click()
    await expect(page.locator("#verdicts")).to_contain_text("Ended here: flight, visa got no answer")
    await expect(page.locator(".ask")).to_have_count(0)
    await expect(page.locator(".head .chip")).to_have_attribute("data-status", "idle")
    assert (await state(server_url, thread_id))["next"] == []
    assert await runs(server_url, thread_id) == 1


async def test_an_update_goes_with_the_answer(page: Page, studio_url: str, server_url: str) -> None:
    thread_id = await asking(server_url)
    await open_thread(page, studio_url, thread_id)
    await page.get_by_text("Also update the state or jump to a node").click()
    await expect(page.get_by_label("Go to").locator("option")).to_contain_text(["where the graph leads", "prepare"])
    await page.get_by_label("Update the state").fill('{"sample": {"of": "the person"}}')
    await page.get_by_role("radio", name="no").check()
    await page.get_by_role("button", name="Resume").click()
    await expect(page.locator(".ask")).to_have_count(0, timeout=PATIENT)
    values = (await state(server_url, thread_id))["values"]
    assert (values["sample"], values["approved"]) == ({"of": "the person"}, False)


async def test_what_was_typed_outlives_that_somebody_else_was_faster(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    thread_id = await asking(server_url)
    await page.goto(f"{studio_url}/d/local/inbox/")
    item = await open_item(page, thread_id)
    await item.get_by_role("radio", name="Something else").check()
    await item.get_by_role("textbox").fill("my long answer")
    (asked,) = (await state(server_url, thread_id))["tasks"][0]["interrupts"]
    async with witness(server_url) as client:
        await client.runs.wait(thread_id, "pipeline", command={"resume": {asked["id"]: "no"}})
    await item.get_by_role("button", name="Resume").click()
    await expect(item.locator("[data-problem]")).to_contain_text("The questions have changed meanwhile.")
    await expect(item.get_by_label("What you typed")).to_have_value("my long answer")
    assert await runs(server_url, thread_id) == 2
    refusals_only(page_complaints)


async def test_what_was_typed_on_the_page_of_a_thread_outlives_the_question(
    page: Page, studio_url: str, server_url: str
) -> None:
    thread_id = await asking(server_url)
    await open_thread(page, studio_url, thread_id)
    await page.get_by_role("radio", name="Something else").check()
    await page.locator(".ask textarea").fill("my long answer")
    await page.locator("[data-checkpoint-id]").nth(1).click()
    await expect(page.locator(".ask")).to_have_count(0)
    await page.locator("[data-checkpoint-id]").nth(0).click()
    await expect(page.locator(".ask textarea")).to_have_value("my long answer")
    await expect(page.locator(".ask textarea")).to_be_visible()
    await page.goto(f"{studio_url}/d/local/threads/{thread_id}/")
    await expect(page.locator("#connection")).to_have_attribute("data-connection", "live")
    await page.get_by_role("radio", name="Something else").check()
    await page.locator(".ask textarea").fill("my other answer")
    (asked,) = (await state(server_url, thread_id))["tasks"][0]["interrupts"]
    async with witness(server_url) as client:
        await client.runs.wait(thread_id, "pipeline", command={"resume": {asked["id"]: "no"}})
    await expect(page.locator("#runproblem")).to_contain_text("The question is not open any more.", timeout=PATIENT)
    await expect(page.get_by_label("What you typed")).to_have_value("my other answer")


@pytest.mark.parametrize("width", [390, 1440])
async def test_the_inbox_fits_the_screen(page: Page, studio_url: str, server_url: str, width: int) -> None:
    thread_id = await asking(server_url, "parallel")
    await page.set_viewport_size({"width": width, "height": 900})
    await page.goto(f"{studio_url}/d/local/inbox/")
    item = await open_item(page, thread_id)
    await item.get_by_text("End here…").click()
    assert await page.evaluate(OVERFLOW) == 0
    await open_thread(page, studio_url, thread_id)
    assert await page.evaluate(OVERFLOW) == 0


def refusals_only(complaints: list[str]) -> None:
    """Chromium reports each answer of 4xx; those of these tests are wanted."""
    assert [text for text in complaints if " 409 " not in text and " 422 " not in text] == []
    assert complaints
    complaints.clear()
