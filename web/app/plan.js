/** One's own schedule, put together on the phone: right without a network, and when sessions move. */

/** Metres a minute on foot, and by how much streets are longer than the crow flies. */
const [PACE, DETOUR] = [75, 1.3];
const EARTH = 6_371_000;

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

/** Return the entry to go to now: the one under way that ends last, or the next one to begin. */
export function nextOf(plan, at) {
  const open = plan.filter(({ state, ends_at }) => state !== "cancelled" && at < (ends_at ?? Infinity));
  return open.find(({ starts_at }) => starts_at > at) ?? open.at(-1) ?? null;
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

function clashesOf(entry, entries) {
  if (isOff(entry)) return [];
  return entries.flatMap((other) => {
    if (other === entry || isOff(other)) return [];
    if (entry.starts_at < other.ends_at && other.starts_at < entry.ends_at) return [{ kind: "overlap", entry: other }];
    const minutes = walk(entry.venue, other.venue);
    const [first, second] = entry.starts_at < other.starts_at ? [entry, other] : [other, entry];
    return second.starts_at - first.ends_at < minutes * 60 ? [{ kind: "travel", entry: other, minutes }] : [];
  });
}

function isOff({ state }) {
  return state === "cancelled";
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
