/** The desk's own scripts, as far as they decide something: what an answer means, whose files these are, what a row is. */
import assert from "node:assert/strict";
import test from "node:test";

import { readPair, verifyOwn } from "../../ledger_api/desk/static/chosen_files.js";
import { ask, keyAfter, readRefusal, stageOf } from "../../ledger_api/desk/static/gateway.js";
import { readKey } from "../../ledger_api/desk/static/kept_key.js";
import { nameOfField, numberOfNewRow, readIdCard } from "../../ledger_api/desk/static/row_fields.js";
import { isDrug } from "../../ledger_api/desk/static/shown_record.js";
import { PROFILE, readText } from "./support.mjs";

const KEYFILE = JSON.stringify({
  version: 3,
  address: PROFILE.signer.slice(2),
  crypto: {
    cipher: "aes-128-ctr", cipherparams: { iv: "00".repeat(16) }, ciphertext: "00".repeat(32), mac: "00".repeat(32),
    kdf: "scrypt", kdfparams: { dklen: 32, n: 2, r: 8, p: 1, salt: "00".repeat(32) },
  },
});
const OWN = { institution: 1, username: "dr-li", signer: PROFILE.signer.toLowerCase() };
const problem = (code) => JSON.stringify({ code, title: "", title_zh: "", detail: "", detail_zh: "", errors: [] });
const fileOf = (text) => ({ size: text.length, text: async () => text });
const answering = (status, text, headers = {}) => async () => new Response(text, { status, headers });

test("an accepted answer keeps its exact text, and says whether it was given before", async () => {
  const text = '{"a": 1.0}';
  const first = await ask("POST", "/x", { body: {}, key: "k" }, answering(201, text));
  assert.deepEqual(first, { kind: "done", status: 201, text, replayed: false });
  const again = await ask("POST", "/x", {}, answering(201, text, { "Idempotency-Replayed": "true" }));
  assert.equal(again.replayed, true);
});

test("what is sent is JSON under its key, to this site alone", async () => {
  const seen = [];
  await ask("POST", "/x", { body: { a: 1 }, key: "k" }, async (path, options) => {
    seen.push({ path, ...options });
    return new Response("{}");
  });
  assert.equal(seen[0].body, '{"a":1}');
  assert.equal(seen[0].headers["Idempotency-Key"], "k");
  assert.equal(seen[0].credentials, "same-origin");
  assert.equal(seen[0].redirect, "error");
});

test("a line that is down, or a proxy without its gateway, is unreachable and no refusal", async () => {
  const down = await ask("GET", "/x", {}, async () => { throw new TypeError("Failed to fetch"); });
  assert.deepEqual(down, { kind: "unreachable" });
  assert.deepEqual(readRefusal(502, "<html>Bad Gateway</html>"), { kind: "unreachable" });
  assert.deepEqual(readRefusal(500, '"text"'), { kind: "unreachable" });
});

test("a session that is over is told apart from a wrong password", () => {
  assert.deepEqual(readRefusal(401, problem("not-signed-in")), { kind: "signed_out" });
  assert.equal(readRefusal(401, problem("credentials-wrong")).kind, "refused");
});

test("each refusal leads to its stage", () => {
  const stages = Object.fromEntries([
    "stale-signed-time", "preparation-not-found", "draft-signed", "preparation-used", "draft-not-found",
    "signer-not-entitled",
  ].map((code) => [code, stageOf(readRefusal(409, problem(code)))]));
  assert.deepEqual(stages, {
    "stale-signed-time": "expired",
    "preparation-not-found": "expired",
    "draft-signed": "draft-signed",
    "preparation-used": "draft-signed",
    "draft-not-found": "draft-gone",
    "signer-not-entitled": "problem",
  });
});

test("keyfile and profile are told apart by what they hold, in whatever order", async () => {
  const [profile, keyfile] = [JSON.stringify(PROFILE), KEYFILE];
  const expected = { profileText: profile, keyfileText: keyfile };
  assert.deepEqual(await readPair([fileOf(profile), fileOf(keyfile)]), expected);
  assert.deepEqual(await readPair([fileOf(keyfile), fileOf(profile)]), expected);
});

test("one file, two of a kind, three, a huge one or two others are no pair", async () => {
  const [profile, keyfile] = [fileOf(JSON.stringify(PROFILE)), fileOf(KEYFILE)];
  const huge = { size: 100_000_000, text: async () => assert.fail("a huge file is not read") };
  for (const files of [[], [keyfile], [profile, profile], [keyfile, keyfile], [keyfile, profile, profile],
    [huge, profile], [fileOf("{}"), fileOf("[]")]]) {
    await assert.rejects(readPair(files), { code: "files.pair" });
  }
});

test("a damaged file is named beside the one that can be read", async () => {
  await assert.rejects(readPair([fileOf(JSON.stringify(PROFILE)), fileOf("{}")]), { code: "keyfile.malformed" });
  await assert.rejects(readPair([fileOf("{}"), fileOf(KEYFILE)]), { code: "profile.malformed" });
});

test("only the files of the doctor who is signed in, with her registered key, are taken", () => {
  const pair = { profileText: JSON.stringify(PROFILE), keyfileText: KEYFILE };
  verifyOwn(pair, OWN);
  assert.throws(() => verifyOwn(pair, { ...OWN, username: "dr-chen" }), { code: "profile.foreign" });
  assert.throws(() => verifyOwn(pair, { ...OWN, institution: 2 }), { code: "profile.foreign" });
  assert.throws(() => verifyOwn(pair, { ...OWN, signer: `0x${"11".repeat(20)}` }), { code: "keyfile.foreign" });
  const other = KEYFILE.replace(PROFILE.signer.slice(2), "22".repeat(20));
  assert.throws(() => verifyOwn({ ...pair, keyfileText: other }, OWN), { code: "keyfile.foreign" });
});

test("what the browser keeps counts only for the registered key", async () => {
  const kept = { profile: { signer: OWN.signer }, keyfile: {}, keptAt: 0 };
  const person = { institution: "1", username: "dr-li", signer: OWN.signer };
  assert.deepEqual(await readKey(person, async () => kept), { state: "ready", kept });
  assert.deepEqual(await readKey({ ...person, signer: "0x00" }, async () => kept), { state: "foreign" });
  assert.deepEqual(await readKey(person, async () => null), { state: "absent" });
  assert.deepEqual(await readKey(person, async () => { throw new Error("no storage"); }), { state: "absent" });
});

test("a new row's number is above all others, also after one was taken out", () => {
  assert.equal(numberOfNewRow("lines", []), 0);
  assert.equal(numberOfNewRow("lines", ["lines/0/name", "lines/7/days", "diagnoses/9/code"]), 8);
});

test("an identity number says birth date and sex (GB 11643), and a wrong one nothing", () => {
  assert.deepEqual(readIdCard("990000199003070128"), { birth_date: "1990-03-07", sex: "female" });
  assert.deepEqual(readIdCard("99000019900307011X"), { birth_date: "1990-03-07", sex: "male" });
  for (const wrong of ["", "99000019900230011X", "99000019901307011X", "9900001990030701", "护照"]) {
    assert.equal(readIdCard(wrong), null);
  }
});

test("a fault's field has the name that people know it by; one without a name keeps its pointer", () => {
  const names = { "lines/*/days": "Drug {0} · days", "patient/birth_date": "Born" };
  assert.equal(nameOfField("/lines/2/days", names), "Drug 3 · days");
  assert.equal(nameOfField("/patient/birth_date", names), "Born");
  assert.equal(nameOfField("/lines/2/unknown", names), "/lines/2/unknown");
});

test("a section of one drug is known by the fields that it shows", () => {
  const section = (pointer) => ({ heading: "", pointers: [], rows: [{ label: "", value: "", pointers: [pointer] }] });
  assert.equal(isDrug(section("/body/lines/0/name")), true);
  assert.equal(isDrug(section("/body/patient/name")), false);
});

test("the field of the PIN has no name, so that no form can ever send it", () => {
  const page = readText("ledger_api/desk/templates/desk/sign.html");
  const [field, ...others] = page.match(/<input[^>]*>/g);
  assert.equal(others.length, 0);
  assert.match(field, /type="password" autocomplete="off"/);
  assert.doesNotMatch(field, /\bname=/);
  assert.doesNotMatch(page.match(/<form[^>]*id="pin-form"[^>]*>/)[0], /action|method/);
});

test("what the gateway refused is asked for under a new key; what may not have arrived, under the same", () => {
  const refused = readRefusal(404, JSON.stringify({ code: "preparation-not-found" }));
  assert.equal(refused.kind, "refused");
  for (const answer of [refused, { kind: "done", status: 201, text: "{}", replayed: false }]) {
    assert.notEqual(keyAfter(/** @type {any} */ (answer), "key-1"), "key-1");
  }
  for (const kind of ["unreachable", "signed_out"]) assert.equal(keyAfter(/** @type {any} */ ({ kind }), "key-1"), "key-1");
});
