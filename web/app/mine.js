/** One's own schedule: what comes next and how to get there, then all of it, with its clashes. */

import { inLanguage } from "../shared/words.js";
import { daysOf, stateOf } from "./list.js";
import { nextOf, walk } from "./plan.js";
import { h } from "../shared/show.js";

/** Return the elements of a plan. */
export function planList({ times, now, say }, { plan, open }) {
  if (!plan.length) return [h("p", { class: "empty" }, say("plan-empty"))];
  return [
    nextCard({ times, now, say }, { plan, open }),
    daysOf(plan, times).map((day) => {
      const entries = plan.filter(({ starts_at }) => times.day(starts_at) === day);
      return [
        h("h2", { class: "day" }, times.long(entries[0].starts_at)),
        h("ul", { class: "list" }, entries.map((entry) => entryRow(entry, { times, now, say, open }))),
      ];
    }),
  ];
}

function nextCard({ times, now, say }, { plan, open }) {
  const next = nextOf(plan, now);
  if (!next) return h("section", { class: "next" }, h("p", {}, say("nothing-next")));
  const isHere = next.starts_at <= now;
  const before = plan.filter((one) => one !== next && one.ends_at <= next.starts_at && one.state !== "cancelled").at(-1);
  const minutes = isHere ? 0 : walk(before?.venue, next.venue);
  return h("section", { class: "next", "aria-labelledby": "next-title" },
    h("p", { class: "when" }, isHere ? say("on-now") : `${say("next")} · ${until(next.starts_at - now, say)}`),
    h("h2", { id: "next-title" }, inLanguage(next.title)),
    h("p", { class: "where" }, [times.span(next), ...placeOf(next, say)].join(" · ")),
    stateOf(next, say),
    minutes ? h("p", { class: "leave" }, say("leave", { time: times.clock(next.starts_at - minutes * 60), n: minutes })) : null,
    next.session ? h("button", { type: "button", class: "outline", "data-key": "next", click: () => open(next.session.id) }, say("more")) : null);
}

function entryRow(entry, { times, now, say, open }) {
  const isOn = entry.starts_at <= now && now < entry.ends_at && entry.state !== "cancelled";
  const inside = [
    h("span", { class: "what" }, inLanguage(entry.title)),
    h("span", { class: "where" }, [times.span(entry), ...placeOf(entry, say)].join(" · ")),
    stateOf(entry, say),
    h("span", { class: "why" }, whyOf(entry, times, say).join(" · ")),
    entry.clashes.map(({ kind, entry: other, minutes }) =>
      h("span", { class: "clash" }, say(`clash-${kind}`, { title: inLanguage(other.title), n: minutes }))),
  ];
  const row = entry.session
    ? h("button", { type: "button", class: "open", "data-key": `plan-${entry.id}`, click: () => open(entry.session.id) }, inside)
    : h("div", { class: "open" }, inside);
  return h("li", { class: "row", "data-state": entry.state, "data-on": isOn || null, color: entry.session?.track?.color }, row);
}

function placeOf(entry, say) {
  const table = entry.table ? say("table", { table: entry.table }) : "";
  // In one building nobody need be told which.
  const venue = entry.isElsewhere ? inLanguage(entry.venue?.name) : "";
  return [table, inLanguage(entry.room?.name), inLanguage(entry.room?.floor), venue].filter(Boolean);
}

function whyOf({ why, booking, with: others = [] }, times, say) {
  const words = [];
  if (why.includes("speaking")) words.push(say("speaking"));
  if (booking) words.push(bookingText(booking, times, say));
  if (why.includes("meeting")) words.push(say("meeting"));
  if (others.length) words.push(say("with", { names: others.join(", ") }));
  if (!words.length && why.includes("everyone")) words.push(say("for-everyone"));
  if (!words.length && why.includes("category")) words.push(say("for-you"));
  return words;
}

/** Return how a booking stands, in words. */
export function bookingText({ state, place, offered_until: until }, times, say) {
  return say(`booking-${state}`, { place, time: until && times.clock(Date.parse(until) / 1000) });
}

/** Return how long something is still away, in words. */
function until(seconds, say) {
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return say("starts", { for: say("min", { n: minutes }) });
  return say("starts", { for: say("h-min", { h: Math.floor(minutes / 60), n: minutes % 60 }) });
}
