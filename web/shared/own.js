/** What this device did, as entries: kept for the whole event, also after it was uploaded. */

import { admissionsOf } from "./history.js";

/** Return a device's own past from its items (oldest first), and what adds to it. `isHeard` says if the feed has heard of an item. */
export function ownPast(items, device, isHeard = () => false) {
  const entries = new Map();
  const scans = new Map();
  const clears = [];
  const registered = new Set();
  let last = 0;
  const past = { add, entriesOf, clearsOf, undoneOf, holdersAt, registered };

  /** Add an item; of two at one moment the later one came later. */
  function add({ id, kind, at: said, payload }) {
    const at = Math.max(said, last + 1);
    last = at;
    if (kind === "clear") clears.push({ gate: payload.gate ?? null, at });
    if (kind === "register") registered.add(payload.holder);
    const scan = kind === "scan" ? { gate: payload.gate, ...payload } : scans.get(payload.scan);
    if (!scan?.holder) return;
    if (kind === "scan") scans.set(id, scan);
    const key = `${scan.gate} ${scan.holder}`;
    if (!entries.has(key)) entries.set(key, []);
    const { outcome = "", reason = "", leaving = false, scan: target = "" } = payload;
    entries.get(key).push({ id, kind, at, device, outcome, reason, leaving, target });
  }

  function entriesOf(gate, holder) {
    return entries.get(`${gate} ${holder}`) ?? [];
  }

  function clearsOf(gate) {
    return clears.filter((clear) => [null, gate].includes(clear.gate)).map(({ at }) => at);
  }

  /** Return the scans by which a holder had passed here, and did not after all; of an undo that the feed has heard it tells itself. */
  function undoneOf(gate, holder) {
    const all = entriesOf(gate, holder);
    const counted = new Set(admissionsOf(all).map(({ id }) => id));
    const passed = admissionsOf(all.filter(({ id, kind }) => kind !== "undo" || isHeard(id)));
    return passed.filter(({ id }) => !counted.has(id));
  }

  function holdersAt(gate) {
    const keys = [...entries.keys()].map((key) => key.split(" "));
    return keys.filter(([slug]) => slug === gate).map(([, holder]) => Number(holder));
  }

  items.forEach(add);
  return past;
}
