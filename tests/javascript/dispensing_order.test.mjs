/** What was put together at the counter, as the request that is signed. */
import assert from "node:assert/strict";
import test from "node:test";

import { buildDispensing, findLinesWithoutPack, readPrice } from "../../ledger_api/desk/static/dispensing_order.js";

const place = { institution: 1, id: "6f0b6a52-5c0f-4f0e-9f57-0d2a3c6f1b11", window: 0 };
const pack = { code: "83012345678901234567", line: 1, units: "", total: "", unit: "" };

test("lines of which nothing is taken have neither price nor packs", () => {
  const request = buildDispensing({
    place,
    lines: [{ line: 1, ordinals: [2, 0], price: "12.5" }, { line: 2, ordinals: [], price: "" }],
    packs: [pack, { ...pack, code: "other", line: 2 }],
    payer: " 301 ",
    flags: [],
  });
  assert.deepEqual(request, {
    prescriptions: [{ ...place, ordinals: [0, 2] }],
    packs: [{ code: pack.code, line: { prescription: 0, line: 1 } }],
    prices: [{ prescription: 0, line: 1, unit_price_minor: 1250 }],
    payer: 301,
  });
});

test("units, totals and flags are sent where they were given; without a payer nobody pays", () => {
  const request = buildDispensing({
    place,
    lines: [{ line: 1, ordinals: [0], price: "0" }],
    packs: [{ ...pack, units: "7", total: "28", unit: " 片 " }],
    payer: "",
    flags: ["pack.unknown"],
  });
  assert.deepEqual(request.packs, [
    { code: pack.code, line: { prescription: 0, line: 1 }, units_used: 7, total_units: 28, unit: "片" },
  ]);
  assert.equal(request.payer, 0);
  assert.deepEqual(request.override_flags, ["pack.unknown"]);
});

test("a line of which something is taken and no pack is named is found; one that stays isn't", () => {
  const lines = [{ line: 1, ordinals: [0] }, { line: 2, ordinals: [1, 2] }, { line: 3, ordinals: [] }];
  assert.deepEqual(findLinesWithoutPack(lines, [pack]), [2]);
  assert.deepEqual(findLinesWithoutPack(lines, [pack, { ...pack, line: 2 }]), []);
  assert.deepEqual(findLinesWithoutPack(lines, []), [1, 2]);
});

for (const [text, fen] of [
  ["12", 1200], ["12.5", 1250], [" 0.05 ", 5], ["12345678.99", 1234567899], ["", null], ["1.234", null], ["-1", null], ["1e3", null],
  ["１２", null], ["123456789", null], [".5", null],
]) {
  test(`${JSON.stringify(text)} yuan are ${fen} fen`, () => assert.equal(readPrice(text), fen));
}
