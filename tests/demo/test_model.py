import asyncio
import sys
import time
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.tools import tool

from demo.chunks import tokens
from demo.model import Reply, ScriptedChatModel, chat_model

ARGS = {"task": "book — “travel” to Hong Kong", "minutes": 120, "nested": {"empty": []}}


@tool
def save(task: str, minutes: int, nested: dict[str, Any]) -> str:
    """Save a task."""
    return task


def script(messages: Sequence[BaseMessage]) -> Reply:
    text = messages[-1].text
    return Reply("Saving. ", (("save", ARGS),)) if "save" in text else Reply(f"You said: {text}")


def model(delay: float = 0) -> ScriptedChatModel:
    return ScriptedChatModel(script=script, delay=delay)


def joined(chunks: Sequence[AIMessageChunk]) -> AIMessageChunk:
    return chunks[0] + list(chunks[1:])


@given(st.text())
def test_tokens_joined_give_the_text_again(text: str) -> None:
    assert "".join(tokens(text)) == text


async def test_a_reply_is_streamed_token_by_token() -> None:
    chunks = [chunk async for chunk in model().astream("one two three")]
    assert [chunk.text for chunk in chunks if chunk.text] == ["You ", "said: ", "one ", "two ", "three"]
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_sync_stream_says_the_same() -> None:
    assert joined(list(model().stream("hello"))).text == "You said: hello"


async def test_arguments_of_a_tool_call_arrive_in_pieces_of_json() -> None:
    chunks = [chunk async for chunk in model().bind_tools([save]).astream("save it")]
    pieces = [piece for chunk in chunks if isinstance(chunk, AIMessageChunk) for piece in chunk.tool_call_chunks]
    assert pieces[0]["name"] == "save"
    assert len(pieces) > 3
    assert [piece["name"] for piece in pieces[1:]] == [None] * (len(pieces) - 1)
    whole = joined([chunk for chunk in chunks if isinstance(chunk, AIMessageChunk)])
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [("save", ARGS)]


async def test_a_tool_that_was_not_offered_is_not_called() -> None:
    answer = await model().ainvoke("save it")
    assert answer.tool_calls == []
    assert answer.text == "Saving. "


async def test_usage_counts_what_was_heard_and_said() -> None:
    answer = await model().ainvoke("one two three")
    assert answer.usage_metadata == {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    assert answer.response_metadata["finish_reason"] == "stop"


async def test_the_same_input_gives_the_same_output() -> None:
    bound = model().bind_tools([save])
    first, second = [await bound.ainvoke([HumanMessage("save it")]) for _ in range(2)]
    assert (first.content, first.tool_calls) == (second.content, second.tool_calls)
    other = await bound.ainvoke([HumanMessage("please save it")])
    assert other.tool_calls[0]["id"] != first.tool_calls[0]["id"]


async def test_sync_and_async_answers_agree() -> None:
    answers = [model().invoke("hello"), await model().ainvoke("hello")]
    assert [answer.text for answer in answers] == ["You said: hello"] * 2
    assert all(isinstance(answer, AIMessage) for answer in answers)


async def test_the_delay_is_kept_between_tokens() -> None:
    before = time.monotonic()
    await model(delay=0.01).ainvoke("one two three")  # five tokens and the last chunk
    assert time.monotonic() - before >= 0.06


async def test_a_stream_can_be_cancelled_between_tokens() -> None:
    answer = asyncio.create_task(model(delay=10).ainvoke("hello"), name="answer")
    await asyncio.sleep(0.01)
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answer


def test_the_delay_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ScriptedChatModel(script=script).delay == 0.02
    monkeypatch.setenv("DEMO_MODEL_DELAY", "0")
    assert ScriptedChatModel(script=script).delay == 0


def test_a_model_named_in_the_environment_is_used_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    other = model()

    def init(name: str) -> ScriptedChatModel:
        asked.append(name)
        return other

    fake = ModuleType("langchain.chat_models")
    monkeypatch.setattr(fake, "init_chat_model", init, raising=False)
    monkeypatch.setitem(sys.modules, "langchain", ModuleType("langchain"))
    monkeypatch.setitem(sys.modules, "langchain.chat_models", fake)
    monkeypatch.setenv("DEMO_MODEL", "provider:name")
    assert chat_model(script) is other
    assert asked == ["provider:name"]


def test_a_named_model_without_its_package_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain", None)
    monkeypatch.setenv("DEMO_MODEL", "provider:name")
    with pytest.raises(RuntimeError, match="provider:name needs the packages langchain"):
        chat_model(script)
