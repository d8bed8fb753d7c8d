/** From PIN to signatures in one step, so that the private key lives no longer than the signing takes. */
import { openKeyfile, unavailable } from "./keyfile.js";
import { sign } from "./prepared.js";

/** @typedef {"deriving" | "signing"} Stage what the page can tell the doctor while she waits */

/**
 * Sign what was checked with the kept key. Refused: what `openKeyfile` and `sign` refuse.
 * @param {import("./prepared.js").Checked} checked @param {import("./keyfile.js").Keyfile} keyfile
 * @param {string} pin the page clears its field at once @param {(stage: Stage) => void} [onStage]
 * @param {import("./keyfile.js").DeriveScrypt} [deriveScrypt]
 * @returns {Promise<{ preparation_id: string, signatures: string[] }>} what is sent: signatures, never a key
 */
export async function signWithPin(checked, keyfile, pin, onStage = () => {}, deriveScrypt = deriveInWorker) {
  onStage("deriving");
  const privateKey = await openKeyfile(keyfile, new TextEncoder().encode(pin), checked.profile, deriveScrypt);
  try {
    onStage("signing");
    return { preparation_id: checked.preparationId, signatures: sign(checked, privateKey) };
  } finally {
    privateKey.fill(0);
  }
}

/** The same for every repetition of this submission. @param {import("./prepared.js").Checked} checked */
export function submissionKey(checked) {
  return `submit-${checked.commitment.slice(2)}`;
}

/** @type {Worker | null} loaded ahead of its use */
let waiting = null;

/** Load what opens a keyfile while the gateway answers, so that signing itself needs nothing more from it. */
export function loadWorker() {
  if (waiting) return;
  const worker = new Worker(new URL("./keyfile_worker.js", import.meta.url), { type: "module" });
  waiting = worker;
  worker.onerror = () => {
    if (waiting === worker) waiting = null;
  };
}

/** @type {import("./keyfile.js").DeriveScrypt} */
export async function deriveInWorker(pin, derivation) {
  loadWorker();
  const worker = /** @type {Worker} */ (waiting);
  waiting = null;
  try {
    return await new Promise((resolve, reject) => {
      const fail = () =>
        reject(unavailable("it needs WebAssembly and enough memory", "需要 WebAssembly 与足够的内存"));
      const failToLoad = () =>
        reject(unavailable("its code couldn't be loaded; try again soon", "代码未能载入；请稍后重试"));
      worker.onmessage = ({ data }) => (data ? resolve(data) : fail());
      // Without a message: the worker's code could not be fetched (HTML, "run a worker").
      worker.onerror = ({ message }) => (message ? fail() : failToLoad());
      worker.postMessage({ pin, derivation });
    });
  } finally {
    worker.terminate();
    loadWorker();
  }
}
