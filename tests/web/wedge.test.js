/** What a scanner that is a keyboard types, key by key. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { listen } from "../../web/door/wedge.js";

/** Milliseconds from one key of a scanner to the next, and of a finger. */
const [QUICK, SLOW] = [10, 200];
const heard = [];
let [now, isOn] = [0, true];
let press;

globalThis.HTMLInputElement = class {
  value = "";
};
globalThis.addEventListener = (_, onKey) => (press = onKey);
listen((text) => heard.push(text), { isOn: () => isOn });

/** Press keys, each so many milliseconds after the one before; a field gets what is not taken from it. */
function keys(all, { pause = QUICK, target = {}, repeat = false } = {}) {
  for (const key of all) {
    now += pause;
    press({ key, timeStamp: now, target, repeat, preventDefault() {}, stopPropagation() {} });
    if (key.length === 1) target.value += key;
  }
}

/** Type a text and Enter; return what was heard. */
function typed(text, how) {
  heard.length = 0;
  keys([...text, "Enter"], how);
  return [...heard];
}

test("a scanner is told from a finger", () => {
  assert.deepEqual(typed("3FAVFQFF"), ["3FAVFQFF"]);
  now += 1_000;
  assert.deepEqual(typed("3FAVFQFF", { pause: SLOW }), []);
});

test("each of many badges in a row is heard", () => {
  for (const pause of [0, 400, 450, 499, 0]) {
    now += pause;
    assert.deepEqual(typed("3FAVFQFF"), ["3FAVFQFF"]);
  }
});

test("a badge that was read into a field is taken out of it, and nothing that somebody wrote", () => {
  const target = new HTMLInputElement();
  keys("She forgot it", { pause: SLOW, target });
  now += SLOW;
  assert.deepEqual(typed("3FAVFQFF", { target }), ["3FAVFQFF"]);
  assert.equal(target.value, "She forgot it");
  assert.deepEqual(typed(" at home", { pause: SLOW, target }), []);
  assert.equal(target.value, "She forgot it at home");
});

test("a key that is held down is no badge, nor is a code for a phone that does not scan yet", () => {
  const target = new HTMLInputElement();
  keys("a", { target });
  assert.deepEqual(typed("aaaaaaaaaa", { target, repeat: true }), []);
  isOn = false;
  assert.deepEqual(typed("3FAVFQFF", { target }), []);
  assert.ok(target.value.endsWith("3FAVFQFF"));
  isOn = true;
});
