/** Scanners that pretend to be keyboards: quick characters, then Enter. */

/** Milliseconds a character takes on average, which no finger keeps up; and the longest pause. */
const [QUICK, PAUSE] = [60, 500];
/** The longest pause in a field, where somebody may have written a moment before. */
const IN_FIELD = 100;
const SHORTEST = 8;

/** Hand what such scanners type while it `isOn` to `onText`; a field they typed into is as it was before. */
export function listen(onText, { isOn = () => true } = {}) {
  let [text, began, last, before] = ["", 0, -Infinity];
  addEventListener("keydown", (event) => {
    // A key that is held down is nobody's text.
    if (!isOn() || event.repeat || event.ctrlKey || event.metaKey) return;
    const field = event.target instanceof HTMLInputElement ? event.target : null;
    const now = event.timeStamp;
    if (now - last > (field ? IN_FIELD : PAUSE)) [text, began, before] = ["", now, field?.value];
    last = now;
    if (event.key.length === 1) text += event.key;
    if (event.key !== "Enter") return;
    const isWedge = text.length >= SHORTEST && now - began < QUICK * text.length;
    const whole = text;
    [text, last] = ["", -Infinity]; // the next badge begins anew, however soon it comes
    if (!isWedge) return;
    // The button that has the focus would take it for a press, a form for its end.
    event.preventDefault();
    event.stopPropagation();
    if (field) field.value = before ?? field.value;
    onText(whole);
  }, true);
}
