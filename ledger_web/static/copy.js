// Copies the full value of a shortened hash; the button says so for two seconds.

/** @param {HTMLElement} button with `data-copy` (what to copy) and `data-done` (what it then says) */
export async function copyValue(button) {
  try {
    await writeText(button.dataset.copy ?? "");
  } catch {
    return; // the browser refused: the full value still stands in the title
  }
  const label = button.getAttribute("aria-label") ?? "";
  button.classList.add("is-done");
  button.setAttribute("aria-label", button.dataset.done ?? label);
  setTimeout(() => {
    button.classList.remove("is-done");
    button.setAttribute("aria-label", label);
  }, 2000);
}

/** @param {string} text */
async function writeText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without a secure context there is no clipboard: a selection and the old command do it.
  const holder = document.createElement("textarea");
  holder.value = text;
  holder.className = "visually-hidden";
  document.body.append(holder);
  holder.select();
  const done = document.execCommand("copy");
  holder.remove();
  if (!done) throw new Error("copying refused");
}
