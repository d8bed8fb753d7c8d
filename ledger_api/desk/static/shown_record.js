/** Writes what is signed into the page: every text as text, never as markup. */

/** @typedef {import("./signing/view.js").Section} Section */
/** @typedef {import("./signing/view.js").Row} Row */

/**
 * @param {HTMLElement} place @param {Section[]} sections
 */
export function writeSections(place, sections) {
  place.replaceChildren(...sections.map((section) => {
    const box = document.createElement("section");
    const heading = document.createElement("h3");
    heading.textContent = section.heading;
    if (section.rows.some((row) => row.pointers.some((pointer) => /^\/body\/lines\/[0-9]+\/name$/.test(pointer)))) {
      box.className = "is-drug";
    }
    const list = document.createElement("dl");
    writeRows(list, section.rows);
    box.append(heading, list);
    return box;
  }));
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
