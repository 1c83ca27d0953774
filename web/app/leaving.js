/** Signing out, by two taps: the second knows what the first was told. */

import { h } from "../shared/show.js";

/**
 * Return what signs the owner out; `waiting` gives how many things were not sent yet, and `changed`
 * is called when there is something else to show.
 */
export function leaving({ say, waiting, signOut, changed }) {
  let [isSure, isGoing] = [false, false];

  async function tap() {
    if (isGoing) return;
    if (isSure) {
      isGoing = true;
      changed();
      await signOut();
      [isSure, isGoing] = [false, false];
    } else isSure = true;
    changed();
  }

  return {
    /** Return what the owner sees of it. */
    elements() {
      const n = waiting();
      const told = isSure ? [h("p", {}, say("forget-how")), n ? h("p", {}, say("forget-unsent", { n })) : null] : null;
      return [
        h("button", { type: "button", class: "outline", "data-key": "forget", click: tap }, say(isGoing ? "saving" : isSure ? "forget-sure" : "forget")),
        h("div", { class: "why", role: "status" }, told),
      ];
    },
  };
}
