/** What /app shows of announcements: to all, and to those of one category. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { announcementsOf, inForce } from "../../web/app/agenda.js";

const AT = Date.parse("2025-06-03T10:00:00Z") / 1000;
const toAll = (id, severity, starts_at, expires_at = null) => ({ id, severity, starts_at, expires_at });
const idsAt = (all, now) => inForce(all, now).map(({ id }) => id);

test("announcements to somebody's category stand among those to all, as long as they hold", () => {
  const agenda = { announcements: [toAll(1, "info", AT - 60), toAll(2, "urgent", AT + 60)] };
  const schedule = { announcements: [
    { id: 3, severity: "warning", starts_at: "2025-06-03T12:00:00+02:00", expires_at: "2025-06-03T12:10:00+02:00" },
  ] };
  const all = announcementsOf(agenda, schedule);
  assert.deepEqual(idsAt(all, AT - 1), [1]);
  assert.deepEqual(idsAt(all, AT), [3, 1]);
  assert.deepEqual(idsAt(all, AT + 60), [2, 3, 1]);
  assert.deepEqual(idsAt(all, AT + 600), [2, 1]);
});

test("without a schedule, or with one kept by an earlier version, there are those to all", () => {
  const agenda = { announcements: [toAll(1, "info", AT)] };
  assert.deepEqual(idsAt(announcementsOf(agenda, undefined), AT), [1]);
  assert.deepEqual(idsAt(announcementsOf(agenda, {}), AT), [1]);
});
