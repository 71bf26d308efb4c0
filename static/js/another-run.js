// Where a question waits for its answer, the form that starts a run is folded away, and opens for whoever asks for it. A
// message that is being written when the question comes stays in sight, and so do the options that somebody has open.
document.addEventListener("htmx:afterSettle", () => {
  const another = document.getElementById("another");
  if (!another) return;
  const asked = another.querySelector("#origin[data-asked]") !== null;
  if (asked === another.hasAttribute("data-asked")) return;
  another.toggleAttribute("data-asked", asked);
  another.open = !asked || another.querySelector("[data-input]").value !== "" || another.querySelector(".options[open]") !== null;
});
