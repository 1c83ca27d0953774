/** Short codes typed by hand: a wrong character is said where it stands, to be corrected there. */

import { readShort } from "../shared/code.js";
import { at, say } from "./view.js";

/** Return what opens the dialog; `onText` gets what is typed into it, once the dialogs are closed. */
export function startTyping({ close, onText }) {
  const field = at("typed");

  function check() {
    const text = field.value.replace(/[- ]/g, "");
    field.setCustomValidity(text && text.length <= 8 && readShort(text) === null ? say("typed-wrong") : "");
  }

  field.oninput = check;
  at("type-form").onsubmit = (event) => {
    event.preventDefault();
    close();
    onText(field.value, "typed");
  };
  return () => {
    field.value = "";
    check();
    at("type-dialog").showModal();
  };
}
