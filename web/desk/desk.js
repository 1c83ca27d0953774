/** The organiser's page: late, cancel, swap, interrupt all; look at what would happen, and do it. */

import { onHeld } from "../shared/hold.js";
import { fold } from "../shared/fold.js";
import { h, put } from "../shared/show.js";
import { timesIn } from "../shared/times.js";
import { fill, inLanguage, speaker, switchLanguage } from "../shared/words.js";
import { entries } from "./entries.js";
import { looks } from "./looking.js";
import { held, undelivered } from "./notices.js";
import { basketOf, byNow, dayOf } from "./operations.js";
import { waiting } from "./reviews.js";
import { enter, isIn, leave, read, send } from "./server.js";
import { sheets } from "./sheets.js";
import { changed, doors, everyone, planned } from "./tabs.js";
import { WORDS } from "./words.js";

const TABS = ["agenda", "all", "plans", "changes", "doors"];
const EVERY = 15_000;
const PUBLISHES = 20;
const SAID = 8_000;

const say = speaker(WORDS);
const at = (id) => document.getElementById(id);
const basket = basketOf();

let agenda = null;
let offset = 0;
let ears = null;
let sure = null;

const now = () => Date.now() + offset;
const clock = (text) => text.slice(11, 16);
const moment = (text) => {
  const [times, seconds] = [timesIn(agenda.event.timezone), Date.parse(text) / 1000];
  return `${times.short(seconds)} ${times.clock(seconds)}`;
};
const sheet = at("sheet");
const opened = sheets({ sheet, body: at("sheet-body"), say, agenda: () => agenda, add });
const look = looks({ sheet, opened, say, moment, agenda: () => agenda, basket, load, act, changed: showBasket, done, emptied });
const mistaken = entries({ sheet, opened, act, say, moment, done });

/** Put an operation into the basket; one list is one request, however often it is sent. */
function add(operation, label) {
  basket.add(operation, label);
  look.anew();
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
    const text = problem.code === "offline" ? say("unanswered") : problem.message || problem.code;
    at("sheet-body").querySelector("[role=alert]")?.remove();
    at("sheet-body").querySelector("h2")?.after(alarm(text));
    sheet.scrollTop = 0;
    if (!sheet.open) sheet.showModal();
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
  await Promise.all([VIEWS[name](), showNotices(), markTabs()]);
}

/** Ask the server for all anew, quietly. */
const renew = () => attempt(async () => (await load(), await refresh())).catch(() => {});

const VIEWS = {
  agenda() {
    const [wanted, today] = [fold(at("query").value), dayOf(agenda.sessions, now())];
    const rows = (sessions) => h("ul", {}, sessions.map((one) => row(one, today)));
    if (wanted) return put(at("list"), rows(agenda.sessions.filter((one) => fold(Object.values(one.title).join(" ")).includes(wanted))));
    const groups = byNow(agenda.sessions, now(), today);
    put(at("list"), ["now", "later", "before", "others"].filter((name) => groups[name].length).map((name) =>
      [h("h2", {}, say(name)), rows(groups[name])]));
  },
  all: () => at("view-all").childElementCount || put(at("view-all"), everyone({ say, agenda }, { opened, add, held: onHeld, switchLanguage, leave: signOut })),
  async plans() {
    const { plans } = await read("v1/plans");
    put(at("view-plans"), planned({ say }, plans, {
      fire: look.ofPlan,
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
    put(at("view-changes"), waiting({ say, moment }, reviews, look.ofReview), changed({ say, agenda, clock }, changes, { reach, undo, sure }));
  },
  async doors() {
    put(at("view-doors"), doors({ say, clock }, await read("v1/gates/counts"), mistaken));
  },
};

/** Return the changes after a publish, however many pages they take. */
async function changesSince(since) {
  const { changes, next, more } = await read(`v1/changes?limit=500&since=${since}`);
  return more ? [...changes, ...(await changesSince(next))] : changes;
}

/** Return a session's row; its day stands there when that is another one than today. */
function row(one, today) {
  const room = agenda.rooms.find(({ id: number }) => number === one.room_id);
  const start = (one.day === today ? clock : moment)(one.starts_at);
  const where = `${start}–${one.state === "suspended" ? "?" : clock(one.ends_at)} · ${inLanguage(room?.name)}`;
  return h("li", { class: "row", "data-state": one.state },
    h("button", { type: "button", class: "open", "data-key": `open-${one.id}`, click: () => opened.session(one) },
      h("span", { class: "what" }, inLanguage(one.title)), h("span", { class: "where" }, where),
      one.state === "confirmed" ? null : h("span", { class: "state" }, say(one.state))));
}

let saying = 0;

function emptied(name) {
  basket.clear();
  showBasket();
  done(name);
}

/** Close the sheet, and say for a moment what was done. */
function done(name) {
  sheet.close();
  renew();
  if (!name) return;
  status(name);
  clearTimeout(saying);
  saying = setTimeout(() => at("status").dataset.fresh === "yes" && status("live"), SAID);
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
  act(async () => (await action(), done()));
}

/** Show above every tab what somebody should see to. */
async function showNotices() {
  const [{ holds }, { webhooks }] = await Promise.all([read("v1/holds"), read("v1/webhooks")]);
  put(at("holds"), held({ say }, holds, {
    back: ({ id }) => tapped("take-back", () => send(`v1/holds/${id}`, {}, "DELETE")),
    publish: ({ id }) => tapped("publish-held", () => send(`v1/holds/${id}/publish`)),
  }));
  put(at("undelivered"), undelivered({ say, moment }, webhooks, (slug) => tapped("again", () => send(`v1/webhooks/${slug}/again`))));
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
  element.textContent = `▲\u00a0${n}`;
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
  ears.addEventListener("head", () => sheet.open || renew());
  setInterval(() => document.hidden || sheet.open || attempt(refresh).catch(() => {}), EVERY);
}

function start() {
  fill(say);
  document.title = say("title");
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  at("query").placeholder = say("search");
  at("query").oninput = () => VIEWS.agenda();
  at("preview").onclick = () => look.ofBasket();
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
