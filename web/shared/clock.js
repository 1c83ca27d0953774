/**
 * The event's time on a phone whose own clock may be wrong and may be set (docs/door.md, "What time it is").
 *
 * Times are {t, boot, mono}: the phone's clock, a start's name, and the milliseconds counted since.
 * A start has such times and `now`, the event's time then; `heard` when the server has said so. All
 * are milliseconds. Pure functions, as in sync/clock.py.
 */

/** Difference between clocks that may be but the network's. */
const NOISE = 2_000;
/** How long a start's word stays the newest. */
const FRESH = 60_000;

/** Return when something was: only the counter moves time on, whatever was done to the clock. */
export function momentOf({ t, boot, mono }, starts) {
  const start = starts.find((one) => one.boot === boot);
  return start ? start.now + mono - start.mono : t;
}

/** Return items, oldest first, with their moment `at`: none is later than the next one, or than `now`. */
export function dated(items, starts, now) {
  let next = now + 1;
  const back = [...items].reverse().map((item) => {
    next = Math.min(momentOf(item, starts), next - 1);
    return { ...item, at: next };
  });
  return back.reverse();
}

/**
 * Return the starts with a new one; `items` are what this device did, oldest first.
 *
 * It has but the phone's clock, and asks it once. That is believed, unless it goes back behind what is
 * known (the server's last word, what was done here in starts that heard it) or on beyond the event's
 * `end`: then time goes on from what is known, and the clock is `doubted`.
 */
export function begun(starts, times, { items, end }) {
  const sure = starts.filter((start) => start.heard);
  const last = sure.at(-1);
  const done = items.filter(({ boot }) => sure.some((start) => start.boot === boot)).at(-1);
  const known = Math.max(last?.now ?? 0, done ? momentOf(done, sure) : 0);
  const guess = times.t + (last ? last.now - last.t : 0);
  const doubted = guess < known || guess >= end;
  const named = new Set(items.map(({ boot }) => boot));
  const kept = starts.filter((start) => start === last || named.has(start.boot));
  return [...kept, { ...times, now: doubted ? known : guess, heard: false, doubted }];
}

/**
 * Return the starts after the server has `said` the event's time, to a question asked at `asked`.
 *
 * It was right between the question and now, so that a slow answer turns nothing back.
 */
export function heard(starts, times, { said, asked }) {
  const start = starts.at(-1);
  if (asked.boot !== times.boot || start.boot !== times.boot) return starts;
  const now = momentOf(times, starts);
  const right = Math.min(Math.max(now, said), said + times.mono - asked.mono);
  const isNews = !start.heard || Math.abs(right - now) >= NOISE || now - start.now >= FRESH;
  return isNews ? [...starts.slice(0, -1), { ...times, now: right, heard: true }] : starts;
}
