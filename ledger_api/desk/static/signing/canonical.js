/**
 * Strict JSON in, canonical JSON out (RFC 8259, RFC 8785; protocol, section 1).
 *
 * What is hashed or signed must mean one thing to every reader, so all on which JSON readers differ is refused:
 * duplicate names, floats, unsafe integers, lone surrogates, byte-order marks, deep nesting. `JSON.parse` would
 * let the first three pass unseen; hence a parser of our own.
 */
import { Malformed } from "./refusal.js";

export const MAX_RECORD_BYTES = 262_144;
export const MAX_DEPTH = 32;

/** @typedef {null | boolean | number | string | any[] | { [name: string]: any }} JsonValue */

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?[0-9][0-9.eE+-]*/y;
const INTEGER = /^(?:0|-?[1-9][0-9]{0,15})$/;
const WORDS = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const WORD = /true|false|null/y;

/**
 * Parse one JSON document. Objects come without a prototype, so that no name means more than itself.
 * @param {string | Uint8Array} source
 * @param {{ maxBytes?: number, maxDepth?: number }} [bounds]
 * @returns {JsonValue}
 */
export function parseJson(source, { maxBytes = MAX_RECORD_BYTES, maxDepth = MAX_DEPTH } = {}) {
  const text = typeof source === "string" ? source : decode(source);
  if (new TextEncoder().encode(text).length > maxBytes) {
    throw new Malformed(`more than ${maxBytes} bytes`, `超过 ${maxBytes} 字节`);
  }
  let at = 0;

  const fail = () => new Malformed(`not strict JSON at character ${at}`, `第 ${at} 个字符处不是严格的 JSON`);
  /** @param {RegExp} pattern */
  const match = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw fail();
    at += found.length;
    return found;
  };
  /** @param {string} mark */
  const skip = (mark) => {
    match(SPACE);
    const found = text[at] === mark;
    if (found) at += 1;
    match(SPACE);
    return found;
  };
  const parseString = () => JSON.parse(match(STRING));

  /** @param {number} depth @returns {JsonValue} */
  const parseValue = (depth) => {
    match(SPACE);
    const first = text[at];
    if (first === '"') return verifyString(parseString());
    if (first === "{" || first === "[") {
      if (depth > maxDepth) throw new Malformed(`nested deeper than ${maxDepth}`, `嵌套超过 ${maxDepth} 层`);
      return first === "{" ? parseObject(depth) : parseArray(depth);
    }
    if (first === "-" || (first >= "0" && first <= "9")) return parseInteger(match(NUMBER));
    return /** @type {JsonValue} */ (WORDS.get(match(WORD)));
  };
  /** @param {number} depth */
  const parseObject = (depth) => {
    const members = Object.create(null);
    if ((skip("{"), skip("}"))) return members;
    do {
      const name = verifyString(parseString());
      if (name in members) throw new Malformed("an object has the same name twice", "对象中有重复的成员名");
      if (!skip(":")) throw fail();
      members[name] = parseValue(depth + 1);
    } while (skip(","));
    if (!skip("}")) throw fail();
    return members;
  };
  /** @param {number} depth */
  const parseArray = (depth) => {
    /** @type {JsonValue[]} */
    const elements = [];
    if ((skip("["), skip("]"))) return elements;
    do elements.push(parseValue(depth + 1));
    while (skip(","));
    if (!skip("]")) throw fail();
    return elements;
  };

  const value = parseValue(1);
  match(SPACE);
  if (at !== text.length) throw fail();
  return value;
}

/**
 * The RFC 8785 text of a value; refuses what has none here.
 * @param {unknown} value
 * @param {number} [depth]
 * @returns {string}
 */
export function canonicalText(value, depth = 1) {
  if (value === null || typeof value === "boolean") return String(value);
  // ECMAScript's own escaping of strings is what RFC 8785, section 3.2.2.2, prescribes.
  if (typeof value === "string") return JSON.stringify(verifyString(value));
  if (typeof value === "number") return String(verifyInteger(value));
  if (typeof value !== "object") throw new Malformed("a value that JSON hasn't got", "不是 JSON 的值");
  if (depth > MAX_DEPTH) throw new Malformed(`nested deeper than ${MAX_DEPTH}`, `嵌套超过 ${MAX_DEPTH} 层`);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalText(item, depth + 1)).join(",")}]`;
  const object = /** @type {{ [name: string]: unknown }} */ (value);
  // Array.sort compares by UTF-16 code units, as RFC 8785, section 3.2.3, wants it.
  const names = Object.keys(object).sort();
  return `{${names.map((name) => `${canonicalText(name)}:${canonicalText(object[name], depth + 1)}`).join(",")}}`;
}

/** @param {Uint8Array} bytes */
function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed("not UTF-8", "不是 UTF-8");
  }
}

/** @param {string} text */
function verifyString(text) {
  if (!text.isWellFormed())
    throw new Malformed("a string holds a lone surrogate", "字符串中有孤立的代理码元");
  return text;
}

/** @param {string} digits */
function parseInteger(digits) {
  return verifyInteger(INTEGER.test(digits) ? Number(digits) : NaN);
}

/** @param {number} number */
function verifyInteger(number) {
  if (!Number.isSafeInteger(number) || Object.is(number, -0)) {
    throw new Malformed("a number that isn't an integer, or beyond 2^53-1", "数字不是 ±(2^53-1) 以内的整数");
  }
  return number;
}
