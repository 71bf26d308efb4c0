// What is typed into an editor is not lost by a click beside it: whoever leaves it is asked first.
const EDITORS = "article[data-editing] form, form.stateform, form.insertform";
const QUESTION = "What you typed is not saved. Leave it?";
const ASKING = new Set(["click", "submit"]); // a refresh of the page by itself leaves editors alone

function unsaved(within) {
  return [...within.querySelectorAll(EDITORS)].filter((form) => !form.hasAttribute("data-sent") && isTyped(form));
}

// A form that was given back by Studio has what was typed as its defaults.
function isTyped(form) {
  return form.querySelector("[role=alert], .foretold") !== null || [...form.elements].some(differs);
}

function differs(field) {
  if (field.localName === "select") return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.selectedIndex > 0;
  if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
  return field.localName !== "button" && "defaultValue" in field && field.value !== field.defaultValue;
}

document.addEventListener("htmx:confirm", (event) => {
  const { elt, target, triggeringEvent } = event.detail;
  if (!ASKING.has(triggeringEvent?.type) || !(target instanceof Element)) return;
  const lost = unsaved(target).filter((form) => !form.contains(elt));
  if (lost.length && !window.confirm(QUESTION)) event.preventDefault();
});

window.addEventListener("beforeunload", (event) => {
  if (unsaved(document).length) event.preventDefault();
});

document.addEventListener("submit", ({ target }) => target.setAttribute("data-sent", ""));
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.successful) detail.elt.removeAttribute("data-sent");
});
