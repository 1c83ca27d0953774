/** The self-test: what would otherwise be found out with a queue in front of the door. */

import { unbase64 } from "../shared/bytes.js";
import { isSigned, read } from "../shared/code.js";
import { canVerify } from "../shared/ed25519.js";
import { canRead } from "./camera.js";

/** A badge of no event, and the key that signed it: the first of openapi/vectors/badges.json. */
const BADGE = {
  event: "11111111-1111-4111-8111-111111111111",
  key: "xRJWwSeEYgV_Nu0nyd9UCSKU8y8DdTJGStaPW3dTqbA",
  text:
    "EDR6NCNLZXXYCAIAAMANESSCWKWYIFQ2OOZN5QTLU7EYLGFHGKJ4BQNVLSCWQGYIZYPKRA772RVPI6S6HAWEHATUQGWVCYMTR4LGHGE7TOIISNF6CUKCCNYZAM",
};
const WRONG = 120_000;

/** Try everything and tell `report(name, state, word, values)`; state is good, bad or unsure. */
export async function check(scanner, report) {
  const tests = { camera, clock, keys, badge, queue };
  for (const [name, test] of Object.entries(tests)) {
    const [state, word, values] = await test(scanner).catch(() => ["bad", `${name}-bad`]);
    report(name, state, word, values);
  }
}

async function camera() {
  if (!(await canRead())) return ["bad", "camera-none"];
  const asked = navigator.mediaDevices.getUserMedia({ video: true });
  const stream = await asked.catch((problem) => problem);
  if (stream.name === "NotAllowedError") return ["bad", "camera-bad"];
  if (stream instanceof Error) return ["bad", "camera-none"];
  for (const track of stream.getTracks()) track.stop();
  return ["good", "camera-good"];
}

async function clock() {
  const answer = await fetch("healthz", { cache: "no-store" }).catch(() => null);
  const said = Date.parse(answer?.headers.get("Date") ?? "");
  if (!said) return ["unsure", "clock-unknown"];
  const off = Math.abs(Date.now() - said);
  if (off < WRONG) return ["good", "clock-good"];
  return ["bad", "clock-bad", { minutes: Math.round(off / 60_000) }];
}

async function keys(scanner) {
  await scanner.sync().catch(() => {});
  await scanner.syncNames().catch(() => {});
  const known = scanner.known();
  if (!known?.keys.size || !known.gates.size) return ["bad", "keys-bad"];
  return ["good", "keys-good", { badges: known.badges.size, gates: known.gates.size }];
}

async function badge() {
  const isGood =
    (await canVerify()) && (await isSigned(read(BADGE.text), BADGE.event, unbase64(BADGE.key)));
  return isGood ? ["good", "badge-good"] : ["bad", "badge-bad"];
}

async function queue(scanner) {
  await scanner.flush().catch(() => {});
  const isKept = (await navigator.storage?.persisted?.()) || (await navigator.storage?.persist?.());
  const values = { waiting: scanner.status().waiting };
  return isKept ? ["good", "queue-good", values] : ["unsure", "queue-bad", values];
}
