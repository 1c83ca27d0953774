/** One's badge, as white and bright as the phone can. */

import { h, put } from "../shared/show.js";

let [light, shown] = [null, null];

/** Fill the view with a badge's drawing, or say how to come by one; the same again changes nothing. */
export function badgeView(element, { say, isOwned, kept, me, svg }) {
  const name = me && `${me.given_name} ${me.surname}`.trim();
  const now = [isOwned, kept, name, svg].join("\n");
  if (now === shown) return;
  shown = now;
  if (!isOwned) return put(element, h("p", { class: "empty" }, say("badge-none")), kept > 0 && h("p", { class: "empty" }, say("kept", { n: kept })));
  const src = svg && URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  put(element,
    svg ? [h("img", { src, alt: say("badge-of", { name, code: me.short_code }) }), h("p", {}, say("badge-how"))]
      : h("p", { class: "empty" }, say("badge-wait")),
    h("a", { class: "tap", href: "#card" }, say("card")),
    h("a", { class: "tap", href: "#people" }, say("people")));
}

/** Keep the screen on while a code is shown. */
export async function stayBright(on) {
  if (on && !light && !document.hidden) light = await navigator.wakeLock?.request("screen").catch(() => null);
  if (!on && light) light = void light.release();
}
