/** The organiser's page: late, cancel, swap, interrupt all; look at what would happen, and do it. */

import { onHeld } from "../shared/hold.js";
import { fold } from "../shared/fold.js";
import { randomUuid } from "../shared/kept.js";
import { h, put } from "../shared/show.js";
import { timesIn } from "../shared/times.js";
import { fill, inLanguage, speaker, switchLanguage } from "../shared/words.js";
import { basketOf, byNow, dayOf, versionsOf, words } from "./operations.js";
import { previewed } from "./preview.js";
import { reviewed, waiting } from "./reviews.js";
import { enter, isIn, leave, read, send } from "./server.js";
import { sheets } from "./sheets.js";
import { changed, doors, everyone, planned } from "./tabs.js";
import { WORDS } from "./words.js";

const TABS = ["agenda", "all", "plans", "changes", "doors"];
const HOLD = 60;
const EVERY = 15_000;
const PUBLISHES = 20;
const SAID = 8_000;

const say = speaker(WORDS);
const at = (id) => document.getElementById(id);
const basket = basketOf();

let agenda = null;
let offset = 0;
let ears = null;
/** Sends the basket as it is. */
let sendBasket = null;
let sure = null;

const now = () => Date.now() + offset;
const clock = (text) => text.slice(11, 16);
const moment = (text) => {
  const [times, seconds] = [timesIn(agenda.event.timezone), Date.parse(text) / 1000];
  return `${times.short(seconds)} ${times.clock(seconds)}`;
};
const opened = sheets({ sheet: at("sheet"), body: at("sheet-body"), say, agenda: () => agenda, add });

/** Put an operation into the basket; one list is one request, however often it is sent. */
function add(operation, label) {
  basket.add(operation, label);
  anew();
}

function anew() {
  const id = randomUuid();
  sendBasket = guarded((more) => send("v1/agenda/edits", { ...basket.body({ id }), ...more }));
  showBasket();
}

/**
 * Return what sends edits, first as a dry run: nobody publishes over what a colleague edited since.
 * The versions are those of the first look, so that the same request asks again for a lost answer.
 */
function guarded(edits) {
  let seen = null;
  return async (more) => {
    if (!more.dry_run) return edits({ if_version: seen, ...more });
    await load();
    const answer = await edits(more);
    seen ??= versionsOf(answer.changes, agenda.sessions);
    return answer;
  };
}

function showBasket() {
  at("basket").hidden = !basket.all().length;
  at("preview").textContent = say("basket", { n: basket.all().length });
}

function status(name, fresh = "yes") {
  at("status").textContent = say(name);
  at("status").dataset.fresh = fresh;
}

const alarm = (text) => h("p", { class: "warning", role: "alert" }, text);

/** Do something, and say what to do next when it fails. */
async function attempt(action) {
  try {
    await action();
    if (at("status").dataset.fresh !== "yes") status("live");
  } catch (problem) {
    if (problem.code === "offline") status("away", "no");
    if (problem.code === "unauthorized") return signOut();
    throw problem;
  }
}

/** Do something that somebody waits for; what goes wrong stands in the sheet, or is looked at `again`. */
async function act(action, again) {
  const busy = h("progress", { "aria-label": say("busy") });
  at("sheet-body").append(busy);
  try {
    await attempt(action);
  } catch (problem) {
    if (again && problem.code === "stale") return again(alarm(say("edited-since")));
    const text = problem.code === "offline" ? say("offline") : problem.message || problem.code;
    at("sheet-body").querySelector(".warning")?.remove();
    at("sheet-body").querySelector("h2")?.after(alarm(text));
    at("sheet").scrollTop = 0;
    if (!at("sheet").open) at("sheet").showModal();
  }
  busy.remove();
}

async function load() {
  const { server_time: said } = await read("v1/bootstrap");
  offset = Date.parse(said) - Date.now();
  const { categories } = await read("v1/categories");
  agenda = { ...(await read("v1/agenda")), categories, now };
  at("event").textContent = inLanguage(agenda.event.title);
}

function tab() {
  const name = location.hash.slice(1);
  return TABS.includes(name) ? name : "agenda";
}

async function refresh() {
  const name = tab();
  if (name !== "changes") sure = null;
  for (const one of TABS) at(`view-${one}`).hidden = one !== name;
  for (const link of document.querySelectorAll("nav a")) {
    link.hash === `#${name}` ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  if (!agenda) return;
  await Promise.all([VIEWS[name](), showHolds(), markTabs()]);
}

/** Ask the server for all anew, quietly. */
const renew = () => attempt(async () => (await load(), await refresh())).catch(() => {});

const VIEWS = {
  agenda() {
    const wanted = fold(at("query").value);
    if (wanted) {
      const found = agenda.sessions.filter((one) => fold(Object.values(one.title).join(" ")).includes(wanted));
      return put(at("list"), h("ul", {}, found.map(row)));
    }
    const groups = byNow(agenda.sessions, now(), dayOf(agenda.sessions, now()));
    put(at("list"), ["now", "later", "before"].filter((name) => groups[name].length).map((name) =>
      [h("h2", {}, say(name)), h("ul", {}, groups[name].map(row))]));
  },
  all: () => at("view-all").childElementCount || put(at("view-all"), everyone({ say, agenda }, { opened, add, held: onHeld, switchLanguage, leave: signOut })),
  async plans() {
    const { plans } = await read("v1/plans");
    put(at("view-plans"), planned({ say }, plans, {
      fire: previewPlan,
      remove: (plan) => tapped("remove-plan", () => send(`v1/plans/${plan.id}`, {}, "DELETE")),
    }));
  },
  async changes() {
    const { seq } = await read("v1/bootstrap");
    const changes = await changesSince(Math.max(0, seq - PUBLISHES));
    const reach = new Map();
    await Promise.all([...new Set(changes.map((change) => change.seq))].map(async (one) => {
      const told = await read(`v1/publishes/${one}/reach`).catch(() => null);
      if (told) reach.set(one, { ...told, none: told.unreachable });
    }));
    const { reviews } = await read("v1/reviews");
    put(at("view-changes"), waiting({ say, moment }, reviews, review), changed({ say, agenda, clock }, changes, { reach, undo, sure }));
  },
  async doors() {
    put(at("view-doors"), doors({ say, clock }, await read("v1/gates/counts")));
  },
};

/** Return the changes after a publish, however many pages they take. */
async function changesSince(since) {
  const { changes, next, more } = await read(`v1/changes?limit=500&since=${since}`);
  return more ? [...changes, ...(await changesSince(next))] : changes;
}

function row(one) {
  const room = agenda.rooms.find(({ id: number }) => number === one.room_id);
  const where = `${clock(one.starts_at)}–${one.state === "suspended" ? "?" : clock(one.ends_at)} · ${inLanguage(room?.name)}`;
  return h("li", { class: "row", "data-state": one.state },
    h("button", { type: "button", class: "open", "data-key": `open-${one.id}`, click: () => opened.session(one) },
      h("span", { class: "what" }, inLanguage(one.title)), h("span", { class: "where" }, where),
      one.state === "confirmed" ? null : h("span", { class: "state" }, say(one.state))));
}

/** Show what `publish` would do, and what can be done with it; `after` it was done; `again` with why. */
function preview(publish, { after, again, why, more = [] }) {
  opened.show(say("preview"), why);
  return act(async () => {
    const answer = await publish({ dry_run: true });
    if (!at("sheet").open) return;
    opened.show(say("preview"), why, previewed(answer, { agenda, say }),
      h("button", { type: "button", click: () => act(async () => (await publish({}), after(), said()), again) }, say("publish")), more);
  });
}

function previewPlan(plan, why) {
  const fire = guarded((more) => send(`v1/plans/${plan.id}/fire`, { even_if_edited: true, ...more }));
  preview(fire, { after: finished, again: (since) => previewPlan(plan, since), why });
}

function previewBasket(why) {
  const name = h("input", { id: "plan-name", maxlength: 100 });
  const keepAsPlan = async () => {
    if (!name.value.trim()) return name.focus();
    await send("v1/plans", { name: words({ [document.documentElement.lang]: name.value }), operations: basket.body().operations });
    emptied();
  };
  const one = ({ label }, where) => h("button", { type: "button", class: "plain", click: () => {
    basket.drop(where);
    anew();
    basket.all().length ? previewBasket() : at("sheet").close();
  } }, say("drop-one", { what: label }));
  const again = (since) => (anew(), previewBasket(since));
  preview(sendBasket, { after: emptied, again, why, more: [
    h("button", { type: "button", class: "outline", click: () => act(async () => (await sendBasket({ hold: HOLD }), emptied()), again) }, say("hold", { n: HOLD })),
    basket.all().map(one),
    h("label", { for: "plan-name" }, say("plan-name")), name,
    h("button", { type: "button", class: "outline", click: () => act(keepAsPlan) }, say("save-plan")),
  ] });
}

/** Show what a file would change; `taken` says which rows were ticked when it was shown before. */
function review(one, taken = new Map(), why = null) {
  opened.show(one.name, why);
  let busy = false;
  const done = async (action) => {
    if (busy) return;
    busy = true;
    await act(async () => (await action(), finished()), (since) => review(one, taken, since));
    busy = false;
  };
  act(async () => {
    const found = await read(`v1/reviews/${one.id}`);
    if (!at("sheet").open) return;
    opened.show(one.name, why, reviewed({ say, moment }, found, {
      taken,
      accept: (keys) => done(async () => (await send(`v1/reviews/${one.id}`, { accept: keys }), said())),
      drop: () => done(() => send(`v1/reviews/${one.id}`, {}, "DELETE")),
    }));
  });
}

let saying = 0;

/** Say for a moment that it is published. */
function said() {
  status("published");
  clearTimeout(saying);
  saying = setTimeout(() => at("status").dataset.fresh === "yes" && status("live"), SAID);
}

function emptied() {
  basket.clear();
  showBasket();
  finished();
}

function finished() {
  at("sheet").close();
  renew();
}

/** Undo a publish, at the second tap; what is shown anew in between still asks for it. */
function undo(seq, target) {
  if (sure !== seq) {
    sure = seq;
    target.textContent = say("undo-sure");
    return;
  }
  sure = null;
  tapped("undo", () => send(`v1/publishes/${seq}/undo`));
}

/** Do what one tap asks for; the sheet stays and says why when it is not done. */
function tapped(title, action) {
  opened.show(say(title));
  act(async () => (await action(), finished()));
}

/** Show what waits to be published, to be taken back with one tap. */
async function showHolds() {
  const { holds } = await read("v1/holds");
  put(at("holds"), holds.map((hold) => h("article", { class: "card held" },
    h("p", {}, say("hold-waits", { time: hold.due.slice(11, 19), n: hold.operations })),
    hold.fault ? h("p", { class: "warning" }, say("hold-fault", { fault: hold.fault })) : null,
    h("button", { type: "button", "data-key": `back-${hold.id}`, click: () => tapped("take-back", () => send(`v1/holds/${hold.id}`, {}, "DELETE")) }, say("take-back")),
    h("button", { type: "button", class: "outline", "data-key": `now-${hold.id}`, click: () => tapped("publish-held", () => send(`v1/holds/${hold.id}/publish`)) }, say("publish-held")))));
}

/** Mark the tabs where something waits: plans that do not fit as they were prepared, files to review. */
async function markTabs() {
  const [{ plans }, { reviews }] = await Promise.all([read("v1/plans"), read("v1/reviews")]);
  mark("plans", plans.filter(({ stale }) => stale).length, "plans-stale");
  mark("changes", reviews.length, "reviews-wait");
}

function mark(name, n, words) {
  const element = at(`${name}-mark`);
  element.hidden = !n;
  element.textContent = `▲ ${n}`;
  element.ariaLabel = say(words, { n });
}

function signOut() {
  leave();
  ears?.close();
  location.reload();
}

/** Show the work, and listen for what others change. */
function work() {
  at("enter").hidden = true;
  at("work").hidden = false;
  document.querySelector("nav").hidden = false;
  renew();
  ears = new EventSource("v1/live");
  ears.addEventListener("head", () => at("sheet").open || renew());
  setInterval(() => document.hidden || at("sheet").open || attempt(refresh).catch(() => {}), EVERY);
}

function start() {
  fill(say);
  document.title = say("title");
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  at("query").placeholder = say("search");
  at("query").oninput = () => VIEWS.agenda();
  at("preview").onclick = () => previewBasket();
  addEventListener("hashchange", () => attempt(refresh).catch(() => {}));
  at("enter-form").onsubmit = async (event) => {
    event.preventDefault();
    at("enter-trouble").hidden = true;
    try {
      await enter(at("code").value);
      history.replaceState(null, "", location.pathname);
      work();
    } catch (problem) {
      at("enter-trouble").textContent = say(problem.code === "offline" ? "offline" : "enter-no");
      at("enter-trouble").hidden = false;
    }
  };
  if (isIn()) return work();
  at("enter").hidden = false;
  const code = location.hash.slice(1);
  if (!TABS.includes(code)) at("code").value = code;
}

start();
