/** What counts the time since this page began, and the name of that beginning. */

/** Milliseconds of difference between two clocks that are looked at one after the other. */
const NOISE = 2_000;

let [boot, left] = [named(), 0];

/** Return {t, boot, mono}, as clock.js wants them. */
export function times() {
  return { t: Date.now(), boot, mono: Math.round(performance.now()) };
}

// In most browsers the counter stands still while a phone sleeps. A page that was out of sight, and
// for which the phone's clock went on further than the counter, may have slept.
document.addEventListener("visibilitychange", () => {
  const ahead = Date.now() - performance.now();
  if (document.hidden) left = ahead;
  else if (ahead - left > NOISE) boot = named();
});

function named() {
  return crypto.randomUUID?.() ?? String(Math.random());
}
