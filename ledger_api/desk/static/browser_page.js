/** Setting this browser up: keyfile and profile are read here, compared with whom they are for, and kept here. */
import { ask as confirm } from "/static/kit/confirm.js";

import { readPair, verifyOwn } from "./chosen_files.js";
import { readKey } from "./kept_key.js";
import { byId, one, pick, write } from "./page_parts.js";
import { forgetKey, keepKey } from "./signing/keyring.js";
import { SigningRefused } from "./signing/refusal.js";
import { shownTime } from "./signing/view.js";

const page = byId("browser-key");
const files = /** @type {HTMLInputElement} */ (byId("files"));
const institution = Number(page.dataset.institution);
const username = page.dataset.username ?? "";

files.addEventListener("change", () => keep(files.files));
byId("choose-files").addEventListener("submit", (event) => event.preventDefault());
page.addEventListener("dragover", (event) => event.preventDefault());
page.addEventListener("drop", (event) => {
  event.preventDefault();
  keep(event.dataTransfer?.files ?? null);
});
byId("forget").addEventListener("click", async (event) => {
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  if (!(await confirm(document, button.dataset.question ?? ""))) return;
  await forgetKey(institution, username);
  await show(null);
});
document.getElementById("development-key")?.addEventListener("click", keepDevelopmentKey);
await show(null);

/** Development only: the invented person's files, as the gateway has them at hand, instead of chosen ones. */
async function keepDevelopmentKey() {
  const answer = await fetch("/desk/development/key", { headers: { Accept: "application/json" } });
  const { keyfile, profile } = answer.ok ? await answer.json() : { keyfile: "", profile: "" };
  await keepFiles([keyfile, profile].map((text) => new File([text], "development.json")));
}

/** @param {FileList | null} chosen */
async function keep(chosen) {
  if (chosen?.length) await keepFiles([...chosen]);
}

/** @param {File[]} chosen */
async function keepFiles(chosen) {
  try {
    const pair = await readPair(chosen);
    verifyOwn(pair, { institution, username, signer: page.dataset.signer ?? "" });
    await keepKey(pair.profileText, pair.keyfileText);
    await show("kept");
  } catch (fault) {
    tell(fault);
    await show("refused");
  }
  files.value = "";
}

/** @param {unknown} fault */
function tell(fault) {
  const refused = fault instanceof SigningRefused ? fault : new SigningRefused(
    "browser.storage",
    "this browser can't keep the files; private windows often can't. Use an ordinary window",
    "本浏览器无法保存文件，无痕窗口通常如此；请使用普通窗口",
  );
  const box = one(page, '[data-state="refused"]');
  write(box, "[data-said]", pick(refused.en, refused.zh) + (refused.where ? ` (${refused.where})` : ""));
  write(box, "[data-code]", refused.code);
}

/** Show what is kept now, beside the answer to what was just done. @param {"kept" | "refused" | null} answer */
async function show(answer) {
  const found = await readKey(page.dataset);
  const kept = found.state === "ready";
  for (const part of page.querySelectorAll("[data-state]")) {
    if (!(part instanceof HTMLElement)) continue;
    const { state } = part.dataset;
    part.hidden = state !== answer && state !== (kept ? "ready" : "absent");
  }
  if (found.state !== "ready") return;
  const { profile, keptAt } = found.kept;
  write(page, '[data-fact="signer"]', profile.signer);
  write(page, '[data-fact="institution"]', pick(profile.institutionName.en, profile.institutionName.zh));
  write(page, '[data-fact="chain"]', String(profile.domain.chainId));
  write(page, '[data-fact="register"]', profile.domain.register);
  write(page, '[data-fact="since"]', shownTime(keptAt));
}
