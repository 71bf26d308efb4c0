// Keeps the statuses of the thread rows on screen fresh, in visible tabs only, and without touching anything else.
import { htmx } from "./htmx-setup.js";

const EVERY = 3000;

class StatusPoll extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.poll(), EVERY);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  poll() {
    if (document.hidden) return;
    const ids = [...document.querySelectorAll("[data-thread-id]")].map((row) => `id=${encodeURIComponent(row.dataset.threadId)}`);
    htmx.ajax("GET", `${this.dataset.url}?${ids.join("&")}`, { source: this, target: this, swap: "none" }).then(() => {
      for (const row of document.querySelectorAll("[data-thread-id]")) row.dataset.status = row.querySelector(".chip").dataset.status;
    });
  }
}

customElements.define("status-poll", StatusPoll);
