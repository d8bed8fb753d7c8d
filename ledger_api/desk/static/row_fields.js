/** What the prescription form works out by itself: row numbers, and what an identity number says of its holder. */

/**
 * The number of a new row: above all that are there, so that no two rows share a name.
 * @param {string} section @param {string[]} names of all its fields
 */
export function numberOfNewRow(section, names) {
  const numbers = names.map((name) => new RegExp(`^${section}/([0-9]+)/`).exec(name)?.[1]);
  return Math.max(-1, ...numbers.map((number) => Number(number ?? -1))) + 1;
}

/**
 * Birth date and sex as a resident's identity number states them (GB 11643: digits 7 to 14, and the parity of the 17th).
 * @param {string} number
 * @returns {{ birth_date: string, sex: "male" | "female" } | null} null where it isn't of that form
 */
export function readIdCard(number) {
  const found = /^[0-9]{6}([0-9]{4})([0-9]{2})([0-9]{2})[0-9]{2}([0-9])[0-9Xx]$/.exec(number);
  if (found === null) return null;
  const [, year, month, day, sequence] = found;
  const birthDate = `${year}-${month}-${day}`;
  const isDay = !Number.isNaN(Date.parse(birthDate)) && new Date(birthDate).toISOString().startsWith(birthDate);
  return isDay ? { birth_date: birthDate, sex: Number(sequence) % 2 === 1 ? "male" : "female" } : null;
}

/**
 * What people call the field that a JSON Pointer names, such as "Drug 1 · days".
 * @param {string} pointer
 * @param {Record<string, string>} names by path, `*` for each number and `{0}` for its place in the name
 */
export function nameOfField(pointer, names) {
  const path = pointer.replace(/^\//, "");
  const numbers = path.split("/").filter((part) => /^[0-9]+$/.test(part));
  const name = names[path.replace(/(^|\/)[0-9]+(?=\/|$)/g, "$1*")];
  return name === undefined ? pointer : name.replace(/\{([0-9])\}/g, (_, place) => String(Number(numbers[place]) + 1));
}
