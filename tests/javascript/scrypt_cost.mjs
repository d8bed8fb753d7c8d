/**
 * What a keyfile's standard cost (N = 2^18, r = 8, p = 1) takes in plain JavaScript and in WebAssembly (ADR 0012).
 *
 * Usage: node tests/javascript/scrypt_cost.mjs
 */
import { scrypt } from "@noble/hashes/scrypt.js";

import { deriveScrypt } from "./support.mjs";

const pin = new TextEncoder().encode("PIN 2468");
const salt = new Uint8Array(16);
const WAYS = {
  "@noble/hashes, JavaScript": async () => scrypt(pin, salt, { N: 2 ** 18, r: 8, p: 1, dkLen: 32 }),
  "hash-wasm, WebAssembly": () => deriveScrypt(pin, { kdf: "scrypt", salt, n: 2 ** 18, r: 8, p: 1 }),
};

for (const [name, derive] of Object.entries(WAYS)) {
  const times = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const began = performance.now();
    await derive();
    times.push(Math.round(performance.now() - began));
  }
  console.log(`${name}: ${times.join(", ")} ms`);
}
