/**
 * The page that a record is signed on, a doctor's draft or any other: prepare, recompute, show, sign with the PIN, send.
 *
 * What is shown is built from the checked record alone. The PIN's field has no name and is emptied before it is used;
 * PIN and key stay in signing/. A signature that was made is kept until the gateway has answered, so that nothing has
 * to be signed twice when the session is over or the line is down.
 *
 * A prescription's code seed is made here and stays here; a dispensing's claims are handed over by the codes that its
 * order brings.
 */
import { ask, keyAfter, stageOf } from "./gateway.js";
import { readKey } from "./kept_key.js";
import { byId, one, pageLanguage, pick, showOnly, write } from "./page_parts.js";
import { nameOfField } from "./row_fields.js";
import { clearOrder, readOrder } from "./signing_order.js";
import { signInAgain } from "./session_dialog.js";
import { writeRows, writeSections } from "./shown_record.js";
import { MAX_CLAIMS } from "./signing/authorship.js";
import { verifyDispensing } from "./signing/dispensing.js";
import { buildWholeCode, holderAddresses, makeSeed, parseHandoverCode } from "./signing/handover.js";
import { PRESCRIPTION_SCHEMA, checkPrepared } from "./signing/prepared.js";
import { signUse } from "./signing/presentation.js";
import { SigningRefused } from "./signing/refusal.js";
import { loadWorker, signWithPin, submissionKey } from "./signing/unlock.js";
import { unshown, viewOf } from "./signing/view.js";

/** Signed so long before what was prepared runs out, a signature still arrives in time. */
const MARGIN_SECONDS = 30;

/** @typedef {import("./signing/prepared.js").Checked} Checked */
/** @typedef {{ checked: Checked, until: number }} Prepared `until`: milliseconds of this browser's clock */

const page = byId("signing");
const noun = page.dataset.noun ?? "";
/** Of a draft: the seed of its claims' keys. */
const seed = page.dataset.draft ? makeSeed() : null;
const order = seed ? orderOfDraft(seed) : readOrder(noun);
const pinForm = /** @type {HTMLFormElement} */ (byId("pin-form"));
const pin = /** @type {HTMLInputElement} */ (byId("pin"));
const button = /** @type {HTMLButtonElement} */ (one(pinForm, "button[type=submit]"));

/** @type {Prepared | null} */
let prepared = null;
/** @type {{ body: unknown, key: string } | null} what was signed and may not have arrived */
let signed = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let expiry;
let preparationKey = crypto.randomUUID();

for (const again of page.querySelectorAll("[data-again]")) {
  again.addEventListener("click", () => (signed ? submit() : prepare()));
}
pinForm.addEventListener("submit", (event) => {
  event.preventDefault();
  sign();
});
for (const link of document.querySelectorAll("a[data-back]")) link.setAttribute("href", order?.back ?? "/desk");
if (order === null) show("no-order");
else await prepare();

/**
 * A draft's order: its claims are handed over by keys that are made here.
 * @param {Uint8Array} codeSeed
 */
function orderOfDraft(codeSeed) {
  const holders = holderAddresses(codeSeed, MAX_CLAIMS);
  const request = { draft_id: page.dataset.draft, holders };
  return { noun, schema: PRESCRIPTION_SCHEMA, request, holders, back: `/desk/drafts/${page.dataset.draft}/edit` };
}

/** Have the record prepared, recompute it here, and show it. */
async function prepare() {
  if (order === null) return;
  show("preparing");
  const found = await readKey(page.dataset);
  if (found.state !== "ready") return show(found.state === "foreign" ? "foreign-key" : "no-key");
  const answer = await ask("POST", `/v1/${noun}/prepare`, { body: order.request, key: preparationKey });
  preparationKey = keyAfter(answer, preparationKey);
  if (answer.kind !== "done") return handle(answer, prepare);
  try {
    const now = Date.now() / 1000;
    const checked = checkPrepared(answer.text, found.kept.profile, { now, ...order });
    if (checked.kind.mustUse) verifyDispensing(checked, order.request);
    const { expires_at: expiresAt, commitment } = JSON.parse(answer.text);
    prepared = { checked, until: (now + Number(expiresAt) - checked.issuedAt - MARGIN_SECONDS) * 1000 };
    showRecord(checked, String(commitment));
    show("ready");
    loadWorker();
    clearTimeout(expiry);
    expiry = setTimeout(() => signed ?? expire(), prepared.until - Date.now());
    pin.focus();
  } catch (fault) {
    refuse(fault);
  }
}

/** @param {Checked} checked @param {string} stated the gateway's commitment */
function showRecord(checked, stated) {
  const view = viewOf(checked, pageLanguage());
  write(page, "[data-kind]", view.kind);
  one(page, "[data-kind-part]").hidden = false;
  writeSections(byId("record"), view.sections);
  const others = unshown(checked).map(({ pointer, value }) => ({ label: pointer, value }));
  writeRows(byId("other-fields"), others);
  one(page, "[data-other]").hidden = others.length === 0;
  writeRows(byId("signed-rows"), view.signed.filter(({ value }) => value !== checked.commitment));
  const count = one(page, "[data-field-count]");
  count.textContent = (count.dataset.words ?? "").replace("{n}", String(checked.fields.length));
  write(page, "[data-ours]", checked.commitment);
  write(page, "[data-theirs]", stated);
}

/** Sign what is shown, with the PIN, and send it. */
async function sign() {
  const typed = pin.value;
  pin.value = "";
  if (prepared === null || typed === "") return pin.focus();
  if (Date.now() > prepared.until) return expire();
  showOnly(page, "notice", null);
  working("deriving");
  try {
    const found = await readKey(page.dataset);
    if (found.state !== "ready") return show(found.state === "foreign" ? "foreign-key" : "no-key");
    const { checked } = prepared;
    const body = await signWithPin(checked, found.kept.keyfile, typed, working);
    const codes = (order?.codes ?? []).map(parseHandoverCode);
    const takes = checked.kind.mustUse ? { presentations: signUse(checked, codes, Date.now() / 1000) } : {};
    signed = { body: { ...body, ...takes }, key: submissionKey(checked) };
  } catch (fault) {
    return tellKeyFault(fault);
  } finally {
    working(null);
  }
  await submit();
}

/** Send what was signed; the same signatures under the same key, however often. */
async function submit() {
  if (signed === null) return;
  show("ready");
  working("sending");
  const answer = await ask("POST", `/v1/${noun}`, signed);
  working(null);
  if (answer.kind !== "done") return handle(answer, submit);
  const { id } = JSON.parse(answer.text);
  signed = null;
  if (seed === null) {
    clearOrder();
    const isBack = order !== null && "then" in order && order.then === "back";
    return location.assign(isBack ? order.back : `/desk/records/${noun}/${encodeURIComponent(id)}`);
  }
  await showCodes(seed, `/desk/prescriptions/${encodeURIComponent(id)}${answer.replayed ? "?repeated=true" : ""}`);
}

/**
 * Show what the patient gets, once: it is made here and nowhere kept.
 * @param {Uint8Array} codeSeed @param {string} next where the prescription is followed
 */
async function showCodes(codeSeed, next) {
  if (prepared === null) return location.assign(next);
  const { record, authorships } = prepared.checked;
  const { writeCodes } = await import("./handover_paper.js");
  prepared = null;
  writeCodes(byId("codes"), authorships.map((_, window) => buildWholeCode(record.issuer, record.id, window, codeSeed)), record.body);
  const goOn = one(page, "[data-go-on]");
  goOn.setAttribute("href", next);
  // Left by mistake, the page would take the only copy of the code with it.
  const stay = (/** @type {BeforeUnloadEvent} */ event) => event.preventDefault();
  addEventListener("beforeunload", stay);
  goOn.addEventListener("click", () => removeEventListener("beforeunload", stay));
  one(page, "[data-print]").addEventListener("click", () => print());
  show("accepted");
}

/**
 * Show what stands against going on; after a new sign-in, `goOn`.
 * @param {Exclude<import("./gateway.js").Answer, { kind: "done" }>} answer @param {() => Promise<void>} goOn
 */
async function handle(answer, goOn) {
  if (answer.kind === "signed_out") {
    if (await signInAgain()) return goOn();
    return show("unreachable");
  }
  if (answer.kind === "unreachable") return show("unreachable");
  signed = null;
  const stage = stageOf(answer);
  if (stage === "expired") return expire();
  if (stage === "draft-signed" && page.dataset.draft) await linkPrescription();
  if (stage === "problem") writeProblem(answer.problem);
  show(stage);
}

/** What was prepared can't be signed any more. */
function expire() {
  prepared = null;
  signed = null;
  show("expired");
}

async function linkPrescription() {
  const answer = await ask("GET", `/v1/drafts/${page.dataset.draft}`);
  const id = answer.kind === "done" ? JSON.parse(answer.text).prescription_id : null;
  if (id) one(page, "[data-prescription]").setAttribute("href", `/desk/prescriptions/${encodeURIComponent(id)}`);
}

/** @param {unknown} fault */
function refuse(fault) {
  if (!(fault instanceof SigningRefused)) throw fault;
  prepared = null;
  const box = one(page, '[data-stage="refused"]');
  write(box, "[data-said]", pick(fault.en, fault.zh));
  write(box, "[data-code]", fault.code);
  write(box, "[data-where]", fault.where);
  one(box, "[data-where-part]").hidden = !fault.where;
  show("refused");
}

/** @param {unknown} fault */
function tellKeyFault(fault) {
  if (!(fault instanceof SigningRefused)) throw fault;
  const isWrongPin = fault.code === "keyfile.wrong_pin";
  const box = one(page, '[data-notice="key-fault"]');
  write(box, "[data-said]", pick(fault.en, fault.zh));
  write(box, "[data-code]", fault.code);
  showOnly(page, "notice", isWrongPin ? "wrong-pin" : "key-fault");
  pin.focus();
}

/** @param {import("./gateway.js").Problem} problem */
function writeProblem(problem) {
  const box = one(page, '[data-stage="problem"]');
  write(box, "[data-title]", pick(problem.title, problem.title_zh));
  write(box, "[data-said]", pick(problem.detail, problem.detail_zh));
  write(box, "[data-code]", problem.code);
  const list = one(box, "[data-faults]");
  list.hidden = problem.errors.length === 0;
  const names = JSON.parse(list.dataset.names ?? "{}");
  list.replaceChildren(...problem.errors.map((fault) => {
    const item = document.createElement("li");
    const name = nameOfField(fault.pointer, names);
    item.textContent = pick(`${name}: ${fault.message}`, `${name}：${fault.message_zh}`);
    return item;
  }));
}

/** Show one stage. The record stays in sight once it was checked. @param {string} stage */
function show(stage) {
  showOnly(page, "stage", stage);
  const view = one(page, '[data-part="view"]');
  view.hidden = stage === "accepted" || (prepared === null && stage !== "expired");
  one(page, '[data-part="pin"]').hidden = stage !== "ready" || prepared === null;
  one(page, "[data-before-sending]").hidden = signed !== null;
  one(page, "[data-after-sending]").hidden = signed === null;
  page.dataset.now = stage;
  for (const way of document.querySelectorAll("[data-before-acceptance]")) way.toggleAttribute("hidden", stage === "accepted");
  if (stage === "ready" || stage === "preparing") return;
  // What stands against going on is said above the record, which may be long: bring it into sight.
  const said = one(page, `[data-stage="${stage}"]`);
  said.tabIndex = -1;
  said.focus();
}

/** Say what is being done, and take no second order meanwhile. @param {"deriving" | "signing" | "sending" | null} stage */
function working(stage) {
  button.disabled = pin.disabled = stage !== null;
  one(pinForm, "[data-work]").hidden = stage === null;
  showOnly(pinForm, "work-stage", stage);
}
