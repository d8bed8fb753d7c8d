/** A record as a list of fields, each named by a JSON Pointer (RFC 6901; protocol, section 1.1). */
import { MAX_DEPTH } from "./canonical.js";
import { Malformed } from "./refusal.js";

export const MAX_FIELDS = 4096;

/** @typedef {{ pointer: string, value: import("./canonical.js").JsonValue }} Field */

/**
 * A record's fields, ascending by the UTF-8 bytes of their pointers. A filled array is a field whose value is its
 * length; a filled object is none.
 * @param {object} record
 * @returns {Field[]}
 */
export function listFields(record) {
  /** @type {Field[]} */
  const fields = [];
  /** @param {string} pointer @param {any} value @param {number} depth */
  const walk = (pointer, value, depth) => {
    const isContainer = typeof value === "object" && value !== null;
    if (isContainer && depth > MAX_DEPTH) {
      throw new Malformed(`nested deeper than ${MAX_DEPTH}`, `嵌套超过 ${MAX_DEPTH} 层`, pointer);
    }
    const members = isContainer ? Object.entries(value) : [];
    if (members.length === 0) fields.push({ pointer, value });
    else if (Array.isArray(value)) fields.push({ pointer, value: value.length });
    if (fields.length > MAX_FIELDS)
      throw new Malformed(`more than ${MAX_FIELDS} fields`, `超过 ${MAX_FIELDS} 个字段`);
    for (const [name, item] of members) walk(`${pointer}/${escapeToken(name)}`, item, depth + 1);
  };
  if (
    typeof record !== "object" ||
    record === null ||
    Array.isArray(record) ||
    Object.keys(record).length === 0
  ) {
    throw new Malformed("a record must be an object with members", "记录必须为含有成员的对象");
  }
  walk("", record, 1);
  return fields.sort((left, right) => compareByCodePoint(left.pointer, right.pointer));
}

/** A member's name as a token of a pointer (RFC 6901, section 3). @param {string} name */
export function escapeToken(name) {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/**
 * The order of UTF-8 bytes, which is that of code points. JavaScript's own order is that of UTF-16 code units: it
 * puts U+10000 and above before U+E000 to U+FFFF.
 * @param {string} left @param {string} right
 */
function compareByCodePoint(left, right) {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at += 1) {
    const [a, b] = [left.codePointAt(at) ?? 0, right.codePointAt(at) ?? 0];
    if (a !== b) return a - b;
  }
  return left.length - right.length;
}
