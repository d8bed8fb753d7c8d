/** Shared by the tests of the signing code: vectors, a whole prescription, and an honest gateway's answer to `prepare`. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { buildEntryTerms, parseUtcTime, toHex, typedData } from "../../ledger_api/desk/static/signing/authorship.js";
import { buildCommitment } from "../../ledger_api/desk/static/signing/commitment.js";
import { KINDS } from "../../ledger_api/desk/static/signing/kinds.js";
import { parseProfile } from "../../ledger_api/desk/static/signing/profile.js";

const ROOT = new URL("../../", import.meta.url);
const hashWasm = createRequire(import.meta.url)("hash-wasm");

export const readText = (path) => readFileSync(new URL(path, ROOT), "utf8");
export const readJson = (path) => JSON.parse(readText(path));
export const bytes = (hex) => Uint8Array.from(Buffer.from(hex.replace(/^0x/, ""), "hex"));
export const utf8 = (text) => new TextEncoder().encode(text);
export const clone = (value) => JSON.parse(JSON.stringify(value));

export const SIGNING_KEY = "11".repeat(32);
export const RECORD_KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
export const PROFILE = {
  format: "rxledger.profile/1",
  gateway: "https://gateway.example",
  institution: 1,
  institution_name: "Example City First Hospital",
  institution_name_zh: "示例市第一医院",
  username: "dr-li",
  signer: "0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A",
  keyfile: "key.json",
  chain_id: 20261,
  genesis_hash: `0x${"ab".repeat(32)}`,
  directory: `0x${"01".repeat(20)}`,
  checkpoint_log: `0x${"02".repeat(20)}`,
  claim_register: `0x${"03".repeat(20)}`,
};

/** What the worker does in a browser: the same package, in the test's own thread. */
export const deriveScrypt = (pin, { salt, n, r, p }) => hashWasm.scrypt({
  password: pin, salt, costFactor: n, blockSize: r, parallelism: p, hashLength: 32, outputType: "binary",
});

export const profileOf = (changes = {}) => parseProfile(JSON.stringify({ ...PROFILE, ...changes }));

/** A whole prescription: the record of the documentation's example bundle, all of whose fields are disclosed. */
export function exampleRecord() {
  const { pointers, fields } = readJson("docs/examples/prescription.bundle.json").disclosure;
  const record = {};
  for (const { index, value } of fields) {
    const path = pointers[index - 1].slice(1).split("/");
    const last = path.pop();
    const parent = path.reduce((node, name) => (node[name] ??= {}), record);
    // A pointer with others below it is an array; it comes before them, and so does every array before its elements.
    parent[last] = pointers.some((other) => other.startsWith(`${pointers[index - 1]}/`)) ? [] : value;
  }
  return record;
}

/** What an honest gateway answers; a hostile one too, of a record that it altered. */
export function buildReply(record, profile) {
  const { commitment } = buildCommitment(record, RECORD_KEY);
  const signedAt = parseUtcTime(record.issued_at, "");
  const kind = KINDS[record.schema] ?? KINDS["rx.prescription/1"];
  const entries = buildEntryTerms(record, kind).map((terms, window) => {
    const act = { institution: record.issuer, kind: kind.number, record: toHex(commitment), ...terms, signedAt };
    return { window, typed_data: typedData(act, profile.domain) };
  });
  return clone({
    preparation_id: "p-1", record, record_key: toHex(RECORD_KEY), commitment: toHex(commitment), entries, expires_at: signedAt + 900,
  });
}

/** That `act` is refused under this code, with a message in each language that holds none of `secrets`. */
export async function assertRefused(act, code, secrets = []) {
  await assert.rejects(async () => act(), (refusal) => {
    assert.equal(refusal.code, code, refusal.stack);
    assert.match(refusal.en, /^[\x20-\x7e]+$/);
    assert.match(refusal.zh, /\p{Script=Han}/u);
    for (const secret of secrets) assert.ok(!`${refusal.message}${refusal.zh}`.includes(secret));
    return true;
  });
}
