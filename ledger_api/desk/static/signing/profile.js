/** The pinned profile: who signs, for which institution, on which chain. Given at enrolment, never by a gateway. */
import { parseJson } from "./canonical.js";
import { Malformed, refuseMalformed } from "./refusal.js";

const MAX_PROFILE_BYTES = 65_536;

/** @param {unknown} value */
const isText = (value) => typeof value === "string";
/** @param {unknown} value */
const isAddress = (value) => typeof value === "string" && /^0x[0-9a-fA-F]{40}$/.test(value);
/** @param {number} largest @returns {(value: any) => boolean} */
const isNumberTo = (largest) => (value) => Number.isInteger(value) && value >= 1 && value <= largest;

/** @type {{ [name: string]: (value: any) => boolean }} */
const MEMBERS = {
  format: (value) => value === "rxledger.profile/1",
  chain_id: isNumberTo(Number.MAX_SAFE_INTEGER),
  genesis_hash: (value) => isText(value) && /^0x[0-9a-f]{64}$/.test(value),
  directory: isAddress,
  checkpoint_log: isAddress,
  claim_register: isAddress,
  gateway: (value) => isText(value) && value.length <= 512 && /^https?:\/\/[^\s]+$/.test(value),
  institution: isNumberTo(2 ** 32 - 1),
  institution_name: isText,
  institution_name_zh: isText,
  username: isText,
  signer: isAddress,
  keyfile: isText,
};

/**
 * @typedef {object} Profile
 * @property {number} institution @property {{ en: string, zh: string }} institutionName @property {string} username
 * @property {string} signer the enrolled address, lower case
 * @property {import("./authorship.js").Domain} domain what every signature is bound to
 */

/**
 * Parse a profile (rxledger.profile/1). Refused: `profile.malformed`.
 * @param {string | Uint8Array} source
 * @returns {Readonly<Profile>}
 */
export function parseProfile(source) {
  return refuseMalformed("profile.malformed", "not a profile of RxLedger", "不是 RxLedger 的配置文件", () => {
    const value = /** @type {any} */ (parseJson(source, { maxBytes: MAX_PROFILE_BYTES, maxDepth: 4 }));
    if (typeof value !== "object" || value === null) throw new Malformed("not an object", "不是对象");
    for (const [name, accepts] of Object.entries(MEMBERS)) {
      if (!accepts(value[name]))
        throw new Malformed("missing or of a wrong form", "缺少或格式错误", `/${name}`);
    }
    const unknown = Object.keys(value).find((name) => !Object.hasOwn(MEMBERS, name));
    if (unknown !== undefined)
      throw new Malformed("a profile has no such member", "配置文件没有该成员", `/${unknown}`);
    return Object.freeze({
      institution: value.institution,
      institutionName: Object.freeze({ en: value.institution_name, zh: value.institution_name_zh }),
      username: value.username,
      signer: value.signer.toLowerCase(),
      domain: Object.freeze({ chainId: value.chain_id, register: value.claim_register.toLowerCase() }),
    });
  });
}
