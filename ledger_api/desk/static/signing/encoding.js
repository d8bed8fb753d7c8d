/** Words and type hashes as Solidity's ABI and EIP-712 have them. */
import { keccak_256 as keccak } from "@noble/hashes/sha3.js";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

/** @param {Uint8Array} bytes */
export function toHex(bytes) {
  return `0x${bytesToHex(bytes)}`;
}

/** One 32-byte word of an unsigned number, or of 0x and hex padded on the left. @param {number | string} value */
export function word(value) {
  const digits = typeof value === "number" ? value.toString(16) : value.slice(2);
  return hexToBytes(digits.padStart(64, "0"));
}

/**
 * The hash of a type's string; the types that it refers to follow in the order of their names.
 * @param {string} name @param {string[]} members @param {[string, string[]][]} [others]
 */
export function typeHash(name, members, others = []) {
  const encoded = [[name, members], ...others].map(
    ([type, listed]) => `${type}(${/** @type {string[]} */ (listed).join(",")})`,
  );
  return keccak(utf8ToBytes(encoded.join("")));
}

/** Bytes of 0x and hex. @param {string} text */
export function fromHex(text) {
  return hexToBytes(text.slice(2));
}
