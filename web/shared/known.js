/** What a door device knows: the rows of the door's feed, and what the device did itself. */

import { unbase64 } from "./bytes.js";
import { BLANK, eventDay } from "./decide.js";
import { courseOf } from "./history.js";

/** Seconds by which the server may have put a scan of ours elsewhere than our clock did. */
const NEAR = 3;

/** Return the rows of a feed as what they mean; `layout` names their columns. */
export function readRows(held) {
  const tables = {};
  for (const [name, ...values] of held.rows.values()) {
    const { columns } = held.layout.get(name);
    (tables[name] ??= []).push(Object.fromEntries(columns.map((column, at) => [column, values[at]])));
  }
  const holders = new Map((tables.badge ?? []).map(({ n, holder }) => [n, holder]));
  const [event] = tables.event ?? [];
  return {
    event: event && { ...event, days: JSON.parse(event.days) },
    keys: new Map((tables.key ?? []).map((row) => [row.slot, keyOf(row)])),
    categories: new Map((tables.category ?? []).map((row) => [row.number, named(row)])),
    gates: new Map((tables.gate ?? []).map((row) => [row.id, gateOf(row)])),
    badges: new Map((tables.badge ?? []).map((row) => [row.holder, badgeOf(row)])),
    passages: grouped(tables.passage, ({ n }) => holders.get(n), passageOf),
    booked: grouped(tables.booked, ({ n }) => holders.get(n), () => true),
    cleared: new Map((tables.cleared ?? []).map(({ gate_id, at }) => [gate_id, at])),
    devices: tables.device ?? [],
  };
}

/** Return the door of a gate as `decide` wants it; `own` are this device's entries and clears. */
export function doorOf(known, gateId, own, device) {
  const gate = known.gates.get(gateId);
  const passages = { get: (holder) => passageAt(known, gate, holder, own, device) };
  const booked = known.booked.get(gateId) ?? new Map();
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
    inside: gate.capacity === null ? 0 : insideOf(known, gate, own, device),
    complete: false,
  };
}

/** Return how many are inside a gate, as far as this device has heard. */
export function insideOf(known, gate, own, device) {
  const holders = new Set([
    ...(known.passages.get(gate.id)?.keys() ?? []),
    ...own.holdersAt(gate.id),
  ]);
  let count = 0;
  for (const holder of holders) {
    if (passageAt(known, gate, holder, own, device)?.inside) count += 1;
  }
  return count;
}

/** Return a holder's passage: what the feed says and what this device did, whichever is later. */
function passageAt(known, gate, holder, own, device) {
  const entries = own.entriesOf(gate.id, holder);
  const clears = own.clearsOf(gate.id);
  const dayOf = (at) => eventDay(known.event.days, Math.floor(at / 1000));
  const course = entries.length ? courseOf(entries, clears, { policy: gate.policy, dayOf }) : null;
  const mine = course && { ...course, last_at: Math.floor(course.last_at / 1000) };
  const theirs = withoutUndone(
    swept(known.passages.get(gate.id)?.get(holder), clears.at(-1)),
    own.undoneOf(gate.id, holder),
  );
  if (!mine || !theirs) return mine ?? theirs;
  const isMine = mine.last_at >= theirs.last_at - NEAR;
  return {
    entries: Math.max(mine.entries, theirs.entries),
    days: mine.days | theirs.days,
    inside: isMine ? mine.inside : theirs.inside,
    last_at: Math.max(mine.last_at, theirs.last_at),
    last_device: isMine ? device : "",
  };
}

/** Return a passage after everybody was sent out here, which the feed may not have heard yet. */
function swept(passage, clearedAt) {
  if (!passage || clearedAt === undefined || passage.last_at * 1000 >= clearedAt) return passage;
  return { ...passage, entries: 0, days: 0, inside: false };
}

/** Return a passage without an entry that was undone here, which the feed may still count. */
function withoutUndone(passage, undone) {
  if (!passage || !undone.some((at) => Math.abs(at / 1000 - passage.last_at) <= NEAR)) {
    return passage ?? null;
  }
  return passage.entries > 1 ? { ...passage, entries: passage.entries - 1 } : null;
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
    phone: packed % 128,
    paper: (packed >> 7) & 127,
    category: Math.floor(packed / 2 ** 14) % 256,
    days: Math.floor(packed / 2 ** 22) % 65536,
    standing: Math.floor(packed / 2 ** 38),
    slot,
  };
}

function passageOf({ last_at, packed }) {
  const days = Math.floor(packed / 2 ** 17);
  const inside = Math.floor(packed / 2 ** 16) % 2 === 1;
  return { entries: packed % 65536, days, inside, last_at, last_device: "" };
}

/** Return rows by gate and then by holder. */
function grouped(rows, holderOf, valueOf) {
  const gates = new Map();
  for (const row of rows ?? []) {
    if (!gates.has(row.gate_id)) gates.set(row.gate_id, new Map());
    gates.get(row.gate_id).set(holderOf(row), valueOf(row));
  }
  return gates;
}
