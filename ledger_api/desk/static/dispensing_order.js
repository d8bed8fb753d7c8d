/** A dispensing as it was put together at the counter, made into the request that is signed. */

/**
 * @typedef {object} ChosenPack
 * @property {string} code as scanned @property {number} line
 * @property {string} units how many of its units; empty: all that are left
 * @property {string} total how many it holds, where no lot says so @property {string} unit
 */
/**
 * @typedef {object} Chosen
 * @property {{ institution: number, id: string, window: number }} place
 * @property {{ line: number, ordinals: number[], price: string }[]} lines prices in yuan
 * @property {ChosenPack[]} packs @property {string} payer @property {string[]} flags
 */

/** Yuan as typed, in fen; null where it is no amount. @param {string} text */
export function readPrice(text) {
  const found = /^([0-9]{1,8})(?:\.([0-9]{1,2}))?$/.exec(text.trim());
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

/**
 * The request to prepare it. Lines of which nothing is taken have neither price nor packs.
 * @param {Chosen} chosen
 */
export function buildDispensing({ place, lines, packs, payer, flags }) {
  const taken = lines.filter(({ ordinals }) => ordinals.length > 0);
  const numbers = new Set(taken.map(({ line }) => line));
  const ordinals = taken.flatMap((each) => each.ordinals).sort((left, right) => left - right);
  return {
    prescriptions: [{ ...place, ordinals }],
    packs: packs.filter(({ line }) => numbers.has(line)).map(buildPack),
    prices: taken.map(({ line, price }) => ({ prescription: 0, line, unit_price_minor: readPrice(price) ?? 0 })),
    payer: Number(payer.trim() || "0"),
    ...(flags.length > 0 ? { override_flags: flags } : {}),
  };
}

/**
 * The lines of which something is taken, and no pack is named.
 * @param {{ line: number, ordinals: number[] }[]} lines @param {{ line: number }[]} packs
 */
export function findLinesWithoutPack(lines, packs) {
  const named = new Set(packs.map(({ line }) => line));
  return lines.filter(({ line, ordinals }) => ordinals.length > 0 && !named.has(line)).map(({ line }) => line);
}

/** @param {ChosenPack} pack */
function buildPack({ code, line, units, total, unit }) {
  const counts = [["units_used", units], ["total_units", total]].filter(([, text]) => text.trim() !== "");
  return {
    code,
    line: { prescription: 0, line },
    ...Object.fromEntries(counts.map(([name, text]) => [name, Number(text)])),
    ...(unit.trim() === "" ? {} : { unit: unit.trim() }),
  };
}
