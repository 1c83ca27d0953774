/** Times as the venue's clocks show them, whatever the phone's zone. */

import { language } from "./words.js";

/** Seconds after midnight at which a day of the event ends: the dinner guest at 00:10 is of today. */
const DAY_ENDS = 4 * 3600;

/** Return what writes UTC seconds in a time zone. */
export function timesIn(timeZone) {
  const format = (options) => new Intl.DateTimeFormat(language === "pl" ? "pl-PL" : "en-GB", { timeZone, ...options });
  const [clock, date] = [format({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" }), format({ weekday: "short", day: "numeric", month: "short" })];
  const long = format({ weekday: "long", day: "numeric", month: "long" });
  const iso = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const wall = format({ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const at = (seconds) => new Date(seconds * 1000);
  /** Return a moment as the value of an input of type datetime-local. */
  const local = (seconds) => {
    const { year, month, day: date_, hour, minute } = Object.fromEntries(wall.formatToParts(at(seconds)).map(({ type, value }) => [type, value]));
    return `${year}-${month}-${date_}T${hour}:${minute}`;
  };
  const naive = (text) => Date.parse(`${text}Z`) / 1000;
  return {
    local,
    /** Return the moment of such a value: in the hour that comes twice the first, in the one left out later. */
    moment: (text) => {
      const [before, after] = [-86_400, 86_400].map((away) => {
        const day = naive(text) + away;
        return naive(text) - (naive(local(day)) - day);
      });
      return local(before) !== text && local(after) === text ? after : before;
    },
    clock: (seconds) => clock.format(at(seconds)),
    span: ({ starts_at, ends_at, state }) =>
      state === "suspended" ? `${clock.format(at(starts_at))}–?` : `${clock.format(at(starts_at))}–${clock.format(at(ends_at))}`,
    day: (seconds) => iso.format(at(seconds - DAY_ENDS)),
    short: (seconds) => date.format(at(seconds - DAY_ENDS)),
    long: (seconds) => long.format(at(seconds - DAY_ENDS)),
  };
}
