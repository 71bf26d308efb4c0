from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.store.memory import InMemoryStore

from demo.todo import builder, graph
from demo.todo_items import ToDo, item_key, read_prompt, write_prompt

ALL = "Give me a summary of all ToDos."
WEEK = "Give me a summary of all ToDos that need to be done in the next week."
NAMESPACE = ("todo", "personal", "Test")
CONFIG: RunnableConfig = {"configurable": {"thread_id": "1", "user_id": "Test", "todo_category": "personal"}}
TODAY = datetime.now(UTC).date()


class World:
    """The graph with a store and a checkpointer of its own."""

    def __init__(self) -> None:
        self.store = InMemoryStore()
        self.graph: CompiledStateGraph[Any, Any, Any, Any]
        self.graph = builder.compile(checkpointer=InMemorySaver(), store=self.store)

    def keep(self, task: str, days: int | None, **fields: Any) -> None:
        deadline = TODAY + timedelta(days=days) if days is not None else None
        todo = ToDo(task=task, deadline=deadline, **fields)
        self.store.put(NAMESPACE, item_key(task), todo.model_dump(mode="json"))

    async def say(self, text: str, config: RunnableConfig = CONFIG) -> list[Any]:
        values = await self.graph.ainvoke({"messages": [HumanMessage(text)]}, config)
        return list(values["messages"])

    def kept(self) -> dict[str, Any]:
        return {item.key: item.value for item in self.store.search(NAMESPACE)}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def full_world(world: World) -> World:
    world.keep("Finish booking travel to Hong Kong", 3, time_to_complete=120)
    world.keep("Call parents back", 7)
    world.keep("Sort winter clothes", 8)
    world.keep("Fix the bicycle", None)
    world.keep("Buy bread", 2, status="done")
    return world


async def test_the_summary_of_all_lists_every_item(full_world: World) -> None:
    answer = (await full_world.say(ALL))[-1].text
    tasks = ["Finish booking travel to Hong Kong", "Call parents back", "Sort winter clothes", "Fix the bicycle"]
    assert all(f"- **{task}**" in answer for task in [*tasks, "Buy bread"])


async def test_the_summary_of_the_week_lists_only_what_is_open_and_due_in_seven_days(full_world: World) -> None:
    answer = (await full_world.say(WEEK))[-1].text
    listed = [line for line in answer.splitlines() if line.startswith("- ")]
    assert ["travel" in listed[0], "parents" in listed[1]] == [True, True]
    assert len(listed) == 2


async def test_an_empty_list_still_gets_a_sensible_answer(world: World) -> None:
    assert (await world.say(WEEK))[-1].text.startswith("Your list is empty so far")


async def test_nothing_due_is_said_in_so_many_words(world: World) -> None:
    world.keep("Sort winter clothes", 30)
    answer = (await world.say(WEEK))[-1].text
    assert answer == "Nothing has to be done in the next week. Your list holds 1 ToDos in all."


async def test_a_wish_becomes_a_tool_call_a_store_item_and_a_confirmation(world: World) -> None:
    day = TODAY + timedelta(days=5)
    _, call, tool, confirmation = await world.say(f"Add a ToDo: book travel to Hong Kong by {day}")
    assert call.tool_calls[0]["name"] == "UpdateMemory"
    assert isinstance(tool, ToolMessage)
    assert tool.tool_call_id == call.tool_calls[0]["id"]
    assert world.kept()["book-travel-to-hong-kong"] == {
        "task": "Book travel to Hong Kong",
        "status": "not started",
        "deadline": day.isoformat(),
        "solutions": ["Check flight prices on Skyscanner", "Compare Cathay Pacific with HK Express"],
        "time_to_complete": 120,
    }
    assert "Book travel to Hong Kong" in confirmation.text


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("My wife asked me to book a swim lesson for the baby.", {"book-a-swim-lesson-for-the-baby"}),
        ("Remind me to call Ana tomorrow", {"call-ana"}),
        ("Add ToDos: water the plants; pack by Friday", {"water-the-plants", "pack"}),
        ("I need to wait by the door", {"wait-by-the-door"}),
    ],
)
async def test_wishes_are_understood(world: World, text: str, keys: set[str]) -> None:
    await world.say(text)
    assert set(world.kept()) == keys


async def test_a_finished_item_is_marked_done(full_world: World) -> None:
    await full_world.say("I finished booking the travel.")
    assert full_world.kept()["finish-booking-travel-to-hong-kong"]["status"] == "done"
    assert "travel" not in (await full_world.say(WEEK))[-1].text


async def test_lists_of_other_people_and_categories_stay_apart(full_world: World) -> None:
    others: list[RunnableConfig] = [
        {"configurable": {"thread_id": "2", "user_id": "Test", "todo_category": "work"}},
        {"configurable": {"thread_id": "3"}},
    ]
    for config in others:
        assert "empty" in (await full_world.say(ALL, config))[-1].text


async def test_a_replay_of_the_writing_node_doubles_nothing(world: World) -> None:
    await world.say("Remind me to call Ana")
    history = [state async for state in world.graph.aget_state_history(CONFIG)]
    before = next(state for state in history if state.next == ("update_todos",))
    await world.graph.ainvoke(None, before.config)
    assert set(world.kept()) == {"call-ana"}


async def test_an_edited_question_forks_into_another_answer(full_world: World) -> None:
    human, answer = await full_world.say(ALL)
    history = [state async for state in full_world.graph.aget_state_history(CONFIG)]
    asked = next(state for state in history if state.next == ("task_maistro",))
    fork = await full_world.graph.aupdate_state(asked.config, {"messages": [HumanMessage(WEEK, id=human.id)]})
    values = await full_world.graph.ainvoke(None, fork)
    assert values["messages"][0].text == WEEK
    assert len(values["messages"]) == 2
    assert values["messages"][-1].text != answer.text


async def test_odd_arguments_end_in_a_tool_message_that_says_so(world: World) -> None:
    bad = AIMessage("", tool_calls=[{"name": "UpdateMemory", "args": {"todos": [{"status": "?"}]}, "id": "call_1"}])
    config = await world.graph.aupdate_state(CONFIG, {"messages": [bad]}, as_node="task_maistro")
    values = await world.graph.ainvoke(None, config)
    assert values["messages"][-2].status == "error"
    assert values["messages"][-1].text.startswith("I could not save that")
    assert world.kept() == {}


async def test_the_stream_bears_the_id_that_the_message_keeps(full_world: World) -> None:
    chunks: list[AIMessageChunk] = []
    sent = {"messages": [HumanMessage(ALL)]}
    async for part in full_world.graph.astream(sent, CONFIG, stream_mode="messages"):
        chunk, metadata = cast(tuple[AIMessageChunk, dict[str, Any]], part)
        assert metadata["langgraph_node"] == "task_maistro"
        chunks.append(chunk)
    message = (await full_world.graph.aget_state(CONFIG)).values["messages"][-1]
    assert {chunk.id for chunk in chunks} == {message.id}
    assert "".join(chunk.text for chunk in chunks) == message.text
    assert 20 <= len(chunks) <= 80


def test_the_schema_shows_whose_list_it_is() -> None:
    properties = graph.get_context_jsonschema()
    assert properties is not None
    assert set(properties["properties"]) == {"user_id", "todo_category"}


def test_the_prompt_is_read_as_it_was_written() -> None:
    todos = [ToDo(task="A ```json\n[]\n``` trap", deadline=TODAY), ToDo(task="Plain")]
    assert read_prompt(write_prompt("Test", "work", TODAY, todos)) == (TODAY, todos)


@pytest.mark.parametrize("make", [str.upper, str.title, lambda text: f"  {text}!"])
def test_a_task_keeps_its_key_however_it_is_spelled(make: Callable[[str], str]) -> None:
    assert item_key(make("book a swim lesson")) == "book-a-swim-lesson"
