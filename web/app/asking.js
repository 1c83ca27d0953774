/** What is asked of the server at once: how that went, in words, and what to do with a file that came. */

import { h } from "../shared/show.js";

/** Return what to say of a problem: what `words` has for its code, else the server's own sentence, which is English. */
export function troubleText({ code, message }, say, words = {}) {
  const known = { offline: "needs-network", ...words }[code];
  return known || !message ? say(known ?? "broken") : h("span", { lang: "en" }, message);
}

/** Hand a file to the phone, which asks what to do with it. */
export function saveFile(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
