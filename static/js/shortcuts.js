// The keyboard. Letters work wherever nobody is typing; Ctrl+Enter sends the form one is in; Esc closes it.
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
  m: () => document.querySelector("[data-input]")?.focus(),
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
      form.requestSubmit(form.querySelector("button.primary"));
    }
  } else if (event.key === "Escape" && field) {
    const cancel = event.target.closest("article")?.querySelector("[data-cancel]");
    if (cancel && !edited(event.target.closest("form"))) cancel.click();
    else event.target.blur();
  } else if (!field && !event.ctrlKey && !event.metaKey && !event.altKey && KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  }
});

function edited(form) {
  return [...(form?.querySelectorAll("textarea") ?? [])].some((area) => area.value !== area.defaultValue);
}
