/** What the scanner shows: a verdict, how things stand, and what to say of both. */

import { inLanguage, language, speaker } from "../shared/words.js";
import { WORDS } from "./words.js";

export const say = speaker(WORDS);
export const at = (id) => document.getElementById(id);

/** Seconds after which the network counts as gone; sooner when something waits. */
const [LATE, WAITED] = [15, 4];

let sentences = {};

/** Load the verdicts' sentences, the same that the API answers with. */
export async function loadSentences() {
  sentences = await (await fetch("web/shared/sentences.json")).json();
}

/** Put words into every element that names some. */
export function fillWords() {
  document.documentElement.lang = language;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-say]")) {
    element.textContent = say(element.dataset.say);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
}

/** Show one screen. */
export function showScreen(id) {
  for (const screen of document.querySelectorAll("main")) screen.hidden = screen.id !== id;
  at(id).querySelector("h1[tabindex]")?.focus();
}

/** Return how a verdict looks: idle, admitted, repeat, ask or refused. */
export function lookOf({ outcome, reason }) {
  return outcome === "admitted" && reason === "repeat" ? "repeat" : outcome;
}

/** Show a verdict: what it is, whose badge, what to do. */
export function showVerdict({ look, word, sentence, person = null, kind = "", choices = false, bind = false, override = false }) {
  const panel = at("verdict");
  panel.classList.remove("new");
  void panel.offsetWidth; // so that the next one is seen to be new
  panel.classList.add("new");
  panel.dataset.look = look;
  // That nothing happens is no news to who listens.
  at("said").setAttribute("aria-live", look === "idle" ? "off" : "assertive");
  at("word").textContent = word;
  at("sentence").textContent = sentence;
  show("name", person ? `${person.given_name} ${person.surname}`.trim() : "");
  show("kind", [kind, person?.organisation].filter(Boolean).join(" · "));
  show("note", person?.note ?? "");
  at("choices").hidden = !choices;
  // The camera waits for the answer, and what is asked gets its room.
  at("door").classList.toggle("asking", choices);
  at("bind").hidden = !bind;
  for (const id of ["yes", "no"]) at(id).hidden = bind && id === "yes";
  at("override").hidden = !override;
  // Rather smaller than a sentence that nobody sees.
  const said = at("said");
  panel.classList.add("large");
  if (said.scrollHeight > said.clientHeight + 1) panel.classList.remove("large");
  said.scrollTop = 0;
}

/** Show that the next badge may come. */
export function showIdle() {
  showVerdict({ look: "idle", word: say("word-idle"), sentence: say("say-idle") });
}

/** Return a verdict's word and sentence. */
export function textOf({ outcome, reason }, leaving) {
  if (leaving && outcome === "admitted") return { word: say("word-left"), sentence: inLanguage(sentences.left ?? {}) };
  const words = { repeat: "word-repeat", "admitted reentry": "word-reentry" };
  const both = `${outcome} ${reason}`;
  return {
    word: say(words[reason] ?? words[both] ?? `word-${outcome}`),
    sentence: inLanguage(sentences[both] ?? sentences[reason || outcome] ?? {}),
  };
}

/** Return seconds as a text: 40 s, 4 min. */
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes ? say("minutes", { n: minutes }) : say("seconds", { n: Math.max(0, Math.round(seconds)) });
}

/** Show how fresh all is and what waits; `notice` is what to be told besides. */
export function showStatus({ heard, heardAt, doubted, waiting }, now, notice) {
  const late = (now - heardAt) / 1000;
  const fresh = heard && late < (waiting ? WAITED : LATE);
  const since = heardAt && !doubted ? span(late) : "";
  const said = fresh ? say("live") : say("offline", { for: since }).trim();
  const text = waiting ? `${said}\n${say("queue", { waiting })}` : said;
  if (at("status").textContent !== text) at("status").textContent = text;
  at("status").dataset.fresh = fresh ? "yes" : "no";
  if (at("notice").textContent !== notice) at("notice").textContent = notice;
  at("notice").hidden = !notice;
}

/** Show names and values as a list of facts. */
export function showFacts(facts) {
  const parts = facts.flatMap(([name, value]) => [element("dt", say(name)), element("dd", value)]);
  at("facts").replaceChildren(...parts);
}

/** Add a line of the self-test. */
export function showCheck(name, state, word, values) {
  const item = element("li", "");
  item.dataset.state = state;
  const mark = element("span", { good: "✓", bad: "✗", unsure: "?" }[state]);
  mark.className = "mark";
  item.append(mark, `${say(`test-${name}`)}: ${say(word, values)}`);
  at("checks").append(item);
}

/** Fill a list of buttons: texts, what is small under them, and what a tap does. */
export function showChoices(list, choices) {
  list.replaceChildren(...choices.map(({ text, small, current, act }) => {
    const button = element("button", text);
    button.type = "button";
    button.className = current ? "" : "outline";
    if (current) button.setAttribute("aria-current", "true");
    if (small) button.append(element("small", small));
    button.onclick = act;
    const item = element("li", "");
    item.append(button);
    return item;
  }));
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function show(id, text) {
  at(id).textContent = text;
  at(id).hidden = !text;
}
