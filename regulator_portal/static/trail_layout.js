// Where the nodes of a trail stand: a column for each step under the first, in the order in which they are met.
// Pure, so that it can be tested without a page; the graph is only drawn by what this says.

export const COLUMN_WIDTH = 280;
export const ROW_HEIGHT = 86;

/** By verdict: the mark before the name (never the colour alone), ground and line. The kit's own colours. */
export const LOOKS = {
  passed: { mark: "✓", ground: "#e5f4ec", line: "#126340" },
  failed: { mark: "✗", ground: "#fdebe9", line: "#a51d16" },
  late: { mark: "⏱", ground: "#fdf1dc", line: "#7f4506" },
  withheld: { mark: "⊘", ground: "#f2ebfa", line: "#633694" },
  could_not_check: { mark: "?", ground: "#e9eef1", line: "#44525b" },
  pending: { mark: "…", ground: "#e6f0fa", line: "#17528f" },
};

/**
 * @param {{key: string, depth: number}[]} nodes in the order in which they are met
 * @param {{from: string, to: string}[]} edges
 * @returns {Map<string, {x: number, y: number}>} each node right of everything that rests on it
 */
export function placeNodes(nodes, edges) {
  const columns = new Map(nodes.map((node) => [node.key, 0]));
  for (let round = 0; round < nodes.length; round += 1) {
    let moved = false;
    for (const { from, to } of edges) {
      const wanted = (columns.get(from) ?? 0) + 1;
      if (columns.has(to) && columns.get(to) < wanted && wanted < nodes.length) {
        columns.set(to, wanted);
        moved = true;
      }
    }
    if (!moved) break;
  }
  const heights = new Map();
  for (const node of nodes) heights.set(columns.get(node.key), (heights.get(columns.get(node.key)) ?? 0) + 1);
  const tallest = Math.max(1, ...heights.values());
  const used = new Map();
  const places = new Map();
  for (const node of nodes) {
    const column = columns.get(node.key);
    const row = used.get(column) ?? 0;
    used.set(column, row + 1);
    const gap = tallest / heights.get(column);
    places.set(node.key, { x: column * COLUMN_WIDTH, y: (row + 0.5) * gap * ROW_HEIGHT });
  }
  return places;
}

/**
 * @param {{nodes: object[], edges: object[]}} trail as the portal gives it
 * @param {"zh" | "en"} language
 * @returns {object[]} Cytoscape's elements, each at its place
 */
export function buildElements(trail, language) {
  const places = placeNodes(trail.nodes, trail.edges);
  const isChinese = language === "zh";
  const nodes = trail.nodes.map((node) => {
    const look = LOOKS[node.verdict] ?? LOOKS.could_not_check;
    const name = isChinese ? node.name_zh : node.name;
    const note = isChinese ? node.note_zh : node.note;
    const asOf = isChinese ? `截至区块 ${node.as_of_block}` : `as of block ${node.as_of_block}`;
    const block = Number.isInteger(node.as_of_block) ? `\n${asOf}` : "";
    return {
      group: "nodes",
      data: {
        id: node.key,
        label: `${look.mark} ${name}\n${note}${block}`,
        ground: look.ground,
        line: look.line,
        url: node.url,
      },
      position: places.get(node.key),
    };
  });
  const known = new Set(trail.nodes.map((node) => node.key));
  const edges = trail.edges
    .filter((edge) => known.has(edge.from) && known.has(edge.to))
    .map((edge) => ({
      group: "edges",
      data: { source: edge.from, target: edge.to, label: isChinese ? edge.name_zh : edge.name },
    }));
  return [...nodes, ...edges];
}
