/**
 * The hand-over code as the patient gets it: a square code and its text, one for each window, and on paper what can be
 * fetched with it. All is made here; the code never leaves this browser but on paper, or on the patient's own screen.
 */
import { encodeQR } from "/static/kit/vendor/qr/index.js";

import { byId, one, pick, write } from "./page_parts.js";
import { sayLine } from "./said_line.js";
import { shownTime } from "./signing/view.js";

const QUIET_ZONE = 4;

/**
 * @param {HTMLElement} place @param {readonly string[]} codes one for each window
 * @param {any} body of the prescription, as it was signed
 */
export function writeCodes(place, codes, body) {
  writeFacts(body);
  const pattern = /** @type {HTMLTemplateElement} */ (byId("code-pattern"));
  place.replaceChildren(
    ...codes.map((code, window) => {
      const figure = /** @type {HTMLElement} */ (pattern.content.cloneNode(true));
      const heading = one(figure, "[data-window]");
      heading.textContent = pick(`Window ${window + 1} of ${codes.length}`, `时段 ${window + 1} / ${codes.length}`);
      heading.hidden = codes.length === 1;
      const { not_before: from, not_after: until } = body.windows[window];
      one(figure, "[data-valid]").textContent = `${shown(from)} – ${shown(until)}`;
      one(figure, "[data-text]").textContent = code;
      one(figure, "[data-copy-code]").dataset.copy = code;
      one(figure, "[data-square]").replaceChildren(drawSquare(code));
      return figure;
    }),
  );
}

/** @param {any} body */
function writeFacts({ patient, prescriber, lines }) {
  const paper = byId("handover-facts");
  write(paper, "[data-patient]", `${patient.name}, ${patient.birth_date}`);
  write(paper, "[data-doctor]", [prescriber.name, prescriber.department_name].filter(Boolean).join(" · "));
  one(paper, "[data-drugs]").replaceChildren(...lines.map((/** @type {any} */ line) => {
    const item = document.createElement("li");
    item.textContent = `${sayLine(line)} (× ${line.quantity.value} ${line.quantity.unit})`;
    return item;
  }));
}

/** @param {string} time as a record states it */
function shown(time) {
  return shownTime(Date.parse(time) / 1000);
}

/** A square code (ISO/IEC 18004) as vectors, so that it prints sharply. @param {string} text */
export function drawSquare(text) {
  const rows = encodeQR(text, "raw", { ecc: "medium", border: QUIET_ZONE });
  const space = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(space, "svg");
  picture.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", pick("The code as a square code", "取药码二维码"));
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  picture.append(path);
  return picture;
}
