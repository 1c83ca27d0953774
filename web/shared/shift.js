/** A lead's code that extends a shift without a network: signed like the door's feed. */

import { bytesOf, unbase64 } from "./bytes.js";
import { verifies } from "./ed25519.js";

const SHAPE = /^eventday-shift:([a-z]{1,20}):(\d{1,11}):([\w-]{86})$/;
const DOMAIN = "eventday-shift-v1\n";

/** Say whether a text wants to be such a code. */
export function isShift(text) {
  return text.startsWith("eventday-shift:");
}

/** Return the end that a code gives a role, in Unix milliseconds; null when it gives none. */
export async function shiftEnd(text, { role, event, door_key: key }) {
  const [, whose, end, signature] = SHAPE.exec(text) ?? [];
  if (whose !== role) return null;
  const message = bytesOf(`${DOMAIN}${event}\n${role}\n${end}`);
  return (await verifies(unbase64(key), unbase64(signature), message)) ? Number(end) * 1000 : null;
}
