"""The graphs that Aegra serves in these tests; js/graphs.mjs has the same for the server of LangGraph.js."""

import asyncio
import operator
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, AnyMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages
from langgraph.types import interrupt
from typing_extensions import TypedDict

PACE = 0.03
"""Seconds between two words."""


class Echo(BaseChatModel):
    """Says again what it was told last, word by word, and then counts to twelve."""

    @property
    def _llm_type(self) -> str:
        return "echo"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        told = AIMessageChunk(content="")
        async for chunk in self._astream(messages):
            told += chunk.message  # type: ignore[assignment]
        return ChatResult(generations=[ChatGeneration(message=told)])

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        words = f"You said: {messages[-1].text}. {' '.join(map(str, range(1, 13)))}".split(" ")
        for place, word in enumerate(words):
            await asyncio.sleep(PACE)
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=f" {word}" if place else word))
            if run_manager:
                await run_manager.on_llm_new_token(word, chunk=chunk)
            yield chunk


class Talk(TypedDict, total=False):
    """`topic` and `plain` have no reducer, `log` grows."""

    messages: Annotated[list[AnyMessage], add_messages]
    topic: str
    plain: list[Any]
    log: Annotated[list[str], operator.add]


async def speak(state: Talk) -> Talk:
    return {"messages": [await Echo().ainvoke(state["messages"])], "log": ["spoke"]}


async def note(state: Talk) -> Talk:
    """Keep the conversation in a channel without a reducer, too."""
    said = [{"type": m.type, "id": m.id, "content": m.text} for m in state["messages"]]
    return {"plain": said, "log": ["noted"]}


class Work(TypedDict, total=False):
    """`count` goes up to `goal`, one every `delay` seconds."""

    goal: int
    delay: float
    count: int
    log: Annotated[list[str], operator.add]


async def prepare(state: Work) -> Work:
    return {"count": 0, "log": ["prepared"]}


async def tick(state: Work) -> Work:
    await asyncio.sleep(state.get("delay", 0))
    return {"count": state["count"] + 1, "log": [f"tick {state['count'] + 1}"]}


async def publish(state: Work) -> Work:
    if state["count"] > 100:
        raise ValueError("too many ticks")
    return {"log": ["published"]}


def enough(state: Work) -> Literal["tick", "publish"]:
    return "publish" if state["count"] >= state.get("goal", 1) else "tick"


class Form(TypedDict, total=False):
    """What was answered."""

    name: str
    city: str
    done: bool


async def ask_name(state: Form) -> Form:
    return {"name": interrupt("What is your name?")}


async def ask_city(state: Form) -> Form:
    return {"city": interrupt({"question": "Which city?"})}


async def thank(state: Form) -> Form:
    return {"done": True}


_chat = StateGraph(Talk)
_chat.add_node("speak", speak)
_chat.add_node("note", note)
_chat.add_edge(START, "speak")
_chat.add_edge("speak", "note")
_chat.add_edge("note", END)
chat = _chat.compile(name="chat")

_work = StateGraph(Work)
_work.add_node("prepare", prepare)
_work.add_node("tick", tick)
_work.add_node("publish", publish)
_work.add_edge(START, "prepare")
_work.add_edge("prepare", "tick")
_work.add_conditional_edges("tick", enough)
_work.add_edge("publish", END)
work = _work.compile(name="work")

_one = StateGraph(Form)
_one.add_node("ask_name", ask_name)
_one.add_node("thank", thank)
_one.add_edge(START, "ask_name")
_one.add_edge("ask_name", "thank")
_one.add_edge("thank", END)
one = _one.compile(name="one")

_two = StateGraph(Form)
_two.add_node("ask_name", ask_name)
_two.add_node("ask_city", ask_city)
_two.add_node("thank", thank)
_two.add_edge(START, "ask_name")
_two.add_edge(START, "ask_city")
_two.add_edge(["ask_name", "ask_city"], "thank")
_two.add_edge("thank", END)
two = _two.compile(name="two")
