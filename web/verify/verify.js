/**
 * Whether a certificate of attendance is genuine. Its code stands behind # in the address, which no
 * server is sent: the name on it is read here alone.
 */

import { ask } from "../shared/api.js";
import { canVerify } from "../shared/ed25519.js";
import { fill, inLanguage, language, speaker } from "../shared/words.js";
import { check } from "./certificate.js";
import { WORDS } from "./words.js";

const say = speaker(WORDS);
const at = (id) => document.getElementById(id);
const locale = language === "en" ? "en-GB" : language;

let turn = 0;

/** Say what a code is. */
async function judge(code) {
  const mine = (turn += 1);
  at("verdict").hidden = true; // what was said of another code is not said of this one
  const said = await verdictOn(code);
  if (mine === turn) tell(...said);
}

async function verdictOn(code) {
  if (!await canVerify()) return ["cannot", "unsure"];
  let known;
  try {
    known = await (await ask("v1/certificates/keys")).json();
  } catch {
    return ["offline", "unsure"];
  }
  try {
    const { certificate, reason } = await check(code, known);
    return reason ? [reason, ""] : ["genuine", "genuine", certificate];
  } catch {
    return ["cannot", "unsure"]; // older browsers cannot unpack it
  }
}

function tell(what, look, certificate) {
  at("verdict").className = look;
  at("what").textContent = say(`${what}-what`);
  at("next").textContent = say(`${what}-next`);
  at("facts").replaceChildren(...(certificate ? facts(certificate) : []));
  const rows = certificate ? sessions(certificate) : [];
  at("sessions").hidden = rows.length === 0;
  at("sessions").tBodies[0].replaceChildren(...rows);
  at("compare").hidden = !certificate;
  at("verdict").hidden = false;
  at("what").focus();
}

/** Return what it says as terms and what they are. */
function facts(certificate) {
  const said = {
    name: certificate.name,
    event: inLanguage(certificate.event),
    where: [certificate.place, ...new Set(certificate.dates.map(day))].filter(Boolean).join(" · "),
    days: certificate.days.map(day).join(", "),
    organiser: inLanguage(certificate.organiser),
    issued: day(certificate.issued),
  };
  return Object.entries(said).filter(([, value]) => value).flatMap(([term, value]) => [
    element("dt", say(term)),
    element("dd", value),
  ]);
}

/** Return the rows of the sessions, under how many there are and how long. */
function sessions({ sessions, more, minutes }) {
  const total = { count: sessions.length + more, length: length(minutes) };
  at("sessions").caption.textContent = say("sessions", total);
  const rows = sessions.map(([start, minutes, title]) => [moment(start), title, length(minutes)]);
  if (more) rows.push(["", say("more", { count: more }), ""]);
  return rows.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text) => element("td", text)));
    return row;
  });
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function day(text) {
  return new Date(`${text}T12:00Z`).toLocaleDateString(locale, { dateStyle: "long", timeZone: "UTC" });
}

/** Return when a session began, as the venue's clock showed it. */
function moment(text) {
  const options = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  return new Date(`${text}Z`).toLocaleString(locale, { ...options, timeZone: "UTC" });
}

function length(minutes) {
  const hours = Math.floor(minutes / 60);
  return [hours && `${hours} h`, (minutes % 60 || !hours) && `${minutes % 60} min`]
    .filter(Boolean).join(" ");
}

/** Return the code in what was pasted: the code itself, or its whole link. */
function codeIn(text) {
  return text.trim().split("#").at(-1).replace(/\s/g, "").toUpperCase();
}

function start() {
  if (location.hash.length > 1) judge(codeIn(location.hash));
}

/** Name the event; without a network the page does without. */
async function occasion() {
  const { event } = await (await ask("v1/event")).json();
  at("event").textContent = event.title;
}

fill(say);
occasion().catch(() => {});
document.title = say("title");
at("ask").hidden = false;
at("ask").onsubmit = (event) => {
  event.preventDefault();
  judge(codeIn(at("code").value));
};
addEventListener("hashchange", start);
start();
