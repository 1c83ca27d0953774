/** When the server is asked or listened to: now and then, at once when there is something to send, never in a rush. */

const LONGEST = 120;

/** Keep a phone up to date; return {hurry, stop, isAsking, isFailing}. */
export function pace(phone, { onChange, onProblem, onNew }) {
  let [timer, failures, asking, again, stopped, files] = [0, 0, false, false, false, ""];
  let ears = null;

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
  /** Listen while somebody looks; where too many do, asking now and then is as right. */
  function listen() {
    ears = new EventSource("v1/live");
    ears.addEventListener("head", ({ data }) => phone.hear(data).then(later, onProblem));
  }

  /** Ask before long what became of one's own: all who listen heard it in the same moment. */
  function later() {
    onChange();
    clearTimeout(timer);
    timer = setTimeout(turn, Math.random() * phone.poll()[1] * 1000);
  }

  function deafen() {
    clearTimeout(timer);
    ears?.close();
  }

  // Nobody looks at what is in a pocket.
  document.addEventListener("visibilitychange", () => {
    deafen();
    if (!document.hidden && !stopped) {
      listen();
      turn();
    }
  });
  listen();
  turn();
  const stop = () => {
    stopped = true;
    deafen();
  };
  return { hurry: turn, stop, isAsking: () => asking, isFailing: () => failures > 0 };
}
