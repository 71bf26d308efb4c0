// The form made from an input's schema. The server decides by the way that is chosen; this only keeps what was typed when
// the fields are exchanged for another assistant's, and brings the person to what has to be changed.
const FIELDS = '[name^="input-"]';
const typed = new Map();

function form() {
  return document.getElementById("send");
}

function way() {
  return form().querySelector('[name="mode"]:checked')?.value;
}

// Fields that are not on show are neither sent nor checked by the browser, which could not say where the mistake is.
function choose() {
  const inputs = form().querySelector(".inputs");
  if (inputs) inputs.disabled = way() !== "form";
}

function remember() {
  for (const field of form().querySelectorAll(FIELDS)) if (field.value) typed.set(field.name, field.value);
  else typed.delete(field.name);
}

// What the fields were given before; a choice that is not offered any more is not set.
function recall() {
  for (const field of form().querySelectorAll(FIELDS)) {
    const text = typed.get(field.name);
    if (text === undefined) continue;
    if (field.localName !== "select" || [...field.options].some((option) => option.value === text)) field.value = text;
  }
}

function exchanged() {
  const box = form().querySelector("[data-input]");
  box.dataset.example = document.getElementById("ways").dataset.example;
  box.placeholder = way() === "json" ? box.dataset.example : "Send a message…";
  recall();
  choose();
}

function problems() {
  return [...form().querySelectorAll(".entry .problem:not(:empty)")];
}

function clear(places) {
  for (const place of places) {
    place.textContent = "";
    place.closest(".entry").querySelector(".field").removeAttribute("aria-invalid");
  }
}

function told() {
  const fields = problems().map((place) => place.closest(".entry").querySelector(".field"));
  for (const field of fields) field.setAttribute("aria-invalid", "true");
  fields[0]?.focus();
}

function setUp() {
  choose();
  form().addEventListener("change", ({ target }) => target.name === "mode" && choose());
  form().addEventListener("input", ({ target }) => clear(problems().filter((place) => place.closest(".entry").contains(target))));
  form().addEventListener("htmx:beforeRequest", ({ detail }) => detail.requestConfig.verb === "post" && clear(problems()));
  form().addEventListener("htmx:afterRequest", ({ detail, target }) => {
    if (target !== form() || detail.requestConfig.verb !== "post") return;
    if (detail.xhr.status >= 400) told();
    else for (const message of form().querySelectorAll("[data-message]")) message.value = "";
  });
  form().addEventListener("htmx:beforeSwap", ({ target }) => target.id === "fields" && remember());
  form().addEventListener("htmx:afterSettle", ({ target }) => target.id === "fields" && exchanged());
  // Enter in a field of one line would press the first button there is, which may be one that erases a run.
  form().addEventListener("keydown", (event) => {
    const line = event.target.matches("input:not([type=radio]):not([type=checkbox])");
    if (line && event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault();
  });
}

// “m” writes a message; where the form is the way, it leads there.
document.addEventListener("keydown", (event) => {
  const free = !event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, textarea, select, dialog");
  if (event.key === "m" && free && form() && way() === "form") form().querySelector(".inputs .field").focus();
});

if (form()) setUp();
