/** How things stand: the line under the header, and the list behind the corner. */

import { shortCode } from "../shared/code.js";
import { timesIn } from "../shared/times.js";
import { say, span } from "./view.js";

/** Milliseconds before the end of a shift at which it is told. */
const SOON = 900_000;
/** Seconds after which a door counts as not heard. */
const SILENT = 120;

/** Return what tells of a scanner at the gate that `gate` gives. */
export function startTold({ scanner, gate }) {
  /** Double admissions that somebody has looked at. */
  const seen = new Set();

  /** Return the one thing to be told, "" if there is none. */
  function notice() {
    const { shift } = scanner.settings;
    if (scanner.isOver()) return say("shift-over");
    if (scanner.status().full) return say("not-stored");
    if (shift && scanner.now() >= shift - SOON) return say("shift-soon", { time: clock(shift) });
    if (!scanner.known()) return say("not-ready");
    if (scanner.status().doubted) return say("clock-doubted");
    if (gate()?.policy === "practice") return say("practice-notice");
    if (scanner.doubles().some((double) => !seen.has(nameOf(double)))) return say("doubles");
    return silence();
  }

  /** Return all that is known of how things stand, as names and values. */
  function facts() {
    const { heardAt, doubted, waiting, troubled } = scanner.status();
    const { shift } = scanner.settings;
    const doubles = scanner.doubles();
    doubles.forEach((double) => seen.add(nameOf(double)));
    return [
      ["fact-heard", doubted ? "?" : heardAt ? say("ago", { for: span((scanner.now() - heardAt) / 1000) }) : say("never")],
      ["fact-waiting", String(waiting)],
      ...(troubled ? [["fact-troubled", String(troubled)]] : []),
      ["fact-inside", gate() ? String(scanner.inside(gate())) : "–"],
      ...doubles.map(({ holder, at }) => ["fact-double", `${clock(at * 1000)} · ${shortCode(holder)}`]),
      ["fact-silent", silence() || say("none")],
      ["fact-shift", shift ? clock(shift) : "–"],
      ["fact-names", String(scanner.names())],
    ];
  }

  function silence() {
    const silent = silentOf(scanner.known()?.devices ?? [], scanner.settings.number, scanner.now() / 1000);
    return silent ? say("silent", silent) : "";
  }

  /** Return a moment in Unix milliseconds as the time of day at the venue. */
  function clock(moment) {
    return timesIn(scanner.known()?.event.timezone).clock(moment / 1000);
  }

  return { notice, facts, clock };
}

function nameOf({ gate_id, holder, at }) {
  return `${gate_id} ${holder} ${at}`;
}

/** Return the labels of devices not heard for two minutes, and the time since the latest. */
function silentOf(devices, ownId, now) {
  const silent = devices.filter(({ id, heard_at: heard }) => id !== ownId && heard && now - heard > SILENT);
  if (!silent.length) return null;
  const labels = silent.map(({ label }) => label).sort().join(", ");
  return { labels, for: span(now - Math.max(...silent.map((device) => device.heard_at))) };
}
