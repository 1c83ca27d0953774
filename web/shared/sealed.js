/** Sealed names: only the badge in front of the camera opens its own (docs/badges.md). */

import { bytesOf, hexOf, unbase64, unhex } from "./bytes.js";

const INFO = bytesOf("eventday-sealed-v1");

/** Return the name a signature is found by, in hex, and the raw key that opens what lies there. */
export async function derived(signature, event) {
  const secret = await crypto.subtle.importKey("raw", signature, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: unhex(event), info: INFO };
  const raw = new Uint8Array(await crypto.subtle.deriveBits(how, secret, 40 * 8));
  return { id: hexOf(raw.subarray(0, 8)), key: raw.subarray(8) };
}

/** Return the text in a box (bytes), null when it is another badge's or damaged. */
export async function opened(box, key) {
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const how = { name: "AES-GCM", iv: box.subarray(0, 12) };
  const plain = await crypto.subtle.decrypt(how, aes, box.subarray(12)).catch(() => null);
  return plain && new TextDecoder().decode(plain).replace(/\0+$/, "");
}

/** Return what the badge of a signature opens among boxes (base64url by id), null if nothing. */
export async function personOf(signature, event, boxes) {
  const { id, key } = await derived(signature, event);
  const text = boxes[id] && (await opened(unbase64(boxes[id]), key));
  if (!text) return null;
  const { g, s, o, n } = JSON.parse(text);
  return { given_name: g ?? "", surname: s ?? "", organisation: o ?? "", note: n ?? "" };
}
