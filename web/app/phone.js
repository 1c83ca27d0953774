/**
 * An attendee's phone: what it holds of the agenda and of its owner, and how that is kept right.
 *
 * It knows no page. `store` is as in store.js, `ask` as in api.js; `clock` gives the time in Unix
 * milliseconds, `mono` the milliseconds since this start of the device, which `boot` names;
 * `token()` the owner's token, null while it is nobody's.
 */

import { follow } from "../shared/feed.js";
import { batch, receipted, uuid7, zipped } from "../shared/outbox.js";
import { readAgenda } from "./agenda.js";
import { merged, newsBetween } from "./news.js";

const FEED = "v1/sync/public/";
/** Kinds of items that the server takes from a phone without an owner. */
const OPEN = "seen";
/** What the server says of an item whose token it does not know; with a valid one it takes it. */
const UNKNOWN = "not-enrolled";
/** Milliseconds for which what was sent is kept: a restored backup may lack it (docs/sync.md). */
const WEEK = 7 * 86_400_000;
/** What is told at most; who was away longer reads the agenda. */
const NEWS = 60;
/** What belongs to the owner: what is asked for each time, and what is kept once and renewed when it is changed. */
const OWN = { schedule: "v1/me/schedule?lang=*", badge: "v1/me/badge.svg" };
const SELDOM = { card: "v1/me/card.svg" };
const PATHS = { me: "v1/me", ...OWN, ...SELDOM };
const [ABSENT, FATAL] = [["conflict", "not-found"], ["offline", "unauthorized"]];
const FILES = { "image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg", "image/webp": "webp" };

/** Return the phone of a store. */
export async function openPhone({ store, ask, clock, mono, boot, device, token }) {
  const { rows, facts, items: stored } = await store.load();
  let items = stored;
  const stand = facts.get("stand") ?? null;
  let settings = facts.get("settings") ?? null;
  let held = stand && { ...stand, rows };
  let agenda = held && readAgenda(held);
  let [etag, poll] = [stand?.etag ?? "", stand?.poll ?? [60, 30]];
  let own = facts.get("own") ?? {};
  /** What an owner who was locked out could not send: {id, items}; nobody else does. */
  let kept = facts.get("kept") ?? null;
  let news = facts.get("news") ?? [];
  let heardAt = facts.get("heard") ?? 0;
  let chain = Promise.resolve();
  let n = Math.max(0, ...[...items.values()].map((item) => item.n), facts.get("count") ?? 0);

  const old = [...items.values()].filter(({ sent }) => sent && sent < clock() - WEEK);
  for (const { id } of old) items.delete(id);
  await store.save({ items: new Map(old.map(({ id }) => [id, null])) });

  function keep(some) {
    return store.save({ facts: new Map(Object.entries(some)) });
  }

  /** Store items as they are from now on, with facts. */
  async function keepItems(changed, some = {}) {
    const whose = items; // they may be forgotten meanwhile
    const named = new Map(changed.map((item) => [item.id, item]));
    await store.save({ items: named, facts: new Map(Object.entries(some)) });
    for (const [id, item] of named) whose.set(id, item);
  }

  /** Learn of the event once: its key is pinned from then on. */
  async function begin() {
    const { event, keys, server_time: said } = await (await ask("v1/bootstrap")).json();
    const offset = Date.parse(said) - clock();
    if (settings?.event === event.uuid) settings = { ...settings, offset };
    else {
      const key = keys.find(({ purpose }) => purpose === "feed").public;
      settings = { event: event.uuid, key, offset };
      // What was done at another event has no meaning here.
      [held, agenda, etag, news, own, kept, items] = [null, null, "", [], {}, null, new Map()];
      const gone = ["stand", "own", "news", "kept"].map((name) => [name, null]);
      await store.save({ facts: new Map(gone) }, { fresh: ["rows", "items"] });
    }
    await keep({ settings });
  }

  /** Do one thing after the other: two steps from one place would be taken twice. */
  function inTurn(action) {
    const done = chain.then(action);
    chain = done.catch(() => {});
    return done;
  }

  /** Follow the feed to where the server says it stands, or to the head that it told of itself. */
  async function followed(told = null) {
    const get = async (name, tag = "") => {
      if (told && name === "head") return new Response(told);
      return ask(FEED + name, { headers: tag ? { "If-None-Match": tag } : {} });
    };
    const step = await follow(held, { get, key: settings.key, event: settings.event, etag });
    heardAt = clock();
    if (!step.head) return void (await keep({ heard: heardAt }));
    const before = agenda;
    // A restored backup may lack what came lately: all of it is sent again.
    if (held && held.epoch !== step.held.epoch) await keepItems([...items.values()].map(unsent));
    ({ held, etag } = step);
    poll = step.head.poll;
    agenda = readAgenda(held);
    if (before) news = merged(news, newsBetween(before, agenda, now())).slice(-NEWS);
    settings = { ...settings, key: step.key };
    const { epoch, seq, sum, layout } = held;
    const facts = { stand: { epoch, seq, sum, layout, etag, poll }, heard: heardAt, news, settings };
    await store.save(
      { rows: step.changed ?? held.rows, facts: new Map(Object.entries(facts)) },
      { fresh: step.changed ? [] : ["rows"] },
    );
  }

  /** Fetch what belongs to the owner alone; what was sent before is in it. */
  async function fetchOwn() {
    if (!token()) return;
    const before = [...items.values()].filter(({ sent, shown }) => sent && !shown);
    const names = [...Object.keys(OWN), ...Object.keys(SELDOM).filter((name) => !own[name])];
    const came = await Promise.all(names.map(mine));
    const shown = came[names.indexOf("schedule")] ? before.filter((item) => items.get(item.id) === item) : [];
    await keepItems(shown.map((item) => ({ ...item, shown: true })), { own, count: n });
  }

  /** Fetch one thing of the owner's; say whether it is now as the server has it. */
  async function mine(name) {
    const [whose, old] = [token(), own[name]];
    const headers = old?.etag ? { "If-None-Match": old.etag } : {};
    const answer = await ask(PATHS[name], { token: whose, headers }).catch((problem) => {
      if (FATAL.includes(problem.code)) throw problem;
      // Who does not come has no badge; what fails for another reason stays as it was.
      if (ABSENT.includes(problem.code)) delete own[name];
    });
    if (!answer) return false;
    const fresh = answer.status === 304 ? old : { etag: answer.headers.get("ETag") ?? "", body: await answer.text() };
    if (token() !== whose) return false; // it was forgotten meanwhile, or is another's
    if (name === "me" && old && idIn(old) !== idIn(fresh)) await forget();
    if (name === "me" && kept) await giveBack(idIn(fresh));
    own[name] = { ...fresh, at: clock(), token: whose };
    return true;
  }

  /** Send what waits, 200 items at most; return how many items got a receipt. */
  async function flush() {
    const times = { boot, sent_at: clock(), sent_mono: Math.round(mono()) };
    const whose = token();
    const known = [...items.values()].filter(({ kind }) => whose || kind === OPEN);
    const due = batch(known, { device: device(), ...times });
    if (!due) return 0;
    const headers = { "Content-Encoding": "gzip" };
    const answer = await ask("v1/sync/outbox", { token: whose, headers, body: await zipped(due.text) });
    const done = receipted(due.items, await answer.json());
    if (token() !== whose) return 0;
    await keepItems(done);
    return done.length;
  }

  /** Store what the owner did; only then it has happened. */
  async function add(kind, payload) {
    const t = clock();
    const item = { id: uuid7(t), n: n + 1, kind, payload, t, boot, mono: Math.round(mono()), sent: 0 };
    await keepItems([item], { count: n + 1 });
    n += 1;
  }

  /** Send all that waits. */
  async function send() {
    if (token()) await mine("me").catch(sendLast); // first: nothing is sent in another's name
    while (await flush());
  }

  /** Send what waits with a token that has ended: the server still takes what its owner did (docs/sync.md). */
  async function sendLast(problem) {
    const isTheirs = !own.me || own.me.token === token();
    if (problem.code !== "unauthorized" || !isTheirs) throw problem;
    try {
      while (await flush());
    } catch (trouble) {
      if (!own.me) throw trouble; // nobody knows for whom to keep it: it is sent first
    }
    throw problem;
  }

  /** Send, follow, fetch: one round with the server. */
  async function sync() {
    if (!settings) await begin();
    else if (clock() - heardAt > 3_600_000) await begin().catch(() => {});
    // Neither stops the other: a mirror has the agenda also while nobody takes what is sent.
    const done = await Promise.allSettled([send(), inTurn(() => followed())]);
    for (const { reason } of done) if (reason) throw reason;
    await fetchOwn();
    while (await flush());
  }

  /** Forget the owner, and what they did but for what is kept for them; the agenda stays. */
  async function forget(left = null) {
    [own, kept, items] = [{}, left, new Map()];
    await store.save({ facts: new Map([["own", null], ["kept", left]]) }, { fresh: ["items"] });
  }

  /** Forget an owner whom the server takes no more; what it has not taken waits until they are back. */
  async function withdraw() {
    const left = [...items.values()].filter(({ sent, trouble }) => !sent || trouble === UNKNOWN);
    await forget(own.me && { id: idIn(own.me), items: left.map(unsent) });
  }

  /** Let who is back send what was kept for them; what was kept for somebody else is gone. */
  async function giveBack(id) {
    await keepItems(kept.id === id ? kept.items : [], { kept: null });
    kept = null;
  }

  /** Return the event's time in UTC seconds. */
  function now() {
    return Math.floor((clock() + (settings?.offset ?? 0)) / 1000);
  }

  return {
    sync,
    send,
    /** Take over a signed head that came by itself. */
    hear: (told) => inTurn(() => settings && followed(told)),
    add,
    now,
    begin,
    agenda: () => agenda,
    schedule: () => own.schedule && JSON.parse(own.schedule.body),
    me: () => own.me && JSON.parse(own.me.body),
    badge: () => own.badge?.body ?? null,
    /** Return the contact card as {body, at}: a drawing, and when the server last said it is so. */
    card: () => own.card ?? null,
    /** Fetch something of the owner's anew, because it was changed. */
    async renew(name) {
      await mine(name);
      await keep({ own });
    },
    news: () => news,
    /** Return what the owner did that their schedule may not have yet. */
    items: () => [...items.values()].filter(({ shown }) => !shown),
    poll: () => poll,
    /** Return {heardAt, waiting, kept} for people to see; `kept` is not sent before its owner is back. */
    status: () => ({
      heardAt,
      waiting: token() ? unsentIn([...items.values()]) : 0,
      kept: kept ? unsentIn(kept.items) : 0,
    }),
    /** Say that a person has seen what is new. */
    async seen() {
      const { epoch, seq } = held ?? {};
      const last = facts.get("shown") ?? "";
      if (!epoch || last === `${epoch}-${seq}`) return;
      facts.set("shown", `${epoch}-${seq}`);
      await keep({ shown: `${epoch}-${seq}` });
      await add("seen", { epoch, seq });
    },
    async forgetNews() {
      news = [];
      await keep({ news });
    },
    forget: () => forget(),
    withdraw,
    /** Return the addresses of the pictures and maps, most needed first. */
    files: () => [...(agenda?.media ?? [])]
      .sort((one, other) => one.priority - other.priority || one.id - other.id)
      .filter(({ media_type: type }) => type in FILES)
      .map((media) => ({ ...media, address: `${FEED}media-${media.sha256}.${FILES[media.media_type]}` })),
  };
}

/** Return an item as one to be sent. */
function unsent(item) {
  return { ...item, sent: 0, shown: false, trouble: "" };
}

/** Return how much of what somebody did was not sent yet. */
function unsentIn(items) {
  return items.filter(({ sent, kind }) => !sent && kind !== OPEN).length;
}

/** Return whose a kept answer of `me` is. */
function idIn({ body }) {
  return JSON.parse(body).id;
}
