/** A scanner without a page, at the entrance beside this file. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  aCode, aPair, ask, AT, BADGE, clock, disk, event, gate, holder, NUMBER, opened, publish, ROWS, said,
  server, signed, store, text, times, working,
} from "./entrance.js";
import { canonical, hexOf, unbase64 } from "../../web/shared/bytes.js";
import { openScanner } from "../../web/shared/scanner.js";

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
  clock.time += 60_000;
  const { id } = await scanner.scan(text, gate(scanner));
  const minute = Math.floor(clock.time / 60_000);
  publish(["badge", 1, NUMBER, null, BADGE], ["passage", 1, `[1,${minute},3]`]);
  await scanner.sync();
  await scanner.undo(id);
  assert.equal(await said(scanner), "admitted");
  publish(["badge", 1, NUMBER, null, BADGE], ["passage", 1, `[2,${minute},3]`]);
  await scanner.sync();
  assert.equal(await said(scanner, "hall"), "refused already_inside");
  assert.equal(scanner.inside(gate(scanner, "hall")), 1);
});

test("nobody goes out where only entries count", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  for (const [slug, leaves] of [["main", false], ["hall", true]]) {
    assert.equal((await scanner.scan(text, gate(scanner, slug), { leaving: true })).leaving, leaves);
    assert.equal(scanner.inside(gate(scanner, slug)), leaves ? 0 : 1);
  }
  await scanner.flush();
  const { items } = server.batches[0];
  assert.deepEqual(items.map(({ payload }) => payload.leaving), [undefined, true]);
});

test("whoever went out by another door within a minute may come back", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  clock.time = Math.ceil(clock.time / 60_000) * 60_000 + 5_000;
  assert.equal(await said(scanner, "hall"), "admitted");
  const flags = 2 + 2 ** 17 * 9;
  publish(["badge", 1, NUMBER, null, BADGE], ["passage", 1, `[2,${Math.floor(clock.time / 60_000)},${flags}]`]);
  await scanner.sync();
  clock.time += 10_000;
  assert.equal(scanner.inside(gate(scanner, "hall")), 0);
  assert.equal(await said(scanner, "hall"), "admitted");
});

test("whom another door let in after an undo here is not let in again", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  const { id } = await scanner.scan(text, gate(scanner, "hall"));
  const passed = ["passage", 1, `[2,${Math.floor(clock.time / 60_000)},3]`];
  await scanner.undo(id);
  await scanner.flush();
  publish(["badge", 1, NUMBER, null, BADGE], passed);
  await scanner.sync();
  assert.equal(scanner.inside(gate(scanner, "hall")), 0); // the feed may not have heard yet
  clock.time += 5_000;
  await scanner.sync();
  assert.equal(scanner.inside(gate(scanner, "hall")), 1);
  assert.equal(await said(scanner, "hall"), "refused already_inside");
});

test("whom this door asked and another let in is not let in again", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE + 2 ** 8]);
  assert.equal(await said(scanner, "hall"), "ask look_at_id");
  publish(["badge", 1, NUMBER, null, BADGE + 2 ** 8], ["passage", 1, `[2,${Math.floor(clock.time / 60_000)},3]`]);
  await scanner.sync();
  assert.equal(await said(scanner, "hall"), "refused already_inside");
});

test("an evacuation counts at once, and what the server says of it changes nothing", async () => {
  const badge = ["badge", 1, NUMBER, null, BADGE];
  const scanner = await working(badge, ["passage", 1, `[2,${AT / 60},3]`]);
  assert.equal(await said(scanner, "hall"), "refused already_inside");
  await scanner.clear();
  assert.equal(scanner.inside(gate(scanner, "hall")), 0);
  assert.equal(await said(scanner, "hall"), "admitted");
  publish(badge, ["cleared", 0, clock.time - 61_000]);
  await scanner.sync();
  assert.equal(await said(scanner, "hall"), "refused already_inside");
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

test("a device that the server takes no more forgets the door and nothing that it did", async () => {
  const person = ["badge", 1, NUMBER, null, BADGE];
  const scanner = await working(person);
  await said(scanner);
  await scanner.flush();
  server.away = true;
  await said(scanner);
  Object.assign(server, { away: false, refuses: true });
  await assert.rejects(scanner.sync());
  await scanner.withdraw();
  assert.equal(scanner.known(), null);
  assert.equal(disk.rows.size, 0);
  assert.deepEqual([...disk.items.values()].map(({ sent }) => Boolean(sent)), [true, false]);
  server.refuses = false;
  assert.equal(await scanner.flush(), 1);
  server.epoch += 1; // the backup that had not heard of this device, nor of what it did
  await scanner.sync();
  assert.equal(await said(scanner), "admitted reentry");
  assert.equal(await scanner.flush(), 3);
});

test("at the end of a shift the server may be earlier, which withdraws nothing", async () => {
  const scanner = await working();
  clock.time = (AT + 36_000) * 1000 - 1_500;
  await scanner.withdraw();
  assert.ok(scanner.known());
  clock.time -= 120_000;
  await scanner.withdraw();
  assert.equal(scanner.known(), null);
});

test("what could not be stored of the feed is fetched again, and no change is left out", async () => {
  const scanner = await working(["badge", 1, NUMBER, null, BADGE]);
  const log = async (path, options) => {
    const answer = await ask(path, options);
    if (!path.endsWith("/head")) return answer;
    const [line] = (await answer.text()).split("\n");
    const h = hexOf(unbase64(JSON.parse(line).state)).slice(0, 16);
    const tail = [{ s: server.seq, h, ops: [["badge", 1, { packed: BADGE + 16 * 2 ** 8 }]] }];
    const said = canonical({ ...JSON.parse(line), log_from: 1, tail });
    return new Response(`${said}\n${await signed(server.pair, `eventday-head-v1\n${said}`)}`);
  };
  publish(["badge", 1, NUMBER, null, BADGE + 16 * 2 ** 8]);
  const other = await openScanner({ store, ask: log, times });
  disk.full = true;
  await assert.rejects(other.sync());
  assert.equal(scanner.known().badges.size, 1);
  disk.full = false;
  await other.sync();
  assert.equal(await said(await opened()), "refused cancelled");
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
    clock.time += 2_000 + Math.floor(Math.random() * 6_000);
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
  clock.time = (AT + 36_000) * 1000;
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

test("a lead's code goes on for a phone that has not heard of the key that signed it", async () => {
  const scanner = await working();
  const [next, last, thief] = [await aPair(), await aPair(), await aPair()];
  const end = AT + 40_000;
  const code = async (by, { from, to = by, until = end }) => {
    const sig = await signed(by.pair, `eventday-shift-v1\n${event}\ngate\n${until}`);
    const link = await signed(from.pair, `eventday-key-v1\n${event}\n${to.key}`);
    return `eventday-shift:gate:${until}:${sig}:${to.key}:${link}`;
  };
  const ours = { pair: server.pair, key: server.key };
  for (const wrong of [
    await code(thief, { from: thief }),
    await code(thief, { from: ours, to: next }),
    await code(last, { from: next }), // two keys later: nothing leads from ours to that
    (await code(next, { from: ours })).slice(0, -87),
  ]) assert.equal(await scanner.extend(wrong), false);
  assert.ok(await scanner.extend(await code(next, { from: ours })));
  assert.equal(scanner.settings.shift, end * 1000);
  assert.equal(scanner.settings.door_key, server.key); // only the feed itself brings another key
  assert.ok(await scanner.extend(await code(ours, { from: thief, until: end + 60 }))); // who has heard
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
  const other = await openScanner({ store, ask: lying, times });
  await assert.rejects(other.sync());
  assert.equal(scanner.known().badges.size, 0);
});
