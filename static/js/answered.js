// A question that was answered in the inbox: what came of it has the focus that its form had, and one fewer waits.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (!target.matches(".waits.done")) return;
  if (document.activeElement === document.body) target.focus({ preventScroll: true });
  const total = document.querySelector("[data-total]");
  if (total) total.textContent = total.dataset.total = Math.max(0, total.dataset.total - 1);
});
