/** Tells on the first page whether this browser can sign for her: only the browser knows. */
import { readKey } from "./kept_key.js";
import { byId, showOnly, write } from "./page_parts.js";

const state = byId("browser-state");
const { signer = "" } = state.dataset;
if (signer) {
  const found = await readKey(state.dataset);
  write(state, "[data-address]", signer);
  showOnly(state, "state", found.state);
}
