"""A chat model that follows a script and streams like a real one, without a key or a network.

A script is a pure function from the conversation to a `Reply`, so the same input always gives the same output. Tokens
come `delay` seconds apart, arguments of tool calls come in pieces of JSON, usage comes with the last chunk. When the
environment names a model in `DEMO_MODEL`, `chat_model` answers with that one instead.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from demo.chunks import call_chunks, call_id, last_chunk, tokens


@dataclass(frozen=True)
class Reply:
    """What the model says: a text, and tool calls as (tool name, arguments)."""

    text: str = ""
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()


Script = Callable[[Sequence[BaseMessage]], Reply]


def default_delay() -> float:
    """Seconds between two tokens: `DEMO_MODEL_DELAY`, or 20 ms."""
    return float(os.environ.get("DEMO_MODEL_DELAY", "0.02"))


class ScriptedChatModel(BaseChatModel):
    """Streams what `script` replies, one token every `delay` seconds."""

    script: Script
    delay: float = Field(default_factory=default_delay, ge=0)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools; calls of tools that were not offered are left out of the reply."""
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _chunks(self, messages: list[BaseMessage], tools: Sequence[dict[str, Any]]) -> Iterator[AIMessageChunk]:
        reply = self.script(messages)
        offered = {tool["function"]["name"] for tool in tools}
        calls = [call for call in reply.calls if call[0] in offered]
        pieces = [AIMessageChunk(content=token) for token in tokens(reply.text)]
        for index, (name, args) in enumerate(calls):
            pieces += call_chunks(index, name, args, call_id(messages, index))
        yield from pieces
        yield last_chunk(messages, len(pieces), "tool_calls" if calls else "stop")

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[dict[str, Any]] = (),
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, tools):
            time.sleep(self.delay)
            yield ChatGenerationChunk(message=chunk)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        tools: Sequence[dict[str, Any]] = (),
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._chunks(messages, tools):
            await asyncio.sleep(self.delay)
            yield ChatGenerationChunk(message=chunk)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, **kwargs))


def chat_model(script: Script) -> BaseChatModel:
    """The model that `DEMO_MODEL` names (`provider:model`), or else one that follows `script`."""
    name = os.environ.get("DEMO_MODEL")
    if not name:
        return ScriptedChatModel(script=script)
    try:
        chat_models = import_module("langchain.chat_models")
    except ImportError as error:
        message = f"DEMO_MODEL={name} needs the packages langchain and the one of its provider, or unset DEMO_MODEL."
        raise RuntimeError(message) from error
    model: BaseChatModel = chat_models.init_chat_model(name)
    return model
