/** Asking the API over a network that is slow, or goes away in the middle. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, mock, test } from "node:test";

// What a browser has, for what asks which language the reader speaks.
globalThis.localStorage ??= { getItem: () => null };
globalThis.location ??= { href: "http://127.0.0.1/app" };
const { ask } = await import("../../web/shared/api.js");

/** What waits for a piece that does not come waits forever. */
const LIMIT = { timeout: 10_000 };

let server, answer, sending, came;

before(async () => {
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { fetch } = globalThis;
  globalThis.fetch = async (...request) => {
    const found = await fetch(...request);
    const watched = new TransformStream({ transform: (piece, on) => (on.enqueue(piece), setImmediate(came)) });
    return new Response(found.body.pipeThrough(watched), found);
  };
});

beforeEach(async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  answer = ask(`http://127.0.0.1:${server.address().port}/`).then((found) => found.text());
  answer.catch(() => {});
  [, sending] = await once(server, "request");
  await comes("1");
});

afterEach(() => mock.timers.reset());

after(() => {
  server.closeAllConnections();
  server.close();
});

/** Send a piece and wait until it is here. */
async function comes(piece) {
  const here = new Promise((arrived) => (came = arrived));
  sending.write(piece);
  await here;
}

test("what comes slowly comes whole, however long that takes", LIMIT, async () => {
  for (const piece of ["2", "3", "4"]) {
    mock.timers.tick(14_000);
    await comes(piece);
  }
  sending.end();
  assert.equal(await answer, "1234");
});

test("an answer of which nothing more comes is no network", LIMIT, async () => {
  mock.timers.tick(15_000);
  await assert.rejects(answer, { code: "offline" });
});

test("an answer that breaks off is no network", LIMIT, async () => {
  sending.destroy();
  await assert.rejects(answer, { code: "offline" });
});
