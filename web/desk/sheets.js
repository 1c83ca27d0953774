/** What can be done to one session, a step at a time: an action, its details, a reason. */

import { inLanguage } from "../shared/words.js";
import { h, put } from "../shared/show.js";
import { words } from "./operations.js";
import { REASONS } from "./words.js";

const LATE = [5, 10, 15, 30];

/** Return what opens sheets; `add(operation, label)` puts an operation into the basket. */
export function sheets({ sheet, body, say, agenda, add }) {
  function show(title, ...children) {
    put(body, h("h2", { id: "sheet-title", tabindex: "-1" }, title), children,
      h("button", { type: "button", class: "outline", click: () => sheet.close() }, say("close")));
    if (!sheet.open) sheet.showModal();
    body.querySelector("h2").focus();
    body.scrollTop = 0;
  }

  /** Ask why, then put the operation into the basket. */
  function why(operation, label) {
    const inputs = Object.fromEntries(agenda().event.languages.map((tag) => [tag, h("input", { id: `reason-${tag}`, maxlength: 300, lang: tag })]));
    const presets = REASONS.map((reason) => h("button", { type: "button", class: "chip", click: () => {
      for (const [tag, input] of Object.entries(inputs)) input.value = reason[tag] ?? reason.en;
    } }, inLanguage(reason)));
    const submit = (event) => {
      event.preventDefault();
      const reason = words(Object.fromEntries(Object.entries(inputs).map(([tag, input]) => [tag, input.value])));
      add({ ...operation, ...(Object.keys(reason).length && { reason }) }, label);
      sheet.close();
    };
    show(label, h("form", { submit }, h("p", {}, say("reason")), h("div", { class: "chips" }, presets),
      Object.entries(inputs).map(([tag, input]) => [h("label", { for: input.id }, tagName(tag)), input]),
      h("button", { type: "submit" }, say("add"))));
  }

  function tagName(tag) {
    return ["en", "pl"].includes(tag) ? say(`reason-${tag}`) : tag;
  }

  /** Offer rooms, but the one where a session is. */
  function rooms(title, but, act, more = []) {
    const choices = agenda().rooms.filter(({ id }) => id !== but);
    show(title, more, h("div", { class: "choices" }, choices.map((room) =>
      h("button", { type: "button", class: "outline", click: () => act(room) }, inLanguage(room.name)))));
  }

  /** Offer minutes, later or less; `alone` is asked for where the rest of the room might follow. */
  function minutes(title, act, { alone = false, what = "minutes" } = {}) {
    const other = h("input", { id: "minutes", type: "number", min: 1, max: 1440, inputmode: "numeric" });
    const only = h("input", { id: "alone", type: "checkbox" });
    const done = (n) => n > 0 && act(n, !only.checked);
    show(title, alone ? [h("p", {}, say("late-why")), h("label", { class: "check", for: "alone" }, only, " ", say("late-alone"))] : null,
      h("div", { class: "chips" }, LATE.map((n) => h("button", { type: "button", click: () => done(n) }, say(what, { n })))),
      h("label", { for: "minutes" }, say("other-minutes")), other,
      h("button", { type: "button", class: "outline", click: () => done(Number(other.value)) }, say("add")));
  }

  /** Offer all that can be done to a session. */
  function session(one) {
    const title = inLanguage(one.title);
    const label = (what) => `${what}: ${title}`;
    const act = (name, click) => h("button", { type: "button", class: "outline", click }, say(name));
    const others = agenda().sessions.filter(({ id, day, state }) => id !== one.id && day === one.day && state !== "cancelled");
    const actions = {
      late: () => minutes(label(say("late")), (n, cascade) => why({ op: "delay", session: one.id, minutes: n, cascade }, label(say("minutes", { n }))), { alone: true }),
      "to-room": () => rooms(label(say("to-room")), one.room_id, (room) => why({ op: "room", session: one.id, room: room.id }, `${title} → ${inLanguage(room.name)}`)),
      shorten: () => minutes(label(say("shorten")), (n) => why({ op: "shorten", session: one.id, minutes: n }, label(say("less", { n }))), { what: "less" }),
      swap: () => pick(label(say("swap")), others, (other) => why({ op: "swap", a: one.id, b: other.id }, `${title} ⇄ ${inLanguage(other.title)}`)),
      speaker: () => speaker(one),
      suspend: () => why({ op: "suspend", session: one.id }, label(say("suspend"))),
      cancel: () => part(one, (of, what) => cancel(of, `${say("cancel")}: ${what}`, others)),
      resume: () => why({ op: "resume", session: one.id }, label(say("resume"))),
      restore: () => why({ op: "restore", session: one.id }, label(say("restore"))),
    };
    const names = { cancelled: ["restore"], suspended: ["resume", "to-room", "cancel"] }[one.state] ?? ["late", "to-room", "shorten", "swap", "speaker", "suspend", "cancel"];
    show(title, h("div", { class: "grid" }, names.map((name) => act(name, actions[name]))));
  }

  function pick(title, sessions, act) {
    show(title, h("div", { class: "choices" }, sessions.map((one) =>
      h("button", { type: "button", class: "outline", click: () => act(one) }, `${one.starts_at.slice(11, 16)} ${inLanguage(one.title)}`))));
  }

  /** Ask whether the whole session is meant or a part of it. */
  function part(one, act) {
    if (!one.parts.length) return act({ session: one.id }, inLanguage(one.title));
    const choices = [h("button", { type: "button", class: "outline", click: () => act({ session: one.id }, inLanguage(one.title)) }, say("whole")),
      ...one.parts.map((item) => h("button", { type: "button", class: "outline", click: () => act({ part: item.id }, inLanguage(item.title)) }, inLanguage(item.title)))];
    show(say("for-part"), h("div", { class: "choices" }, choices));
  }

  function cancel(of, label, others) {
    const instead = h("select", { id: "instead" }, h("option", { value: "" }, say("none")),
      others.map((one) => h("option", { value: one.id }, `${one.starts_at.slice(11, 16)} ${inLanguage(one.title)}`)));
    const next = () => why({ op: "cancel", ...of, ...(instead.value && { replaced_by: Number(instead.value) }) }, label);
    show(label, h("label", { for: "instead" }, say("cancel-instead")), instead, h("button", { type: "button", click: next }, say("add")));
  }

  function speaker(one) {
    part(one, (of, what) => {
      const item = of.part ? one.parts.find(({ id }) => id === of.part) : one;
      const option = ({ speaker_id, id = speaker_id, name }) => h("option", { value: id }, name);
      const old = h("select", { id: "old" }, item.speakers.map(option));
      const next = h("select", { id: "new" }, h("option", { value: "" }, say("none")), agenda().speakers.map(option));
      const add = () => why({ op: "replace_speaker", ...of, old: Number(old.value), ...(next.value && { new: Number(next.value) }) }, `${say("speaker")}: ${what}`);
      show(`${say("speaker")}: ${what}`, h("label", { for: "old" }, say("speaker-old")), old, h("label", { for: "new" }, say("speaker-new")), next,
        h("button", { type: "button", disabled: !item.speakers.length, click: add }, say("add")));
    });
  }

  return { session, rooms, minutes, why, show };
}
