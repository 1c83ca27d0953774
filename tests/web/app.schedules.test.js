/** /app's rule of clashes and of what is next, held to the vectors that the server's rule made. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { nextOf } from "../../web/app/clashes.js";
import { planOf } from "../../web/app/plan.js";

const { venues, rooms, schedules } = JSON.parse(readFileSync(new URL("../../openapi/vectors/schedules.json", import.meta.url)));
const places = new Map(rooms.map((room) => [room.id, room]));
const moment = (seconds) => new Date(seconds * 1000).toISOString();

/** Return sessions as the page reads them from the feed. */
function agendaOf(sessions) {
  const people = (ids) => ids.map((id) => ({ id }));
  const read = (session) => {
    const room = places.get(session.room_id);
    const venue = venues.find(({ id }) => id === room.venue_id) ?? null;
    const parts = session.parts.map((part) => ({ ...part, speakers: people(part.speakers) }));
    return [session.id, { ...session, room, venue, parts, speakers: people(session.speakers) }];
  };
  return { venues, rooms: places, sessions: new Map(sessions.map(read)) };
}

/** Return what is somebody's own as the server tells it, its meetings when they were not moved yet. */
function scheduleOf({ meetings, ...mine }, sessions) {
  const entries = meetings.map(({ id, room_id, starts_at, ends_at, ...meeting }) => ({
    ...meeting, kind: "meeting", meeting_id: id, why: ["meeting"], room: { id: room_id }, starts_at: moment(starts_at),
    ends_at: meeting.state === "suspended" ? null : moment(ends_at), begins: moment(starts_at), finishes: moment(ends_at),
    after: meeting.session_id ? starts_at - sessions.find(({ id: one }) => one === meeting.session_id).starts_at : 0,
  }));
  return { ...mine, entries };
}

for (const { name, at, mine, sessions, entries, next } of schedules) {
  test(name, () => {
    const plan = planOf(agendaOf(sessions), scheduleOf(mine, sessions), []);
    const named = ({ kind, number }) => ({ [`${kind}_id`]: number });
    assert.deepEqual(plan.map((entry) => ({
      ...named(entry), why: entry.why, begins: entry.begins, finishes: entry.finishes,
      clashes: entry.clashes.map((clash) => ({ kind: clash.kind, ...named(clash.entry), minutes: clash.minutes })),
    })), entries);
    const found = nextOf(plan, at);
    assert.deepEqual(found && { ...named(found.entry), walk_minutes: found.minutes, leave_at: found.leave_at }, next);
  });
}
