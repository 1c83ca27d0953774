/** Scanners that pretend to be keyboards: quick characters, then Enter. */

/** Milliseconds a character takes on average, which no finger keeps up; and the longest pause. */
const [QUICK, PAUSE] = [60, 500];
const SHORTEST = 8;

/** Hand what such scanners type to `onText`, unless somebody is typing into a field. */
export function listen(onText) {
  let [text, began, last] = ["", 0, -Infinity];
  addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey) return;
    const now = event.timeStamp;
    if (now - last > PAUSE) [text, began] = ["", now];
    last = now;
    if (event.key.length === 1) text += event.key;
    if (event.key !== "Enter") return;
    const isWedge = text.length >= SHORTEST && now - began < QUICK * text.length;
    const whole = text;
    [text, last] = ["", -Infinity]; // the next badge begins anew, however soon it comes
    if (!isWedge) return;
    // The button that has the focus would take it for a press.
    event.preventDefault();
    event.stopPropagation();
    onText(whole);
  }, true);
}
