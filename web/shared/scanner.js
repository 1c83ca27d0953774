/**
 * A scanner: it decides by what it holds, stores before it answers, and tells the server later.
 *
 * It knows no page. `store` is as in store.js, `ask` as in api.js; `clock` gives the time in Unix
 * milliseconds, `mono` the milliseconds since this start of the device, which `boot` names, and
 * `battery` per cent, null where nobody knows.
 */

import { fingerprint, read, readShort } from "./code.js";
import { decide, decideHolder } from "./decide.js";
import { follow } from "./feed.js";
import { doorOf, insideOf, readRows } from "./known.js";
import { batch, receipted, uuid7, zipped } from "./outbox.js";
import { ownPast } from "./own.js";
import { personOf } from "./sealed.js";
import { shiftEnd } from "./shift.js";

/** Milliseconds without the server after which somebody unknown is asked about first. */
const STALE = 2_000;
/** Milliseconds that asking may take, with somebody waiting at the door. */
const PATIENCE = 1_500;
/** Milliseconds of difference between clocks that may be but the network's. */
const NOISE = 2_000;

/** Return the scanner of a store, or null when it was never set up. */
export async function openScanner({ store, ask, clock, mono, boot, battery = async () => null }) {
  const { rows, facts, items } = await store.load();
  const settings = facts.get("settings");
  if (!settings) return null;
  const device = settings.device;
  const past = [...items.values()].sort((one, other) => one.n - other.n);
  const own = ownPast(past.map(timed), device);
  let held = facts.get("stand") ? restored(facts.get("stand"), rows) : null;
  let known = held && readRows(held);
  let etag = facts.get("stand")?.etag ?? "";
  let names = facts.get("names") ?? { etag: "", boxes: {} };
  const last = Math.max(facts.get("last") ?? 0, past.at(-1)?.n ?? 0);
  let [heardAt, next] = [facts.get("heard") ?? 0, last + 1];
  let chain = Promise.resolve();

  /** Do one thing after the other: two badges are never decided on at once. */
  function inTurn(action) {
    const done = chain.then(action);
    chain = done.catch(() => {});
    return done;
  }

  /** Return an item with its moment by the event's clock. */
  function timed(item) {
    return { ...item, at: item.t + settings.offset };
  }

  /** Store an item; only then it has happened. */
  async function add(kind, payload) {
    const t = clock();
    const item = { id: uuid7(t), n: next, kind, payload, t, boot, mono: Math.round(mono()) };
    await store.save({ items: new Map([[item.id, { ...item, sent: 0 }]]) });
    next += 1;
    items.set(item.id, { ...item, sent: 0 });
    own.add(timed(item));
    return item;
  }

  async function judged(text, gate, leaving) {
    const moment = Math.max(clock() + settings.offset, own.latest());
    const how = { at: Math.floor(moment / 1000), device, leaving };
    const door = doorOf(known, gate.id, own, device, how.at);
    const holder = readShort(text);
    if (holder !== null) return { verdict: decideHolder(holder, door, how), badge: door.badges.get(holder) };
    const verdict = await decide(text, door, how);
    return { verdict, badge: door.badges.get(verdict.holder) };
  }

  /** Return {id, verdict, badge, person} of a text at a gate. */
  function scan(text, gate, { via = "camera", leaving = false } = {}) {
    return inTurn(async () => {
      let { verdict, badge } = await judged(text, gate, leaving);
      if (verdict.holder !== null && !badge && clock() - heardAt > STALE) {
        await Promise.race([sync().catch(() => {}), new Promise((go) => setTimeout(go, PATIENCE))]);
        ({ verdict, badge } = await judged(text, gate, leaving));
      }
      const code = read(text);
      const { outcome, reason, holder, medium, generation } = verdict;
      const item = await add("scan", shortest({
        gate: gate.slug,
        outcome,
        reason,
        via: via === "camera" ? "" : via,
        leaving,
        holder,
        medium,
        generation,
        fp: code ? await fingerprint(text) : "",
        code: code && (!badge || outcome === "refused") ? text : "",
      }));
      const person = code && holder !== null
        ? await personOf(code.signature, known.event.uuid, names.boxes).catch(() => null)
        : null;
      return { id: item.id, at: item.t, verdict, badge, person };
    });
  }

  /** Let an action that is under way serve all who ask for it. */
  function shared(action) {
    let running = null;
    return () => (running ??= action().finally(() => (running = null)));
  }

  async function followed() {
    if (isOver()) return false;
    const get = async (name, tag = "") => {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await ask(`v1/sync/door/${name}`, { token: settings.token, headers });
      await compareClocks(answer.headers.get("Eventday-Now"));
      return answer;
    };
    const step = await follow(held, { get, key: settings.door_key, event: settings.event, etag });
    heardAt = clock();
    if (step.key !== settings.door_key) await set({ door_key: step.key });
    if (!step.head) return false;
    // A restored backup may lack what came lately: all of it is sent again.
    const again = held && held.epoch !== step.held.epoch ? [...items.values()].map(unsent) : [];
    held = step.held;
    etag = step.etag;
    known = readRows(held);
    const rows = step.changed ?? held.rows;
    const { epoch, seq, sum, layout } = held;
    const stand = { epoch, seq, sum, layout, etag, poll: step.head.poll };
    const facts = new Map([["stand", stand], ["heard", heardAt]]);
    const due = new Map(again.map((item) => [item.id, item]));
    await store.save({ rows, facts, items: due }, { fresh: step.changed ? [] : ["rows"] });
    for (const [id, item] of due) items.set(id, item);
    return true;
  }

  /** Learn by how much the event's clock is ahead of ours, whatever is wrong with ours. */
  async function compareClocks(said) {
    const offset = Number(said) - clock();
    if (said && Math.abs(offset - settings.offset) >= NOISE) await set({ offset });
  }

  async function set(changed) {
    Object.assign(settings, changed);
    await store.save({ facts: new Map([["settings", settings]]) });
  }

  function isOver() {
    return Boolean(settings.shift) && clock() + settings.offset >= settings.shift;
  }

  /** Go on until the end that a lead's code says; return whether it does. */
  async function extend(text) {
    const end = settings.shift && (await shiftEnd(text, settings));
    if (end > settings.shift) await set({ shift: end });
    return Boolean(end);
  }

  /** Fetch the sealed names when there are others. */
  async function syncNames() {
    const headers = names.etag ? { "If-None-Match": names.etag } : {};
    const answer = await ask("v1/sync/door/sealed", { token: settings.token, headers });
    if (answer.status === 304) return;
    names = { etag: answer.headers.get("ETag") ?? "", boxes: (await answer.json()).names };
    await store.save({ facts: new Map([["names", names]]) });
  }

  async function sent() {
    const left = await battery();
    const times = { boot, sent_at: clock(), sent_mono: Math.round(mono()) };
    const envelope = { device, ...times, ...(left !== null && { battery: left }) };
    const due = batch([...items.values()], envelope);
    if (!due) return 0;
    const answer = await ask("v1/sync/outbox", {
      token: settings.token,
      headers: { "Content-Encoding": "gzip" },
      body: await zipped(due.text),
    });
    const kept = receipted(due.items, await answer.json());
    await store.save({ items: new Map(kept.map((item) => [item.id, item])) });
    for (const item of kept) items.set(item.id, item);
    return kept.length;
  }

  /** Ask where the door's feed stands; return whether anything changed. */
  const sync = shared(followed);
  /** Send what waits, 200 items at most; return how many items got a receipt. */
  const flush = shared(sent);

  /** Forget the door at the end of a shift; what was done here stays until it is told. */
  async function forget() {
    [held, known, etag, names] = [null, null, "", { etag: "", boxes: {} }];
    const told = [...items.values()].filter((item) => item.sent).map(({ id }) => [id, null]);
    const facts = new Map([["stand", null], ["names", null], ["last", next - 1]]);
    await store.save({ facts, items: new Map(told) }, { fresh: ["rows"] });
    for (const [id] of told) items.delete(id);
  }

  return {
    settings,
    scan,
    sync,
    syncNames,
    flush,
    forget,
    isOver,
    extend,
    undo: (id, note = "") => inTurn(() => add("undo", shortest({ scan: id, note }))),
    answer: (id, outcome) => inTurn(() => add("answer", { scan: id, outcome })),
    register: (holder, person) => inTurn(() => add("register", shortest({ holder, ...person }))),
    clear: (gate = null) => inTurn(() => add("clear", shortest({ gate }))),
    /** Return what the device knows, null before its first visit to the server. */
    known: () => known,
    inside: (gate) => insideOf(known, gate, own, device, Math.floor((clock() + settings.offset) / 1000)),
    /** Return whom two doors let in, of those let in here. */
    doubles: () => (known?.doubles ?? []).filter(({ gate_id, holder }) =>
      own.entriesOf(known.gates.get(gate_id)?.slug, holder).length),
    /** Return {heardAt, waiting, troubled, poll} for people to see. */
    status: () => ({
      heardAt,
      waiting: [...items.values()].filter((item) => !item.sent).length,
      troubled: [...items.values()].filter((item) => item.trouble).length,
    }),
    names: () => Object.keys(names.boxes).length,
  };
}

/** Return a payload without what says nothing. */
function shortest(payload) {
  const says = ([, value]) => value !== "" && value !== null && value !== false;
  return Object.fromEntries(Object.entries(payload).filter(says));
}

function unsent(item) {
  return { ...item, sent: 0, trouble: "" };
}

function restored({ epoch, seq, sum, layout }, rows) {
  return { epoch, seq, sum, layout, rows };
}
