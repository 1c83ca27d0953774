/** What is looked at closely: a session, or a meeting, as it is at each moment. */

import { recall } from "../shared/kept.js";
import { troubleText } from "./asking.js";
import { meetingDetail } from "./meeting.js";
import { bookingsOf, inTheWay, marksOf } from "./plan.js";
import { sessionDetail } from "./session.js";

/**
 * Return {openEntry, openSession} of a sheet.
 *
 * `scene` and `plan` give what is now; `act` does what stays done, `request` asks the server at
 * once, and `changed` is called when it has answered.
 */
export function detailsIn(sheet, { phone, scene, plan, act, request, changed, say }) {
  /** What the server said of each meeting, and of the last answer to it; asked for, not kept. */
  const meetings = new Map();

  function openSession(id) {
    let told = "";
    const tellHere = (words) => {
      told = words;
      sheet.refresh();
    };
    sheet.open(() => {
      const [schedule, items, session] = [phone.schedule(), phone.items(), phone.agenda().sessions.get(id)];
      const isIt = ({ session_id: one }) => one === id;
      return session && sessionDetail(scene(), session, {
        isMarked: marksOf(schedule, items).has(id),
        booking: bookingsOf(schedule, items).get(id) ?? null,
        ended: schedule?.ended?.find(isIt) ?? null,
        offer: schedule?.bookable?.find(isIt) ?? null,
        held: inTheWay(phone.agenda(), schedule, items, id),
        told,
        said: items.findLast(({ kind, payload }) => kind === "feedback" && payload.session === id)?.payload ?? null,
        star: (session, on) => act("bookmark", { session, on }),
        book: (session, on, answers) => act("booking", { session, on, ...(answers && { answers }) }),
        swap: (give, answers = {}) => swap({ give, take: id, answers }, tellHere),
        feedback: recall("token") ? (session, words) => act("feedback", { session, ...words }) : null,
      });
    });
  }

  /** Swap one seat for another: both at once or neither, so that only the server can. */
  async function swap(body, tellHere) {
    document.activeElement?.blur();
    tellHere(say("saving"));
    const told = await request("v1/me/bookings/swap", { body })
      .then(() => say("swapped"), (problem) => troubleText(problem, say, { conflict: "swap-not" }));
    await phone.renew("schedule").catch(() => {});
    tellHere(told);
    changed();
  }

  function openMeeting(id) {
    meetings.delete(id);
    sheet.open(() => {
      const entry = plan().find(({ meeting }) => meeting?.meeting_id === id);
      const { others = null, told = "" } = meetings.get(id) ?? {};
      return entry && meetingDetail(scene(), entry, { others, told, answer: (said) => answer(id, said) });
    });
    request(`v1/me/meetings/${id}`).then((found) => found.json()).then((body) => tell(id, body), () => {});
  }

  async function answer(id, said) {
    // What is written is sent: the sheet may be shown anew.
    document.activeElement?.blur();
    tell(id, { told: say("saving") });
    try {
      const body = await (await request(`v1/me/meetings/${id}`, { method: "PUT", body: said })).json();
      await phone.renew("schedule").catch(() => {});
      tell(id, { ...body, told: say("answered") });
    } catch (problem) {
      tell(id, { told: troubleText(problem, say, { offline: "answered-not", conflict: "answered-off" }) });
    }
    changed();
  }

  function tell(id, more) {
    meetings.set(id, { ...meetings.get(id), ...more });
    sheet.refresh();
  }

  return {
    openSession,
    openEntry: ({ session, meeting }) => (session ? openSession(session.id) : openMeeting(meeting.meeting_id)),
  };
}
