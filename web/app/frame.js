/** What stands around the tabs: how old all of it is, and what must not be missed. */

import { h, put } from "../shared/show.js";
import { inForce } from "./agenda.js";
import { announcementCard } from "./told.js";

/** Seconds without the server after which the page says how old it is. */
const LATE = 180;

/** Show how old this is, and what waits to be sent. */
export function showStatus(element, { heardAt, waiting, isFailing, say }) {
  const isLate = Date.now() - heardAt > LATE * 1000 || isFailing;
  const words = heardAt ? [say(isLate ? "as-of" : "live", { time: clockOf(heardAt) })] : [];
  if (waiting) words.push(say("waiting", { n: waiting }));
  element.dataset.fresh = isLate && heardAt ? "no" : "yes";
  // What is said again would be read out again.
  if (element.textContent !== words.join(" · ")) element.textContent = words.join(" · ");
}

/** Show what must not be missed, whatever somebody looks at: what is urgent, and what is wrong, in words. */
export function showAlert(element, { announcements, times, now, say }, troubles) {
  const urgent = inForce(announcements, now).find(({ severity }) => severity === "urgent");
  const shown = [urgent?.id, ...troubles].filter(Boolean).join("\n");
  element.hidden = !shown;
  if (element.dataset.shown === shown) return;
  element.dataset.shown = shown;
  put(element, urgent && announcementCard({ times, say }, urgent), troubles.map((text) => h("p", {}, text)));
}

/** Return what to show while there is no agenda yet; a browser that cannot verify one gets none. */
export function missing({ say, isAble, isAsking, again }) {
  if (!isAble) return [h("p", { class: "empty", role: "status" }, say("not-able"))];
  return [
    h("p", { class: "empty", role: "status" }, say(isAsking ? "loading" : "no-agenda")),
    isAsking ? h("progress", {}) : h("button", { type: "button", click: again }, say("again")),
  ];
}

/** Return a moment as this phone's clock shows it, with the day when it is another. */
export function clockOf(at) {
  const [moment, today] = [new Date(at), new Date()];
  const clock = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return moment.toDateString() === today.toDateString() ? clock : `${moment.toLocaleDateString([], { day: "numeric", month: "numeric" })} ${clock}`;
}
