"""Graph `songs`: an agent and its tools, taking turns until the agent calls no tool."""

import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

from demo.model import Reply, chat_model

PROMPT = "You play songs and multiply numbers with your tools. Afterwards say in one sentence what you did."
PLAY = re.compile(r"\bplay\s+(.+?)\s*(?:\bon (spotify|apple)\b(?: music)?|[.!?;]|$|\band\b)", re.IGNORECASE)
PRODUCT = re.compile(r"(-?\d+)\s*(?:times|by|and|x|\*)\s*(-?\d+)", re.IGNORECASE)


@tool
def play_song_on_spotify(song: str) -> str:
    """Play a song on Spotify."""
    return f"Successfully played {song} on Spotify!"


@tool
def play_song_on_apple(song: str) -> str:
    """Play a song on Apple Music."""
    return f"Successfully played {song} on Apple Music!"


@tool
def multiply(a: int, b: int) -> int:
    """Multiply two whole numbers."""
    return a * b


def reply(messages: Sequence[BaseMessage]) -> Reply:
    """Scripted: one call for each thing asked for, then one sentence on what the tools said."""
    results = [message.text for message in messages[-3:] if isinstance(message, ToolMessage)]
    if isinstance(messages[-1], ToolMessage):
        return Reply("All done: " + " ".join(f"“{result}”" for result in results) + " Anything else for the road?")
    calls = wanted(messages[-1].text)
    return Reply(calls=calls) if calls else Reply("Name a song to play on Spotify or Apple Music, or two numbers.")


def wanted(text: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    songs = [(f"play_song_on_{(service or 'spotify').lower()}", {"song": song}) for song, service in PLAY.findall(text)]
    products = [("multiply", {"a": int(a), "b": int(b)}) for a, b in PRODUCT.findall(text)]
    return (*songs, *products)[:3]


tools = [play_song_on_spotify, play_song_on_apple, multiply]
model = chat_model(reply).bind_tools(tools)


async def agent(state: MessagesState, config: RunnableConfig) -> dict[str, Any]:
    """Call tools, or end the turn with a sentence."""
    return {"messages": [await model.ainvoke([SystemMessage(PROMPT), *state["messages"]], config)]}


builder = StateGraph(MessagesState)
builder.add_node(agent)
builder.add_node("tools", ToolNode(tools))
builder.add_edge(START, "agent")
builder.add_conditional_edges("agent", tools_condition)
builder.add_edge("tools", "agent")
graph = builder.compile(name="songs")
