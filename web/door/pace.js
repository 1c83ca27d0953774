/** When the server is asked and told: often in front of people, rarely in a pocket, never in a rush. */

const [BASE, HIDDEN, LONGEST] = [1_000, 15_000, 30_000];
const NAMES_EVERY = 300_000;

/** Keep a scanner up to date; return {hurry, missName, stop}. */
export function pace(scanner, { onChange, onRefused }) {
  let [timer, failures, namesAt, stopped, turning, again] = [0, 0, -NAMES_EVERY, false, false, false];

  async function turn() {
    if (turning) return void (again = true);
    turning = true;
    clearTimeout(timer);
    try {
      while (await scanner.flush()) onChange();
      const isNew = await scanner.sync();
      if (isNew && performance.now() - namesAt >= NAMES_EVERY) {
        await scanner.syncNames();
        namesAt = performance.now();
      }
      failures = 0;
    } catch (problem) {
      failures += 1;
      // The queue is still taken from a token that ended (docs/sync.md). An answer that comes after
      // this phone was set up anew is of the token before.
      if (!stopped && problem?.code === "unauthorized") await scanner.withdraw().catch(() => {});
      if (!stopped && problem?.code === "unauthorized" && !scanner.known()) onRefused();
    }
    turning = false;
    onChange();
    if (stopped) return;
    // Full jitter: a hall full of scanners must not come back in the same second.
    const backoff = failures ? Math.random() * Math.min(LONGEST, BASE * 2 ** failures) : 0;
    timer = setTimeout(turn, again ? 0 : (document.hidden ? HIDDEN : BASE) + backoff);
    again = false;
  }

  const wake = () => {
    if (!document.hidden) turn();
  };
  addEventListener("online", turn);
  document.addEventListener("visibilitychange", wake);
  turn();
  return {
    hurry() {
      onChange();
      turn();
    },
    /** Ask for the names before long: somebody came whose name is not here. */
    missName: () => (namesAt = -NAMES_EVERY),
    stop() {
      stopped = true;
      clearTimeout(timer);
      removeEventListener("online", turn);
      document.removeEventListener("visibilitychange", wake);
    },
  };
}
