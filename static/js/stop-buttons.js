// The buttons that stop a run or pause it: the one that was pressed says so until the server has done it.
document.addEventListener("submit", ({ target, submitter }) => {
  if (target.matches("[data-stops]")) stopping(target, submitter);
});

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target.matches?.("[data-stops]") && detail.xhr.status >= 400) stopping(target, null);
});

function stopping(form, submitter) {
  if (submitter) form.dataset.stopping = "true";
  else delete form.dataset.stopping;
  for (const button of form.querySelectorAll("button")) {
    button.disabled = false;
    if (button === submitter) { button.dataset.label = button.innerHTML; button.textContent = button.dataset.while; }
    else if (!submitter && button.dataset.label) button.innerHTML = button.dataset.label;
  }
  if (submitter) setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; });
}
