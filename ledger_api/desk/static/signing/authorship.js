/** What an entry states of its record, and what its author signs (EIP-712; protocol, sections 3 and 5). */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 as keccak } from "@noble/hashes/sha3.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { toHex, typeHash, word } from "./encoding.js";
import { Malformed } from "./refusal.js";
import { parseUse, useHash, verifyUse } from "./use.js";

export { toHex };
export const MAX_CLAIMS = 64;
export const MAX_WINDOWS = 16;
const ZERO_HASH = `0x${"0".repeat(64)}`;

const DOMAIN_MEMBERS = ["string name", "string version", "uint256 chainId", "address verifyingContract"];
const AUTHORSHIP_MEMBERS = [
  "uint32 institution",
  "uint16 kind",
  "bytes32 record",
  "uint32 claimCount",
  "uint64 notBefore",
  "uint64 notAfter",
  "bytes32 terms",
  "uint64 signedAt",
];

/** @typedef {{ chainId: number, register: string }} Domain `register`: 0x and 40 lower-case hex digits */
/**
 * @typedef {object} Authorship one entry's; times in Unix seconds, bytes as 0x and hex
 * @property {number} institution @property {number} kind @property {string} record @property {number} claimCount
 * @property {number} notBefore @property {number} notAfter @property {string} terms @property {number} signedAt
 */

/**
 * The terms of a record's entries: one per window of a record with claims, one for any other.
 * @param {any} record @param {import("./kinds.js").Kind} kind
 */
export function buildEntryTerms(record, kind) {
  const { body, issuer } = record;
  const hasUse = Object.hasOwn(body, "use");
  if (hasUse && !kind.usesClaims)
    throw new Malformed("a record of this kind uses no claims", "此类记录不使用份额", "/body/use");
  if (kind.carriesClaims) return buildTerms(body);
  if (!hasUse && kind.mustUse) throw new Malformed("this member is missing", "缺少该成员", "/body/use");
  let terms = ZERO_HASH;
  if (hasUse) {
    const use = parseUse(body.use);
    verifyUse(use, kind, issuer);
    terms = useHash(use);
  }
  return [{ claimCount: 0, notBefore: 0, notAfter: 0, terms }];
}

/**
 * The terms of a prescription's entries, one per window, from the body's claims, windows and holders.
 * @param {{ [name: string]: any }} body
 * @returns {Pick<Authorship, "claimCount" | "notBefore" | "notAfter" | "terms">[]}
 */
export function buildTerms(body) {
  const claims = arrayAt(body, "claims", 1, MAX_CLAIMS);
  claims.forEach((claim, index) => {
    if (claim?.ordinal !== index || Array.isArray(claim)) {
      throw new Malformed(
        "claims are numbered 0, 1, ... in order",
        "权利份额须按 0、1……依次编号",
        `/body/claims/${index}`,
      );
    }
  });
  const holders = arrayAt(body, "holders", 0, MAX_CLAIMS);
  if (holders.length !== 0 && holders.length !== claims.length) {
    throw new Malformed(
      "one address for each claim, or none",
      "每个份额一个地址，或全部没有",
      "/body/holders",
    );
  }
  const terms = holdersHash(holders);
  return arrayAt(body, "windows", 1, MAX_WINDOWS).map((window, index) => {
    const where = `/body/windows/${index}`;
    const notBefore = parseUtcTime(window?.not_before, `${where}/not_before`);
    const notAfter = parseUtcTime(window?.not_after, `${where}/not_after`);
    if (notAfter < notBefore) throw new Malformed("ends before it begins", "结束早于开始", where);
    return { claimCount: claims.length, notBefore, notAfter, terms };
  });
}

/**
 * Zero where there are no holders; else keccak of the addresses, each padded to 32 bytes.
 * @param {any[]} holders
 */
export function holdersHash(holders) {
  if (holders.length === 0) return ZERO_HASH;
  const words = holders.map((address, index) => {
    if (typeof address !== "string" || !/^0x[0-9a-f]{40}$/.test(address)) {
      throw new Malformed("not an address in lower case", "不是小写的地址", `/body/holders/${index}`);
    }
    return word(address);
  });
  return toHex(keccak(concatBytes(...words)));
}

/** The 32 bytes that are signed. @param {Authorship} act @param {Domain} domain */
export function signingDigest(act, domain) {
  const struct = keccak(
    concatBytes(
      typeHash("Authorship", AUTHORSHIP_MEMBERS),
      word(act.institution),
      word(act.kind),
      word(act.record),
      word(act.claimCount),
      word(act.notBefore),
      word(act.notAfter),
      word(act.terms),
      word(act.signedAt),
    ),
  );
  return structDigest(struct, domain);
}

/** What is signed for a struct in a domain. @param {Uint8Array} struct its hash @param {Domain} domain */
export function structDigest(struct, domain) {
  const separator = keccak(
    concatBytes(
      typeHash("EIP712Domain", DOMAIN_MEMBERS),
      keccak(utf8ToBytes("RxLedger")),
      keccak(utf8ToBytes("1")),
      word(domain.chainId),
      word(domain.register),
    ),
  );
  return keccak(concatBytes(Uint8Array.of(0x19, 0x01), separator, struct));
}

/**
 * The same as an eth_signTypedData_v4 request, to compare with.
 * @param {Authorship} act @param {Domain} domain
 */
export function typedData(act, domain) {
  /** @param {string[]} members */
  const listed = (members) =>
    members.map((member) => {
      const [type, name] = member.split(" ");
      return { name, type };
    });
  return {
    domain: { name: "RxLedger", version: "1", chainId: domain.chainId, verifyingContract: domain.register },
    types: { EIP712Domain: listed(DOMAIN_MEMBERS), Authorship: listed(AUTHORSHIP_MEMBERS) },
    primaryType: "Authorship",
    message: { ...act },
  };
}

/**
 * Sign a digest: r || s || v, low s, deterministic (RFC 6979).
 * @param {Uint8Array} digest @param {Uint8Array} key
 */
export function signDigest(digest, key) {
  const [recovery, ...rs] = secp256k1.sign(digest, key, { prehash: false, lowS: true, format: "recovered" });
  return Uint8Array.from([...rs, 27 + recovery]);
}

/** The account of a private key, as 0x and lower-case hex. @param {Uint8Array} key */
export function addressOfKey(key) {
  return toHex(keccak(secp256k1.getPublicKey(key, false).subarray(1)).subarray(12));
}

/** `YYYY-MM-DDThh:mm:ssZ` as Unix seconds. @param {unknown} text @param {string} where */
export function parseUtcTime(text, where) {
  if (typeof text === "string" && /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/.test(text)) {
    const milliseconds = Date.parse(text);
    // Written back, because Date.parse takes 24:00 and the 30th of February for the day after.
    if (milliseconds >= 0 && new Date(milliseconds).toISOString() === text.replace("Z", ".000Z")) {
      return milliseconds / 1000;
    }
  }
  throw new Malformed("not a time in UTC with whole seconds", "不是整秒的 UTC 时间", where);
}

/**
 * @param {{ [name: string]: any }} body @param {string} name @param {number} least @param {number} most
 * @returns {any[]}
 */
function arrayAt(body, name, least, most) {
  const value = body[name];
  if (!Array.isArray(value) || value.length < least || value.length > most) {
    throw new Malformed(
      `not an array of ${least} to ${most}`,
      `不是含 ${least} 至 ${most} 项的数组`,
      `/body/${name}`,
    );
  }
  return value;
}
