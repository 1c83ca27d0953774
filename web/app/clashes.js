/**
 * What clashes in a schedule, and where to be next: the rule of `event/schedule/schedule.py`.
 *
 * Both are held to openapi/vectors/schedules.json. An entry has to be kept from `begins` until
 * `finishes`, in UTC seconds; `kind` and `number` are what it is.
 */

/** Metres a minute on foot, and by how much streets are longer than the crow flies. */
const [PACE, DETOUR] = [75, 1.3];
const EARTH = 6_371_000;
const CHOSEN = ["bookmark", "meeting", "speaking"];
/** The states of a booking that hold a seat. */
const TAKEN = ["offered", "booked"];

/** Return what an entry clashes with, where that matters to who has both. */
export function clashesOf(entry, entries) {
  return entries.filter((other) => other !== entry).map((other) => clash(entry, other)).filter(Boolean);
}

/** Return where to be next, how many minutes that is away on foot, and when to leave. */
export function nextOf(entries, at) {
  const [coming, before] = [byTime(entries, at, true), byTime(entries, at, false)];
  if (!coming.length) return null;
  const entry = coming[0];
  const from = before.sort((one, other) => isChosen(one) - isChosen(other) || one.begins - other.begins || inOrder(one, other)).at(-1);
  const minutes = walk(from?.venue, entry.venue);
  return { entry, minutes, leave_at: entry.begins - minutes * 60 };
}

/** Return what one should be in at a moment, null when it is nothing. */
export function nowOf(entries, at) {
  return byTime(entries, at, false).find(({ finishes }) => at < finishes) ?? null;
}

/** Return whole minutes on foot between two venues; 0 in one, or where nobody knows. */
export function walk(one, other) {
  if (!one || !other || one.id === other.id) return 0;
  const places = [one.latitude, one.longitude, other.latitude, other.longitude];
  if (places.some((degrees) => degrees === null)) return 0;
  const [north, east, toNorth, toEast] = places.map((micro) => (micro / 1e6) * (Math.PI / 180));
  const half = Math.sin((toNorth - north) / 2) ** 2 + Math.cos(north) * Math.cos(toNorth) * Math.sin((toEast - east) / 2) ** 2;
  return Math.ceil((2 * EARTH * Math.asin(Math.sqrt(Math.min(half, 1))) * DETOUR) / PACE);
}

/** Order entries that begin together. */
export function inOrder(one, other) {
  return one.kind === other.kind ? one.number - other.number : one.kind < other.kind ? -1 : 1;
}

function clash(entry, other) {
  if (!isOn(entry) || !isOn(other) || !matters(entry, other)) return null;
  if (entry.begins < other.finishes && other.begins < entry.finishes) {
    return isWithin(entry, other) || isWithin(other, entry) ? null : { kind: "overlap", entry: other, minutes: 0 };
  }
  const minutes = walk(entry.venue, other.venue);
  const [first, second] = entry.begins <= other.begins ? [entry, other] : [other, entry];
  return first.finishes + minutes * 60 > second.begins ? { kind: "travel", entry: other, minutes } : null;
}

/** Say whether one has to be there at all: nothing cancelled, and no meeting declined. */
function isOn({ begins, finishes, state, answer }) {
  return begins < finishes && state !== "cancelled" && answer !== "declined";
}

/** Say whether somebody must choose: one is chosen, and at the other they are expected. */
function matters(entry, other) {
  return (isChosen(entry) && isExpected(other)) || (isChosen(other) && isExpected(entry));
}

/** Say whether somebody wants or has to be there, and has a seat where that takes one. */
function isChosen({ why, booking }) {
  return why.some((one) => CHOSEN.includes(one)) || TAKEN.includes(booking?.state);
}

/** Say whether one is missed: not where nobody speaks, at lunch or at the open reception. */
function isExpected(entry) {
  const isFor = entry.why.includes("everyone") || entry.why.includes("category");
  return isChosen(entry) || (isFor && entry.isSpoken);
}

/** Say whether an entry is a meeting in the other, which is its break. */
function isWithin({ meeting }, { kind, number }) {
  return kind === "session" && meeting?.session_id === number;
}

/** Say whether it is no more than a place in a waitlist. */
function isWaiting({ why, booking }) {
  return why.join() === "booking" && booking?.state !== "booked";
}

/** Return what one has to be at and begins later, or has begun; the chosen first where that is at once. */
function byTime(entries, at, isLater) {
  return entries
    .filter((entry) => isOn(entry) && !isWaiting(entry) && entry.begins > at === isLater)
    .sort((one, other) => one.begins - other.begins || isChosen(other) - isChosen(one) || inOrder(one, other));
}
