import assert from "node:assert/strict";
import test from "node:test";

import { COLUMN_WIDTH, LOOKS, buildElements, placeNodes } from "../../regulator_portal/static/trail_layout.js";

const node = (key, depth, more = {}) => ({
  key, depth, name: key, name_zh: `${key}（中）`, note: "n", note_zh: "注", verdict: "passed", url: null, ...more,
});

test("every node stands right of everything that rests on it, by the longest way there", () => {
  const nodes = [node("settlement", 0), node("dispensing", 1), node("review", 1), node("prescription", 2)];
  const edges = [
    { from: "settlement", to: "dispensing" },
    { from: "dispensing", to: "prescription" },
    { from: "dispensing", to: "review" },
    { from: "prescription", to: "review" },
  ];
  const places = placeNodes(nodes, edges);
  assert.deepEqual(
    ["settlement", "dispensing", "prescription", "review"].map((key) => places.get(key).x / COLUMN_WIDTH),
    [0, 1, 2, 3],
  );
});

test("no two nodes stand at the same place, and records that refer to each other in a ring come to an end", () => {
  const nodes = Array.from({ length: 40 }, (_, n) => node(`n${n}`, n % 4));
  const edges = nodes.map(({ key }, n) => ({ from: key, to: nodes[(n + 1) % nodes.length].key }));
  const places = [...placeNodes(nodes, edges).values()].map(({ x, y }) => `${x}/${y}`);
  assert.equal(new Set(places).size, nodes.length);
});

test("a verdict is a mark and a colour besides its name, and one that is unknown looks unchecked", () => {
  const trail = { nodes: [node("a", 0, { verdict: "failed" }), node("b", 1, { verdict: "of a newer version" })], edges: [] };
  const [first, second] = buildElements(trail, "en");
  assert.ok(first.data.label.startsWith(LOOKS.failed.mark));
  assert.equal(first.data.line, LOOKS.failed.line);
  assert.equal(second.data.ground, LOOKS.could_not_check.ground);
  assert.equal(new Set(Object.values(LOOKS).map((look) => look.mark)).size, Object.keys(LOOKS).length);
});

test("each node says as of which block its verdict holds, where there is one", () => {
  const trail = { nodes: [node("a", 0, { as_of_block: 75 }), node("b", 1, { as_of_block: null })], edges: [] };
  assert.ok(buildElements(trail, "en")[0].data.label.endsWith("\nas of block 75"));
  assert.ok(buildElements(trail, "zh")[0].data.label.endsWith("\n截至区块 75"));
  assert.ok(!buildElements(trail, "en")[1].data.label.includes("block"));
});

test("labels are in the page's language, and an edge to a node that was left out isn't drawn", () => {
  const trail = {
    nodes: [node("a", 0), node("b", 1)],
    edges: [{ from: "a", to: "b", name: "under", name_zh: "其下" }, { from: "a", to: "gone", name: "", name_zh: "" }],
  };
  const elements = buildElements(trail, "zh");
  assert.equal(elements.length, 3);
  assert.ok(elements[0].data.label.includes("a（中）"));
  assert.equal(elements[2].data.label, "其下");
});
