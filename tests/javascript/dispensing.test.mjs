/** A dispensing that isn't the one that was put together is refused, by its first difference. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { verifyDispensing } from "../../ledger_api/desk/static/signing/dispensing.js";
import { BODIES, USE } from "./records.mjs";
import { assertRefused, clone } from "./support.mjs";

const [reference] = BODIES["rx.dispensing/1"].prescriptions;
const [pack] = BODIES["rx.dispensing/1"].packs;

function body(change = (_body) => {}) {
  const made = clone({ ...BODIES["rx.dispensing/1"], packs: [pack], use: USE });
  change(made);
  return { record: { body: made } };
}

const REQUEST = {
  prescriptions: [{ institution: reference.institution, id: reference.id, window: 0, ordinals: [2, 0] }],
  packs: [{ code: "whatever was scanned", line: { prescription: 0, line: 1 }, units_used: 14 }],
  prices: [{ prescription: 0, line: 1, unit_price_minor: 2350 }],
  payer: 301,
};

test("the dispensing that was put together is taken, with units named or not", () => {
  verifyDispensing(body(), REQUEST);
  verifyDispensing(body(), { ...REQUEST, packs: [{ code: "x", line: { line: 1 } }] });
  assert.equal(body().record.body.use.payer, 301);
});

for (const [what, change] of Object.entries({
  "another claim": (made) => { made.prescriptions[0].claims[1].ordinal = 1; },
  "a claim more": (made) => { made.prescriptions[0].claims.push({ ordinal: 3, line: 1 }); },
  "another prescription": (made) => { made.prescriptions[0].id = "00000000-0000-4000-8000-000000000000"; },
  "another window": (made) => { made.prescriptions[0].window = 1; },
  "another payer": (made) => { made.use.payer = 302; },
  "a pack more": (made) => { made.packs.push(made.packs[0]); },
  "a pack in its use that isn't in its packs": (made) => { made.use.packs[0].token = `0x${"7".repeat(64)}`; },
  "another total of units": (made) => { made.use.packs[0].total_units = 29; },
  "other units": (made) => { made.packs[0].units_used = made.use.packs[0].units_used = 15; },
  "a pack for another line": (made) => { made.packs[0].line.line = 2; },
  "another price": (made) => { made.charges.lines[0].unit_price_minor = 9999; },
  "a charge more": (made) => { made.charges.lines.push(made.charges.lines[0]); },
  "another total": (made) => { made.charges.total_minor += 1; },
})) {
  test(`a dispensing with ${what} is refused`, async () => {
    await assertRefused(() => verifyDispensing(body(change), REQUEST), "dispensing.differs");
  });
}
