// How htmx behaves here: errors of verbs are shown where the form says, forms that are being edited survive a refresh.
const { htmx, Idiomorph } = window;

// hx-swap="morph". (Idiomorph's own extension takes every other style for an inline one, which would leave
// the wrappers of out-of-band appends in the page.)
htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap(style, target, fragment) {
    if (style === "morph") return Idiomorph.morph(target, fragment.children, { morphStyle: "outerHTML" });
    if (style === "morph-inside") return Idiomorph.morph(target, fragment.children, { morphStyle: "innerHTML" });
    return false;
  },
});

// An answer of 4xx or 5xx is an error panel made for its place. A link whose target would be lost keeps what it had.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.xhr.status < 400) return;
  const isForm = detail.requestConfig.verb !== "get";
  const made = /class="panel|data-editing/.test(detail.xhr.responseText); // by us, for this place
  if (isForm && made) detail.shouldSwap = true;
  else if (detail.requestConfig.elt.localName === "thread-live") document.getElementById("runproblem").innerHTML = detail.xhr.responseText;
  else toast(errorTitle(detail.xhr.responseText) ?? `The request failed (${detail.xhr.status}).`);
  detail.isError = false;
});

// A refresh may take a form away that is on its way; htmx would look for the place of the answer where the form is now.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "get") detail.elt.addEventListener("htmx:beforeOnLoad", tellWithoutForm);
});

function tellWithoutForm(event) {
  const { elt, xhr } = event.detail;
  if (elt.isConnected || !xhr.getResponseHeader("HX-Retarget")) return;
  event.preventDefault();
  const place = document.getElementById("runproblem");
  if (place) htmx.swap(place, xhr.responseText, { swapStyle: "innerHTML" });
  else toast(errorTitle(xhr.responseText) ?? `The request failed (${xhr.status}).`);
}

document.addEventListener("htmx:sendError", ({ detail }) => {
  toast("Studio does not answer. What you typed is kept; try again in a moment.");
  detail.elt.dispatchEvent(new CustomEvent("studio:unreachable", { bubbles: true }));
});

// A problem that is solved shall not stay on the page.
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.requestConfig.verb !== "get") document.getElementById("runproblem")?.replaceChildren();
});

// A second click while a form is on its way is not a second wish.
document.addEventListener("htmx:confirm", (event) => {
  if (event.detail.elt.matches("form[aria-busy]")) event.preventDefault();
});
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.elt.localName === "form" && detail.requestConfig.verb !== "get") detail.elt.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", ({ detail }) => detail.elt.removeAttribute?.("aria-busy"));

// Once a message is on its way it leaves the box; not before, so that nothing typed is lost.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const form = detail.elt.closest?.("[data-send]");
  if (form && detail.xhr.status < 400 && detail.requestConfig.verb === "post") form.querySelector("[data-input]").value = "";
});

// Refreshes morph the page, so focus and scroll stay; what a person is editing or has opened is left alone.
Object.assign(Idiomorph.defaults.callbacks, {
  beforeNodeMorphed: (old, fresh) => !(old instanceof Element && keeps(old, fresh)),
  beforeNodeRemoved: (node) => !(node instanceof Element && node.matches("article[data-editing]")),
  beforeAttributeUpdated: (name, node) => !(name === "open" && node.localName === "details"),
});

// What a refresh does not touch: a form being edited, a verdict that the person has not left yet.
function keeps(old, fresh) {
  if (old.matches("[data-scrub]:active")) return true; // somebody has the slider in hand
  if (old.matches("[data-stopping], [data-mapping]")) return old.closest("[data-run-id]")?.dataset.runId === fresh.closest?.("[data-run-id]")?.dataset.runId;
  if (old.matches(".more")) return old.childElementCount > 0 && !fresh.childElementCount; // a person has it open
  if (old.id === "progress") return old.dataset.run !== "" && old.dataset.run === fresh.dataset?.run && !old.querySelector("[data-pending]"); // the stream knows better
  if (old.matches(".tree .under")) return keepsOpen(old, fresh);
  if (old.matches("details[data-event] > div")) return old.parentElement.open; // an event never changes
  if (old.id === "double") return old.dataset.run !== "" && old.dataset.run === fresh.dataset?.run; // somebody is choosing
  if (old.id === "verdicts") return !fresh.children.length;
  return old.matches("article[data-editing]") || (old.matches("[data-editing]") && fresh.matches("[data-editing]"));
}

// A branch of a JSON tree that was opened stays open; what is under it is fetched anew for the checkpoint now on show.
function keepsOpen(old, fresh) {
  const address = fresh.getAttribute?.("hx-get");
  if (!old.closest("details").open || old.querySelector(":scope > .spinner") || !address) return false;
  if (address !== old.getAttribute("hx-get")) {
    old.setAttribute("hx-get", address);
    queueMicrotask(() => htmx.ajax("GET", address, { source: old, target: old, swap: "morph-inside" }));
  }
  return true;
}

function errorTitle(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector(".panel h3")?.textContent.trim();
}

export function toast(text) {
  const line = document.createElement("div");
  line.textContent = text;
  document.getElementById("toasts").append(line);
  setTimeout(() => line.remove(), 5000);
}

export { htmx };
