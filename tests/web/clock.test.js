/** What time a scanner takes it to be, whatever is done to its phone's clock. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { AT, BADGE, clock, disk, gate, NUMBER, opened, publish, ROWS, said, server, text, times, working } from "./entrance.js";

const HOUR = 3_600_000;
const PERSON = ["badge", 1, NUMBER, null, BADGE];
/** Of the event's two days this badge is for the first. */
const FIRST_DAY = ["badge", 1, NUMBER, null, (65535 - 1) * 2 ** 15];
const LUNCH = ["gate", 3, "lunch", '{"en":"Lunch"}', "once", "[]", 65535, AT, AT + 7_200, null, 0, 0, 0, 2];
/** Where somebody may set a clock to: by ten minutes, to 2100, to 1970, to what is right. */
const WRONG = [600_000, -600_000, Date.UTC(2100, 0) - AT * 1000, -AT * 1000, 0];

/** Open the page anew, as after a reload. */
function reloaded() {
  clock.boot += "+";
  return opened();
}

function random(seed) {
  let state = seed;
  return (below) => ((state = (state * 48_271) % 2_147_483_647), state % below);
}

/** Return when the server takes things of a batch to have happened, where their start has not ended (docs/sync.md). */
function moments({ boot, sent_at, sent_mono, items }) {
  const made = ({ id }) => parseInt(id.replaceAll("-", "").slice(0, 12), 16);
  const same = items.filter((item) => (item.boot ?? boot) === boot);
  return same.map((item) => clock.time - (item.mono === undefined ? sent_at - made(item) : sent_mono - item.mono));
}

/** Do the same things each time; return what came of them, and when it was. */
async function played(seed, { stepping }) {
  Object.assign(clock, { time: AT * 1000, wrong: 0, boot: "b" });
  Object.assign(disk, { rows: new Map(), items: new Map() });
  disk.facts.delete("stand");
  Object.assign(disk.facts.get("settings"), { starts: [{ ...times(), now: clock.time, heard: true }], epoch: undefined });
  Object.assign(server, { batches: [], away: false });
  const next = random(seed);
  let scanner = await working(PERSON, LUNCH);
  const came = [];
  let entry = null;
  for (let n = 0; n < 25; n += 1) {
    clock.time += 1_000 * (1 + next(90));
    const [what, slug, wrong] = [next(8), ["main", "hall", "lunch"][next(3)], WRONG[next(5)]];
    if (stepping) clock.wrong = wrong;
    if (what < 4) {
      entry = await scanner.scan(text, gate(scanner, slug), { leaving: slug === "hall" && what < 2 });
      came.push([entry.verdict.outcome, entry.verdict.reason, entry.at]);
    }
    if (what === 4 && entry) await scanner.undo(entry.id);
    if (what === 5) await scanner.clear(slug);
    if (what === 6) server.away = !server.away;
    if (what === 7) {
      if (!server.away) scanner = await reloaded();
      await scanner.sync().catch(() => {});
    }
    came.push([scanner.now(), scanner.isOver(), scanner.inside(gate(scanner, "hall"))]);
  }
  server.away = false;
  await scanner.sync();
  await scanner.flush();
  came.push(server.batches.flatMap(moments));
  return came;
}

test("a clock that is set changes no decision, no moment and no order", async () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    assert.deepEqual(await played(seed, { stepping: true }), await played(seed, { stepping: false }), `seed ${seed}`);
  }
});

test("a clock that is far off when the page begins anew is not believed", async () => {
  for (const wrong of [Date.UTC(2100, 0) - AT * 1000, -AT * 1000, -HOUR]) {
    Object.assign(clock, { time: AT * 1000, wrong: 0, boot: "b" });
    Object.assign(disk.facts.get("settings"), { starts: [{ ...times(), now: clock.time, heard: true }] });
    const before = await working(FIRST_DAY, LUNCH);
    clock.time += HOUR / 2;
    await before.scan(text, gate(before));
    server.away = true;
    clock.wrong = wrong;
    const after = await reloaded();
    assert.ok(after.status().doubted);
    assert.ok(Math.abs(after.now() - clock.time) < 1_000);
    assert.equal(await said(after), "admitted reentry"); // a minute later
    assert.ok(Math.abs(after.now() - clock.time) < 1_000);
    assert.equal(await said(after, "lunch"), "admitted");
    assert.ok(!after.isOver());
    clock.wrong = 0;
    clock.time += HOUR / 6;
    const last = await reloaded();
    assert.ok(!last.status().doubted);
    assert.equal(last.now(), clock.time);
    assert.equal((await last.scan(text, gate(last))).verdict.reason, "reentry"); // ten minutes ago, not now
    server.away = false;
    disk.items.clear();
  }
});

test("one scan in a wrong future is put right when the server is heard", async () => {
  const before = await working(FIRST_DAY, LUNCH);
  server.away = true;
  clock.wrong = 8 * HOUR; // still in the event
  const wrong = await reloaded();
  assert.equal(await said(wrong, "lunch"), "refused too_late");
  assert.equal(await said(wrong), "admitted");
  assert.equal(await said(wrong, "hall"), "admitted");
  clock.wrong = 0;
  clock.time += 120_000;
  publish(FIRST_DAY, LUNCH, ["passage", 1, `[2,${clock.time / 60_000},2]`]); // went out by another door
  server.away = false;
  await wrong.sync();
  assert.equal(wrong.now(), clock.time);
  assert.equal(await said(wrong, "lunch"), "admitted");
  assert.equal(await said(wrong, "hall"), "admitted");
});

test("a guess does not outlive its start", async () => {
  await working(PERSON);
  server.away = true;
  clock.wrong = 3 * HOUR;
  const wrong = await reloaded();
  const { at } = await wrong.scan(text, gate(wrong));
  assert.equal(at, clock.time + clock.wrong);
  clock.wrong = 0;
  clock.boot += "c";
  assert.equal(wrong.now(), clock.time);
  assert.equal((await wrong.scan(text, gate(wrong))).verdict.reason, "repeat");
  const right = await reloaded();
  assert.equal(right.now(), clock.time);
  assert.equal(await said(right), "admitted reentry");
  assert.equal(disk.facts.get("settings").starts.length, 4);
});

test("a wrong clock ends no shift for good, and a right one does when the server says so", async () => {
  await working(PERSON);
  server.away = true;
  clock.wrong = 11 * HOUR; // the shift ends in ten
  const early = await reloaded();
  assert.ok(early.isOver());
  assert.ok(!early.hasLapsed());
  server.away = false;
  await early.sync();
  assert.ok(!early.isOver());
  assert.equal(await said(early), "admitted");

  clock.time += 11 * HOUR;
  server.refuses = true;
  const late = await reloaded();
  assert.ok(late.isOver());
  assert.ok(!late.hasLapsed());
  await assert.rejects(late.sync());
  assert.ok(late.hasLapsed());
  server.refuses = false;
  assert.equal(await late.sync(), false); // the server has spoken

  server.away = true;
  const unheard = await reloaded();
  clock.time += HOUR / 2;
  assert.ok(unheard.hasLapsed());
});

test("a phone that slept asks its clock, as its counter stood still", async () => {
  const scanner = await working(PERSON);
  server.away = true;
  clock.time += 9 * HOUR;
  clock.slept = 9 * HOUR;
  assert.equal(scanner.now(), clock.time - clock.slept);
  clock.boot = "c"; // as counter.js does when the page is looked at again
  assert.equal(scanner.now(), clock.time);
  assert.equal(await said(scanner), "admitted");
});

test("a slow answer turns nothing back", async () => {
  const scanner = await working(PERSON);
  server.slow = 14_000;
  await scanner.sync();
  assert.equal(scanner.now(), clock.time);
});
