/** The door's page: from a code to a scanner, and then one badge after the other. */

import { ask } from "../shared/api.js";
import { keep, recall } from "../shared/kept.js";
import { openScanner } from "../shared/scanner.js";
import { isShift } from "../shared/shift.js";
import { open } from "../shared/store.js";
import { inLanguage, switchLanguage } from "../shared/words.js";
import { check } from "./check.js";
import { times } from "./counter.js";
import { enrol } from "./enrol.js";
import { onHeld } from "../shared/hold.js";
import { pace } from "./pace.js";
import * as sound from "./sound.js";
import { startSight } from "./sight.js";
import { startSearch } from "./search.js";
import { startVerdicts } from "./verdicts.js";
import { startTold } from "./told.js";
import { startTyping } from "./typing.js";
import {
  at, fillWords, loadSentences, say, showCheck, showChoices, showFacts, showScreen, showStatus,
} from "./view.js";
import { listen } from "./wedge.js";
import { TROUBLES } from "./words.js";

const NAME = `eventday-door:${new URL(".", location.href).pathname}`;
const LINK = `${location.origin}${location.pathname}#`;

let scanner = null;
let verdicts = null;
let tempo = null;
let told = null;
let gateId = null;

const sight = startSight({ onText, isPaused, isWaiting: () => Boolean(verdicts?.isWaiting()) });
const gate = () => scanner.known()?.gates.get(gateId) ?? null;

/** Open what this phone holds; return whether it is a scanner. */
async function begin() {
  tempo?.stop(); // an answer to the device before must not end this one
  scanner = await openScanner({ store: await open(NAME), ask, times, battery });
  if (!scanner) return false;
  tempo = pace(scanner, { onChange: refresh, onRefused: () => leave("withdrawn") });
  verdicts = startVerdicts({ scanner, gate, tempo, sight, isLeaving: () => isLeaving() });
  told = startTold({ scanner, gate });
  at("search").hidden = scanner.settings.role === "gate";
  return true;
}

async function battery() {
  const found = await navigator.getBattery?.().catch(() => null);
  return found ? Math.round(found.level * 100) : null;
}

async function selfTest() {
  showScreen("check");
  sound.wake();
  at("checks").replaceChildren();
  await check(scanner, showCheck);
}

/** Show the door and let the camera look. */
async function work() {
  showScreen("door");
  refresh();
  verdicts.idle();
  stayAwake();
  await sight.look();
}

function isPaused() {
  // Nobody is let in unseen behind what lies over the verdict.
  const isCovered = document.querySelector("dialog[open]") !== null;
  return at("door").hidden || isCovered || verdicts.isWaiting() || !gate();
}

/** Keep the screen on; a browser forgets that whenever the page was out of sight. */
function stayAwake() {
  if (!document.hidden && !at("door").hidden) navigator.wakeLock?.request("screen").catch(() => {});
}

function onText(text, via = "camera") {
  sound.wake();
  const plain = text.trim();
  if (isShift(plain)) stored(extend(plain));
  else if (plain.startsWith(LINK)) offer(plain.slice(LINK.length));
  else verdicts.scan(plain, via);
}

/** Decide on somebody found by name, of whom the server has said who they are. */
function onFound(person) {
  closeDialogs();
  sound.wake();
  verdicts.scan(person.short_code, "name", person);
}

/** Read what somebody meant to scan: it puts away what lies over the verdict, but nobody still to be decided on. */
function fromWedge(text) {
  if (!verdicts.isWaiting() && !at("reason-dialog").open) {
    closeDialogs();
    return onText(text, "wedge");
  }
  const warning = document.querySelector("dialog[open] .warning");
  if (warning) [warning.textContent, warning.hidden] = [say("finish-first"), false];
}

async function extend(text) {
  const goesOn = await scanner.extend(text);
  verdicts.tell(goesOn ? "idle" : "refused", goesOn ? "shift-longer" : "shift-wrong", {
    time: told.clock(scanner.settings.shift ?? scanner.now()),
  });
  refresh();
}

/** Show the gate and how things stand; once a second, and whenever something changed. */
function refresh() {
  if (!scanner) return;
  if (scanner.known() && scanner.hasLapsed()) stored(endShift());
  const gates = gatesHere();
  if (!gate() && gates.length) gateId = Number(recall("gate")) || gates[0].id;
  if (!gate() && gates.length) gateId = gates[0].id;
  at("gate").textContent = gate() ? inLanguage(gate().name) : say("which-gate");
  const both = gate()?.policy === "in_and_out";
  at("way").hidden = !both;
  if (!both) at("way").setAttribute("aria-pressed", "false");
  at("way").textContent = say(isLeaving() ? "leaving" : "entering");
  showStatus(scanner.status(), scanner.now(), told.notice());
  at("back").hidden = !scanner.known();
  verdicts.refreshUndo();
}

function gatesHere() {
  const { gates, role } = scanner.settings;
  const all = [...(scanner.known()?.gates.values() ?? [])].sort((a, b) => a.position - b.position || a.id - b.id);
  return role === "gate" && gates.length ? all.filter(({ slug }) => gates.includes(slug)) : all;
}

function choose(id) {
  gateId = id;
  keep("gate", String(id));
  closeDialogs();
  verdicts.idle();
  refresh();
}

function isLeaving() {
  return at("way").getAttribute("aria-pressed") === "true";
}

/** Forget the door; what waits is still sent. */
async function endShift() {
  await scanner.forget();
  leave("shift-over");
}

/** Stop scanning and say why; who is typing a new code is not disturbed. */
function leave(why) {
  if (!at("enrol").hidden) return;
  sight.stop();
  closeDialogs();
  offer("");
  at("enrol-trouble").textContent = say(why);
  at("enrol-trouble").hidden = false;
}

/** Let the line under the header tell what could not be stored; nothing was done then. */
async function stored(action) {
  try {
    await action;
  } catch (problem) {
    if (!scanner?.status().full) throw problem;
    refresh();
  }
}

function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

const DO = {
  language: switchLanguage,
  close: closeDialogs,
  back: work,
  recheck: () => (closeDialogs(), selfTest()),
  gates() {
    const choices = gatesHere().map(({ id, name }) => ({
      text: inLanguage(name), current: id === gateId, act: () => choose(id),
    }));
    showChoices(at("gates"), choices);
    at("gates-dialog").showModal();
  },
  menu() {
    const practice = gatesHere().find(({ policy }) => policy === "practice");
    const button = document.querySelector('[data-do="practise"]');
    button.disabled = !practice;
    button.textContent = say(practice ? "practise" : "practise-none");
    at("sound").textContent = say(sound.isOn() ? "sound-on" : "sound-off");
    at("cleared").textContent = "";
    at("menu-dialog").showModal();
  },
  practise: () => choose(gatesHere().find(({ policy }) => policy === "practice").id),
  sound() {
    sound.turn(!sound.isOn());
    at("sound").textContent = say(sound.isOn() ? "sound-on" : "sound-off");
  },
  status() {
    showFacts(told.facts());
    at("status-dialog").showModal();
  },
  type: startTyping({ close: closeDialogs, onText }),
  way() {
    at("way").setAttribute("aria-pressed", String(!isLeaving()));
    refresh();
  },
  torch: () => sight.light(),
  undo: () => verdicts.undo(),
  yes: () => verdicts.answer("admitted"),
  no: () => verdicts.answer("refused"),
  register: () => at("register-dialog").showModal(),
  override: () => (at("reason").value = "", at("reason-dialog").showModal()),
  search: () => at("search-dialog").showModal(),
};

function wire() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-do]");
    if (!button) return;
    sound.wake();
    stored(DO[button.dataset.do]());
  });
  at("begin").onclick = work;
  at("enrol-form").onsubmit = async (event) => {
    event.preventDefault();
    sound.wake();
    at("enrol-trouble").hidden = true;
    try {
      await enrol(at("code").value, { name: NAME, times });
      await begin();
      await selfTest();
    } catch (problem) {
      at("enrol-trouble").textContent = say(`trouble-${TROUBLES[problem.code] ?? "broken"}`);
      at("enrol-trouble").hidden = false;
    }
  };
  at("register-form").onsubmit = async (event) => {
    event.preventDefault();
    closeDialogs();
    const person = {};
    for (const name of ["given_name", "surname", "organisation"]) person[name] = at(name).value.trim();
    event.target.reset();
    await stored(verdicts.register(person));
  };
  for (const [id, all] of [["clear", false], ["clear-all", true]]) {
    onHeld(at(id), async () => {
      at("cleared").textContent = "";
      await stored(scanner.clear(all ? null : gate()?.slug));
      tempo.hurry();
      at("cleared").textContent = say(scanner.status().full ? "not-stored" : "cleared");
      refresh();
    });
  }
  listen(fromWedge, { isOn: () => !at("door").hidden });
  for (const warning of document.querySelectorAll("dialog .warning")) {
    warning.closest("dialog").onclose = () => (warning.hidden = true);
  }
  startSearch({ token: () => scanner.settings.token, onFound });
  document.addEventListener("visibilitychange", stayAwake);
  addEventListener("hashchange", () => location.hash.length > 1 && offer(location.hash.slice(1)));
  setInterval(refresh, 1_000);
}

/** Begin where this phone stands: with a code in the address, as a scanner, or as neither. */
async function start() {
  fillWords();
  navigator.serviceWorker?.register("web/door/worker.js", { scope: "door", type: "module" }).catch(() => {});
  wire();
  await loadSentences().catch(() => {});
  const isScanner = globalThis.indexedDB && (await begin().catch(() => false));
  const code = location.hash.slice(1);
  const { shift } = scanner?.settings ?? {};
  const isOver = isScanner && !scanner.known() && shift && scanner.now() >= shift;
  if (code || !isScanner || isOver) offer(code);
  else await work();
}

/** Offer to become a scanner, by a code that may have come with the address. */
function offer(code) {
  at("code").value = code;
  at("back").hidden = !scanner?.known();
  showScreen("enrol");
}

// Two tabs would both count their items from one.
const lock = navigator.locks?.request(NAME, { ifAvailable: true }, async (held) => {
  if (held) await start();
  else {
    fillWords();
    showScreen("enrol");
    at("enrol-form").replaceChildren(say("other-tab"));
  }
  if (held) await new Promise(() => {});
});
if (!lock) start();
