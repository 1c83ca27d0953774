/** The pages' rules under Node, held to the same vectors as Python. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { canonical, hexOf, sha256, bytesOf, unbase64, unhex } from "../../web/shared/bytes.js";
import { eventTag, fingerprint, isSigned, read, readShort, shortCode } from "../../web/shared/code.js";
import { decide, decideHolder, eventDay } from "../../web/shared/decide.js";
import { apply, hold, openHead, replay, stateOf } from "../../web/shared/feed.js";
import { courseOf } from "../../web/shared/history.js";
import { derived, opened } from "../../web/shared/sealed.js";

const vectors = (name) =>
  JSON.parse(readFileSync(new URL(`../../openapi/vectors/${name}.json`, import.meta.url)));

test("canonical JSON", async () => {
  for (const { value, canonical: text, sha256: digest } of vectors("canonical")) {
    assert.equal(canonical(value), text);
    assert.equal(hexOf(await sha256(bytesOf(text))), digest);
  }
});

test("states and the log", async () => {
  const log = vectors("log");
  const held = () => hold({ epoch: 1, seq: log.seq, tables: log.tables, rows: log.rows });
  for (const { rows, state } of vectors("state")) {
    const { sum } = await hold({ epoch: 1, seq: 1, tables: log.tables, rows });
    assert.equal(stateOf(sum), state);
  }
  const after = await held();
  apply(after, await replay(after, log.records));
  assert.equal(after.seq, log.after.seq);
  assert.equal(stateOf(after.sum), log.after.state);
  const rows = [...after.rows.values()].map(canonical).sort();
  assert.deepEqual(rows, log.after.rows.map(canonical).sort());
  for (const { why, records } of log.refused) {
    const before = await held();
    await assert.rejects(replay(before, records), () => true, why);
    assert.equal(stateOf(before.sum), log.state);
  }
});

test("heads", async () => {
  const { event, key, heads } = vectors("head");
  for (const { head, refused, what } of heads) {
    const opening = openHead(head, { key, event });
    if (refused) await assert.rejects(opening, { message: refused }, what);
    else assert.equal((await opening).seq, 8);
  }
});

test("badges", async () => {
  const { event, tag, keys, codes, refused, short, typed, sealed } = vectors("badges");
  const publics = new Map(keys.map((key) => [key.slot, unbase64(key.public)]));
  assert.equal(await eventTag(event), tag);
  const why = async (text) => {
    const code = read(text);
    if (!code) return "unreadable";
    if (code.tag !== tag) return "other_event";
    if (!publics.has(code.claim.slot)) return "unknown_key";
    return (await isSigned(code, event, publics.get(code.claim.slot))) ? "" : "bad_signature";
  };
  for (const { claim, text, fingerprint: wanted } of codes) {
    assert.equal(await why(text), "");
    assert.deepEqual(read(text).claim, claim);
    assert.equal(await fingerprint(text), wanted);
  }
  for (const { text, refused: reason, what } of refused) assert.equal(await why(text), reason, what);
  for (const { text, holder } of short) {
    assert.equal(readShort(text), holder);
    assert.equal(shortCode(holder).replace(" ", ""), text);
  }
  for (const { typed: text, holder } of typed) assert.equal(readShort(text), holder, text);
  for (const { code, id, text, box } of sealed) {
    const made = await derived(read(code).signature, event);
    assert.equal(made.id, id);
    assert.equal(await opened(unhex(box), made.key), text);
    assert.equal(await opened(unhex(box.slice(0, -2) + "00"), made.key), null);
  }
});

test("a key of small order signed nothing", async () => {
  const { event, codes } = vectors("badges");
  const zero = new Uint8Array(32);
  assert.equal(await isSigned(read(codes[0].text), event, zero), false);
});

const numbered = (object, valueOf = (value) => value) =>
  new Map(Object.entries(object).map(([number, value]) => [Number(number), valueOf(value)]));

test("decisions", async () => {
  const { door: common, decisions } = vectors("decisions");
  for (const { name, text, holder, door, gate, at, device, leaving, verdict } of decisions) {
    const said = { ...common, ...door };
    const whole = {
      ...said,
      gate: { ...common.gate, ...gate },
      keys: numbered(said.keys, (key) => ({ ...key, public: unbase64(key.public) })),
      badges: numbered(said.badges),
      passages: numbered(said.passages),
      booked: new Set(said.booked),
    };
    const how = { at, device, leaving };
    const made = text === undefined ? decideHolder(holder, whole, how) : await decide(text, whole, how);
    assert.deepEqual(made, verdict, name);
  }
});

test("courses", () => {
  const { days, courses } = vectors("courses");
  const dayOf = (at) => eventDay(days, Math.floor(at / 1000));
  for (const { name, policy, entries, cleared, course } of courses) {
    for (const order of [entries, entries.toReversed()]) {
      assert.deepEqual(courseOf(order, cleared, { policy, dayOf }), course, name);
    }
  }
});
