/** An attendee's page: agenda, own plan, badge, news and venue, with a network or without. */

import { ask } from "../shared/api.js";
import { canVerify } from "../shared/ed25519.js";
import { deviceId, forget, recall } from "../shared/kept.js";
import { open } from "../shared/store.js";
import { fill, inLanguage, language, speaker, switchLanguage } from "../shared/words.js";
import { announcementsOf, isOn } from "./agenda.js";
import { saveFile, troubleText } from "./asking.js";
import { badgeView, stayBright } from "./badge.js";
import { cardView } from "./card.js";
import { detailsIn } from "./details.js";
import { clockOf, missing, showAlert, showStatus } from "./frame.js";
import { leaving } from "./leaving.js";
import { linksView } from "./links.js";
import { agendaList, daysOf } from "./list.js";
import { planList } from "./mine.js";
import { pace } from "./pace.js";
import { peopleView } from "./people.js";
import { openPhone } from "./phone.js";
import { placeList } from "./place.js";
import { marksOf, planOf } from "./plan.js";
import { pushing } from "./push.js";
import { sharedView, takeShare } from "./shared.js";
import { sheetIn } from "./sheet.js";
import { h, put } from "../shared/show.js";
import { timesIn } from "../shared/times.js";
import { newsList } from "./told.js";
import { WORDS } from "./words.js";

const NAME = `eventday-app:${new URL(".", location.href).pathname}`;
const BOOT = crypto.randomUUID?.() ?? String(Math.random());

const say = speaker(WORDS);
const at = (id) => document.getElementById(id);
const push = pushing({ request, say, changed: refresh });
const leave = leaving({ say, waiting: () => phone.status().waiting, signOut, changed: () => tell("[data-key=forget] + .why") });
const sheet = sheetIn(at("sheet"));

let phone = null;
let tempo = null;
let day = null;
let entered = null;
let install = null;
let isAble = true;
let trouble = "";
let details = null;
/** What the server said when it had no certificate. */
let certificate = "";

/** Return what views need: the agenda, the time, and how to write both. */
function scene() {
  const agenda = phone.agenda();
  const announcements = announcementsOf(agenda, phone.schedule());
  return { agenda, announcements, times: timesIn(agenda.event.timezone), now: phone.now(), say, language };
}

function plan() {
  return planOf(phone.agenda(), phone.schedule(), phone.items());
}

/** Ask the server as the owner, for what is of no use later. */
function request(path, options) {
  return ask(path, { token: recall("token"), ...options });
}

const VIEWS = {
  agenda(scene) {
    const days = daysOf([...scene.agenda.sessions.values()], scene.times);
    const today = scene.times.day(scene.now);
    day = days.includes(day) ? day : days.includes(today) ? today : days[0];
    const query = at("query").value.trim();
    put(at("days"), days.map((one) => h("button", {
      type: "button", "data-key": one, "aria-pressed": String(one === day && !query), click: () => choose(one),
    }, scene.times.short(Date.parse(`${one}T12:00:00Z`) / 1000))));
    put(at("agenda-list"), agendaList(scene, { day, query, marks: marksOf(phone.schedule(), phone.items()), open: details.openSession, star }));
  },
  mine(scene) {
    put(at("view-mine"), planList(scene, { plan: plan(), open: details.openEntry }), recall("token") ? takeAlong() : null);
  },
  badge() {
    badgeView(at("view-badge"), { say, isOwned: Boolean(recall("token")), kept: phone.status().kept, me: phone.me(), svg: phone.badge() });
  },
  news(scene) {
    const planned = new Set(plan().map(({ session }) => session?.id));
    put(at("view-news"), newsList(scene, { news: phone.news(), planned, open: details.openSession, clear: () => phone.forgetNews().then(refresh) }));
  },
  place(scene) {
    const owner = recall("token");
    put(at("view-place"), placeList(scene, { files: phone.files(), install, leave, switchLanguage, owner, push }));
  },
};

/** Pages behind a tab: somebody may be writing there, so they are filled when they are entered. */
const PAGES = {
  card: { tab: "badge", enter: (view, scene) => cardView(view, { ...scene, request, renew: phone.renew, card: phone.card, clock: clockOf }) },
  people: { tab: "badge", enter: (view) => peopleView(view, { say, request, open: sheet.open }) },
  links: { tab: "mine", enter: (view, scene) => linksView(view, { ...scene, request, now: phone.now }) },
};

function place() {
  const name = location.hash.slice(1);
  return name in VIEWS || name in PAGES || name === "shared" ? name : "agenda";
}

/** Show all anew; what is on the screen keeps its place. */
function refresh() {
  if (!phone) return;
  const [agenda, wanted] = [phone.agenda(), place()];
  const name = agenda || wanted === "shared" ? wanted : "agenda";
  showStatus(at("status"), { ...phone.status(), isFailing: tempo?.isFailing(), say });
  for (const view of document.querySelectorAll("main > section")) view.hidden = view.id !== `view-${name}`;
  for (const link of document.querySelectorAll("nav a")) {
    link.hash === `#${PAGES[name]?.tab ?? name}` ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  document.body.dataset.tab = name;
  stayBright(name === "badge" || name === "card");
  if (agenda) at("event").textContent = inLanguage(agenda.event.title);
  if (name !== entered) enter(name);
  if (!agenda) return put(at("agenda-list"), missing({ say, isAble, isAsking: tempo?.isAsking() ?? true, again: () => tempo.hurry() }));
  VIEWS[name]?.(scene());
  sheet.refresh();
  const count = phone.news().length;
  at("unseen").hidden = count === 0;
  at("unseen").textContent = count;
  showAlert(at("alert"), scene(), troubles());
  if (!document.hidden) phone.seen().catch(() => {});
}

/** Show all anew, and what was said where it stands, which may be below the edge. */
function tell(selector) {
  refresh();
  document.querySelector(selector)?.scrollIntoView({ block: "nearest" });
}

/** Return what is wrong, in words, and what comes of it. */
function troubles() {
  const { kept } = phone.status();
  return [trouble && say(trouble), trouble === "link-ended" && kept && say("kept", { n: kept })].filter(Boolean);
}

/** Fill a page that is filled but once, and lead those who listen to its heading. */
function enter(name) {
  entered = name;
  const view = at(`view-${name}`);
  if (name === "shared") sharedView(view, { say, now: phone.now, leave: () => (location.hash = "#agenda") });
  else if (name in PAGES) {
    const { tab, enter: into } = PAGES[name];
    if (!recall("token")) put(view, h("p", { class: "empty" }, say("badge-none")));
    else into(view, scene());
    view.prepend(h("a", { class: "back", href: `#${tab}` }, say("back")));
  }
  view.querySelector("h2[tabindex]")?.focus({ preventScroll: true });
}

function choose(one) {
  day = one;
  at("query").value = "";
  refresh();
  scrollTo(0, 0);
}

/** Return the ways to take a plan elsewhere. */
function takeAlong() {
  const fetched = () => request("v1/me/certificate.pdf")
    .then((answer) => answer.blob())
    .then((file) => (saveFile(file, "certificate.pdf"), ""))
    .catch((problem) => troubleText(problem, say, { conflict: "certificate-none" }))
    .then((said) => ((certificate = said), tell(".along .told")));
  return h("section", { class: "along" },
    h("h2", {}, say("along")),
    h("a", { class: "tap", href: "#links" }, say("links")),
    h("button", { type: "button", class: "outline", "data-key": "certificate", click: fetched }, say("certificate")),
    h("p", { class: "told", role: "status" }, certificate));
}

function star(session, on) {
  return act("bookmark", { session, on });
}

/** Do something that stays done, whatever becomes of the network. */
async function act(kind, payload) {
  try {
    await phone.add(kind, payload);
    trouble = "";
  } catch {
    trouble = "not-stored";
  }
  if (document.activeElement?.closest("dialog form")) document.activeElement.blur();
  refresh();
  tempo.hurry();
}

/** Send what waits if that can be, forget the owner, and only then ask the server to: that may take long. */
async function signOut() {
  const token = recall("token");
  if (phone.status().waiting) await phone.send().catch(() => {});
  trouble = "";
  await forgetAll(phone.forget);
  await ask("v1/me/token", { token, method: "DELETE", keepalive: true }).catch(({ code }) => {
    if (code !== "unauthorized") trouble = "forget-untold";
  });
  refresh();
}

/** Fetch pictures and maps ahead; the service worker keeps them. */
async function fetchFiles() {
  for (const { address } of phone.files()) await fetch(address).catch(() => {});
}

function onProblem({ code }) {
  if (code === "unauthorized" && recall("token")) lockOut();
}

/** Leave the phone to nobody, because the server takes its owner no more. */
function lockOut() {
  trouble = "link-ended";
  return forgetAll(phone.withdraw);
}

/** Forget whose phone it was, on the disk and on the screen. */
async function forgetAll(forgetOwner) {
  forget("token");
  entered = null;
  for (const name in PAGES) put(at(`view-${name}`));
  at("sheet").close();
  push.forget();
  await forgetOwner();
  refresh();
}

/** Go where the address says; a link to somebody's plan leaves it at once. */
function go() {
  if (takeShare()) entered = null;
  refresh();
  scrollTo(0, 0);
}

async function start() {
  takeShare();
  fill(say);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  at("query").placeholder = say("search");
  navigator.serviceWorker?.register("web/app/worker.js", { scope: "app", type: "module" }).catch(() => {});
  navigator.storage?.persist?.().catch(() => {});
  const options = { ask, clock: Date.now, mono: () => performance.now(), boot: BOOT, device: deviceId, token: () => recall("token") };
  phone = await openPhone({ store: await open(NAME), ...options });
  details = detailsIn(sheet, { phone, scene, plan, act, request, changed: refresh, say });
  tempo = pace(phone, { onChange: refresh, onProblem, onNew: fetchFiles });
  if (recall("token")) push.renew();
  // The page of the personal link learned it first.
  else if (phone.me()) lockOut();
  at("query").oninput = refresh;
  at("close").onclick = () => at("sheet").close();
  addEventListener("hashchange", go);
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    install = () => event.prompt();
  });
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  refresh();
  canVerify().then((able) => ((isAble = able), refresh()));
  toNow();
  setInterval(refresh, 30_000);
}

/** Lead to what is on now. */
function toNow() {
  if (!phone.agenda() || place() !== "agenda") return;
  const { agenda, now } = scene();
  if ([...agenda.sessions.values()].some((one) => isOn(one, now))) document.querySelector(".hour[data-on]")?.scrollIntoView();
}

/** Leave the phone to a page that was opened after this one: two would both count from one. */
function yieldTo() {
  tempo?.stop();
  phone = null;
  put(at("alert"), say("other-tab"));
  at("alert").hidden = false;
  document.querySelector("main").hidden = true;
}

if (navigator.locks) {
  const forever = new Promise(() => {});
  navigator.locks.request(NAME, { steal: true }, () => start().then(() => forever)).catch(yieldTo);
} else start();
