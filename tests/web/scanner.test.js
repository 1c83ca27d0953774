/** A scanner without a page: a memory for a disk, and a server that can be away. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { base64Of, bytesOf, canonical } from "../../web/shared/bytes.js";
import { hold, stateOf } from "../../web/shared/feed.js";
import { openScanner } from "../../web/shared/scanner.js";

const { event, keys, codes } = JSON.parse(
  readFileSync(new URL("../../openapi/vectors/badges.json", import.meta.url)),
);
const { text } = codes[0];
const { holder } = codes[0].claim;
const AT = 1748934000;
const TABLES = [
  ["event", 1, ["id", "uuid", "timezone", "days"]],
  ["key", 1, ["slot", "public", "not_before", "not_after", "status"]],
  ["gate", 1, ["id", "slug", "name", "policy", "categories", "days", "opens_at", "closes_at",
    "capacity", "needs_booking", "free_flow", "ended", "position"]],
  ["badge", 1, ["n", "holder", "packed", "slot"]],
  ["passage", 1, ["n", "gates"]],
  ["cleared", 1, ["gate_id", "at"]],
];
const BADGE = 1 + (1 << 7) + (1 << 14) + 3 * 2 ** 22;
const ROWS = [
  ["event", 1, event, "Europe/Warsaw", "[[1748916000,1749002400],[1749002400,1749088800]]"],
  ["key", 0, keys[0].public, 0, null, "current"],
  ["gate", 1, "main", '{"en":"Main"}', "first_entry", "[]", 65535, null, null, null, 0, 0, 0, 0],
  ["gate", 2, "hall", '{"en":"Hall"}', "in_and_out", "[]", 65535, null, null, 2, 0, 0, 0, 1],
];

let server;
let disk;
let time;

beforeEach(async () => {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  server = { rows: [...ROWS], seq: 1, away: false, batches: [], key: base64Of(raw), pair };
  time = AT * 1000;
  const settings = { device: "me", token: "evd_", event, door_key: server.key, offset: 0 };
  disk = { rows: new Map(), facts: new Map([["settings", settings]]), items: new Map(), full: false };
});

async function ask(path, { body } = {}) {
  if (server.away) throw Object.assign(new Error(), { code: "offline" });
  if (path.endsWith("/head")) return new Response(await head());
  if (path.endsWith("/rows")) {
    return Response.json({ epoch: 1, seq: server.seq, tables: TABLES, rows: server.rows });
  }
  const batch = JSON.parse(gunzipSync(new Uint8Array(await body.arrayBuffer())));
  server.batches.push(batch);
  const receipts = batch.items.map(({ id }) => ({ id, status: "stored" }));
  return Response.json({ received_at: time, receipts });
}

async function head() {
  const { sum } = await hold({ epoch: 1, seq: server.seq, tables: TABLES, rows: server.rows });
  const line = canonical({
    v: 1, event, epoch: 1, seq: server.seq, state: stateOf(sum), log_from: server.seq, log: [], tail: [],
  });
  const message = bytesOf(`eventday-head-v1\n${line}`);
  const signature = await crypto.subtle.sign("Ed25519", server.pair.privateKey, message);
  return `${line}\n${base64Of(new Uint8Array(signature))}`;
}

function publish(...rows) {
  server.rows = [...ROWS, ...rows];
  server.seq += 1;
}

const store = {
  load: async () => ({ rows: new Map(disk.rows), facts: new Map(disk.facts), items: new Map(disk.items) }),
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

const opened = () => openScanner({ store, ask, clock: () => time, mono: () => time - AT * 1000, boot: "b" });
const gate = (scanner, slug = "main") =>
  [...scanner.known().gates.values()].find((one) => one.slug === slug);
const said = async (scanner, slug, options) => {
  time += 60_000;
  const { verdict } = await scanner.scan(text, gate(scanner, slug), options);
  return `${verdict.outcome} ${verdict.reason}`.trim();
};

async function working(...rows) {
  publish(...rows);
  const scanner = await opened();
  await scanner.sync();
  return scanner;
}

test("nothing is decided that could not be stored", async () => {
  const scanner = await working(["badge", 1, holder, BADGE, null]);
  disk.full = true;
  await assert.rejects(scanner.scan(text, gate(scanner)));
  disk.full = false;
  assert.equal(await said(scanner), "admitted");
  await scanner.flush();
  assert.deepEqual(server.batches[0].items.map(({ n }) => n), [1]);
});

test("what was done is known after a restart, and sent once", async () => {
  const before = await working(["badge", 1, holder, BADGE, null]);
  server.away = true;
  assert.equal(await said(before), "admitted");
  await assert.rejects(before.flush());
  const after = await opened();
  assert.equal(await said(after), "admitted reentry");
  server.away = false;
  assert.equal(await after.flush(), 2);
  assert.equal(await after.flush(), 0);
  assert.equal((await opened()).status().waiting, 0);
});

test("a full code goes to the server for a stranger and a refusal, and stays nowhere", async () => {
  const scanner = await working();
  assert.equal(await said(scanner), "admitted");
  publish(["badge", 1, holder, BADGE + 16 * 2 ** 38, null]);
  await scanner.sync();
  assert.equal(await said(scanner), "refused cancelled");
  await scanner.scan("https://example.org/my-boarding-pass", gate(scanner));
  await scanner.flush();
  const payloads = server.batches[0].items.map(({ payload }) => payload);
  assert.deepEqual(payloads.map((payload) => payload.code), [text, text, undefined]);
  assert.ok(!JSON.stringify(payloads[2]).includes("example"));
  assert.ok(!JSON.stringify([...disk.items.values()]).includes(text));
});

test("somebody unknown is asked about when the server can be reached", async () => {
  const scanner = await working();
  publish(["badge", 1, holder, BADGE + 16 * 2 ** 38, null]);
  assert.equal(await said(scanner), "refused cancelled");
});

test("other doors' admissions count, and an undo of one's own does before it is heard", async () => {
  const scanner = await working(["badge", 1, holder, BADGE, null]);
  time += 60_000;
  const { id } = await scanner.scan(text, gate(scanner));
  const minute = Math.floor(time / 60_000);
  publish(["badge", 1, holder, BADGE, null], ["passage", 1, `[1,${minute},3]`]);
  await scanner.sync();
  await scanner.undo(id);
  assert.equal(await said(scanner), "admitted");
  publish(["badge", 1, holder, BADGE, null], ["passage", 1, `[2,${minute},3]`]);
  await scanner.sync();
  assert.equal(await said(scanner, "hall"), "refused already_inside");
  assert.equal(scanner.inside(gate(scanner, "hall")), 1);
});

test("an evacuation counts at once, and what the server says of it changes nothing", async () => {
  const badge = ["badge", 1, holder, BADGE, null];
  const scanner = await working(badge, ["passage", 1, `[2,${AT / 60},3]`]);
  assert.equal(await said(scanner, "hall"), "refused already_inside");
  await scanner.clear();
  assert.equal(scanner.inside(gate(scanner, "hall")), 0);
  assert.equal(await said(scanner, "hall"), "admitted");
  publish(badge, ["cleared", 0, time - 61_000]);
  await scanner.sync();
  assert.equal(await said(scanner, "hall"), "refused already_inside");
});

test("a clock that is set back turns nothing around", async () => {
  const scanner = await working(["badge", 1, holder, BADGE, null]);
  assert.equal(await said(scanner, "hall"), "admitted");
  time -= 600_000;
  assert.equal(await said(scanner, "hall", { leaving: true }), "admitted");
  assert.equal(scanner.inside(gate(scanner, "hall")), 0);
});

test("at the end of a shift the door is forgotten and the queue is not", async () => {
  const scanner = await working(["badge", 1, holder, BADGE, null]);
  await said(scanner);
  await scanner.forget();
  assert.equal(disk.rows.size, 0);
  const after = await opened();
  assert.equal(after.known(), null);
  assert.equal(after.status().waiting, 1);
});

test("rows that the head does not sign are not taken", async () => {
  const scanner = await working();
  publish();
  server.rows = [...ROWS, ["badge", 1, 7, BADGE, null]];
  const lying = async (path, options) => {
    const answer = await ask(path, options);
    if (!path.endsWith("/rows")) return answer;
    const said = await answer.json();
    return Response.json({ ...said, rows: said.rows.slice(0, -1) });
  };
  const other = await openScanner({ store, ask: lying, clock: () => time, mono: () => 0, boot: "b" });
  await assert.rejects(other.sync());
  assert.equal(scanner.known().badges.size, 0);
});
