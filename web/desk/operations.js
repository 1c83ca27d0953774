/** Operations that wait to be previewed: what they say, and the request they make. */

/** Return an empty basket. */
export function basketOf() {
  const found = [];
  return {
    all: () => found,
    /** Add an operation with what to call it. */
    add: (operation, label) => found.push({ operation, label }),
    drop: (at) => found.splice(at, 1),
    clear: () => (found.length = 0),
    /** Return the body of POST /v1/agenda/edits. */
    body: (more = {}) => ({ operations: found.map(({ operation }) => operation), ...more }),
  };
}

/** Return the versions of the sessions that changes touch, as POST /v1/agenda/edits takes them. */
export function versionsOf(changes, sessions) {
  const touched = new Set(changes.map(({ session_id: number }) => number));
  return sessions.filter(({ id }) => touched.has(id)).map(({ id, version }) => ({ session: id, version }));
}

/** Return a reason without the languages that were left empty. */
export function words(texts) {
  return Object.fromEntries(Object.entries(texts).map(([tag, text]) => [tag, text.trim()]).filter(([, text]) => text));
}

/** Return sessions of today as {before, now, later}, by where a moment stands among them. */
export function byNow(sessions, at, today) {
  const groups = { before: [], now: [], later: [], others: [] };
  for (const session of sessions) {
    const [starts, ends] = [Date.parse(session.starts_at), Date.parse(session.ends_at)];
    groups[session.day !== today ? "others" : ends <= at ? "before" : starts <= at ? "now" : "later"].push(session);
  }
  return groups;
}

/** Return the day to show: the one of a moment, or the event's first or last. */
export function dayOf(sessions, at) {
  const days = [...new Set(sessions.map(({ day }) => day))].sort();
  const started = sessions.filter(({ starts_at: start, ends_at: end }) => Date.parse(start) - 12 * 3_600_000 <= at && at < Date.parse(end) + 12 * 3_600_000);
  const near = started.sort((one, other) => Math.abs(Date.parse(one.starts_at) - at) - Math.abs(Date.parse(other.starts_at) - at))[0];
  return near?.day ?? (days.length && at > Date.parse(`${days.at(-1)}T12:00:00Z`) ? days.at(-1) : days[0]);
}
