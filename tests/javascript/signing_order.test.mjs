/** What a form asks to have signed: its fields as a request, and back to this site alone. */
import assert from "node:assert/strict";
import test from "node:test";

import { buildRequest, isOwnPath, refill } from "../../ledger_api/desk/static/signing_order.js";

test("names nest, numbers make lists, types are read, and what is empty is left out", () => {
  const request = buildRequest([
    { name: "prescription.institution", value: "1", type: "int" },
    { name: "prescription.id", value: " 6f0b " },
    { name: "note", value: "  " },
    { name: "lines.0.fund_minor", value: "2000", type: "int" },
    { name: "lines.0.reason", value: "" },
    { name: "lines.2.fund_minor", value: "-5", type: "int" },
    { name: "codes", value: "a\r\n\n b \n", type: "lines" },
    { name: "product", value: '{"code":"x"}', type: "json" },
    { name: "reasons", value: "dose", isList: true },
    { name: "reasons", value: "other", isList: true },
  ]);
  assert.deepEqual(request, {
    prescription: { institution: 1, id: "6f0b" }, lines: [{ fund_minor: 2000 }, { fund_minor: -5 }], codes: ["a", "b"],
    product: { code: "x" }, reasons: ["dose", "other"],
  });
});

test("what isn't a whole number is sent as it was typed, so that the gateway names the field", () => {
  assert.deepEqual(buildRequest([{ name: "price", value: "1.5", type: "int" }]), { price: "1.5" });
});

test("a name can't reach what every object has", () => {
  const request = buildRequest([{ name: "__proto__.polluted", value: "1" }]);
  assert.equal({}.polluted, undefined);
  assert.deepEqual(Object.keys(request), ["__proto__"]);
});

for (const [path, isOwn] of [
  ["/desk", true], ["/desk/reviews?status=final", true], ["/desk#x", true], ["//other.example", false], ["https://other.example", false],
  ["javascript:alert(1)", false], ["/desktop", false], ["/v1/keys", false], [null, false],
]) {
  test(`${path} is ${isOwn ? "" : "not "}where one can go back to`, () => assert.equal(isOwnPath(path), isOwn));
}

test("money is typed in units and sent in minor units, exactly", () => {
  for (const [typed, sent] of [["12.60", 1260], ["12.6", 1260], ["0.07", 7], ["19.99", 1999], ["8", 800], ["1.005", "1.005"], ["-1", "-1"]]) {
    assert.deepEqual(buildRequest([{ name: "fund_minor", value: String(typed), type: "minor" }]), { fund_minor: sent });
  }
});

test("what was typed comes back: by name, in order, and nothing into what is hidden", () => {
  const field = (name, type, value = "") => ({ name, type, value, checked: false });
  const elements = [
    field("decision", "hidden", "rejected"), field("reasons", "checkbox", "dose"), { ...field("reasons", "checkbox", "other"), checked: true },
    field("opinion", "textarea"), field("lines.0.note", "text"), field("untouched", "text", "as it was"), field("code", "text"), field("code", "text"),
  ];
  refill(elements, [
    { name: "decision", value: "approved" }, { name: "reasons", value: "dose" }, { name: "opinion", value: "𠀀 too much" },
    { name: "lines.0.note", value: "" }, { name: "code", value: "a" }, { name: "code", value: "b" },
  ]);
  assert.deepEqual(elements.map(({ value }) => value), ["rejected", "dose", "other", "𠀀 too much", "", "as it was", "a", "b"]);
  assert.deepEqual(elements.slice(1, 3).map(({ checked }) => checked), [true, false]);
});

test("a choice that isn't offered any more isn't made again", () => {
  const offered = ["1", "2"];
  let chosen = "1";
  const choice = {
    name: "answer_by", type: "select-one",
    get value() { return chosen; },
    set value(wanted) { chosen = offered.includes(wanted) ? wanted : ""; },
  };
  refill([choice], [{ name: "answer_by", value: "2" }]);
  assert.equal(chosen, "2");
  refill([choice], [{ name: "answer_by", value: "gone" }]);
  assert.equal(chosen, "2");
});
