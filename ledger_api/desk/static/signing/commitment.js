/** Commitments to a record's salted fields (protocol, section 2; RFC 5869, section 2.3; RFC 9162, section 2.1.1). */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { canonicalText } from "./canonical.js";
import { listFields } from "./fields.js";

/**
 * @typedef {object} Committed
 * @property {import("./fields.js").Field[]} fields
 * @property {Uint8Array[]} leaves leaf hashes: the pointer list's, then one per field
 * @property {Uint8Array} commitment 32 bytes
 */

/**
 * Commit to a record's fields under its key.
 * @param {object} record @param {Uint8Array} recordKey 32 bytes
 * @returns {Committed}
 */
export function buildCommitment(record, recordKey) {
  const fields = listFields(record);
  // HKDF-Expand of one block: HMAC(key, info || 0x01).
  const saltKey = hmac(sha256, recordKey, utf8ToBytes("RxLedger salt v1\x01"));
  /** @param {number} index @param {number} kind @param {unknown} content */
  const leaf = (index, kind, content) => {
    const salt = hmac(sha256, saltKey, uint32(index));
    return sha256(
      concatBytes(Uint8Array.of(0), salt, Uint8Array.of(kind), utf8ToBytes(canonicalText(content))),
    );
  };
  const leaves = [
    leaf(
      0,
      0,
      fields.map(({ pointer }) => pointer),
    ),
    ...fields.map(({ pointer, value }, index) => leaf(index + 1, 1, [pointer, value])),
  ];
  const prefix = utf8ToBytes("RxLedger commitment v1\x00");
  return {
    fields,
    leaves,
    commitment: sha256(concatBytes(prefix, uint32(leaves.length), merkleRoot(leaves))),
  };
}

/**
 * The Merkle tree hash of leaf hashes: the left subtree is the largest full one that leaves something to the right.
 * @param {Uint8Array[]} leaves at least one
 * @returns {Uint8Array}
 */
export function merkleRoot(leaves) {
  if (leaves.length === 1) return leaves[0];
  let left = 1;
  while (left * 2 < leaves.length) left *= 2;
  return sha256(
    concatBytes(Uint8Array.of(1), merkleRoot(leaves.slice(0, left)), merkleRoot(leaves.slice(left))),
  );
}

/** @param {number} number */
function uint32(number) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}
