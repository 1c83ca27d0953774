/** The code on a certificate, EC1 (docs/certificates.md): read, and checked without a server. */

import { bytesOf, joined, unbase32, unbase64, unhex } from "../shared/bytes.js";
import { verifies } from "../shared/ed25519.js";

const SHAPE = /^C[A-Z2-7]+$/;
const LONGEST = 20_000;
const FORMAT = 2;
const SIGNATURE = 64;
const DOMAIN = bytesOf("eventday-certificate-v1\0");

/**
 * Return what a code says, `{ certificate }`, or `{ reason }`: unreadable, unknown_key, revoked_key,
 * forged. `known` is the answer of GET /v1/certificates/keys.
 */
export async function check(text, known) {
  const raw = text.length <= LONGEST && SHAPE.test(text) ? unbase32(text) : null;
  if (!raw || raw.length <= SIGNATURE + 1 || raw[0] >> 3 !== FORMAT || text.length !== spelt(raw)) {
    return { reason: "unreadable" };
  }
  const key = known.keys.find((one) => one.slot === (raw[0] & 7));
  if (!key) return { reason: "unknown_key" };
  const payload = raw.subarray(0, -SIGNATURE);
  const said = joined(DOMAIN, unhex(known.event), payload);
  if (!await verifies(unbase64(key.public), raw.subarray(-SIGNATURE), said)) {
    return { reason: "forged" };
  }
  if (key.status === "revoked") return { reason: "revoked_key" };
  return { certificate: JSON.parse(await inflated(payload.subarray(1))) };
}

/** Return how many characters so many bytes have: one text alone is right for them. */
function spelt(bytes) {
  return Math.ceil((bytes.length * 8) / 5);
}

/** Return the text that deflated bytes hold; they were signed, so they are ours. */
function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}
