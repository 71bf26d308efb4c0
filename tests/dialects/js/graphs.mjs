// The graphs that the server of LangGraph.js serves in these tests; aegra/graphs.py has the same for Aegra.
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, AIMessageChunk } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import { Annotation, END, interrupt, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";

const PACE = 30; // milliseconds between two words
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
const growing = () => Annotation({ reducer: (old, more) => old.concat(more), default: () => [] });

/** Says again what it was told last, word by word, and then counts to twelve. */
class Echo extends BaseChatModel {
  _llmType() {
    return "echo";
  }

  async *_streamResponseChunks(messages, options, manager) {
    const counted = Array.from({ length: 12 }, (_, place) => place + 1).join(" ");
    const words = `You said: ${messages.at(-1).text}. ${counted}`.split(" ");
    for (const [place, word] of words.entries()) {
      await pause(PACE);
      options.signal?.throwIfAborted();
      const text = place ? ` ${word}` : word;
      const chunk = new ChatGenerationChunk({ text, message: new AIMessageChunk(text) });
      yield chunk;
      await manager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
    }
  }

  async _generate(messages, options, manager) {
    let text = "";
    for await (const chunk of this._streamResponseChunks(messages, options, manager)) text += chunk.text;
    return { generations: [{ text, message: new AIMessage(text) }] };
  }
}

// `topic` and `plain` have no reducer, `log` grows.
const Talk = Annotation.Root({
  ...MessagesAnnotation.spec,
  topic: Annotation(),
  plain: Annotation(),
  log: growing(),
});

export const chat = new StateGraph(Talk)
  .addNode("speak", async (state) => ({ messages: [await new Echo({}).invoke(state.messages)], log: ["spoke"] }))
  .addNode("note", (state) => ({
    plain: state.messages.map((m) => ({ type: m.getType(), id: m.id, content: m.text })),
    log: ["noted"],
  }))
  .addEdge(START, "speak")
  .addEdge("speak", "note")
  .addEdge("note", END)
  .compile({ name: "chat" });

// `count` goes up to `goal`, one every `delay` seconds.
const Work = Annotation.Root({
  goal: Annotation(),
  delay: Annotation(),
  count: Annotation(),
  log: growing(),
});

export const work = new StateGraph(Work)
  .addNode("prepare", () => ({ count: 0, log: ["prepared"] }))
  .addNode("tick", async (state) => {
    await pause(1000 * (state.delay ?? 0));
    return { count: state.count + 1, log: [`tick ${state.count + 1}`] };
  })
  .addNode("publish", (state) => {
    if (state.count > 100) throw new Error("too many ticks");
    return { log: ["published"] };
  })
  .addEdge(START, "prepare")
  .addEdge("prepare", "tick")
  .addConditionalEdges("tick", (state) => (state.count >= (state.goal ?? 1) ? "publish" : "tick"), ["tick", "publish"])
  .addEdge("publish", END)
  .compile({ name: "work" });

// What was answered.
const Form = Annotation.Root({ name: Annotation(), city: Annotation(), done: Annotation() });
const askName = () => ({ name: interrupt("What is your name?") });
const askCity = () => ({ city: interrupt({ question: "Which city?" }) });
const thank = () => ({ done: true });

export const one = new StateGraph(Form)
  .addNode("ask_name", askName)
  .addNode("thank", thank)
  .addEdge(START, "ask_name")
  .addEdge("ask_name", "thank")
  .addEdge("thank", END)
  .compile({ name: "one" });

export const two = new StateGraph(Form)
  .addNode("ask_name", askName)
  .addNode("ask_city", askCity)
  .addNode("thank", thank)
  .addEdge(START, "ask_name")
  .addEdge(START, "ask_city")
  .addEdge(["ask_name", "ask_city"], "thank")
  .addEdge("thank", END)
  .compile({ name: "two" });
