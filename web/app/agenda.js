/** The agenda as the feed's rows say it; it knows no page and no network. */

import { fold } from "../shared/fold.js";

const JSON_COLUMNS = new Set([
  "title", "subtitle", "description", "notice", "hosts", "name", "transport", "wifi", "emergency", "accessibility",
  "floor", "alt", "position", "biography", "links", "abstract", "languages", "interpretation", "attachments",
  "audience", "reason", "body",
]);
/** Names are in several languages, but those of people. */
const PLAIN = "speaker.name";
/** Everything a session is found by. */
const SEARCHED = ["title", "subtitle", "abstract"];

/** Return the rows of a feed as what they mean. */
export function readAgenda(held) {
  const tables = {};
  for (const [name, ...values] of held.rows.values()) {
    const { columns } = held.layout.get(name);
    (tables[name] ??= []).push(rowOf(name, columns, values));
  }
  const by = (name) => new Map((tables[name] ?? []).map((row) => [row.id, row]));
  const [venues, rooms, tracks, types, speakers] = ["venue", "room", "track", "session_type", "speaker"].map(by);
  const roles = grouped(tables.session_speaker ?? [], (row) => `${row.session_id} ${row.part_id}`);
  const speakersOf = (session, part) => inOrder(roles.get(`${session} ${part}`) ?? [])
    .map((row) => ({ role: row.role, ...speakers.get(row.speaker_id) }))
    .filter(({ name }) => name);
  const parts = grouped(tables.part ?? [], (row) => row.session_id);
  const sessions = (tables.session ?? []).map((row) => {
    const room = rooms.get(row.room_id) ?? null;
    return {
      ...row,
      room,
      venue: venues.get(room?.venue_id) ?? null,
      track: tracks.get(row.track_id) ?? null,
      type: types.get(row.type_id) ?? null,
      speakers: speakersOf(row.id, 0),
      parts: byTime(parts.get(row.id) ?? []).map((part) => ({ ...part, speakers: speakersOf(row.id, part.id) })),
    };
  });
  return {
    event: (tables.event ?? [])[0],
    venues: inOrder([...venues.values()]),
    rooms,
    places: inOrder(tables.point_of_interest ?? []),
    media: inOrder(tables.media ?? []),
    sessions: new Map(byTime(sessions).map((session) => [session.id, session])),
    announcements: tables.announcement ?? [],
    legal: tables.legal_text ?? [],
  };
}

/** Return the sessions that have every word of a text, whatever its diacritics: lodz finds Łódź. */
export function search(agenda, text) {
  const words = fold(text).split(" ").filter(Boolean);
  return [...agenda.sessions.values()].filter((session) => {
    const said = wordsOf(session);
    return words.every((word) => said.includes(word));
  });
}

/** Return the sessions of a day of the event ("2025-06-03"), by the time at which they begin. */
export function onDay(sessions, day, dayOf) {
  return grouped(sessions.filter(({ starts_at }) => dayOf(starts_at) === day), ({ starts_at }) => starts_at);
}

/** Say whether something is under way at a moment; what is cancelled never is. */
export function isOn({ starts_at, ends_at, state }, at) {
  return state !== "cancelled" && starts_at <= at && at < ends_at;
}

/** Return what is announced to everyone, and to those alone whose schedule this is. */
export function announcementsOf(agenda, schedule) {
  const moment = (text) => text && Date.parse(text) / 1000;
  const own = (schedule?.announcements ?? [])
    .map((one) => ({ ...one, starts_at: moment(one.starts_at), expires_at: moment(one.expires_at) }));
  return [...agenda.announcements, ...own];
}

/** Return the announcements in force at a moment, the loudest first, then the newest. */
export function inForce(announcements, now) {
  const loud = ["urgent", "warning", "info"];
  return announcements
    .filter(({ starts_at, expires_at }) => starts_at <= now && (expires_at === null || now < expires_at))
    .sort((one, other) => loud.indexOf(one.severity) - loud.indexOf(other.severity) || other.starts_at - one.starts_at);
}

const said = new WeakMap();

function wordsOf(session) {
  if (!said.has(session)) {
    const items = [session, ...session.parts];
    const texts = items.flatMap((item) => SEARCHED.flatMap((name) => Object.values(item[name] ?? {})));
    const people = items.flatMap(({ speakers }) => speakers.flatMap(({ name, organisation }) => [name, organisation]));
    const places = [session.room, session.venue, session.track].flatMap((one) => Object.values(one?.name ?? {}));
    said.set(session, fold([...texts, ...people, ...places, session.venue?.city ?? ""].join(" ")));
  }
  return said.get(session);
}

function rowOf(table, columns, values) {
  const isJson = (name, value) => JSON_COLUMNS.has(name) && typeof value === "string" && `${table}.${name}` !== PLAIN;
  const read = (name, value) => (isJson(name, value) ? JSON.parse(value) : value);
  return Object.fromEntries(columns.map((name, at) => [name, read(name, values[at])]));
}

function grouped(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  return groups;
}

function inOrder(rows) {
  return [...rows].sort((one, other) => (one.position ?? 0) - (other.position ?? 0) || one.id - other.id);
}

function byTime(rows) {
  return [...rows].sort((one, other) => one.starts_at - other.starts_at || one.id - other.id);
}
