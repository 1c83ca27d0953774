// Step 2: a read-only phone on the signed feed, as docs/sync.md says. Nothing but what Node 24 has.
//
// node feed.ts http://127.0.0.1:8010 FOLDER [LANGUAGE]

import { createHash, createPublicKey, verify } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { get, isOlder, parse, read, save } from "./agenda.ts";

const PATIENCE = 600; // seconds between two repairs by a snapshot

type Row = Record<string, string | number | null>;
type Rows = Record<string, Record<string, Row>>; // by table and key
type Tables = Record<string, [number, string[]]>; // number of key columns, and columns

/** What came is not what the event signed; what is kept stays. */
class Refused extends Error {}

function must(fits: boolean, otherwise: string) {
  if (!fits) throw new Refused(otherwise);
}

/** Bring the file up to date and say how; after an exception it is as it was. */
async function sync(api: string, folder: string) {
  const file = `${folder}/feed.json`;
  const kept = read(file) ?? (await first(api));
  const feed = `${api}/v1/sync/public`;
  let { etag, body } = await get(`${feed}/head`, { "If-None-Match": kept.tag });
  if (!body) return "Nothing new.";
  let head = await verified(feed, kept, body);
  kept.stale = isOlder(head, kept.head) ? kept.stale + 1 : 0;
  if (kept.stale === 3) {
    ({ etag, body } = await get(`${feed}/head`, { "Cache-Control": "no-cache" }));
    head = await verified(feed, kept, body!);
    kept.stale = 0;
  }
  if (isOlder(head, kept.head)) {
    save(file, kept);
    return "An old copy came; ignored.";
  }
  const how = await follow(feed, folder, kept, head);
  save(file, { ...kept, head, tag: etag });
  return `Publish ${head.seq}, from ${how}.`;
}

/** Trust the event and the key that the server names: once, over TLS. */
async function first(api: string) {
  const bootstrap = parse((await get(`${api}/v1/bootstrap`, {})).body);
  const { public: key } = bootstrap.keys.find((key: any) => key.purpose === "feed");
  return { event: bootstrap.event.uuid, key, tag: "", stale: 0, head: { epoch: 0, seq: 0 } };
}

/** Return the head, if the key we trust has signed it, or one that this key leads to. */
async function verified(feed: string, kept: any, content: Buffer) {
  const [line, signature] = String(content).split("\n");
  const message = `eventday-head-v1\n${line}`;
  let key = kept.key;
  if (!hasSigned(key, message, signature)) {
    for (const { from, to, sig } of parse((await get(`${feed}/keys`, {})).body).links) {
      const isNext = from === key && hasSigned(key, `eventday-key-v1\n${kept.event}\n${to}`, sig);
      if (isNext) key = to;
    }
    must(hasSigned(key, message, signature), "The head is not signed by this event");
  }
  const head = JSON.parse(line);
  must(head.v === 1, "The head is for a newer app");
  must(head.event === kept.event, "The head is of another event");
  kept.key = key;
  return head;
}

/** Say whether a key signed a message. */
function hasSigned(key: string, message: string, signature = "") {
  const jwk = { kty: "OKP", crv: "Ed25519", x: key };
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  return verify(null, Buffer.from(message), publicKey, raw(signature));
}

/** Bring the rows to where the head is, by the log if it reaches back to us. */
async function follow(feed: string, folder: string, kept: any, head: any) {
  const now = Date.now() / 1000;
  if (kept.head.epoch === head.epoch && kept.head.seq >= head.log_from) {
    const records = await log(feed, head, kept.head.seq);
    if (replay(kept.tables, kept.rows, kept.head.state, records, head.state)) return "the log";
    must(now - (kept.repaired ?? 0) >= PATIENCE, "The rows do not fit together");
    kept.repaired = Math.floor(now);
  }
  Object.assign(kept, await snapshot(feed, folder, head));
  const records = await log(feed, head, head.snapshot.seq);
  const fits = replay(kept.tables, kept.rows, "", records, head.state);
  must(fits, "Snapshot and log do not fit together");
  return "a snapshot";
}

/** Return every record after `seq`; what is wrong here only means later. */
async function log(feed: string, head: any, seq: number) {
  const records = [];
  for (const [start, end, digest, size] of head.log) {
    if (end <= seq) continue;
    const name = `log-${head.epoch}-${start}-${end}-${digest}.json`;
    const { body } = await get(`${feed}/${name}`, {}, size);
    must(sha256(body!).equals(raw(digest)), "A segment is not what the head names");
    records.push(...parse(body));
  }
  const after = [...records, ...head.tail].filter((record) => record.s > seq);
  const isWhole = after.every((record, i) => record.s === seq + 1 + i);
  must(isWhole && after.length === head.seq - seq, "Records are missing");
  return after;
}

/** Return the tables of the snapshot and their rows. */
async function snapshot(feed: string, folder: string, head: any) {
  const { name, bytes } = head.snapshot;
  const { body } = await get(`${feed}/${name}.gz`, {}, bytes + 1000);
  let content = Buffer.alloc(0);
  try {
    content = gunzipSync(body!, { maxOutputLength: bytes });
  } catch {} // then it has another hash
  must(sha256(content).equals(raw(name.slice(-46, -3))), "The snapshot is not what the head names");
  const file = `${folder}/snapshot.db`;
  writeFileSync(file, content);
  const db = new DatabaseSync(file, { readOnly: true });
  const meta = db.prepare("SELECT value FROM sync_meta WHERE name = 'tables'").get()!;
  const tables: Tables = {};
  const rows: Rows = {};
  for (const [table, keys, columns] of JSON.parse(String(meta.value))) {
    tables[table] = [keys, columns];
    const found = db.prepare(`SELECT ${columns.join(", ")} FROM ${table}`).all() as Row[];
    const keyOf = (row: Row) => JSON.stringify(columns.slice(0, keys).map((c: string) => row[c]));
    rows[table] = Object.fromEntries(found.map((row) => [keyOf(row), row]));
  }
  db.close();
  rmSync(file);
  return { tables, rows };
}

/** Apply records to rows of a state ("": to be computed); say whether all fits to the last. */
function replay(tables: Tables, rows: Rows, state: string, records: any[], last: string) {
  let total = number(raw(state));
  for (const [table, [, columns]] of state ? [] : Object.entries(tables)) {
    for (const row of Object.values(rows[table])) total += hashed(table, columns, row);
  }
  for (const { h, ops } of records) {
    for (const [table, ...op] of ops) {
      const [keys, columns] = tables[table];
      const key = JSON.stringify(op.slice(0, keys));
      const old = rows[table][key];
      if (old) total -= hashed(table, columns, old);
      delete rows[table][key];
      if (op.length > keys) {
        const named = Object.fromEntries(op.slice(0, keys).map((v, i) => [columns[i], v]));
        rows[table][key] = { ...named, ...old, ...op[keys] };
        total += hashed(table, columns, rows[table][key]);
      }
    }
    total = BigInt.asUintN(256, total);
    if (total.toString(16).padStart(64, "0").slice(0, 16) !== h) return false;
  }
  return BigInt.asUintN(256, total) === number(raw(last));
}

/** Return what a row adds to the state: its canonical JSON is what JSON.stringify makes of it. */
function hashed(table: string, columns: string[], row: Row) {
  return number(sha256(JSON.stringify([table, ...columns.map((column) => row[column])])));
}

function sha256(content: Buffer | string) {
  return createHash("sha256").update(content).digest();
}

function raw(text: string) {
  return Buffer.from(text, "base64url");
}

function number(bytes: Buffer) {
  return BigInt(`0x0${bytes.toString("hex")}`);
}

/** Print sessions and their parts, at the venue's time. */
function show(rows: Rows, language: string) {
  const inOrder = (name: string) =>
    Object.values(rows[name]).sort((a: any, b: any) => a.starts_at - b.starts_at || a.id - b.id);
  const timeZone = String(Object.values(rows.event)[0].timezone);
  const local = (seconds: any) => new Date(seconds * 1000).toLocaleString("sv-SE", { timeZone });
  const told = (value: any) => {
    const texts = JSON.parse(value);
    return texts[language] || Object.values(texts)[0] || "";
  };
  for (const session of inOrder("session")) {
    const day = local(Number(session.starts_at) - 4 * 3600).slice(0, 10);
    const parts = inOrder("part").filter((part) => part.session_id === session.id);
    for (const item of [session, ...parts]) {
      const room = rows.room[`[${item.room_id}]`];
      const where = room ? `, ${told(room.name)}` : "";
      const state = item.state === "confirmed" ? "" : ` – ${item.state} ${told(item.reason)}`;
      console.log(`${day} ${local(item.starts_at).slice(11, 16)} ${told(item.title)}${where}${state}`);
    }
  }
}

/** Say how the agenda is kept up to date, and show it. */
async function main(api: string, folder: string, language = "en") {
  mkdirSync(folder, { recursive: true });
  try {
    console.log(await sync(api, folder));
  } catch (error) {
    const why = error instanceof Refused ? error.message : "Offline";
    console.log(`${why}; what is kept stays.`);
  }
  const kept = read(`${folder}/feed.json`);
  if (!kept?.head.seq) return;
  show(kept.rows, language);
  if (Date.now() / 1000 > kept.head.expires) console.log("This agenda is more than a week old.");
}

const [api, folder, language] = process.argv.slice(2);
if (import.meta.main && folder) await main(api, folder, language);
else if (import.meta.main) console.error("node feed.ts http://127.0.0.1:8010 FOLDER [LANGUAGE]");
