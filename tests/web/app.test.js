/** An attendee's page without a browser: agenda, plan and news, and a phone with its server away. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { gunzipSync } from "node:zlib";

import { readAgenda, search } from "../../web/app/agenda.js";
import { nextOf, nowOf, walk } from "../../web/app/clashes.js";
import { merged, newsBetween } from "../../web/app/news.js";
import { openPhone } from "../../web/app/phone.js";
import { inTheWay, planOf } from "../../web/app/plan.js";
import { vcardOf } from "../../web/app/vcard.js";
import { base64Of, bytesOf } from "../../web/shared/bytes.js";
import { hold, stateOf } from "../../web/shared/feed.js";
import { fold } from "../../web/shared/fold.js";

// What a browser has, for what asks which language the reader speaks.
globalThis.localStorage ??= { getItem: () => null };
globalThis.location ??= { href: "http://127.0.0.1/app" };
const { timesIn } = await import("../../web/shared/times.js");
const { bookingText } = await import("../../web/app/mine.js");

const AT = 1748934000;
const HOUR = 3600;
const TABLES = [
  ["event", 1, ["id", "uuid", "title", "timezone"]],
  ["venue", 1, ["id", "name", "city", "latitude", "longitude", "position"]],
  ["room", 1, ["id", "venue_id", "name", "floor", "position"]],
  ["speaker", 1, ["id", "name", "organisation", "position", "biography"]],
  ["session", 1, ["id", "title", "subtitle", "abstract", "room_id", "track_id", "type_id", "starts_at", "ends_at",
    "languages", "links", "attachments", "audience", "state", "reason", "url"]],
  ["part", 1, ["id", "session_id", "title", "abstract", "starts_at", "ends_at", "state", "reason"]],
  ["session_speaker", 4, ["session_id", "part_id", "speaker_id", "role", "position"]],
];
const EVENT = "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2b0f";
const text = (en) => JSON.stringify({ en });

/** Return a session's row; it lasts an hour. */
function session(id, { starts = 0, room = 1, audience = '["choice"]', state = "confirmed", title = `Session ${id}` } = {}) {
  const starts_at = AT + starts * HOUR;
  return ["session", id, text(title), "{}", "{}", room, null, null, starts_at, starts_at + HOUR, "[]", "[]", "[]", audience, state, "{}", ""];
}

const REST = [
  ["event", 1, EVENT, text("Clusters"), "Europe/Warsaw"],
  ["venue", 1, text("Aeropolis"), "Jasionka", 50_110_000, 22_020_000, 0],
  ["venue", 2, text("Rynek"), "Rzeszów", 50_037_000, 22_004_000, 1],
  ["room", 1, 1, text("Hall A"), "{}", 0],
  ["room", 2, 1, text("Hall B"), "{}", 1],
  ["room", 3, 2, text("Cellar"), "{}", 2],
  ["speaker", 5, "Łucja Żółć", "Klaster", text("Chair"), "{}"],
  ["session_speaker", 1, 0, 5, "speaker", 0],
  ["part", 11, 1, text("Keynote"), "{}", AT + 600, AT + 1200, "confirmed", "{}"],
];

async function agendaOf(...sessions) {
  return readAgenda(await hold({ epoch: 1, seq: 1, tables: TABLES, rows: [...REST, ...sessions] }));
}

test("a time is read as the venue's clocks show it, also when they are changed", () => {
  const { local, moment } = timesIn("Europe/Warsaw");
  const read = (text) => new Date(moment(text) * 1000).toISOString().slice(0, 16);
  assert.equal(read("2025-06-03T10:15"), "2025-06-03T08:15");
  assert.equal(read("2025-10-26T02:30"), "2025-10-26T00:30");
  assert.equal(read("2025-10-26T03:30"), "2025-10-26T02:30");
  assert.equal(local(moment("2025-03-30T02:30")), "2025-03-30T03:30");
});

test("an offer says on which day it ends", () => {
  const offered = { state: "offered", offered_until: "2025-06-04T10:15:00+02:00" };
  const say = (key, { time }) => `${key} ${time}`;
  assert.match(bookingText(offered, timesIn("Europe/Warsaw"), say), /^booking-offered .*\b4\b.* 10:15$/);
});

test("a contact card is written as vCard wants it", () => {
  const person = { name: "Łucja Żółć", organisation: "Steel; pipes, valves", position: "", country: "Polska", email: "l@example.org", about: "One\nTwo" };
  assert.equal(vcardOf(person), ["BEGIN:VCARD", "VERSION:4.0", "FN:Łucja Żółć", "ORG:Steel\\; pipes\\, valves", "ADR:;;;;;;Polska",
    "EMAIL:l@example.org", "NOTE:One\\nTwo", "END:VCARD", ""].join("\r\n"));
});

test("text is folded as the server folds it", () => {
  assert.equal(fold("  Łódź ǿ  ĐẞÆ ß "), "lodz o dssae ss");
});

test("a session is found by its words, its speakers and its room", async () => {
  const agenda = await agendaOf(session(1, { title: "Hydrogen" }), session(2, { starts: 1 }));
  for (const words of ["hydro", "zolc", "HALL a hydrogen", "keynote"]) {
    assert.deepEqual(search(agenda, words).map(({ id }) => id), [1], words);
  }
  assert.deepEqual(search(agenda, "hydrogen cellar"), []);
});

test("a plan holds what is for everyone, for one's category and what one chose, and names clashes", async () => {
  const agenda = await agendaOf(
    session(1, { audience: '["everyone"]' }), session(2, { audience: '["speaker"]' }), session(3), session(4, { starts: 1, room: 3 }), session(5, { starts: 1, state: "cancelled" }),
    session(6, { starts: 1, audience: '["everyone"]' }),
  );
  const schedule = { category: "speaker", bookmarks: [3, 5], bookings: [{ session_id: 4, state: "booked" }], entries: [] };
  const items = [
    { n: 2, kind: "bookmark", payload: { session: 3, on: false } },
    { n: 1, kind: "bookmark", payload: { session: 3, on: true } },
  ];
  const plan = planOf(agenda, schedule, items);
  assert.deepEqual(plan.map(({ id }) => id), ["s1", "s2", "s4", "s5", "s6"]);
  const clashes = Object.fromEntries(plan.map((entry) => [entry.id, entry.clashes.map((one) => `${one.kind} ${one.entry.id}`)]));
  assert.deepEqual(clashes, { s1: ["travel s4"], s2: [], s4: ["travel s1"], s5: [], s6: [] });
});

test("a seat is in the way of what one cannot go to from it, and no other", async () => {
  const agenda = await agendaOf(session(1), session(2), session(3, { starts: 1, room: 3 }), session(4, { starts: 6 }), session(5));
  const booked = (id, state = "booked") => ({ session_id: id, state });
  const schedule = { category: "delegate", bookmarks: [5], entries: [], bookings: [booked(1), booked(4), booked(5, "waiting")] };
  const ids = (wanted, items = []) => inTheWay(agenda, schedule, items, wanted).map(({ id }) => id);
  assert.deepEqual([ids(2), ids(3), ids(4), ids(1)], [["s1"], ["s1"], [], []]);
  assert.deepEqual(ids(2, [{ n: 1, kind: "booking", payload: { session: 1, on: false } }]), []);
});

test("a moved session moves in the plan, and what is not in the agenda comes from the server", async () => {
  const meeting = { kind: "meeting", meeting_id: 7, title: { en: "Talk" }, starts_at: "2025-06-03T09:00:00+02:00",
    ends_at: "2025-06-03T09:20:00+02:00", begins: "2025-06-03T09:00:00+02:00", finishes: "2025-06-03T09:20:00+02:00", state: "confirmed", why: ["meeting"], room: { id: 2 }, table: "4", with: ["Jan"] };
  const stale = { kind: "session", session_id: 1, public: true, starts_at: "2025-06-03T09:00:00+02:00", title: {}, state: "confirmed", why: ["bookmark"] };
  const schedule = { category: "delegate", bookmarks: [1], bookings: [], entries: [stale, meeting] };
  const plan = planOf(await agendaOf(session(1, { starts: 2 })), schedule, []);
  assert.deepEqual(plan.map(({ id, starts_at }) => [id, starts_at]), [["m7", 1748934000], ["s1", AT + 2 * HOUR]]);
  const without = planOf(await agendaOf(), schedule, []);
  assert.deepEqual(without.map(({ id }) => id), ["m7"]);
});

test("a meeting in a break is where the agenda has that break, before the server says so", async () => {
  const at = (seconds) => new Date((AT + seconds) * 1000).toISOString();
  const meeting = { kind: "meeting", meeting_id: 7, session_id: 1, after: 600, title: {}, why: ["meeting"], answer: "accepted", state: "confirmed",
    starts_at: at(600), ends_at: at(1800), begins: at(600), finishes: at(1800), room: null };
  const schedule = { category: "delegate", bookmarks: [], bookings: [], entries: [meeting] };
  for (const state of ["confirmed", "suspended", "cancelled"]) {
    const [entry] = planOf(await agendaOf(session(1, { starts: 2, state })), schedule, []);
    assert.deepEqual([entry.starts_at, entry.finishes, entry.state], [AT + 2 * HOUR + 600, AT + 2 * HOUR + 1800, state]);
  }
  const [back] = planOf(await agendaOf(session(1)), { ...schedule, entries: [{ ...meeting, state: "suspended", ends_at: null }] }, []);
  assert.deepEqual([back.starts_at, back.ends_at, back.state], [AT + 600, AT + 1800, "confirmed"]);
});

test("what only some may know of stands there as the server told, with this phone's own words", async () => {
  const at = (hours) => new Date((AT + hours * HOUR) * 1000).toISOString();
  const hidden = { kind: "session", session_id: 900, public: false, title: { en: "Breakfast" }, why: ["category", "bookmark"], state: "confirmed", reason: {},
    starts_at: at(0), ends_at: at(1), begins: at(0), finishes: at(1), spoken: true, room: null };
  const schedule = { category: "vip", bookmarks: [1, 900], bookings: [], entries: [hidden] };
  const [first, second] = planOf(await agendaOf(session(1)), schedule, []);
  assert.deepEqual([first.id, first.clashes[0].entry.id, second.why], ["s1", "s900", ["category", "bookmark"]]);
  const items = [{ n: 1, kind: "bookmark", payload: { session: 900, on: false } }, { n: 2, kind: "bookmark", payload: { session: 1, on: false } }];
  const [left, ...none] = planOf(await agendaOf(session(1)), schedule, items);
  assert.deepEqual([left.id, left.why, left.clashes, none], ["s900", ["category"], [], []]);
});

test("next is what is to come, or what one sits in when nothing is", async () => {
  const plan = planOf(await agendaOf(session(1), session(2, { starts: 2 })), { bookmarks: [1, 2], bookings: [], entries: [] }, []);
  assert.equal(nextOf(plan, AT + 60).entry.id, "s2");
  assert.equal(nowOf(plan, AT + 60).id, "s1");
  assert.equal(nextOf(plan, AT + 2 * HOUR + 60), null);
  assert.equal(nowOf(plan, AT + 2 * HOUR + 60).id, "s2");
  assert.equal(nowOf(plan, AT + 3 * HOUR), null);
});

test("ways between venues take whole minutes on foot", () => {
  const place = (id, latitude, longitude) => ({ id, latitude, longitude });
  // 0.009° of latitude are 1,001 m; with the detour 1,301 m, at 75 m a minute 17.3.
  assert.equal(walk(place(1, 50_000_000, 22_000_000), place(2, 50_009_000, 22_000_000)), 18);
  assert.equal(walk(place(1, 50_000_000, 22_000_000), place(2, null, null)), 0);
});

test("news tell what moved, fell out and came, and forget what was taken back", async () => {
  const [before, moved] = [await agendaOf(session(1), session(2)), await agendaOf(session(1, { starts: 1, room: 2 }), session(3, { starts: 3 }))];
  const first = newsBetween(before, moved, AT);
  assert.deepEqual(first.map(({ kind, session: id, part }) => [kind, id, part]),
    [["moved", 1, null], ["moved", 1, 11], ["added", 3, null], ["removed", 2, null]]);
  assert.deepEqual(first[0].old, { starts_at: AT, ends_at: AT + HOUR, room_id: 1, room: { en: "Hall A" } });
  const later = await agendaOf(session(1), session(3, { starts: 3 }));
  const all = merged(first, newsBetween(moved, later, AT + 60));
  assert.deepEqual(all.map(({ kind, session: id }) => [kind, id]), [["added", 3], ["removed", 2]]);
});

let disk, server, pair;

beforeEach(async () => {
  disk = { rows: new Map(), facts: new Map(), items: new Map() };
  pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  server = { away: false, rows: [...REST, session(1)], seq: 1, epoch: 1, own: {}, sent: [], asked: [], ended: [], unknown: [], later: 0, event: EVENT, ids: new Set() };
});

const store = {
  load: async () => structuredClone(disk),
  async save(changes, { fresh = [] } = {}) {
    for (const name of fresh) disk[name].clear();
    for (const [name, values] of Object.entries(changes)) {
      for (const [key, value] of values) value === null ? disk[name].delete(key) : disk[name].set(key, structuredClone(value));
    }
  },
};

async function ask(path, { token, headers = {}, body } = {}) {
  if (server.away) throw Object.assign(new Error(), { code: "offline" });
  const name = path.split("?")[0];
  server.asked.push(name);
  if (server.isMirror && !name.startsWith("v1/sync/public/")) throw Object.assign(new Error(), { code: "unavailable" });
  const { epoch, seq, rows } = server;
  const json = (value, etag = "") => new Response(JSON.stringify(value), { headers: etag ? { ETag: etag } : {} });
  if (name === "v1/bootstrap") {
    const key = base64Of(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
    return json({ event: { uuid: server.event }, keys: [{ purpose: "feed", public: key }], server_time: new Date(AT * 1000).toISOString() });
  }
  if (name === "v1/sync/public/rows") return json({ epoch, seq, tables: TABLES, rows });
  if (name === "v1/sync/public/head") {
    if (headers["If-None-Match"] === `"${epoch}-${seq}"`) return new Response(null, { status: 304 });
    const { sum } = await hold({ epoch, seq, tables: TABLES, rows });
    const line = JSON.stringify({ v: 1, event: server.event, epoch, seq, state: stateOf(sum), log_from: seq, log: [], tail: [], poll: [60, 30] });
    const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, bytesOf(`eventday-head-v1\n${line}`));
    return new Response(`${line}\n${base64Of(new Uint8Array(signature))}`, { headers: { ETag: `"${epoch}-${seq}"` } });
  }
  if (name === "v1/sync/outbox") {
    void server.own[name];
    const sent = JSON.parse(gunzipSync(Buffer.from(await body.arrayBuffer())));
    server.sent.push({ token, kinds: sent.items.map(({ kind }) => kind) });
    for (const { id } of sent.items) server.ids.add(id);
    const receipt = server.unknown.includes(token) ? { status: "quarantined", code: "not-enrolled" } : { status: "stored" };
    return json({ received_at: (AT + server.later) * 1000, receipts: sent.items.map(({ id }) => ({ id, ...receipt })) });
  }
  if (server.ended.includes(token)) throw Object.assign(new Error(), { code: "unauthorized" });
  const mine = server.own[name];
  if (mine && token) return json(mine);
  throw Object.assign(new Error(name), { code: "not-found" });
}

const opened = (token = null, whose = () => token) => openPhone({
  store, ask, clock: () => (AT + server.later) * 1000, mono: () => 0, boot: "b", device: () => "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2b01", token: whose,
});

test("a phone that was started once has the agenda without a server", async () => {
  const phone = await opened();
  await phone.sync();
  server.away = true;
  const later = await opened();
  assert.equal(later.agenda().sessions.get(1).speakers[0].name, "Łucja Żółć");
  await assert.rejects(later.sync());
  assert.equal(later.agenda().sessions.size, 1);
});

test("what changed is told until it was looked at, also after a restart", async () => {
  await (await opened()).sync();
  Object.assign(server, { seq: 2, rows: [...REST, session(1, { starts: 1 })] });
  await (await opened()).sync();
  const phone = await opened();
  assert.deepEqual(phone.news().map(({ kind }) => kind), ["moved"]);
  await phone.forgetNews();
  assert.deepEqual((await opened()).news(), []);
});

test("a head that comes by itself is followed without asking for one", async () => {
  const phone = await opened();
  await phone.sync();
  Object.assign(server, { seq: 2, rows: [...REST, session(1, { starts: 1 })] });
  const told = await (await ask("v1/sync/public/head")).text();
  const asked = server.asked.length;
  await Promise.all([phone.hear(told), phone.hear(told)]);
  assert.equal(phone.agenda().sessions.get(1).starts_at, AT + HOUR);
  assert.ok(!server.asked.slice(asked).includes("v1/sync/public/head"));
});

test("a mirror has what is new also while nobody takes what is sent", async () => {
  const phone = await opened();
  await phone.sync();
  await phone.seen();
  Object.assign(server, { isMirror: true, seq: 2, rows: [...REST, session(1, { starts: 1 })], later: 2 * HOUR });
  await assert.rejects(phone.sync(), { code: "unavailable" });
  assert.equal(phone.agenda().sessions.get(1).starts_at, AT + HOUR);
  assert.equal(phone.status().heardAt, (AT + 2 * HOUR) * 1000);
});

test("another event's head is refused and the old agenda kept", async () => {
  const phone = await opened();
  await phone.sync();
  pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
  server.seq = 2;
  await assert.rejects(phone.sync());
  assert.equal((await opened()).agenda().sessions.size, 1);
});

test("at another event at the same address nothing is sent of what was done at the one before", async () => {
  const phone = await opened();
  await phone.sync();
  await phone.add("bookmark", { session: 1, on: true });
  Object.assign(server, { event: "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2b0e", epoch: 2, own: ADA, later: 2 * HOUR });
  const later = await opened("evd_ada");
  await later.sync();
  assert.deepEqual([later.agenda().sessions.size, later.schedule().bookmarks, server.sent], [1, [1], []]);
});

test("a bookmark made offline waits for a network and for its owner's token", async () => {
  const phone = await opened();
  await phone.sync();
  server.away = true;
  await phone.add("bookmark", { session: 1, on: true });
  await phone.seen();
  assert.equal(planOf(phone.agenda(), phone.schedule(), phone.items()).length, 1);
  server.away = false;
  await (await opened()).sync();
  assert.deepEqual(server.sent, [{ token: null, kinds: ["seen"] }]);
  const owned = await opened("evd_x");
  assert.equal(owned.status().waiting, 1);
  server.own["v1/me/schedule"] = { category: "delegate", bookmarks: [1], bookings: [], entries: [] };
  await owned.sync();
  assert.deepEqual(server.sent.at(-1), { token: "evd_x", kinds: ["bookmark"] });
  assert.deepEqual([owned.status().waiting, owned.schedule().bookmarks], [0, [1]]);
  await owned.sync();
  assert.equal((await opened("evd_x")).items().length, 0);
});

test("after a restored backup what was sent in the last week is sent again, the same", async () => {
  server.own["v1/me/schedule"] = { category: "delegate", bookmarks: [], bookings: [], entries: [] };
  const phone = await opened("evd_ada");
  await phone.sync();
  await phone.add("booking", { session: 1, on: true });
  await phone.sync();
  server.later = 5 * 24 * HOUR;
  await phone.add("bookmark", { session: 1, on: true });
  await phone.sync();
  Object.assign(server, { epoch: 2, sent: [], later: 8 * 24 * HOUR });
  const later = await opened("evd_ada");
  assert.deepEqual([later.items(), later.status().waiting], [[], 0]);
  await later.sync();
  assert.deepEqual([server.sent, server.ids.size], [[{ token: "evd_ada", kinds: ["bookmark"] }], 2]);
});

const ADA = { "v1/me": { id: 1 }, "v1/me/schedule": { bookmarks: [1], bookings: [], entries: [] }, "v1/me/card.svg": "Ada" };

test("who becomes the owner finds nothing of the one before, and sends nothing for them", async () => {
  server.own = ADA;
  const phone = await opened("evd_ada");
  await phone.sync();
  await phone.add("bookmark", { session: 1, on: false });
  server.own = { "v1/me": { id: 2 } };
  const later = await opened("evd_jan");
  assert.deepEqual(later.schedule().bookmarks, [1]);
  await later.sync();
  for (const one of [later, await opened("evd_jan")]) {
    assert.deepEqual([one.me().id, one.schedule(), one.card(), one.items()], [2, undefined, null, []]);
  }
  assert.deepEqual(server.sent, []);
});

test("the same owner with another link loses nothing", async () => {
  server.own = ADA;
  const phone = await opened("evd_ada");
  await phone.sync();
  await phone.add("bookmark", { session: 1, on: false });
  const later = await opened("evd_again");
  await later.sync();
  assert.equal(later.card().body, '"Ada"');
  assert.deepEqual(server.sent, [{ token: "evd_again", kinds: ["bookmark"] }]);
});

/** Return Ada's phone as it learns that it was locked out, with a seat to be asked for. */
async function lockedOut({ unknown = [] } = {}) {
  server.own = ADA;
  const phone = await opened("evd_ada");
  await phone.sync();
  await phone.add("booking", { session: 1, on: true });
  Object.assign(server, { ended: ["evd_ada"], unknown });
  const later = await opened("evd_ada");
  await assert.rejects(later.sync(), { code: "unauthorized" });
  await later.withdraw();
  return later;
}

test("who is locked out is forgotten, and what they did is sent with the token that they had", async () => {
  await lockedOut();
  const phone = await opened();
  assert.deepEqual([phone.me(), phone.schedule(), phone.items(), phone.status().kept], [undefined, undefined, [], 0]);
  assert.deepEqual(server.sent, [{ token: "evd_ada", kinds: ["booking"] }]);
});

test("what is not taken from who was locked out waits until they are back, and nobody else sees it", async () => {
  const { items, status } = await lockedOut({ unknown: ["evd_ada"] });
  assert.deepEqual([items(), status().kept], [[], 1]);
  const phone = await opened();
  await phone.add("bookmark", { session: 1, on: true });
  await phone.sync();
  assert.deepEqual([phone.me(), phone.schedule(), phone.items().length, phone.status().kept], [undefined, undefined, 1, 1]);
  server.sent = [];
  const back = await opened("evd_again");
  await back.sync();
  assert.deepEqual(server.sent, [{ token: "evd_again", kinds: ["booking", "bookmark"] }]);
  assert.deepEqual([back.status().kept, (await opened("evd_again")).status().kept], [0, 0]);
});

test("what waits for who was locked out is gone when somebody else comes, who sends but their own", async () => {
  await lockedOut({ unknown: ["evd_ada"] });
  const phone = await opened();
  await phone.add("bookmark", { session: 1, on: true });
  Object.assign(server, { own: { "v1/me": { id: 2 }, "v1/me/schedule": ADA["v1/me/schedule"] }, sent: [] });
  await (await opened("evd_jan")).sync();
  assert.deepEqual(server.sent, [{ token: "evd_jan", kinds: ["bookmark"] }]);
  assert.equal((await opened("evd_jan")).status().kept, 0);
});

test("who is locked out before they were here sends nothing in the name of who was", async () => {
  server.own = ADA;
  await (await opened("evd_ada")).sync();
  await (await opened("evd_ada")).add("bookmark", { session: 1, on: false });
  Object.assign(server, { ended: ["evd_jan"], sent: [] });
  const phone = await opened("evd_jan");
  await assert.rejects(phone.sync(), { code: "unauthorized" });
  await phone.withdraw();
  assert.deepEqual([server.sent, (await opened()).status().kept], [[], 1]);
});

test("who is locked out before the phone knew them is not forgotten before all is sent", async () => {
  await (await opened()).sync();
  await (await opened("evd_ada")).add("bookmark", { session: 1, on: true });
  Object.assign(server, { ended: ["evd_ada"], own: { get ["v1/sync/outbox"]() { throw Object.assign(new Error(), { code: "offline" }); } } });
  const phone = await opened("evd_ada");
  await assert.rejects(phone.sync(), { code: "offline" });
  server.own = {};
  await assert.rejects(phone.sync(), { code: "unauthorized" });
  assert.deepEqual(server.sent, [{ token: "evd_ada", kinds: ["bookmark"] }]);
});

test("what arrives after its owner was forgotten is not kept", async () => {
  let owner = "evd_ada";
  const phone = await opened(null, () => owner);
  await phone.sync();
  await phone.add("bookmark", { session: 1, on: true });
  let gone;
  const forgetting = (value) => {
    owner = null;
    gone = phone.forget();
    return value;
  };
  for (const name of ["v1/sync/outbox", "v1/me", "v1/me/schedule"]) {
    owner = "evd_ada";
    server.own = { ...ADA, get [name]() { return forgetting(ADA[name]); } };
    await phone.sync();
    await gone;
    for (const one of [phone, await opened()]) {
      assert.deepEqual([one.me(), one.schedule(), one.card(), one.items()], [undefined, undefined, null, []], name);
    }
  }
});
