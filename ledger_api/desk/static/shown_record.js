/** Writes what is signed into the page: every text as text, never as markup. */

/** @typedef {import("./signing/view.js").Section} Section */
/** @typedef {import("./signing/view.js").Row} Row */

const MANY_DRUGS = 8;
const MANY_ROWS = 12;

/**
 * The sections in their order: what stands before the drugs, the drugs beside each other, what stands after them.
 * @param {HTMLElement} place @param {Section[]} sections
 */
export function writeSections(place, sections) {
  const groups = [sections.slice(0, firstDrug(sections)), sections.filter(isDrug)];
  groups.push(sections.filter((section) => !groups.flat().includes(section)));
  place.replaceChildren(...groups.map((group) => {
    const box = document.createElement("div");
    box.className = group.some(isDrug) ? "desk-drugs" : "desk-group";
    box.classList.toggle("is-many", group.length > MANY_DRUGS);
    box.append(...group.map(buildSection));
    return box;
  }));
}

/** Whether a section is of one drug. @param {Section} section */
export function isDrug(section) {
  return section.rows.some((row) => row.pointers.some((pointer) => /^\/body\/lines\/[0-9]+\//.test(pointer)));
}

/** @param {Section[]} sections */
function firstDrug(sections) {
  const found = sections.findIndex(isDrug);
  return found === -1 ? sections.length : found;
}

/** @param {Section} section */
function buildSection(section) {
  const box = document.createElement("section");
  box.classList.toggle("is-long", section.rows.length > MANY_ROWS && !isDrug(section));
  const heading = document.createElement("h3");
  heading.textContent = section.heading;
  const list = document.createElement("dl");
  writeRows(list, section.rows);
  box.append(heading, list);
  return box;
}

/** @param {HTMLElement} list @param {{ label: string, value: string }[]} rows */
export function writeRows(list, rows) {
  list.replaceChildren(...rows.flatMap(({ label, value }) => {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = label;
    text.textContent = value;
    return [term, text];
  }));
}
