/**
 * Signing keys at rest: Web3 Secret Storage, version 3 (scrypt or PBKDF2, AES-128-CTR, keccak MAC).
 *
 * What a hostile file may ask of the key derivation is bounded before anything is derived. Bytes of PIN and key are
 * zeroed after use.
 */
import { keccak_256 as keccak } from "@noble/hashes/sha3.js";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";

import { addressOfKey } from "./authorship.js";
import { parseJson } from "./canonical.js";
import { Malformed, SigningRefused, refuseMalformed } from "./refusal.js";

const MAX_KEYFILE_BYTES = 16_384;
const MAX_SCRYPT_WORK = 2 ** 22;
const MAX_PBKDF2_ROUNDS = 10_000_000;

/** @typedef {{ kdf: "scrypt", salt: Uint8Array, n: number, r: number, p: number }} Scrypt */
/** @typedef {{ kdf: "pbkdf2", salt: Uint8Array, rounds: number }} Pbkdf2 */
/** @typedef {(pin: Uint8Array, derivation: Scrypt) => Promise<Uint8Array>} DeriveScrypt 32 bytes out */
/**
 * @typedef {object} Keyfile parsed, still encrypted
 * @property {string} address 0x and lower-case hex, as the file states it
 * @property {Scrypt | Pbkdf2} derivation @property {Uint8Array} iv @property {Uint8Array} ciphertext
 * @property {Uint8Array} mac
 */

/**
 * Parse a keyfile, its key derivation bounded. Refused: `keyfile.malformed`.
 * @param {string | Uint8Array} source
 * @returns {Keyfile}
 */
export function parseKeyfile(source) {
  const what = ["not a keyfile of Web3 Secret Storage version 3", "不是 Web3 Secret Storage 第 3 版密钥文件"];
  return refuseMalformed("keyfile.malformed", what[0], what[1], () => {
    const file = /** @type {any} */ (parseJson(source, { maxBytes: MAX_KEYFILE_BYTES, maxDepth: 8 }));
    if (file?.version !== 3) throw malformedAt("/version");
    const crypto = file.crypto;
    if (crypto?.cipher !== "aes-128-ctr") throw malformedAt("/crypto/cipher");
    return {
      address: `0x${hexDigits(file.address, 40, 40, "/address").toLowerCase()}`,
      derivation: parseDerivation(crypto),
      iv: hexToBytes(hexDigits(crypto.cipherparams?.iv, 32, 32, "/crypto/cipherparams/iv")),
      ciphertext: hexToBytes(hexDigits(crypto.ciphertext, 64, 64, "/crypto/ciphertext")),
      mac: hexToBytes(hexDigits(crypto.mac, 64, 64, "/crypto/mac")),
    };
  });
}

/**
 * Refuses a keyfile, by the address it states, that isn't the pinned signer's: `keyfile.foreign`.
 * @param {{ address: string }} keyfile @param {import("./profile.js").Profile} profile
 */
export function verifySigner(keyfile, profile) {
  if (keyfile.address !== profile.signer) throw foreign();
}

/**
 * Decrypt the private key, which the caller zeroes; `pin` is zeroed here. Refused: `keyfile.wrong_pin`;
 * `keyfile.foreign` where the file or the key in it isn't the pinned signer's; `keyfile.unavailable` where this browser
 * can't do it.
 * @param {Keyfile} keyfile @param {Uint8Array} pin UTF-8 @param {import("./profile.js").Profile} profile
 * @param {DeriveScrypt} deriveScrypt
 * @returns {Promise<Uint8Array>} 32 bytes
 */
export async function openKeyfile(keyfile, pin, profile, deriveScrypt) {
  try {
    verifySigner(keyfile, profile);
    if (!globalThis.crypto?.subtle) throw unavailable("the page must come by https", "页面须经 https 访问");
    const { derivation } = keyfile;
    const derived =
      derivation.kdf === "scrypt" ? await deriveScrypt(pin, derivation) : await derivePbkdf2(pin, derivation);
    return await decrypt(keyfile, derived, profile);
  } finally {
    pin.fill(0);
  }
}

/** @param {Keyfile} keyfile @param {Uint8Array} derived zeroed here @param {import("./profile.js").Profile} profile */
async function decrypt(keyfile, derived, profile) {
  try {
    if (!equalInConstantTime(keccak(concatBytes(derived.subarray(16), keyfile.ciphertext)), keyfile.mac)) {
      throw new SigningRefused(
        "keyfile.wrong_pin",
        "the PIN doesn't open this keyfile (a wrong PIN, or a damaged file); nothing was signed",
        "PIN 无法打开该密钥文件（PIN 错误，或文件已损坏）；未签署任何内容",
      );
    }
    const aes = await crypto.subtle.importKey("raw", derived.subarray(0, 16), "AES-CTR", false, ["decrypt"]);
    const counter = { name: "AES-CTR", counter: keyfile.iv, length: 128 };
    const key = new Uint8Array(await crypto.subtle.decrypt(counter, aes, keyfile.ciphertext));
    if (addressOrNone(key) !== profile.signer) {
      key.fill(0);
      throw foreign();
    }
    return key;
  } finally {
    derived.fill(0);
  }
}

/** The key's address, or "" where 32 bytes are no key of the curve. @param {Uint8Array} key */
function addressOrNone(key) {
  try {
    return addressOfKey(key);
  } catch {
    return "";
  }
}

/** @param {Uint8Array} pin @param {Pbkdf2} derivation */
async function derivePbkdf2(pin, { salt, rounds }) {
  const key = await crypto.subtle.importKey("raw", pin, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}

/** @param {any} crypto @returns {Scrypt | Pbkdf2} */
function parseDerivation(crypto) {
  const { kdf, kdfparams: parameters } = crypto;
  if (parameters?.dklen !== 32) throw malformedAt("/crypto/kdfparams/dklen");
  const salt = hexToBytes(hexDigits(parameters.salt, 16, 128, "/crypto/kdfparams/salt"));
  /** @param {string} name @param {number} largest */
  const count = (name, largest) => {
    const value = parameters[name];
    if (!Number.isInteger(value) || value < 1 || value > largest)
      throw malformedAt(`/crypto/kdfparams/${name}`);
    return value;
  };
  if (kdf === "pbkdf2" && parameters.prf === "hmac-sha256") {
    return { kdf, salt, rounds: count("c", MAX_PBKDF2_ROUNDS) };
  }
  if (kdf !== "scrypt") throw malformedAt("/crypto/kdf");
  const [n, r, p] = [count("n", MAX_SCRYPT_WORK), count("r", 64), count("p", 16)];
  if (n < 2 || (n & (n - 1)) !== 0 || n * r > MAX_SCRYPT_WORK) throw malformedAt("/crypto/kdfparams/n");
  return { kdf, salt, n, r, p };
}

/** @param {unknown} value @param {number} least @param {number} most @param {string} where */
function hexDigits(value, least, most, where) {
  const digits = typeof value === "string" ? value.replace(/^0x/, "") : "";
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(digits) || digits.length < least || digits.length > most)
    throw malformedAt(where);
  return digits;
}

/** @param {string} where */
function malformedAt(where) {
  return new Malformed("missing, of a wrong form or out of bounds", "缺少、格式错误或超出范围", where);
}

function foreign() {
  return new SigningRefused(
    "keyfile.foreign",
    "this key isn't the one enrolled for you; choose the keyfile that belongs to your profile",
    "该密钥不是为您登记的密钥；请选择与您的配置相符的密钥文件",
    "/address",
  );
}

/** This browser can't open any keyfile. @param {string} en why @param {string} zh */
export function unavailable(en, zh) {
  return new SigningRefused(
    "keyfile.unavailable",
    `this browser can't open the keyfile: ${en}`,
    `此浏览器无法打开密钥文件：${zh}`,
  );
}

/** @param {Uint8Array} left @param {Uint8Array} right of the same length */
function equalInConstantTime(left, right) {
  let difference = 0;
  for (let at = 0; at < left.length; at += 1) difference |= left[at] ^ right[at];
  return difference === 0;
}
