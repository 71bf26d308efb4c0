"""Graph `chat`: a conversation that is summarised when it grows beyond six messages; the older ones are removed."""

import re
from collections.abc import Sequence
from typing import Any, Literal

from langchain_core.messages import BaseMessage, HumanMessage, RemoveMessage, SystemMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, MessagesState, StateGraph

from demo.model import Reply, chat_model

MOST = 6  # messages before a summary
KEPT = 2  # messages that survive it
REQUEST = "Summarise the conversation above in a few sentences."
NAME = re.compile(r"\b(?:[Mm]y name is|I'm called|[Cc]all me|I'm|I am|person is called)\s+([A-Z]\w+)")
LIKING = re.compile(r"\b(?:i|they) (?:like|love)\s+([^.!?\n]+)", re.IGNORECASE)


class State(MessagesState):
    """The conversation, and what is left of its removed part."""

    summary: str


def reply(messages: Sequence[BaseMessage]) -> Reply:
    """Scripted: remember a name and a liking, repeat the rest."""
    last = messages[-1].text
    if last.startswith(REQUEST):
        return Reply(summarised(messages[:-1]))
    known = "\n".join(message.text for message in messages if message.type in {"human", "system"})
    if "my name" in last.lower() and "?" in last:
        name = NAME.search(known)
        return Reply(f"Your name is **{name[1]}**." if name else "You have not told me your name yet.")
    if name := NAME.search(last):
        return Reply(f"Nice to meet you, {name[1]}! What would you like to talk about?")
    if liking := LIKING.search(last):
        return Reply(f"A fine choice, {liking[1].strip()}. What is it that you like about it?")
    return Reply(f"You say “{last[:200]}”. Tell me more about that, and I will keep it in mind.")


def summarised(messages: Sequence[BaseMessage]) -> str:
    said = [message.text for message in messages if message.type in {"human", "system"} and message.text]
    text = "\n".join(said)
    name = NAME.search(text)
    likings = dict.fromkeys(found.strip() for found in LIKING.findall(text))
    called = f"The person is called {name[1]}. " if name else ""
    like = f"They like {', '.join(likings)}. " if likings else ""
    return f"{called}{like}Their last words were: {said[-1][:200] if said else 'none'}"


model = chat_model(reply)


def with_summary(state: State) -> list[BaseMessage]:
    summary = state.get("summary", "")
    before = [SystemMessage(f"Summary of the earlier conversation: {summary}")] if summary else []
    return [*before, *state["messages"]]


async def conversation(state: State, config: RunnableConfig) -> dict[str, Any]:
    """Answer, knowing the summary."""
    return {"messages": [await model.ainvoke(with_summary(state), config)]}


async def summarize_conversation(state: State, config: RunnableConfig) -> dict[str, Any]:
    """Write the summary and remove all but the last messages."""
    answer = await model.ainvoke([*with_summary(state), HumanMessage(REQUEST)], config)
    old = [RemoveMessage(id=message.id) for message in state["messages"][:-KEPT] if message.id]
    return {"summary": answer.text, "messages": old}


def route(state: State) -> Literal["summarize_conversation", "__end__"]:
    return "summarize_conversation" if len(state["messages"]) > MOST else "__end__"


builder = StateGraph(State)
builder.add_node(conversation)
builder.add_node(summarize_conversation)
builder.add_edge(START, "conversation")
builder.add_conditional_edges("conversation", route)
builder.add_edge("summarize_conversation", END)
graph = builder.compile(name="chat")
