/**
 * A patient hands on a part of what she may fetch: a code of the claims that she chooses, made in this browser from her
 * own code. Nothing of it is sent anywhere.
 */
import { drawSquare } from "./handover_paper.js";
import { byId, one } from "./page_parts.js";
import { buildPartCode } from "./signing/handover.js";

/** @typedef {{ ordinal: number, said: string }} Offered a claim that can still be fetched, in words */

const form = byId("holder-part");
const choices = one(form, "[data-choices]");
const made = byId("holder-part-code");
/** @type {import("./signing/handover.js").Handover | null} */
let held = null;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  make();
});
// A code that was made for another choice must not stay beside this one.
form.addEventListener("change", () => {
  clear();
  one(form, "[data-none-chosen]").hidden = true;
});

/** @param {import("./signing/handover.js").Handover} code @param {readonly Offered[]} open */
export function offerParts(code, open) {
  held = code;
  clear();
  form.hidden = open.length === 0;
  choices.replaceChildren(...open.map(({ ordinal, said }) => {
    const [label, box, words] = [document.createElement("label"), document.createElement("input"), document.createElement("span")];
    label.className = "form-check";
    box.className = "form-check-input";
    box.type = "checkbox";
    box.value = String(ordinal);
    words.className = "form-check-label";
    words.textContent = said;
    label.append(box, words);
    return label;
  }));
}

/** Another code is being looked at. */
export function withdrawParts() {
  held = null;
  form.hidden = true;
  choices.replaceChildren();
  clear();
}

function clear() {
  made.hidden = true;
  for (const part of made.querySelectorAll("[data-square], [data-text], [data-for]")) part.replaceChildren();
  one(made, "[data-copy-code]").dataset.copy = "";
}

function make() {
  const chosen = [...choices.querySelectorAll("input")].filter((box) => box.checked);
  one(form, "[data-none-chosen]").hidden = chosen.length > 0;
  if (held === null || chosen.length === 0) return choices.querySelector("input")?.focus();
  const code = buildPartCode(held, chosen.map((box) => Number(box.value)));
  one(made, "[data-text]").textContent = code;
  one(made, "[data-copy-code]").dataset.copy = code;
  one(made, "[data-for]").replaceChildren(...chosen.map((box) => {
    const item = document.createElement("li");
    item.textContent = box.nextElementSibling?.textContent ?? "";
    return item;
  }));
  const square = one(made, "[data-square]");
  square.hidden = false;
  try {
    square.replaceChildren(drawSquare(code));
  } catch {
    square.hidden = true; // more claims than a square code holds: the text is the code
  }
  made.hidden = false;
  made.focus();
}
