/**
 * The page that a draft is signed on: prepare, recompute, show, sign with the PIN, send.
 *
 * What is shown is built from the checked record alone. The PIN's field has no name and is emptied before it is used;
 * PIN and key stay in signing/. A signature that was made is kept until the gateway has answered, so that nothing has
 * to be signed twice when the session is over or the line is down.
 */
import { ask, keyAfter, stageOf } from "./gateway.js";
import { readKey } from "./kept_key.js";
import { byId, one, pageLanguage, pick, showOnly, write } from "./page_parts.js";
import { nameOfField } from "./row_fields.js";
import { signInAgain } from "./session_dialog.js";
import { writeRows, writeSections } from "./shown_record.js";
import { checkPrepared } from "./signing/prepared.js";
import { SigningRefused } from "./signing/refusal.js";
import { loadWorker, signWithPin, submissionKey } from "./signing/unlock.js";
import { unshown, viewOf } from "./signing/view.js";

/** Signed so long before what was prepared runs out, a signature still arrives in time. */
const MARGIN_SECONDS = 30;

/** @typedef {import("./signing/prepared.js").Checked} Checked */
/** @typedef {{ checked: Checked, until: number }} Prepared `until`: milliseconds of this browser's clock */

const page = byId("signing");
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
await prepare();

/** Have the record prepared, recompute it here, and show it. */
async function prepare() {
  show("preparing");
  const found = await readKey(page.dataset);
  if (found.state !== "ready") return show(found.state === "foreign" ? "foreign-key" : "no-key");
  const answer = await ask("POST", "/v1/prescriptions/prepare", {
    body: { draft_id: page.dataset.draft }, key: preparationKey,
  });
  preparationKey = keyAfter(answer, preparationKey);
  if (answer.kind !== "done") return handle(answer, prepare);
  try {
    const now = Date.now() / 1000;
    const checked = checkPrepared(answer.text, found.kept.profile, { now });
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
    const body = await signWithPin(prepared.checked, found.kept.keyfile, typed, working);
    signed = { body, key: submissionKey(prepared.checked) };
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
  const answer = await ask("POST", "/v1/prescriptions", signed);
  working(null);
  if (answer.kind !== "done") return handle(answer, submit);
  const { id } = JSON.parse(answer.text);
  signed = null;
  location.assign(`/desk/prescriptions/${encodeURIComponent(id)}${answer.replayed ? "?repeated=true" : ""}`);
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
  if (stage === "draft-signed") await linkPrescription();
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
  view.hidden = prepared === null && stage !== "expired";
  one(page, '[data-part="pin"]').hidden = stage !== "ready" || prepared === null;
  one(page, "[data-before-sending]").hidden = signed !== null;
  one(page, "[data-after-sending]").hidden = signed === null;
  page.dataset.now = stage;
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
