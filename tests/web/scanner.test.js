/** A scanner without a page: a memory for a disk, and a server that can be away. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { base64Of, bytesOf, canonical, joined, sha256, unbase64, unhex } from "../../web/shared/bytes.js";
import { hold, stateOf } from "../../web/shared/feed.js";
import { openScanner } from "../../web/shared/scanner.js";

const { event, keys, codes } = JSON.parse(
  readFileSync(new URL("../../openapi/vectors/badges.json", import.meta.url)),
);
const { text } = codes[0];
const { holder } = codes[0].claim;
const AT = 1748934000;
const DEVICE = "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2b01";
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
const BADGE = (65535 - 3) * 2 ** 15;
const NUMBER = holder - 2 ** 31;
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
  server = { rows: [...ROWS], epoch: 1, seq: 1, away: false, batches: [], links: [], ...(await aPair()) };
  time = AT * 1000;
  const settings = { device: DEVICE, role: "gate", token: "evd_", event, door_key: server.key, offset: 0, shift: (AT + 36_000) * 1000 };
  disk = { rows: new Map(), facts: new Map([["settings", settings]]), items: new Map(), full: false };
});

async function ask(path, { body } = {}) {
  if (server.away) throw Object.assign(new Error(), { code: "offline" });
  if (path.endsWith("/head")) return new Response(await head());
  if (path.endsWith("/keys")) return Response.json({ links: server.links });
  if (path.endsWith("/rows")) {
    return Response.json({ epoch: server.epoch, seq: server.seq, tables: TABLES, rows: server.rows });
  }
  const batch = JSON.parse(gunzipSync(new Uint8Array(await body.arrayBuffer())));
  server.batches.push(batch);
  server.bytes = body.size;
  const receipts = batch.items.map(({ id }) => ({ id, status: "stored" }));
  return Response.json({ received_at: time, receipts });
}

async function head() {
  const { sum } = await hold({ epoch: server.epoch, seq: server.seq, tables: TABLES, rows: server.rows });
  const line = canonical({
    v: 1, event, epoch: server.epoch, seq: server.seq, state: stateOf(sum), log_from: server.seq, log: [], tail: [],
  });
  return `${line}\n${await signed(server.pair, `eventday-head-v1\n${line}`)}`;
}

async function signed({ privateKey }, message) {
  const bytes = typeof message === "string" ? bytesOf(message) : message;
  return base64Of(new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, bytes)));
}

async function aPair() {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return { pair, key: base64Of(raw) };
}

/** Sign a badge of slot 1. */
async function aCode(pair, number, { category = 1, flags = 0 } = {}) {
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
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  disk.full = true;
  await assert.rejects(scanner.scan(text, gate(scanner)));
  disk.full = false;
  assert.equal(await said(scanner), "admitted");
  await scanner.flush();
  assert.deepEqual(server.batches[0].items.map(({ n }) => n), [1]);
});

test("what was done is known after a restart, and sent once", async () => {
  const before = await working(["badge", 1, NUMBER, null, BADGE]);
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

test("what a restored backup may lack is sent again", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  await said(scanner);
  assert.equal(await scanner.flush(), 1);
  server.epoch += 1;
  await scanner.sync();
  assert.equal((await opened()).status().waiting, 1);
  assert.equal(await scanner.flush(), 1);
  const [before, after] = server.batches.map(({ items }) => items[0].id);
  assert.equal(after, before);
  await scanner.sync();
  assert.equal(await scanner.flush(), 0);
});

test("a full code goes to the server for a stranger and a refusal, and stays nowhere", async () => {
  const scanner = await working();
  assert.equal(await said(scanner), "admitted");
  publish(["badge", 1, NUMBER, null, BADGE + 16 * 2 ** 8]);
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
  publish(["badge", 1, NUMBER, null, BADGE + 16 * 2 ** 8]);
  assert.equal(await said(scanner), "refused cancelled");
});

test("other doors' admissions count, and an undo of one's own does before it is heard", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  time += 60_000;
  const { id } = await scanner.scan(text, gate(scanner));
  const minute = Math.floor(time / 60_000);
  publish(["badge", 1, NUMBER, null, BADGE], ["passage", 1, `[1,${minute},3]`]);
  await scanner.sync();
  await scanner.undo(id);
  assert.equal(await said(scanner), "admitted");
  publish(["badge", 1, NUMBER, null, BADGE], ["passage", 1, `[2,${minute},3]`]);
  await scanner.sync();
  assert.equal(await said(scanner, "hall"), "refused already_inside");
  assert.equal(scanner.inside(gate(scanner, "hall")), 1);
});

test("an evacuation counts at once, and what the server says of it changes nothing", async () => {
  const badge = ["badge", 1, NUMBER, null, BADGE];
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
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  assert.equal(await said(scanner, "hall"), "admitted");
  time -= 600_000;
  assert.equal(await said(scanner, "hall", { leaving: true }), "admitted");
  assert.equal(scanner.inside(gate(scanner, "hall")), 0);
});

test("at the end of a shift the door is forgotten and the queue is not", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  await said(scanner);
  await scanner.forget();
  assert.equal(disk.rows.size, 0);
  const after = await opened();
  assert.equal(after.known(), null);
  assert.equal(after.status().waiting, 1);
});

test("whoever got a blank is forgotten with the door once that was told", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  await scanner.register(holder, { surname: "Nowak" });
  await scanner.flush();
  await scanner.forget();
  assert.equal(disk.items.size, 0);
  const after = await opened();
  await after.sync();
  await after.clear();
  await after.flush();
  assert.deepEqual(server.batches.map(({ items }) => items[0].n), [1, 2]);
});

test("a scan in a full request takes at most 40 bytes", async () => {
  const { pair, key } = await aPair();
  const people = Array.from({ length: 200 }, (_, n) => [n, crypto.getRandomValues(new Uint32Array(1))[0]]);
  const rows = people.map(([n, number]) => ["badge", n, number - 2 ** 31, null, BADGE]);
  const scanner = await working(["key", 1, key, 0, null, "current"], ...rows);
  for (const [, number] of people) {
    time += 2_000 + Math.floor(Math.random() * 6_000);
    const { verdict } = await scanner.scan(await aCode(pair, number), gate(scanner));
    assert.equal(verdict.outcome, "admitted");
  }
  await scanner.flush();
  assert.equal(server.batches[0].items.length, 200);
  assert.ok(server.bytes / 200 <= 40, `${server.bytes / 200} bytes`);
});

test("a new key of the feed is followed from the old one, and pinned", async () => {
  const scanner = await working();
  const [old, next, strange] = [server.pair, await aPair(), await aPair()];
  publish(["badge", 1, NUMBER, null, BADGE]);
  Object.assign(server, strange);
  server.links = [{ from: scanner.settings.door_key, to: strange.key, sig: await signed(strange.pair, "no") }];
  await assert.rejects(scanner.sync());
  const sig = await signed(old, `eventday-key-v1\n${event}\n${next.key}`);
  server.links = [{ from: scanner.settings.door_key, to: next.key, sig }];
  Object.assign(server, next);
  await scanner.sync();
  assert.equal(scanner.known().badges.size, 1);
  assert.equal((await opened()).settings.door_key, next.key);
});

test("a lead's code goes on for this role and event, and only they can write it", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  const end = AT + 40_000;
  const code = async ({ pair = server.pair, role = "gate", of = event, until = end } = {}) =>
    `eventday-shift:${role}:${until}:${await signed(pair, `eventday-shift-v1\n${of}\n${role}\n${until}`)}`;
  time = (AT + 36_000) * 1000;
  assert.ok(scanner.isOver());
  publish();
  assert.equal(await scanner.sync(), false);
  const wrong = [
    await code({ pair: (await aPair()).pair }),
    await code({ role: "helpdesk" }),
    await code({ of: event.replace("1", "2") }),
    (await code()).replace(String(end), String(end + 1)),
    "eventday-shift:gate:soon",
  ];
  for (const text of wrong) assert.equal(await scanner.extend(text), false, text);
  assert.ok(scanner.isOver());
  assert.ok(await scanner.extend(await code()));
  assert.ok(await scanner.extend(await code({ until: end - 60 })));
  assert.equal((await opened()).settings.shift, end * 1000);
  assert.ok(!scanner.isOver());
  assert.ok(await scanner.sync());
});

test("of whom two doors let in, each tells those it let in itself", async () => {
  const rows = [["badge", 1, NUMBER, null, BADGE], ["badge", 2, 7 - 2 ** 31, null, BADGE]];
  const scanner = await working(...rows);
  await said(scanner);
  publish(...rows, ["double", 1, 1, AT], ["double", 1, 2, AT]);
  await scanner.sync();
  assert.deepEqual(scanner.doubles(), [{ gate_id: 1, holder, at: AT }]);
});

test("a card for practice shows its verdict where one practises, and opens no gate", async () => {
  const { pair, key } = await aPair();
  const practice = ["gate", 3, "try", '{"en":"Try"}', "practice", "[]", 65535, null, null, null, 0, 0, 0, 2];
  const scanner = await working(["key", 1, key, 0, null, "current"], practice);
  const card = await aCode(pair, 0, { category: 3, flags: 128 });
  const verdicts = [];
  for (const slug of ["main", "try"]) verdicts.push((await scanner.scan(card, gate(scanner, slug))).verdict);
  assert.deepEqual(verdicts.map(({ outcome, reason }) => [outcome, reason]), [["refused", "practice_card"], ["ask", "look_at_id"]]);
  assert.deepEqual(verdicts.map(({ holder: whose }) => whose), [null, null]);
});

test("rows that the head does not sign are not taken", async () => {
  const scanner = await working();
  publish();
  server.rows = [...ROWS, ["badge", 1, 7 - 2 ** 31, null, BADGE]];
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
