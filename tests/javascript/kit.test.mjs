import assert from "node:assert/strict";
import test from "node:test";

import { tell } from "../../ledger_web/static/ages.js";

test("an age is told in its largest whole unit, in the page's language", () => {
  const english = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });
  const chinese = new Intl.RelativeTimeFormat("zh-CN", { numeric: "always", style: "short" });
  assert.equal(tell(english, 59), "59 sec. ago");
  assert.equal(tell(english, 60), "1 min. ago");
  assert.equal(tell(english, 7199), "1 hr. ago");
  assert.equal(tell(chinese, 3 * 86400), "3天前");
});

test("a clock that runs behind the server's never tells a time to come", () => {
  const english = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "short" });
  assert.equal(tell(english, -30), tell(english, 0));
});
