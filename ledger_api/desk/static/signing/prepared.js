/**
 * What a gateway asks somebody to sign, recomputed in her browser from the record that she is shown.
 *
 * The gateway is not trusted: the commitment is rebuilt from the record and its key (protocol, section 2), and what
 * is signed (section 5) from the record's own fields and the pinned profile. The gateway's typed data is only
 * compared, never signed. Any difference ends in a refusal.
 */
import {
  MAX_WINDOWS,
  addressOfKey,
  buildEntryTerms,
  parseUtcTime,
  signDigest,
  signingDigest,
  toHex,
  typedData,
} from "./authorship.js";
import { MAX_RECORD_BYTES, canonicalText, parseJson } from "./canonical.js";
import { buildCommitment } from "./commitment.js";
import { verifySigner } from "./keyfile.js";
import { KINDS } from "./kinds.js";
import { Malformed, SigningRefused, refuseMalformed } from "./refusal.js";

export const PRESCRIPTION_SCHEMA = "rx.prescription/1";
export const SKEW_SECONDS = 300;
const MAX_INSTITUTION = 2 ** 21 - 1;
const REPLY_BOUNDS = { maxBytes: 8 * 1024 * 1024, maxDepth: 40 };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const SCHEMA = /^[a-z][a-z0-9_]{0,31}(?:\.[a-z][a-z0-9_]{0,31}){1,3}\/[1-9][0-9]{0,3}$/;
/** What a draft says about its windows in place of giving them. */
const PLANNED_MEMBERS = new Set(["validity_days", "repeats"]);
/** What a draft may leave open until it is signed. */
const FILLED_IN_MEMBERS = new Set(["prescriber", "claims", "windows", "holders"]);

/** @type {WeakMap<Checked, Uint8Array[]>} What is signed, out of reach of everything outside this module. */
const digestsOf = new WeakMap();

/**
 * A record whose commitment and terms were recomputed here and agree with what is to be signed. Frozen.
 * @typedef {object} Checked
 * @property {string} preparationId
 * @property {any} record
 * @property {import("./kinds.js").Kind} kind
 * @property {number} issuedAt Unix seconds
 * @property {readonly import("./fields.js").Field[]} fields every field that is signed
 * @property {string} commitment 0x and hex
 * @property {readonly import("./authorship.js").Authorship[]} authorships one per window
 * @property {import("./profile.js").Profile} profile
 */

/**
 * What was asked for, as far as it is known here.
 * @typedef {object} Asked
 * @property {number} now Unix seconds by this machine's clock
 * @property {string} [schema] of what kind and version the record must be
 * @property {{ [name: string]: unknown } | null} [askedBody] a prescription's body as the doctor wrote it
 * @property {readonly string[] | null} [holders] the addresses that were sent: a prescription names the first of them
 * @property {{ [name: string]: unknown }} [expect] members that the body must have with these values; null: not have
 */

/**
 * Recompute everything in an answer to `prepare`; throws `SigningRefused` naming the first difference.
 * @param {unknown} reply the answer's text (parsed strictly here), or its JSON value
 * @param {import("./profile.js").Profile} profile
 * @param {Asked} asked
 * @returns {Checked}
 */
export function checkPrepared(
  reply,
  profile,
  { now, schema = PRESCRIPTION_SCHEMA, askedBody = null, holders = null, expect = {} },
) {
  const answer = /** @type {any} */ (
    asMalformed("the answer", "应答", () =>
      typeof reply === "string" ? parseJson(reply, REPLY_BOUNDS) : reply,
    )
  );
  const record = asMalformed("the record", "记录", () => parseRecord(answer?.record));
  const issuedAt = parseUtcTime(record.issued_at, "/issued_at");
  const kind = verifyFrame(record, schema, issuedAt, profile, now);
  if (askedBody !== null) verifyBody(askedBody, record.body);
  // Keys that she didn't make would be somebody else's to take the drugs with.
  if (holders === null && askedBody !== null && !Object.hasOwn(askedBody, "holders")) verifyHolders([], record.body);
  if (holders !== null) verifyHolders(holders, record.body);
  verifyExpected(expect, record.body);
  const recordKey = bytesAt(answer, "record_key");
  const { fields, commitment } = buildCommitment(record, recordKey);
  recordKey.fill(0);
  if (toHex(commitment) !== toHex(bytesAt(answer, "commitment"))) {
    throw differs(
      "prepared.commitment",
      "the commitment isn't that of the fields shown",
      "承诺与所展示字段不符",
      "/commitment",
    );
  }
  const preparationId = answer.preparation_id;
  if (typeof preparationId !== "string") throw incomplete("/preparation_id");
  const authorships = buildAuthorships(record, kind, issuedAt, toHex(commitment), answer.entries);
  authorships.forEach((act, window) => verifyTypedData(answer.entries[window], window, act, profile));
  const checked = deepFreeze({
    preparationId,
    record,
    kind,
    issuedAt,
    fields,
    commitment: toHex(commitment),
    authorships,
    profile,
  });
  digestsOf.set(
    checked,
    authorships.map((act) => signingDigest(act, profile.domain)),
  );
  return checked;
}

/**
 * One signature per window, as 0x and hex. Refused: `keyfile.foreign`. The caller zeroes the key.
 * @param {Checked} checked @param {Uint8Array} privateKey
 */
export function sign(checked, privateKey) {
  const digests = digestsOf.get(checked);
  if (digests === undefined) throw new TypeError("only what checkPrepared returned can be signed");
  verifySigner({ address: addressOfKey(privateKey) }, checked.profile);
  return digests.map((digest) => toHex(signDigest(digest, privateKey)));
}

/**
 * The record as parsed strictly from its canonical form, so that nothing else holds on to it.
 * @param {unknown} shown
 */
function parseRecord(shown) {
  if (typeof shown !== "object" || shown === null || Array.isArray(shown)) {
    throw new Malformed("must be an object", "必须为对象", "/record");
  }
  const record = /** @type {any} */ (parseJson(canonicalText(shown), { maxBytes: MAX_RECORD_BYTES }));
  const { schema, id, issuer, issued_at: issuedAt, body } = record;
  const isText = (/** @type {unknown} */ value, /** @type {RegExp} */ form) =>
    typeof value === "string" && form.test(value);
  const wrong = [
    ["/schema", isText(schema, SCHEMA)],
    ["/id", isText(id, UUID)],
    ["/issuer", Number.isInteger(issuer) && issuer >= 1 && issuer <= MAX_INSTITUTION],
    ["/body", typeof body === "object" && body !== null && !Array.isArray(body)],
    ["", Object.keys(record).length === 5],
  ].find(([, isRight]) => !isRight);
  if (wrong)
    throw new Malformed(
      "a member is missing, unknown or of a wrong form",
      "成员缺失、多余或格式错误",
      `${wrong[0]}`,
    );
  parseUtcTime(issuedAt, "/issued_at");
  return record;
}

/**
 * @param {any} record @param {string} schema @param {number} issuedAt
 * @param {import("./profile.js").Profile} profile @param {number} now
 */
function verifyFrame(record, schema, issuedAt, profile, now) {
  if (record.schema !== schema || !Object.hasOwn(KINDS, schema)) {
    throw differs(
      "prepared.frame",
      "the record is of another kind or version than you asked for",
      "记录的类别或版本与您所要求的不符",
      "/schema",
    );
  }
  if (record.issuer !== profile.institution) {
    throw differs(
      "prepared.frame",
      `the record names institution ${record.issuer}, your profile ${profile.institution}`,
      `记录中的机构为 ${record.issuer}，您的配置为 ${profile.institution}`,
      "/issuer",
    );
  }
  const seconds = issuedAt - Math.floor(now);
  if (!(Math.abs(seconds) <= SKEW_SECONDS)) {
    throw new SigningRefused(
      "prepared.time",
      `NOT signed: the signed time is ${seconds} s from this machine's clock (at most ${SKEW_SECONDS}); check both clocks`,
      `未签署：签署时间与本机时钟相差 ${seconds} 秒（最多 ${SKEW_SECONDS} 秒）；请检查两边的时钟`,
      "/issued_at",
    );
  }
  return KINDS[schema];
}

/**
 * The record hands over to the keys that were made here and to no others.
 * @param {readonly string[]} sent @param {any} body
 */
function verifyHolders(sent, body) {
  const count = Array.isArray(body.claims) ? body.claims.length : 0;
  if (!isSameJson(body.holders ?? [], sent.slice(0, count))) {
    throw differs(
      "prepared.holders",
      "the holders aren't the addresses that were made here",
      "持有人地址不是此处生成的地址",
      "/body/holders",
    );
  }
}

/** @param {{ [name: string]: unknown }} expected @param {any} body */
function verifyExpected(expected, body) {
  const name = Object.keys(expected).find(
    (each) => !isSameJson(expected[each], Object.hasOwn(body, each) ? body[each] : null),
  );
  if (name !== undefined) {
    throw differs(
      "prepared.body",
      "the record isn't what you asked for",
      "记录与您所要求的不一致",
      `/body/${name}`,
    );
  }
}

/**
 * What she asked for is what she is shown; only what her draft left open may have been filled in.
 * @param {{ [name: string]: unknown }} asked @param {{ [name: string]: unknown }} shown
 */
function verifyBody(asked, shown) {
  const kept = Object.keys(asked).filter((name) => !PLANNED_MEMBERS.has(name));
  // A member that she left null may be left out.
  const altered = kept.find(
    (name) => !isSameJson(asked[name], Object.hasOwn(shown, name) ? shown[name] : null),
  );
  const added = Object.keys(shown).find(
    (name) => !Object.hasOwn(asked, name) && !FILLED_IN_MEMBERS.has(name),
  );
  const name = altered ?? added;
  if (name !== undefined) {
    throw differs(
      "prepared.body",
      "the record isn't what you wrote",
      "记录与您所写的不一致",
      `/body/${name}`,
    );
  }
}

/**
 * @param {any} record @param {import("./kinds.js").Kind} kind @param {number} issuedAt @param {string} commitment
 * @param {unknown} entries
 */
function buildAuthorships(record, kind, issuedAt, commitment, entries) {
  const { windows } = record.body;
  const ofWindows = Array.isArray(windows) ? windows.length : 0;
  const count = kind.carriesClaims ? ofWindows : 1;
  if (!Array.isArray(entries)) throw incomplete("/entries");
  if (count < 1 || count > MAX_WINDOWS || entries.length !== count) {
    throw differs(
      "prepared.window",
      `${entries.length} signatures are asked for ${count} windows`,
      `${count} 个使用时段却要求 ${entries.length} 个签名`,
      "/entries",
    );
  }
  const terms = refuseMalformed(
    "prepared.window",
    "NOT signed: the record doesn't say what its entries must state",
    "未签署：记录未按规定写明条目内容",
    () => buildEntryTerms(record, kind),
  );
  return terms.map((each) => ({
    institution: record.issuer,
    kind: kind.number,
    record: commitment,
    ...each,
    signedAt: issuedAt,
  }));
}

/**
 * @param {any} entry @param {number} window @param {import("./authorship.js").Authorship} act
 * @param {import("./profile.js").Profile} profile
 */
function verifyTypedData(entry, window, act, profile) {
  const where = `/entries/${window}`;
  if (entry?.window !== window) {
    throw differs(
      "prepared.window",
      `entry ${window} is for another window`,
      `第 ${window} 项属于另一时段`,
      where,
    );
  }
  const [stated, ours] = [entry.typed_data, /** @type {any} */ (typedData(act, profile.domain))];
  if (typeof stated !== "object" || stated === null) throw incomplete(`${where}/typed_data`);
  if (!isSameText(stated.domain, ours.domain)) {
    throw differs(
      "profile.other_chain",
      "this is to be signed for another chain or contract than your profile's",
      "要求签署的链或合约与您的配置不符",
      `${where}/typed_data/domain`,
    );
  }
  const part = ["message", "types", "primaryType"].find((name) => !isSameText(stated[name], ours[name]));
  if (part !== undefined) {
    throw differs(
      "prepared.typed_data",
      `what is to be signed for window ${window} isn't that of the fields shown`,
      `时段 ${window} 的待签内容与所展示字段不符`,
      `${where}/typed_data/${part}`,
    );
  }
}

/** @param {unknown} left @param {unknown} right */
function isSameJson(left, right) {
  return asMalformed("what you wrote", "您所写的内容", () => canonicalText(left) === canonicalText(right));
}

/**
 * Compare, with numbers and hex in one form: 1 and "1", or two cases of an address, are the same.
 * @param {any} stated @param {any} ours
 * @returns {boolean}
 */
function isSameText(stated, ours) {
  if (typeof ours !== "object")
    return typeof stated !== "object" && String(stated).toLowerCase() === String(ours).toLowerCase();
  if (typeof stated !== "object" || stated === null || Array.isArray(stated) !== Array.isArray(ours))
    return false;
  const names = Object.keys(ours);
  return (
    Object.keys(stated).length === names.length &&
    names.every((name) => Object.hasOwn(stated, name) && isSameText(stated[name], ours[name]))
  );
}

/** @param {any} answer @param {string} name */
function bytesAt(answer, name) {
  const text = answer?.[name];
  if (typeof text !== "string" || !/^(?:0x)?[0-9a-fA-F]{64}$/.test(text)) throw incomplete(`/${name}`);
  return Uint8Array.from(text.slice(-64).match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}

/** @template T @param {string} en @param {string} zh @param {() => T} act @returns {T} */
function asMalformed(en, zh, act) {
  return refuseMalformed(
    "prepared.malformed",
    `NOT signed: ${en} is malformed`,
    `未签署：${zh}格式错误`,
    act,
  );
}

/** @param {string} where */
function incomplete(where) {
  return new SigningRefused(
    "prepared.malformed",
    "NOT signed: the answer lacks a usable member; is this a gateway of this version?",
    "未签署：应答中缺少可用的成员；网关是否为本版本？",
    where,
  );
}

/** @param {string} code @param {string} en @param {string} zh @param {string} where */
function differs(code, en, zh, where) {
  return new SigningRefused(
    code,
    `NOT signed: ${en}. You are asked to sign something other than what is shown; report this`,
    `未签署：${zh}。要求签署的内容与所展示的不一致；请上报`,
    where,
  );
}

/** @template T @param {T} value @returns {T} */
function deepFreeze(value) {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
