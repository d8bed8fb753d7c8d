/**
 * What somebody wants signed, on its way from the page where she chose it to the page where she signs it. It waits in
 * this tab alone: a hand-over code may be in it, which must not reach a server.
 *
 * A form does it by itself: `<form data-signing-order data-noun="reviews" data-schema="rx.review/1" data-back="/desk/reviews">`.
 * Its named fields are the request. `a.b` nests, numbers in a name make a list; `data-type` is int, minor (money, in minor
 * units), json or lines (a list, one element a line); checkboxes make a list; what is empty is left out. The members named by `data-expect` must
 * stand in the record as they were asked for. Of the checkboxes under `data-at-least-one` one has to be chosen. With `data-then="back"` she comes back when it was accepted.
 *
 * Until it is signed the order stays, and a form to which she comes back, be it after a refusal, has what she typed.
 */

/**
 * @typedef {object} Order
 * @property {string} noun as in `/v1/<noun>`
 * @property {string} schema of what kind the record must be
 * @property {{ [name: string]: unknown }} request what is sent to `prepare`
 * @property {{ [name: string]: unknown }} [expect] members of the body that are known beforehand
 * @property {string} back where she came from: a path of this site
 * @property {"back"} [then] where to go when it was accepted: back, in place of the record's own page
 * @property {string[]} [codes] hand-over codes that hand the claims over
 * @property {Typed} [typed] what the form held
 * @property {Pick<import("./dispensing_order.js").Chosen, "lines" | "packs" | "payer">} [chosen] what was put together at the counter
 */
/** @typedef {{ page: string, form: number, fields: Field[] }} Typed `form`: which of the page's forms of this kind */
/** @typedef {{ name: string, value: string, type?: string, isList?: boolean }} Field */

const STORED = "rxledger.signing-order";

/** Keep the order and go to sign it. @param {Order} order */
export function goSign(order) {
  sessionStorage.setItem(STORED, JSON.stringify(order));
  location.assign(`/desk/sign/${order.noun}`);
}

/** The order that waits in this tab for records of this noun, or null. @param {string} noun @returns {Order | null} */
export function readOrder(noun) {
  try {
    const order = JSON.parse(sessionStorage.getItem(STORED) ?? "null");
    return order?.noun === noun && isOwnPath(order.back) ? order : null;
  } catch {
    return null;
  }
}

/**
 * Put what was typed back. Fields of one name take their values in the form's order; what is hidden stays the page's.
 * @param {readonly { name: string, type: string, value: string, checked?: boolean }[]} elements @param {readonly Field[]} typed
 */
export function refill(elements, typed) {
  const rest = [...typed];
  for (const element of elements) {
    if (element.type === "hidden") continue;
    const isChoice = element.type === "checkbox" || element.type === "radio";
    const at = rest.findIndex(({ name, value }) => name === element.name && (!isChoice || value === element.value));
    if (isChoice) element.checked = at >= 0;
    else if (at >= 0) setValue(element, rest[at].value);
    if (at >= 0) rest.splice(at, 1);
  }
}

/** A choice keeps what it has where what was chosen isn't offered any more. @param {{ type: string, value: string }} element @param {string} value */
function setValue(element, value) {
  const { type, value: before } = element;
  if (type === "select-one" && value === "") return;
  element.value = value;
  if (type === "select-one" && element.value !== value) element.value = before;
}

export function clearOrder() {
  sessionStorage.removeItem(STORED);
}

/** Whether a link leads to a page of the desk. @param {unknown} path */
export function isOwnPath(path) {
  return typeof path === "string" && /^\/desk(?:[/?#]|$)/.test(path);
}

/**
 * The request that a form's fields make.
 * @param {Field[]} fields in the form's order
 * @returns {{ [name: string]: unknown }}
 */
export function buildRequest(fields) {
  /** @type {any} */
  const request = Object.create(null);
  for (const field of fields) {
    const value = readValue(field);
    if (value === undefined) continue;
    const path = field.name.split(".");
    const last = /** @type {string} */ (path.pop());
    let node = request;
    path.forEach((part, index) => {
      const next = path[index + 1] ?? last;
      node[part] ??= /^[0-9]+$/.test(next) ? [] : Object.create(null);
      node = node[part];
    });
    if (field.isList) (node[last] ??= []).push(value);
    else node[last] = value;
  }
  return dropGaps(request);
}

/** @param {Field} field @returns {unknown} undefined where there is nothing */
function readValue({ value, type }) {
  const text = value.trim();
  if (text === "") return undefined;
  if (type === "json") return JSON.parse(text);
  if (type === "lines") return text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  if (type === "minor") return readMinor(text);
  // What isn't a whole number stays as it was typed: the gateway names the field.
  return type === "int" && /^-?[0-9]{1,15}$/.test(text) ? Number(text) : text;
}

/** An amount in units with at most two decimals, in minor units; anything else stays as typed. @param {string} text */
function readMinor(text) {
  const found = /^([0-9]{1,12})(?:[.]([0-9]{1,2}))?$/.exec(text);
  return found === null ? text : Number(found[1] + (found[2] ?? "").padEnd(2, "0"));
}

/** Rows that were removed leave no holes. @param {any} value @returns {any} */
function dropGaps(value) {
  if (Array.isArray(value)) return value.filter((each) => each !== undefined).map(dropGaps);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, dropGaps(each)]));
}

/** @param {HTMLFormElement} form */
function listElements(form) {
  return [...form.elements].flatMap((element) => {
    const isField =
      element instanceof HTMLInputElement ||
      element instanceof HTMLSelectElement ||
      element instanceof HTMLTextAreaElement;
    return isField && element.name !== "" && !element.disabled ? [element] : [];
  });
}

/** @param {HTMLFormElement} form @returns {Field[]} */
function listFields(form) {
  return listElements(form).flatMap((element) => {
    const isChoice = element.type === "checkbox" || element.type === "radio";
    if (isChoice && !(/** @type {HTMLInputElement} */ (element).checked)) return [];
    const { name, value, dataset } = element;
    return [{ name, value, type: dataset.type, isList: element.type === "checkbox" || "list" in dataset }];
  });
}

/** Whether each group of which at least one is to be chosen has one; a group that hasn't says so. @param {HTMLFormElement} form */
function isChosen(form) {
  const groups = [...form.querySelectorAll("[data-at-least-one]")];
  const empty = groups.filter((group) => group.querySelector(":checked") === null);
  for (const group of groups) {
    const fault = group.querySelector("[data-none-chosen]");
    if (fault instanceof HTMLElement) fault.hidden = !empty.includes(group);
  }
  const first = empty[0]?.querySelector("input");
  first?.focus();
  return empty.length === 0;
}

/** What was typed into a form before, where its order still waits. @param {HTMLFormElement} form @param {number} number */
function bringBack(form, number) {
  const typed = readOrder(form.dataset.noun ?? "")?.typed;
  if (typed?.page !== location.pathname + location.search || typed.form !== number) return;
  refill(listElements(form), typed.fields);
  // Other modules, which may run after this one, show and enable fields by what is chosen.
  document.addEventListener("DOMContentLoaded", () => {
    for (const choice of form.querySelectorAll("select")) choice.dispatchEvent(new Event("change", { bubbles: true }));
    refill(listElements(form), typed.fields);
  });
  const folded = form.closest("details");
  if (folded !== null) folded.open = true;
}

if (typeof document !== "undefined") {
  for (const [number, form] of [...document.querySelectorAll("form[data-signing-order]")].entries()) {
    if (!(form instanceof HTMLFormElement)) continue;
    bringBack(form, number);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!isChosen(form)) return;
      const { noun = "", schema = "", back = "/desk", expect: names = "" } = form.dataset;
      const fields = listFields(form);
      const request = buildRequest(fields);
      const typed = { page: location.pathname + location.search, form: number, fields };
      const expected = names.split(" ").filter((name) => name !== "");
      const expect = Object.fromEntries(expected.map((name) => [name, request[name] ?? null]));
      goSign({ noun, schema, request, expect, back, typed, ...(form.dataset.then === "back" ? { then: "back" } : {}) });
    });
  }
}
