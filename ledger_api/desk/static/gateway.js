/**
 * Asking the gateway from a page, and what its answers mean to a doctor who signs.
 *
 * An answer is one of four: done, refused (a problem of RFC 9457), signed out, or unreachable. Nothing is logged.
 */

/**
 * @typedef {{ kind: "done", status: number, text: string, replayed: boolean }} Done
 * @typedef {{ kind: "refused", status: number, problem: Problem }} Refused
 * @typedef {Done | Refused | { kind: "signed_out" } | { kind: "unreachable" }} Answer
 */
/**
 * @typedef {object} Problem
 * @property {string} code @property {string} title @property {string} title_zh @property {string} detail
 * @property {string} detail_zh @property {{ pointer: string, message: string, message_zh: string }[]} errors
 */

/** Codes after which what was prepared can't be signed any more, but can be prepared anew. */
const PREPARE_ANEW = new Set(["stale-signed-time", "preparation-not-found"]);
const SIGNED_ALREADY = new Set(["draft-signed", "preparation-used"]);

/**
 * @param {string} method @param {string} path
 * @param {{ body?: unknown, key?: string }} [sent] `key`: the Idempotency-Key, the same for every repetition
 * @param {typeof fetch} [fetcher]
 * @returns {Promise<Answer>}
 */
export async function ask(method, path, { body, key } = {}, fetcher = fetch) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key !== undefined) headers["Idempotency-Key"] = key;
  try {
    const response = await fetcher(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin", cache: "no-store", redirect: "error",
    });
    const text = await response.text();
    if (response.ok) {
      return { kind: "done", status: response.status, text, replayed: response.headers.get("Idempotency-Replayed") === "true" };
    }
    return readRefusal(response.status, text);
  } catch {
    return { kind: "unreachable" };
  }
}

/** @param {number} status @param {string} text @returns {Answer} */
export function readRefusal(status, text) {
  const problem = parseProblem(text);
  // What isn't a problem of the gateway's comes from something in between, such as a proxy without its gateway.
  if (problem === null) return { kind: "unreachable" };
  if (status === 401 && problem.code !== "credentials-wrong") return { kind: "signed_out" };
  return { kind: "refused", status, problem };
}

/**
 * Which stage of the signing page a refusal leads to.
 * @param {Refused} refused
 * @returns {"expired" | "draft-signed" | "draft-gone" | "problem"}
 */
export function stageOf({ problem: { code } }) {
  if (PREPARE_ANEW.has(code)) return "expired";
  if (SIGNED_ALREADY.has(code)) return "draft-signed";
  return code === "draft-not-found" ? "draft-gone" : "problem";
}

/**
 * The key of the next request of a kind: the same until the gateway has answered, for a repetition; after an answer,
 * be it a refusal, a new one, or the refused request would be asked for again and again.
 * @param {Answer} answer @param {string} key
 */
export function keyAfter(answer, key) {
  return answer.kind === "done" || answer.kind === "refused" ? crypto.randomUUID() : key;
}

/** @param {string} text @returns {Problem | null} */
function parseProblem(text) {
  try {
    const problem = JSON.parse(text);
    return typeof problem?.code === "string" ? { errors: [], ...problem } : null;
  } catch {
    return null;
  }
}
