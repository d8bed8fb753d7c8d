/** Draws a signed record's content in the words in which its author saw it. */
import { ask } from "./gateway.js";
import { byId, pageLanguage } from "./page_parts.js";
import { writeSections } from "./shown_record.js";
import { listFields } from "./signing/fields.js";
import { LAYOUTS } from "./signing/layouts.js";
import { Reader } from "./signing/view.js";

const place = document.getElementById("signed-record");
if (place !== null) await draw(place);

/** @param {HTMLElement} box */
async function draw(box) {
  const answer = await ask("GET", box.dataset.path ?? "");
  try {
    if (answer.kind !== "done") throw new Error(answer.kind);
    writeSections(box, sectionsOf(JSON.parse(answer.text).record, box.dataset.institution ?? ""));
  } catch {
    box.hidden = true;
    byId("record-fault").hidden = false;
  }
}

/** @param {{ schema: string }} record @param {string} institution */
function sectionsOf(record, institution) {
  const names = { institutionName: { en: institution, zh: institution } };
  const reader = new Reader(/** @type {any} */ ({ fields: listFields(record), profile: names }), pageLanguage());
  return LAYOUTS[record.schema](reader).filter(({ rows, pointers }) => rows.length + pointers.length > 0);
}
