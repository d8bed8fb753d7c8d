/** A line of a prescription in one sentence, for who takes the drug. */
import { pick } from "./page_parts.js";
import { WORDS } from "./signing/words.js";

/** A code in words, or as it is where no word is known. @param {string} name of the member @param {string} code */
export function sayWord(name, code) {
  return pick(...(WORDS[name]?.[code] ?? [code, code]));
}

/** What it is, how much each time, how often, by which way, how long. @param {any} line as a record holds it */
export function sayLine(line) {
  const use = [`${line.dose.value} ${line.dose.unit}`, sayWord("frequency", line.frequency), sayWord("route", line.route), `${line.days} ${pick("days", "天")}`];
  return `${line.name} ${line.specification}${pick(": ", "：")}${use.join(pick(", ", "，"))}`;
}
