/** A schedule that somebody else showed: to read, and nothing of one's own among it. */

import { ask } from "../shared/api.js";
import { timesIn } from "../shared/times.js";
import { h, put } from "../shared/show.js";
import { troubleText } from "./asking.js";
import { planDays } from "./mine.js";

/** As long as this tab is open: a secret, and what was last read with it. */
const KEPT = `eventday:${new URL(".", location.href).pathname}shared`;
const WHY = ["speaking", "booking", "bookmark", "everyone", "category"];

/** Take a link's secret out of the address bar; say whether there was one. */
export function takeShare() {
  if (!location.hash.startsWith("#share=")) return false;
  const [, secret] = location.hash.match(/=(evs_[\w-]+)$/) ?? [];
  // What a mail program has cut off is no secret, and nothing is kept of what was shared before.
  secret ? sessionStorage.setItem(KEPT, JSON.stringify({ secret })) : sessionStorage.removeItem(KEPT);
  history.replaceState(null, "", "#shared");
  return true;
}

/** Fill the view with what is behind the link, or with what was there when there was a network. */
export async function sharedView(element, { say, now, leave }) {
  let kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const close = h("button", { type: "button", class: "outline", click: () => (sessionStorage.removeItem(KEPT), leave()) }, say("shared-close"));
  const show = (told, alarm = false) => put(element, heading(kept?.body, say), h("p", { class: alarm ? "warning" : "quiet", role: "status" }, told),
    kept?.body ? entriesOf(kept.body, { say, now: now() }) : null, close);
  if (!kept) return show(say("shared-none"));
  show(say("looking"));
  try {
    const body = await (await ask("v1/shared?lang=*", { token: kept.secret })).json();
    kept = { ...kept, body, at: Date.now() };
    sessionStorage.setItem(KEPT, JSON.stringify(kept));
    show([say("shared-what"), body.expires_at && say("shared-until", { time: momentOf(body, Date.parse(body.expires_at)) })].filter(Boolean).join(" "));
  } catch (problem) {
    if (problem.code === "not-found") {
      sessionStorage.removeItem(KEPT);
      kept = null;
      return show(say("shared-ended"), true);
    }
    show(kept.body ? say("kept-since", { time: momentOf(kept.body, kept.at) }) : troubleText(problem, say));
  }
}

function heading(body, say) {
  return h("h2", { tabindex: "-1" }, body?.name ? say("shared-of", { name: body.name }) : say("shared"));
}

function momentOf({ timezone }, at) {
  const times = timesIn(timezone);
  return `${times.short(at / 1000)} ${times.clock(at / 1000)}`;
}

function entriesOf(body, { say, now }) {
  const plan = body.entries.map(read);
  const byKey = new Map(plan.map((entry) => [entry.id, entry]));
  const isElsewhere = new Set(plan.flatMap(({ venue }) => venue?.id ?? [])).size > 1;
  const full = plan.map((entry) => ({ ...entry, isElsewhere, clashes: entry.clashes.map((clash) => ({ ...clash, entry: byKey.get(keyOf(clash)) })) }));
  if (!full.length) return h("p", { class: "empty" }, say("shared-empty"));
  return planDays({ times: timesIn(body.timezone), now, say }, { plan: full, why: whyOf });
}

function read(entry) {
  const [starts_at, ends_at] = [entry.starts_at, entry.ends_at].map((text) => (text ? Date.parse(text) / 1000 : null));
  return { ...entry, id: keyOf(entry), starts_at, ends_at: ends_at ?? starts_at };
}

function keyOf({ session_id: session, meeting_id: meeting }) {
  return meeting ? `m${meeting}` : `s${session}`;
}

function whyOf({ why, sure, state }, _, say) {
  const words = WHY.filter((name) => why.includes(name)).map((name) => say(`they-${name}`)).slice(0, 1);
  return [...words, ...(sure || state === "cancelled" ? [] : [say("not-sure")])];
}
