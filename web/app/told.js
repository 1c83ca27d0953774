/** What is new: announcements that hold now, and what changed since somebody last looked. */

import { inLanguage } from "../shared/words.js";
import { h, paragraphs } from "../shared/show.js";
import { inForce } from "./agenda.js";

/** Return an announcement's element. */
export function announcementCard({ times, say }, { severity, title, body, starts_at }) {
  return h("article", { class: "announcement", "data-severity": severity },
    h("p", { class: "when" }, `${say(`severity-${severity}`)} · ${times.clock(starts_at)}`),
    h("h3", {}, inLanguage(title)),
    paragraphs(inLanguage(body)));
}

/** Return the elements of what is new; what is in the reader's own plan comes first. */
export function newsList({ agenda, announcements, times, now, say }, { news, planned, open, clear }) {
  const told = inForce(announcements, now);
  const isMine = ({ session }) => planned.has(session);
  const sorted = [...news].reverse().sort((one, other) => isMine(other) - isMine(one));
  return [
    told.length ? [h("h2", {}, say("announcements")), told.map((one) => announcementCard({ times, say }, one))] : null,
    h("h2", {}, say("changes")),
    news.length ? h("ul", { class: "list" }, sorted.map((one) => changeRow({ agenda, times, say }, one, { mine: isMine(one), open })))
      : h("p", { class: "empty" }, say("news-none")),
    news.length ? h("button", { type: "button", class: "outline", "data-key": "clear", click: clear }, say("news-clear")) : null,
  ];
}

function changeRow({ agenda, times, say }, one, { mine, open }) {
  const session = agenda.sessions.get(one.session);
  const item = one.part ? session?.parts.find(({ id }) => id === one.part) : session;
  const reason = inLanguage(item?.reason);
  const inside = [
    h("span", { class: "kind" }, [say(`kind-${one.kind}`), mine ? say("in-plan") : ""].filter(Boolean).join(" · ")),
    h("span", { class: "what" }, inLanguage(one.title)),
    one.part && session ? h("span", { class: "where" }, inLanguage(session.title)) : null,
    h("span", { class: "where" }, whereText(one, times)),
    reason ? h("span", { class: "state" }, reason) : null,
  ];
  return h("li", { class: "row", "data-kind": one.kind },
    session ? h("button", { type: "button", class: "open", "data-key": `news-${one.kind}-${one.session}-${one.part}`, click: () => open(one.session) }, inside)
      : h("div", { class: "open" }, inside));
}

/** Return where something was and is: only what became different. */
function whereText({ kind, old, now }, times) {
  const at = (place, other) => `${other && times.day(place.starts_at) !== times.day(other.starts_at) ? `${times.short(place.starts_at)} ` : ""}${times.span(place)}`;
  if (kind !== "moved") return [`${times.short(now.starts_at)} ${at(now)}`, inLanguage(now.room)].filter(Boolean).join(" · ");
  const isOther = old.starts_at !== now.starts_at || old.ends_at !== now.ends_at;
  const parts = [isOther ? `${at(old, now)} → ${at(now, old)}` : at(now)];
  if (old.room_id !== now.room_id) parts.push(`${inLanguage(old.room) || "–"} → ${inLanguage(now.room) || "–"}`);
  return parts.join(" · ");
}
