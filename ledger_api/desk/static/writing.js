/** The prescription form: rows added and taken out, Enter goes on, a choice fills its row, and nothing typed is lost. */
import { ask } from "./gateway.js";
import { byId, one } from "./page_parts.js";
import { numberOfNewRow, readIdCard } from "./row_fields.js";
import { signInAgain } from "./session_dialog.js";

const form = /** @type {HTMLFormElement} */ (byId("prescription"));
const said = byId("rows-said");
let isChanged = false;
let isSaving = false;

document.getElementById("faults")?.focus();
form.addEventListener("input", () => { isChanged = true; });
form.addEventListener("change", ({ target }) => target instanceof HTMLInputElement && complete(target));
form.addEventListener("keydown", goOnWithEnter);
form.addEventListener("submit", save);
document.addEventListener("click", ({ target }) => {
  const pressed = target instanceof Element ? target.closest("button") : null;
  if (pressed?.dataset.add) addRow(pressed.dataset.add);
  if (pressed?.dataset.remove !== undefined) removeRow(/** @type {HTMLElement} */ (pressed.closest("[data-row]")));
});
window.addEventListener("beforeunload", (event) => {
  if (isChanged && !isSaving) event.preventDefault();
});

/** @param {string} section @returns {HTMLElement[]} */
function rowsOf(section) {
  return [...form.querySelectorAll(`[data-row="${section}"]`)].filter((row) => row instanceof HTMLElement);
}

/** @param {string} section */
function addRow(section) {
  const rows = rowsOf(section);
  const names = rows.flatMap((row) => [...row.querySelectorAll("[name]")].map((field) => field.getAttribute("name") ?? ""));
  const number = numberOfNewRow(section, names);
  const template = /** @type {HTMLTemplateElement} */ (one(document, `template[data-template="${section}"]`));
  const made = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  for (const element of made.querySelectorAll("[id], [name], [for]")) {
    for (const name of ["id", "name", "for"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace("__n__", String(number)));
    }
  }
  const row = one(made, "[data-row]");
  const before = rows.at(-1);
  if (before) takeOver(before, row);
  one(form, `[data-rows="${section}"]`).append(row);
  isChanged = true;
  renumber();
  say("added", rows.length + 1);
  one(row, "input").focus();
}

/** What lines of one prescription mostly share. @param {HTMLElement} from @param {HTMLElement} to */
function takeOver(from, to) {
  for (const end of ["/system", "/code_system", "/item_type"]) {
    const [earlier, later] = [from, to].map((row) => row.querySelector(`[name$="${end}"]`));
    if (isField(earlier) && isField(later)) later.value = earlier.value;
  }
}

/** @param {HTMLElement} row */
function removeRow(row) {
  const section = row.dataset.row ?? "";
  const rows = rowsOf(section);
  if (rows.length === 1) {
    for (const field of row.querySelectorAll("input")) field.value = "";
    one(row, "input").focus();
    return;
  }
  const next = rows[rows.indexOf(row) + 1] ?? rows[rows.indexOf(row) - 1];
  row.remove();
  isChanged = true;
  renumber();
  say("removed", rows.length - 1);
  one(next, "input").focus();
}

function renumber() {
  rowsOf("lines").forEach((row, index) => { one(row, "[data-number]").textContent = String(index + 1); });
}

/** @param {"added" | "removed"} what @param {number} count */
function say(what, count) {
  said.textContent = (said.dataset[what] ?? "").replace("{n}", String(count));
}

/** Fill in what follows from a field: a chosen drug's row, an identity number's birth date and sex. @param {HTMLInputElement} field */
function complete(field) {
  if (field.dataset.picks) pickFrom(field);
  if (field.dataset.upper !== undefined) field.value = field.value.toUpperCase();
  if (field.dataset.idCard !== undefined) readCard(field);
}

/** @param {HTMLInputElement} field */
function pickFrom(field) {
  const options = [...byId(field.dataset.picks ?? "").children].filter((each) => each instanceof HTMLOptionElement);
  const chosen = options.find((option) => option.value === field.value);
  if (!chosen?.dataset.fills) return;
  const base = field.name.split("/").slice(0, 2).join("/");
  for (const [path, value] of Object.entries(JSON.parse(chosen.dataset.fills))) {
    const target = form.elements.namedItem(`${base}/${path}`);
    if (isField(target)) target.value = String(value);
  }
}

/** @param {HTMLInputElement} field */
function readCard(field) {
  const kind = form.elements.namedItem("patient/id_type");
  const found = isField(kind) && kind.value === "01" ? readIdCard(field.value.trim()) : null;
  for (const [path, value] of Object.entries(found ?? {})) {
    const target = form.elements.namedItem(`patient/${path}`);
    if (isField(target) && target.value === "") target.value = value;
  }
}

/** @param {KeyboardEvent} event */
function goOnWithEnter(event) {
  const { target } = event;
  if (event.key !== "Enter" || event.isComposing || !(target instanceof HTMLElement)) return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    form.requestSubmit(/** @type {HTMLButtonElement} */ (one(form, 'button[value="sign"]')));
    return;
  }
  if (!isField(target)) return;
  event.preventDefault();
  if (target.dataset.last !== undefined && target.closest("[data-row]") === rowsOf("lines").at(-1)) {
    complete(target instanceof HTMLInputElement ? target : /** @type {any} */ (target));
    addRow("lines");
    return;
  }
  const fields = [...form.elements].filter((field) => isField(field) && field.offsetParent !== null);
  const next = fields[fields.indexOf(target) + 1];
  if (next instanceof HTMLElement) next.focus();
}

/** Send the form once the gateway is known to answer and the session to be open. @param {SubmitEvent} event */
async function save(event) {
  event.preventDefault();
  if (isSaving) return;
  isSaving = true;
  const saving = one(form, ".desk-saving");
  saving.hidden = false;
  byId("unreachable").hidden = true;
  const answer = await ask("GET", "/v1/sessions/current");
  const isOpen = answer.kind === "done" || (answer.kind === "signed_out" && (await signInAgain()));
  if (!isOpen) {
    isSaving = false;
    saving.hidden = true;
    if (answer.kind === "signed_out") return;
    byId("unreachable").hidden = false;
    byId("unreachable").focus();
    return;
  }
  const intent = document.createElement("input");
  intent.type = "hidden";
  intent.name = "intent";
  intent.value = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "sign";
  form.append(intent);
  form.submit();
}

/** @param {unknown} element @returns {element is HTMLInputElement | HTMLSelectElement} */
function isField(element) {
  return (element instanceof HTMLInputElement && element.type !== "hidden") || element instanceof HTMLSelectElement;
}
