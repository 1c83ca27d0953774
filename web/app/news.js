/** What is new: how the agenda differs from what this phone last had of it. */

const TOLD = ["title", "subtitle", "abstract"];

/**
 * Return what happened to sessions and their parts between two agendas.
 *
 * Each is {kind, session, part, title, old, now, at}: ids, where it was and is, and when this phone
 * learned of it. Kinds are those of change records (docs/api.md). A part that only travels with its
 * session is not told.
 */
export function newsBetween(before, after, at) {
  const news = [];
  for (const session of after.sessions.values()) {
    const old = before.sessions.get(session.id);
    const told = (found) => news.push({ ...found, session: session.id, at });
    if (!old) told(came("added", session));
    else {
      ofItem(old, session).forEach(told);
      ofParts(old, session).forEach(told);
    }
  }
  for (const old of before.sessions.values()) {
    if (!after.sessions.has(old.id)) news.push({ ...came("removed", old), session: old.id, at });
  }
  return news;
}

/** Return news with later ones: of one thing the last of a kind, and no move that was taken back. */
export function merged(news, more) {
  const later = new Map(more.map((one) => [keyOf(one), one]));
  const earlier = new Map(news.map((one) => [keyOf(one), one]));
  const joined = more.map((one) => (one.kind === "moved" ? { ...one, old: earlier.get(keyOf(one))?.old ?? one.old } : one));
  const isBack = ({ kind, old, now }) => kind === "moved" && JSON.stringify(old) === JSON.stringify(now);
  return [...news.filter((one) => !later.has(keyOf(one))), ...joined.filter((one) => !isBack(one))];
}

function keyOf({ kind, session, part }) {
  return `${kind} ${session} ${part}`;
}

function ofItem(old, now, shift = 0, part = null) {
  const told = (kind) => ({ kind, part, title: now.title, old: placeOf(old), now: placeOf(now) });
  const found = [];
  if (old.state !== now.state) found.push(told(kindOf(old.state, now.state)));
  const isMoved = now.starts_at - old.starts_at !== shift || now.ends_at - old.ends_at !== shift;
  if (isMoved || old.room_id !== now.room_id) found.push(told("moved"));
  if (speakersOf(old) !== speakersOf(now)) found.push(told("speakers"));
  if (TOLD.some((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]))) found.push(told("edited"));
  return found;
}

function ofParts(old, session) {
  const shift = session.starts_at - old.starts_at;
  const before = new Map(old.parts.map((part) => [part.id, part]));
  const after = new Set(session.parts.map(({ id }) => id));
  const kept = session.parts.flatMap((part) => {
    const was = before.get(part.id);
    return was ? ofItem(was, part, shift, part.id) : [came("added", part, part.id)];
  });
  return [...kept, ...old.parts.filter(({ id }) => !after.has(id)).map((part) => came("removed", part, part.id))];
}

function came(kind, item, part = null) {
  return { kind, part, title: item.title, old: placeOf(item), now: placeOf(item) };
}

function kindOf(old, now) {
  if (now === "cancelled" || now === "suspended") return now;
  if (old === "cancelled") return "restored";
  return old === "suspended" ? "resumed" : now;
}

function placeOf({ starts_at, ends_at, room_id = null, room = null }) {
  return { starts_at, ends_at, room_id, room: room?.name ?? null };
}

function speakersOf({ speakers }) {
  return speakers.map(({ id, role }) => `${id} ${role}`).join();
}
