"""Store items for a few people, with deadlines counted from today."""

from datetime import UTC, date, datetime, timedelta

from langgraph_sdk.client import LangGraphClient

from demo.todo_items import ToDo, item_key

WEEK = timedelta(days=7)
Namespace = tuple[str, str, str]


def todo(task: str, days: int | None, minutes: int, *solutions: str, started: bool = False) -> tuple[int | None, ToDo]:
    """An item that is due `days` from the day it is written."""
    status = "in progress" if started else "not started"
    item = ToDo.model_validate({"task": task, "status": status, "time_to_complete": minutes, "solutions": solutions})
    return days, item


LISTS: dict[Namespace, list[tuple[int | None, ToDo]]] = {
    ("todo", "personal", "Test"): [
        todo("Sort winter clothes", 20, 90, "Give away what nobody wore last year"),
        todo("Repair the bicycle brake", None, 45, "Ask the shop at the corner"),
        todo("Book swim lesson for the baby", 9, 30, "Ask the community pool for a trial lesson"),
        todo("Finish booking travel to Hong Kong", 3, 120, "Check flight prices on Skyscanner"),
        todo("Call parents back", 1, 15, "Call after dinner"),
    ],
    ("todo", "work", "Test"): [
        todo("Re-record the lesson on streaming", 18, 180, "Reserve the quiet room"),
        todo("Write the release notes", 4, 60, "Start from the merged pull requests", started=True),
        todo("Review the pipeline for October", 2, 30, "Compare with September"),
    ],
    ("todo", "personal", "Lance"): [
        todo("Wax the surfboard", 12, 20, "Buy cold-water wax"),
        todo("Buy tickets for the match", 5, 10, "Look for seats together"),
    ],
    ("todo", "general", "default-user"): [
        todo("Plan the garden for spring", 60, 120, "Draw the beds on paper"),
        todo("Water the plants", 2, 10, "Begin with the ferns"),
    ],
}


async def seed_items(client: LangGraphClient, namespace: Namespace, today: date | None = None) -> bool:
    """Write one list, unless it has something due in the coming week; true when it was written.

    So a list whose deadlines have all gone by is renewed, and a list that a person works with is left alone. The item
    that is due first is written last: a list that was cut off half-way is then written again.
    """
    today = today or datetime.now(UTC).date()
    found = await client.store.search_items(namespace, limit=1000)
    if any(is_near(item["value"].get("deadline"), today) for item in found["items"]):
        return False
    for days, item in sorted(LISTS[namespace], key=lambda entry: entry[0] or 1000, reverse=True):
        due = today + timedelta(days=days) if days else None
        value = item.model_copy(update={"deadline": due}).model_dump(mode="json")
        await client.store.put_item(namespace, item_key(item.task), value)
    return True


def is_near(deadline: str | None, today: date) -> bool:
    return bool(deadline) and today <= date.fromisoformat(str(deadline)) <= today + WEEK
