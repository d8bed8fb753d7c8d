/** The protocol's worked numbers, the published EIP-712 form of a signature, and a bundle of the verification core. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 as keccak } from "@noble/hashes/sha3.js";
import { sha256 } from "@noble/hashes/sha2.js";

import {
  addressOfKey, buildTerms, holdersHash, parseUtcTime, signDigest, signingDigest, toHex,
} from "../../ledger_api/desk/static/signing/authorship.js";
import { canonicalText, parseJson } from "../../ledger_api/desk/static/signing/canonical.js";
import { buildCommitment, merkleRoot } from "../../ledger_api/desk/static/signing/commitment.js";
import { bytes, readJson } from "./support.mjs";

const worked = readJson("tests/vectors/worked_numbers.json");
const numbers = worked["record and commitment"];
const author = worked["entry and author"];
const record = /** @type {any} */ (parseJson(numbers["canonical bytes"]));
const DOMAIN = { chainId: 20261, register: "0x5fbdb2315678afecb367f032d93f642f64180aa3" };
const DOCTOR_KEY = bytes("01".padStart(64, "0"));

/** Who signed, by public key recovery. */
function signerOf(digest, signature) {
  const recovered = Uint8Array.from([signature[64] - 27, ...signature.subarray(0, 64)]);
  const key = secp256k1.recoverPublicKey(recovered, digest, { prehash: false });
  return toHex(keccak(secp256k1.Point.fromBytes(key).toBytes(false).subarray(1)).subarray(12));
}

test("canonical bytes, pointers, leaves, root and commitment", () => {
  assert.equal(canonicalText(record), numbers["canonical bytes"]);
  const { fields, leaves, commitment } = buildCommitment(record, bytes(numbers["record key"]));
  assert.deepEqual(fields.map(({ pointer }) => pointer), numbers.pointers);
  assert.equal(leaves.length, numbers.leaves);
  assert.equal(toHex(leaves[0]), numbers["leaf 0"]);
  assert.equal(toHex(leaves[1]), numbers["leaf 1"]);
  assert.equal(toHex(merkleRoot(leaves)), numbers.root);
  assert.equal(toHex(commitment), numbers.commitment);
});

test("holders, window, digest, signature and author", () => {
  const [terms] = buildTerms(record.body);
  assert.equal(holdersHash(record.body.holders), author["holders hash"]);
  assert.deepEqual(terms, {
    claimCount: 1, notBefore: author["not before"], notAfter: author["not after"], terms: author["holders hash"],
  });
  const signedAt = parseUtcTime(record.issued_at, "");
  assert.equal(signedAt, author["signed at"]);
  const digest = signingDigest({ institution: 1, kind: 1, record: numbers.commitment, ...terms, signedAt }, DOMAIN);
  assert.equal(toHex(digest), author["Authorship digest"]);
  const signature = signDigest(digest, DOCTOR_KEY);
  assert.equal(toHex(signature), author.signature);
  assert.equal(toHex(keccak(signature)), author.author);
  assert.equal(addressOfKey(DOCTOR_KEY), author.signer);
  assert.equal(signerOf(digest, signature), author.signer);
});

test("the published EIP-712 example is signed with the published bytes", () => {
  const mail = readJson("tests/vectors/published.json").eip712_mail;
  const key = keccak(new TextEncoder().encode(mail.private_key_of));
  assert.equal(toHex(signDigest(bytes(mail.digest), key)), `0x${mail.signature}`);
});

test("a bundle of the verification core: its leaves, commitment, digest and signer", () => {
  const bundle = readJson("tests/vectors/bundles/valid.json");
  const leaves = bundle.disclosure.leaves.map(bytes);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(leaves.length);
  assert.equal(toHex(sha256(Buffer.concat([Buffer.from("RxLedger commitment v1\0"), size, merkleRoot(leaves)]))), bundle.commitment);
  const { entry, authorship, anchor } = bundle;
  const act = {
    institution: authorship.institution, kind: entry.kind, record: entry.record, claimCount: entry.claim_count,
    notBefore: entry.not_before, notAfter: entry.not_after, terms: entry.terms, signedAt: authorship.signed_at,
  };
  const digest = signingDigest(act, { chainId: anchor.chain_id, register: anchor.claim_register });
  assert.equal(signerOf(digest, bytes(authorship.signature)), authorship.signer);
  assert.equal(toHex(keccak(bytes(authorship.signature))), entry.author);
});

for (const text of [
  "2026-11-22T24:00:00Z", "2026-02-30T00:00:00Z", "2026-11-22T01:00:60Z", "1969-12-31T23:59:59Z", "2026-11-22T01:00:00+00:00",
  "2026-11-22 01:00:00Z", "2026-11-22T01:00:00.000Z", 0, null,
]) {
  test(`${text} isn't a signed time`, () => assert.throws(() => parseUtcTime(text, "/issued_at")));
}
