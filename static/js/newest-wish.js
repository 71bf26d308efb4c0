// Of several checkpoints that were asked for at once, the last one comes on show, with all that is told beside it. An answer
// to an earlier wish would find the conversation gone that it was to replace, and would change the parts beside it alone.
const wishes = new WeakSet();
let newest = null;

document.addEventListener("htmx:beforeRequest", ({ detail: { elt, target, xhr, requestConfig } }) => {
  if (requestConfig.verb !== "get" || target?.id !== "conversation" || elt.localName === "thread-live") return;
  wishes.add(xhr);
  newest = xhr;
  const history = document.querySelector("history-list");
  if (history && !history.contains(elt)) history.asked = null; // it waits for its own row no longer
  elt.addEventListener("htmx:beforeOnLoad", dropOlder); // at the element itself: it may have left the page by then
});

function dropOlder(event) {
  const { xhr } = event.detail;
  if (wishes.has(xhr) && xhr !== newest) event.preventDefault();
}
