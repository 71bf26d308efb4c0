"""A run from its start to its end, and what a person does about it: its steps, pausing, ways to send while it works,
the list of runs, and its events."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

from langgraph_sdk.client import LangGraphClient
from playwright.async_api import Locator, Page, Route, expect

from tests.support.opened import PATIENT, REFRESH, open_page, send_json
from tests.support.sdk import new_thread, stop_all, witness, work


async def finished(client: LangGraphClient) -> tuple[str, str]:
    """A new thread, and its run that is over."""
    thread_id = await new_thread(client)
    run = await work(client, thread_id, steps=1, delay=0)
    await client.runs.join(thread_id, run)
    return thread_id, run


async def statuses(client: LangGraphClient, thread_id: str) -> dict[str, str]:
    return {run["run_id"]: run["status"] for run in await client.runs.list(thread_id)}


async def test_the_steps_of_a_run_are_shown_as_they_are_done_and_lead_to_their_checkpoints(
    page: Page, studio_url: str, server_url: str
) -> None:
    steps, now = page.locator(".timeline li:has(a)"), page.locator(".timeline .now")
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        await open_page(page, studio_url, thread_id)
        await work(client, thread_id, steps=1000, delay=0.3)
        await expect(steps.first).to_contain_text("prepare", timeout=PATIENT)
        await expect(now).to_contain_text("process")
        for times in ("[3-9]", "[6-9]"):  # it goes on counting
            await expect(steps.nth(1)).to_have_text(re.compile(rf"^process ×({times}|\d\d+) "), timeout=PATIENT)
        await expect(page.locator(".timeline .sum")).to_contain_text(re.compile(r"\d+ steps in "))
        await steps.first.locator("a").click()
        await expect(page.locator("#conversation")).to_have_attribute("data-following", "false")
        history = await client.threads.get_history(thread_id, limit=100)
        prepared = [entry for entry in history if (entry["metadata"] or {}).get("step") == 1]
        checkpoint = str(prepared[0]["checkpoint"]["checkpoint_id"])
        await expect(page.locator("#conversation")).to_have_attribute("data-checkpoint", checkpoint)
        await expect(page).to_have_url(re.compile(checkpoint))
        await expect(now).to_contain_text("process")  # the run is told of, whatever is on show
        await expect(steps.nth(1)).to_contain_text("process ×")
        await stop_all(client, thread_id)
        await expect(page.locator(".timeline")).to_have_count(0, timeout=PATIENT)
        await expect(page.locator("#conversation")).to_have_attribute("data-checkpoint", checkpoint)


async def test_a_run_is_not_said_to_wait_for_a_worker_once_it_is_at_work(
    page: Page, studio_url: str, server_url: str
) -> None:
    line = page.locator("#progress")
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        await work(client, thread_id, delay=10, stream_mode="values")
        await open_page(page, studio_url, thread_id)
        await expect(page.locator(".timeline .now")).to_contain_text("process", timeout=PATIENT)
        await expect(line).to_have_text("Running…")
        # As a page has it that was opened a moment earlier; the stream of such a run says nothing of its steps.
        await line.evaluate("line => (line.innerHTML = '<span data-pending>The run waits for a worker…</span>')")
        await page.evaluate(REFRESH)
        await expect(line).to_have_text("Running…")
        await stop_all(client, thread_id)


async def test_a_paused_run_is_resumed_where_it_was(page: Page, studio_url: str, server_url: str) -> None:
    arrived = asyncio.Event()

    async def hold(route: Route) -> None:
        await arrived.wait()
        await route.continue_()

    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        await open_page(page, studio_url, thread_id)
        run = await work(client, thread_id, steps=7, delay=1)
        await expect(page.locator(".timeline li:has(a)").nth(1)).to_contain_text("process ×", timeout=PATIENT)
        await page.route("**/cancel/", hold)
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("button", name="Pausing…")).to_be_disabled()
        await expect(page.get_by_role("button", name="Stop", exact=True)).to_be_disabled()
        arrived.set()
        await expect(page.locator("#verdicts")).to_contain_text("Pausing. “Resume” goes on from there.")
        panel = page.locator(".goon")
        stopped = re.compile("The thread stopped (before process|when process was done)")  # whichever it was just at
        await expect(panel).to_contain_text(stopped, timeout=PATIENT)
        await expect(page.locator(".head .chip")).to_have_attribute("data-status", "interrupted")
        await expect(page.locator("#runstate")).not_to_have_attribute("data-run-id", re.compile("."))
        assert await statuses(client, thread_id) == {run: "interrupted"}
        await panel.get_by_role("button", name="Resume").click()
        await expect(page.locator(".ask")).to_contain_text("Publish anyway?", timeout=PATIENT)
        await expect(panel).to_have_count(0)
        state: Any = await client.threads.get_state(thread_id)
    assert state["values"]["log"] == ["prepared 7 steps", *(f"step {number} of 7" for number in range(1, 8))]


async def test_an_active_run_is_stopped_for_what_is_sent_and_its_work_is_kept(
    page: Page, studio_url: str, server_url: str
) -> None:
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        await open_page(page, studio_url, thread_id)
        first = await work(client, thread_id)
        await page.locator("#double").get_by_label("stop it, keep its work").check(timeout=PATIENT)
        await expect(page.locator(".timeline .now")).to_contain_text("process", timeout=PATIENT)
        await send_json(page, '{"steps": 1, "delay": 0}')
        await expect(page.locator(".ask")).to_be_visible(timeout=PATIENT)
        (second,) = set(await statuses(client, thread_id)) - {first}
        assert (await client.runs.get(thread_id, first))["status"] == "interrupted"
        state: Any = await client.threads.get_state(thread_id)
        log = state["values"]["log"]
        assert (log[0], log[-2:]) == ("prepared 9 steps", ["prepared 1 steps", "step 1 of 1"])
        await open_page(page, studio_url, thread_id, "runs/")
        row = page.locator(f"tr[data-run-id='{first}']")
        await expect(row.locator(".ending")).to_have_text(f"for run …{second[-6:]}")


async def test_a_run_may_be_left_alone_or_waited_for(page: Page, studio_url: str, server_url: str) -> None:
    verdicts = page.locator("#verdicts")
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        await open_page(page, studio_url, thread_id)
        await page.locator(".options > summary").click()
        await page.get_by_label("Run it").select_option("in the background")
        await send_json(page, '{"steps": 9, "delay": 10}')
        await expect(verdicts).to_contain_text("works in the background; this page may be closed", timeout=PATIENT)
        (run,) = await statuses(client, thread_id)
        await expect(page.locator("#runstate")).to_have_attribute("data-run-id", run, timeout=PATIENT)
        await expect(page.locator(".timeline .now")).to_contain_text("process", timeout=PATIENT)
        await page.goto("about:blank")
        assert (await client.runs.get(thread_id, run))["status"] == "running"
        await client.runs.cancel(thread_id, run, wait=True)

        await open_page(page, studio_url, thread_id)
        await page.locator(".options > summary").click()
        await page.get_by_label("Run it").select_option("and wait for its end")
        await send_json(page, '{"steps": 2, "delay": 0.2}')
        await expect(verdicts).to_contain_text(re.compile(r"is over: (success|interrupted), after "), timeout=PATIENT)
        await expect(page.locator(".ask")).to_be_visible()


async def test_runs_are_stopped_erased_deleted_and_unqueued_in_their_list(
    page: Page, studio_url: str, server_url: str
) -> None:
    def row(run_id: str) -> Locator:
        return page.locator(f"tr[data-run-id='{run_id}']")

    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        first = await work(client, thread_id)
        waiting = [await work(client, thread_id, multitask_strategy="enqueue") for _ in range(3)]
        await open_page(page, studio_url, thread_id, "runs/")
        await expect(row(first)).to_have_attribute("data-status", "running", timeout=PATIENT)
        await expect(page.locator("tr[data-status=pending]")).to_have_count(3)

        await row(waiting[2]).locator("summary", has_text="Erase…").click()
        await row(waiting[2]).get_by_role("button", name="Erase the run").click()
        await expect(row(waiting[2])).to_have_count(0, timeout=PATIENT)
        await expect(page.locator(".verdict")).to_contain_text("The run and what it has done are removed.")
        await page.get_by_role("button", name="Clear the queue (2)").click()
        await expect(page.locator(".verdict")).to_contain_text("2 waiting runs taken out of the queue.")
        await expect(page.locator("tr[data-run-id]")).to_have_count(1)
        assert await statuses(client, thread_id) == {first: "running"}

        await row(first).get_by_role("button", name="Stop").click()
        await expect(row(first)).to_have_attribute("data-status", "interrupted", timeout=PATIENT)
        await expect(row(first).locator(".ending")).to_have_text("stopped by hand")
        await row(first).locator("summary", has_text="Delete…").click()
        await row(first).get_by_role("button", name="Delete").click()
        await expect(page.locator("tbody")).to_contain_text("No runs on this thread yet.")
        assert await statuses(client, thread_id) == {}


async def test_an_input_that_cannot_be_read_stays_where_it_is(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    async with witness(server_url) as client:
        thread_id, run = await finished(client)
        await open_page(page, studio_url, thread_id, f"runs/{run}/")
        again = page.get_by_label("Input as JSON")
        assert json.loads(await again.input_value()) == {"steps": 1, "delay": 0}
        await again.fill('{"steps": 2,')
        await page.get_by_role("button", name="Run it again").click()
        await expect(page.locator("#runproblem .panel")).to_contain_text("JSON")
        await expect(again).to_have_value('{"steps": 2,')
        assert await statuses(client, thread_id) == {run: "success"}
    assert [text for text in page_complaints if "422" not in text] == []
    page_complaints.clear()


async def test_a_run_is_repeated_with_another_input(
    page: Page, studio_url: str, server_url: str, page_complaints: list[str]
) -> None:
    async with witness(server_url) as client:
        thread_id, run = await finished(client)
        await open_page(page, studio_url, thread_id, f"runs/{run}/")
        await page.get_by_label("Input as JSON").fill('{"steps": 2, "delay": 0}')
        await page.get_by_role("button", name="Run it again").click()
        await expect(page.get_by_role("alert")).to_contain_text("The thread waits for an answer.")
        async with page.expect_response("**/repeat/"):
            await page.get_by_role("button", name="Start a new run all the same").click()
        (other,) = set(await statuses(client, thread_id)) - {run}
        kwargs: Any = (await client.runs.get(thread_id, other))["kwargs"]  # type: ignore[typeddict-item]
        assert kwargs["input"] == {"steps": 2, "delay": 0}
        await client.runs.join(thread_id, other)
        await expect(page).to_have_url(f"{studio_url}/d/local/threads/{thread_id}/")
        await expect(page.locator(".ask")).to_be_visible(timeout=PATIENT)
    assert all("409" in complaint for complaint in page_complaints)
    page_complaints.clear()


async def test_events_are_narrowed_down_copied_and_had_as_a_file(
    page: Page, studio_url: str, server_url: str, tmp_path: Path
) -> None:
    events = page.locator("#events li[data-mode]")
    async with witness(server_url) as client:
        thread_id = await new_thread(client)
        run = await work(client, thread_id, steps=4, delay=0)
        await client.runs.join(thread_id, run)
        streamed = [
            (part.id, part.event, part.data)
            async for part in client.runs.join_stream(thread_id, run, last_event_id="-")
            if part.id
        ]
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await open_page(page, studio_url, thread_id, f"runs/{run}/")
    whole = await events.count()
    assert whole == len(streamed)

    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Events as JSONL").click()
    await (await coming.value).save_as(tmp_path / "events.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert [(line["id"], line["mode"], line["data"]) for line in lines] == streamed

    await page.get_by_label("Node", exact=True).fill("prepare")
    await page.get_by_role("button", name="Filter").click()
    await expect(events).to_have_count(1)
    await expect(events).to_contain_text("prepared 4 steps")
    await page.get_by_label("Node", exact=True).fill("")
    await page.get_by_label("Text", exact=True).fill("Step 3 OF 4")
    await page.get_by_role("button", name="Filter").click()
    await expect(events).to_have_count(1)
    await events.locator("summary").click()
    await expect(events.locator("pre")).to_contain_text('"step 3 of 4"')
    await events.get_by_role("button", name="Copy").click()
    await expect(page.locator("#toasts")).to_contain_text("Copied.")
    copied = json.loads(await page.evaluate("navigator.clipboard.readText()"))
    assert copied in [data for _, _, data in streamed]
    assert copied["process"]["log"] == ["step 3 of 4"]
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Events as JSONL").click()
    await (await coming.value).save_as(tmp_path / "some.jsonl")
    assert len((tmp_path / "some.jsonl").read_text().splitlines()) == 1

    await page.get_by_label("Text", exact=True).fill("nothing says this")
    await page.get_by_role("button", name="Filter").click()
    await expect(page.locator("#events")).to_contain_text("No event fits this filter.")
    await page.get_by_label("Text", exact=True).fill("")
    await page.get_by_role("button", name="Filter").click()
    await expect(events).to_have_count(whole)
