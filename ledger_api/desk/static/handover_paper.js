/**
 * The hand-over code as the patient gets it: a square code and its text, one for each window. Both are made here; the
 * code never leaves this browser but on paper, or on the patient's own screen.
 */
import { encodeQR } from "/static/kit/vendor/qr/index.js";

import { byId, one, pick } from "./page_parts.js";

const QUIET_ZONE = 4;

/**
 * @param {HTMLElement} place @param {readonly string[]} codes one for each window
 */
export function writeCodes(place, codes) {
  const pattern = /** @type {HTMLTemplateElement} */ (byId("code-pattern"));
  place.replaceChildren(
    ...codes.map((code, window) => {
      const figure = /** @type {HTMLElement} */ (pattern.content.cloneNode(true));
      const heading = one(figure, "[data-window]");
      heading.textContent = pick(`Window ${window + 1} of ${codes.length}`, `时段 ${window + 1} / ${codes.length}`);
      heading.hidden = codes.length === 1;
      one(figure, "[data-text]").textContent = code;
      one(figure, "[data-copy-code]").dataset.copy = code;
      one(figure, "[data-square]").replaceChildren(drawSquare(code));
      return figure;
    }),
  );
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
