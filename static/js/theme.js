// Loaded in the head, before anything is painted: the theme that the person chose, if any.
try {
  const chosen = localStorage.getItem("studio-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is blocked.
}
