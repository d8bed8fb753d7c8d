/** Hand-over codes of the prescriptions on this counter, in this tab alone, until they have been used. */
import { parseHandoverCode } from "./signing/handover.js";

/** @typedef {{ institution: number, recordId: string, window: number }} Place */

/** @param {Place} place */
const nameOf = ({ institution, recordId, window }) => `rxledger.code:${institution}/${recordId}/${window}`;

/** Keep a code's text, once it has been parsed. @param {string} text */
export function keepCode(text) {
  sessionStorage.setItem(nameOf(parseHandoverCode(text)), text);
}

/** The text that is kept for a prescription's window, or null. @param {Place} place */
export function findCode(place) {
  return sessionStorage.getItem(nameOf(place));
}
