/** An attendee's page: agenda, own plan, badge, news and venue, with a network or without. */

import { ask } from "../shared/api.js";
import { deviceId, forget, keep, recall } from "../shared/kept.js";
import { open } from "../shared/store.js";
import { fill, inLanguage, language, speaker, switchLanguage } from "../shared/words.js";
import { isOn } from "./agenda.js";
import { agendaList, daysOf } from "./list.js";
import { planList } from "./mine.js";
import { pace } from "./pace.js";
import { openPhone } from "./phone.js";
import { placeList } from "./place.js";
import { bookingsOf, marksOf, planOf } from "./plan.js";
import { sessionDetail } from "./session.js";
import { h, put } from "../shared/show.js";
import { timesIn } from "../shared/times.js";
import { announcementCard, inForce, newsList } from "./told.js";
import { WORDS } from "./words.js";

const NAME = `eventday-app:${new URL(".", location.href).pathname}`;
const BOOT = crypto.randomUUID?.() ?? String(Math.random());
const TABS = ["agenda", "mine", "badge", "news", "place"];
/** Seconds without the server after which the page says how old it is. */
const LATE = 180;

const say = speaker(WORDS);
const at = (id) => document.getElementById(id);

let phone = null;
let tempo = null;
let day = null;
let shown = null;
let install = null;
let trouble = "";
let light = null;

/** Return what views need: the agenda, the time, and how to write both. */
function scene() {
  const agenda = phone.agenda();
  return { agenda, times: timesIn(agenda.event.timezone), now: phone.now(), say, language };
}

function tab() {
  const name = location.hash.slice(1);
  return TABS.includes(name) ? name : "agenda";
}

/** Show all anew; what is on the screen keeps its place. */
function refresh() {
  if (!phone) return;
  showStatus();
  const name = tab();
  for (const one of TABS) at(`view-${one}`).hidden = one !== name;
  for (const link of document.querySelectorAll("nav a")) {
    link.hash === `#${name}` ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  document.body.dataset.tab = name;
  stayBright(name === "badge");
  if (!phone.agenda()) return put(at("agenda-list"), missing());
  at("event").textContent = inLanguage(phone.agenda().event.title);
  VIEWS[name](scene());
  if (shown !== null && at("session").open) showSession();
  const count = phone.news().length;
  at("unseen").hidden = count === 0;
  at("unseen").textContent = count;
  showAlert();
  if (!document.hidden) phone.seen().catch(() => {});
}

function missing() {
  const isAsking = tempo?.isAsking() ?? true;
  return [
    h("p", { class: "empty", role: "status" }, say(isAsking ? "loading" : "no-agenda")),
    isAsking ? h("progress", {}) : h("button", { type: "button", click: () => tempo.hurry() }, say("again")),
  ];
}

/** Show how old this is, and what waits to be sent. */
function showStatus() {
  const { heardAt, waiting } = phone.status();
  const isLate = Date.now() - heardAt > LATE * 1000 || tempo?.isFailing();
  const clock = new Date(heardAt).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const words = heardAt ? [say(isLate ? "as-of" : "live", { time: clock })] : [];
  if (waiting) words.push(say("waiting", { n: waiting }));
  at("status").dataset.fresh = isLate ? "no" : "yes";
  if (at("status").textContent !== words.join(" · ")) at("status").textContent = words.join(" · ");
}

/** Show what must not be missed, whatever somebody looks at. */
function showAlert() {
  const { agenda, times, now } = scene();
  const urgent = inForce(agenda, now).find(({ severity }) => severity === "urgent");
  at("alert").hidden = !urgent && !trouble;
  if (trouble) at("alert").textContent = say(trouble);
  else if (urgent && at("alert").dataset.id !== String(urgent.id)) {
    at("alert").dataset.id = urgent.id;
    put(at("alert"), announcementCard({ times, say }, urgent));
  }
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
    put(at("agenda-list"), agendaList(scene, { day, query, marks: marksOf(phone.schedule(), phone.items()), open: openSession, star }));
  },
  mine(scene) {
    put(at("view-mine"), planList(scene, { plan: planOf(scene.agenda, phone.schedule(), phone.items()), open: openSession }));
  },
  badge() {
    const [me, svg] = [phone.me(), phone.badge()];
    const name = me && `${me.given_name} ${me.surname}`.trim();
    if (at("view-badge").dataset.shown === `${svg?.length} ${name} ${trouble}`) return;
    at("view-badge").dataset.shown = `${svg?.length} ${name} ${trouble}`;
    if (!recall("token")) return put(at("view-badge"), h("p", { class: "empty" }, say("badge-none")));
    if (!svg) return put(at("view-badge"), h("p", { class: "empty" }, say("badge-wait")));
    const src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    const alt = say("badge-of", { name, code: me.short_code });
    put(at("view-badge"), h("img", { src, alt }), h("p", {}, say("badge-how")));
  },
  news(scene) {
    const planned = new Set(planOf(scene.agenda, phone.schedule(), []).map(({ session }) => session?.id));
    put(at("view-news"), newsList(scene, { news: phone.news(), planned, open: openSession, clear: () => phone.forgetNews().then(refresh) }));
  },
  place(scene) {
    const owner = recall("token");
    put(at("view-place"), placeList(scene, { files: phone.files(), install, forget: forgetOwner, switchLanguage, owner }));
  },
};

function choose(one) {
  day = one;
  at("query").value = "";
  refresh();
  scrollTo(0, 0);
}

/** Open a session; "back" closes it. */
function openSession(id) {
  shown = id;
  showSession();
  at("session").showModal();
  at("session-title")?.focus();
}

function showSession() {
  const { agenda } = scene();
  const session = agenda.sessions.get(shown);
  if (!session) return at("session").close();
  // Somebody may be writing.
  if (at("session").open && document.activeElement?.closest(".opinion")) return;
  const [schedule, items] = [phone.schedule(), phone.items()];
  const said = items.findLast(({ kind, payload }) => kind === "feedback" && payload.session === shown)?.payload;
  put(at("detail"), sessionDetail(scene(), session, {
    isMarked: marksOf(schedule, items).has(shown),
    booking: bookingsOf(schedule, items).get(shown) ?? null,
    ended: schedule?.ended?.find(({ session_id: one }) => one === shown) ?? null,
    offer: schedule?.bookable?.find(({ session_id: one }) => one === shown) ?? null,
    said: said ?? null,
    star,
    book: (session, on, answers) => act("booking", { session, on, ...(answers && { answers }) }),
    feedback: recall("token") ? (session, words) => act("feedback", { session, ...words }) : null,
  }));
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
  if (document.activeElement?.closest(".opinion")) document.activeElement.blur();
  refresh();
  tempo.hurry();
}

let isSure = false;

async function forgetOwner({ target }) {
  if (!isSure) {
    isSure = true;
    target.textContent = say("forget-sure");
    return;
  }
  forget("token");
  await phone.forget();
  refresh();
}

/** Keep the screen on and the page white while a badge is shown. */
async function stayBright(on) {
  if (on && !light && !document.hidden) light = await navigator.wakeLock?.request("screen").catch(() => null);
  if (!on && light) light = void light.release();
}

/** Fetch pictures and maps ahead; the service worker keeps them. */
async function fetchFiles() {
  for (const { address } of phone.files()) await fetch(address).catch(() => {});
}

function onProblem({ code }) {
  if (code !== "unauthorized" || !recall("token")) return;
  forget("token");
  trouble = "link-ended";
  phone.forget().then(refresh);
}

async function start() {
  fill(say);
  for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", say(one.dataset.label));
  at("query").placeholder = say("search");
  navigator.serviceWorker?.register("web/app/worker.js", { scope: "app", type: "module" }).catch(() => {});
  navigator.storage?.persist?.().catch(() => {});
  const options = { ask, clock: Date.now, mono: () => performance.now(), boot: BOOT, device: deviceId, token: () => recall("token") };
  phone = await openPhone({ store: await open(NAME), ...options });
  tempo = pace(phone, { onChange: refresh, onProblem, onNew: fetchFiles });
  at("query").oninput = refresh;
  at("close").onclick = () => at("session").close();
  at("session").onclose = () => (shown = null);
  addEventListener("hashchange", () => (refresh(), scrollTo(0, 0)));
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    install = () => event.prompt();
  });
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  refresh();
  toNow();
  setInterval(refresh, 30_000);
}

/** Lead to what is on now. */
function toNow() {
  if (!phone.agenda() || tab() !== "agenda") return;
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
