// A message of the browser when a run ends or needs a person while its page is in the background: only when asked for.
const PLACE = "studio-notify";

function wanted() {
  try {
    return globalThis.Notification?.permission === "granted" && localStorage.getItem(PLACE) === "1";
  } catch {
    return false; // storage is blocked
  }
}

export function showNotice(root) {
  for (const button of root.querySelectorAll("[data-notify]")) {
    button.hidden = !globalThis.Notification;
    button.setAttribute("aria-pressed", wanted());
  }
}

export async function switchNotice(root, explain) {
  const on = !wanted();
  if (on && (await Notification.requestPermission()) !== "granted") {
    explain("The browser does not allow messages from this address.");
    return;
  }
  try {
    localStorage.setItem(PLACE, on ? "1" : "0");
  } catch {
    explain("The browser keeps nothing for this address, so it cannot be switched.");
  }
  showNotice(root);
}

export function notice(title, body) {
  if (!wanted() || (!document.hidden && document.hasFocus())) return;
  const shown = new Notification(title, { body, tag: location.pathname });
  shown.onclick = () => { window.focus(); shown.close(); };
}
