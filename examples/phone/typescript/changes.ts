// Step 1: say what is new, in words. Nothing but what Node 24 has, on top of step 0.
//
// node changes.ts http://127.0.0.1:8010 FOLDER [LANGUAGE]

import { mkdirSync } from "node:fs";
import { get, parse, read, refresh, save } from "./agenda.ts";

const ANEW = "The agenda was replaced; please look at it again.";

/** Return what is new since people were last told, and up to where; the first time nothing. */
async function news(api: string, folder: string, language: string) {
  const seen = read(`${folder}/seen.json`);
  if (!seen) return { lines: [], at: await newest(api, folder, language) };
  const changes = [];
  let since = seen.seq;
  for (let more = true; more; ) {
    const wish = { "Accept-Language": language };
    const answer = parse((await get(`${api}/v1/changes?since=${since}`, wish)).body);
    if (answer.epoch !== seen.epoch || answer.seq < since) {
      // The database was restored: numbers of before mean nothing now.
      return { lines: [ANEW], at: await newest(api, folder, language) };
    }
    changes.push(...answer.changes);
    ({ next: since, more } = answer);
  }
  if (since === seen.seq) return { lines: [], at: seen };
  const agenda = await newest(api, folder, language);
  const isBehind = agenda.epoch === seen.epoch && agenda.seq < since;
  if (isBehind) return { lines: [], at: seen }; // some cache has yet to learn of it: next time
  return { lines: changes.map((change) => words(change, agenda)), at: { ...seen, seq: since } };
}

/** Return the agenda as the server has it, which step 0 keeps. */
async function newest(api: string, folder: string, language: string) {
  const { kept, isFresh } = await refresh(api, folder, language);
  if (!isFresh) throw new Error("offline");
  return kept.agenda;
}

/** Return one change as a line of text; an app says it in its own languages. */
function words(change: any, agenda: any) {
  const session = agenda.sessions.find((session: any) => session.id === change.session_id);
  const items = { session: [session], part: session?.parts }[change.subject as string] ?? [];
  const { old, new: now, reason } = change;
  const known = items.find((item: any) => item?.id === change.id);
  const item = known ?? (Object.keys(now).length ? now : old);
  let line = `${change.kind}: ${item.title || item.name || change.subject}`;
  if (now.starts_at) line += `, ${now.starts_at.slice(11, 16)}`;
  const room = agenda.rooms.find((room: any) => room.id === now.room_id);
  if (room) line += `, ${room.name}`;
  return line + (reason && ` (${reason})`);
}

/** Print what is new. */
async function main(api: string, folder: string, language = "en") {
  mkdirSync(folder, { recursive: true });
  const found = await news(api, folder, language).catch(() => null);
  if (!found) {
    console.error("Offline; what is kept stays.");
    process.exitCode = 1;
    return;
  }
  console.log(found.lines.join("\n") || "Nothing new.");
  // Only now: to be told twice is better than never.
  save(`${folder}/seen.json`, { epoch: found.at.epoch, seq: found.at.seq });
}

const [api, folder, language] = process.argv.slice(2);
if (import.meta.main && folder) await main(api, folder, language);
else if (import.meta.main) console.error("node changes.ts http://127.0.0.1:8010 FOLDER [LANGUAGE]");
