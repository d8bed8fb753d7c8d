/** The one way in which the signing code says no: a stable code, and why in both languages. */

export class SigningRefused extends Error {
  /**
   * @param {string} code one of the codes listed in the decision record of this code (docs/adr/0012)
   * @param {string} en what was wrong, where, what to do; no personal data
   * @param {string} zh the same in Chinese
   * @param {string} [where] a JSON Pointer or a member's name
   */
  constructor(code, en, zh, where = "") {
    super(`${code}: ${en}${where ? ` (${where})` : ""}`);
    this.name = "SigningRefused";
    this.code = code;
    this.en = en;
    this.zh = zh;
    this.where = where;
  }
}

/** What is wrong with a JSON value in itself. Each reader turns it into its own refusal, with its own code. */
export class Malformed extends Error {
  /** @param {string} en @param {string} zh @param {string} [where] */
  constructor(en, zh, where = "") {
    super(`${en}${where ? ` (${where})` : ""}`);
    this.name = "Malformed";
    this.en = en;
    this.zh = zh;
    this.where = where;
  }
}

/**
 * Run `act`; what it finds malformed is refused under this code.
 * @template T
 * @param {string} code @param {string} en what is malformed @param {string} zh @param {() => T} act
 * @returns {T}
 */
export function refuseMalformed(code, en, zh, act) {
  try {
    return act();
  } catch (fault) {
    if (!(fault instanceof Malformed)) throw fault;
    throw new SigningRefused(code, `${en}: ${fault.en}`, `${zh}：${fault.zh}`, fault.where);
  }
}
