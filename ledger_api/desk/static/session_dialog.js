/** Signing in again without leaving the page. The password goes to the gateway alone; the PIN has no part in it. */
import { ask } from "./gateway.js";
import { byId, one, pick } from "./page_parts.js";

/**
 * Ask for the password until the session is open again.
 * @returns {Promise<boolean>} whether it is; false if she would rather not now
 */
export function signInAgain() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("session-over"));
  const form = /** @type {HTMLFormElement} */ (byId("session-form"));
  const password = /** @type {HTMLInputElement} */ (byId("session-password"));
  const refused = one(dialog, "[data-refused]");
  const unreachable = one(dialog, "[data-unreachable]");
  refused.hidden = unreachable.hidden = true;
  dialog.showModal();
  password.focus();
  return new Promise((resolve) => {
    const closed = new AbortController();
    /** @param {boolean} isOpen */
    const end = (isOpen) => {
      closed.abort();
      password.value = "";
      dialog.close();
      resolve(isOpen);
    };
    one(dialog, "[data-cancel]").addEventListener("click", () => end(false), { signal: closed.signal });
    dialog.addEventListener("cancel", () => end(false), { signal: closed.signal });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = {
        institution: Number(dialog.dataset.institution), username: dialog.dataset.username, password: password.value,
      };
      password.value = "";
      const answer = await ask("POST", "/desk/sessions", { body });
      if (answer.kind === "done") return end(true);
      unreachable.hidden = answer.kind === "refused";
      refused.hidden = answer.kind !== "refused";
      if (answer.kind === "refused" && answer.problem.code === "credentials-wrong") {
        refused.textContent = pick("The password isn't right. Try again; after several failures the account has to wait.", "密码不正确，请重试；多次失败后该账户须等待。");
      } else if (answer.kind === "refused") {
        refused.textContent = pick(`${answer.problem.title}. ${answer.problem.detail}`, `${answer.problem.title_zh}：${answer.problem.detail_zh}`);
      }
      password.focus();
    }, { signal: closed.signal });
  });
}
