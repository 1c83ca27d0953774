/** What stands above every tab until somebody sees to it: edits that wait, messages nobody took. */

import { h } from "../shared/show.js";

/** Return what waits to be published, to be taken back with one tap. */
export function held({ say }, holds, { back, publish }) {
  return holds.map((hold) => h("article", { class: "card held" },
    h("p", {}, say("hold-waits", { time: hold.due.slice(11, 19), n: hold.operations })),
    hold.fault ? h("p", { class: "warning" }, say("hold-fault", { fault: hold.fault })) : null,
    h("button", { type: "button", "data-key": `back-${hold.id}`, click: () => back(hold) }, say("take-back")),
    h("button", { type: "button", class: "outline", "data-key": `now-${hold.id}`, click: () => publish(hold) }, say("publish-held"))));
}

/** Return a line for each gateway that did not take what it was told; nothing while all is well. */
export function undelivered({ say, moment }, webhooks, again) {
  return webhooks.filter(({ not_taken: n }) => n).map(({ slug, not_taken: n, not_taken_since: since }) =>
    h("p", { class: "warning" }, say("undelivered", { name: slug, n, time: moment(since) }), " ",
      h("button", { type: "button", class: "plain", "data-key": `again-${slug}`, click: () => again(slug) }, say("again"))));
}
