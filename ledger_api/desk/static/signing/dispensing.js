/**
 * That a dispensing is the one that was put together at the counter: these claims, this payer, these prices, as many
 * packs, and no other (protocol, section 11.2). Which claims the use names, `signUse` compares with the record.
 */
import { SigningRefused } from "./refusal.js";

/**
 * Throws `SigningRefused` (`dispensing.differs`) naming the first difference.
 * @param {import("./prepared.js").Checked} checked @param {any} request as it was sent to `prepare`
 */
export function verifyDispensing({ record }, request) {
  const { prescriptions, use, packs, charges } = record.body;
  const claims = (/** @type {any[]} */ list, /** @type {(each: any) => number[]} */ ordinalsOf) =>
    JSON.stringify(list?.map((each) => [each.institution, each.id, each.window, ...ordinalsOf(each)]));
  const shown = claims(prescriptions, ({ claims: used }) => used.map((/** @type {any} */ { ordinal }) => ordinal));
  if (shown !== claims(request.prescriptions, ({ ordinals }) => [...ordinals].sort((a, b) => a - b)))
    throw differs("other claims than you chose", "份额与所选不符", "/body/prescriptions");
  if (use.payer !== (request.payer ?? 0)) throw differs("another payer than you named", "付费方与所填不符", "/body/use/payer");
  if (packs?.length !== request.packs.length || !isSame(stated(packs), stated(use.packs)))
    throw differs("other packs than you scanned", "药品包装与所扫描的不符", "/body/packs");
  const units = unitsOf(request.packs.filter((/** @type {any} */ pack) => pack.units_used !== undefined));
  const left = unitsOf(packs);
  if (!units.every((each) => left.includes(each) && left.splice(left.indexOf(each), 1)))
    throw differs("other units than you said", "使用数量与所填不符", "/body/packs");
  const price = (/** @type {any} */ each) => `${each.prescription ?? 0}/${each.line}: ${each.unit_price_minor}`;
  if (!isSame(charges?.lines?.map(price), request.prices.map(price)))
    throw differs("another price than you gave", "单价与所填不符", "/body/charges/lines");
  const total = charges.lines.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + each.amount_minor, 0);
  if (charges.total_minor !== total)
    throw differs("another total than its lines", "合计与各行不符", "/body/charges/total_minor");
}

/** @param {any[]} packs @returns {string[]} */
function unitsOf(packs) {
  return packs.map(({ line, units_used: used }) => `${line.prescription ?? 0}/${line.line}: ${used}`);
}

/** @param {any[]} packs */
function stated(packs) {
  return packs.map((each) => `${each.token} ${each.total_units} ${each.units_used}`);
}

/** @param {string[] | undefined} left @param {string[]} right in any order */
function isSame(left, right) {
  return JSON.stringify([...(left ?? [])].sort()) === JSON.stringify([...right].sort());
}

/** @param {string} en @param {string} zh @param {string} where */
function differs(en, zh, where) {
  return new SigningRefused(
    "dispensing.differs",
    `NOT signed: the record states ${en}; report this`,
    `未签署：记录中的${zh}；请上报`,
    where,
  );
}
