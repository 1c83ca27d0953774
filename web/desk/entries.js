/** Taking back an entry that was a mistake: whose it was, which one, and why. */

import { admissionsOf } from "../shared/history.js";
import { uuid7 } from "../shared/outbox.js";
import { h, put } from "../shared/show.js";
import { inLanguage } from "../shared/words.js";
import { read, send } from "./server.js";

/** Gates where it is no matter that the phone that scanned holds on to what it did. */
const OPEN = new Set(["first_entry", "count", "practice"]);

/** Return what opens a sheet that leads there, a step at a time. */
export function entries({ sheet, opened, act, say, moment, done }) {
  const choice = (text, where, click) => h("button", { type: "button", class: "outline", click }, text, h("span", { class: "where" }, where));

  function find() {
    const wanted = h("input", { id: "wanted", type: "search", autocomplete: "off", required: true });
    const found = h("div", { class: "choices", "aria-live": "polite" });
    const submit = (event) => {
      event.preventDefault();
      act(async () => {
        const { attendees } = await send("v1/attendees/search", { q: wanted.value.trim() });
        put(found, attendees.length ? attendees.map((person) => choice(nameOf(person), person.organisation, () => of(person))) : h("p", {}, say("entry-nobody")));
      });
    };
    opened.show(say("entry-wrong"), h("form", { submit }, h("label", { for: "wanted" }, say("entry-who")), wanted,
      h("button", { type: "submit" }, say("entry-find"))), found);
  }

  /** Show by which scans somebody passed, the latest first. */
  function of(person) {
    act(async () => {
      const [{ scans }, { gates }] = await Promise.all([read(`v1/scans?holder=${person.holder}`, { plain: true }), read("v1/gates")]);
      if (!sheet.open) return;
      const places = new Map(gates.map((gate) => [gate.slug, gate]));
      const passed = admissionsOf(scans.map((scan) => ({ ...scan, said: scan.at, at: Date.parse(scan.at) })))
        .filter(({ reason }) => reason !== "repeat").reverse();
      const line = ({ gate, leaving }) => `${inLanguage(places.get(gate).name)}${leaving ? ` · ${say("entry-left")}` : ""}`;
      const next = (scan) => why(person, scan, `${moment(scan.said)} · ${line(scan)}`, OPEN.has(places.get(scan.gate).policy));
      opened.show(nameOf(person), passed.length
        ? h("div", { class: "choices" }, passed.map((scan) => choice(moment(scan.said), line(scan), () => next(scan))))
        : h("p", {}, say("entry-none")));
    });
  }

  function why(person, scan, line, isOpen) {
    const id = uuid7(Date.now()); // the same when an answer got lost
    const note = h("input", { id: "note", maxlength: 100, pattern: ".*\\S.*", required: true, autocomplete: "off" });
    const submit = (event) => {
      event.preventDefault();
      act(async () => {
        await send(`v1/gates/${scan.gate}/scans`, { id, kind: "undo", target: scan.id, note: note.value.trim() });
        done("entry-undone");
      });
    };
    opened.show(nameOf(person), h("p", {}, line), isOpen ? null : h("p", { class: "quiet" }, say("entry-still")), h("form", { submit },
      h("label", { for: "note" }, say("entry-why")), note, h("button", { type: "submit" }, say("take-back"))));
  }

  return find;
}

function nameOf({ given_name: given, surname }) {
  return `${given} ${surname}`.trim();
}
