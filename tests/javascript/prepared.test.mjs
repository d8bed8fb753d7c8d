/** The page signs what it shows and nothing else: each difference is refused, by its code. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { parseUtcTime } from "../../ledger_api/desk/static/signing/authorship.js";
import { checkPrepared, sign } from "../../ledger_api/desk/static/signing/prepared.js";
import { submissionKey } from "../../ledger_api/desk/static/signing/unlock.js";
import { SIGNING_KEY, assertRefused, buildReply, bytes, clone, exampleRecord, profileOf } from "./support.mjs";

const profile = profileOf();
const record = exampleRecord();
const now = parseUtcTime(record.issued_at, "");
const honest = buildReply(record, profile);

/** The honest answer with one place changed. */
function altered(path, value) {
  const reply = clone(honest);
  const names = path.slice(1).split("/");
  const last = names.pop();
  const parent = names.reduce((node, name) => node[name], reply);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return reply;
}

/** An answer about another record, in itself consistent: what a hostile gateway would make. */
function ofRecord(change) {
  const other = clone(record);
  change(other);
  return buildReply(other, profile);
}

test("an honest answer is checked and signed, once per window", () => {
  const checked = checkPrepared(JSON.stringify(honest), profile, { now, askedBody: record.body });
  const signatures = sign(checked, bytes(SIGNING_KEY));
  assert.equal(signatures.length, record.body.windows.length);
  assert.match(signatures[0], /^0x[0-9a-f]{128}1[bc]$/);
  assert.equal(submissionKey(checked), `submit-${honest.commitment.slice(2)}`);
});

test("what was checked can't be changed, and nothing else can be signed", () => {
  const checked = checkPrepared(honest, profile, { now });
  assert.throws(() => { checked.record.body.patient.name = "李四"; }, TypeError);
  assert.throws(() => { checked.authorships[0].notAfter = 1; }, TypeError);
  assert.throws(() => { checked.fields.push({}); }, TypeError);
  assert.throws(() => sign({ ...checked }, bytes(SIGNING_KEY)), TypeError);
});

test("the answer can be changed after it was checked, to no effect", () => {
  const reply = clone(honest);
  const checked = checkPrepared(reply, profile, { now });
  reply.record.body.patient.name = "李四";
  assert.equal(checked.record.body.patient.name, record.body.patient.name);
});

test("another key than the enrolled one doesn't sign", async () => {
  const checked = checkPrepared(honest, profile, { now });
  await assertRefused(() => sign(checked, bytes("22".repeat(32))), "keyfile.foreign");
});

for (const [path, value, code] of [
  ["/record", undefined, "prepared.malformed"],
  ["/record", [], "prepared.malformed"],
  ["/record/id", "7F2C1E0A-58D1-4C0B-9F53-0C6F2F0F6A11", "prepared.malformed"],
  ["/record/issued_at", "2026-11-22T24:00:00Z", "prepared.malformed"],
  ["/record/issuer", "1", "prepared.malformed"],
  ["/record/issuer", 2 ** 21, "prepared.malformed"],
  ["/record/body", [], "prepared.malformed"],
  ["/record/extra", 1, "prepared.malformed"],
  ["/record/body/lines/0/days", 0.5, "prepared.malformed"],
  ["/record/body/lines/0/days", 2 ** 53, "prepared.malformed"],
  ["/record/body/note", "\ud800", "prepared.malformed"],
  ["/record_key", undefined, "prepared.malformed"],
  ["/record_key", "0x00", "prepared.malformed"],
  ["/commitment", "0x00", "prepared.malformed"],
  ["/preparation_id", 7, "prepared.malformed"],
  ["/entries", undefined, "prepared.malformed"],
  ["/entries/0/typed_data", undefined, "prepared.malformed"],
  ["/record/schema", "rx.dispensing/1", "prepared.frame"],
  ["/record/issuer", 2, "prepared.frame"],
  ["/record/body/patient/name", "李四", "prepared.commitment"],
  ["/record/body/lines/0/dose/value", "50", "prepared.commitment"],
  ["/record/body/windows/0/not_after", "2027-11-24T15:59:59Z", "prepared.commitment"],
  ["/record/id", "7f2c1e0a-58d1-4c0b-9f53-0c6f2f0f6a12", "prepared.commitment"],
  ["/record_key", `0x${"00".repeat(32)}`, "prepared.commitment"],
  ["/commitment", `0x${"00".repeat(32)}`, "prepared.commitment"],
  ["/entries", [], "prepared.window"],
  ["/entries/0/window", 1, "prepared.window"],
  ["/entries/0/typed_data/domain/chainId", 1, "profile.other_chain"],
  ["/entries/0/typed_data/domain/verifyingContract", `0x${"09".repeat(20)}`, "profile.other_chain"],
  ["/entries/0/typed_data/domain/name", "Other", "profile.other_chain"],
  ["/entries/0/typed_data/domain/salt", "0x00", "profile.other_chain"],
  ["/entries/0/typed_data/primaryType", "Presentation", "prepared.typed_data"],
  ["/entries/0/typed_data/types/Authorship", [], "prepared.typed_data"],
  ["/entries/0/typed_data/message/extra", 1, "prepared.typed_data"],
  ["/entries/0/typed_data/message/institution", 2, "prepared.typed_data"],
  ["/entries/0/typed_data/message/kind", 2, "prepared.typed_data"],
  ["/entries/0/typed_data/message/record", `0x${"00".repeat(32)}`, "prepared.typed_data"],
  ["/entries/0/typed_data/message/claimCount", 64, "prepared.typed_data"],
  ["/entries/0/typed_data/message/notBefore", 0, "prepared.typed_data"],
  ["/entries/0/typed_data/message/notAfter", now + 10 ** 8, "prepared.typed_data"],
  ["/entries/0/typed_data/message/terms", `0x${"05".repeat(32)}`, "prepared.typed_data"],
  ["/entries/0/typed_data/message/signedAt", now + 1, "prepared.typed_data"],
]) {
  test(`${path} as ${JSON.stringify(value)}: ${code}`, async () => {
    await assertRefused(() => checkPrepared(altered(path, value), profile, { now }), code, ["王小明", "李四"]);
  });
}

for (const [what, text] of [["nothing", ""], ["a page", "<!doctype html>"], ["a list", "[]"], ["null", "null"],
  ["a member twice", JSON.stringify(honest).replace('"record_key"', '"commitment":"0x00","record_key"')],
  ["a float where an integer was", JSON.stringify(honest).replace('"issuer":1,', '"issuer":1.0,')]]) {
  test(`${what} is no answer: prepared.malformed`, async () => {
    await assertRefused(() => checkPrepared(text, profile, { now }), "prepared.malformed");
  });
}

for (const [what, change] of Object.entries({
  "another drug": (body) => { body.lines[0].name = "另一种药"; },
  "an added note": (body) => { body.note = "追加"; },
  "a line less": (body) => { body.lines.pop(); },
  "another prescriber": (body) => { body.prescriber.name = "另一位"; },
  "a member left out": (body) => { delete body.supply_reason; },
  "a number as true": (body) => { body.lines[0].number = true; },
})) {
  test(`a record with ${what} isn't what she wrote: prepared.body`, async () => {
    const reply = ofRecord((other) => change(other.body));
    checkPrepared(reply, profile, { now });
    await assertRefused(() => checkPrepared(reply, profile, { now, askedBody: record.body }), "prepared.body", ["另一"]);
  });
}

test("what a draft leaves open may be filled in, and its plan of windows needn't come back", () => {
  const { prescriber, claims, windows, holders, ...draft } = record.body;
  checkPrepared(honest, profile, { now, askedBody: { ...draft, validity_days: 3, repeats: { count: 2 } } });
});

for (const [what, change] of Object.entries({
  "no windows": (body) => { body.windows = []; },
  "17 windows": (body) => { body.windows = Array.from({ length: 17 }, () => body.windows[0]); },
  "a window that ends before it begins": (body) => { body.windows[0].not_after = "2026-11-21T00:00:00Z"; },
  "a window of another form": (body) => { body.windows[0].not_after = "tomorrow"; },
  "no claims": (body) => { body.claims = []; },
  "65 claims": (body) => { body.claims = Array.from({ length: 65 }, (_, ordinal) => ({ ...body.claims[0], ordinal })); },
  "claims out of order": (body) => { body.claims.reverse(); },
  "claims that are an object": (body) => { body.claims = { 0: body.claims[0] }; },
  "a holder too few": (body) => { body.holders = [`0x${"05".repeat(20)}`]; },
  "a holder in upper case": (body) => { body.holders = body.claims.map(() => `0x${"AB".repeat(20)}`); },
})) {
  test(`a record with ${what}: prepared.window`, async () => {
    const other = clone(record);
    change(other.body);
    const reply = buildReply(record, profile);
    const { commitment } = await import("../../ledger_api/desk/static/signing/commitment.js")
      .then(({ buildCommitment }) => buildCommitment(other, bytes(reply.record_key)));
    Object.assign(reply, { record: other, commitment: `0x${Buffer.from(commitment).toString("hex")}` });
    await assertRefused(() => checkPrepared(reply, profile, { now }), "prepared.window");
  });
}

test("a signature more than there are windows isn't given: prepared.window", async () => {
  const reply = clone(honest);
  reply.entries.push({ ...reply.entries[0], window: reply.entries.length });
  await assertRefused(() => checkPrepared(reply, profile, { now }), "prepared.window");
});

test("the domain comes from the profile, not from the answer", async () => {
  const theirs = buildReply(record, profileOf({ claim_register: `0x${"66".repeat(20)}` }));
  await assertRefused(() => checkPrepared(theirs, profile, { now }), "profile.other_chain");
});

for (const seconds of [-301, 301, 86_400, NaN]) {
  test(`a signed time ${seconds} s from this clock: prepared.time`, async () => {
    await assertRefused(() => checkPrepared(honest, profile, { now: now + seconds }), "prepared.time");
  });
}

test("a signed time within five minutes of this clock is taken", () => {
  for (const seconds of [-300, 0.9, 300]) checkPrepared(honest, profile, { now: now + seconds });
});

test("a number may stand as text in typed data, and an address in either case", () => {
  const upper = altered("/entries/0/typed_data/domain/verifyingContract", profile.domain.register.toUpperCase().replace("0X", "0x"));
  upper.entries[0].typed_data.message.signedAt = String(now);
  checkPrepared(upper, profile, { now });
});
