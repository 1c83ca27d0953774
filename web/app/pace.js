/** When the server is asked: as its head says, at once when there is something to send, never in a rush. */

const LONGEST = 120;

/** Keep a phone up to date; return {hurry, stop, isAsking, isFailing}. */
export function pace(phone, { onChange, onProblem, onNew }) {
  let [timer, failures, asking, again, stopped, files] = [0, 0, false, false, false, ""];

  async function turn() {
    clearTimeout(timer);
    if (stopped) return;
    if (asking) return void (again = true);
    asking = true;
    onChange();
    try {
      await phone.sync();
      failures = 0;
      const listed = phone.files().map(({ address }) => address).join();
      if (listed !== files) onNew();
      files = listed;
    } catch (problem) {
      failures += 1;
      onProblem(problem);
    }
    asking = false;
    onChange();
    const [base, spread] = phone.poll();
    // After a failure full jitter: a hall full of phones must not come back in the same second.
    const wait = failures ? Math.random() * Math.min(LONGEST, 2 ** failures) : base + Math.random() * spread;
    timer = setTimeout(turn, again ? 0 : wait * 1000);
    again = false;
  }

  addEventListener("online", () => {
    clearTimeout(timer);
    timer = setTimeout(turn, Math.random() * 3_000);
  });
  // Nobody looks at what is in a pocket.
  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : turn()));
  turn();
  return { hurry: turn, stop: () => (stopped = true), isAsking: () => asking, isFailing: () => failures > 0 };
}
