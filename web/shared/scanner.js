/**
 * A scanner: it decides by what it holds, stores before it answers, and tells the server later.
 *
 * It knows no page. `store` is as in store.js, `ask` as in api.js, `times` as in clock.js; `battery`
 * gives per cent, null where nobody knows. Moments are the event's, in Unix milliseconds.
 */

import { begun, dated, heard, momentOf } from "./clock.js";
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
/** Milliseconds in which what was told comes back by the feed. */
const FRESH = 3_000;
/** Milliseconds that asking may take, with somebody waiting at the door. */
const PATIENCE = 1_500;
/** Milliseconds before the end of a shift in which the server may end it first; after it until all is forgotten. */
const [NEARLY, GRACE] = [60_000, 1_800_000];

/** Return the scanner of a store, or null when it was never set up. */
export async function openScanner({ store, ask, times, battery = async () => null }) {
  const { rows, facts, items: stored } = await store.load();
  const settings = facts.get("settings");
  if (!settings) return null;
  const device = settings.device;
  const past = [...stored.values()].sort((one, other) => one.n - other.n);
  /** By id, oldest first. */
  const items = new Map(past.map((item) => [item.id, item]));
  let held = facts.get("stand") ? restored(facts.get("stand"), rows) : null;
  let known = held && readRows(held);
  let etag = facts.get("stand")?.etag ?? "";
  let names = facts.get("names") ?? { etag: "", boxes: {} };
  const last = Math.max(facts.get("last") ?? 0, past.at(-1)?.n ?? 0);
  let [heardAt, next] = [facts.get("heard") ?? 0, last + 1];
  let [own, full] = [null, false];
  date(settings.starts ?? []);
  starts();
  let chain = Promise.resolve();

  /** Do one thing after the other: two badges are never decided on at once. */
  function inTurn(action) {
    const done = chain.then(action);
    chain = done.catch(() => {});
    return done;
  }

  /** Write to the disk; people are told when it takes nothing. */
  async function save(...changes) {
    try {
      await store.save(...changes);
      full = false;
    } catch (problem) {
      full = true;
      throw problem;
    }
  }

  /** Return this device's starts; a phone that may have slept has begun a new one. */
  function starts() {
    const here = times();
    if (settings.starts.at(-1)?.boot !== here.boot) {
      const end = (known?.event?.days.at(-1)?.[1] ?? Infinity) * 1000;
      date(begun(settings.starts, here, { items: [...items.values()], end }));
    }
    return settings.starts;
  }

  /** Return the event's time, whatever was done to this phone's clock. */
  function now() {
    return momentOf(times(), starts());
  }

  /** Date by other starts what was done here. */
  function date(made) {
    settings.starts = made;
    own = ownPast(dated([...items.values()], made, momentOf(times(), made)), device, isHeard);
  }

  /** Say whether an item was told before the server last said where the feed stands. */
  function isHeard(id) {
    const item = items.get(id);
    return Boolean(item?.sent) && item.told + FRESH <= heardAt;
  }

  /** Take the server's word for the time. */
  async function hear(said, asked) {
    const before = starts();
    const after = said ? heard(before, times(), { said: Number(said), asked }) : before;
    if (after === before) return;
    date(after);
    await set({});
  }

  /** Store an item; only then it has happened. */
  async function add(kind, payload) {
    const at = now();
    const here = times();
    const item = { id: uuid7(here.t), n: next, kind, payload, ...here };
    const facts = new Map([["settings", settings]]); // with this start
    await save({ items: new Map([[item.id, { ...item, sent: 0 }]]), facts });
    next += 1;
    items.set(item.id, { ...item, sent: 0 });
    own.add({ ...item, at });
    return { ...item, at };
  }

  async function judged(text, gate, leaving) {
    const how = { at: Math.floor(now() / 1000), device, leaving };
    const door = doorOf(known, gate.id, own, device, how.at);
    const holder = readShort(text);
    if (holder !== null) return { verdict: decideHolder(holder, door, how), badge: door.badges.get(holder) };
    const verdict = await decide(text, door, how);
    return { verdict, badge: door.badges.get(verdict.holder) };
  }

  /** Return {id, verdict, badge, person, leaving} of a text at a gate; they leave only where both ways count. */
  function scan(text, gate, { via = "camera", leaving: asked = false } = {}) {
    const leaving = asked && gate.policy === "in_and_out";
    return inTurn(async () => {
      const { uuid } = known.event; // the door may be forgotten meanwhile
      let { verdict, badge } = await judged(text, gate, leaving);
      if (verdict.holder !== null && !badge && now() - heardAt > STALE) {
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
        ? await personOf(code.signature, uuid, names.boxes).catch(() => null)
        : null;
      return { id: item.id, at: item.at, verdict, badge, person, leaving };
    });
  }

  /** Let an action that is under way serve all who ask for it. */
  function shared(action) {
    let running = null;
    return () => (running ??= action().finally(() => (running = null)));
  }

  async function followed() {
    if (isOver() && starts().at(-1).heard) return false; // else it may be but a wrong clock
    const get = async (name, tag = "") => {
      const headers = tag ? { "If-None-Match": tag } : {};
      const asked = times();
      try {
        const answer = await ask(`v1/sync/door/${name}`, { token: settings.token, headers });
        await hear(answer.headers.get("Eventday-Now"), asked);
        return answer;
      } catch (problem) {
        await hear(problem?.now, asked);
        throw problem;
      }
    };
    const step = await follow(held, { get, key: settings.door_key, event: settings.event, etag });
    heardAt = now();
    if (step.key !== settings.door_key) await set({ door_key: step.key });
    if (!step.head) return false;
    // A restored backup may lack what came lately: all of it is sent again.
    const isOther = settings.epoch && settings.epoch !== step.held.epoch;
    const due = new Map(isOther ? [...items].map(([id, item]) => [id, unsent(item)]) : []);
    const { epoch, seq, sum, layout } = step.held;
    const stand = { epoch, seq, sum, layout, etag: step.etag };
    const facts = new Map([["stand", stand], ["heard", heardAt], ["settings", { ...settings, epoch }]]);
    const rows = step.changed ?? step.held.rows;
    held = null; // until the disk has it, too; if that fails, all rows are fetched again
    await save({ rows, facts, items: due }, { fresh: step.changed ? [] : ["rows"] });
    held = step.held;
    etag = step.etag;
    known = readRows(held);
    settings.epoch = epoch;
    for (const [id, item] of due) items.set(id, item);
    return true;
  }

  async function set(changed) {
    Object.assign(settings, changed);
    await save({ facts: new Map([["settings", settings]]) });
  }

  function isOver() {
    return Boolean(settings.shift) && now() >= settings.shift;
  }

  /** Say whether it is time to forget the door; while only a clock says so, it takes half an hour more. */
  function hasLapsed() {
    const start = starts().at(-1);
    const since = start.heard ? settings.shift : Math.max(settings.shift, start.now);
    return Boolean(settings.shift) && now() >= since + GRACE;
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
    await save({ facts: new Map([["names", names]]) });
  }

  async function sent() {
    const left = await battery();
    const { t, boot, mono } = times();
    const sent = { boot, sent_at: t, sent_mono: mono };
    const envelope = { device, ...sent, ...(left !== null && { battery: left }) };
    const due = batch([...items.values()], envelope);
    if (!due) return 0;
    const answer = await ask("v1/sync/outbox", {
      token: settings.token,
      headers: { "Content-Encoding": "gzip" },
      body: await zipped(due.text),
    });
    const told = now();
    const kept = receipted(due.items, await answer.json()).map((item) => ({ ...item, told }));
    await save({ items: new Map(kept.map((item) => [item.id, item])) });
    for (const item of kept) items.set(item.id, item);
    return kept.length;
  }

  /** Ask where the door's feed stands; return whether anything changed. */
  const sync = shared(followed);
  /** Send what waits, 200 items at most; return how many items got a receipt. */
  const flush = shared(sent);

  /** Forget the door, and of what was done here what `dropped` names. */
  async function drop(dropped) {
    [held, known, etag, names] = [null, null, "", { etag: "", boxes: {} }];
    const facts = new Map([["stand", null], ["names", null], ["last", next - 1]]);
    const gone = new Map(dropped.map((id) => [id, null]));
    await save({ facts, items: gone }, { fresh: ["rows"] });
    for (const id of dropped) items.delete(id);
  }

  /** Forget the door at the end of a shift; what was done here stays until it is told. */
  function forget() {
    return drop([...items.values()].filter((item) => item.sent).map(({ id }) => id));
  }

  /**
   * Forget the door because the server takes this device no more; what was done here stays.
   *
   * At the end of a shift the server may be a little earlier than we are: that is no withdrawal.
   */
  async function withdraw() {
    if (!settings.shift || now() < settings.shift - NEARLY) await drop([]);
  }

  return {
    settings,
    scan,
    sync,
    syncNames,
    flush,
    forget,
    withdraw,
    now,
    isOver,
    hasLapsed,
    extend,
    undo: (id, note = "") => inTurn(() => add("undo", shortest({ scan: id, note }))),
    answer: (id, outcome) => inTurn(() => add("answer", { scan: id, outcome })),
    register: (holder, person) => inTurn(() => add("register", shortest({ holder, ...person }))),
    clear: (gate = null) => inTurn(() => add("clear", shortest({ gate }))),
    /** Return what the device knows, null before its first visit to the server. */
    known: () => known,
    inside: (gate) => insideOf(known, gate, own, device, Math.floor(now() / 1000)),
    /** Return whom two doors let in, of those let in here. */
    doubles: () => (known?.doubles ?? []).filter(({ gate_id, holder }) =>
      own.entriesOf(known.gates.get(gate_id)?.slug, holder).length),
    /** Return {heard, heardAt, doubted, full, waiting, troubled}; `heard` is: since this start. */
    status: () => ({
      heard: starts().at(-1).heard,
      heardAt,
      full,
      doubted: Boolean(starts().at(-1).doubted),
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
