/**
 * Forms that ask the API for something that takes no signature: `<form data-api-post="/v1/..." data-after="/desk/...">`.
 * Their named fields are the body. A refusal is said beside the form; the same request sent again has the same key.
 */
import { ask, keyAfter } from "./gateway.js";
import { pick } from "./page_parts.js";

for (const form of document.querySelectorAll("form[data-api-post]")) {
  if (form instanceof HTMLFormElement) serve(form);
}

/** @param {HTMLFormElement} form */
function serve(form) {
  let key = crypto.randomUUID();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button !== null) button.disabled = true;
    const body = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));
    const answer = await ask("POST", form.dataset.apiPost ?? "", { body, key });
    if (answer.kind === "done") return location.assign(form.dataset.after ?? "/desk");
    key = /** @type {typeof key} */ (keyAfter(answer, key));
    if (button !== null) button.disabled = false;
    return say(form, answer);
  });
}

/** @param {HTMLFormElement} form @param {Exclude<import("./gateway.js").Answer, { kind: "done" }>} answer */
function say(form, answer) {
  const place = form.querySelector("[data-said]") ?? form.appendChild(document.createElement("p"));
  place.setAttribute("data-said", "");
  place.setAttribute("data-testid", "error-state");
  place.setAttribute("role", "alert");
  place.className = "kit-alert kit-alert-bad";
  place.textContent =
    answer.kind === "refused"
      ? `${pick(answer.problem.title, answer.problem.title_zh)} ${pick(answer.problem.detail, answer.problem.detail_zh)} (${answer.problem.code})`
      : pick("The gateway can't be reached, or your session is over. Nothing was sent.", "无法连接网关，或会话已结束。未发送任何内容。");
}
