// Step 0: hold the agenda, and show it without a network too. Nothing but what Node 24 has.
//
// node agenda.ts http://127.0.0.1:8010 FOLDER [LANGUAGE]

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** Return the tag and the body of an answer; null if it is the one we have. */
export async function get(address: string, headers: Record<string, string>, most = 1 << 24) {
  // Beside a tag, fetch would send no-cache by itself and so pass by every cache on the way.
  const all = Object.entries({ "Cache-Control": "max-age=5", ...headers });
  const sent = all.filter(([, value]) => value);
  const answer = await fetch(address, { headers: sent, signal: AbortSignal.timeout(10_000) });
  if (answer.status === 304) return { etag: headers["If-None-Match"], body: null };
  if (!answer.ok) throw new Error(`The server says ${answer.status}.`);
  const chunks = [];
  for await (const chunk of answer.body!) {
    if ((most -= chunk.length) < 0) throw new Error("Too much came.");
    chunks.push(chunk);
  }
  return { etag: answer.headers.get("ETag") ?? "", body: Buffer.concat(chunks) };
}

/** Return what is kept, and whether the server could be asked for news of it. */
export async function refresh(api: string, folder: string, language: string) {
  const kept = read(`${folder}/agenda.json`) ?? { etag: "", agenda: null, checked: 0 };
  const wish = { "Accept-Language": language };
  try {
    kept.bootstrap ??= parse((await get(`${api}/v1/bootstrap`, wish)).body);
    const address = new URL(kept.bootstrap.feeds.agenda, api).href;
    const { etag, body } = await get(address, { ...wish, "If-None-Match": kept.etag });
    const agenda = body && parse(body);
    if (agenda && !agenda.sessions) throw new Error("This is no agenda.");
    const isNews = agenda && !(kept.agenda && isOlder(agenda, kept.agenda));
    if (isNews) Object.assign(kept, { etag, agenda });
  } catch {
    // No network, no server, an error, or the sign-in page of a hotspot in place of an answer.
    return { kept, isFresh: false };
  }
  save(`${folder}/agenda.json`, { ...kept, checked: Math.floor(Date.now() / 1000) });
  return { kept, isFresh: true };
}

/** Return the value of a body of JSON. */
export function parse(body: Buffer | null) {
  return JSON.parse(String(body));
}

/** Say whether some cache gave us less than we have. */
export function isOlder(given: any, kept: any) {
  return given.epoch < kept.epoch || (given.epoch === kept.epoch && given.seq < kept.seq);
}

/** Return what was saved, null if nothing was. */
export function read(file: string) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
}

/** Write a file whole or not at all: the battery may end at any moment. */
export function save(file: string, value: unknown) {
  writeFileSync(`${file}.part`, JSON.stringify(value), { flush: true });
  renameSync(`${file}.part`, file);
}

/** Print sessions and their parts; times are the venue's as they stand. */
function show(agenda: any) {
  const rooms = new Map(agenda.rooms.map((room: any) => [room.id, `, ${room.name}`]));
  for (const session of agenda.sessions) {
    for (const item of [session, ...session.parts]) {
      const room = rooms.get(item.room_id) ?? "";
      const state = item.state === "confirmed" ? "" : ` – ${item.state} ${item.reason}`;
      console.log(`${session.day} ${item.starts_at.slice(11, 16)} ${item.title}${room}${state}`);
    }
  }
}

/** Show the newest agenda there is. */
async function main(api: string, folder: string, language = "en") {
  mkdirSync(folder, { recursive: true });
  const { kept, isFresh } = await refresh(api, folder, language);
  if (!kept.agenda) {
    console.error("Nothing is kept yet and the server cannot be reached; try again.");
    process.exitCode = 1;
    return;
  }
  show(kept.agenda);
  const minutes = Math.floor((Date.now() / 1000 - kept.checked) / 60);
  if (!isFresh) console.log(`Offline. Last checked ${minutes} minutes ago.`);
}

const [api, folder, language] = process.argv.slice(2);
if (import.meta.main && folder) await main(api, folder, language);
else if (import.meta.main) console.error("node agenda.ts http://127.0.0.1:8010 FOLDER [LANGUAGE]");
