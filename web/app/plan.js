/** One's own schedule, put together on the phone: right without a network, and when sessions move. */

import { clashesOf, inOrder } from "./clashes.js";

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
 * An entry is {id, kind, number, starts_at, ends_at, begins, finishes, state, why, session?,
 * meeting?, isElsewhere, clashes}; times are UTC seconds. What is cancelled stays and clashes with
 * nothing; `isElsewhere` where there is more than one venue.
 */
export function planOf(agenda, schedule, items) {
  const mine = {
    category: schedule?.category, speakers: new Set(schedule?.speakers ?? []),
    marks: marksOf(schedule, items), bookings: bookingsOf(schedule, items),
  };
  const entries = [...agenda.sessions.values()].map((session) => ofSession(session, mine));
  for (const entry of schedule?.entries ?? []) {
    if (entry.kind === "meeting") entries.push(ofMeeting(entry, agenda));
    // What should be in the agenda and is not any more is in no plan.
    else if (!entry.public && !agenda.sessions.has(entry.session_id)) entries.push(ofRestricted(entry, agenda, mine));
  }
  const plan = entries.filter(({ why }) => why.length)
    .sort((one, other) => one.starts_at - other.starts_at || inOrder(one, other));
  const isElsewhere = new Set(plan.flatMap(({ venue }) => venue?.id ?? [])).size > 1;
  return plan.map((entry) => ({ ...entry, isElsewhere, clashes: clashesOf(entry, plan) }));
}

/** Return the entries of seats that somebody holds and could not use who goes to a session. */
export function inTheWay(agenda, schedule, items, session) {
  const wish = { n: Infinity, kind: "bookmark", payload: { session, on: true } };
  const wanted = planOf(agenda, schedule, [...items, wish]).find(({ id }) => id === `s${session}`);
  return wanted.clashes.map(({ entry }) => entry).filter(({ booking }) => booking?.state === "booked");
}

function ofSession(session, mine) {
  const { id: number, starts_at, ends_at, state, venue, room, title, reason, audience } = session;
  const speaks = ({ speakers }) => speakers.some(({ id }) => mine.speakers.has(id));
  const [isAll, parts] = [speaks(session), session.parts.filter(speaks)];
  const why = [
    audience.includes("everyone") && "everyone",
    audience.includes(mine.category) && "category",
    ...asked(number, mine),
    (isAll || parts.length) && "speaking",
  ].filter(Boolean);
  const [begins, finishes] = why.join() === "speaking" && !isAll ? span(parts, session) : [starts_at, ends_at];
  const isSpoken = [session, ...session.parts].some(({ speakers }) => speakers.length);
  return {
    id: `s${number}`, kind: "session", number, starts_at, ends_at, begins, finishes, state, venue, room, title, reason,
    why, session, isSpoken, booking: mine.bookings.get(number),
  };
}

/** Return from when until when somebody speaks; no time at all when their parts fell out. */
function span(parts, { starts_at }) {
  const held = parts.filter(({ state }) => state !== "cancelled");
  if (!held.length) return [starts_at, starts_at];
  return [Math.min(...held.map((part) => part.starts_at)), Math.max(...held.map((part) => part.ends_at))];
}

/** Return why this phone's own words put a session into the plan. */
function asked(number, { marks, bookings }) {
  return [marks.has(number) && "bookmark", bookings.has(number) && "booking"].filter(Boolean);
}

/** Return a session that not everybody may know of, as the server last told of it. */
function ofRestricted(entry, agenda, mine) {
  const { session_id: number } = entry;
  const why = [...entry.why.filter((one) => !["bookmark", "booking"].includes(one)), ...asked(number, mine)];
  return { ...told(entry, agenda), id: `s${number}`, number, why, booking: mine.bookings.get(number) };
}

/** Return a meeting; in a break it is where the agenda has that break. */
function ofMeeting(entry, agenda) {
  const { meeting_id: number, answer, table, with: others = [], why } = entry;
  const made = { ...told(entry, agenda), id: `m${number}`, number, why, answer, table, with: others, meeting: entry };
  const around = agenda.sessions.get(entry.session_id);
  if (!around) return made;
  const moved = around.starts_at + entry.after - made.starts_at;
  for (const name of ["starts_at", "ends_at", "begins", "finishes"]) made[name] += moved;
  if (["cancelled", "suspended"].includes(around.state)) return { ...made, state: around.state, reason: around.reason };
  return made.state === "suspended" ? { ...made, state: "confirmed", reason: {} } : made;
}

/** Return what the server says of an entry that is not the agenda's. */
function told(entry, agenda) {
  const [starts_at, begins, finishes] = [entry.starts_at, entry.begins, entry.finishes].map(seconds);
  const { kind, title, state, reason, spoken: isSpoken } = entry;
  const room = agenda.rooms.get(entry.room?.id) ?? entry.room ?? null;
  const venue = agenda.venues.find(({ id }) => id === (room?.venue_id ?? entry.venue?.id)) ?? null;
  return { kind, starts_at, ends_at: seconds(entry.ends_at) ?? finishes, begins, finishes, state, title, reason, room, venue, isSpoken };
}

function seconds(text) {
  return text ? Date.parse(text) / 1000 : null;
}

function byCount(items) {
  return [...items].sort((one, other) => one.n - other.n);
}
