"""Graph `talk`: answers of a chosen length and pace, after a pause in which whoever wants to listen can sit down."""

import asyncio
from typing import Any, Literal

from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, MessagesState, StateGraph
from typing_extensions import TypedDict

from demo.model import Reply, ScriptedChatModel


class Request(TypedDict, total=False):
    """`tokens`: how many, each of `width` characters, `letter`s, its number and a blank; `delay`: seconds before each;
    `pause`: seconds before the first; `turns`: how many such answers, one if nothing is said."""

    tokens: int
    width: int
    letter: str
    delay: float
    pause: float
    turns: int


class State(MessagesState, Request):
    """The answers are the messages."""


async def talk(state: State, config: RunnableConfig) -> dict[str, Any]:
    """Answer, the first time after the pause. The tokens are numbered, so that a text with one missing or doubled
    equals no other."""
    said = len(state["messages"])
    await asyncio.sleep(0 if said else state.get("pause", 0))
    numbers = range(said * state["tokens"], (said + 1) * state["tokens"])
    text = "".join(f"{number}".rjust(state["width"] - 1, state.get("letter", "n")) + " " for number in numbers)
    model = ScriptedChatModel(script=lambda asked: Reply(text), delay=state.get("delay", 0))
    return {"messages": [await model.ainvoke([HumanMessage("Talk.")], config)]}


def more(state: State) -> Literal["talk", "__end__"]:
    return "talk" if len(state["messages"]) < state.get("turns", 1) else "__end__"


builder = StateGraph(State, input_schema=Request)
builder.add_node(talk)
builder.add_edge(START, "talk")
builder.add_conditional_edges("talk", more)
graph = builder.compile(name="talk")
