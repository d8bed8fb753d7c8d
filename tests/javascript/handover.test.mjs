/** Hand-over codes and what their keys sign: the protocol's numbers, one spelling, and no claim that wasn't handed over. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOfKey, parseUtcTime } from "../../ledger_api/desk/static/signing/authorship.js";
import { toHex } from "../../ledger_api/desk/static/signing/encoding.js";
import {
  buildPartCode, buildWholeCode, deriveHolderKey, holderAddresses, makeSeed, parseHandoverCode, tidyCode,
} from "../../ledger_api/desk/static/signing/handover.js";
import { checkPrepared } from "../../ledger_api/desk/static/signing/prepared.js";
import {
  PRESENTATION_SECONDS, READING_SECONDS, claimKey, presentationDigest, readingName, signReadings, signUse,
} from "../../ledger_api/desk/static/signing/presentation.js";
import { parseUse, useHash } from "../../ledger_api/desk/static/signing/use.js";
import { BODIES, USE, recordOf } from "./records.mjs";
import { assertRefused, buildReply, bytes, clone, profileOf, readJson } from "./support.mjs";

const worked = readJson("tests/vectors/worked_numbers.json");
const numbers = worked["holders and hand-over codes"];
const exchange = worked["reading presentations and peer requests"];
const author = worked["entry and author"];
const DOMAIN = { chainId: 20261, register: "0x5fbdb2315678afecb367f032d93f642f64180aa3" };
const SEED = bytes(numbers["code seed"]);
const WHOLE = numbers["whole code"];
const PART = numbers["code of claim 1"];

test("keys, addresses and codes are the protocol's", () => {
  assert.equal(toHex(deriveHolderKey(SEED, 1)), numbers["key of claim 1"]);
  assert.deepEqual(holderAddresses(SEED, 2), [numbers["address of claim 0"], numbers["address of claim 1"]]);
  const code = parseHandoverCode(WHOLE);
  assert.deepEqual([code.institution, code.window, code.ordinals], [1, 0, null]);
  assert.equal(buildWholeCode(code.institution, code.recordId, code.window, SEED), WHOLE);
  assert.equal(buildPartCode(code, [1]), PART);
  assert.equal(toHex(parseHandoverCode(PART).keyFor(1)), numbers["key of claim 1"]);
});

test("a part of a part hands on no more than it has", async () => {
  const code = parseHandoverCode(buildPartCode(parseHandoverCode(WHOLE), [2, 0, 2]));
  assert.deepEqual(code.ordinals, [0, 2]);
  assert.deepEqual(parseHandoverCode(buildPartCode(code, [2])).ordinals, [2]);
  await assertRefused(() => code.keyFor(1), "handover.other_claim");
  await assertRefused(() => buildPartCode(code, [0, 1]), "handover.other_claim");
  await assertRefused(() => parseHandoverCode(WHOLE).keyFor(64), "handover.other_claim");
});

for (const text of [
  "", WHOLE.toLowerCase(), `${WHOLE} `, `${WHOLE}0`, WHOLE.slice(0, -1), WHOLE.replace(":1:", ":01:"), WHOLE.replace(":1:", ":2097152:"),
  WHOLE.replace(":0:", ":65536:"), WHOLE.replace("RXH1", "RXH2"), WHOLE.replace("RXH1", "RXP1"), PART.replace("RXP1", "RXH1"),
  PART.replace(":1-", ":64-"), PART.replace(":1-", ":01-"), `${PART}:0-${"AB".repeat(32)}`, `${PART}:1-${"AB".repeat(32)}`,
  PART.slice(0, -64) + "0".repeat(64), PART.slice(0, -64) + "F".repeat(64), `${WHOLE}\n`,
]) {
  test(`${JSON.stringify(text.slice(0, 60))}... of ${text.length} is no hand-over code`, async () => {
    await assertRefused(() => parseHandoverCode(text), "handover.malformed", [numbers["key of claim 1"].slice(2).toUpperCase()]);
  });
}

for (const [how, typed] of [
  ["in small letters", WHOLE.toLowerCase()],
  ["wrapped, as it is copied from paper", ` ${WHOLE.slice(0, 50)}\r\n${WHOLE.slice(50, 70)} ${WHOLE.slice(70)}\n`],
  ["in full width, as a Chinese keyboard types", WHOLE.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0))],
]) {
  test(`a code typed ${how} is the code`, () => assert.equal(tidyCode(typed), WHOLE));
}

test("seeds are random", () => assert.notDeepEqual(makeSeed(), makeSeed()));

test("a reading is the protocol's: named by what the code says, for one reader", () => {
  const code = parseHandoverCode(WHOLE);
  assert.equal(readingName(code, 0), exchange["reading name of ordinal 0"]);
  const now = worked["claims and use"]["time of use"] + 300 - READING_SECONDS;
  const [reading] = signReadings(code, 2, DOMAIN, now + 0.5);
  assert.deepEqual(reading, {
    ordinal: 0, restore_count: 0, deadline: now + READING_SECONDS, signature: exchange["reading presentation"],
  });
  const part = parseHandoverCode(buildPartCode(code, [1, 3]));
  assert.deepEqual(signReadings(part, 0, DOMAIN, now).map(({ ordinal }) => ordinal), [1, 3]);
});

test("a claim's key and its presentation are the protocol's", () => {
  const { "pack token": token, "use hash": use, into, "Presentation digest": digest } = worked["claims and use"];
  const claim = claimKey(1, worked["record and commitment"].commitment, author["not before"], 0);
  assert.equal(claim, worked["claims and use"]["claim key of ordinal 0"]);
  const stated = { kind: 1, spender: 2, payer: 3, claims: [{ claim, restore_count: 0 }], packs: [{ token, total_units: 28, units_used: 28 }] };
  assert.equal(useHash(parseUse(stated)), use);
  const deadline = worked["claims and use"]["time of use"] + 300;
  assert.equal(toHex(presentationDigest({ claim, restoreCount: 0, spender: 2, useHash: use, into, deadline }, DOMAIN)), digest);
});

/** A dispensing of claims 0 and 2 of one prescription, with the code that hands them over. */
function dispensing(change = (_body) => {}) {
  const body = clone(BODIES["rx.dispensing/1"]);
  const [reference] = body.prescriptions;
  const notBefore = parseUtcTime(reference.not_before, "");
  const keys = reference.claims.map(({ ordinal }) => claimKey(reference.institution, reference.commitment, notBefore, ordinal));
  body.use = { ...USE, claims: [...keys].sort().map((claim, index) => ({ claim, restore_count: index })) };
  change(body);
  const profile = profileOf();
  const checked = checkPrepared(buildReply(recordOf("rx.dispensing/1", body), profile), profile, {
    now: parseUtcTime("2026-11-22T01:00:00Z", ""), schema: "rx.dispensing/1",
  });
  const code = parseHandoverCode(buildWholeCode(reference.institution, reference.id, reference.window, SEED));
  return { checked, code, keys };
}

test("each claim of a dispensing is handed over for just this use, into just this record", () => {
  const { checked, code, keys } = dispensing();
  const signed = signUse(checked, [code], 1_000_000.9);
  assert.deepEqual(signed.map(({ claim }) => claim), keys);
  for (const { deadline, signature } of signed) {
    assert.equal(deadline, 1_000_000 + PRESENTATION_SECONDS);
    assert.match(signature, /^0x[0-9a-f]{128}1[bc]$/);
  }
  assert.equal(addressOfKey(code.keyFor(0)), holderAddresses(SEED, 1)[0]);
});

test("a prescription without a code is its hospital's own, and nothing is signed for it", () => {
  const { checked } = dispensing();
  assert.deepEqual(signUse(checked, [parseHandoverCode(WHOLE)], 0), []);
});

test("a code in part hands over its claims, or the signing stops", async () => {
  const { checked, code } = dispensing();
  assert.equal(signUse(checked, [parseHandoverCode(buildPartCode(code, [0, 2]))], 0).length, 2);
  await assertRefused(() => signUse(checked, [parseHandoverCode(buildPartCode(code, [0]))], 0), "handover.other_claim");
});

for (const [what, change] of Object.entries({
  "another claim in its use": (body) => { body.use.claims[1].claim = `0x${"f".repeat(64)}`; },
  "a claim more in its use": (body) => { body.use.claims.push({ claim: `0x${"f".repeat(64)}`, restore_count: 0 }); },
  "a claim less in its use": (body) => { body.use.claims.pop(); },
  "a claim named twice": (body) => { body.prescriptions[0].claims.push({ ...body.prescriptions[0].claims[0] }); },
  "another prescription": (body) => { body.prescriptions[0].commitment = `0x${"c".repeat(64)}`; },
  "another window": (body) => { body.prescriptions[0].not_before = "2026-11-22T01:00:01Z"; },
  "no commitment": (body) => { delete body.prescriptions[0].commitment; },
  "an ordinal of a wrong form": (body) => { body.prescriptions[0].claims[0].ordinal = "0"; },
  "no prescriptions": (body) => { body.prescriptions = []; },
})) {
  test(`a dispensing with ${what} gets no presentation: dispensing.claims`, async () => {
    const { checked, code } = dispensing(change);
    await assertRefused(() => signUse(checked, [code], 0), "dispensing.claims");
  });
}
