/** The agenda as a list: by day and time, or what a search found. */

import { inLanguage } from "../shared/words.js";
import { isOn, onDay, search } from "./agenda.js";
import { h } from "../shared/show.js";

/** Return the elements of a day's sessions, or of those that have every word of `query`. */
export function agendaList({ agenda, times, now, say }, { day, query, marks, open, star }) {
  const item = (session) => row(session, { times, now, say, marks, open, star });
  if (query) {
    const found = search(agenda, query);
    if (!found.length) return [h("p", { class: "empty" }, say("search-none"))];
    return [
      h("p", { class: "quiet count" }, say("found", { n: found.length })),
      daysOf(found, times).map((one) => [
        h("h2", { class: "day" }, times.long(noonOf(one, found, times))),
        h("ul", { class: "list" }, found.filter(({ starts_at }) => times.day(starts_at) === one).map(item)),
      ]),
    ];
  }
  const groups = onDay([...agenda.sessions.values()], day, times.day);
  return [...groups].map(([starts_at, sessions]) => [
    h("h2", { class: "hour", "data-on": sessions.some((one) => isOn(one, now)) || null },
      times.clock(starts_at),
      sessions.some((one) => isOn(one, now)) ? h("span", { class: "now" }, say("now-on")) : null),
    h("ul", { class: "list" }, sessions.map(item)),
  ]);
}

/** Return the days ("2025-06-03") on which something begins, in order. */
export function daysOf(sessions, times) {
  return [...new Set(sessions.map(({ starts_at }) => times.day(starts_at)))].sort();
}

/** Return a session as a row that opens it, with its star. */
function row(session, { times, now, say, marks, open, star }) {
  const title = inLanguage(session.title);
  const isMarked = marks.has(session.id);
  return h("li", { class: "row", "data-state": session.state, "data-on": isOn(session, now) || null, color: session.track?.color },
    h("button", { type: "button", class: "open", "data-key": `open-${session.id}`, click: () => open(session.id) },
      h("span", { class: "what" }, title),
      h("span", { class: "where" }, [times.span(session), inLanguage(session.room?.name), inLanguage(session.track?.name)].filter(Boolean).join(" · ")),
      stateOf(session, say)),
    h("button", {
      type: "button", class: "star", "data-key": `star-${session.id}`, "aria-pressed": String(isMarked),
      "aria-label": say("star", { title }), click: () => star(session.id, !isMarked),
    }, isMarked ? "★" : "☆"));
}

/** Return what to say of a state that is not the usual one, with its reason. */
export function stateOf({ state, reason }, say) {
  if (state === "confirmed") return null;
  const why = inLanguage(reason);
  return h("span", { class: "state" }, say(state) + (why ? `: ${why}` : ""));
}

function noonOf(day, sessions, times) {
  return sessions.find(({ starts_at }) => times.day(starts_at) === day).starts_at;
}
