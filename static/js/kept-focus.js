// Where the focus goes when what had it is taken away, by a save, by a stop or by a link that shows another checkpoint: to
// what they have to tell, else to the same control of what has come, else to the message it was in, else to the conversation.
const AGAIN = ["[data-parent]", '[data-branch="before"]', '[data-branch="after"]'];

let lost = null;

function told() {
  const verdict = document.querySelector("#verdicts .verdict");
  if (verdict) verdict.tabIndex = -1;
  return verdict;
}

function place({ again, message }) {
  const article = message && document.querySelector(`#conversation article[data-message-id="${CSS.escape(message)}"]`);
  const control = again && document.querySelector(`#conversation ${again}`);
  return told() ?? control ?? article?.querySelector("[data-edit], textarea") ?? document.querySelector("talk-scroll");
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const had = document.activeElement;
  if (!had?.closest("#conversation") || !detail.target.contains(had)) return;
  lost = { again: AGAIN.find((control) => had.matches(control)), message: had.closest("[data-message-id]")?.dataset.messageId };
});

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target.closest?.("#runstate") && detail.requestConfig.verb === "post" && detail.xhr.status < 400) lost = {};
});

document.addEventListener("htmx:afterSettle", () => {
  if (lost && document.activeElement === document.body) place(lost)?.focus({ preventScroll: true });
  lost = null;
});

// A form of a page of its own has led here.
if (document.activeElement === document.body) told()?.focus({ preventScroll: true });
