/** What the desk asks of the API, with the organiser's token. */

import { ask, Problem } from "../shared/api.js";
import { deviceId, forget, keep, recall } from "../shared/kept.js";

const TOKEN = "desk-token";

/** Return whether this phone has an organiser's token. */
export const isIn = () => recall(TOKEN) !== null;

/** Make this phone a desk, by a code that works once or by a token. Throws Problem. */
export async function enter(text) {
  const code = text.trim();
  let token = code;
  if (!code.startsWith("evd_")) {
    const answer = await (await ask("v1/enrol", { body: { code, device: deviceId("desk") } })).json();
    if (answer.role !== "organiser") throw new Problem("forbidden", "");
    token = answer.token;
  }
  await ask("v1/holds", { token });
  keep(TOKEN, token);
}

/** Forget the token. */
export const leave = () => forget(TOKEN);

/** Return a path with texts in all languages. */
const inAll = (path) => `${path}${path.includes("?") ? "&" : "?"}lang=*`;

/** Return what a path answers now, not what was kept of it; a `plain` one has no texts. Throws Problem. */
export async function read(path, { plain = false } = {}) {
  return (await ask(plain ? path : inAll(path), { token: recall(TOKEN), cache: "no-cache" })).json();
}

/** Send a request and return what it answers, null for nothing. Throws Problem. */
export async function send(path, body = {}, method = "POST") {
  const answer = await ask(inAll(path), { token: recall(TOKEN), method, ...(method !== "DELETE" && { body }) });
  return answer.status === 204 ? null : answer.json();
}
