/** What is shown before signing: everything that is signed, once, in both languages. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { parseUtcTime } from "../../ledger_api/desk/static/signing/authorship.js";
import { checkPrepared } from "../../ledger_api/desk/static/signing/prepared.js";
import { unshown, viewOf, visible } from "../../ledger_api/desk/static/signing/view.js";
import { WORDS } from "../../ledger_api/desk/static/signing/words.js";
import { buildReply, clone, exampleRecord, profileOf, readJson } from "./support.mjs";

function check(change = (_body) => {}) {
  const record = exampleRecord();
  change(record.body);
  return checkPrepared(buildReply(record, profileOf()), profileOf(), { now: parseUtcTime(record.issued_at, "") });
}

const shownBy = (view) => view.sections.flatMap(({ pointers, rows }) => [...pointers, ...rows.flatMap((row) => row.pointers)]);
const textOf = (view) => view.sections.flatMap(({ heading, rows }) => [heading, ...rows.map(({ label, value }) => `${label}: ${value}`)]);

const BODIES = {
  "an ordinary prescription": () => {},
  "holders, controlled drugs and notes": (body) => {
    body.holders = body.claims.map(() => `0x${"05".repeat(20)}`);
    body.note = "饭后服用";
    Object.assign(body.lines[0], { note: "掰开服用", control: { class: "narcotic", form: "injection", indication: "severe_pain" } });
  },
  "members that nobody knows": (body) => {
    body.surprise = { "a/b": [null, true, {}, []], "~": "\u202e" };
    body.lines[0].surprise = 1;
    body.windows[0].surprise = [1];
  },
  "members of another form": (body) => {
    body.patient.name = { first: "王" };
    body.type = null;
    body.diagnoses = { code: "I10" };
    body.lines = 7;
    body.claims[0].quantity = [];
    body.patient.sex = true;
  },
  "arrays in place of lines": (body) => { body.lines = [[1, 2], "x", {}, []]; },
};

for (const [what, change] of Object.entries(BODIES)) {
  for (const lang of ["en", "zh"]) {
    test(`shown and unshown together are all fields, each once: ${what}, ${lang}`, () => {
      const checked = check(change);
      const all = checked.fields.map(({ pointer }) => pointer);
      const shown = shownBy(viewOf(checked, /** @type {any} */ (lang)));
      assert.equal(new Set(shown).size, shown.length, "a field is shown twice");
      const rest = unshown(checked).map(({ pointer }) => pointer);
      const expected = all.filter((pointer) => !shown.includes(pointer));
      assert.deepEqual(rest, expected.map(visible));
      assert.deepEqual([...shown, ...expected].sort(), [...all].sort());
    });
  }
}

test("of an ordinary prescription nothing is left over", () => {
  assert.deepEqual(unshown(check()), []);
  assert.deepEqual(unshown(check(BODIES["holders, controlled drugs and notes"])), []);
});

test("every value of the record stands in the view", () => {
  const checked = check(BODIES["holders, controlled drugs and notes"]);
  for (const lang of ["en", "zh"]) {
    const text = textOf(viewOf(checked, /** @type {any} */ (lang))).join("\n");
    for (const { pointer, value } of checked.fields) {
      if (typeof value === "string" || typeof value === "number") assert.ok(text.includes(String(value)), pointer);
    }
  }
});

test("codes have words beside them, in the reader's language", () => {
  const [en, zh] = [textOf(viewOf(check(), "en")), textOf(viewOf(check(), "zh"))];
  assert.ok(en.includes("frequency: once a day (QD)") && zh.includes("频次: 每日一次 (QD)"));
  assert.ok(en.includes("route: by mouth (口服)") && zh.includes("给药途径: 口服"));
  assert.ok(zh.includes("处方类别: 普通处方 (ordinary)"));
});

test("every code of the schema has a word", () => {
  const { properties, $defs } = readJson("docs/schemas/rx.prescription-1.schema.json");
  const lists = {
    type: properties.type, sex: $defs.Patient.properties.sex, item_type: $defs.Line.properties.item_type,
    class: $defs.Control.properties.class, form: $defs.Control.properties.form, indication: $defs.Control.properties.indication,
    reason: $defs.SupplyReason.properties.code,
  };
  for (const [list, { enum: codes }] of Object.entries(lists)) assert.deepEqual(Object.keys(WORDS[list]).sort(), [...codes].sort());
});

test("what can't be seen is spelled out, in values and in names", () => {
  const checked = check((body) => { body.patient.name = "王\u202e小\u200b明\u0000"; body["a\u2066"] = "b\u{e0001}"; });
  assert.ok(textOf(viewOf(checked, "zh")).includes("姓名: 王<U+202E>小<U+200B>明<U+0000>"));
  assert.deepEqual(unshown(checked), [{ pointer: "/body/a<U+2066>", value: '"b<U+E0001>"' }]);
});

test("what a font leaves out is spelled out as well: joiners, fillers, variation selectors, tags", () => {
  const unseen = ["\u00ad", "\u034f", "\u115f", "\u17b4", "\u180b", "\u180f", "\u2065", "\u2800", "\u3164", "\ufdd0", "\ufe00", "\ufe0f", "\uffa0", "\ufff0", "\uffff", "\u{1d173}", "\u{1fffe}", "\u{e0020}", "\u{e0100}", "\u{e01ef}"];
  for (const each of unseen) {
    const name = `王${each}小明`;
    const shown = `王<U+${each.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>小明`;
    assert.equal(visible(name), shown);
  }
  assert.equal(visible("王小明 αβ é אב 5 µg"), "王小明 αβ é אב 5 µg");
});

test("a value that looks like a name of JavaScript's has no words, and is shown as it is", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    const checked = check((body) => { body.type = name; body.lines[0].frequency = name; });
    assert.ok(textOf(viewOf(checked, "en")).includes(`kind: ${name}`));
  }
});

test("what the signatures are bound to is shown: windows, commitment, chain, register, key", () => {
  const checked = check();
  const values = viewOf(checked, "en").signed.map(({ value }) => value).join("\n");
  for (const value of [checked.commitment, "20261", profileOf().domain.register, profileOf().signer]) assert.ok(values.includes(value));
  assert.match(values, /2026-11-22 15:58:49 \+08:00 – 2026-11-24 23:59:59 \+08:00, claims 2/);
});

test("a view is of its record alone: the record is frozen under it", () => {
  const checked = check();
  const before = clone(viewOf(checked, "en"));
  assert.throws(() => { checked.record.body.lines[0].dose.value = "500"; }, TypeError);
  assert.deepEqual(clone(viewOf(checked, "en")), before);
});
