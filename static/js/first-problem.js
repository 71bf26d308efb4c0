// What a form has to say when it comes back: the first field that is wrong has the focus, else what was foretold or is
// wrong with the whole comes into view. What was said of a field goes once the field is changed.
const BACK = "form.stateform, article[data-editing]";
const NARROW = matchMedia("(max-width: 860px)");

function told(form) {
  const wrong = [...form.querySelectorAll('[aria-invalid="true"]')].find((field) => (field.closest("json-editor") ?? field).checkVisibility());
  if (wrong) return wrong.focus();
  const alert = form.querySelector(':scope > .channels > [role="alert"]');
  const place = form.querySelector(".foretold") ?? alert;
  if (!place) return;
  if (!NARROW.matches && place !== alert) return place.scrollIntoView({ block: "nearest" });
  place.focus({ preventScroll: true });
  place.scrollIntoView({ block: "start" });
}

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.requestConfig?.verb !== "post" || !detail.elt.matches(BACK)) return;
  told(detail.elt.matches("form") ? detail.elt : detail.elt.querySelector("form"));
});

document.addEventListener("input", ({ target }) => {
  const place = target.closest(".channelfield, .callargs, .insertform");
  if (!place) return;
  place.querySelector(".problem, [data-problem] > *")?.remove();
  for (const field of place.querySelectorAll('[aria-invalid="true"]')) field.removeAttribute("aria-invalid");
});
