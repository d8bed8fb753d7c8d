/** Keyfiles and profiles: what opens, what is refused, and under which code. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { parseUtcTime } from "../../ledger_api/desk/static/signing/authorship.js";
import { openKeyfile, parseKeyfile, verifySigner } from "../../ledger_api/desk/static/signing/keyfile.js";
import { checkPrepared, sign } from "../../ledger_api/desk/static/signing/prepared.js";
import { parseProfile } from "../../ledger_api/desk/static/signing/profile.js";
import { signWithPin } from "../../ledger_api/desk/static/signing/unlock.js";
import {
  PROFILE, SIGNING_KEY, assertRefused, buildReply, bytes, clone, deriveScrypt, exampleRecord, profileOf, readJson, readText, utf8,
} from "./support.mjs";

const PIN = "示例 PIN 2468";
const published = readJson("tests/javascript/published_keyfiles.json");
const light = readJson("tests/javascript/keyfiles/scrypt_light.json");
const never = () => assert.fail("nothing may be derived");

for (const kdf of ["pbkdf2", "scrypt"]) {
  test(`the published ${kdf} keyfile opens to the published key`, async () => {
    const profile = profileOf({ signer: `0x${published.address}` });
    const key = await openKeyfile(parseKeyfile(JSON.stringify(published[kdf])), utf8("testpassword"), profile, deriveScrypt);
    assert.deepEqual(key, bytes(published.private_key));
  });
}

for (const name of ["scrypt_standard", "scrypt_light", "pbkdf2"]) {
  test(`a keyfile as eth-account writes it opens: ${name}`, async () => {
    const keyfile = parseKeyfile(readText(`tests/javascript/keyfiles/${name}.json`));
    assert.deepEqual(await openKeyfile(keyfile, utf8(PIN), profileOf(), deriveScrypt), bytes(SIGNING_KEY));
  });
}

test("a wrong PIN is told from everything else, and doesn't stand in the message", async () => {
  for (const pin of ["2468", "", "示例 PIN 2468 "]) {
    await assertRefused(
      () => openKeyfile(parseKeyfile(JSON.stringify(light)), utf8(pin), profileOf(), deriveScrypt), "keyfile.wrong_pin",
      pin ? [pin] : [],
    );
  }
});

test("a damaged ciphertext or MAC doesn't open", async () => {
  for (const name of ["ciphertext", "mac"]) {
    const file = clone(light);
    file.crypto[name] = (file.crypto[name][0] === "0" ? "1" : "0") + file.crypto[name].slice(1);
    await assertRefused(
      () => openKeyfile(parseKeyfile(JSON.stringify(file)), utf8(PIN), profileOf(), deriveScrypt), "keyfile.wrong_pin",
    );
  }
});

test("another person's keyfile is refused before anything is derived", async () => {
  const profile = profileOf({ signer: `0x${"77".repeat(20)}` });
  const keyfile = parseKeyfile(JSON.stringify(light));
  await assertRefused(() => verifySigner(keyfile, profile), "keyfile.foreign");
  await assertRefused(() => openKeyfile(keyfile, utf8(PIN), profile, never), "keyfile.foreign");
});

test("a keyfile that states the signer's address over another key is refused", async () => {
  const file = { ...clone(light), address: "77".repeat(20) };
  await assertRefused(
    () => openKeyfile(parseKeyfile(JSON.stringify(file)), utf8(PIN), profileOf({ signer: `0x${file.address}` }), deriveScrypt),
    "keyfile.foreign",
  );
});

test("PIN and derived key are zeroed, opened or not", async () => {
  for (const text of [PIN, "wrong"]) {
    const pin = utf8(text);
    let derived = new Uint8Array();
    const opening = openKeyfile(parseKeyfile(JSON.stringify(light)), pin, profileOf(), async (...asked) => {
      derived = await deriveScrypt(...asked);
      return derived;
    });
    await opening.catch(() => {});
    assert.ok(derived.length === 32 && derived.every((byte) => byte === 0));
    assert.ok(pin.every((byte) => byte === 0));
  }
});

test("signing by PIN gives the key's signatures and what is submitted, step by step", async () => {
  const record = exampleRecord();
  const checked = checkPrepared(buildReply(record, profileOf()), profileOf(), { now: parseUtcTime(record.issued_at, "") });
  const stages = [];
  const sent = await signWithPin(checked, parseKeyfile(JSON.stringify(light)), PIN, (stage) => stages.push(stage), deriveScrypt);
  assert.deepEqual(sent, { preparation_id: "p-1", signatures: sign(checked, bytes(SIGNING_KEY)) });
  assert.deepEqual(stages, ["deriving", "signing"]);
});

test("the private key is zeroed after signing, and where it turns out to be another's", async (context) => {
  const zeroed = [];
  const fill = Uint8Array.prototype.fill;
  context.mock.method(Uint8Array.prototype, "fill", function record(value, ...range) {
    if (value === 0) zeroed.push(Buffer.from(this).toString("hex"));
    return fill.call(this, value, ...range);
  });
  const record = exampleRecord();
  const checked = checkPrepared(buildReply(record, profileOf()), profileOf(), { now: parseUtcTime(record.issued_at, "") });
  await signWithPin(checked, parseKeyfile(JSON.stringify(light)), PIN, () => {}, deriveScrypt);
  assert.ok(zeroed.includes(SIGNING_KEY));
  zeroed.length = 0;
  const keyfile = { ...parseKeyfile(JSON.stringify(light)), address: `0x${"77".repeat(20)}` };
  await assertRefused(() => openKeyfile(keyfile, utf8(PIN), profileOf({ signer: keyfile.address }), deriveScrypt), "keyfile.foreign");
  assert.ok(zeroed.includes(SIGNING_KEY));
});

const set = (path, value) => (file) => {
  const names = path.split("/");
  const last = names.pop();
  names.reduce((node, name) => node[name], file)[last] = value;
};
for (const [what, change] of Object.entries({
  "version 1": set("version", 1), "version as text": set("version", "3"), "no address": set("address", undefined),
  "a short address": set("address", "00"), "no crypto": set("crypto", null), "another cipher": set("crypto/cipher", "aes-128-cbc"),
  "no parameters of the cipher": set("crypto/cipherparams", undefined), "a short iv": set("crypto/cipherparams/iv", "00"),
  "a long ciphertext": set("crypto/ciphertext", "00".repeat(33)), "a MAC that isn't hex": set("crypto/mac", "zz".repeat(32)),
  "another derivation": set("crypto/kdf", "argon2"), "no parameters": set("crypto/kdfparams", undefined),
  "a salt of 7 bytes": set("crypto/kdfparams/salt", "00".repeat(7)), "a salt of 65 bytes": set("crypto/kdfparams/salt", "00".repeat(65)),
  "half a byte of salt": set("crypto/kdfparams/salt", "0".repeat(33)), "another key length": set("crypto/kdfparams/dklen", 64),
  "a cost of 2^23": set("crypto/kdfparams/n", 2 ** 23), "a cost times block size of 2^23": set("crypto/kdfparams/r", 2 ** 11),
  "a cost that is no power of two": set("crypto/kdfparams/n", 262_143), "a cost of 1": set("crypto/kdfparams/n", 1),
  "no cost": set("crypto/kdfparams/n", undefined), "a cost of true": set("crypto/kdfparams/n", true),
  "a parallelism of 17": set("crypto/kdfparams/p", 17), "a parallelism of 0": set("crypto/kdfparams/p", 0),
  "a block size of 65": set("crypto/kdfparams/r", 65), "a cost of 2^19 with block size 16": (file) => {
    Object.assign(file.crypto.kdfparams, { n: 2 ** 19, r: 16 });
  },
  "too many rounds": (file) => Object.assign(file.crypto, { kdf: "pbkdf2", kdfparams: { c: 10_000_001, dklen: 32, prf: "hmac-sha256", salt: "00".repeat(16) } }),
  "rounds of another hash": (file) => Object.assign(file.crypto, { kdf: "pbkdf2", kdfparams: { c: 1, dklen: 32, prf: "hmac-sha1", salt: "00".repeat(16) } }),
})) {
  test(`a keyfile with ${what}: keyfile.malformed`, async () => {
    const file = clone(light);
    change(file);
    await assertRefused(() => parseKeyfile(JSON.stringify(file)), "keyfile.malformed");
  });
}

for (const text of ["", "null", "[]", "7", "PK\u0003\u0004", '{"version":3,"version":3}', `"${"0".repeat(20_000)}"`]) {
  test(`${JSON.stringify(text.slice(0, 30))} is no keyfile: keyfile.malformed`, async () => {
    await assertRefused(() => parseKeyfile(text), "keyfile.malformed");
  });
}

test("a profile says who signs, and for which chain", () => {
  assert.deepEqual(parseProfile(JSON.stringify(PROFILE)), {
    institution: 1, institutionName: { en: "Example City First Hospital", zh: "示例市第一医院" }, username: "dr-li",
    signer: PROFILE.signer.toLowerCase(), domain: { chainId: 20261, register: PROFILE.claim_register },
  });
});

for (const [what, value] of Object.entries({
  "another format": { ...PROFILE, format: "rxledger.trust/1" }, "no register": { ...PROFILE, claim_register: undefined },
  "a member more": { ...PROFILE, private_key: "" }, "a chain of 0": { ...PROFILE, chain_id: 0 }, "a chain as text": { ...PROFILE, chain_id: "1" },
  "an address too short": { ...PROFILE, signer: "0x00" }, "an institution of 2^32": { ...PROFILE, institution: 2 ** 32 },
  "a gateway that isn't a web address": { ...PROFILE, gateway: "javascript:1" }, "null": null, "a list": [],
})) {
  test(`a profile with ${what}: profile.malformed`, async () => {
    await assertRefused(() => parseProfile(JSON.stringify(value)), "profile.malformed");
  });
}
