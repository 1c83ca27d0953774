/** How a phone becomes a scanner: by a code that works once. */

import { ask, Problem } from "../shared/api.js";
import { deviceId } from "../shared/kept.js";
import { drop, open } from "../shared/store.js";

/** Enrol with a code and keep what was answered; what waits to be sent stays. Throws Problem. */
export async function enrol(code, { name, times }) {
  if (!globalThis.crypto?.subtle) throw new Problem("insecure", "");
  const body = { code: code.trim(), device: deviceId() };
  let store = await withRoom(name);
  const asked = times();
  const answer = await (await ask("v1/enrol", { body })).json();
  if (answer.role === "attendee") throw new Problem("badge", "");
  history.replaceState(null, "", location.pathname);
  const settings = {
    device: answer.device.uuid,
    number: answer.device.id,
    token: answer.token,
    role: answer.role,
    gates: answer.gates,
    event: answer.event,
    door_key: answer.door_key,
    shift: answer.shift_ends_at && Date.parse(answer.shift_ends_at),
  };
  let before = (await store.load()).facts.get("settings");
  if (before && before.event !== settings.event) {
    store.close();
    await drop(name);
    store = await open(name);
    before = null;
  }
  const starts = (before?.starts ?? []).filter(({ boot }) => boot !== asked.boot);
  // The event's clock may be set to another day, as in a rehearsal.
  const start = { ...asked, now: Date.parse(answer.server_time), heard: true };
  Object.assign(settings, { epoch: before?.epoch, starts: [...starts, start] });
  await store.save({ facts: new Map([["settings", settings], ["room", null]]) });
  store.close();
}

/** Open a store that takes something: a code works once, and is not used up for a phone that is full. */
async function withRoom(name) {
  try {
    const store = await open(name);
    await store.save({ facts: new Map([["room", "x".repeat(1_000)]]) });
    return store;
  } catch {
    throw new Problem("full", "");
  }
}
