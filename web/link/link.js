/**
 * The personal page: a tap makes this phone the one that shows somebody's badge.
 *
 * Nothing is done before the tap, because what scans mail opens links first. The secret stands
 * behind # in the address, which no server is sent, and leaves it once it has been used.
 */

import { ask, Problem } from "../shared/api.js";
import { deviceId, forget, keep, recall } from "../shared/kept.js";
import { fill, speaker } from "../shared/words.js";
import { TROUBLES, WORDS } from "./words.js";

const say = speaker(WORDS);
const at = (id) => document.getElementById(id);

/** Show one part of the page and lead the reader to its heading. */
function show(id) {
  for (const section of document.querySelectorAll("main > section")) {
    section.hidden = section.id !== id;
  }
  at(id).querySelector("h1").focus();
}

function secret() {
  return decodeURIComponent(location.hash.slice(1));
}

/** Offer to use this phone; a wide screen shows the way to a phone, too. */
async function invite() {
  at("replaces").hidden = recall("token") === null;
  at("use").disabled = false;
  show("invite");
  if (!matchMedia("(min-width: 40rem)").matches) return;
  const answer = await ask("v1/enrol/qr", { body: { code: secret() } }).catch(() => null);
  if (!answer) return; // the button says what is wrong, if anything is
  at("qr").alt = say("qr");
  at("qr").src = URL.createObjectURL(await answer.blob());
  at("laptop").hidden = false;
}

/** Make this phone the one; asking again after a lost answer is harmless. */
async function use() {
  at("use").disabled = true;
  const body = { code: secret(), device: deviceId() };
  const { token, role } = await (await ask("v1/enrol", { body })).json();
  if (role !== "attendee") throw new Problem("forbidden", "");
  keep("token", token);
  history.replaceState(null, "", location.pathname);
  await badge();
}

/** Greet the attendee and show the badge. */
async function badge() {
  const token = recall("token");
  const me = await (await ask("v1/me", { token })).json();
  at("hello").textContent = say("hello", { name: me.given_name || me.surname });
  const comes = me.status === "registered";
  at("standing").hidden = comes;
  at("picture").hidden = !comes;
  if (comes) {
    const picture = await (await ask("v1/me/badge.svg", { token })).blob();
    at("picture").alt = say("badge", { code: me.short_code });
    at("picture").src = URL.createObjectURL(picture);
  } else {
    at("standing").textContent = say("cancelled");
  }
  show("badge");
}

/** Do something, and say what to do next when it fails. */
async function attempt(action) {
  try {
    await action();
  } catch (problem) {
    const trouble = TROUBLES[problem.code] ?? "broken";
    if (problem.code === "unauthorized") forget("token");
    at("what").textContent = say(`${trouble}-what`);
    at("next").textContent = say(`${trouble}-next`);
    at("again").hidden = !["offline", "busy", "broken"].includes(trouble);
    at("again").onclick = () => attempt(action);
    show("trouble");
  }
}

function start() {
  if (location.hash.length > 1) attempt(invite);
  else if (recall("token")) attempt(badge);
  else {
    at("what").textContent = say("none-what");
    at("next").textContent = say("none-next");
    at("again").hidden = true;
    show("trouble");
  }
}

/** Name the event; without a network the page does without. */
async function occasion() {
  const { event } = await (await ask("v1/event")).json();
  at("event").textContent = event.title;
}

fill(say);
occasion().catch(() => {});
document.title = say("title");
at("use").onclick = () => attempt(use);
addEventListener("hashchange", start);
start();
