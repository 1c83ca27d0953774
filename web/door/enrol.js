/** How a phone becomes a scanner: by a code that works once. */

import { ask, Problem } from "../shared/api.js";
import { deviceId } from "../shared/kept.js";
import { drop, open } from "../shared/store.js";

/** Enrol with a code and keep what was answered; what waits to be sent stays. Throws Problem. */
export async function enrol(code, name) {
  if (!globalThis.crypto?.subtle) throw new Problem("insecure", "");
  const body = { code: code.trim(), device: deviceId() };
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
    // The event's clock may be set to another day, as in a rehearsal.
    offset: Date.parse(answer.server_time) - Date.now(),
  };
  let store = await open(name);
  const before = (await store.load()).facts.get("settings");
  if (before && before.event !== settings.event) {
    store.close();
    await drop(name);
    store = await open(name);
  }
  await store.save({ facts: new Map([["settings", settings]]) });
  store.close();
}
