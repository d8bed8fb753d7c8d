/** The kinds of records that people sign on the desk's pages (protocol, section 3.1). */

/**
 * @typedef {object} Kind
 * @property {number} number
 * @property {readonly [string, string]} word English, Chinese
 * @property {boolean} [carriesClaims] its body has claims, windows and holders
 * @property {number} [usedInto] the number of the kind that its claims are used into
 * @property {boolean} [isSettledByPayer] @property {boolean} [hasPacks]
 * @property {boolean} [usesClaims] a record of this kind may state a use
 * @property {boolean} [mustUse] each one states a use
 */

/** @type {{ readonly [schema: string]: Readonly<Kind> }} by the schema's name, of its first version */
export const KINDS = Object.freeze({
  "rx.prescription/1": {
    number: 1,
    word: ["prescription", "处方"],
    carriesClaims: true,
    usedInto: 3,
    isSettledByPayer: true,
    hasPacks: true,
  },
  "rx.review/1": { number: 2, word: ["review", "审方"] },
  "rx.dispensing/1": { number: 3, word: ["dispensing", "发药"], usesClaims: true, mustUse: true },
  "rx.settlement/1": { number: 4, word: ["settlement", "结算"], usesClaims: true },
  "rx.void/1": { number: 5, word: ["void", "作废"] },
  "rx.restore/1": { number: 6, word: ["restore", "恢复"] },
  "rx.reversal/1": { number: 7, word: ["reversal", "冲正"] },
  "rx.refusal/1": { number: 8, word: ["refusal", "拒绝发药"] },
  "rx.lot/1": { number: 9, word: ["lot", "批次"] },
  "rx.demand/1": { number: 11, word: ["demand", "调阅要求"] },
  "rx.access/1": { number: 12, word: ["access", "调阅答复"] },
});

/** Kinds whose claims can be used, by number; an invoice has no page of its own. */
const USED = new Map([
  [1, KINDS["rx.prescription/1"]],
  [10, { number: 10, word: ["invoice", "发票"], usedInto: 4 }],
]);

/** The kind whose claims a use names, or undefined. @param {number} number */
export function findUsedKind(number) {
  return USED.get(number);
}
