/** What somebody is about to sign, on its way from the page that asked for it to the page where it is signed. */

const PLACE = "rxledger.act";

/**
 * An act to be signed: which noun of the API, what is asked of its `prepare`, and where to go back to. `code` is a
 * hand-over code whose keys sign the presentations; it stays in this tab.
 * @typedef {{ noun: string, prepare: object, back: string, code?: string }} Act
 */

/** Keep the act in this tab and go to where it is signed. @param {Act} act */
export function beginAct(act) {
  sessionStorage.setItem(PLACE, JSON.stringify(act));
  location.assign(`/desk/sign/${encodeURIComponent(act.noun)}`);
}

/** The act that waits to be signed in this tab, if it is of that noun. @param {string} noun @returns {Act | null} */
export function findAct(noun) {
  const kept = sessionStorage.getItem(PLACE);
  const act = kept === null ? null : JSON.parse(kept);
  return act?.noun === noun ? act : null;
}

/** Forget the act: it is signed, or given up. */
export function forgetAct() {
  sessionStorage.removeItem(PLACE);
}
