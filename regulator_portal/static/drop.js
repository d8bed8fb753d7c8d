// Dropping a bundle on its form: the dropped file becomes the chosen one. A file that is too large is refused
// before it is sent; the server refuses it by its own bound whatever this says.

/** Return whether a file can be a bundle by its size. */
export function fits(file, maxBytes) {
  return file.size <= maxBytes;
}

/** Make one drop zone work. */
export function enable(zone) {
  const input = zone.querySelector("input[type=file]");
  const refusal = zone.querySelector("[data-drop-refusal]");
  const maxBytes = Number(zone.dataset.maxBytes);

  const judge = () => {
    const chosen = input.files[0];
    const refused = chosen !== undefined && !fits(chosen, maxBytes);
    input.classList.toggle("is-invalid", refused);
    refusal.hidden = !refused;
    return !refused;
  };

  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("portal-drop-over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("portal-drop-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("portal-drop-over");
    if (event.dataTransfer.files.length === 0) return;
    input.files = event.dataTransfer.files;
    judge();
  });
  input.addEventListener("change", judge);
  zone.closest("form").addEventListener("submit", (event) => {
    if (!judge()) event.preventDefault();
  });
}

for (const zone of document.querySelectorAll("[data-drop-zone]")) enable(zone);
