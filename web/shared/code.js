/** The code on a badge, EB1, and the short code under it (docs/badges.md). */

import { bytesOf, hexOf, joined, sha256, unbase32, unhex } from "./bytes.js";
import { verifies } from "./ed25519.js";

/** The medium of a badge on paper; 0 is one on a phone. */
export const PAPER = 1;
const SHAPE = /^E[A-Z2-7]{121}$/;
const FORMAT = 4;
const DOMAIN = bytesOf("eventday-badge-v1\0");
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Return what a text says, not verified: claim, tag, payload, signature; null if it is no code. */
export function read(text) {
  if (!SHAPE.test(text) || text.length !== 122) return null;
  const raw = unbase32(text);
  if (!raw || raw[0] >> 3 !== FORMAT) return null;
  const view = new DataView(raw.buffer);
  return {
    claim: {
      slot: raw[0] & 7,
      holder: view.getUint32(3),
      medium: raw[7] >> 7,
      generation: raw[7] & 127,
      category: raw[8],
      days: view.getUint16(9),
      flags: raw[11],
    },
    tag: hexOf(raw.subarray(1, 3)),
    payload: raw.subarray(0, 12),
    signature: raw.subarray(12),
  };
}

/** Return the tag of an event, in hex. */
export async function eventTag(event) {
  return hexOf((await sha256(unhex(event))).subarray(0, 2));
}

/** Say whether a key (32 bytes) signed a code for an event. */
export function isSigned(code, event, key) {
  return verifies(key, code.signature, joined(DOMAIN, unhex(event), code.payload));
}

/** Return what is kept of a code's text: the first 8 bytes of its SHA-256, in hex. */
export async function fingerprint(text) {
  return hexOf((await sha256(bytesOf(text))).subarray(0, 8));
}

/** Return the short code of a holder, in groups of four. */
export function shortCode(holder) {
  const digits = Array.from({ length: 7 }, (_, place) => Math.floor(holder / 32 ** (6 - place)) % 32);
  const check = digits.reduce((sum, digit, place) => sum ^ multiplied(digit, place + 1), 0);
  const text = [...digits, check].map((digit) => CROCKFORD[digit]).join("");
  return `${text.slice(0, 4)} ${text.slice(4)}`;
}

/** Return the holder of a short code as people type it, null when a character is wrong. */
export function readShort(text) {
  const typed = text.trim().toUpperCase().replace(/[- ]/g, "");
  const plain = typed.replaceAll("O", "0").replace(/[IL]/g, "1");
  const digits = Array.from(plain, (character) => CROCKFORD.indexOf(character));
  if (digits.length !== 8 || digits.includes(-1)) return null;
  const check = digits.pop();
  const wanted = digits.reduce((sum, digit, place) => sum ^ multiplied(digit, place + 1), 0);
  const holder = digits.reduce((sum, digit) => sum * 32 + digit, 0);
  return check === wanted && holder < 2 ** 32 ? holder : null;
}

/** Return an element of GF(32) times x so often, modulo x⁵ + x² + 1. */
function multiplied(element, times) {
  let product = element;
  for (let time = 0; time < times; time++) {
    product = (product << 1) ^ (product & 16 ? 0b100101 : 0);
  }
  return product;
}
