// The keyboard. Letters work wherever nobody is typing; Ctrl+Enter sends the form one is in; Esc closes what is open.
import { closeOpen, typed } from "./sheets.js";
import * as threads from "./thread-list.js";

const KEYS = {
  j: () => (document.querySelector("history-list") ?? threads).step(1),
  k: () => (document.querySelector("history-list") ?? threads).step(-1),
  g: () => document.querySelector("history-list")?.end(0),
  G: () => document.querySelector("history-list")?.end(-1),
  "[": () => branch("before"),
  "]": () => branch("after"),
  p: () => document.querySelector("#conversation [data-parent]")?.click(),
  e: () => [...document.querySelectorAll('#conversation article[data-role="human"] [data-edit]')].at(-1)?.click(),
  m: () => {
    const input = document.querySelector("[data-input]");
    if (!input) return;
    input.closest("details").open = true;
    input.focus();
  },
  "/": () => {
    const search = document.querySelector("[data-search], [data-find]");
    if (search) search.focus();
    else document.querySelector('.top nav a')?.click();
  },
  "?": () => document.getElementById("keys").showModal(),
};

// The sibling of the checkpoint on show; when it has none, that of the last fork in the conversation.
function branch(side) {
  const own = document.querySelector(`#conversation .panehead .switch`);
  const link = own ? own.querySelector(`[data-branch="${side}"]`) : [...document.querySelectorAll(`#conversation [data-branch="${side}"]`)].at(-1);
  link?.click();
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input:not([type=radio]):not([type=checkbox]):not([type=range]), textarea, select, dialog");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest("form");
    if (form) {
      event.preventDefault();
      send(form);
    }
  } else if (event.key === "Escape") {
    if (!event.defaultPrevented) leave(event.target, field);
  } else if (!field && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

// By a click: htmx sends the name of the button that was clicked last, and no other.
function send(form) {
  const button = form.querySelector("button.primary");
  if (button) button.click();
  else form.requestSubmit();
}

function leave(from, field) {
  const cancel = field && from.closest("article")?.querySelector("[data-cancel]");
  if (cancel && !typed(from.closest("form"))) cancel.click();
  else if (field && !from.closest(".sheet, .messagemenu")) from.blur();
  else if (!closeOpen(from) && field) from.blur();
}
