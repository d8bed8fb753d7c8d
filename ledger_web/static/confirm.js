// Asks before a form with `data-confirm` is sent, by htmx or by itself, with the words that it carries there.

/** @param {Document} page */
export function askFirst(page) {
  /** @type {WeakSet<HTMLFormElement>} */
  const agreed = new WeakSet();
  page.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (!(form instanceof HTMLFormElement)) return;
      const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
      if (!question || agreed.delete(form)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(page, question).then((yes) => {
        if (!yes) return;
        agreed.add(form);
        form.requestSubmit(submitter);
      });
    },
    { capture: true },
  );
}

/**
 * @param {Document} page
 * @param {string} question
 * @returns {Promise<boolean>}
 */
export function ask(page, question) {
  const dialog = page.getElementById("kit-confirm");
  if (!(dialog instanceof HTMLDialogElement)) return Promise.resolve(window.confirm(question));
  const text = dialog.querySelector("[data-confirm-text]");
  if (text) text.textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
