/** One's own schedule, put together on the phone: right without a network, and when sessions move. */

/** Metres a minute on foot, and by how much streets are longer than the crow flies. */
const [PACE, DETOUR] = [75, 1.3];
const EARTH = 6_371_000;
/** The states of a booking that hold a seat. */
const TAKEN = ["offered", "booked"];

/** Return the sessions somebody has marked: what the server last said, and what this phone did since. */
export function marksOf(schedule, items) {
  const marks = new Set(schedule?.bookmarks ?? []);
  for (const { kind, payload } of byCount(items)) {
    if (kind === "bookmark") payload.on ? marks.add(payload.session) : marks.delete(payload.session);
  }
  return marks;
}

/** Return the bookings by session, with those that this phone asked for and nobody answered yet. */
export function bookingsOf(schedule, items) {
  const found = new Map((schedule?.bookings ?? []).map((booking) => [booking.session_id, booking]));
  for (const { kind, payload } of byCount(items)) {
    if (kind !== "booking") continue;
    const { session, on } = payload;
    if (on) found.set(session, { session_id: session, state: "asked", place: null, offered_until: null });
    else found.delete(session);
  }
  return found;
}

/**
 * Return what somebody's schedule holds, in time order, each with what it clashes with.
 *
 * An entry is {id, starts_at, ends_at, state, why, session?, meeting?, isElsewhere, clashes}; times
 * are UTC seconds. What is cancelled stays and clashes with nothing; `isElsewhere` where there is
 * more than one venue.
 */
export function planOf(agenda, schedule, items) {
  const marks = marksOf(schedule, items);
  const bookings = bookingsOf(schedule, items);
  const mine = new Set(schedule?.speaking ?? []);
  const entries = [];
  for (const session of agenda.sessions.values()) {
    const why = [];
    if (session.audience.includes("everyone")) why.push("everyone");
    if (session.audience.includes(schedule?.category)) why.push("category");
    if (marks.has(session.id)) why.push("bookmark");
    if (bookings.has(session.id)) why.push("booking");
    if (mine.has(session.id)) why.push("speaking");
    if (why.length) entries.push({ ...timesOf(session), id: `s${session.id}`, why, session, booking: bookings.get(session.id) });
  }
  for (const entry of schedule?.entries ?? []) {
    if (entry.kind === "session" && agenda.sessions.has(entry.session_id)) continue;
    if (entry.kind === "session" && entry.public) continue; // it is not in the agenda any more
    entries.push(otherOf(entry, agenda));
  }
  entries.sort((one, other) => one.starts_at - other.starts_at || (one.id < other.id ? -1 : 1));
  const isElsewhere = new Set(entries.map(({ venue }) => venue?.id)).size > 1;
  return entries.map((entry) => ({ ...entry, isElsewhere, clashes: clashesOf(entry, entries) }));
}

/** Return the entry to go to: the next one to begin, what is chosen first, or what is on. */
export function nextOf(plan, at) {
  const open = plan.filter((entry) => isOn(entry) && isSure(entry) && at < (entry.ends_at ?? Infinity));
  const [first] = open.filter(({ starts_at }) => starts_at > at);
  return open.find((entry) => entry.starts_at === first?.starts_at && isChosen(entry)) ?? first ?? open.at(-1) ?? null;
}

/** Return whole minutes on foot between two venues; 0 in one, or where nobody knows. */
export function walk(one, other) {
  if (!one || !other || one.id === other.id) return 0;
  const places = [one.latitude, one.longitude, other.latitude, other.longitude];
  if (places.some((degrees) => degrees === null)) return 0;
  const [lat1, lon1, lat2, lon2] = places.map((micro) => (micro / 1e6) * (Math.PI / 180));
  const half = Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin((lon2 - lon1) / 2) ** 2;
  return Math.ceil((2 * EARTH * Math.asin(Math.sqrt(half)) * DETOUR) / PACE);
}

/** Return what an entry clashes with, where somebody must choose; `event.schedule` says the same. */
function clashesOf(entry, entries) {
  return entries.flatMap((other) => {
    if (other === entry || !isOn(entry) || !isOn(other) || !matters(entry, other)) return [];
    if (entry.starts_at < other.ends_at && other.starts_at < entry.ends_at) {
      return isWithin(entry, other) || isWithin(other, entry) ? [] : [{ kind: "overlap", entry: other }];
    }
    const minutes = walk(entry.venue, other.venue);
    const [first, second] = entry.starts_at < other.starts_at ? [entry, other] : [other, entry];
    return second.starts_at - first.ends_at < minutes * 60 ? [{ kind: "travel", entry: other, minutes }] : [];
  });
}

/** Say whether one has to be there at all: nothing cancelled, and no meeting declined. */
function isOn({ state, answer }) {
  return state !== "cancelled" && answer !== "declined";
}

function matters(entry, other) {
  return (isChosen(entry) && isExpected(other)) || (isChosen(other) && isExpected(entry));
}

/** Say whether somebody wants or has to be there, and has a seat where that takes one. */
function isChosen({ why, booking }) {
  return why.some((one) => ["bookmark", "meeting", "speaking"].includes(one)) || TAKEN.includes(booking?.state);
}

/** Say whether one is missed: not where nobody speaks, at lunch or at the open reception. */
function isExpected(entry) {
  if (isChosen(entry)) return true;
  const { why, session } = entry;
  const isFor = why.includes("everyone") || why.includes("category");
  return isFor && Boolean(session) && [session, ...session.parts].some(({ speakers }) => speakers.length);
}

/** Say whether an entry is a meeting in the other, which is its break. */
function isWithin({ meeting }, { session }) {
  return Boolean(meeting && session) && meeting.session_id === session.id;
}

/** Say whether it is more than a place in a waitlist. */
function isSure({ why, booking }) {
  return why.join() !== "booking" || TAKEN.slice(1).includes(booking?.state);
}

function timesOf({ starts_at, ends_at, state, venue, room, title, reason }) {
  return { starts_at, ends_at, state, venue, room, title, reason };
}

function otherOf(entry, agenda) {
  const seconds = (text) => (text ? Date.parse(text) / 1000 : null);
  const room = agenda.rooms.get(entry.room?.id) ?? entry.room ?? null;
  const venue = agenda.venues.find(({ id }) => id === (entry.venue?.id ?? room?.venue_id)) ?? null;
  const { title, state, reason, why, answer, table } = entry;
  const starts_at = seconds(entry.starts_at);
  return {
    id: entry.kind === "meeting" ? `m${entry.meeting_id}` : `s${entry.session_id}`,
    starts_at, ends_at: seconds(entry.ends_at) ?? starts_at, state, title, reason, why, room, venue, answer, table,
    with: entry.with ?? [], meeting: entry.kind === "meeting" ? entry : null,
  };
}

function byCount(items) {
  return [...items].sort((one, other) => one.n - other.n);
}
