/**
 * What a claim's one-time key signs (protocol, sections 4.1, 5 and 13): that a prescription may be read, and that a
 * claim is handed over to this spender, for this use, into this record, until soon. All of it is computed here from
 * the code and from the record that was checked; nothing that a gateway says is signed.
 */
import { keccak_256 as keccak } from "@noble/hashes/sha3.js";
import { concatBytes } from "@noble/hashes/utils.js";

import { parseUtcTime, signDigest, structDigest } from "./authorship.js";
import { toHex, typeHash, word } from "./encoding.js";
import { Malformed, refuseMalformed } from "./refusal.js";
import { parseUse, useHash } from "./use.js";

/** Half of what a recipient takes at most, so that clocks may differ. */
export const READING_SECONDS = 450;
export const PRESENTATION_SECONDS = 900;
const PRESCRIPTION_KIND = 1;
const MAX_UINT32 = 2 ** 32 - 1;
const ZERO = `0x${"0".repeat(64)}`;
const TYPE = typeHash("Presentation", [
  "bytes32 claim",
  "uint32 restoreCount",
  "uint32 spender",
  "bytes32 useHash",
  "bytes32 into",
  "uint64 deadline",
]);

/**
 * @typedef {object} Presentation bytes as 0x and hex, `deadline` in Unix seconds
 * @property {string} claim @property {number} restoreCount @property {number} spender @property {string} useHash
 * @property {string} into @property {number} deadline
 */
/** @typedef {import("./handover.js").Handover} Handover */

/** The name of one claim. @param {number} institution @param {string} record @param {number} notBefore @param {number} ordinal */
export function claimKey(institution, record, notBefore, ordinal) {
  const words = [institution, PRESCRIPTION_KIND, record, notBefore, ordinal].map(word);
  return toHex(keccak(concatBytes(...words)));
}

/** What stands in a claim's place in a reading presentation. @param {Handover} code @param {number} ordinal */
export function readingName(code, ordinal) {
  const identifier = `0x${code.recordId.replaceAll("-", "")}`;
  return toHex(keccak(concatBytes(...[code.institution, identifier, code.window, ordinal].map(word))));
}

/** The 32 bytes that are signed. @param {Presentation} act @param {import("./authorship.js").Domain} domain */
export function presentationDigest(act, domain) {
  const members = [act.claim, act.restoreCount, act.spender, act.useHash, act.into, act.deadline];
  return structDigest(keccak(concatBytes(TYPE, ...members.map(word))), domain);
}

/**
 * Reading presentations as requests carry them: of each claim of a part, of the first of a whole code.
 * @param {Handover} code @param {number} spender who reads; 0: the holder himself
 * @param {import("./authorship.js").Domain} domain @param {number} now Unix seconds
 */
export function signReadings(code, spender, domain, now) {
  const deadline = Math.floor(now) + READING_SECONDS;
  return (code.ordinals ?? [0]).map((ordinal) => {
    const claim = readingName(code, ordinal);
    const act = { claim, restoreCount: 0, spender, useHash: ZERO, into: ZERO, deadline };
    return { ordinal, restore_count: 0, deadline, signature: signWith(code, ordinal, act, domain) };
  });
}

/**
 * Hand over the claims that a checked dispensing uses, each by the code of its prescription. A prescription without
 * a code is its hospital's own. Refused: `dispensing.claims` where the use names other claims than the record's
 * references give; what `keyFor` refuses.
 * @param {import("./prepared.js").Checked} checked @param {readonly Handover[]} codes @param {number} now Unix seconds
 */
export function signUse(checked, codes, now) {
  const { record, commitment, profile } = checked;
  const { use, claims } = refuseMalformed(
    "dispensing.claims",
    "NOT signed: the use isn't of the claims that the record names",
    "未签署：所用份额与记录所列不符",
    () => claimsOfUse(record.body),
  );
  const hash = useHash(use);
  const deadline = Math.floor(now) + PRESENTATION_SECONDS;
  return claims.flatMap(({ claim, restoreCount, reference, ordinal }) => {
    const code = codes.find((each) => isOf(each, reference));
    if (code === undefined) return [];
    const act = { claim, restoreCount, spender: use.spender, useHash: hash, into: commitment, deadline };
    return [{ claim, deadline, signature: signWith(code, ordinal, act, profile.domain) }];
  });
}

/**
 * The claims of a dispensing by what it says of its prescriptions, which must be those of its use.
 * @param {any} body
 */
function claimsOfUse(body) {
  const use = parseUse(body.use);
  const counts = new Map(use.claims.map(({ claim, restoreCount }) => [claim, restoreCount]));
  const claims = listOf(body.prescriptions, "/body/prescriptions").flatMap((reference, place) => {
    const where = `/body/prescriptions/${place}`;
    const notBefore = parseUtcTime(reference?.not_before, `${where}/not_before`);
    verifyReference(reference, where);
    return listOf(reference.claims, `${where}/claims`).map((each, at) => {
      verifyCount(each?.ordinal, `${where}/claims/${at}/ordinal`);
      const claim = claimKey(reference.institution, reference.commitment, notBefore, each?.ordinal);
      const restoreCount = counts.get(claim);
      if (restoreCount === undefined)
        throw new Malformed("not in the use", "未列入使用", `${where}/claims/${at}`);
      return { claim, restoreCount, reference, ordinal: each.ordinal };
    });
  });
  if (new Set(claims.map(({ claim }) => claim)).size !== use.claims.length || claims.length !== counts.size)
    throw new Malformed("the use has others besides", "使用中另有其他份额", "/body/use/claims");
  return { use, claims };
}

/** @param {any} reference @param {string} where */
function verifyReference({ institution, commitment }, where) {
  verifyCount(institution, `${where}/institution`);
  if (typeof commitment !== "string" || !/^0x[0-9a-f]{64}$/.test(commitment))
    throw new Malformed("not a commitment", "不是承诺", `${where}/commitment`);
}

/** @param {unknown} value @param {string} where */
function verifyCount(value, where) {
  if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > MAX_UINT32)
    throw new Malformed("not a number of its form", "不是规定形式的数字", where);
}

/** @param {Handover} code @param {any} reference */
function isOf(code, reference) {
  return (
    code.institution === reference.institution &&
    code.recordId === reference.id &&
    code.window === reference.window
  );
}

/** @param {Handover} code @param {number} ordinal @param {Presentation} act @param {import("./authorship.js").Domain} domain */
function signWith(code, ordinal, act, domain) {
  const key = code.keyFor(ordinal);
  try {
    return toHex(signDigest(presentationDigest(act, domain), key));
  } finally {
    key.fill(0);
  }
}

/** @param {unknown} value @param {string} where @returns {any[]} */
function listOf(value, where) {
  if (Array.isArray(value) && value.length > 0) return value;
  throw new Malformed("not a filled array", "不是非空数组", where);
}
