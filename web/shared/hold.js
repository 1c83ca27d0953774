/** Buttons that must be held: nobody evacuates a hall by touching a pocket. */

const LONG = 2_000;

/** Do something once a button was held for two seconds, by finger, mouse, Enter or Space. */
export function onHeld(button, action) {
  let timer = 0;
  const press = (event) => {
    if (timer || (event.key && !["Enter", " "].includes(event.key))) return;
    if (event.key) event.preventDefault();
    button.classList.add("held");
    timer = setTimeout(() => {
      release();
      action();
    }, LONG);
  };
  const release = () => {
    clearTimeout(timer);
    timer = 0;
    button.classList.remove("held");
  };
  for (const name of ["pointerdown", "keydown"]) button.addEventListener(name, press);
  for (const name of ["pointerup", "pointerleave", "pointercancel", "keyup", "blur"]) {
    button.addEventListener(name, release);
  }
}
