"""The other sample graphs, each with a checkpointer of its own and without a server."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

import demo
from demo import chat, flaky, parallel, pipeline, songs

CONFIG: RunnableConfig = {"configurable": {"thread_id": "1"}}
Graph = CompiledStateGraph[Any, Any, Any, Any]


def compiled(builder: StateGraph[Any, Any, Any, Any]) -> Graph:
    return builder.compile(checkpointer=InMemorySaver())


async def say(graph: Graph, text: str) -> dict[str, Any]:
    return dict(await graph.ainvoke({"messages": [HumanMessage(text)]}, CONFIG))


def test_every_graph_of_the_configuration_can_be_imported() -> None:
    config = json.loads((Path(demo.__file__).parent / "langgraph.json").read_text())
    assert set(config["graphs"]) == {"todo", "chat", "songs", "pipeline", "parallel", "flaky"}
    for name, target in config["graphs"].items():
        module, variable = target.split(":")
        assert getattr(import_module(module), variable).name == name


async def test_the_chat_summarises_beyond_six_messages_and_forgets_the_old_ones() -> None:
    graph = compiled(chat.builder)
    for text in ("Hi! I'm Lance.", "I like the 49ers.", "What's my name?"):
        values = await say(graph, text)
    assert len(values["messages"]) == 6
    assert "summary" not in values
    values = await say(graph, "I love surfing.")
    assert values["messages"][0].text == "I love surfing."
    assert len(values["messages"]) == 2
    assert values["summary"].startswith("The person is called Lance. They like the 49ers, surfing.")


@pytest.mark.parametrize(("count", "next_node"), [(6, "__end__"), (7, "summarize_conversation")])
def test_the_seventh_message_is_the_one_too_many(count: int, next_node: str) -> None:
    messages: list[AnyMessage] = [HumanMessage("hello")] * count
    assert chat.route({"messages": messages, "summary": ""}) == next_node


async def test_the_chat_knows_from_the_summary_what_it_forgot() -> None:
    graph = compiled(chat.builder)
    await graph.aupdate_state(CONFIG, {"summary": "The person is called Ana."}, as_node="summarize_conversation")
    assert (await say(graph, "So what is my name?"))["messages"][-1].text == "Your name is **Ana**."


async def test_songs_are_played_by_the_tool_of_the_service() -> None:
    values = await say(compiled(songs.builder), "Play Hey Jude on Apple Music and multiply 6 by 7.")
    _, call, played, product, answer = values["messages"]
    assert [called["name"] for called in call.tool_calls] == ["play_song_on_apple", "multiply"]
    assert (played.text, product.text) == ("Successfully played Hey Jude on Apple Music!", "42")
    assert "Hey Jude" in answer.text


async def test_words_without_a_song_call_no_tool() -> None:
    values = await say(compiled(songs.builder), "Hello there")
    assert len(values["messages"]) == 2


async def test_the_pipeline_makes_a_checkpoint_a_step_and_reports_progress() -> None:
    graph = compiled(pipeline.builder)
    request = pipeline.Request(steps=4, delay=0)
    progress = [part async for part in graph.astream(request, CONFIG, stream_mode="custom")]
    assert progress[1] == {"progress": 50, "step": 2, "of": 4}
    history = [state.values.get("step") async for state in graph.aget_state_history(CONFIG)]
    assert history == [4, 3, 2, 1, 0, None, None]


@pytest.mark.parametrize(("answer", "published"), [("yes", True), (True, True), ({"approve": True}, True)])
async def test_a_yes_publishes(answer: object, published: bool) -> None:
    assert (await decide(answer))["published"] is published


@pytest.mark.parametrize("answer", ["no", False, {"approve": False}, {}, "", None, "maybe"])
async def test_anything_but_a_yes_ends_without_publishing(answer: object) -> None:
    values = await decide(answer)
    assert values["published"] is False
    assert values["log"][-1] == "refused"


async def decide(answer: object) -> dict[str, Any]:
    graph = compiled(pipeline.builder)
    await graph.ainvoke(pipeline.Request(steps=1, delay=0), CONFIG)
    (waiting,) = (await graph.aget_state(CONFIG)).interrupts
    assert waiting.value["question"].endswith("Publish anyway?")
    return dict(await graph.ainvoke(Command(resume={waiting.id: answer}), CONFIG))


@pytest.mark.parametrize(("steps", "delay", "of", "pause"), [(0, -1, 1, 0.0), (10**6, 99, 1000, 10.0)])
async def test_the_length_and_pace_of_the_pipeline_are_bounded(steps: int, delay: float, of: int, pause: float) -> None:
    prepared = await pipeline.prepare({"steps": steps, "delay": delay})
    assert (prepared["of"], prepared["delay"]) == (of, pause)


async def test_two_interrupts_are_open_at_once_one_of_them_in_the_subgraph() -> None:
    graph = compiled(parallel.builder)
    await graph.ainvoke({"destination": "Hong Kong"}, CONFIG)
    state = await graph.aget_state(CONFIG, subgraphs=True)
    assert set(state.next) == {"flight", "visa"}
    assert len(state.interrupts) == 2
    (inner,) = [task.state for task in state.tasks if task.name == "visa"]
    assert inner is not None
    assert "documents" in getattr(inner, "values", {})
    assert "documents" not in state.values


async def test_open_interrupts_can_be_answered_one_after_the_other() -> None:
    graph = compiled(parallel.builder)
    await graph.ainvoke({"destination": "Hong Kong"}, CONFIG)
    first, second = (await graph.aget_state(CONFIG)).interrupts
    await graph.ainvoke(Command(resume={first.id: "night, direct"}), CONFIG)
    assert [left.id for left in (await graph.aget_state(CONFIG)).interrupts] == [second.id]
    values = await graph.ainvoke(Command(resume={second.id: "2031"}), CONFIG)
    assert values["plan"].splitlines()[0] == "- flight: night, direct"
    assert "passport until 2031" in values["plan"]


@pytest.mark.parametrize("repair", [{"url": "https://prices.example/"}, {"repaired": True}])
async def test_the_flaky_graph_fails_until_its_state_is_mended(repair: dict[str, Any]) -> None:
    graph = compiled(flaky.builder)
    with pytest.raises(TimeoutError, match="took longer than 30 s"):
        await graph.ainvoke({}, CONFIG)
    with pytest.raises(TimeoutError):
        await graph.ainvoke(None, CONFIG)
    assert (await graph.aget_state(CONFIG)).next == ("fetch",)
    values = await graph.ainvoke(None, await graph.aupdate_state(CONFIG, repair))
    assert values["report"].endswith(f"characters fetched from {values['url']}")
    assert values["attempts"] == 1
