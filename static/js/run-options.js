// How runs of a graph were started last in this browser: filled into the send form when its page opens. Values that may
// be secret (configuration, context, webhook) are not written down, nor is the input; only the way in which it was given.
import { recall, remember } from "./graph-memory.js";

const KIND = "run";
const NAMES = ["mode", "assistant", "version", "how", "durability", "recursion_limit", "delay", "before_list", "after_list", "modes", "subgraphs", "options"];

function fill(form) {
  const values = recall(KIND, form.dataset.graph);
  if (!values) return;
  for (const field of form.elements) {
    if (!NAMES.includes(field.name) || field.disabled) continue;
    if (field.type === "checkbox") field.checked = values[field.name]?.includes(field.value) ?? false;
    else if (field.type === "radio") field.checked ||= values[field.name]?.includes(field.value);
    else if (field.name === "version" && values.assistant?.[0] !== form.elements.assistant.value) continue;
    else if (field.name !== "assistant" && values[field.name]) [field.value] = values[field.name];
  }
  mark(form);
  form.querySelector('[name="mode"]:checked')?.dispatchEvent(new Event("change", { bubbles: true }));
}

// The button says when something differs from what a run does by itself.
function mark(form) {
  const options = form.querySelector(".options");
  const changed = [...options.querySelectorAll('input:not([type=hidden]), select, textarea, [name="version"]')].filter((field) => {
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    return field.localName === "select" ? field.selectedIndex > 0 : field.value !== "";
  });
  options.querySelector("summary").textContent = changed.length ? `Options (${changed.length})` : "Options";
}

export function rememberOptions() {
  const form = document.getElementById("send");
  if (!form) return;
  fill(form);
  form.addEventListener("input", () => mark(form));
  form.addEventListener("htmx:afterSettle", () => mark(form)); // the versions have come, or are another assistant's
  form.addEventListener("submit", () => {
    const values = {};
    for (const [name, value] of new FormData(form)) if (NAMES.includes(name)) (values[name] ??= []).push(value);
    remember(KIND, form.dataset.graph, values);
  });
  form.querySelector("[data-forget-options]").addEventListener("click", () => {
    remember(KIND, form.dataset.graph, null);
    for (const field of form.querySelectorAll(".options :is(input, select, textarea)")) {
      if (field.type === "checkbox") field.checked = field.defaultChecked;
      else if (field.localName === "select") field.selectedIndex = 0;
      else if (field.type !== "hidden" || field.name === "version") field.value = "";
    }
    mark(form);
  });
}

rememberOptions();
