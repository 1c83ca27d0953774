/**
 * Whether somebody may pass: the rule of event/door/decide.py, held to it by
 * openapi/vectors/decisions.json. It knows what it is given and nothing else.
 *
 * A door is {event, days: [[start, end]], keys: Map, badges: Map, gate, passages: Map, booked: Set,
 * inside, complete}; moments are UTC seconds.
 */

import { eventTag, isSigned, PAPER, read } from "./code.js";

export const REPEAT = 30;
export const LOOK_AT_ID = 1;
export const MINOR = 2;
export const STAFF = 4;
export const BLANK = 8;
export const CANCELLED = 16;
export const REPLACED = 32;
export const NOTE = 64;
export const PRACTICE = 128;

/** What cards for practice show, by their number; printed cards hold on to this order. */
const PRACTISED = [
  "admitted",
  "admitted repeat",
  "admitted reentry",
  "ask look_at_id",
  "ask note",
  "ask question",
  "refused already_admitted",
  "refused already_inside",
  "refused wrong_gate",
  "refused wrong_day",
  "refused too_early",
  "refused too_late",
  "refused not_booked",
  "refused full",
  "refused replaced",
  "refused cancelled",
  "refused other_event",
  "refused unreadable",
  "refused bad_signature",
  "refused key_revoked",
  "refused unknown_key",
  "refused unknown_holder",
];

const FROM_CODE = LOOK_AT_ID | MINOR | STAFF | BLANK;
const QUESTIONS = [[BLANK, "question"], [LOOK_AT_ID, "look_at_id"], [NOTE, "note"]];
const NOBODY = {
  outcome: "refused", reason: "", holder: null, medium: null, generation: null, category: 0,
};

/** Return the verdict on what was scanned; the first rule that says no gives the reason. */
export async function decide(text, door, { at, device, leaving = false }) {
  const code = read(text);
  if (!code) return { ...NOBODY, reason: "unreadable" };
  const { claim } = code;
  const key = door.keys.get(claim.slot);
  if (code.tag !== (await eventTag(door.event))) return { ...NOBODY, reason: "other_event" };
  if (!key || at < key.not_before) return { ...NOBODY, reason: "unknown_key" };
  if (key.revoked || (key.not_after !== null && at >= key.not_after)) {
    return { ...NOBODY, reason: "key_revoked" };
  }
  if (!(await isSigned(code, door.event, key.public))) return { ...NOBODY, reason: "bad_signature" };
  if (claim.flags & PRACTICE) return practised(claim, door.gate);
  const known = door.badges.get(claim.holder);
  const { holder, medium, generation } = claim;
  const category = (known ?? claim).category;
  const named = { outcome: "admitted", reason: "", holder, medium, generation, category };
  if (door.gate.free_flow) return { ...named, reason: "free_flow" };
  if (!known && door.complete) return refused(named, "unknown_holder");
  const badge = known ?? claimed(claim);
  const valid = medium === PAPER ? badge.paper : badge.phone;
  if (generation < valid) return refused(named, "replaced");
  return decided(named, badge, door, { at, device, leaving });
}

/** Return the verdict on somebody found by short code or name, who must show an ID. */
export function decideHolder(holder, door, { at, device, leaving = false }) {
  const badge = door.badges.get(holder);
  const named = { ...NOBODY, outcome: "admitted", holder, category: badge?.category ?? 0 };
  if (!badge) return refused(named, "unknown_holder");
  const asked = { ...badge, standing: badge.standing | LOOK_AT_ID };
  return decided(named, asked, door, { at, device, leaving });
}

/** Return the number of the event day a moment is in, null for a day without the event. */
export function eventDay(days, at) {
  const day = days.findIndex(([start, end]) => start <= at && at < end);
  return day < 0 ? null : day;
}

/** Return what a card for practice is to show where one practises; elsewhere it is no badge. */
function practised({ category: number }, gate) {
  if (gate.policy !== "practice") return { ...NOBODY, reason: "practice_card" };
  const [outcome, reason = ""] = (PRACTISED[number] ?? "refused unreadable").split(" ");
  return { ...NOBODY, outcome, reason };
}

function decided(named, badge, door, { at, device, leaving }) {
  const { gate } = door;
  if (leaving && gate.policy === "in_and_out") return named;
  const no = gone(badge) || closed(badge, named.holder, door, at);
  if (no) return refused(named, no);
  const passage = gate.policy === "practice" ? null : door.passages.get(named.holder);
  if (passage) {
    const since = at - passage.last_at;
    const isSame = passage.inside && passage.last_device === device;
    if (isSame && since >= 0 && since <= REPEAT) return { ...named, reason: "repeat" };
    const reason = been(passage, door, at);
    // A short code stands on every list: who has no badge shows an ID each time.
    if (reason === "reentry") return { ...named, outcome: named.medium === null ? "ask" : "admitted", reason };
    if (reason) return refused(named, reason);
  }
  if (gate.capacity !== null && door.inside >= gate.capacity) return refused(named, "full");
  const question = QUESTIONS.find(([flag]) => badge.standing & flag);
  return question ? { ...named, outcome: "ask", reason: question[1] } : named;
}

function gone({ standing }) {
  if (standing & REPLACED) return "replaced";
  return standing & CANCELLED ? "cancelled" : "";
}

function closed(badge, holder, { gate, days, booked }, at) {
  const day = eventDay(days, at);
  if (gate.categories.length && !gate.categories.includes(badge.category)) return "wrong_gate";
  if (day !== null && !((gate.days & badge.days) & (1 << day))) return "wrong_day";
  if (gate.opens_at !== null && at < gate.opens_at) return "too_early";
  if (gate.ended || (gate.closes_at !== null && at >= gate.closes_at)) return "too_late";
  return gate.needs_booking && !booked.has(holder) ? "not_booked" : "";
}

function been(passage, { gate, days }, at) {
  const day = eventDay(days, at);
  switch (gate.policy) {
    case "first_entry":
      return passage.entries ? "reentry" : "";
    case "once":
    case "pickup":
      return passage.entries ? "already_admitted" : "";
    case "once_per_day":
      return day !== null && passage.days & (1 << day) ? "already_admitted" : "";
    case "in_and_out":
      // Nobody stays inside until the next day: whoever did not scan out went home.
      return passage.inside && eventDay(days, passage.last_at) === day ? "already_inside" : "";
  }
  return "";
}

/** Return what the code says of a holder nobody here has heard of: it is signed. */
function claimed({ generation, category, days, flags }) {
  return { phone: generation, paper: generation, category, days, standing: flags & FROM_CODE };
}

function refused(named, reason) {
  return { ...named, outcome: "refused", reason };
}
