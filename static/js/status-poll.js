// Keeps the thread rows on screen fresh, in visible tabs only, and tells when the list would have others by now.
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
    const asked = new URLSearchParams(location.search);
    for (const row of document.querySelectorAll("[data-thread-id]")) asked.append("id", row.dataset.threadId);
    htmx.ajax("GET", `${this.dataset.url}?${asked}`, { source: this, target: this, swap: "none" }).then(() => {
      for (const row of document.querySelectorAll("[data-thread-id]")) row.dataset.status = row.querySelector(".chip").dataset.status;
    });
  }
}

customElements.define("status-poll", StatusPoll);
