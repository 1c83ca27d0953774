/** One verdict after the other, and what a volunteer may still do about the last one. */

import { ask } from "../shared/api.js";
import { BLANK } from "../shared/decide.js";
import { UNDO_WITHIN } from "../shared/history.js";
import { uuid7 } from "../shared/outbox.js";
import { inLanguage } from "../shared/words.js";
import * as sound from "./sound.js";
import { at, lookOf, say, showIdle, showVerdict, textOf } from "./view.js";

/** Milliseconds for which a green is seen. */
const LINGER = 8_000;
const GREEN = new Set(["admitted", "repeat"]);

/**
 * Return what scans, answers and undoes.
 *
 * `gate` gives the gate, `isLeaving` the direction; `sight` is told when to look again.
 */
export function startVerdicts({ scanner, gate, tempo, sight, isLeaving }) {
  let last = null; // the last scan: {id, at, verdict, person, …}
  let waiting = false; // for the answer to a question
  let fading = 0;

  /** Show and sound a verdict; a green is gone before the next one could take it for theirs. */
  function present(shown) {
    clearTimeout(fading);
    showVerdict(shown);
    sound.play(shown.look);
    if (GREEN.has(shown.look)) fading = setTimeout(idle, LINGER);
  }

  /** Decide on a text; `found` is who it is about where that is known without a badge. */
  async function scan(text, via, found = null) {
    if (waiting || !text) return;
    if (scanner.isOver()) return tell("refused", "shift-over");
    if (!gate()) return tell("refused", "not-ready");
    let made;
    try {
      made = await scanner.scan(text, gate(), { via, leaving: isLeaving() });
    } catch {
      return tell("refused", "not-stored");
    }
    made.person ??= found;
    const { verdict, badge, person, leaving } = made;
    const isAgain = verdict.reason === "repeat" && last?.undoable && last.verdict.holder === verdict.holder;
    // Who undoes a repeat means the person, and so the scan before.
    if (isAgain) last = { ...made, id: last.id, at: last.at, gate: last.gate, undoable: true };
    else last = { ...made, gate: gate(), undoable: lookOf(verdict) === "admitted" };
    waiting = verdict.outcome === "ask";
    const isBlank = verdict.reason === "question" && Boolean(badge?.standing & BLANK);
    present({
      look: lookOf(verdict),
      ...textOf(verdict, leaving),
      person,
      kind: kindOf(verdict),
      choices: waiting,
      bind: waiting && isBlank && scanner.settings.role !== "gate",
      override: verdict.outcome === "refused" && verdict.holder !== null && scanner.settings.role !== "gate",
    });
    sight.hint();
    if (!person && verdict.holder !== null) tempo.missName();
    refreshUndo();
    tempo.hurry();
  }

  function kindOf({ category }) {
    const known = scanner.known()?.categories.get(category);
    return known ? inLanguage(known.name) : "";
  }

  async function answer(outcome) {
    if (!waiting) return;
    waiting = false; // the next badge may come while this is stored: both are taken in turn
    try {
      await scanner.answer(last.id, outcome);
    } catch (problem) {
      waiting = true;
      throw problem;
    }
    last = { ...last, undoable: outcome === "admitted" };
    sight.hint();
    const look = outcome === "admitted" ? "admitted" : "refused";
    const sentence = outcome === "admitted" ? textOf({ outcome, reason: "" }).sentence : say("say-no");
    const word = say(outcome === "admitted" ? "word-admitted" : "word-no");
    present({ look, word, sentence, person: last.person, kind: kindOf(last.verdict) });
    refreshUndo();
    tempo.hurry();
  }

  async function register(person) {
    await scanner.register(last.verdict.holder, person);
    last = { ...last, person: { note: "", ...person } };
    await answer("admitted");
  }

  async function undo() {
    if (!canUndo()) return;
    await scanner.undo(last.id);
    last.undoable = false;
    present({ look: "idle", word: say("word-undone"), sentence: say("say-undone"), person: last.person });
    refreshUndo();
    tempo.hurry();
  }

  /** Let somebody in whom the rule would not; the server writes down why. */
  async function override(note) {
    const id = (last.override ??= uuid7(Date.now())); // the same when an answer got lost
    const body = { id, holder: last.verdict.holder, override: note, t: Date.now() };
    const answer = await ask(`v1/gates/${last.gate.slug}/scans`, { token: scanner.settings.token, body });
    const verdict = await answer.json();
    last = { ...last, id, at: scanner.now(), undoable: lookOf(verdict) === "admitted" };
    present({ look: lookOf(verdict), ...textOf(verdict), person: last.person, kind: kindOf(last.verdict) });
    refreshUndo();
    tempo.hurry();
  }

  at("reason-form").onsubmit = async (event) => {
    event.preventDefault();
    const trouble = event.target.querySelector(".warning");
    trouble.hidden = true;
    try {
      await override(at("reason").value.trim());
      at("reason-dialog").close();
    } catch (problem) {
      // Who answers what makes no sense is somebody's Wi-Fi.
      trouble.textContent = (problem.code && problem.message) || say("needs-network");
      trouble.hidden = false;
    }
  };

  /** Tell what is no verdict on a badge. */
  function tell(look, word, values) {
    const title = say(look === "refused" ? "word-refused" : "word-noted");
    present({ look, word: title, sentence: say(word, values) });
  }

  function left() {
    return last?.undoable ? Math.min(last.at + UNDO_WITHIN - scanner.now(), UNDO_WITHIN) : 0;
  }

  function canUndo() {
    return left() > 0;
  }

  function refreshUndo() {
    const seconds = Math.ceil(left() / 1000);
    at("undo").disabled = !canUndo();
    const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    at("undo").textContent = canUndo() ? say("undo-left", { left: text }) : say("undo");
  }

  function idle() {
    clearTimeout(fading);
    waiting = false;
    sight.hint();
    showIdle();
  }

  return { scan, tell, answer, register, undo, idle, refreshUndo, isWaiting: () => waiting };
}
