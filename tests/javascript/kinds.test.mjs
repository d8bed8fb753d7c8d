/** Records of every kind: recomputed, shown whole, and refused where what is asked for isn't what is shown. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { parseUtcTime } from "../../ledger_api/desk/static/signing/authorship.js";
import { KINDS } from "../../ledger_api/desk/static/signing/kinds.js";
import { checkPrepared, sign } from "../../ledger_api/desk/static/signing/prepared.js";
import { parseUse, useHash } from "../../ledger_api/desk/static/signing/use.js";
import { unshown, viewOf } from "../../ledger_api/desk/static/signing/view.js";
import { WORDS } from "../../ledger_api/desk/static/signing/words.js";
import { BODIES, USE, recordOf } from "./records.mjs";
import { SIGNING_KEY, assertRefused, buildReply, bytes, clone, exampleRecord, profileOf, readJson } from "./support.mjs";

const profile = profileOf();
const now = parseUtcTime("2026-11-22T01:00:00Z", "");
const check = (schema, body, asked = {}) =>
  checkPrepared(buildReply(recordOf(schema, body), profile), profile, { now, schema, ...asked });

for (const schema of Object.keys(BODIES)) {
  test(`${schema} is checked, signed once, and its entry says ${KINDS[schema].mustUse ? "its use" : "nothing more"}`, () => {
    const checked = check(schema);
    const [act] = checked.authorships;
    assert.deepEqual([act.kind, act.claimCount, act.notBefore, act.notAfter], [KINDS[schema].number, 0, 0, 0]);
    assert.equal(act.terms, KINDS[schema].mustUse ? useHash(parseUse(USE)) : `0x${"0".repeat(64)}`);
    assert.equal(sign(checked, bytes(SIGNING_KEY)).length, 1);
  });

  for (const lang of ["en", "zh"]) {
    test(`nothing of ${schema} is left out of its view, in ${lang}`, () => {
      const checked = check(schema);
      const { sections, kind } = viewOf(checked, lang);
      const shown = sections.flatMap(({ pointers, rows }) => [...pointers, ...rows.flatMap((row) => row.pointers)]);
      assert.deepEqual(unshown(checked), []);
      assert.deepEqual([...shown].sort(), checked.fields.map(({ pointer }) => pointer).sort());
      const text = sections.flatMap(({ rows }) => rows.map(({ value }) => value)).join("\n");
      for (const { pointer, value } of checked.fields)
        if (typeof value === "string") assert.ok(text.includes(value), pointer);
      assert.equal(kind, KINDS[schema].word[lang === "en" ? 0 : 1]);
    });
  }
}

test("windows, claims, prescriptions and charges are counted from 1, as on all pages", () => {
  const rowsOf = (schema, heading) => viewOf(check(schema), "en").sections.find((each) => each.heading === heading)
    .rows.map(({ label, value }) => `${label}: ${value}`);
  const prescription = rowsOf("rx.dispensing/1", "Prescription 1 / 1");
  assert.ok(prescription.includes("window: 1"));
  assert.ok(prescription.includes("claims (2): number 1, of line 1, quantity 1 盒; number 3, of line 2, quantity 1 盒"));
  assert.ok(rowsOf("rx.dispensing/1", "Pack 1 / 2").includes("for prescription: 1"));
  assert.ok(rowsOf("rx.dispensing/1", "Charge 1 / 1").includes("of prescription: 1"));
  assert.ok(rowsOf("rx.settlement/1", "Line 1 / 1").includes("charge: 1"));
  assert.deepEqual(rowsOf("rx.void/1", "Claims taken back"), ["claims: 1, 3"]);
});

test("a record of another kind than she asked for is refused", async () => {
  const reply = buildReply(recordOf("rx.void/1"), profile);
  await assertRefused(() => checkPrepared(reply, profile, { now, schema: "rx.restore/1" }), "prepared.frame");
  await assertRefused(() => checkPrepared(reply, profile, { now }), "prepared.frame");
  await assertRefused(() => checkPrepared(reply, profile, { now, schema: "rx.void/2" }), "prepared.frame");
});

test("a member that isn't as she asked for is refused", async () => {
  check("rx.review/1", BODIES["rx.review/1"], { expect: { decision: "rejected", note: null } });
  await assertRefused(() => check("rx.review/1", BODIES["rx.review/1"], { expect: { decision: "approved" } }), "prepared.body");
  await assertRefused(() => check("rx.void/1", BODIES["rx.void/1"], { expect: { note: null } }), "prepared.body");
});

test("more signatures than one for a record without windows aren't given", async () => {
  const reply = buildReply(recordOf("rx.review/1"), profile);
  reply.entries.push({ ...reply.entries[0], window: 1 });
  await assertRefused(() => checkPrepared(reply, profile, { now, schema: "rx.review/1" }), "prepared.window");
});

for (const [what, change] of Object.entries({
  "no use": (body) => { delete body.use; },
  "another spender": (body) => { body.use.spender = 2; },
  "another kind": (body) => { body.use.kind = 2; },
  "an invoice's kind": (body) => { body.use.kind = 10; },
  "no claims": (body) => { body.use.claims = []; },
  "claims turned": (body) => { body.use.claims.reverse(); },
  "a claim twice": (body) => { body.use.claims[1] = body.use.claims[0]; },
  "a claim in capitals": (body) => { body.use.claims[1].claim = `0x${"B".repeat(64)}`; },
  "units over the total": (body) => { body.use.packs[0].units_used = 29; },
  "no units": (body) => { body.use.packs[0].units_used = 0; },
  "65 packs": (body) => { body.use.packs = Array.from({ length: 65 }, () => body.use.packs[0]); },
  "a member too many": (body) => { body.use.note = ""; },
  "a payer as text": (body) => { body.use.payer = "301"; },
  "a restore count over 14 bits": (body) => { body.use.claims[0].restore_count = 16384; },
  "a list as use": (body) => { body.use = []; },
})) {
  test(`a dispensing with ${what} isn't signed: prepared.window`, async () => {
    const honest = buildReply(recordOf("rx.dispensing/1"), profile);
    const record = recordOf("rx.dispensing/1", clone(BODIES["rx.dispensing/1"]));
    change(record.body);
    const { buildCommitment } = await import("../../ledger_api/desk/static/signing/commitment.js");
    const { commitment } = buildCommitment(record, bytes(honest.record_key));
    const reply = { ...honest, record, commitment: `0x${Buffer.from(commitment).toString("hex")}` };
    await assertRefused(() => checkPrepared(reply, profile, { now, schema: "rx.dispensing/1" }), "prepared.window");
  });
}

test("records of other kinds state no use, and a settlement may use an invoice", async () => {
  await assertRefused(() => check("rx.review/1", { ...BODIES["rx.review/1"] }, { expect: { use: USE } }), "prepared.body");
  const invoice = { ...USE, kind: 10, payer: 0, packs: [] };
  const [act] = check("rx.settlement/1", { ...BODIES["rx.settlement/1"], use: invoice }).authorships;
  assert.equal(act.terms, useHash(parseUse(invoice)));
  const honest = buildReply(recordOf("rx.review/1"), profile);
  const record = recordOf("rx.review/1", { ...BODIES["rx.review/1"], use: USE });
  const { buildCommitment } = await import("../../ledger_api/desk/static/signing/commitment.js");
  const { commitment } = buildCommitment(record, bytes(honest.record_key));
  const reply = { ...honest, record, commitment: `0x${Buffer.from(commitment).toString("hex")}` };
  await assertRefused(() => checkPrepared(reply, profile, { now, schema: "rx.review/1" }), "prepared.window");
});

test("a prescription names the addresses that were made here, and no others", async () => {
  const addresses = Array.from({ length: 64 }, (_, index) => `0x${(index + 1).toString(16).padStart(40, "0")}`);
  const record = exampleRecord();
  const count = record.body.claims.length;
  const at = { now: parseUtcTime(record.issued_at, "") };
  record.body.holders = addresses.slice(0, count);
  const named = buildReply(record, profile);
  checkPrepared(named, profile, { ...at, holders: addresses });
  await assertRefused(() => checkPrepared(named, profile, { ...at, holders: addresses.toReversed() }), "prepared.holders");
  const { holders, ...draft } = record.body;
  await assertRefused(() => checkPrepared(named, profile, { ...at, askedBody: draft }), "prepared.holders");
  record.body.holders = [];
  const unnamed = buildReply(record, profile);
  checkPrepared(unnamed, profile, { ...at, askedBody: draft });
  await assertRefused(() => checkPrepared(unnamed, profile, { ...at, holders: addresses }), "prepared.holders");
});

const codesAt = (schema, pointer) => {
  const document = readJson(`docs/schemas/rx.${schema}-1.schema.json`);
  const found = pointer.split("/").reduce((node, name) => node[name], document.properties);
  return found.enum ?? found.items?.enum ?? found.anyOf?.find((each) => each.items)?.items.enum;
};

test("every reason and decision of the schemas has a word", () => {
  for (const [schema, member, list] of [
    ["review", "decision", "decision"], ["review", "reasons", "review_reason"], ["void", "reason", "void_reason"],
    ["restore", "reason", "restore_reason"], ["refusal", "reason", "refusal_reason"], ["lot", "event", "event"],
  ]) {
    const codes = codesAt(schema, member);
    assert.ok(codes?.length > 1, `${schema} ${member}`);
    for (const code of codes) assert.ok(WORDS[list][code], `${list} ${code}`);
    if (list !== "decision") assert.deepEqual(Object.keys(WORDS[list]).sort(), [...codes].sort());
  }
});
