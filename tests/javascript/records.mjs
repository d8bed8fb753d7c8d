/** One record of each kind besides prescriptions, as a gateway would prepare it. */
import { PROFILE } from "./support.mjs";

const hash = (digit) => `0x${digit.repeat(64)}`;
const ref = (digit) => ({ institution: 2, id: `0d2a3c6f-5c0f-4f0e-9f57-6f0b6a521b1${digit}`, commitment: hash(digit) });
const windowRef = (digit) => ({ ...ref(digit), window: 0, not_before: "2026-11-22T01:00:00Z" });
const staff = { name: "林芳", code: "P320100000001" };
const quantity = { value: "1", unit: "盒" };

export const USE = {
  kind: 1, spender: 1, payer: 301,
  claims: [{ claim: hash("2"), restore_count: 0 }, { claim: hash("4"), restore_count: 1 }],
  packs: [{ token: hash("1"), total_units: 28, units_used: 14 }],
};

const pack = {
  code: "gs1:09506000134352:S7", form: "gs1", token: hash("1"), product: { code_system: "gtin", code: "09506000134352", name: "氨氯地平片" },
  lot: "AB-1", expires_on: "2027-12-31", unit: "片", total_units: 28, units_used: 14, line: { prescription: 0, line: 1 }, flags: ["pack.unknown"],
};
const charge = { prescription: 0, line: 1, name: "氨氯地平片", quantity, unit_price_minor: 2350, amount_minor: 2350 };
const shares = { amount_minor: 2350, fund_minor: 2000, account_minor: 205, cash_minor: 100, reduced_minor: 45 };

export const BODIES = {
  "rx.review/1": { prescription: ref("a"), decision: "rejected", reasons: ["dose", "interaction"], opinion: "剂量过大，请复核。", pharmacist: staff },
  "rx.dispensing/1": {
    prescriptions: [{ ...windowRef("a"), claims: [{ ordinal: 0, line: 1, quantity }, { ordinal: 2, line: 2, quantity }] }],
    review: ref("b"), pharmacist: staff, packs: [pack, { ...pack, flags: [] }],
    charges: { currency: "CNY", lines: [charge], total_minor: 2350 }, is_offline: true, use: USE,
  },
  "rx.settlement/1": {
    dispensing: ref("c"), decision: "reduced", currency: "CNY", lines: [{ line: 0, ...shares, reason: "over_limit" }], totals: shares,
    claims: [hash("2"), hash("4")], note: "超限价部分核减", adjudicator: staff,
  },
  "rx.void/1": { prescription: windowRef("a"), ordinals: [0, 2], reason: "prescribing_error", note: "重新开方", prescriber: staff },
  "rx.restore/1": { dispensing: ref("c"), reason: "returned", note: "未拆封", pharmacist: staff },
  "rx.reversal/1": { settlement: ref("d"), dispensing: ref("c"), claims: [hash("2")], reason: "returned", adjudicator: staff },
  "rx.refusal/1": {
    prescription: windowRef("a"), dispensing: ref("c"), reason: "chain_refused", chain_error: "ClaimRegisterNotUnused", pharmacist: staff,
  },
  "rx.lot/1": {
    event: "recalled", product: { code_system: "gtin", code: "09506000134352", name: "氨氯地平片", specification: "5mg*28片" },
    lot: "AB-1", made_on: "2026-01-01", expires_on: "2027-12-31", unit: "片", units_per_pack: 28, packs: [], reason: "质量问题", releaser: staff,
  },
  "rx.demand/1": {
    subject: ref("c"), purpose: "audit", grounds: "抽查", answer_by: "2026-11-25T01:00:00Z", recipient_key: hash("e"), officer: staff,
  },
  "rx.access/1": { demand: ref("e"), subject: ref("c"), decision: "granted", wrapped_key_sha256: hash("f"), clerk: staff },
};

export const recordOf = (schema, body = BODIES[schema]) => ({
  schema, id: "6f0b6a52-5c0f-4f0e-9f57-0d2a3c6f1b11", issuer: PROFILE.institution, issued_at: "2026-11-22T01:00:00Z", body,
});
