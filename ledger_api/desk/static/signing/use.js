/** A use as a record states it under `/body/use`, and its hash (EIP-712; protocol, sections 4.2 and 11.1). */
import { keccak_256 as keccak } from "@noble/hashes/sha3.js";
import { concatBytes } from "@noble/hashes/utils.js";

import { toHex, typeHash, word } from "./encoding.js";
import { findUsedKind } from "./kinds.js";
import { Malformed } from "./refusal.js";

const POINTER = "/body/use";
const MAX_CLAIMS = 64;
const MAX_PACKS = 64;
const MAX_RESTORE_COUNT = 2 ** 14 - 1;
const MAX_INSTITUTION = 2 ** 21 - 1;
const MAX_UINT16 = 2 ** 16 - 1;
const MAX_UINT32 = 2 ** 32 - 1;

const CLAIM_MEMBERS = ["bytes32 claim", "uint32 restoreCount"];
const PACK_MEMBERS = ["bytes32 token", "uint32 totalUnits", "uint32 unitsUsed"];
const USE_MEMBERS = ["uint16 kind", "uint32 spender", "uint32 payer", "ClaimUse[] claims", "PackUse[] packs"];
const CLAIM_TYPE = typeHash("ClaimUse", CLAIM_MEMBERS);
const PACK_TYPE = typeHash("PackUse", PACK_MEMBERS);
const USE_TYPE = typeHash("Use", USE_MEMBERS, [
  ["ClaimUse", CLAIM_MEMBERS],
  ["PackUse", PACK_MEMBERS],
]);

/**
 * @typedef {object} Use
 * @property {number} kind @property {number} spender @property {number} payer
 * @property {{ claim: string, restoreCount: number }[]} claims ascending
 * @property {{ token: string, totalUnits: number, unitsUsed: number }[]} packs ascending
 */

/**
 * Parse a use; throws `Malformed` naming the member that is wrong.
 * @param {any} value
 * @returns {Use}
 */
export function parseUse(value) {
  verifyMembers(value, ["kind", "spender", "payer", "claims", "packs"], POINTER);
  const kind = uintAt(value, "kind", MAX_UINT16, POINTER);
  const spender = uintAt(value, "spender", MAX_INSTITUTION, POINTER);
  const payer = uintAt(value, "payer", MAX_INSTITUTION, POINTER);
  const claims = listAt(value, "claims", 1, MAX_CLAIMS).map((each, index) => {
    const where = `${POINTER}/claims/${index}`;
    verifyMembers(each, ["claim", "restore_count"], where);
    return {
      claim: hashAt(each, "claim", where),
      restoreCount: uintAt(each, "restore_count", MAX_RESTORE_COUNT, where),
    };
  });
  const packs = listAt(value, "packs", 0, MAX_PACKS).map((each, index) => parsePack(each, index));
  verifyAscending(
    claims.map(({ claim }) => claim),
    "claims",
  );
  verifyAscending(
    packs.map(({ token }) => token),
    "packs",
  );
  return { kind, spender, payer, claims, packs };
}

/**
 * Check that a record of this kind can state this use, and that its issuer is the spender.
 * @param {Use} use @param {import("./kinds.js").Kind} into @param {number} issuer
 */
export function verifyUse(use, into, issuer) {
  const used = findUsedKind(use.kind);
  if (used === undefined || used.usedInto !== into.number) {
    throw wrong("claims of that kind aren't used into this record", "该类份额不能用于此类记录", "/kind");
  }
  if (use.spender !== issuer)
    throw wrong("the spender is the record's issuer", "使用方须为记录的签发机构", "/spender");
  if (use.payer !== 0 && !used.isSettledByPayer)
    throw wrong("nobody settles this kind: write 0", "该类份额没有付费方，应写 0", "/payer");
  if (use.packs.length !== 0 && !used.hasPacks)
    throw wrong("this kind has no packs", "该类份额的使用不含药品包装", "/packs");
}

/** EIP-712's hashStruct of a use, as 0x and hex. @param {Use} use */
export function useHash(use) {
  const claims = use.claims.map(({ claim, restoreCount }) =>
    keccak(concatBytes(CLAIM_TYPE, word(claim), word(restoreCount))),
  );
  const packs = use.packs.map(({ token, totalUnits, unitsUsed }) =>
    keccak(concatBytes(PACK_TYPE, word(token), word(totalUnits), word(unitsUsed))),
  );
  const members = [word(use.kind), word(use.spender), word(use.payer)];
  const lists = [keccak(concatBytes(...claims)), keccak(concatBytes(...packs))];
  return toHex(keccak(concatBytes(USE_TYPE, ...members, ...lists)));
}

/** @param {any} value @param {number} index */
function parsePack(value, index) {
  const where = `${POINTER}/packs/${index}`;
  verifyMembers(value, ["token", "total_units", "units_used"], where);
  const token = hashAt(value, "token", where);
  const totalUnits = uintAt(value, "total_units", MAX_UINT32, where);
  const unitsUsed = uintAt(value, "units_used", MAX_UINT32, where);
  if (unitsUsed < 1 || unitsUsed > totalUnits) {
    throw new Malformed(
      "units used are at least 1, and no more than the pack's total",
      "使用数量至少为 1，且不得超过包装总量",
      `${where}/units_used`,
    );
  }
  return { token, totalUnits, unitsUsed };
}

/** @param {any} value @param {string[]} names @param {string} where */
function verifyMembers(value, names, where) {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (
    !isObject ||
    Object.keys(value).length !== names.length ||
    !names.every((name) => Object.hasOwn(value, name))
  ) {
    throw new Malformed(
      `an object of ${names.join(", ")}, and no others`,
      `须为恰含 ${names.join("、")} 的对象`,
      where,
    );
  }
}

/** @param {any} value @param {string} name @param {number} largest @param {string} where @returns {number} */
function uintAt(value, name, largest, where) {
  const number = value[name];
  if (typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= largest)
    return number;
  throw new Malformed(`an integer from 0 to ${largest}`, `须为 0 至 ${largest} 的整数`, `${where}/${name}`);
}

/** @param {any} value @param {string} name @param {string} where @returns {string} */
function hashAt(value, name, where) {
  const text = value[name];
  if (typeof text === "string" && /^0x[0-9a-f]{64}$/.test(text)) return text;
  throw new Malformed(
    "0x and 64 lower-case hex digits",
    "须为 0x 加 64 位小写十六进制数字",
    `${where}/${name}`,
  );
}

/** @param {any} value @param {string} name @param {number} least @param {number} most @returns {any[]} */
function listAt(value, name, least, most) {
  const list = value[name];
  if (Array.isArray(list) && list.length >= least && list.length <= most) return list;
  throw new Malformed(`an array of ${least} to ${most}`, `须为含 ${least} 至 ${most} 项的数组`, `${POINTER}/${name}`);
}

/** @param {string[]} keys lower-case hex of one length, so that text sorts as bytes do @param {string} name */
function verifyAscending(keys, name) {
  const index = keys.findIndex((key, at) => at > 0 && keys[at - 1] >= key);
  if (index >= 0)
    throw new Malformed("must ascend, none twice", "须严格升序且不重复", `${POINTER}/${name}/${index}`);
}

/** @param {string} en @param {string} zh @param {string} member */
function wrong(en, zh, member) {
  return new Malformed(en, zh, POINTER + member);
}
