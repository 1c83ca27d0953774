/**
 * What all scans of one holder at one gate come to, in whatever order they arrived: the rule of
 * event/door/history.py, held to it by openapi/vectors/courses.json. Milliseconds.
 */

export const UNDO_WITHIN = 120_000;
const FRESH = new Set(["", "look_at_id", "note", "question"]);

/** Return where a holder stands; null when nobody was admitted. `cleared` is ascending. */
export function courseOf(entries, cleared, { policy, dayOf }) {
  const passed = admissionsOf(entries);
  // A repeat whose entry was undone is none.
  const begin = passed.findIndex(({ reason }) => reason !== "repeat");
  if (begin < 0 || policy === "practice") return null;
  const admissions = passed.slice(begin);
  const clearsBefore = (at) => cleared.filter((moment) => moment <= at).length;
  let [count, days, inside, clears, last] = [0, 0, false, 0, admissions[0]];
  const doubles = [];
  for (const entry of admissions) {
    const now = clearsBefore(entry.at);
    if (now !== clears) [clears, count, days, inside] = [now, 0, 0, false];
    const day = dayOf(entry.at);
    const bit = day === null ? 0 : 1 << day;
    if (entry.leaving) inside = false;
    else if (entry.reason !== "repeat") {
      const isKnown = {
        once_per_day: Boolean(days & bit),
        in_and_out: inside && dayOf(last.at) === day,
        count: false,
      };
      if ((isKnown[policy] ?? count > 0) && FRESH.has(entry.reason)) {
        doubles.push({ scan: entry.id, other: last.id, gap: entry.at - last.at });
      }
      [count, days, inside] = [count + 1, days | bit, true];
    }
    last = entry;
  }
  if (clearsBefore(last.at) !== cleared.length) [count, days, inside] = [0, 0, false];
  return {
    entries: count,
    days,
    inside,
    first_at: admissions[0].at,
    last_at: last.at,
    last_device: last.device,
    doubles,
  };
}

/** Return the scans by which somebody passed, in order: not undone, questions answered yes. */
export function admissionsOf(entries) {
  const scans = new Map();
  for (const entry of entries) if (entry.kind === "scan") scans.set(entry.id, entry);
  const targets = (kind, counts) =>
    new Set(entries.filter((one) => one.kind === kind && counts(one)).map((one) => one.target));
  const undone = targets("undo", (undo) => mayUndo(undo, scans.get(undo.target)));
  const letIn = targets("answer", (answer) => answer.outcome === "admitted" && mayAnswer(answer, scans.get(answer.target)));
  return [...scans.values()]
    .filter(({ id }) => !undone.has(id))
    .filter(({ id, outcome }) => outcome === "admitted" || (outcome === "ask" && letIn.has(id)))
    .sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
}

function mayAnswer(answer, scan) {
  return Boolean(scan) && (answer.trusted || answer.device === scan.device);
}

function mayUndo(undo, scan) {
  if (!scan) return false;
  return undo.trusted || (undo.device === scan.device && undo.at - scan.at <= UNDO_WITHIN);
}
