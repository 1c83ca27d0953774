/** One's own schedule: what comes next and how to get there, then all of it, with its clashes. */

import { inLanguage } from "../shared/words.js";
import { nextOf, nowOf } from "./clashes.js";
import { daysOf, stateOf } from "./list.js";
import { h } from "../shared/show.js";

/** Return the elements of a plan; `open` takes an entry that there is more to say of. */
export function planList({ times, now, say }, { plan, open }) {
  if (!plan.length) return [h("p", { class: "empty" }, say("plan-empty"))];
  return [nextCard({ times, now, say }, { plan, open }), planDays({ times, now, say }, { plan, open, why: whyOf })];
}

/** Return entries under the days on which they begin; `why` says in words why one stands there. */
export function planDays({ times, now, say }, { plan, open, why }) {
  return daysOf(plan, times).map((day) => {
    const entries = plan.filter(({ starts_at }) => times.day(starts_at) === day);
    return [
      h("h2", { class: "day" }, times.long(entries[0].starts_at)),
      h("ul", { class: "list" }, entries.map((entry) => entryRow(entry, { times, now, say, open, why }))),
    ];
  });
}

/** Return what a meeting is called, if it has a name, or anything else. */
export function titleOf({ title, kind }, say) {
  return inLanguage(title) || say(kind);
}

/** Return table, room, floor and venue, as far as they need be told. */
export function placeOf(entry, say) {
  const table = entry.table ? say("table", { table: entry.table }) : "";
  // In one building nobody need be told which.
  const venue = entry.isElsewhere ? inLanguage(entry.venue?.name) : "";
  return [table, inLanguage(entry.room?.name), inLanguage(entry.room?.floor), venue].filter(Boolean);
}

/** Return how a booking stands, in words. */
export function bookingText({ state, place, offered_until: until }, times, say) {
  return say(`booking-${state}`, { place, time: until && momentOf(until, times) });
}

/** Return what somebody answered to a meeting, in words. */
export function answerText({ answer, proposed_at: at }, times, say) {
  return say(`answer-${answer}`, { time: at && momentOf(at, times) });
}

/** Return a moment as the venue's clocks show it, with its day. */
export function momentOf(text, times) {
  const at = Date.parse(text) / 1000;
  return `${times.short(at)} ${times.clock(at)}`;
}

function nextCard({ times, now, say }, { plan, open }) {
  const next = nextOf(plan, now);
  const entry = next?.entry ?? nowOf(plan, now);
  if (!entry) return h("section", { class: "next" }, h("p", {}, say("nothing-next")));
  return h("section", { class: "next", "aria-labelledby": "next-title" },
    h("p", { class: "when" }, next ? `${say("next")} · ${until(entry.begins - now, say)}` : say("on-now")),
    h("h2", { id: "next-title" }, titleOf(entry, say)),
    h("p", { class: "where" }, [times.span(entry), ...placeOf(entry, say)].join(" · ")),
    stateOf(entry, say),
    next?.minutes ? h("p", { class: "leave" }, say("leave", { time: times.clock(next.leave_at), n: next.minutes })) : null,
    canOpen(entry) ? h("button", { type: "button", class: "outline", "data-key": "next", click: () => open(entry) }, say("more")) : null);
}

function entryRow(entry, { times, now, say, open, why }) {
  const isOn = entry.starts_at <= now && now < entry.ends_at && entry.state !== "cancelled";
  const inside = [
    h("span", { class: "what" }, titleOf(entry, say)),
    h("span", { class: "where" }, [times.span(entry), ...placeOf(entry, say)].join(" · ")),
    stateOf(entry, say),
    h("span", { class: "why" }, why(entry, times, say).join(" · ")),
    entry.clashes.map(({ kind, entry: other, minutes }) =>
      h("span", { class: "clash" }, say(`clash-${kind}`, { title: titleOf(other, say), n: minutes }))),
  ];
  const row = open && canOpen(entry)
    ? h("button", { type: "button", class: "open", "data-key": `plan-${entry.id}`, click: () => open(entry) }, inside)
    : h("div", { class: "open" }, inside);
  return h("li", { class: "row", "data-state": entry.state, "data-answer": entry.answer, "data-on": isOn || null, color: entry.session?.track?.color }, row);
}

function canOpen({ session, meeting }) {
  return Boolean(session || meeting);
}

function whyOf({ why, booking, meeting, state, with: others = [] }, times, say) {
  const words = [];
  if (why.includes("speaking")) words.push(say("speaking"));
  if (booking) words.push(bookingText(booking, times, say));
  if (others.length) words.push(say("with", { names: others.join(", ") }));
  if (meeting && state !== "cancelled") words.push(answerText(meeting, times, say));
  if (!words.length && why.includes("everyone")) words.push(say("for-everyone"));
  if (!words.length && why.includes("category")) words.push(say("for-you"));
  return words;
}

/** Return how long something is still away, in words. */
function until(seconds, say) {
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return say("starts", { for: say("min", { n: minutes }) });
  return say("starts", { for: say("h-min", { h: Math.floor(minutes / 60), n: minutes % 60 }) });
}
