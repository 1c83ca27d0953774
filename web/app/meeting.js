/** One meeting: who, at which table, when, how it stands; and what one answers. */

import { answerText, placeOf, titleOf } from "./mine.js";
import { stateOf } from "./list.js";
import { h } from "../shared/show.js";

/**
 * Return the elements of a meeting.
 *
 * `others` are the guests with their organisations and answers, null without a network; `answer`
 * sends {answer, proposed_at?}, and `told` says what became of that.
 */
export function meetingDetail({ times, now, say }, entry, { others, answer, told }) {
  const { meeting, state } = entry;
  const people = others ?? entry.with.map((name) => ({ name }));
  const isOpen = state !== "cancelled" && now < entry.finishes;
  return [
    h("h2", { id: "sheet-title", tabindex: "-1" }, titleOf(entry, say)),
    h("dl", { class: "facts" },
      fact(say("fact-when"), `${times.long(entry.starts_at)}, ${times.span(entry)}`),
      fact(say("fact-where"), placeOf({ ...entry, isElsewhere: true }, say).join(" · ") || say("fact-none")),
      fact(say("fact-who"), h("ul", { class: "people" }, people.map((one) => guest(one, say))))),
    stateOf(entry, say),
    entry.clashes.map(({ kind, entry: other, minutes }) =>
      h("p", { class: "clash" }, say(`clash-${kind}`, { title: titleOf(other, say), n: minutes }))),
    isOpen ? [h("p", { class: "booking" }, answerText(meeting, times, say)), choices({ times, say }, entry, answer)] : null,
    h("p", { class: "told", role: "status" }, told),
  ];
}

function fact(name, value) {
  return [h("dt", {}, name), h("dd", {}, value)];
}

function guest({ name, organisation, answer }, say) {
  const more = [organisation, answer && say(`guest-${answer}`)].filter(Boolean).join(" · ");
  return h("li", {}, h("strong", {}, name), more && h("span", { class: "where" }, more));
}

function choices({ times, say }, { meeting, starts_at }, answer) {
  const button = (said) => h("button", {
    type: "button", class: meeting.answer === said ? "" : "outline", "data-key": `answer-${said}`,
    "aria-pressed": String(meeting.answer === said), click: () => answer({ answer: said }),
  }, say(`say-${said}`));
  const proposed = meeting.proposed_at ? Date.parse(meeting.proposed_at) / 1000 : starts_at;
  const submit = (event) => {
    event.preventDefault();
    const at = times.moment(new FormData(event.target).get("at"));
    answer({ answer: "proposed", proposed_at: new Date(at * 1000).toISOString() });
  };
  return [
    h("div", { class: "pair" }, button("accepted"), button("declined")),
    h("details", {}, h("summary", {}, say("say-proposed")),
      h("form", { submit },
        h("label", { for: "proposed" }, say("proposed-at")),
        h("input", { id: "proposed", name: "at", type: "datetime-local", step: "60", required: true, value: times.local(proposed) }),
        h("button", { type: "submit", class: "outline" }, say("propose")))),
  ];
}
