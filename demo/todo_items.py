"""The items of the ToDo list: their shape in the store, and how the model reads and writes them."""

import json
import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, Field


class ToDo(BaseModel):
    """One thing to do. `deadline` is an ISO date, `time_to_complete` counts minutes."""

    task: str = Field(min_length=1, description="What is to be done")
    status: Literal["not started", "in progress", "done", "archived"] = "not started"
    deadline: date | None = Field(default=None, description="The last day for it, YYYY-MM-DD")
    solutions: list[str] = Field(default_factory=list, description="Concrete ways to get it done")
    time_to_complete: int | None = Field(default=None, ge=0, description="Estimated minutes")


class UpdateMemory(BaseModel):
    """Save new or changed ToDos; an item of the same task is replaced."""

    update_type: Literal["todo"] = "todo"
    todos: list[ToDo] = Field(min_length=1)


PROMPT = """You keep the {category} ToDo list of {user}. Today is {today}.
When the person mentions something to do, or a change to an item, call UpdateMemory with complete items.
Otherwise answer in short Markdown. For a summary, list only the items that the question asks for.

The list as it is now:
```json
{items}
```"""


def item_key(task: str) -> str:
    """The store key of an item. It is made of the task alone, so a replayed node overwrites instead of adding."""
    return re.sub(r"\W+", "-", task.lower()).strip("-")[:80] or "item"


def write_prompt(user: str, category: str, today: date, todos: Sequence[ToDo]) -> str:
    """The system prompt: who, when, and the whole list as JSON."""
    items = json.dumps([todo.model_dump(mode="json") for todo in todos], indent=1)
    return PROMPT.format(user=user, category=category, today=today.isoformat(), items=items)


def read_prompt(prompt: str) -> tuple[date, list[ToDo]]:
    """What `write_prompt` wrote, as (today, todos): the scripted model knows nothing else of the world."""
    today = re.search(r"Today is (\d{4}-\d{2}-\d{2})", prompt)
    items = re.search(r"```json\n(.*)\n```", prompt, re.DOTALL)
    if not today or not items:
        raise ValueError("The system prompt of the ToDo assistant is missing.")
    return date.fromisoformat(today[1]), [ToDo.model_validate(item) for item in json.loads(items[1])]
