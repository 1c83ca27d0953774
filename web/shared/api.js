/** Asking the API; the page's own address says where it is. */

import { language } from "./words.js";

/** What the API refuses, or `code` "offline" when it does not answer; `now` is its clock, if it said so. */
export class Problem extends Error {
  constructor(code, detail, now = null) {
    super(detail);
    Object.assign(this, { code, now });
  }
}

/** Return the answer to a request, whose `body` goes as JSON. Throws Problem. */
export async function ask(path, { token, body, headers: more, ...options } = {}) {
  const headers = { "Accept-Language": language, ...more };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) {
    headers["Content-Type"] = "application/json";
    const content = body instanceof Blob ? body : JSON.stringify(body);
    options = { method: "POST", body: content, ...options };
  }
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, signal: AbortSignal.timeout(15_000) });
  } catch {
    throw new Problem("offline", "");
  }
  if (answer.ok || answer.status === 304) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Problem(problem.code ?? "unavailable", problem.detail ?? "", answer.headers.get("Eventday-Now"));
}
