/** Asking the API; the page's own address says where it is. */

import { language } from "./words.js";

/** Milliseconds without a byte after which there is no network; what comes slowly may take its time. */
const SILENCE = 15_000;

/** What the API refuses, or `code` "offline" when it does not answer; `now` is its clock, if it said so. */
export class Problem extends Error {
  constructor(code, detail, now = null) {
    super(detail);
    Object.assign(this, { code, now });
  }
}

/** Return the whole answer to a request, whose `body` goes as JSON. Throws Problem. */
export async function ask(path, { token, body, headers: more, ...options } = {}) {
  const headers = { "Accept-Language": language, ...more };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) {
    headers["Content-Type"] = "application/json";
    const content = body instanceof Blob ? body : JSON.stringify(body);
    options = { method: "POST", body: content, ...options };
  }
  const answer = await heard((signal) => fetch(path, { ...options, headers, signal }));
  if (answer.ok || answer.status === 304) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Problem(problem.code ?? "unavailable", problem.detail ?? "", answer.headers.get("Eventday-Now"));
}

/** Return what a request is answered once all of it is here, as long as it goes on coming. Throws Problem. */
async function heard(request) {
  const silence = new AbortController();
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE);
  };
  wait();
  try {
    const answer = await request(silence.signal);
    const reader = answer.clone().body?.getReader();
    while (reader && !(await reader.read()).done) wait();
    return answer;
  } catch {
    throw new Problem("offline", "");
  } finally {
    clearTimeout(timer);
  }
}
