/** A lead's code that extends a shift without a network: signed like the door's feed (docs/door.md). */

import { bytesOf, unbase64 } from "./bytes.js";
import { verifies } from "./ed25519.js";
import { LINK } from "./feed.js";

const SHAPE = /^eventday-shift:([a-z]{1,20}):(\d{1,11}):([\w-]{86})(?::([\w-]{43}):([\w-]{86}))?$/;
const DOMAIN = "eventday-shift-v1\n";

/** Say whether a text wants to be such a code. */
export function isShift(text) {
  return text.startsWith("eventday-shift:");
}

/** Return the end that a code gives a role, in Unix milliseconds; null when it gives none. */
export async function shiftEnd(text, { role, event, door_key: pinned }) {
  const [, whose, end, signature, next, link] = SHAPE.exec(text) ?? [];
  if (whose !== role) return null;
  const isBy = (key, sig, message) => verifies(unbase64(key), unbase64(sig), bytesOf(message));
  const said = `${DOMAIN}${event}\n${role}\n${end}`;
  const follows = next && (await isBy(pinned, link, `${LINK}${event}\n${next}`));
  const isSigned = (await isBy(pinned, signature, said)) || (follows && (await isBy(next, signature, said)));
  return isSigned ? Number(end) * 1000 : null;
}
