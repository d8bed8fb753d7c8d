/** Which of the chosen files is the keyfile and which the profile, and whether both are this doctor's. */
import { parseKeyfile } from "./signing/keyfile.js";
import { parseProfile } from "./signing/profile.js";
import { SigningRefused } from "./signing/refusal.js";

const MAX_FILE_BYTES = 65_536;

/** @typedef {{ profileText: string, keyfileText: string }} Pair */
/** @typedef {{ size: number, text: () => Promise<string> }} ChosenFile */

/**
 * Read keyfile and profile out of the chosen files, whatever their names and order. Refused: `files.pair` where one is
 * missing or doubled, `keyfile.malformed` or `profile.malformed` where only one could be told.
 * @param {ChosenFile[]} files
 * @returns {Promise<Pair>}
 */
export async function readPair(files) {
  if (files.length !== 2 || files.some(({ size }) => size > MAX_FILE_BYTES)) throw notAPair();
  const [first, second] = await Promise.all(files.map((file) => file.text()));
  const profiles = [first, second].filter((text) => parses(parseProfile, text));
  const keyfiles = [first, second].filter((text) => parses(parseKeyfile, text));
  if (profiles.length > 1 || keyfiles.length > 1) throw notAPair();
  if (profiles.length === 0 && keyfiles.length === 0) throw notAPair();
  const [profileText] = profiles.length ? profiles : [first, second].filter((text) => text !== keyfiles[0]);
  const [keyfileText] = keyfiles.length ? keyfiles : [first, second].filter((text) => text !== profiles[0]);
  parseProfile(profileText);
  parseKeyfile(keyfileText);
  return { profileText, keyfileText };
}

/**
 * Refuses a pair that is somebody else's, by the account that is signed in: `profile.foreign`, `keyfile.foreign`.
 * @param {Pair} pair @param {{ institution: number, username: string, signer: string }} own
 */
export function verifyOwn({ profileText, keyfileText }, own) {
  const profile = parseProfile(profileText);
  if (profile.institution !== own.institution || profile.username !== own.username) {
    throw new SigningRefused(
      "profile.foreign",
      "this profile is of another account than the one signed in; choose your own",
      "该配置文件属于另一账户；请选择您本人的配置文件",
    );
  }
  if (profile.signer !== own.signer || parseKeyfile(keyfileText).address !== own.signer) {
    throw new SigningRefused(
      "keyfile.foreign",
      "this key isn't the one registered for you; choose yours, or ask your administrator",
      "该密钥不是为您登记的密钥；请选择您本人的密钥文件，或联系管理员",
    );
  }
}

/** @param {(text: string) => unknown} parse @param {string} text */
function parses(parse, text) {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function notAPair() {
  return new SigningRefused(
    "files.pair",
    "choose exactly two files at once: your keyfile and your profile",
    "请同时选中恰好两个文件：密钥文件和配置文件",
  );
}
