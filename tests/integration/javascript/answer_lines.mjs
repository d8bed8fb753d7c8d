/** Answers one JSON request a line with what the browser's signing code computes, or the code it refuses with. */
import { createInterface } from "node:readline";

import { signingDigest, toHex } from "../../../ledger_api/desk/static/signing/authorship.js";
import { canonicalText, parseJson } from "../../../ledger_api/desk/static/signing/canonical.js";
import { buildCommitment } from "../../../ledger_api/desk/static/signing/commitment.js";
import { buildPartCode, holderAddresses, parseHandoverCode } from "../../../ledger_api/desk/static/signing/handover.js";
import { parseKeyfile } from "../../../ledger_api/desk/static/signing/keyfile.js";
import { signReadings, signUse } from "../../../ledger_api/desk/static/signing/presentation.js";
import { checkPrepared, sign } from "../../../ledger_api/desk/static/signing/prepared.js";
import { parseProfile } from "../../../ledger_api/desk/static/signing/profile.js";
import { Malformed, SigningRefused } from "../../../ledger_api/desk/static/signing/refusal.js";
import { unshown, viewOf } from "../../../ledger_api/desk/static/signing/view.js";

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

const ANSWERS = {
  commit({ record, record_key: key }) {
    const parsed = parseJson(Buffer.from(record, "base64"));
    const { fields, leaves, commitment } = buildCommitment(parsed, bytes(key));
    return {
      canonical: canonicalText(parsed), pointers: fields.map(({ pointer }) => pointer), leaves: leaves.map(toHex),
      commitment: toHex(commitment),
    };
  },
  check({ reply, profile, now, asked_body: asked, private_key: key, schema }) {
    const askedBody = asked === null ? null : parseJson(asked);
    const checked = checkPrepared(reply, parseProfile(profile), { now, askedBody, schema });
    const shown = viewOf(checked, "zh").sections.flatMap(({ pointers, rows }) => [...pointers, ...rows.flatMap((row) => row.pointers)]);
    return {
      commitment: checked.commitment,
      digests: checked.authorships.map((act) => toHex(signingDigest(act, checked.profile.domain))),
      signatures: sign(checked, bytes(key)),
      shown_count: shown.length + unshown(checked).length,
    };
  },
  take({ reply, profile, now, schema, codes, at }) {
    const checked = checkPrepared(reply, parseProfile(profile), { now, schema });
    return { presentations: signUse(checked, codes.map(parseHandoverCode), at) };
  },
  handover({ text, ordinals, spender, chain_id: chainId, register, at }) {
    const code = parseHandoverCode(text);
    return {
      institution: code.institution, record_id: code.recordId, window: code.window, ordinals: code.ordinals,
      part: buildPartCode(code, ordinals), readings: signReadings(code, spender, { chainId, register }, at),
    };
  },
  addresses: ({ seed, count }) => ({ addresses: holderAddresses(bytes(seed), count) }),
  keyfile: ({ content }) => ({ address: parseKeyfile(Buffer.from(content, "base64")).address }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = ANSWERS[request.act](request);
  } catch (fault) {
    if (fault instanceof SigningRefused) answer = { refused: fault.code };
    else if (fault instanceof Malformed) answer = { refused: "malformed" };
    else answer = { crashed: String(/** @type {Error} */ (fault).stack) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
