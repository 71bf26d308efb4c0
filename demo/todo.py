"""Graph `todo`: an assistant that keeps a ToDo list in the store, one namespace per category and person.

`task_maistro` talks; when it calls `UpdateMemory`, `update_todos` writes the items and control returns to it.
"""

from datetime import UTC, datetime
from typing import Any, Literal

from langchain_core.messages import AIMessage, SystemMessage, ToolCall, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.store.base import BaseStore
from pydantic import BaseModel, Field, ValidationError

from demo.model import chat_model
from demo.todo_items import ToDo, UpdateMemory, item_key, write_prompt
from demo.todo_script import reply

MAX_ITEMS = 100


class Owner(BaseModel):
    """Whose list it is; an assistant or a run sets it."""

    user_id: str = Field(default="default-user", description="The person whose list it is")
    todo_category: str = Field(default="general", description="Which of the person's lists, such as personal or work")

    @property
    def namespace(self) -> tuple[str, str, str]:
        return ("todo", self.todo_category, self.user_id)


model = chat_model(reply).bind_tools([UpdateMemory])


def owner_of(config: RunnableConfig) -> Owner:
    # A deployment mirrors a run's `context` into `configurable`, so this serves both ways of saying it. Without sign-in
    # it also puts an empty `user_id` there, which is nobody's.
    chosen = {key: value for key, value in config.get("configurable", {}).items() if value != ""}
    return Owner.model_validate(chosen)


async def task_maistro(state: MessagesState, config: RunnableConfig, *, store: BaseStore) -> dict[str, Any]:
    """Answer with the whole list in the prompt, or ask for items to be saved."""
    owner = owner_of(config)
    found = await store.asearch(owner.namespace, limit=MAX_ITEMS)
    todos = [ToDo.model_validate(item.value) for item in found]
    prompt = write_prompt(owner.user_id, owner.todo_category, datetime.now(UTC).date(), todos)
    answer = await model.ainvoke([SystemMessage(prompt), *state["messages"]], config)
    return {"messages": [answer]}


async def update_todos(state: MessagesState, config: RunnableConfig, *, store: BaseStore) -> dict[str, Any]:
    """Write the items that the last message asks to save; every call gets its tool message."""
    last = state["messages"][-1]
    calls = last.tool_calls if isinstance(last, AIMessage) else []
    return {"messages": [await save(call, owner_of(config), store) for call in calls]}


async def save(call: ToolCall, owner: Owner, store: BaseStore) -> ToolMessage:
    try:
        todos = UpdateMemory.model_validate(call["args"]).todos
    except ValidationError as error:
        return ToolMessage(str(error), name=call["name"], tool_call_id=call["id"] or "", status="error")
    for todo in todos:
        await store.aput(owner.namespace, item_key(todo.task), todo.model_dump(mode="json"))
    saved = "; ".join(todo.task for todo in todos)
    text = f"Saved in {'/'.join(owner.namespace)}: {saved}"
    return ToolMessage(text, name=call["name"], tool_call_id=call["id"] or "")


def route(state: MessagesState) -> Literal["update_todos", "__end__"]:
    last = state["messages"][-1]
    return "update_todos" if isinstance(last, AIMessage) and last.tool_calls else "__end__"


builder = StateGraph(MessagesState, context_schema=Owner)
builder.add_node(task_maistro)
builder.add_node(update_todos)
builder.add_edge(START, "task_maistro")
builder.add_conditional_edges("task_maistro", route)
builder.add_edge("update_todos", "task_maistro")
graph = builder.compile(name="todo")
