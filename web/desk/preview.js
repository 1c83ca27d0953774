/** What would happen: each change, what clashes, who is told; and then to do it. */

import { inLanguage } from "../shared/words.js";
import { h } from "../shared/show.js";
import { timesIn } from "../shared/times.js";
import { CHANNELS, CLASHES, KINDS, TOLD } from "./words.js";

/** Return a change's line: what it happened to, on which day unless today, and where it was and is. */
export function changeLine(change, { agenda, say }) {
  const of = agenda.sessions.find(({ id }) => id === change.session_id);
  const item = change.subject === "part" ? of?.parts.find(({ id }) => id === change.id) : of;
  const title = inLanguage(item?.title ?? change.new.title ?? change.old.title ?? change.new.name ?? change.old.name ?? {});
  return h("li", { "data-kind": change.kind },
    h("b", {}, inLanguage(KINDS[change.kind])), " ", title || say("announce"),
    h("span", { class: "where" }, [dayText(of, agenda), placeText(change, { agenda, say })].filter(Boolean).join(" · ")));
}

/** Return the elements of an answer to a dry run. */
export function previewed(answer, { agenda, say }) {
  const { told } = answer;
  return [
    answer.changes.length
      ? h("ul", { class: "changes" }, answer.changes.map((change) => changeLine(change, { agenda, say })))
      : h("p", {}, say("nothing")),
    answer.clashes.length ? h("section", { class: "clashes" }, h("h3", {}, `▲ ${say("clashes")}`),
      h("ul", {}, answer.clashes.map((clash) => h("li", {}, clashText(clash, agenda))))) : null,
    h("section", { class: "told" }, h("h3", {}, say("told", { n: told.people })),
      h("ul", {}, Object.entries(told.by_reason).filter(([, n]) => n).map(([why, n]) => h("li", {}, `${n}: ${inLanguage(TOLD[why])}`))),
      channelLine(told.by_channel),
      told.by_channel.none ? h("p", {}, say("told-none", { n: told.by_channel.none })) : null),
  ];
}

/** Return how many each channel reaches, null when none does; who has several is in each. */
function channelLine(counts) {
  const reached = Object.entries(CHANNELS).filter(([channel]) => counts[channel]);
  const words = reached.map(([channel, name]) => `${inLanguage(name)}: ${counts[channel]}`);
  return words.length ? h("p", {}, words.join(" · ")) : null;
}

function clashText({ kind, sessions, people }, agenda) {
  const titles = sessions.map((id) => inLanguage(agenda.sessions.find((one) => one.id === id)?.title ?? {})).filter(Boolean);
  const what = inLanguage(CLASHES[kind] ?? { en: kind }).replace("{people}", people);
  return `${what}: ${titles.join(" · ")}`;
}

/** Return where and when something was and is; of a change of its end alone, until when. */
function placeText({ old, new: now }, { agenda, say }) {
  const room = (id) => inLanguage(agenda.rooms.find((one) => one.id === id)?.name ?? {});
  const place = (values) => [values.starts_at?.slice(11, 16), values.room_id && room(values.room_id)].filter(Boolean).join(" ");
  const end = (values) => values.ends_at?.slice(11, 16) ?? "";
  const from = ([was, is]) => (was && is && was !== is ? `${was} → ${is}` : is);
  return from([place(old), place(now)]) || (end(now) && say("until", { place: from([end(old), end(now)]) }));
}

/** Return the day of a session, "" when it is of today. */
function dayText(session, agenda) {
  const times = timesIn(agenda.event.timezone);
  const isToday = !session || session.day === times.day(agenda.now() / 1000);
  return isToday ? "" : times.short(Date.parse(`${session.day}T12:00:00Z`) / 1000);
}
