/** A door without a page, for tests: a memory for a disk, a server that can be away, and a clock. */

import { readFileSync } from "node:fs";
import { beforeEach } from "node:test";
import { gunzipSync } from "node:zlib";

import { base64Of, bytesOf, canonical, joined, sha256, unbase64, unhex } from "../../web/shared/bytes.js";
import { hold, stateOf } from "../../web/shared/feed.js";
import { openScanner } from "../../web/shared/scanner.js";

export const { event, keys, codes } = JSON.parse(
  readFileSync(new URL("../../openapi/vectors/badges.json", import.meta.url)),
);
export const { text } = codes[0];
export const { holder } = codes[0].claim;
export const AT = 1748934000;
export const DEVICE = "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2b01";
const TABLES = [
  ["event", 1, ["id", "uuid", "timezone", "days"]],
  ["key", 1, ["slot", "public", "not_before", "not_after", "status"]],
  ["gate", 1, ["id", "slug", "name", "policy", "categories", "days", "opens_at", "closes_at",
    "capacity", "needs_booking", "free_flow", "ended", "position"]],
  ["badge", 1, ["n", "holder", "slot", "packed"]],
  ["passage", 1, ["n", "gates"]],
  ["cleared", 1, ["gate_id", "at"]],
  ["double", 2, ["gate_id", "n", "at"]],
];
export const BADGE = (65535 - 3) * 2 ** 15;
export const NUMBER = holder - 2 ** 31;
export const ROWS = [
  ["event", 1, event, "Europe/Warsaw", "[[1748916000,1749002400],[1749002400,1749088800]]"],
  ["key", 0, keys[0].public, 0, null, "current"],
  ["gate", 1, "main", '{"en":"Main"}', "first_entry", "[]", 65535, null, null, null, 0, 0, 0, 0],
  ["gate", 2, "hall", '{"en":"Hall"}', "in_and_out", "[]", 65535, null, null, 2, 0, 0, 0, 1],
];

export let server;
export let disk;
/** The true time, by how many milliseconds the phone's clock is wrong and its counter behind, and which start of the page this is. */
export const clock = { time: 0, wrong: 0, slept: 0, boot: "" };

beforeEach(async () => {
  server = { rows: [...ROWS], epoch: 1, seq: 1, away: false, batches: [], links: [], refuses: false, slow: 0, ...(await aPair()) };
  Object.assign(clock, { time: AT * 1000, wrong: 0, slept: 0, boot: "b" });
  const starts = [{ ...times(), now: clock.time, heard: true }];
  const settings = { device: DEVICE, role: "gate", token: "evd_", event, door_key: server.key, starts, shift: (AT + 36_000) * 1000 };
  disk = { rows: new Map(), facts: new Map([["settings", settings]]), items: new Map(), full: false };
});

export async function ask(path, { body } = {}) {
  if (server.away) throw Object.assign(new Error(), { code: "offline" });
  if (server.refuses) throw Object.assign(new Error(), { code: "unauthorized", now: String(clock.time) });
  const headers = { "Eventday-Now": String(clock.time) };
  clock.time += server.slow;
  if (path.endsWith("/head")) return new Response(await head(), { headers });
  if (path.endsWith("/keys")) return Response.json({ links: server.links });
  if (path.endsWith("/rows")) {
    return Response.json({ epoch: server.epoch, seq: server.seq, tables: TABLES, rows: server.rows });
  }
  const batch = JSON.parse(gunzipSync(new Uint8Array(await body.arrayBuffer())));
  server.batches.push(batch);
  server.bytes = body.size;
  const receipts = batch.items.map(({ id }) => ({ id, status: "stored" }));
  return Response.json({ received_at: clock.time, receipts });
}

async function head() {
  const { sum } = await hold({ epoch: server.epoch, seq: server.seq, tables: TABLES, rows: server.rows });
  const line = canonical({
    v: 1, event, epoch: server.epoch, seq: server.seq, state: stateOf(sum), log_from: server.seq, log: [], tail: [],
  });
  return `${line}\n${await signed(server.pair, `eventday-head-v1\n${line}`)}`;
}

export async function signed({ privateKey }, message) {
  const bytes = typeof message === "string" ? bytesOf(message) : message;
  return base64Of(new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, bytes)));
}

export async function aPair() {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { pair, key: base64Of(raw) };
}

/** Sign a badge of slot 1. */
export async function aCode(pair, number, { category = 1, flags = 0 } = {}) {
  const payload = new Uint8Array(12);
  const view = new DataView(payload.buffer);
  payload[0] = (4 << 3) | 1;
  payload.set((await sha256(unhex(event))).subarray(0, 2), 1);
  view.setUint32(3, number);
  payload.set([(1 << 7) | 1, category, 0, 3, flags], 7);
  const message = joined(bytesOf("eventday-badge-v1\0"), unhex(event), payload);
  const bits = Array.from(joined(payload, unbase64(await signed(pair, message))), (byte) => byte.toString(2).padStart(8, "0"));
  const groups = `${bits.join("")}00`.match(/.{5}/g);
  return groups.map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(five, 2)]).join("");
}

export function publish(...rows) {
  server.rows = [...ROWS, ...rows];
  server.seq += 1;
}

export const store = {
  load: async () => structuredClone({ rows: disk.rows, facts: disk.facts, items: disk.items }),
  async save(changes, { fresh = [] } = {}) {
    if (disk.full) throw new Error("the disk is full");
    for (const name of fresh) disk[name].clear();
    for (const [name, values] of Object.entries(changes)) {
      for (const [key, value] of values) {
        if (value === null) disk[name].delete(key);
        else disk[name].set(key, structuredClone(value));
      }
    }
  },
};

export const times = () => ({ t: clock.time + clock.wrong, boot: clock.boot, mono: clock.time - clock.slept - AT * 1000 });
export const opened = () => openScanner({ store, ask, times });
export const gate = (scanner, slug = "main") =>
  [...scanner.known().gates.values()].find((one) => one.slug === slug);
export const said = async (scanner, slug, options) => {
  clock.time += 60_000;
  const { verdict } = await scanner.scan(text, gate(scanner, slug), options);
  return `${verdict.outcome} ${verdict.reason}`.trim();
};

export async function working(...rows) {
  publish(...rows);
  const scanner = await opened();
  await scanner.sync();
  return scanner;
}
