/** What a door device knows: the rows of the door's feed, and what the device did itself. */

import { unbase64 } from "./bytes.js";
import { BLANK, eventDay } from "./decide.js";
import { courseOf } from "./history.js";

/** Milliseconds by which the server may have put a clear of ours elsewhere than our clock did. */
const NEAR = 5_000;
const EVERY_GATE = 0;
/** What the feed takes from a holder's number. */
const BIAS = 2 ** 31;

/** Return the rows of a feed as what they mean; `layout` names their columns. */
export function readRows(held) {
  const tables = {};
  for (const [name, ...values] of held.rows.values()) {
    const { columns } = held.layout.get(name);
    (tables[name] ??= []).push(Object.fromEntries(columns.map((column, at) => [column, values[at]])));
  }
  const holders = new Map((tables.badge ?? []).map(({ n, holder }) => [n, holder + BIAS]));
  const [event] = tables.event ?? [];
  return {
    event: event && { ...event, days: JSON.parse(event.days) },
    keys: new Map((tables.key ?? []).map((row) => [row.slot, keyOf(row)])),
    categories: new Map((tables.category ?? []).map((row) => [row.number, named(row)])),
    gates: new Map((tables.gate ?? []).map((row) => [row.id, gateOf(row)])),
    badges: new Map((tables.badge ?? []).map((row) => [row.holder + BIAS, badgeOf(row)])),
    passages: passagesOf(tables.passage ?? [], holders),
    booked: bookedOf(tables.booked ?? [], holders),
    cleared: new Map((tables.cleared ?? []).map(({ gate_id, at }) => [gate_id, at])),
    devices: tables.device ?? [],
    doubles: (tables.double ?? []).map(({ gate_id, n, at }) => ({ gate_id, holder: holders.get(n), at })),
  };
}

/** Return the door of a gate as `decide` wants it at a moment; `own` are this device's entries and clears. */
export function doorOf(known, gateId, own, device, at) {
  const gate = known.gates.get(gateId);
  const passages = { get: (holder) => passageAt(known, gate, holder, own, device) };
  const booked = known.booked.get(gateId) ?? new Set();
  const badges = own.registered.size
    ? { get: (holder) => bound(known.badges.get(holder), own.registered.has(holder)) }
    : known.badges;
  return {
    event: known.event.uuid,
    days: known.event.days,
    keys: known.keys,
    badges,
    gate,
    passages,
    booked,
    inside: gate.capacity === null ? 0 : insideOf(known, gate, own, device, at),
    complete: false,
  };
}

/**
 * Return how many are inside a gate at a moment (UTC seconds), as far as this device has heard.
 *
 * Nobody stays inside until the next event day: whoever did not scan out went home.
 */
export function insideOf(known, gate, own, device, at) {
  const day = eventDay(known.event.days, at);
  const holders = new Set([
    ...(known.passages.get(gate.id)?.keys() ?? []),
    ...own.holdersAt(gate.slug),
  ]);
  let count = 0;
  for (const holder of holders) {
    const passage = passageAt(known, gate, holder, own, device);
    if (passage?.inside && eventDay(known.event.days, passage.last_at) === day) count += 1;
  }
  return count;
}

/** Return a holder's passage: what the feed says and what this device did, whichever is later. */
function passageAt(known, gate, holder, own, device) {
  const heard = Math.max(known.cleared.get(gate.id) ?? 0, known.cleared.get(EVERY_GATE) ?? 0);
  const clears = [heard, ...own.clearsOf(gate.slug)].sort((one, other) => one - other);
  const dayOf = (at) => eventDay(known.event.days, Math.floor(at / 1000));
  const entries = own.entriesOf(gate.slug, holder);
  const course = entries.length ? courseOf(entries, clears, { policy: gate.policy, dayOf }) : null;
  const mine = course && { ...course, last_at: Math.floor(course.last_at / 1000) };
  const theirs = known.passages.get(gate.id)?.get(holder);
  const isOver = theirs && (isSwept(theirs, clears.at(-1), heard) || isUndone(theirs, own.undoneOf(gate.slug, holder)));
  if (!theirs || isOver) return mine;
  if (!mine) return theirs;
  const isMine = mine.last_at >= theirs.last_at;
  return {
    entries: Math.max(mine.entries, theirs.entries),
    days: mine.days | theirs.days,
    inside: isMine ? mine.inside : theirs.inside,
    last_at: Math.max(mine.last_at, theirs.last_at),
    last_device: isMine ? device : "",
  };
}

/** Say whether everybody was sent out here since, and the feed has not heard of it. */
function isSwept(passage, clearedAt, heard) {
  return clearedAt > heard + NEAR && passage.last_at * 1000 < clearedAt;
}

/** Say whether this passage is a first entry that was undone here, which the feed still counts. */
function isUndone({ last_at }, undone) {
  const minute = Math.floor(last_at / 60);
  return undone.some(({ at, reason }) => reason !== "reentry" && Math.floor(at / 60_000) === minute);
}

function bound(badge, isRegistered) {
  return badge && isRegistered ? { ...badge, standing: badge.standing & ~BLANK } : badge;
}

function keyOf({ public: text, not_before, not_after, status }) {
  return { public: unbase64(text), not_before, not_after, revoked: status === "revoked" };
}

function gateOf(row) {
  const flags = { needs_booking: 0, departure: 0, free_flow: 0, ended: 0 };
  for (const name of Object.keys(flags)) flags[name] = Boolean(row[name]);
  return { ...row, ...flags, name: JSON.parse(row.name), categories: JSON.parse(row.categories) };
}

function named(row) {
  return { ...row, name: JSON.parse(row.name) };
}

/** Unpack a badge; the numbers have more than the 32 bits that bitwise operators see. */
function badgeOf({ packed, slot }) {
  return {
    phone: (Math.floor(packed / 2 ** 31) % 128) + 1,
    paper: Math.floor(packed / 2 ** 38) + 1,
    category: ((packed % 256) + 1) % 256,
    days: 65535 - (Math.floor(packed / 2 ** 15) % 65536),
    standing: Math.floor(packed / 2 ** 8) % 128,
    slot,
  };
}

/** Return passages by gate and then by holder; a row has those of one holder at all gates. */
function passagesOf(rows, holders) {
  const gates = new Map();
  for (const { n, gates: text } of rows) {
    const numbers = JSON.parse(text);
    for (let at = 0; at < numbers.length; at += 3) {
      const [gate, minute, flags] = numbers.slice(at, at + 3);
      if (!gates.has(gate)) gates.set(gate, new Map());
      const state = { entries: 1, days: (flags >> 1) & 0xffff, inside: flags % 2 === 1 };
      const moment = minute * 60 + (flags >> 17);
      gates.get(gate).set(holders.get(n), { ...state, last_at: moment, last_device: "" });
    }
  }
  return gates;
}

/** Return the holders with a seat, by gate. */
function bookedOf(rows, holders) {
  const gates = new Map();
  for (const { gate_id, n } of rows) {
    if (!gates.has(gate_id)) gates.set(gate_id, new Set());
    gates.get(gate_id).add(holders.get(n));
  }
  return gates;
}
