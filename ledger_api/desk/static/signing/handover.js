/**
 * Hand-over codes, and the one-time keys in them (protocol, section 10). Seed and keys stay in this browser: what
 * leaves it are addresses and signatures.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { addressOfKey } from "./authorship.js";
import { SigningRefused } from "./refusal.js";

const HEAD = String.raw`:([1-9][0-9]{0,6}):([0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}):(0|[1-9][0-9]{0,4}):`;
const WHOLE = new RegExp(`^RXH1${HEAD}([0-9A-F]{64})$`);
const KEY = "(?:0|[1-9][0-9]?)-[0-9A-F]{64}";
const PART = new RegExp(`^RXP1${HEAD}(${KEY}(?::${KEY}){0,63})$`);
const MAX_CHARACTERS = 4608;
const MAX_INSTITUTION = 2 ** 21 - 1;
const MAX_WINDOW = 2 ** 16 - 1;
const MAX_ORDINAL = 63;

/**
 * The right to use claims: `keyFor` gives one's private key, which the caller zeroes.
 * @typedef {object} Handover
 * @property {number} institution @property {string} recordId lower case @property {number} window
 * @property {number[] | null} ordinals the claims that are handed over; null: all of the record's
 * @property {(ordinal: number) => Uint8Array} keyFor
 */

/** 32 random bytes. */
export function makeSeed() {
  return crypto.getRandomValues(new Uint8Array(32));
}

/** HKDF-Expand of one block: HMAC(seed, info || 0x01). @param {Uint8Array} seed @param {number} ordinal */
export function deriveHolderKey(seed, ordinal) {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, ordinal);
  return hmac(sha256, seed, concatBytes(utf8ToBytes("RxLedger holder v1"), number, Uint8Array.of(1)));
}

/** What the gateway is told: the addresses of claims 0 to `count - 1`. @param {Uint8Array} seed @param {number} count */
export function holderAddresses(seed, count) {
  return Array.from({ length: count }, (_, ordinal) => {
    const key = deriveHolderKey(seed, ordinal);
    const address = addressOfKey(key);
    key.fill(0);
    return address;
  });
}

/** @param {number} institution @param {string} recordId @param {number} window @param {Uint8Array} seed */
export function buildWholeCode(institution, recordId, window, seed) {
  return `RXH1:${institution}:${recordId.toUpperCase()}:${window}:${bytesToHex(seed).toUpperCase()}`;
}

/** A code for these claims alone. @param {Handover} code @param {number[]} ordinals at least one */
export function buildPartCode(code, ordinals) {
  const keys = [...new Set(ordinals)]
    .sort((left, right) => left - right)
    .map((ordinal) => `${ordinal}-${bytesToHex(code.keyFor(ordinal)).toUpperCase()}`);
  return `RXP1:${code.institution}:${code.recordId.toUpperCase()}:${code.window}:${keys.join(":")}`;
}

/**
 * A code as it was typed or copied, in its one spelling: a printed code wraps, and a keyboard for Chinese types full
 * width characters.
 * @param {string} text
 */
export function tidyCode(text) {
  return text.normalize("NFKC").replace(/\s/g, "").toUpperCase();
}

/**
 * Parse a code's text. Refused: `handover.malformed`, without quoting it; `keyFor`: `handover.other_claim`.
 * @param {string} text without blanks around it
 * @returns {Handover}
 */
export function parseHandoverCode(text) {
  const found = text.length <= MAX_CHARACTERS ? (WHOLE.exec(text) ?? PART.exec(text)) : null;
  if (found === null) throw malformed();
  const [, number, id, windowText, secret] = found;
  const [institution, window] = [Number(number), Number(windowText)];
  if (institution > MAX_INSTITUTION || window > MAX_WINDOW) throw malformed();
  const place = { institution, recordId: id.toLowerCase(), window };
  if (!secret.includes("-")) {
    const seed = hexToBytes(secret);
    return Object.freeze({
      ...place,
      ordinals: null,
      keyFor: (/** @type {number} */ ordinal) => {
        if (!Number.isInteger(ordinal) || ordinal < 0 || ordinal > MAX_ORDINAL) throw otherClaim(ordinal);
        return deriveHolderKey(seed, ordinal);
      },
    });
  }
  const keys = secret.split(":").map((pair) => /** @type {[string, string]} */ (pair.split("-")));
  const ordinals = keys.map(([ordinal]) => Number(ordinal));
  if (ordinals.some((ordinal, at) => ordinal > MAX_ORDINAL || (at > 0 && ordinals[at - 1] >= ordinal)))
    throw malformed();
  const held = new Map(keys.map(([ordinal, key]) => [Number(ordinal), hexToBytes(key)]));
  held.forEach(verifyKey);
  return Object.freeze({
    ...place,
    ordinals,
    keyFor: (/** @type {number} */ ordinal) => {
      const key = held.get(ordinal);
      if (key === undefined) throw otherClaim(ordinal);
      return key.slice();
    },
  });
}

/** Refuses what is no private key of the curve. @param {Uint8Array} key */
function verifyKey(key) {
  try {
    addressOfKey(key);
  } catch {
    throw malformed();
  }
}

function malformed() {
  return new SigningRefused(
    "handover.malformed",
    "This isn't a whole hand-over code: it begins with RXH1: or RXP1:, and no character may be missing or wrong; scan it again, or compare it with the paper",
    "这不是完整的取药码（应以 RXH1: 或 RXP1: 开头，不得缺字或错字）；请重新扫描，或与纸面逐字核对",
  );
}

/** @param {number} ordinal */
function otherClaim(ordinal) {
  return new SigningRefused(
    "handover.other_claim",
    "The code doesn't hand this claim over: ask for one that does",
    "该取药码不含此份额，请出示含有此份额的取药码",
    `claim ${ordinal}`,
  );
}
