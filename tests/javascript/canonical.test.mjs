/** Strict JSON and its canonical form, against the published vectors (RFC 8785, RFC 6901). */
import assert from "node:assert/strict";
import { test } from "node:test";

import { canonicalText, parseJson } from "../../ledger_api/desk/static/signing/canonical.js";
import { listFields } from "../../ledger_api/desk/static/signing/fields.js";
import { Malformed } from "../../ledger_api/desk/static/signing/refusal.js";
import { bytes, readJson, utf8 } from "./support.mjs";

const published = readJson("tests/vectors/published.json");
const nested = (depth) => "[".repeat(depth) + "]".repeat(depth);

test("the canonical form is that of RFC 8785", () => {
  for (const { input, canonical, order } of published.jcs.cases) {
    const text = canonicalText(parseJson(input));
    if (canonical) assert.deepEqual(utf8(text), bytes(canonical));
    const places = (order ?? []).map((value) => text.indexOf(JSON.stringify(value)));
    assert.deepEqual(places, [...places].sort((left, right) => left - right));
  }
});

test("fields are named as RFC 6901 names them", () => {
  const { document, values } = published.json_pointer;
  const fields = new Map(listFields(document).map(({ pointer, value }) => [pointer, value]));
  for (const [pointer, value] of Object.entries(values)) assert.equal(fields.get(pointer), value);
});

test("pointers ascend by their UTF-8 bytes, where UTF-16 would order them otherwise", () => {
  const names = ["\u{10000}", "\uffff", "\ue000", "z", "aa", "a", "a~b", "a/b"];
  const pointers = listFields(Object.fromEntries(names.map((name) => [name, 1]))).map(({ pointer }) => pointer);
  assert.deepEqual(pointers, [...pointers].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right))));
  assert.deepEqual(pointers.slice(-3), ["/\ue000", "/\uffff", "/\u{10000}"]);
});

test("an array is its length and its elements, an empty container is itself, an object is its members", () => {
  const fields = listFields({ a: [], b: {}, c: [7, [true]], d: { e: null } });
  assert.deepEqual(fields, [
    { pointer: "/a", value: [] }, { pointer: "/b", value: {} }, { pointer: "/c", value: 2 }, { pointer: "/c/0", value: 7 },
    { pointer: "/c/1", value: 1 }, { pointer: "/c/1/0", value: true }, { pointer: "/d/e", value: null },
  ]);
});

for (const [what, text] of Object.entries({
  "a float": "1.0", "an exponent": "1e3", "minus zero": "-0", "2^53": "9007199254740992", "-2^53": "-9007199254740992",
  "a long number": "1".repeat(400), "a leading zero": "01", "a bare minus": "-", NaN: "NaN", infinity: "-Infinity",
  "a name twice": '{"a":1,"\\u0061":2}', "__proto__ twice": '{"__proto__":1,"__proto__":2}',
  "a lone surrogate": '"\\ud800"', "a lone surrogate in a name": '{"\\udc00":1}', "a control character": '"\u0001"',
  "33 levels": nested(33), "a comma too many": "[1,]", "a member too few": '{"a":1,}', "two documents": "1 2", nothing: "",
  "a byte-order mark": "\ufeff1", "an open string": '"a', "an open array": "[1", "single quotes": "'a'", "a comment": "1//",
  "an odd space": "\u00a01", undefined: "undefined",
})) {
  test(`${what} is refused`, () => assert.throws(() => parseJson(text), Malformed));
}

test("bytes that aren't UTF-8, and documents over the bound, are refused", () => {
  assert.throws(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22)), Malformed);
  assert.throws(() => parseJson(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)), Malformed);
  assert.throws(() => parseJson(`"${"盒".repeat(4)}"`, { maxBytes: 13 }), Malformed);
  assert.equal(parseJson(`"${"盒".repeat(4)}"`, { maxBytes: 14 }), "盒盒盒盒");
});

test("what is within the bounds is taken", () => {
  assert.equal(canonicalText(parseJson(nested(32))), nested(32));
  assert.equal(parseJson("-9007199254740991"), -9007199254740991);
  assert.deepEqual(Object.keys(/** @type {any} */ (parseJson('{"__proto__":{"a":1}}'))), ["__proto__"]);
});

test("values that JSON hasn't got, or that protocol 1 refuses, have no canonical form", () => {
  for (const value of [0.5, -0, NaN, 2 ** 53, "\ud800", undefined, 1n, () => 0, [[undefined]]]) {
    assert.throws(() => canonicalText(value), Malformed);
  }
});

test("more than 4,096 fields are refused", () => {
  const record = (count) => ({ a: Array.from({ length: count - 1 }, () => 0) });
  assert.equal(listFields(record(4096)).length, 4096);
  assert.throws(() => listFields(record(4097)), Malformed);
});
