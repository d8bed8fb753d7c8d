/**
 * What somebody wants signed, on its way from the page where she chose it to the page where she signs it. It waits in
 * this tab alone: a hand-over code may be in it, which must not reach a server.
 *
 * A form does it by itself: `<form data-signing-order data-noun="reviews" data-schema="rx.review/1" data-back="/desk/reviews">`.
 * Its named fields are the request. `a.b` nests, numbers in a name make a list; `data-type` is int, minor (money, in minor
 * units), json or lines (a list, one element a line); checkboxes make a list; what is empty is left out. The members named by `data-expect` must
 * stand in the record as they were asked for. With `data-then="back"` she comes back when it was accepted.
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
 */
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

/** @param {HTMLFormElement} form @returns {Field[]} */
function listFields(form) {
  return [...form.elements].flatMap((element) => {
    const isField =
      element instanceof HTMLInputElement ||
      element instanceof HTMLSelectElement ||
      element instanceof HTMLTextAreaElement;
    if (!isField || element.name === "" || element.disabled) return [];
    const isChoice = element.type === "checkbox" || element.type === "radio";
    if (isChoice && !(/** @type {HTMLInputElement} */ (element).checked)) return [];
    const { name, value, dataset } = element;
    return [{ name, value, type: dataset.type, isList: element.type === "checkbox" || "list" in dataset }];
  });
}

if (typeof document !== "undefined") {
  for (const form of document.querySelectorAll("form[data-signing-order]")) {
    if (!(form instanceof HTMLFormElement)) continue;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { noun = "", schema = "", back = "/desk", expect: names = "" } = form.dataset;
      const request = buildRequest(listFields(form));
      const expected = names.split(" ").filter((name) => name !== "");
      const expect = Object.fromEntries(expected.map((name) => [name, request[name] ?? null]));
      goSign({ noun, schema, request, expect, back, ...(form.dataset.then === "back" ? { then: "back" } : {}) });
    });
  }
}
