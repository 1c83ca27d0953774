/** The feed that a device keeps (docs/sync.md): rows, proved by their state and a signed head. */

import { base64Of, bytesOf, canonical, sha256, unbase64 } from "./bytes.js";
import { verifies } from "./ed25519.js";

const DOMAIN = "eventday-head-v1\n";
/** What a key signs before the one that follows it. */
export const LINK = "eventday-key-v1\n";
const MODULUS = 1n << 256n;

/** What does not verify; nothing of it is kept. */
export class Untrusted extends Error {}

/** Return a signed head's payload; throws Untrusted with "form", "signature", "event", "version". */
export async function openHead(text, { key, event }) {
  const [line, signature, ...more] = text.split("\n");
  if (!signature || more.length) throw new Untrusted("form");
  const isOurs = await verifies(unbase64(key), bytes(signature), bytesOf(DOMAIN + line));
  if (!isOurs) throw new Untrusted("signature");
  const head = JSON.parse(line);
  if (head.event !== event) throw new Untrusted("event");
  if (head.v !== 1) throw new Untrusted("version");
  return head;
}

/** Return rows ([table, column, …]) as what is held of them: by key, with their state. */
export async function hold({ epoch, seq, tables, rows }) {
  const layout = new Map(tables.map(([name, keys, columns]) => [name, { keys, columns }]));
  const held = { epoch, seq, layout, rows: new Map(), sum: 0n };
  const hashes = await Promise.all(rows.map(hashOf));
  rows.forEach((row, at) => {
    held.rows.set(keyOf(row, layout), row);
    held.sum = (held.sum + hashes[at]) % MODULUS;
  });
  return held;
}

/**
 * Return what records change: the new sum, and rows by key, null for those that are gone.
 *
 * Throws Untrusted when a record is missing or leads to another state than it says.
 */
export async function replay(held, records) {
  const changed = new Map();
  let { sum, seq } = held;
  const rowAt = (key) => (changed.has(key) ? changed.get(key) : held.rows.get(key));
  for (const { s, h, ops } of records) {
    if (s !== seq + 1) throw new Untrusted("a record is missing");
    for (const op of ops) {
      const layout = held.layout.get(op[0]);
      if (!layout) throw new Untrusted("no such table");
      const key = keyOf(op, held.layout);
      const old = rowAt(key) ?? null;
      const [values] = op.slice(1 + layout.keys);
      const row = values ? merged(op, old, values, layout) : null;
      for (const [one, sign] of [[old, -1n], [row, 1n]]) if (one) sum += sign * (await hashOf(one));
      changed.set(key, row);
    }
    sum = ((sum % MODULUS) + MODULUS) % MODULUS;
    if (hexOf(sum).slice(0, 16) !== h) throw new Untrusted("another state");
    seq = s;
  }
  return { seq, sum, changed };
}

/** Take over what `replay` found. */
export function apply(held, { seq, sum, changed }) {
  Object.assign(held, { seq, sum });
  for (const [key, row] of changed) row ? held.rows.set(key, row) : held.rows.delete(key);
}

/** Return a sum of hashes as a head writes a state. */
export function stateOf(sum) {
  return base64Of(Uint8Array.from(hexOf(sum).match(/../g), (pair) => parseInt(pair, 16)));
}

/**
 * Bring what is held to where the server stands; return {held, changed, head, etag, key}.
 *
 * `get(name, etag)` asks for a file of the feed. `changed` is null when all rows are new, an empty
 * map when nothing is. `key` is the one that signs now: pin it. A failure leaves what is held as it
 * was.
 */
export async function follow(held, { get, key: pinned, event, etag = "" }) {
  const answer = await get("head", etag);
  if (answer.status === 304) return { held, changed: new Map(), head: null, etag, key: pinned };
  const { head, key } = await openNewest(await answer.text(), { get, key: pinned, event });
  const seen = { head, etag: answer.headers.get("ETag") ?? "", key };
  const isOlder =
    held && (head.epoch < held.epoch || (head.epoch === held.epoch && head.seq < held.seq));
  if (isOlder) return { held, changed: new Map(), head: null, etag, key };
  if (held && held.epoch === head.epoch && held.seq >= head.log_from) {
    try {
      const step = await replay(held, await recordsAfter(held.seq, head, get));
      if (stateOf(step.sum) !== head.state) throw new Untrusted("another state");
      apply(held, step);
      return { held, changed: step.changed, ...seen };
    } catch (error) {
      if (!(error instanceof Untrusted)) throw error;
    }
  }
  return { held: await allRows(head, { get, key, event }), changed: null, ...seen };
}

/** Return a head, and the key that signed it: the pinned one, or one that follows from it. */
async function openNewest(text, { get, key, event }) {
  const links = new Map();
  for (let asked = false; ; asked = true) {
    try {
      return { head: await openHead(text, { key, event }), key };
    } catch (error) {
      if (error.message !== "signature") throw error;
      if (!asked) for (const link of (await (await get("keys")).json()).links) links.set(link.from, link);
      const { to, sig } = links.get(key) ?? {};
      links.delete(key);
      const message = bytesOf(`${LINK}${event}\n${to}`);
      if (!to || !(await verifies(unbase64(key), bytes(sig), message))) throw error;
      key = to;
    }
  }
}

/** Return all rows at a head or, when the server has moved on meanwhile, at the next one. */
async function allRows(head, { get, key, event }) {
  const held = await hold(await (await get("rows")).json());
  const isNewer = held.epoch > head.epoch || (held.epoch === head.epoch && held.seq > head.seq);
  const last = isNewer ? await openHead(await (await get("head")).text(), { key, event }) : head;
  if (held.epoch !== last.epoch) throw new Untrusted("another lineage");
  apply(held, await replay(held, await recordsAfter(held.seq, last, get)));
  if (stateOf(held.sum) !== last.state) throw new Untrusted("another state");
  return held;
}

async function recordsAfter(seq, head, get) {
  const records = [];
  for (const [from, to, sha] of head.log) {
    if (to <= seq) continue;
    const answer = await get(`log-${head.epoch}-${from}-${to}-${sha}.json`);
    const content = new Uint8Array(await answer.arrayBuffer());
    if (base64Of(await sha256(content)) !== sha) throw new Untrusted("another file");
    records.push(...JSON.parse(new TextDecoder().decode(content)));
  }
  return [...records, ...head.tail].filter((record) => record.s > seq);
}

function merged(op, old, values, { keys, columns }) {
  const names = columns.slice(keys);
  if (!Object.keys(values).every((name) => names.includes(name))) {
    throw new Untrusted("no such column");
  }
  const rest = names.map((name, at) => (name in values ? values[name] : old?.[1 + keys + at]));
  if (rest.includes(undefined)) throw new Untrusted("no such row");
  return [...op.slice(0, 1 + keys), ...rest];
}

function keyOf(row, layout) {
  return canonical(row.slice(0, 1 + layout.get(row[0]).keys));
}

async function hashOf(row) {
  const view = new DataView((await sha256(bytesOf(canonical(row)))).buffer);
  return [0, 8, 16, 24].reduce((sum, at) => (sum << 64n) | view.getBigUint64(at), 0n);
}

function hexOf(sum) {
  return sum.toString(16).padStart(64, "0");
}

function bytes(text) {
  try {
    return unbase64(text);
  } catch {
    return new Uint8Array();
  }
}
