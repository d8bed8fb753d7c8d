/**
 * A record as its author reads it before she signs: built from the record that is signed, never from a form.
 *
 * Each row remembers which fields it shows, so that what has no place in the readable part can be listed by its JSON
 * Pointer, and nothing that is signed stays unseen. The page writes these texts as text, never as markup.
 */
import { parseUtcTime } from "./authorship.js";
import { canonicalText } from "./canonical.js";
import { LAYOUTS, claimParts } from "./layouts.js";
import { WORDS } from "./words.js";

/** @typedef {"en" | "zh"} Language */
/** @typedef {{ label: string, value: string, pointers: string[] }} Row `pointers`: the fields that it shows */
/** @typedef {{ heading: string, pointers: string[], rows: Row[] }} Section `pointers`: what the heading itself shows */
/**
 * @typedef {object} View
 * @property {string} kind what is signed, in one word
 * @property {Section[]} sections the record
 * @property {Row[]} signed what the signatures are bound to: no fields of the record, but computed from them here
 */

const ZONE_SECONDS = 8 * 3600;
/**
 * Control, format and private characters, line separators, what fonts may leave out (joiners, fillers, variation
 * selectors), noncharacters: they show as nothing, or lie.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu;

/**
 * The readable view, in one language.
 * @param {import("./prepared.js").Checked} checked @param {Language} lang
 * @returns {View}
 */
export function viewOf(checked, lang) {
  const reader = new Reader(checked, lang);
  const { t } = reader;
  const sections = [
    ...LAYOUTS[checked.record.schema](reader),
    reader.section(t("Record", "记录"), "", [
      ["issued_at", t("signed time", "签署时间"), "time"],
      ["issuer", t("institution", "机构"), "issuer"],
      ["id", t("record id", "记录编号")],
      ["schema", t("schema", "格式")],
    ]),
  ];
  return {
    kind: t(...checked.kind.word),
    sections: sections.filter(({ rows, pointers }) => rows.length + pointers.length > 0),
    signed: signedRows(checked, t),
  };
}

/**
 * Every signed field that the view has no row for, by pointer and value.
 * @param {import("./prepared.js").Checked} checked
 * @returns {{ pointer: string, value: string }[]}
 */
export function unshown(checked) {
  const shown = new Set(
    viewOf(checked, "en").sections.flatMap(({ pointers, rows }) => [
      ...pointers,
      ...rows.flatMap((row) => row.pointers),
    ]),
  );
  return checked.fields
    .filter(({ pointer }) => !shown.has(pointer))
    .map(({ pointer, value }) => ({ pointer: visible(pointer), value: visible(canonicalText(value)) }));
}

/** Text with what can't be seen spelled out as its code point (Unicode TR 36). @param {string} text */
export function visible(text) {
  return text.replace(
    INVISIBLE,
    (character) => `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}>`,
  );
}

/** Reads fields by pointer into rows. A field that isn't there gives no row; one of an unknown form stays unshown. */
export class Reader {
  /** @param {import("./prepared.js").Checked} checked @param {Language} lang */
  constructor(checked, lang) {
    this.values = new Map(checked.fields.map(({ pointer, value }) => [pointer, value]));
    this.institutionName = checked.profile.institutionName[lang];
    /** @param {string} en @param {string} zh */
    this.t = (en, zh) => (lang === "zh" ? zh : en);
  }

  /**
   * @param {string} heading @param {string} base @param {string[][]} wanted path, label, how to read it
   * @returns {Section}
   */
  section(heading, base, wanted) {
    const rows = wanted.map(([path, label, form]) => this.row(`${base}/${path}`, label, form));
    return { heading, pointers: [], rows: rows.filter((row) => row !== null) };
  }

  /**
   * One section for each element of an array; the first one's heading shows how many.
   * @param {string} base @param {string} title @param {string[][]} wanted path, label, how to read it
   */
  each(base, title, wanted) {
    const count = this.lengthOf(base);
    if (this.isEmpty(base)) return [this.none(base, title)];
    return Array.from({ length: count }, (_, index) => ({
      ...this.section(`${title} ${index + 1} / ${count}`, `${base}/${index}`, wanted),
      pointers: index === 0 ? [base] : [],
    }));
  }

  /**
   * One row for each element of an array, its fields joined; the heading shows how many.
   * @param {string} base @param {string} heading @param {string} label
   * @param {string[][]} wanted path, what stands before it, how to read it
   * @returns {Section}
   */
  list(base, heading, label, wanted) {
    const count = this.lengthOf(base);
    if (this.isEmpty(base)) return this.none(base, heading);
    const rows = Array.from({ length: count }, (_, index) => {
      const found = wanted.map(([path, before, form]) => ({
        before,
        row: this.row(`${base}/${index}/${path}`, "", form),
      }));
      const there = found.flatMap(({ before, row }) =>
        row ? [{ text: before + row.value, pointers: row.pointers }] : [],
      );
      return {
        label: `${label} ${index + 1}`,
        value: there.map(({ text }) => text).join(""),
        pointers: there.flatMap(({ pointers }) => pointers),
      };
    });
    return { heading: count ? `${heading} (${count})` : heading, pointers: count ? [base] : [], rows };
  }

  /**
   * One row for each element of an array of scalars; the heading shows how many.
   * @param {string} base @param {string} heading @param {string} label
   * @returns {Section}
   */
  scalars(base, heading, label) {
    if (this.isEmpty(base)) return this.none(base, heading);
    const count = this.lengthOf(base);
    const rows = Array.from({ length: count }, (_, index) =>
      this.row(`${base}/${index}`, `${label} ${index + 1}`),
    );
    const isShown = count > 0;
    return {
      heading: isShown ? `${heading} (${count})` : heading,
      pointers: isShown ? [base] : [],
      rows: rows.filter((row) => row !== null),
    };
  }

  /** An empty array, said so. @param {string} base @param {string} heading @returns {Section} */
  none(base, heading) {
    return { heading, pointers: [], rows: [{ label: heading, value: this.t("none", "无"), pointers: [base] }] };
  }

  /** @param {string} base */
  isEmpty(base) {
    const value = this.values.get(base);
    return Array.isArray(value) && value.length === 0;
  }

  /** @returns {Section} */
  holders() {
    const heading = this.t("Who may dispense", "可发药方");
    const base = "/body/holders";
    const only = this.t("only this institution", "仅限本机构");
    if (this.lengthOf(base) === 0) {
      return {
        heading,
        pointers: [],
        rows: this.values.has(base) ? [{ label: heading, value: only, pointers: [base] }] : [],
      };
    }
    const label = this.t("whoever presents the code of claim", "出示以下份额之码者");
    const rows = Array.from({ length: this.lengthOf(base) }, (_, index) =>
      this.row(`${base}/${index}`, `${label} ${index + 1}`),
    );
    return { heading, pointers: [base], rows: rows.filter((row) => row !== null) };
  }

  /** @param {string} pointer @param {string} label @param {string} [form] @returns {Row | null} */
  row(pointer, label, form) {
    if (form === "amount") {
      const pointers = [`${pointer}/value`, `${pointer}/unit`];
      const parts = pointers.map((each) => this.values.get(each));
      return parts.every(isScalar) ? { label, value: visible(parts.join(" ")), pointers } : null;
    }
    if (form?.startsWith("list:")) return this.listRow(pointer, label, form.slice("list:".length));
    if (form === "rows:claim") return this.claimsRow(pointer, label);
    const value = this.values.get(pointer);
    if (form === "yes" && value === true) return { label, value: this.t("yes", "是"), pointers: [pointer] };
    return isScalar(value) ? { label, value: this.read(value, form), pointers: [pointer] } : null;
  }

  /** A short array of scalars in one row. @param {string} base @param {string} label @param {string} form @returns {Row | null} */
  listRow(base, label, form) {
    if (this.isEmpty(base)) return { ...this.none(base, label).rows[0], label };
    const rows = this.scalarRows(base, form);
    if (rows.length === 0) return null;
    const value = rows.map((row) => row.value).join(this.t(", ", "、"));
    return { label, value, pointers: [base, ...rows.flatMap(({ pointers }) => pointers)] };
  }

  /** A prescription's claims that are used, in one row. @param {string} base @param {string} label @returns {Row | null} */
  claimsRow(base, label) {
    const { rows } = this.list(base, label, "", claimParts(this));
    if (rows.length === 0) return null;
    const value = rows.map((row) => row.value).join(this.t("; ", "；"));
    return { label: `${label} (${rows.length})`, value, pointers: [base, ...rows.flatMap((row) => row.pointers)] };
  }

  /** @param {string} base @param {string} form */
  scalarRows(base, form) {
    const rows = Array.from({ length: this.lengthOf(base) }, (_, index) => this.row(`${base}/${index}`, "", form));
    return rows.filter((row) => row !== null);
  }

  /** @param {unknown} value @param {string} [form] */
  read(value, form) {
    const text = visible(String(value));
    if (form === "time") return `${shownTime(parseUtcTime(value, ""))} (${text})`;
    if (form === "money") return shownMoney(value, text);
    // Records count these from 0; people count everything from 1.
    if (form === "place" && typeof value === "number" && value >= 0) return String(value + 1);
    if (form === "issuer") return `${visible(this.institutionName)} (${text})`;
    const words =
      form && typeof value === "string" && Object.hasOwn(WORDS[form] ?? {}, value) ? WORDS[form][value] : null;
    const word = words && this.t(...words);
    return word && word !== text ? `${word} (${text})` : text;
  }

  /** How many elements a filled array has: its field's value, if elements follow. @param {string} base */
  lengthOf(base) {
    const value = this.values.get(base);
    return typeof value === "number" &&
      [...this.values.keys()].some((pointer) => pointer.startsWith(`${base}/`))
      ? value
      : 0;
  }
}

/** A string or an integer: what a row can show without a doubt. @param {unknown} value */
function isScalar(value) {
  return typeof value === "string" || typeof value === "number";
}

/** Minor units as people read money, with the number that is signed. @param {unknown} value @param {string} text */
function shownMoney(value, text) {
  if (typeof value !== "number" || value < 0) return text;
  const fen = String(value % 100).padStart(2, "0");
  return `${Math.floor(value / 100)}.${fen} (${text})`;
}

/** A time as people in the hospital's zone read it. @param {number} seconds */
export function shownTime(seconds) {
  const local = new Date((seconds + ZONE_SECONDS) * 1000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} +08:00`;
}

/** @param {import("./prepared.js").Checked} checked @param {(en: string, zh: string) => string} t @returns {Row[]} */
function signedRows({ authorships, commitment, profile }, t) {
  const ofWindows = authorships.filter(({ claimCount }) => claimCount > 0);
  const windows = ofWindows.map((act, index) => ({
    label: `${t("window", "时段")} ${index + 1}`,
    value: `${shownTime(act.notBefore)} – ${shownTime(act.notAfter)}, ${t("claims", "权利份额")} ${act.claimCount}`,
    pointers: [],
  }));
  const uses = authorships.filter(({ claimCount, terms }) => claimCount === 0 && !/^0x0+$/.test(terms));
  const rest = [
    ...uses.map(({ terms }) => [t("use hash", "使用哈希"), terms]),
    [t("commitment", "承诺"), commitment],
    [t("chain", "链"), `${profile.domain.chainId}`],
    [t("register contract", "登记合约"), profile.domain.register],
    [t("your key", "您的密钥"), profile.signer],
  ];
  return [...windows, ...rest.map(([label, value]) => ({ label, value, pointers: [] }))];
}
