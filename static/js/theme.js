// Loaded in the head, before anything is painted: the theme that the person chose, if any.
{
  const chosen = localStorage.getItem("studio-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
