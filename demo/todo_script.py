"""What the scripted model says as the ToDo assistant."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from demo.dates import parse_date, parse_period, spoken
from demo.model import Reply
from demo.todo_items import ToDo, read_prompt

WISH = re.compile(
    r"(?:add (?:an? )?(?:new )?to-?dos?:?|remind me to|remember to|don't forget to|i (?:need|have|want) to"
    r"|my \w+ (?:asked|told|wants|reminded) me to)\s+(.+)",
    re.IGNORECASE | re.DOTALL,
)
DEADLINE = re.compile(r"(.+?),?\s+(?:(?:by|before|on)\s+)(?:the )?([^,]+)|(.+?)\s+(today|tomorrow|next week)", re.I)
DONE = re.compile(r"\b(done|finished|completed)\b", re.IGNORECASE)
QUESTION = re.compile(r"\b(summar\w+|list|show|what|which|overview|only the ones)\b", re.IGNORECASE)

# Words in a task → (ways to get it done, minutes it takes).
IDEAS: dict[str, tuple[list[str], int]] = {
    "travel": (["Check flight prices on Skyscanner", "Compare Cathay Pacific with HK Express"], 120),
    "swim": (["Ask the community pool for a trial lesson", "Try the swim school near the park"], 30),
    "call": (["Call after dinner, when everyone is in"], 15),
    "dinner": (["Plan the menu", "Order what does not fit in the oven"], 90),
}
ANY_IDEA = (["Reserve a quiet hour for it"], 60)
HELP = (
    "I keep your ToDo list. Tell me what is on your mind, for example *Add a ToDo: book a swim lesson by Friday*, "
    "or ask for a summary of all ToDos or of those for the next week."
)


def reply(messages: Sequence[BaseMessage]) -> Reply:
    """Answer the last message: confirm a tool's work, summarise, save something, or explain."""
    today, todos = read_prompt(messages[0].text)
    last = messages[-1]
    if isinstance(last, ToolMessage):
        return confirm(messages, last)
    text = last.text
    saved = finished(text, todos) or wishes(text, today)
    if saved and not QUESTION.match(text):
        return Reply(calls=(("UpdateMemory", {"update_type": "todo", "todos": saved}),))
    return Reply(summary(text, today, todos)) if QUESTION.search(text) else Reply(HELP)


def confirm(messages: Sequence[BaseMessage], last: ToolMessage) -> Reply:
    if last.status == "error":
        return Reply(f"I could not save that: {last.text}")
    calls = next((message.tool_calls for message in reversed(messages) if isinstance(message, AIMessage)), [])
    todos = [ToDo.model_validate(todo) for call in calls for todo in call["args"].get("todos", [])]
    lines = "\n".join(line(todo) for todo in todos)
    return Reply(f"Done, your list now has:\n\n{lines}\n\nAsk me for a summary whenever you like.")


def wishes(text: str, today: date) -> list[dict[str, Any]]:
    """The new items in a sentence, several of them separated by semicolons."""
    found = WISH.search(text)
    return [wish(part.strip(" .!"), today) for part in found[1].split(";") if part.strip(" .!")] if found else []


def wish(text: str, today: date) -> dict[str, Any]:
    match = DEADLINE.fullmatch(text)
    deadline = parse_date(match[2] or match[4], today) if match else None
    task = (match[1] or match[3]) if match and deadline else text
    solutions, minutes = next((idea for word, idea in IDEAS.items() if word in task.lower()), ANY_IDEA)
    todo = ToDo(task=task[0].upper() + task[1:], deadline=deadline, solutions=solutions, time_to_complete=minutes)
    return todo.model_dump(mode="json")


def finished(text: str, todos: Sequence[ToDo]) -> list[dict[str, Any]]:
    """The item that a sentence calls done: the one that shares most of the longer words with it."""
    if not DONE.search(text) or not todos:
        return []
    words = long_words(text)
    best = max(todos, key=lambda todo: len(words & long_words(todo.task)))
    return [best.model_copy(update={"status": "done"}).model_dump(mode="json")] if words & long_words(best.task) else []


def long_words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.lower()) if len(word) > 3}


def summary(question: str, today: date, todos: Sequence[ToDo]) -> str:
    """A Markdown list of the items that the question is about."""
    if not todos:
        return f"Your list is empty so far, so there is nothing to summarise.\n\n{HELP}"
    period = parse_period(question, today)
    if not period:
        return f"Here's a summary of all your ToDos:\n\n{listing(todos)}"
    name, first, last = period
    due = [todo for todo in todos if todo.deadline and first <= todo.deadline <= last and is_open(todo)]
    if not due:
        return f"Nothing has to be done {name}. Your list holds {len(todos)} ToDos in all."
    return f"Here are the ToDos that need to be done {name}:\n\n{listing(due)}"


def listing(todos: Sequence[ToDo]) -> str:
    ordered = sorted(todos, key=lambda todo: (todo.deadline or date.max, todo.task))
    first = next((todo for todo in ordered if is_open(todo)), None)
    advice = f"\n\nYou might want to focus on “{first.task}” first." if first else ""
    return "\n".join(line(todo) for todo in ordered) + advice


def is_open(todo: ToDo) -> bool:
    return todo.status not in {"done", "archived"}


def line(todo: ToDo) -> str:
    due = f"due {spoken(todo.deadline)}" if todo.deadline else "no deadline"
    time = f", {todo.time_to_complete} min" if todo.time_to_complete else ""
    state = "" if todo.status == "not started" else f" ({todo.status})"
    return f"- **{todo.task}** — {due}{time}{state}"
