// How many threads wait for a person, kept fresh in the navigation; and what helps to fill in the form of a question.
const EVERY = 15000;

class InboxCount extends HTMLElement {
  connectedCallback() {
    this.ask = () => this.count();
    this.timer = setInterval(this.ask, EVERY);
    document.body.addEventListener("studio:answered", this.ask);
    document.addEventListener("visibilitychange", this.ask);
    this.count();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    document.body.removeEventListener("studio:answered", this.ask);
    document.removeEventListener("visibilitychange", this.ask);
  }

  // What cannot be told is not shown, and a failure is nobody's concern here.
  async count() {
    if (document.hidden) return;
    const told = await fetch(this.dataset.url).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    if (!told) return;
    const { waiting, more } = told;
    this.textContent = waiting ? `${waiting}${more ? "+" : ""}` : "";
    for (const news of document.querySelectorAll("inbox-news")) {
      const shown = Number(news.dataset.counted) - document.querySelectorAll(".waits.done").length;
      news.hidden = waiting === null || news.dataset.counted === "" || waiting === shown;
    }
  }
}

customElements.define("inbox-count", InboxCount);

// Typing in other words is choosing them; what was wrong with a field is not so any more once it is changed.
document.addEventListener("input", ({ target }) => {
  const question = target.closest?.("[data-ask] .question");
  if (!question) return;
  if (target.name.startsWith("answer-") && target.value) {
    for (const other of question.querySelectorAll('.choices input[value="words"]')) other.checked = true;
  }
  for (const place of (target.getAttribute("aria-describedby") ?? "").split(" ")) clear(document.getElementById(place));
  if (target.type === "radio") for (const place of question.querySelectorAll(".problem")) clear(place);
  corrected(question.closest("[data-ask]"));
});

function clear(place) {
  if (place?.matches(".problem")) place.textContent = "";
}

// The line that points to the fields goes with what was wrong in the last of them.
function corrected(form) {
  if (!form.hasAttribute("data-refused") || form.querySelector(".problem:not(:empty)")) return;
  form.removeAttribute("data-refused");
  for (const place of [form.querySelector("[data-problem]"), document.getElementById("runproblem")]) place?.replaceChildren();
}

// A problem that was told in a form goes with the next attempt, and the first field that it is about has the focus.
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (!target.matches("[data-ask]")) return;
  target.removeAttribute("data-refused");
  for (const place of target.querySelectorAll(".problem, [data-problem]")) place.replaceChildren();
});

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (!target.matches("[data-ask]") || detail.xhr.status !== 422) return;
  const place = target.querySelector(".problem:not(:empty)");
  if (!place) return;
  target.setAttribute("data-refused", "");
  target.querySelector(`[aria-describedby~="${place.id}"]`)?.focus();
});


// What is typed into the form of a question outlives it: it is filled in again when the form comes back, and shown when
// somebody else has answered.
const drafts = new Map();

document.addEventListener("input", ({ target }) => {
  const form = target.closest?.("[data-ask]");
  if (!form) return;
  const texts = [...form.querySelectorAll("textarea, input[type=text]")].filter((field) => field.value !== field.defaultValue);
  drafts.set(form.id, texts.map((field) => [field.name, field.value]));
});

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target.matches("[data-ask]") && detail.requestConfig.verb === "post" && detail.xhr.status < 400) drafts.delete(target.id);
});

document.addEventListener("htmx:afterSettle", () => {
  for (const [id, texts] of drafts) {
    const form = document.getElementById(id);
    if (form) refill(form, texts);
    else if (document.querySelector('#conversation[data-following="true"]')) {
      drafts.delete(id);
      if (texts.length) giveBack(texts);
    }
  }
});

function refill(form, texts) {
  for (const [name, text] of texts) {
    const field = form.elements.namedItem(name);
    if (field && field.value === field.defaultValue) field.value = text;
  }
}

function giveBack(texts) {
  const place = document.getElementById("runproblem");
  if (!place || place.querySelector("textarea")) return;
  const panel = document.createElement("div");
  panel.className = "panel warn";
  panel.setAttribute("role", "status");
  panel.append(Object.assign(document.createElement("h3"), { textContent: "The question is not open any more. You had typed:" }));
  for (const [, text] of texts) {
    panel.append(Object.assign(document.createElement("textarea"), { className: "field", rows: 3, readOnly: true, ariaLabel: "What you typed", value: text }));
  }
  place.replaceChildren(panel);
}
