/** What this browser keeps for the doctor who is signed in, compared with the key that is registered for her. */

/** @typedef {import("./signing/keyring.js").Kept} Kept */
/** @typedef {{ state: "ready", kept: Kept } | { state: "absent" | "foreign" }} KeyState */

/**
 * Read the kept pair of a person; what can't be read counts as absent, so that she sets the browser up anew.
 * @param {DOMStringMap} person `institution`, `username` and the registered `signer`
 * @param {(institution: number, username: string) => Promise<Kept | null>} [find]
 * @returns {Promise<KeyState>}
 */
export async function readKey({ institution, username, signer }, find = findInBrowser) {
  /** @type {Kept | null} */
  let kept;
  try {
    kept = await find(Number(institution), username ?? "");
  } catch {
    kept = null;
  }
  if (kept === null) return { state: "absent" };
  return kept.profile.signer === signer ? { state: "ready", kept } : { state: "foreign" };
}

/** @param {number} institution @param {string} username */
async function findInBrowser(institution, username) {
  const { findKey } = await import("./signing/keyring.js");
  return findKey(institution, username);
}
