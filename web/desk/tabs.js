/** The desk's tabs beside the agenda: all at once, plans, what changed, the doors. */

import { inLanguage } from "../shared/words.js";
import { h } from "../shared/show.js";
import { changeLine } from "./preview.js";
import { words } from "./operations.js";

/** Return what can be done to everything at once, and the form of an announcement. */
export function everyone({ say, agenda }, { opened, add, held, switchLanguage, leave }) {
  const late = () => opened.minutes(say("everything-late"), (n) => opened.why({ op: "delay", all: true, minutes: n }, `${say("everything")} ${say("minutes", { n })}`));
  const closed = () => opened.rooms(say("which-room"), null, (room) => opened.rooms(say("move-to"), room.id,
    (to) => opened.why({ op: "room_closed", room: room.id, to: to.id }, `${inLanguage(room.name)} → ${inLanguage(to.name)}`),
    [h("button", { type: "button", class: "outline", click: () => opened.why({ op: "room_closed", room: room.id }, `${say("room-closed")}: ${inLanguage(room.name)}`) }, say("nowhere"))]));
  const stop = h("button", { type: "button", class: "danger" }, h("span", {}, say("suspend-all")));
  held(stop, () => opened.why({ op: "suspend", all: true }, say("suspend-all")));
  return [
    h("div", { class: "grid" },
      h("button", { type: "button", class: "outline", "data-key": "late", click: late }, say("everything-late")),
      h("button", { type: "button", class: "outline", "data-key": "closed", click: closed }, say("room-closed")),
      h("button", { type: "button", class: "outline", "data-key": "resume", click: () => opened.why({ op: "resume", all: true }, say("resume-all")) }, say("resume-all"))),
    h("p", { class: "quiet" }, say("suspend-why")), stop,
    announcement({ say, agenda }, add),
    h("p", {}, h("button", { type: "button", class: "plain", "data-key": "language", click: switchLanguage }, say("language"))),
    h("p", {}, h("button", { type: "button", class: "plain", "data-key": "leave", click: leave }, say("leave"))),
  ];
}

function announcement({ say, agenda }, add) {
  const fields = agenda.event.languages.map((tag) => ({
    tag,
    title: h("input", { id: `title-${tag}`, maxlength: 200, lang: tag }),
    body: h("textarea", { id: `body-${tag}`, rows: 2, maxlength: 2000, lang: tag }),
  }));
  const severity = h("select", { id: "severity" }, ["info", "warning", "urgent"].map((one) => h("option", { value: one }, say(one))));
  const audience = h("select", { id: "audience" }, h("option", { value: "everyone" }, say("all")),
    agenda.categories.map(({ slug, name }) => h("option", { value: slug }, inLanguage(name))));
  const minutes = h("input", { id: "expires", type: "number", min: 1, max: 10_000, inputmode: "numeric" });
  const submit = (event) => {
    event.preventDefault();
    const of = (name) => words(Object.fromEntries(fields.map((one) => [one.tag, one[name].value])));
    const [title, body] = [of("title"), of("body")];
    if (!Object.keys(title).length) return;
    const until = Number(minutes.value) > 0 && { expires_at: new Date(agenda.now() + Number(minutes.value) * 60_000).toISOString() };
    add({ op: "announce", title, ...(Object.keys(body).length && { body }), severity: severity.value, audience: [audience.value], ...until }, `${say("announce")}: ${inLanguage(title)}`);
    event.target.reset();
  };
  return h("form", { submit }, h("h2", {}, say("announce")),
    fields.map(({ tag, title, body }) => [h("label", { for: title.id }, `${say("announce-title")} (${tag})`), title, h("label", { for: body.id }, `${say("announce-body")} (${tag})`), body]),
    h("label", { for: "severity" }, say("severity")), severity,
    h("label", { for: "audience" }, say("audience")), audience,
    h("label", { for: "expires" }, say("expires")), minutes,
    h("button", { type: "submit", class: "outline" }, say("add")));
}

/** Return the plans, each with whether it still fits. */
export function planned({ say }, plans, { fire, remove }) {
  if (!plans.length) return [h("p", { class: "empty" }, say("plans-none"))];
  return plans.map((plan) => h("article", { class: "card" }, h("h2", {}, inLanguage(plan.name)),
    h("p", { class: "quiet" }, say("plan-size", { n: plan.operations })),
    plan.faults.length ? h("p", { class: "warning" }, say("plan-stale", { why: plan.faults.join(" ") })) : null,
    plan.stale_since ? h("p", { class: "quiet" }, say("plan-since", { seq: plan.stale_since })) : null,
    plan.edited.length ? h("p", { class: "warning" }, plan.edited.join(" "), " ", say("plan-edited")) : null,
    plan.fired !== null ? h("p", {}, say("plan-fired"))
      : h("button", { type: "button", disabled: plan.faults.length > 0, "data-key": `fire-${plan.id}`, click: () => fire(plan) }, say("fire")),
    h("button", { type: "button", class: "plain", "data-key": `remove-${plan.id}`, click: () => remove(plan) }, say("remove-plan"))));
}

/** Return what changed lately, a card a publish, the newest first. */
export function changed({ say, agenda, clock }, changes, { reach, undo, sure }) {
  const publishes = Map.groupBy ? [...Map.groupBy(changes, ({ seq }) => seq)] : grouped(changes);
  if (!publishes.length) return [h("p", { class: "empty" }, say("no-changes"))];
  return publishes.reverse().map(([seq, all]) => h("article", { class: "card" },
    h("p", { class: "when" }, clock(all[0].at), " · ", all[0].by, inLanguage(all[0].reason) ? ` · ${inLanguage(all[0].reason)}` : ""),
    h("ul", { class: "changes" }, all.map((change) => changeLine(change, { agenda, say }))),
    reach.has(seq) ? h("p", { class: "quiet" }, say("reach", reach.get(seq))) : null,
    h("button", { type: "button", class: "plain", "data-key": `undo-${seq}`, click: ({ target }) => undo(seq, target) }, say(seq === sure ? "undo-sure" : "undo"))));
}

function grouped(changes) {
  const groups = new Map();
  for (const change of changes) groups.set(change.seq, [...(groups.get(change.seq) ?? []), change]);
  return [...groups];
}

/** Return the doors' live counts, with how people arrive as bars, and what leads to a `mistaken` entry. */
export function doors({ say, clock }, counts, mistaken) {
  if (!counts?.gates.length) return [h("p", { class: "empty" }, say("doors-none"))];
  const card = (title, count) => h("article", { class: "card" }, h("h2", {}, title),
    h("dl", { class: "counts" }, [["inside", count.inside], ["today", count.today], ["rate", count.per_minute_5]].map(([name, n]) =>
      h("div", {}, h("dd", {}, String(n)), h("dt", {}, say(name))))), bars(count.arrivals, say));
  return [
    card(say("everything"), counts.all),
    counts.gates.map((gate) => card(inLanguage(gate.name), gate)),
    h("button", { type: "button", class: "outline", "data-key": "mistaken", click: mistaken }, say("entry-wrong")),
    h("h2", {}, say("devices")),
    // An organiser's phone may scan, but is a door only once it did.
    h("ul", { class: "changes" }, counts.devices.filter(({ role, scans }) => role !== "organiser" || scans).map((one) => h("li", {}, h("b", {}, one.label || `#${one.id}`),
      h("span", { class: "where" }, say("device-line", { scans: one.scans, time: one.heard_at ? clock(one.heard_at) : "–", waiting: one.waiting ?? "–" }))))),
  ];
}

function bars(arrivals, say) {
  if (!arrivals.length) return null;
  const most = Math.max(...arrivals.map(({ people }) => people));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${arrivals.length * 6} 40`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("bars");
  arrivals.forEach(({ people }, at) => {
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const height = (people / most) * 40;
    for (const [name, value] of Object.entries({ x: at * 6, y: 40 - height, width: 5, height })) bar.setAttribute(name, value);
    svg.append(bar);
  });
  return [svg, h("p", { class: "quiet" }, say("arrivals", { most }))];
}
