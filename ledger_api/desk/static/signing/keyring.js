/**
 * What this browser keeps for its doctors: the encrypted keyfile and the pinned profile, one pair for each
 * institution and user name, in IndexedDB. Nothing here is secret without the PIN; nothing here leaves the browser.
 */
import { parseKeyfile, verifySigner } from "./keyfile.js";
import { parseProfile } from "./profile.js";

const DATABASE = "rxledger-signing";
const STORE = "keys";

/**
 * @typedef {object} Kept
 * @property {import("./keyfile.js").Keyfile} keyfile @property {import("./profile.js").Profile} profile
 * @property {number} keptAt Unix seconds
 */

/**
 * Keep a pair, in place of an earlier one of the same person. Refused: what either parser refuses, and
 * `keyfile.foreign` where the two don't belong together.
 * @param {string} profileText @param {string} keyfileText
 * @returns {Promise<Kept>}
 */
export async function keepKey(profileText, keyfileText) {
  const kept = { profileText, keyfileText, keptAt: Math.floor(Date.now() / 1000) };
  const parsed = parseKept(kept);
  await inStore("readwrite", (store) =>
    store.put(kept, nameOf(parsed.profile.institution, parsed.profile.username)),
  );
  return parsed;
}

/**
 * This person's pair, or null; checked again, as if it came from outside.
 * @param {number} institution @param {string} username
 */
export async function findKey(institution, username) {
  const kept = await inStore("readonly", (store) => store.get(nameOf(institution, username)));
  return kept ? parseKept(kept) : null;
}

/** @param {number} institution @param {string} username */
export async function forgetKey(institution, username) {
  await inStore("readwrite", (store) => store.delete(nameOf(institution, username)));
}

/** @param {{ profileText: string, keyfileText: string, keptAt: number }} kept @returns {Kept} */
function parseKept({ profileText, keyfileText, keptAt }) {
  const [profile, keyfile] = [parseProfile(profileText), parseKeyfile(keyfileText)];
  verifySigner(keyfile, profile);
  return { profile, keyfile, keptAt };
}

/** @param {number} institution @param {string} username */
function nameOf(institution, username) {
  return `${institution}/${username}`;
}

/** @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} act @returns {Promise<any>} */
async function inStore(mode, act) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = /** @type {IDBDatabase} */ (await settled(opening));
  try {
    const transaction = database.transaction(STORE, mode);
    const answer = settled(act(transaction.objectStore(STORE)));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(undefined);
      transaction.onabort = () => reject(transaction.error);
    });
    return await answer;
  } finally {
    database.close();
  }
}

/** @param {IDBRequest} request */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
