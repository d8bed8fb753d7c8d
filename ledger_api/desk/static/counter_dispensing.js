/**
 * Putting a dispensing together: which claims, which packs for which line, at which price, and who pays. Each pack is
 * checked as it is scanned. Then on to the page where it is signed, with the code that hands the claims over.
 */
import { findCode, keepCode } from "./counter_codes.js";
import { buildDispensing, findLinesWithoutPack, readPrice } from "./dispensing_order.js";
import { ask } from "./gateway.js";
import { byId, one, pick } from "./page_parts.js";
import { goSign, readOrder } from "./signing_order.js";
import { parseHandoverCode, tidyCode } from "./signing/handover.js";
import { SigningRefused } from "./signing/refusal.js";

/** @typedef {{ verdict: string, flags: string[], total_units: number | null }} Checked */

/** @type {WeakMap<Element, Checked>} */
const checks = new WeakMap();
const found = document.getElementById("dispensing");
if (found instanceof HTMLFormElement) serve(found);

/** @param {HTMLFormElement} form */
function serve(form) {
  const place = {
    institution: Number(form.dataset.institution), recordId: form.dataset.record ?? "", window: Number(form.dataset.window),
  };
  const kept = findCode(place);
  one(form, '[data-part="code"]').hidden = kept !== null;
  if (kept !== null) allowOnly(form, kept);
  for (const field of form.querySelectorAll("[data-scan]")) {
    if (field instanceof HTMLInputElement) addWhenScanned(form, field);
  }
  bringBack(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    order(form, place);
  });
}

/** A code in part takes its claims alone. @param {HTMLFormElement} form @param {string} text */
function allowOnly(form, text) {
  const { ordinals } = parseHandoverCode(text);
  for (const box of boxesOf(form)) {
    if (ordinals === null || ordinals.includes(Number(box.dataset.ordinal))) continue;
    box.checked = false;
    box.disabled = true;
  }
}

/** @param {HTMLFormElement} form @param {HTMLInputElement} field */
function addWhenScanned(form, field) {
  const line = /** @type {HTMLElement} */ (field.closest("[data-line]"));
  field.addEventListener("keydown", async (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const code = field.value.trim();
    if (code === "") return;
    field.value = "";
    say(form, "");
    const row = addRow(form, line, code);
    await check(form, line, row, code);
    // What couldn't be read stands there again, to be corrected.
    if (!row.isConnected && field.value === "") field.value = code;
  });
}

/** What was put together before, where its order still waits: the packs are checked anew. @param {HTMLFormElement} form */
function bringBack(form) {
  const order = readOrder("dispensings");
  if (order?.chosen === undefined || order.back !== form.dataset.back) return;
  for (const { line: number, ordinals, price } of order.chosen.lines) {
    const line = form.querySelector(`[data-line="${number}"]`);
    if (line === null) continue;
    for (const box of boxesOf(line)) box.checked = !box.disabled && ordinals.includes(Number(box.dataset.ordinal));
    setValue(line, "[data-price]", price);
  }
  const payer = form.querySelector(`select[name="payer"]`);
  const isOffered = payer instanceof HTMLSelectElement && [...payer.options].some(({ value }) => value === order.chosen?.payer);
  if (isOffered) payer.value = order.chosen.payer;
  for (const pack of order.chosen.packs) {
    const line = form.querySelector(`[data-line="${pack.line}"]`);
    if (!(line instanceof HTMLElement) || line.querySelector("[data-packs]") === null) continue;
    const row = addRow(form, line, pack.code);
    setValue(row, "[data-units]", pack.units);
    setValue(row, "[data-total]", pack.total);
    setValue(row, "[data-unit]", pack.unit);
    check(form, line, row, pack.code);
  }
}

/** @param {HTMLFormElement} form @param {HTMLElement} line @param {string} code */
function addRow(form, line, code) {
  const pattern = /** @type {HTMLTemplateElement} */ (byId("pack-pattern"));
  const row = /** @type {HTMLElement} */ (/** @type {Element} */ (pattern.content.firstElementChild).cloneNode(true));
  row.dataset.scanned = code;
  one(row, "[data-code]").textContent = code;
  one(row, "[data-remove]").addEventListener("click", () => {
    row.remove();
    showOverride(form);
  });
  one(line, "[data-packs]").append(row);
  return row;
}

/** @param {HTMLFormElement} form @param {HTMLElement} line @param {HTMLElement} row @param {string} code */
async function check(form, line, row, code) {
  const product = { code_system: line.dataset.codeSystem, code: line.dataset.code };
  const answer = await ask("POST", "/v1/packs/check", { body: { codes: [{ code, product }] }, key: crypto.randomUUID() });
  if (answer.kind !== "done") {
    row.remove();
    return say(form, faultOf(answer));
  }
  const [pack] = JSON.parse(answer.text).packs;
  if ([...form.querySelectorAll("[data-pack]")].some((other) => other instanceof HTMLElement && other.dataset.pack === pack.code)) {
    row.remove();
    return say(form, pick(`This pack was scanned before: ${pack.code}`, `该包装已扫描过：${pack.code}`));
  }
  checks.set(row, pack);
  row.dataset.pack = pack.code;
  row.dataset.verdict = pack.verdict;
  one(row, "[data-code]").textContent = pack.code;
  const badge = /** @type {HTMLTemplateElement} */ (one(form, `[data-verdict-pattern="${pack.verdict}"]`));
  one(row, "[data-verdict]").replaceChildren(badge.content.cloneNode(true));
  const left = pack.total_units === null ? "" : `${pack.total_units - pack.used_units} / ${pack.total_units} ${pack.unit ?? ""}`;
  const words = JSON.parse(form.dataset.flags ?? "{}");
  const flags = pack.flags.map((/** @type {string} */ flag) => words[flag] ?? flag);
  const facts = [pack.product?.name, pack.lot, pack.expires_on, left, ...flags].filter((each) => each);
  one(row, "[data-facts]").textContent = facts.join(" · ");
  // Nobody says how many units it holds: the pharmacist does.
  one(row, "[data-total-part]").hidden = one(row, "[data-unit-part]").hidden = pack.total_units !== null;
  showOverride(form);
}

/** @param {HTMLFormElement} form @param {{ institution: number, recordId: string, window: number }} place */
function order(form, place) {
  say(form, "");
  try {
    const typed = tidyCode(valueOf(form, "#code-again"));
    if (typed !== "" && findCode(place) === null) keepCode(typed);
    const code = findCode(place);
    if (code === null) return say(form, pick("Scan the code of this very prescription.", "请扫描本处方的取药码。"));
    const lines = [...form.querySelectorAll("[data-line]")].map((line) => readLine(/** @type {HTMLElement} */ (line)));
    const fault = findFault(form, lines);
    if (fault !== "") return say(form, fault);
    const rows = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-scanned]")]);
    const [packs, payer] = [rows.map(readPack), readPayer(form)];
    const without = findLinesWithoutPack(lines, packs);
    const unsaid = askWithoutPack(form, without);
    if (unsaid !== "") return say(form, unsaid);
    const flags = without.length > 0 ? [...flagsOf(form), "pack.missing"] : flagsOf(form);
    const request = buildDispensing({
      place: { institution: place.institution, id: place.recordId, window: place.window },
      lines, packs, payer, flags,
    });
    return goSign({ noun: "dispensings", schema: "rx.dispensing/1", request, back: form.dataset.back ?? "/desk/counter", codes: [code], chosen: { lines, packs, payer } });
  } catch (refused) {
    if (!(refused instanceof SigningRefused)) throw refused;
    return say(form, pick(refused.en, refused.zh));
  }
}

/** The number of who is chosen, or the one typed after "another". @param {HTMLFormElement} form */
function readPayer(form) {
  return String(new FormData(form).getAll("payer").at(-1) ?? "");
}

/** @param {HTMLElement} line */
function readLine(line) {
  const ordinals = boxesOf(line).filter((box) => box.checked).map((box) => Number(box.dataset.ordinal));
  return { line: Number(line.dataset.line), ordinals, price: valueOf(line, "[data-price]") };
}

/** @param {HTMLElement} row */
function readPack(row) {
  const line = /** @type {HTMLElement} */ (row.closest("[data-line]"));
  return {
    code: row.dataset.scanned ?? "", line: Number(line.dataset.line), units: valueOf(row, "[data-units]"),
    total: valueOf(row, "[data-total]"), unit: valueOf(row, "[data-unit]"),
  };
}

/** @param {HTMLFormElement} form @param {{ ordinals: number[], price: string }[]} lines */
function findFault(form, lines) {
  const taken = lines.filter(({ ordinals }) => ordinals.length > 0);
  if (taken.length === 0) return pick("Choose at least one claim.", "请至少选择一个份额。");
  if (taken.some(({ price }) => readPrice(price) === null))
    return pick("Give each line's price in yuan, such as 12.50.", "请填写每行单价（元），例如 12.50。");
  if ([...form.querySelectorAll("[data-scan]")].some((field) => field instanceof HTMLInputElement && field.value.trim() !== ""))
    return pick("A trace code stands in its field: press Enter there to check it, or empty the field.", "有追溯码尚未核对：请在该栏按回车核对，或将其清空。");
  if (form.querySelector("[data-scanned]:not([data-pack])"))
    return pick("A pack is still being checked: wait a moment.", "有包装正在核对，请稍候。");
  if (form.querySelector('[data-verdict="stopped"]'))
    return pick("A pack that is stopped can't be handed out: remove it.", "被禁止的包装不能发出，请移除。");
  const isOverridden = /** @type {HTMLInputElement} */ (byId("override")).checked;
  if (form.querySelector('[data-verdict="flagged"]') && !isOverridden)
    return pick("Look at the flagged packs and confirm, or remove them.", "请核对有提示的包装并确认，或将其移除。");
  return "";
}

/** @param {HTMLFormElement} form */
function flagsOf(form) {
  return [...new Set([...form.querySelectorAll("[data-scanned]")].flatMap((row) => checks.get(row)?.flags ?? []))];
}

/**
 * Who hands drugs out without naming their packs says so, for these very lines.
 * @param {HTMLFormElement} form @param {number[]} numbers of the lines; none: nothing is asked
 * @returns {string} what is wrong, or nothing
 */
function askWithoutPack(form, numbers) {
  const part = one(form, "[data-without-pack-part]");
  const box = /** @type {HTMLInputElement} */ (byId("without-pack"));
  const named = numbers.join(pick(", ", "、"));
  if (part.dataset.lines !== named) box.checked = false;
  part.dataset.lines = named;
  part.hidden = numbers.length === 0;
  const words = one(part, "[data-words]");
  words.textContent = (words.dataset.words ?? "").replace("{lines}", named);
  if (numbers.length === 0 || box.checked) return "";
  return pick(
    `No pack is named for line ${named}: scan one, or confirm below that you go on without.`,
    `第 ${named} 行没有追溯码：请扫描，或在下方确认后继续。`,
  );
}

/** @param {HTMLFormElement} form */
function showOverride(form) {
  one(form, "[data-override-part]").hidden = form.querySelector('[data-verdict="flagged"]') === null;
}

/** @param {ParentNode} root @returns {HTMLInputElement[]} */
function boxesOf(root) {
  return [...root.querySelectorAll("[data-ordinal]")].filter((box) => box instanceof HTMLInputElement);
}

/** @param {ParentNode} root @param {string} selector */
function valueOf(root, selector) {
  const field = root.querySelector(selector);
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : "";
}

/** @param {ParentNode} root @param {string} selector @param {string} value */
function setValue(root, selector, value) {
  const field = root.querySelector(selector);
  if (field instanceof HTMLInputElement) field.value = value;
}

/** @param {Exclude<import("./gateway.js").Answer, { kind: "done" }>} answer */
function faultOf(answer) {
  if (answer.kind !== "refused")
    return pick("The gateway can't be reached, or your session is over.", "无法连接网关，或会话已结束。");
  const { problem } = answer;
  const [first] = problem.errors;
  const said = first ? pick(first.message, first.message_zh) : pick(problem.detail, problem.detail_zh);
  return `${pick(problem.title, problem.title_zh)} ${said} (${problem.code})`;
}

/** @param {HTMLFormElement} form @param {string} text empty: nothing is wrong */
function say(form, text) {
  const box = one(form, "[data-fault]");
  box.hidden = text === "";
  one(box, "[data-said]").textContent = text;
  if (text !== "") box.scrollIntoView({ block: "center" });
}
