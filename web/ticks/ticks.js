/**
 * Ticks from paper lists: short codes are typed, kept here, and sent when there is a network.
 *
 * Sending one again changes nothing, so that whatever may be lost is sent once more.
 */

import { ask, Problem } from "../shared/api.js";
import { readShort, shortCode } from "../shared/code.js";
import { deviceId, forget, keep, recall } from "../shared/kept.js";
import { fill, inLanguage, language, speaker } from "../shared/words.js";
import { TROUBLES, WORDS } from "./words.js";

const AGAIN = 10_000; // milliseconds until what could not be sent is tried once more
const SHOWN = 100;

const say = speaker(WORDS);
const at = (id) => document.getElementById(id);
const sums = { fresh: 0, known: 0 };
let waiting = JSON.parse(recall("ticks-waiting") ?? "[]");
let sending = false;

/** Show one part of the page and lead the reader into its field. */
function show(id, field) {
  for (const section of document.querySelectorAll("main > section")) {
    section.hidden = section.id !== id;
  }
  at(field).focus();
}

function troubleOf(problem) {
  return say(TROUBLES[problem.code] ?? "broken");
}

/** Ask for a code, and say why if there is a reason. */
function invite(reason = "") {
  at("refused").textContent = reason;
  at("refused").hidden = !reason;
  show("enrol", "secret");
}

async function enrol(event) {
  event.preventDefault();
  const body = { code: at("secret").value.trim(), device: deviceId("ticks-device") };
  try {
    const { token, role } = await (await ask("v1/enrol", { body })).json();
    if (role !== "helpdesk" && role !== "organiser") throw new Problem("forbidden", "");
    keep("ticks-token", token);
    history.replaceState(null, "", location.pathname);
    at("secret").value = "";
    await start();
  } catch (problem) {
    invite(troubleOf(problem));
  }
}

/** Offer the gates and the days that have begun; the last one is today. */
async function start() {
  const token = recall("ticks-token");
  const { gates } = await (await ask("v1/gates", { token })).json();
  const { event } = await (await ask("v1/event")).json();
  const { server_time: now } = await (await ask("v1/bootstrap")).json();
  const real = gates.filter((gate) => gate.policy !== "practice");
  const begun = event.days.filter((day) => Date.parse(day.starts_at) <= Date.parse(now));
  at("gate").replaceChildren(...real.map((gate) => new Option(inLanguage(gate.name), gate.slug)));
  at("day").replaceChildren(...begun.map((day) => new Option(dayName(day.date), day.date)));
  at("day").selectedIndex = begun.length - 1;
  at("said").textContent = real.length ? "" : say("no-gates");
  show("type", "code");
  tell();
  await send();
}

function dayName(date) {
  const words = { weekday: "short", day: "numeric", month: "long", timeZone: "UTC" };
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, words).format(new Date(`${date}T12:00:00Z`));
}

/** Take what was typed, if it can be a code, and get ready for the next. */
async function add(event) {
  event.preventDefault();
  const typed = at("code").value.trim();
  if (!typed || !at("gate").value || !at("day").value) return;
  const holder = readShort(typed);
  if (holder === null) {
    at("said").textContent = say("wrong", { code: typed.toUpperCase() });
    at("code").select();
    return;
  }
  const tick = { gate: at("gate").value, day: at("day").value, code: shortCode(holder) };
  const isTwice = waiting.some((one) => JSON.stringify(one) === JSON.stringify(tick));
  at("said").textContent = say(isTwice ? "twice" : "added", tick);
  at("code").value = "";
  if (isTwice) return;
  remember([...waiting, tick]);
  const row = document.createElement("li");
  row.append(Object.assign(document.createElement("code"), { textContent: tick.code }));
  at("done").prepend(row);
  at("done").children[SHOWN]?.remove();
  await send();
}

function remember(ticks) {
  waiting = ticks;
  keep("ticks-waiting", JSON.stringify(waiting));
  tell();
}

function tell() {
  at("sums").textContent = say("sums", { ...sums, waiting: waiting.length });
}

/** Send what waits, a list and day at a time; what is not answered stays. */
async function send() {
  if (sending) return;
  sending = true;
  try {
    while (waiting.length) await sendSome();
  } catch (problem) {
    if (problem.code === "unauthorized" || problem.code === "locked-out") {
      forget("ticks-token");
      invite(say("locked"));
    } else {
      at("said").textContent = troubleOf(problem);
      setTimeout(send, AGAIN);
    }
  } finally {
    sending = false;
  }
}

async function sendSome() {
  const { gate, day } = waiting[0];
  const some = waiting.filter((one) => one.gate === gate && one.day === day).slice(0, 500);
  const body = { codes: some.map((one) => one.code), day };
  const token = recall("ticks-token");
  const answer = await ask(`v1/gates/${encodeURIComponent(gate)}/ticks`, { token, body });
  const { new: fresh, known, wrong } = await answer.json();
  sums.fresh += fresh;
  sums.known += known;
  remember(waiting.filter((one) => !some.includes(one)));
  if (wrong.length) at("said").textContent = say("nobody", { code: wrong.join(", ") });
}

fill(say);
document.title = say("title");
at("enrol").querySelector("form").onsubmit = enrol;
at("type").querySelector("form").onsubmit = add;
addEventListener("online", send);
if (location.hash.length > 1) {
  at("secret").value = decodeURIComponent(location.hash.slice(1));
  invite();
} else if (recall("ticks-token")) {
  start().catch((problem) => invite(troubleOf(problem)));
} else {
  invite();
}
