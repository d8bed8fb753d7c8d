/** Choosing an institution by name; only who chooses another one types its number. Comes after what fills forms in again. */

for (const place of document.querySelectorAll("[data-institution-choice]")) {
  const choice = place.querySelector("select");
  const number = place.querySelector("[data-number]");
  if (choice instanceof HTMLSelectElement && number instanceof HTMLInputElement) serve(choice, number);
}

/** @param {HTMLSelectElement} choice @param {HTMLInputElement} number */
function serve(choice, number) {
  const show = () => {
    number.hidden = number.disabled = choice.value !== "other";
  };
  show();
  choice.addEventListener("change", () => {
    show();
    if (!number.hidden) number.focus();
  });
}
