/** What a scanner that is a keyboard types, key by key. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { listen } from "../../web/door/wedge.js";

/** Milliseconds from one key of a scanner to the next. */
const QUICK = 10;
const heard = [];
let now = 0;
let press;

globalThis.HTMLInputElement = class {};
globalThis.addEventListener = (_, onKey) => (press = onKey);
listen((text) => heard.push(text));

/** Type a text and Enter, each key so many milliseconds after the one before; return what was heard. */
function typed(text, pause = QUICK) {
  heard.length = 0;
  for (const key of [...text, "Enter"]) {
    now += pause;
    press({ key, timeStamp: now, target: {}, preventDefault() {}, stopPropagation() {} });
  }
  return [...heard];
}

test("a scanner is told from a finger", () => {
  assert.deepEqual(typed("3FAVFQFF"), ["3FAVFQFF"]);
  now += 1_000;
  assert.deepEqual(typed("3FAVFQFF", 200), []);
});

test("each of many badges in a row is heard", () => {
  for (const pause of [0, 400, 450, 499, 0]) {
    now += pause;
    assert.deepEqual(typed("3FAVFQFF"), ["3FAVFQFF"]);
  }
});
