// The live side of a thread page. Frames of its socket add streaming text; when the thread's state has changed, the
// history and (when the page follows the head) the conversation are fetched anew and morphed in.
import { chosen } from "./history-choice.js";
import { htmx, toast } from "./htmx-setup.js";
import { notice, showNotice, switchNotice } from "./run-notice.js";
import { showProgress } from "./run-progress.js";
import { Pulse, tick } from "./run-pulse.js";
import "./stop-buttons.js";
import { ThreadSocket } from "./thread-socket.js";

const RETRY = 2000; // milliseconds after which a refresh that failed is tried again
const REFRESH = 400; // at most one refresh in this many milliseconds

class ThreadLive extends HTMLElement {
  connectedCallback() {
    this.cursor = "";
    this.version = null;
    this.line = new ThreadSocket(this.dataset.socket, this);
    this.pulse = new Pulse();
    this.onChanged = () => this.changed();
    this.onSettle = () => this.dropComplete();
    this.addEventListener("htmx:beforeOnLoad", (event) => this.dropLate(event));
    this.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.requestConfig.elt === this) this.answered = detail.xhr.status; });
    document.body.addEventListener("studio:changed", this.onChanged);
    document.addEventListener("htmx:afterSettle", this.onSettle);
    this.addEventListener("click", ({ target }) => { if (target.closest("[data-notify]")) switchNotice(this, toast); });
    this.ticking = setInterval(() => this.tick(), 1000);
    showNotice(this);
    this.line.open();
  }

  disconnectedCallback() {
    clearInterval(this.ticking);
    document.body.removeEventListener("studio:changed", this.onChanged);
    document.removeEventListener("htmx:afterSettle", this.onSettle);
    clearTimeout(this.refreshing);
    this.line.close();
  }

  get socket() {
    return this.line.socket;
  }

  take(message) {
    if (message.type === "status") this.status(message);
    else if (message.type === "resync") this.resync();
    else if (message.type === "frame") this.frame(message);
  }

  status({ connection, run, feed, version, thread, quiet }) {
    this.show(connection);
    const ended = this.run && !run;
    if (run !== this.run) this.pulse.begin();
    this.pulse.quiet(quiet);
    if (ended) this.endedRun = this.run;
    const started = run && run !== this.run;
    this.run = run;
    this.feed = feed;
    if (started) this.live.querySelectorAll(".panel").forEach((panel) => panel.remove());
    if (!thread) return; // the feed has not looked yet
    if (this.version === null) {
      if (thread !== this.dataset.seen || (run ?? "") !== this.dataset.run) this.changed(0);
    } else if (version !== this.version) this.changed(ended ? 0 : REFRESH);
    this.version = version;
  }

  // The log began anew. Streaming text of a run that is over stays until the state has taken its place.
  resync() {
    this.cursor = "";
    if (this.run) this.live.replaceChildren();
  }

  frame({ seq, html, tokens, at }) {
    this.pulse.frame({ tokens, at });
    if (this.following) {
      htmx.swap(document.body, html, { swapStyle: "none" });
      showProgress(this.querySelector("#progress"), this.querySelector("[data-mapping]"), this.dataset.graph);
    } else this.missed = true;
    this.cursor = `${this.feed}.${seq}`;
    this.line.acknowledge(seq);
  }

  // Clocks stand still while nothing is known.
  tick() {
    if (document.hidden || this.connection !== "live") return;
    const pulse = this.querySelector("[data-pulse]");
    if (pulse) pulse.textContent = this.run ? this.pulse.text : "";
    tick(this);
  }

  // The first line of the history on show: a refresh does not scroll it away.
  get first() {
    return this.querySelector("#history").dataset.first;
  }

  // Back at the head: what streamed meanwhile is asked for again, from the start of the run.
  replay() {
    this.missed = false;
    this.cursor = "";
    this.line.close();
    this.line.open();
  }

  get live() {
    return this.querySelector("#live");
  }

  get conversation() {
    return this.querySelector("#conversation");
  }

  get following() {
    return this.conversation?.dataset.following === "true";
  }

  show(connection) {
    this.connection = connection;
    const chip = document.getElementById("connection");
    chip.dataset.connection = connection;
    if (connection === "stale") chip.dataset.since ??= new Date().toLocaleTimeString();
    else delete chip.dataset.since;
    chip.textContent = connection === "stale" ? `stale since ${chip.dataset.since}` : connection;
  }

  // Refreshes are joined: however many changes come, one request is under way and at most one waits.
  changed(delay = 0) {
    if (this.refreshing) return;
    this.refreshing = setTimeout(async () => {
      const fresh = await this.refresh().catch(() => false);
      this.refreshing = null;
      if (!fresh) this.changed(RETRY); // missed: the deployment or Studio was away for a moment
      else if (this.again) { this.again = false; this.changed(REFRESH); }
    }, delay);
  }

  // Answers whether what is on the page is fresh now; a thread that is gone is not asked for again.
  async refresh() {
    const seen = this.version;
    this.answered = 0;
    this.late = false;
    const tab = `tab=${encodeURIComponent(document.getElementById("tab").value)}`;
    if (this.following) {
      const latest = this.conversation.querySelectorAll(".talk > article").length; // earlier messages stay unfolded
      await htmx.ajax("GET", `${this.dataset.live}?${tab}&latest=${latest}&${chosen()}&from=${this.first}`, { source: this, target: "#conversation", swap: "morph" });
    } else {
      const at = `checkpoint=${encodeURIComponent(this.conversation.dataset.checkpoint)}`;
      await htmx.ajax("GET", `${this.dataset.history}?${at}&${chosen()}&from=${this.first}`, { source: this, target: "#history", swap: "morph" });
    }
    this.again = this.late || seen !== this.version;
    return this.answered === 200 || this.answered === 404;
  }

  // Another checkpoint has come on show while the head was asked for: the parts beside it would tell of the head.
  dropLate(event) {
    const { requestConfig, target } = event.detail;
    if (requestConfig.elt !== this || target.isConnected) return;
    this.late = true;
    event.preventDefault();
  }

  // A person who has asked for it hears that a run is over, once the page shows what came of it.
  tellEnd() {
    const ended = this.endedRun;
    this.endedRun = null;
    if (ended === this.toldEnd) return;
    this.toldEnd = ended;
    const asks = this.querySelector(".ask legend")?.textContent.trim();
    const failed = this.querySelector("[data-task-error] h3")?.textContent.trim();
    const told = asks ? "A run needs you" : failed ? "A run failed" : "A run has ended";
    notice(told, asks ?? failed ?? this.querySelector("#head h1").textContent.trim());
  }

  // A message that has become part of the state is shown by it; what streamed of it goes.
  dropComplete() {
    showNotice(this);
    showProgress(this.querySelector("#progress"), this.querySelector("[data-mapping]"), this.dataset.graph);
    // A run may begin and end between two looks of the feed; then only the page itself has shown it.
    const shown = this.querySelector("#runstate").dataset.runId;
    if (this.shown && !shown) this.endedRun = this.shown;
    this.shown = shown;
    if (this.endedRun && !this.run && !shown) this.tellEnd();
    if (!this.following) { this.live.replaceChildren(); return; }
    if (this.missed) this.replay();
    const complete = new Set([...this.conversation.querySelectorAll("article[data-message-id]")].map((a) => a.dataset.messageId));
    for (const article of this.live.querySelectorAll("article")) if (complete.has(article.dataset.messageId) || !this.run) article.remove();
    if (!this.run && this.conversation.querySelector("[data-task-error]")) this.live.querySelectorAll(".panel").forEach((panel) => panel.remove());
  }
}

customElements.define("thread-live", ThreadLive);
