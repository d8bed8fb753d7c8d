/**
 * Where a hand-over code is scanned, as text or out of a picture. Its keys sign, here, that this institution may read;
 * the code itself goes nowhere.
 */
import { keepCode } from "./counter_codes.js";
import { ask, keyAfter } from "./gateway.js";
import { readKey } from "./kept_key.js";
import { byId, one, pick, showOnly, write } from "./page_parts.js";
import { signInAgain } from "./session_dialog.js";
import { parseHandoverCode, tidyCode } from "./signing/handover.js";
import { signReadings } from "./signing/presentation.js";
import { SigningRefused } from "./signing/refusal.js";

const LARGEST_SIDE = 1600;

const counter = byId("counter");
const form = /** @type {HTMLFormElement} */ (byId("scan-form"));
const field = /** @type {HTMLTextAreaElement} */ (byId("code"));
const picture = /** @type {HTMLInputElement} */ (byId("picture"));
let key = crypto.randomUUID();
let isWorking = false;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  fetchByCode();
});
// A scanner ends with Enter.
field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  form.requestSubmit();
});
picture.addEventListener("change", () => readPicture(picture.files?.[0]));
document.addEventListener("paste", (event) => readPicture([...(event.clipboardData?.files ?? [])][0]));

async function fetchByCode() {
  // Enter, and a scanner that sends it twice, pass a button that is disabled.
  if (isWorking) return;
  showOnly(counter, "notice", null);
  const text = tidyCode(field.value);
  if (text === "") return field.focus();
  const found = await readKey(counter.dataset);
  if (found.state !== "ready") return showOnly(counter, "notice", "no-key");
  try {
    const code = parseHandoverCode(text);
    const { institution, domain } = found.kept.profile;
    const presentations = signReadings(code, institution, domain, Date.now() / 1000);
    const place = { institution: code.institution, id: code.recordId, window: code.window };
    working(true);
    const answer = await ask("POST", "/v1/received-prescriptions", { body: { ...place, presentations }, key });
    working(false);
    key = /** @type {typeof key} */ (keyAfter(answer, key));
    if (answer.kind === "done") {
      keepCode(text);
      return location.assign(`/desk/counter/${code.institution}/${code.recordId}?window=${code.window}`);
    }
    if (answer.kind === "signed_out") return (await signInAgain()) ? fetchByCode() : undefined;
    if (answer.kind === "unreachable") return showOnly(counter, "notice", "unreachable");
    const { problem } = answer;
    // Whose gateway refused stands in the detail, after what it means here.
    const title = problem.code === "peer-refused" ? "" : pick(problem.title, problem.title_zh);
    refuse(title, pick(problem.detail, problem.detail_zh), problem.code);
  } catch (fault) {
    if (!(fault instanceof SigningRefused)) throw fault;
    refuse("", pick(fault.en, fault.zh), fault.code);
  }
}

/** @param {File | undefined} file */
async function readPicture(file) {
  if (file === undefined) return;
  showOnly(counter, "notice", null);
  try {
    field.value = await decodePicture(file);
  } catch {
    return showOnly(counter, "notice", "no-picture");
  } finally {
    picture.value = "";
  }
  form.requestSubmit();
}

/** The text of the square code in a picture; throws if there is none. @param {Blob} file */
async function decodePicture(file) {
  const { decodeQR } = await import("/static/kit/vendor/qr/decode.js");
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LARGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(bitmap, 0, 0, width, height);
  return decodeQR(context.getImageData(0, 0, width, height)).trim();
}

/** @param {string} title @param {string} said @param {string} code */
function refuse(title, said, code) {
  const box = one(counter, '[data-notice="refused"]');
  write(box, "[data-title]", title);
  write(box, "[data-said]", said);
  write(box, "[data-code]", code);
  showOnly(counter, "notice", "refused");
  field.select();
}

/** @param {boolean} is */
function working(is) {
  isWorking = is;
  one(form, "[data-work]").hidden = !is;
  /** @type {HTMLButtonElement} */ (one(form, "button[type=submit]")).disabled = is;
}
