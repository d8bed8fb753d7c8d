/** A patient looks at a prescription by the hand-over code, whose keys sign in this browser that the holder reads. */
import { ask } from "./gateway.js";
import { offerParts, withdrawParts } from "./holder_part.js";
import { byId, one, pick, write } from "./page_parts.js";
import { sayLine, sayWord } from "./said_line.js";
import { parseHandoverCode, tidyCode } from "./signing/handover.js";
import { signReadings } from "./signing/presentation.js";
import { SigningRefused } from "./signing/refusal.js";
import { shownTime } from "./signing/view.js";

const HOLDER = 0;
/** @type {{ [status: string]: readonly [string, string] }} */
const STATES = {
  unused: ["can be fetched", "可取"],
  dispensed: ["fetched", "已取"],
  settled: ["fetched and settled", "已取并结算"],
  void: ["voided", "已作废"],
};
/** @type {{ [state: string]: readonly [string, string] }} */
const ANSWERS = {
  open: ["not answered yet", "尚未答复"],
  granted: ["the hospital granted it", "医院已同意"],
  refused: ["the hospital refused it", "医院已拒绝"],
};

const form = byId("holder");
const field = /** @type {HTMLTextAreaElement} */ (byId("holder-code"));
const seen = byId("holder-seen");
const fault = byId("holder-fault");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});

async function look() {
  seen.hidden = fault.hidden = true;
  withdrawParts();
  try {
    const code = parseHandoverCode(tidyCode(field.value));
    let answer = await askFor(code, code.ordinals ?? [0]);
    // A whole code holds every claim, but how many there are is the record's to say.
    if (answer.kind === "done" && code.ordinals === null) {
      const count = Number(JSON.parse(answer.text).claim_count);
      answer = await askFor(code, Array.from({ length: count }, (_, ordinal) => ordinal));
    }
    if (answer.kind === "done") return show(JSON.parse(answer.text), code);
    if (answer.kind !== "refused") return refuse("", pick("The hospital's gateway doesn't answer. Try again later.", "医院网关未应答，请稍后再试。"), "");
    const { problem } = answer;
    return refuse(pick(problem.title, problem.title_zh), pick(problem.detail, problem.detail_zh), problem.code);
  } catch (thrown) {
    if (!(thrown instanceof SigningRefused)) throw thrown;
    return refuse("", pick(thrown.en, thrown.zh), thrown.code);
  }
}

/** @param {import("./signing/handover.js").Handover} code @param {readonly number[]} ordinals */
function askFor(code, ordinals) {
  const domain = { chainId: Number(form.dataset.chain), register: form.dataset.register ?? "" };
  const presentations = signReadings({ ...code, ordinals }, HOLDER, domain, Date.now() / 1000);
  const place = { institution: code.institution, id: code.recordId, window: code.window };
  return ask("POST", "/v1/holder/view", { body: { ...place, presentations } });
}

/** @param {any} view what the gateway said @param {import("./signing/handover.js").Handover} code */
function show(view, code) {
  list("[data-lines]", view.lines.map(sayLine));
  write(seen, "[data-block]", String(view.as_of_block));
  write(seen, "[data-window]", `${shownTime(view.not_before)} – ${shownTime(view.not_after)}`);
  const names = new Map(view.lines.map((/** @type {any} */ line) => [line.line, line.name]));
  const [comma, colon] = [pick(", ", "，"), pick(": ", "：")];
  /** @type {(claim: any) => string} */
  const sayClaim = ({ ordinal, line, quantity }) => `${pick("Claim", "份额")} ${ordinal + 1} · ${names.get(line) ?? line}${comma}${quantity.value} ${quantity.unit}`;
  list("[data-claims]", view.claims.map((/** @type {any} */ claim) => `${sayClaim(claim)}${colon}${pick(...(STATES[claim.status] ?? [claim.status, claim.status]))}`));
  list("[data-readings]", view.readings.map((/** @type {any} */ each) => `${institution(each.institution)}${comma}${shownTime(each.at)}`));
  list("[data-demands]", view.demands.map((/** @type {any} */ each) => `${institution(each.regulator)}${comma}${sayWord("purpose", each.purpose)}${comma}${shownTime(each.received_at)}${colon}${pick(...(ANSWERS[each.state] ?? [each.state, each.state]))}`));
  one(seen, "[data-no-readings]").hidden = view.readings.length > 0;
  one(seen, "[data-no-demands]").hidden = view.demands.length > 0;
  const open = view.claims.filter((/** @type {any} */ claim) => claim.status === "unused");
  offerParts(code, open.map((/** @type {any} */ claim) => ({ ordinal: claim.ordinal, said: sayClaim(claim) })));
  seen.hidden = false;
}

/** By name where this gateway knows it, and always by number. @param {number} number */
function institution(number) {
  const name = JSON.parse(form.dataset.institutions ?? "{}")[String(number)] ?? pick("institution", "机构");
  return pick(`${name} (${number})`, `${name}（${number}）`);
}

/** @param {string} selector @param {string[]} texts */
function list(selector, texts) {
  one(seen, selector).replaceChildren(...texts.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
}

/** @param {string} title @param {string} said @param {string} code */
function refuse(title, said, code) {
  write(fault, "[data-title]", title);
  write(fault, "[data-said]", said);
  write(fault, "[data-code]", code);
  fault.hidden = false;
  field.select();
}
